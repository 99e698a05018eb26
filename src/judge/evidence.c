/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/growth.h"

#include <math.h>
#include <string.h>

#include "model/host.h"

#define OPEN_BUCKET_LEFT 0.8 /* an open bucket counts when no more than this is to come */
#define DAILY_POINTS_MIN 10  /* 36 h of trailing-day floors, 60 h of data */
#define DAY_BUCKETS 6	     /* of the 4 h scale */
#define DAY_SCALE 8
#define FOUR_HOUR_SCALE 7
#define SEN_Z 1.645	    /* 90 % interval */
#define STRAIGHT_RATIO 0.7  /* second half against first, for what looks like a leak */
#define COLLAPSED_RATIO 0.4 /* slowed to this: not a leak however near the limit */
#define CHEAP_GATES                                                                                \
	(GROWTH_ABOVE_NOISE | GROWTH_RISES | GROWTH_SPREAD | GROWTH_CONTINUES | GROWTH_NEW_GROUND)
#define SPREAD_BASE 3.0 /* least number of equal steps the growth must be worth */
#define SPREAD_PER_STEP 0.15
#define OVERWHELMING 0.75 /* of the headroom, gained: no history excuses it */
#define DAILY_SWING 0.5	  /* of what 4 h floors gave back, held against the daily floor */
#define CONVEX_MIN 1.1	  /* ratio of the halves, and of the thirds, that counts as accelerating */
#define CONVEX_MAX 4.0	  /* beyond: an onset within the window */
#define CONVEX_SHARE 0.3  /* of the growth asked for, that an accelerating one must show */
#define CONTINUES_RATIO 0.25	   /* pace of the last quarter against the whole */
#define RELATIVE_NOISE 0.01	   /* of the size at the window's start */
#define REFERENCE_MIN (64.0 * MIB) /* no limit known: a small process may grow by this */

/*
 * What a window's length earns: short windows meet every start-up and every burst, a straight
 * climb of days hardly ever ends by itself.
 */
static const double scale_weight[GROWTH_SCALES] = { 1, 1, 1, 1, 1, 1.1, 1.3, 1.4, 1.6, 1.2 };

struct growth_policy growth_policy_default(uint32_t cpus)
{
	return (struct growth_policy){
		/* of the common page size; who knows the real one sets it */
		.noise_floor_bytes = rss_noise_floor_bytes(cpus, 4096),
		.urgency_factor = 4.4,
		.young_share = 0.85,
		.largest_step = 0.4,
		.plateau_margin = 1.0,
		.drift_share = 0.85,
		.long_run_z = 3.5,
		.returned_share = 1.5,
		.reference_share = 2.0,
	};
}

static double width_of(unsigned int scale)
{
	return series_scale[scale == GROWTH_DAILY ? FOUR_HOUR_SCALE : scale].width_seconds;
}

/* Without a known limit the judge asks when the process will have tripled (reference_share 2). */
static double headroom_or_reference(const struct series *s, const struct headroom *h,
				    const struct growth_policy *p)
{
	if (opt_is_known(h->bytes))
		return (double)h->bytes.value;
	return fmax(REFERENCE_MIN, p->reference_share * series_level_bytes(s->last_level));
}

/*
 * Minima of a series scale, oldest first; the open bucket too once a fifth of it has passed (its
 * least value can only be too high, and weigh() takes the lower of the last two). Returns how
 * many buckets they span.
 */
static unsigned int collect(const struct series *s, unsigned int scale, double now,
			    struct points *ret)
{
	const struct series_scale *sc = &series_scale[scale];
	double done = floor((now - s->first_seconds) / sc->width_seconds + OPEN_BUCKET_LEFT);
	uint32_t end = s->newest[scale], begin;

	ret->n = 0;
	if (end > 0 && end > done)
		end = done > 0 ? (uint32_t)done : 0;
	if (end == 0 || done - end > sc->buckets / 4)
		return 0;
	begin = s->newest[scale] > sc->buckets ? s->newest[scale] - sc->buckets : 0;
	for (uint32_t i = begin; i < end; i++) {
		uint32_t level = series_bucket(s, scale, i);

		if (level == SERIES_MISSING)
			continue;
		ret->t[ret->n] = (double)i * sc->width_seconds;
		ret->y[ret->n++] = series_level_bytes(level);
	}
	return ret->n > 0 ? (unsigned int)((ret->t[ret->n - 1] - ret->t[0]) / sc->width_seconds) + 1
			  : 0;
}

/* The least of each run of 24 h that is nearly whole, and the largest fall between 4 h floors. */
static unsigned int collect_daily(const struct series *s, double now, struct points *ret,
				  double *ret_returned)
{
	double peak = 0;

	struct points four;
	double width = series_scale[FOUR_HOUR_SCALE].width_seconds;
	unsigned int oldest = 0;

	ret->n = 0;
	*ret_returned = 0;
	if (collect(s, FOUR_HOUR_SCALE, now, &four) == 0)
		return 0;
	for (unsigned int i = 0; i < four.n; i++) {
		double low = four.y[i];

		peak = fmax(peak, low);
		*ret_returned = fmax(*ret_returned, peak - low);
		while (four.t[oldest] < four.t[i] - (DAY_BUCKETS - 0.5) * width)
			oldest++;
		if (i - oldest + 1 < DAY_BUCKETS - 1 ||
		    four.t[i] - four.t[0] < (DAY_BUCKETS - 1.5) * width)
			continue;
		for (unsigned int j = oldest; j < i; j++)
			low = fmin(low, four.y[j]);
		ret->t[ret->n] = four.t[i];
		ret->y[ret->n++] = low;
	}
	return ret->n > 0 ? (unsigned int)((ret->t[ret->n - 1] - ret->t[0]) / width) + 1 : 0;
}

/* What the process did before a window, in bytes. */
struct history {
	double highest;	 /* floor ever held */
	double returned; /* most that a floor ever came down from an earlier one */
};

/*
 * As far as the scales from `scale` upwards remember what lies before `start` (seconds after the
 * first sample): their rings, and for the highest floor also what has left the rings.
 */
static struct history history_before(const struct series *s, unsigned int scale, double start)
{
	uint32_t highest = 0, returned = 0;

	for (unsigned int k = scale; k < SERIES_SCALES; k++) {
		const struct series_scale *sc = &series_scale[k];
		uint32_t end = s->newest[k], peak = s->highest[k];
		uint32_t begin = end > sc->buckets ? end - sc->buckets : 0;

		for (uint32_t i = begin; i < end; i++) {
			uint32_t level = series_bucket(s, k, i);

			if (((double)i + 1) * sc->width_seconds > start + 0.5)
				break;
			if (level == SERIES_MISSING)
				continue;
			peak = MAX(peak, level);
			returned = MAX(returned, peak - level);
		}
		highest = MAX(highest, peak);
	}
	return (struct history){ series_level_bytes(highest), series_level_bytes(returned) };
}

/* Sen's slopes of the halves; the middle point of an odd count belongs to both. */
static void halves(const struct points *p, struct growth_evidence *e)
{
	struct points half = { .n = (p->n + 1) / 2 };

	memcpy(half.t, p->t, half.n * sizeof(half.t[0]));
	memcpy(half.y, p->y, half.n * sizeof(half.y[0]));
	e->first_half = trend_sen(&half, SEN_Z).mid;
	memcpy(half.t, p->t + p->n - half.n, half.n * sizeof(half.t[0]));
	memcpy(half.y, p->y + p->n - half.n, half.n * sizeof(half.y[0]));
	e->second_half = trend_sen(&half, SEN_Z).mid;
}

/*
 * A growth whose slope falls by r over half a window approaches its bound as exp(-t/tau) with
 * tau = -(W/2) / ln r, and from the end of the window, where the slope is second_half x sqrt(r),
 * it has slope x tau still to go.
 */
static double still_to_come(const struct growth_evidence *e)
{
	double r = e->first_half > 0 ? e->second_half / e->first_half : INFINITY;

	if (e->second_half <= 0)
		return 0;
	if (r >= 1)
		return INFINITY;
	return e->second_half * sqrt(r) * -(e->window_seconds / 2) / log(r);
}

double growth_accelerated_seconds(const struct growth_evidence *e, double room)
{
	double r = e->first_half > 0 ? fmin(e->second_half / e->first_half, CONVEX_MAX) : 0, tau;

	if (r < CONVEX_MIN)
		return INFINITY;
	tau = e->window_seconds / 2 / log(r);
	return tau * log1p(room / (e->second_half * sqrt(r) * tau));
}

/* Level at a time between the points, on straight lines. */
static double level_at(const struct points *p, double t)
{
	unsigned int i = 1;

	while (i + 1 < p->n && p->t[i] < t)
		i++;
	return p->y[i - 1] + (p->y[i] - p->y[i - 1]) * (t - p->t[i - 1]) / (p->t[i] - p->t[i - 1]);
}

/*
 * Each third of the window gained more than the one before. An onset within the window also makes
 * the second half steeper than the first, but it goes on straight. Half of the tuning part's false
 * alarms were onsets taken for accelerations.
 */
static bool accelerates(const struct points *p, const struct growth_evidence *e)
{
	double third = (p->t[p->n - 1] - p->t[0]) / 3;
	double one = level_at(p, p->t[0] + third), two = level_at(p, p->t[0] + 2 * third);
	double gain[] = { one - p->y[0], two - one, p->y[p->n - 1] - two };

	return e->second_half <= CONVEX_MAX * e->first_half && gain[0] > 0 &&
	       gain[1] >= CONVEX_MIN * gain[0] && gain[2] >= CONVEX_MIN * gain[1];
}

/* Steps between neighbouring minima: how many rise, how the growth is spread over them. */
static void steps(const struct points *p, double noise, double width,
		  const struct growth_policy *pol, struct growth_evidence *e)
{
	/* A quarter of the mean step: between real steps, a staircase only trembles. */
	double d[TREND_POINTS], zero = fmax(noise / 64, e->growth_bytes / (p->n - 1) / 4);
	double first = 0, second = 0, sum = 0, squares = 0;
	unsigned int quarter = MAX(2u, p->n / 4), from = p->n - 1 - quarter;

	e->steps = p->n - 1;
	for (unsigned int i = 0; i < e->steps; i++) {
		/* What a gap of g buckets hides is taken for g buckets' growth. */
		double g = fmax(1, (p->t[i + 1] - p->t[i]) / width), share;

		d[i] = p->y[i + 1] - p->y[i];
		e->rises += d[i] >= zero;
		share = fmax(0, d[i]) / g;
		sum += share * g;
		squares += share * share * g;
		second = fmax(second, fmin(first, share));
		first = fmax(first, share);
	}
	if (e->growth_bytes > 0) {
		e->largest_step = fmin(1, first / e->growth_bytes);
		if (first <= pol->largest_step * e->growth_bytes &&
		    first + second <= (pol->largest_step + 0.35) * e->growth_bytes &&
		    sum * sum >= (SPREAD_BASE + SPREAD_PER_STEP * e->steps) * squares)
			e->gates |= GROWTH_SPREAD;
		if (p->y[p->n - 1] - p->y[from] >=
		    CONTINUES_RATIO * e->growth_bytes * quarter / e->steps)
			e->gates |= GROWTH_CONTINUES;
	}
	if (trend_drift(d, e->steps, zero) >= pol->drift_share ||
	    trend_long_run_z(d, e->steps) >= pol->long_run_z)
		e->gates |= GROWTH_RISES;
}

/*
 * New ground: held never before, neither before the window nor in its first three quarters, and
 * more than the process is known to give back. OVERWHELMING growth needs no such history.
 */
static bool new_ground(const struct points *p, struct history before, double headroom,
		       const struct growth_policy *pol, struct growth_evidence *e)
{
	double peak = 0;

	e->peak_bytes = before.highest;
	e->returned_bytes = before.returned;
	for (unsigned int i = 0; i < p->n; i++) {
		if (i < p->n - p->n / 4)
			e->peak_bytes = fmax(e->peak_bytes, p->y[i]);
		peak = fmax(peak, p->y[i]);
		e->returned_bytes = fmax(e->returned_bytes, peak - p->y[i]);
	}
	if (e->floor_bytes < e->peak_bytes || e->new_bytes <= 0 ||
	    e->new_bytes < e->growth_bytes / 2)
		return false;
	return e->growth_bytes >= pol->returned_share * e->returned_bytes ||
	       e->new_bytes >= OVERWHELMING * headroom;
}

/*
 * The judgement of one window. With `leaks_only`, the costly slopes are left out when the cheap
 * gates already say that it is none.
 */
static void weigh(const struct points *p, struct history before, double headroom,
		  const struct growth_policy *pol, bool leaks_only, struct growth_evidence *e)
{
	double width = width_of(e->scale), factor = pol->urgency_factor * scale_weight[e->scale];
	double least = fmax((double)pol->noise_floor_bytes, RELATIVE_NOISE * p->y[0]);

	e->window_seconds = p->t[p->n - 1] - p->t[0];
	e->before_bytes = before.highest;
	e->floor_bytes = fmin(p->y[p->n - 1], p->y[p->n - 2]);
	e->growth_bytes = fmax(0, e->floor_bytes - p->y[0]);
	e->new_bytes = fmax(0, e->floor_bytes - fmax(p->y[0], before.highest));
	if (p->t[0] < e->window_seconds / 2)
		factor *= pol->young_share;
	e->start_bytes = p->y[0];
	e->noise_bytes = (double)pol->noise_floor_bytes;
	e->least_bytes = least;
	e->need_bytes = fmax(least, headroom / factor);
	if (e->growth_bytes >= least)
		e->gates |= GROWTH_ABOVE_NOISE;
	if (new_ground(p, before, headroom, pol, e))
		e->gates |= GROWTH_NEW_GROUND;
	steps(p, least, width, pol, e);
	if (leaks_only &&
	    (!growth_has(e, CHEAP_GATES) || e->new_bytes < CONVEX_SHARE * e->need_bytes))
		return;

	e->slope = trend_sen(p, SEN_Z);
	if (e->slope.low <= 0)
		e->gates &= ~(unsigned int)GROWTH_RISES;
	halves(p, e);
	if (e->second_half >= STRAIGHT_RATIO * e->first_half)
		e->gates |= GROWTH_STRAIGHT;
	if (still_to_come(e) >= pol->plateau_margin * headroom &&
	    e->second_half >= COLLAPSED_RATIO * e->first_half)
		e->gates |= GROWTH_REACHES;
	if (e->new_bytes >= e->need_bytes ||
	    (e->new_bytes >= fmax(least, CONVEX_SHARE * e->need_bytes) && accelerates(p, e) &&
	     growth_accelerated_seconds(e, headroom) <= factor * e->window_seconds))
		e->gates |= GROWTH_URGENT;
}

static bool best_window(const struct series *s, unsigned int scale, const struct headroom *h,
			const struct growth_policy *p, double now_seconds, bool leaks_only,
			struct growth_evidence *ret)
{
	unsigned int least = scale == GROWTH_DAILY ? DAILY_POINTS_MIN : GROWTH_POINTS_MIN, span;
	double headroom = headroom_or_reference(s, h, p);
	double swing = 0;
	struct history before;
	struct points all, part;
	bool found = false;

	if (s->samples == 0)
		return false;
	span = scale == GROWTH_DAILY ? collect_daily(s, now_seconds, &all, &swing)
				     : collect(s, scale, now_seconds, &all);
	if (all.n < least || all.n * 2 < span)
		return false;
	/* The whole ring, then its later three quarters, half and three eighths: a leak that began
	 * late is straight only in these. */
	for (unsigned int eighths = 8; eighths >= 3; eighths -= eighths > 4 ? 2 : 1) {
		struct growth_evidence e = { .scale = scale };

		part.n = all.n * eighths / 8;
		if (part.n < least)
			break;
		memcpy(part.t, all.t + all.n - part.n, part.n * sizeof(part.t[0]));
		memcpy(part.y, all.y + all.n - part.n, part.n * sizeof(part.y[0]));
		before = history_before(s, scale == GROWTH_DAILY ? DAY_SCALE : scale,
					part.t[0] -
						(scale == GROWTH_DAILY ? 5 : 0) * width_of(scale));
		before.returned = fmax(before.returned, DAILY_SWING * swing);
		for (unsigned int i = 0; i < all.n - part.n; i++)
			before.highest = fmax(before.highest, all.y[i]);
		weigh(&part, before, headroom, p, leaks_only, &e);
		if (!found || __builtin_popcount(e.gates) > __builtin_popcount(ret->gates))
			*ret = e;
		found = true;
		if (growth_has(&e, GROWTH_LEAK_GATES))
			break;
	}
	return found;
}

/* The least level in the ring of the 4 h scale: the daily floor cannot have begun below it. */
static uint32_t lowest_of_days(const struct series *s)
{
	const struct series_scale *sc = &series_scale[FOUR_HOUR_SCALE];
	uint32_t low = SERIES_LEVEL_MAX;

	for (unsigned int b = 0; b < sc->buckets; b++)
		if (s->newest[FOUR_HOUR_SCALE] > b)
			low = MIN(low, s->bucket[sc->first + b]);
	return low;
}

/*
 * Cheap necessary condition for GROWTH_URGENT at a scale that has news: a few loads and compares,
 * because nearly every sample of a machine ends here.
 */
static bool may_be_urgent(const struct series *s, unsigned int scale, const struct headroom *h,
			  const struct growth_policy *p)
{
	unsigned int k = scale == GROWTH_DAILY ? FOUR_HOUR_SCALE : scale;
	uint32_t end = s->newest[k], newest, high;
	uint32_t begin = end > series_scale[k].buckets ? end - series_scale[k].buckets : 0;
	double need;

	if (end < GROWTH_POINTS_MIN)
		return false;
	newest = series_bucket(s, k, end - 2);
	if (scale == GROWTH_DAILY) {
		high = MAX(s->highest[DAY_SCALE], lowest_of_days(s));
	} else {
		uint32_t oldest = series_bucket(s, k, begin);

		high = oldest == SERIES_MISSING ? s->highest[k] : MAX(s->highest[k], oldest);
	}
	if (newest == SERIES_MISSING || newest <= high)
		return false;
	need = CONVEX_SHARE * headroom_or_reference(s, h, p) /
	       (p->urgency_factor * scale_weight[scale]);
	return series_level_bytes(newest - high) >= fmax(need, (double)p->noise_floor_bytes);
}

bool growth_evidence(const struct series *s, unsigned int scale, const struct headroom *h,
		     const struct growth_policy *p, double now_seconds, struct growth_evidence *ret)
{
	return best_window(s, scale, h, p, now_seconds, false, ret);
}

bool growth_leaks(const struct series *s, unsigned int scale, const struct headroom *h,
		  const struct growth_policy *p, double now_seconds, struct growth_evidence *ret)
{
	struct growth_evidence e;

	if (!may_be_urgent(s, scale, h, p) || !best_window(s, scale, h, p, now_seconds, true, &e) ||
	    !growth_has(&e, GROWTH_LEAK_GATES))
		return false;
	*ret = e;
	return true;
}
