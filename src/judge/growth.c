/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/growth.h"

#include <math.h>

#define DAY_SEEN (20 * 3600.0) /* a window this long has met most of a day's load */
#define SUSPECT_WINDOW (2 * 86400.0)
#define CHANGED_PACE 2.0  /* second half against first */
#define SUSPECT_REACH 4.0 /* suspect when at least need / 4 was gained */

static enum verdict_class class_of(const struct growth_evidence *e)
{
	unsigned int like_a_leak = GROWTH_ABOVE_NOISE | GROWTH_RISES | GROWTH_SPREAD |
				   GROWTH_CONTINUES | GROWTH_NEW_GROUND | GROWTH_STRAIGHT;

	if (growth_has(e, GROWTH_LEAK_GATES))
		return VERDICT_LEAKING;
	if (growth_has(e, like_a_leak) &&
	    (e->window_seconds >= SUSPECT_WINDOW ||
	     (growth_has(e, GROWTH_REACHES) && e->new_bytes * SUSPECT_REACH >= e->need_bytes)))
		return VERDICT_SUSPECT;
	if (growth_has(e, GROWTH_ABOVE_NOISE | GROWTH_RISES | GROWTH_CONTINUES))
		return VERDICT_GROWING;
	return VERDICT_STEADY;
}

/* Which of two windows tells more: the graver; of equals the steeper by far, else the longer. */
static bool tells_more(const struct growth_evidence *a, const struct growth_evidence *b)
{
	enum verdict_class ca = class_of(a), cb = class_of(b);

	if (ca != cb)
		return ca > cb;
	if (ca >= VERDICT_GROWING && b->slope.mid > 2 * a->slope.mid)
		return false;
	return true;
}

static void say(struct verdict *v, enum reason_id id, double a, double b, double c, double d)
{
	if (v->reason_count < VERDICT_REASONS)
		v->reason[v->reason_count++] =
			(struct reason){ .id = id, .number = { a, b, c, d } };
}

/* Too little growth to be one: for the counters, or for a process of this size. */
static void say_little(const struct growth_evidence *e, struct verdict *v)
{
	if (e->growth_bytes < e->noise_bytes)
		say(v, REASON_BELOW_NOISE, e->growth_bytes, e->noise_bytes, e->window_seconds, 0);
	else
		say(v, REASON_TOO_LITTLE, e->growth_bytes, e->least_bytes, e->window_seconds,
		    e->start_bytes);
}

/* What the level is held against: the part of the rule for new ground that decided. */
static void say_ground(const struct growth_evidence *e, struct verdict *v)
{
	if (e->gates & GROWTH_NEW_GROUND) {
		if (e->before_bytes > 0)
			say(v, REASON_NEW_GROUND, e->floor_bytes, e->before_bytes, 0, 0);
		else
			say(v, REASON_NO_EARLIER, e->floor_bytes, e->window_seconds, 0, 0);
	} else if (e->floor_bytes < e->peak_bytes || e->new_bytes <= 0) {
		say(v, REASON_OLD_GROUND, e->floor_bytes, e->peak_bytes, 0, 0);
	} else if (e->new_bytes < e->growth_bytes / 2) {
		say(v, REASON_MOSTLY_OLD, e->new_bytes, e->growth_bytes, 0, 0);
	} else {
		say(v, REASON_GIVES_BACK, e->growth_bytes, e->returned_bytes, 0, 0);
	}
}

static void give_reasons(const struct growth_evidence *e, const struct headroom *h, double held,
			 struct verdict *v)
{
	double w = e->window_seconds;
	bool rises = growth_has(e, GROWTH_RISES | GROWTH_ABOVE_NOISE);

	if (!(e->gates & GROWTH_ABOVE_NOISE))
		say_little(e, v);
	else if (!(e->gates & GROWTH_RISES))
		say(v, REASON_NO_TREND, e->rises, e->steps, w, 0);
	else
		say(v, REASON_FLOOR_RISES, e->growth_bytes, w, e->rises, e->steps);
	if (rises) {
		say(v, e->gates & GROWTH_SPREAD ? REASON_SPREAD : REASON_ONE_STEP, e->largest_step,
		    w, 0, 0);
		say(v,
		    growth_has(e, GROWTH_STRAIGHT | GROWTH_CONTINUES) ? REASON_NO_DECELERATION
								      : REASON_DECELERATES,
		    e->second_half, e->first_half, 0, 0);
		say_ground(e, v);
	}
	if (rises && v->exhaustion_seconds.known)
		say(v, e->gates & GROWTH_URGENT ? REASON_URGENT : REASON_NOT_URGENT,
		    v->exhaustion_seconds.mid, w, 0, 0);
	if (rises && !opt_is_known(h->bytes))
		say(v, REASON_NO_LIMIT, held, 0, 0, 0);
	if (class_of(e) == VERDICT_LEAKING && w < 60 && v->exhaustion_seconds.known)
		say(v, REASON_RUNAWAY, e->slope.mid, v->exhaustion_seconds.mid, w, 0);
}

/*
 * Sen's interval speaks of the window that was seen. The future also differs by what a window
 * cannot show: the load of the other hours of the day, as far as they lie between now and the
 * exhaustion, and acceleration. The widening is measured, not derived: docs/GROWTH.md.
 */
static void project(const struct growth_evidence *e, const struct headroom *h, struct verdict *v)
{
	double low = fmin(e->slope.low, fmin(e->first_half, e->second_half)) / 1.4;
	double high = fmax(e->slope.high, fmax(e->first_half, e->second_half)) * 1.3;
	double mid = e->slope.mid, left;

	/* It began within the window: the flat part says nothing of what is to come. */
	if (e->second_half > CHANGED_PACE * e->first_half)
		mid = fmax(mid, e->second_half);
	v->growth_bytes_per_second =
		(struct interval){ .known = true, .low = low, .mid = mid, .high = high };
	if (!opt_is_known(h->bytes) || mid <= 0 || class_of(e) < VERDICT_GROWING)
		return;
	left = (double)h->bytes.value;
	if (e->window_seconds < DAY_SEEN)
		low /= 1 + 1.5 * fmin(1, left / mid / (DAY_SEEN / 2));
	v->exhaustion_seconds = (struct interval){
		.known = true,
		.low = fmin(left / high, 0.9 * growth_accelerated_seconds(e, left)),
		.mid = left / mid,
		.high = low > 0 ? left / low : INFINITY,
	};
}

/* Ranking within a class by how near the urgency line, among leaks by the time that is left. */
static double score_of(const struct growth_evidence *e, const struct verdict *v)
{
	double share = fmin(1, e->new_bytes / e->need_bytes);
	double grown = fmin(1, e->growth_bytes / e->need_bytes);

	switch (v->class) {
	case VERDICT_LEAKING:
		return v->exhaustion_seconds.known
			       ? 0.8 + 0.2 / (1 + v->exhaustion_seconds.mid / 86400)
			       : 0.85;
	case VERDICT_SUSPECT:
		return 0.5 + 0.29 * share;
	case VERDICT_GROWING:
		return 0.2 + 0.29 * grown;
	default:
		return 0.19 * (e->gates & GROWTH_RISES ? grown : 0);
	}
}

void growth_judge(const struct series *s, const struct headroom *h, const struct growth_policy *p,
		  double now_seconds, struct verdict *ret)
{
	struct growth_evidence best = { .scale = 0 };
	bool found = false;

	*ret = (struct verdict){ .class = VERDICT_UNKNOWN };
	/* Coarse to fine: of windows that say the same, the longest speaks. */
	for (unsigned int i = GROWTH_SCALES; i-- > 0;) {
		struct growth_evidence e;

		if (!growth_evidence(s, i, h, p, now_seconds, &e))
			continue;
		if (!found || !tells_more(&best, &e))
			best = e;
		found = true;
	}
	if (!found) {
		double interval = s->samples > 1 ? series_age_seconds(s) / (s->samples - 1) : 1;

		say(ret, REASON_TOO_YOUNG, series_age_seconds(s),
		    (GROWTH_POINTS_MIN + 1) * interval, 0, 0);
		return;
	}
	ret->class = class_of(&best);
	ret->window_seconds = best.window_seconds;
	project(&best, h, ret);
	ret->score = score_of(&best, ret);
	give_reasons(&best, h, series_level_bytes(s->last_level), ret);
}
