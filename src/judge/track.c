/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/track.h"

#include <math.h>

#include "judge/growth.h"

#define AGAIN_BUCKETS 3 /* evidence that does not hold again within these is forgotten */
#define SHORT_WINDOW 60
#define LONG_WINDOW 3600
#define PACE_KEPT 0.25 /* of the rate that was called, for the alarm to stand */
#define SUSPECT_CEILING 0.79

void track_init(struct track *t)
{
	*t = (struct track){ .class = VERDICT_UNKNOWN };
	series_init(&t->series);
}

enum verdict_class track_class(const struct track *t)
{
	return (enum verdict_class)t->class;
}

static uint32_t elapsed(const struct track *t)
{
	return (uint32_t)(t->series.last_seconds - t->series.first_seconds);
}

static uint32_t width_of(unsigned int scale)
{
	return series_scale[scale == GROWTH_DAILY ? 7 : scale].width_seconds;
}

/* Takes over the evidence as what the alarm stands on. */
static void adopt(struct track *t, const struct growth_evidence *e)
{
	t->scale = (uint8_t)e->scale;
	t->window_seconds = (uint32_t)e->window_seconds;
	t->rate = (float)(e->growth_bytes / e->window_seconds / SERIES_UNIT_BYTES);
}

/* Evidence must hold at two different times before it is an alarm. */
static void evidence_holds(struct track *t, const struct growth_evidence *e)
{
	uint32_t now = elapsed(t);

	if (t->class == VERDICT_LEAKING) {
		if (e->window_seconds > t->window_seconds)
			adopt(t, e);
		return;
	}
	if (!t->pending || now - t->held_last > AGAIN_BUCKETS * width_of(e->scale)) {
		t->held_since = now;
		t->pending = 1;
		t->scale = (uint8_t)e->scale;
		t->class = VERDICT_SUSPECT;
	} else if (now > t->held_last) {
		t->class = VERDICT_LEAKING;
		t->pending = 0;
		t->review_level = (uint32_t)(e->floor_bytes / SERIES_UNIT_BYTES);
		t->review_at = now;
		adopt(t, e);
	}
	t->held_last = now;
}

/* The floor now, at the scale an alarm stands on or the finest that still gets samples. */
static uint32_t floor_now(const struct track *t, uint32_t closed)
{
	unsigned int k = MIN((unsigned int)t->scale, SERIES_SCALES - 2u);

	while (!(closed & (1u << k)) && k > 0)
		k--;
	return closed & (1u << k) ? series_bucket(&t->series, k, t->series.newest[k] - 2)
				  : t->series.last_level;
}

/*
 * How long an alarm may stand without growth before it is asked again. A quarter of the window
 * that raised it; from an hour on the whole window, so that a pause of the load does not clear it.
 */
static double patience(const struct track *t)
{
	if (t->window_seconds >= LONG_WINDOW)
		return t->window_seconds;
	return fmax(4, t->window_seconds / 4.0);
}

/*
 * An alarm stands while the floor keeps at least a quarter of the pace that raised it, or the
 * judge would raise it again. It falls at once when half of what the window gained is given back,
 * and without asking the judge when all of it happened within a minute: a cache that is full is
 * cleared within seconds.
 */
static bool still_stands(const struct track *t, double rise, uint32_t since,
			 const struct headroom *h, const struct growth_policy *p)
{
	struct verdict v;

	if (rise < -(double)t->rate * t->window_seconds / 2)
		return false;
	if (rise >= PACE_KEPT * (double)t->rate * since)
		return true;
	if (t->window_seconds < SHORT_WINDOW)
		return false;
	growth_judge(&t->series, h, p, t->series.last_seconds, &v);
	return v.class == VERDICT_LEAKING;
}

static void review(struct track *t, const struct headroom *h, const struct growth_policy *p,
		   uint32_t closed)
{
	uint32_t now = elapsed(t), level = floor_now(t, closed), since = now - t->review_at;
	double rise = (double)level - t->review_level;

	if (level == SERIES_MISSING)
		return;
	if (since < patience(t) && rise >= -(double)t->rate * t->window_seconds / 2)
		return;
	if (still_stands(t, rise, since, h, p)) {
		t->review_level = level;
		t->review_at = now;
	} else {
		t->class = VERDICT_STEADY;
		t->pending = 0;
	}
}

bool track_feed(struct track *t, const struct sample *x, const struct headroom *h,
		const struct growth_policy *p)
{
	uint32_t closed = series_push(&t->series, x);

	if (closed == 0)
		return false;
	for (unsigned int k = 0; k < GROWTH_SCALES; k++) {
		unsigned int driver = k == GROWTH_DAILY ? 7 : k;
		struct growth_evidence e;

		/* Also within its open bucket, whenever the scale below has news. */
		if (!(closed & (3u << driver >> 1)))
			continue;
		if (growth_leaks(&t->series, k, h, p, x->time_seconds, &e))
			evidence_holds(t, &e);
	}
	if (t->class == VERDICT_LEAKING)
		review(t, h, p, closed);
	else if (t->pending && elapsed(t) > t->held_last + AGAIN_BUCKETS * width_of(t->scale))
		t->pending = 0;
	if (t->class == VERDICT_UNKNOWN || (t->class == VERDICT_SUSPECT && !t->pending))
		t->class = VERDICT_STEADY;
	return true;
}

/* An alarm that stands although the judge alone would not raise it now: its own rate speaks. */
static void keep_alarm(const struct track *t, const struct headroom *h, struct verdict *v)
{
	double rate = (double)t->rate * SERIES_UNIT_BYTES;

	v->class = VERDICT_LEAKING;
	v->score = fmax(v->score, 0.8);
	if (v->exhaustion_seconds.known || !opt_is_known(h->bytes) || rate <= 0)
		return;
	v->growth_bytes_per_second =
		(struct interval){ .known = true, .low = 0, .mid = rate, .high = 1.5 * rate };
	v->exhaustion_seconds = (struct interval){
		.known = true,
		.low = (double)h->bytes.value / (1.5 * rate),
		.mid = (double)h->bytes.value / rate,
		.high = INFINITY,
	};
}

void track_verdict(const struct track *t, const struct headroom *h, const struct growth_policy *p,
		   double now_seconds, struct verdict *ret)
{
	bool alarm = t->class == VERDICT_LEAKING;

	growth_judge(&t->series, h, p, now_seconds, ret);
	if (alarm && ret->class != VERDICT_LEAKING)
		keep_alarm(t, h, ret);
	if (!alarm && ret->class == VERDICT_LEAKING) {
		ret->class = VERDICT_SUSPECT;
		ret->score = SUSPECT_CEILING;
	}
	if (alarm && ret->reason_count < VERDICT_REASONS)
		ret->reason[ret->reason_count++] = (struct reason){
			.id = REASON_PERSISTS,
			.number = { now_seconds - t->series.first_seconds - t->held_since },
		};
}
