/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tuning part: its figures may be looked at as often as one likes. */
#include "gen.h"

static void flat_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.7);
	g->p[1] = rng_log_range(&g->r, 0.0005, 0.03);
	g->p[2] = rng_log_range(&g->r, 10, 2 * HOUR);
}

static double flat(struct gen *g, double t, double dt)
{
	return g->p[0] + g->p[1] * ar_noise(g, &g->s[0], dt, g->p[2]);
}

static void cache_exp_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.02, 0.15);
	g->p[1] = rng_range(&g->r, 0.1, 0.6);
	g->p[2] = rng_log_range(&g->r, 10 * MINUTE, 12 * HOUR);
	g->p[3] = rng_log_range(&g->r, 0.0003, 0.01);
}

static double cache_exp(struct gen *g, double t, double dt)
{
	return g->p[0] + g->p[1] * (1 - exp(-t / g->p[2])) +
	       g->p[3] * ar_noise(g, &g->s[0], dt, 5 * MINUTE);
}

static void fill_linear_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.02, 0.15);
	g->p[1] = rng_range(&g->r, 0.1, 0.6);
	g->p[2] = rng_log_range(&g->r, 5 * MINUTE, 8 * HOUR);
}

static double fill_linear(struct gen *g, double t, double dt)
{
	return g->p[0] + g->p[1] * fmin(1, t / g->p[2]) + 0.002 * rng_normal(&g->r);
}

static void sawtooth_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.4);
	g->p[1] = rng_range(&g->r, 0.05, 0.4);
	g->p[2] = rng_log_range(&g->r, 20, 40 * MINUTE);
	g->s[1] = 1;
}

static double sawtooth(struct gen *g, double t, double dt)
{
	g->s[0] += dt / g->p[2] * rng_range(&g->r, 0.7, 1.3);
	if (g->s[0] >= g->s[1]) {
		g->s[0] = fmod(g->s[0], 1) * 0.2;
		g->s[1] = rng_range(&g->r, 0.85, 1);
	}
	return g->p[0] + g->p[1] * g->s[0];
}

static void diurnal_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.4);
	g->p[1] = rng_range(&g->r, 0.03, 0.35);
	g->p[2] = rng_range(&g->r, 0, DAY);
	g->p[3] = rng_log_range(&g->r, 0.01, 0.08);
}

static double diurnal(struct gen *g, double t, double dt)
{
	return g->p[0] +
	       g->p[1] * day_curve(t + g->p[2]) *
		       (1 + g->p[3] * ar_noise(g, &g->s[0], dt, 20 * HOUR)) +
	       0.1 * g->p[3] * g->p[1] * ar_noise(g, &g->s[1], dt, 10 * MINUTE);
}

static void steps_init(struct gen *g)
{
	g->s[0] = rng_range(&g->r, 0.1, 0.4);
	g->p[0] = rng_log_range(&g->r, 4 * HOUR, 3 * DAY);
	g->s[1] = rng_exp(&g->r, g->p[0]);
}

static double steps(struct gen *g, double t, double dt)
{
	if (t >= g->s[1]) {
		g->s[0] += rng_range(&g->r, -0.12, 0.12);
		g->s[0] = fmin(0.8, fmax(0.05, g->s[0]));
		g->s[1] = t + rng_exp(&g->r, g->p[0]);
	}
	return g->s[0] + 0.003 * rng_normal(&g->r);
}

static void fragmentation_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.005, 0.06);
	g->p[2] = rng_log_range(&g->r, 5 * MINUTE, 6 * HOUR);
}

static double fragmentation(struct gen *g, double t, double dt)
{
	return g->p[0] + g->p[1] * log1p(t / g->p[2]) + 0.003 * ar_noise(g, &g->s[0], dt, 600);
}

static void wander_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.2, 0.5);
	g->p[1] = rng_range(&g->r, 0.01, 0.1);
	g->p[2] = rng_log_range(&g->r, HOUR, 2 * DAY);
}

static double wander(struct gen *g, double t, double dt)
{
	return g->p[0] + g->p[1] * ar_noise(g, &g->s[0], dt, g->p[2]);
}

static void mixed_init(struct gen *g)
{
	g->p[4] = rng_range(&g->r, 0.05, 0.15);
	g->p[5] = rng_range(&g->r, 0.05, 0.25);
	g->p[6] = rng_log_range(&g->r, 30 * MINUTE, 8 * HOUR);
	g->p[7] = rng_range(&g->r, 0.02, 0.15);
	g->p[8] = rng_range(&g->r, 0, DAY);
	g->p[0] = 0;
	g->p[1] = rng_range(&g->r, 0.03, 0.2);
	g->p[2] = rng_log_range(&g->r, 30, 20 * MINUTE);
	g->s[1] = 1;
}

static double mixed(struct gen *g, double t, double dt)
{
	return g->p[4] + g->p[5] * (1 - exp(-t / g->p[6])) + g->p[7] * day_curve(t + g->p[8]) +
	       sawtooth(g, t, dt);
}

static void batch_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.2);
	g->p[1] = rng_log_range(&g->r, 1 * HOUR, 20 * HOUR); /* between jobs */
	g->p[2] = rng_range(&g->r, 0.05, 0.25);		     /* median size */
	g->p[3] = rng_log_range(&g->r, 2 * MINUTE, 90 * MINUTE);
	g->s[0] = rng_exp(&g->r, g->p[1]);
}

/* s: [0] next start, [1] size, [2] ramp time. Ramp, hold twice as long, free. */
static double batch(struct gen *g, double t, double dt)
{
	double into = t - g->s[0];

	if (into >= 0 && g->s[2] <= 0) {
		g->s[1] = fmin(0.6, g->p[2] * exp(0.4 * rng_normal(&g->r)));
		g->s[2] = g->p[3] * rng_range(&g->r, 0.5, 2);
	}
	if (into < 0)
		return g->p[0];
	if (into > 3 * g->s[2]) {
		g->s[0] = t + rng_exp(&g->r, g->p[1]);
		g->s[2] = 0;
		return g->p[0];
	}
	return g->p[0] + g->s[1] * fmin(1, into / g->s[2]);
}

static void flush_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.2);
	g->p[1] = rng_range(&g->r, 0.1, 0.5);
	g->p[2] = rng_log_range(&g->r, 2 * HOUR, 18 * HOUR); /* fill time */
	g->p[3] = rng_log_range(&g->r, 8 * HOUR, 40 * HOUR); /* between flushes */
}

static double flush(struct gen *g, double t, double dt)
{
	if (t >= g->s[1]) {
		g->s[0] = t;
		g->s[1] = t + g->p[3] * rng_range(&g->r, 0.8, 1.2);
	}
	return g->p[0] + g->p[1] * (1 - exp(-3 * (t - g->s[0]) / g->p[2])) +
	       0.003 * ar_noise(g, &g->s[2], dt, 60);
}

static void near_limit_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.8, 0.95);
	g->p[1] = rng_log_range(&g->r, 0.0005, 0.01);
	g->p[2] = rng_log_range(&g->r, 5 * MINUTE, 12 * HOUR);
}

static double near_limit(struct gen *g, double t, double dt)
{
	return g->p[0] * (1 - exp(-t / (20 * MINUTE))) +
	       g->p[1] * ar_noise(g, &g->s[0], dt, g->p[2]);
}

static void fill_days_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.02, 0.15);
	g->p[1] = rng_range(&g->r, 0.3, 0.6);
	g->p[2] = rng_log_range(&g->r, 30 * HOUR, 5 * DAY);
}

/* Working days from seven to seven, flat or peaked; the rest of the week at a share of them. */
static void workweek_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.35);
	g->p[1] = rng_range(&g->r, 0.05, 0.45);
	g->p[2] = rng_range(&g->r, 0, 7 * DAY);
	g->p[3] = rng_range(&g->r, 0, 0.5);
	g->p[4] = rng_log_range(&g->r, 0.3, 2);
}

static double workweek(struct gen *g, double t, double dt)
{
	double at = t + g->p[2], day = floor(at / DAY), h = (at - day * DAY) / HOUR;
	double x = h > 7 && h < 19 ? pow(sin(M_PI * (h - 7) / 12), g->p[4]) : 0;

	x *= fmod(day, 7) >= 5 ? g->p[3] : 1;
	return g->p[0] + g->p[1] * x * (1 + 0.03 * ar_noise(g, &g->s[0], dt, 3 * HOUR));
}

/* How far a change of level has come after the share u of its time: three ways of filling. */
static double entry(double shape, double u)
{
	if (u <= 0)
		return 0;
	if (shape < 1)
		return fmin(1, u);
	if (shape < 2)
		return 1 - exp(-3 * u);
	return u < 1 ? u * u * (3 - 2 * u) : 1;
}

/* Now and then, for the first time after days, a phase that needs more; then all is given back. */
static void phase_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.03, 0.4);
	g->p[2] = rng_log_range(&g->r, 10 * MINUTE, 6 * HOUR);
	g->p[3] = rng_log_range(&g->r, 2 * HOUR, 2 * DAY);
	g->p[4] = rng_unit(&g->r) * 3;
	g->s[0] = rng_range(&g->r, 1, 6) * DAY;
}

static double phase(struct gen *g, double t, double dt)
{
	if (t > g->s[0] + g->p[2] + g->p[3])
		g->s[0] = t + rng_exp(&g->r, 2 * DAY);
	return g->p[0] + g->p[1] * entry(g->p[4], (t - g->s[0]) / g->p[2]) +
	       0.003 * ar_noise(g, &g->s[1], dt, 10 * MINUTE);
}

/* Two to five working sets, each entered over minutes to hours. */
static void working_sets_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 2, 6);
	for (int i = 1; i <= 5; i++)
		g->p[i] = rng_range(&g->r, 0.04, 0.6);
	g->p[6] = rng_log_range(&g->r, 6 * HOUR, 3 * DAY);
	g->p[7] = rng_log_range(&g->r, 3 * MINUTE, 4 * HOUR);
	g->p[8] = rng_unit(&g->r) * 3;
	g->s[0] = g->s[1] = g->p[1];
	g->s[3] = rng_exp(&g->r, g->p[6]);
}

/* s: [0] level left, [1] level entered, [2] since when, [3] until when. */
static double working_sets(struct gen *g, double t, double dt)
{
	double at = entry(g->p[8], (t - g->s[2]) / g->p[7]);
	double level = g->s[0] + (g->s[1] - g->s[0]) * at;

	if (t >= g->s[3]) {
		g->s[0] = level;
		g->s[1] = g->p[1 + (int)(rng_unit(&g->r) * floor(g->p[0]))];
		g->s[2] = t;
		g->s[3] = t + rng_exp(&g->r, g->p[6]);
	}
	return level + 0.002 * rng_normal(&g->r);
}

/* Work moved here from elsewhere, once, after days; a daily load on top. */
static void moved_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.35);
	g->p[1] = rng_range(&g->r, 0.03, 0.3);
	g->p[2] = rng_range(&g->r, 1, 8) * DAY;
	g->p[3] = rng_log_range(&g->r, 20 * MINUTE, 8 * HOUR);
	g->p[4] = rng_range(&g->r, 0, 0.08);
	g->p[5] = rng_range(&g->r, 0, DAY);
}

static double moved(struct gen *g, double t, double dt)
{
	return g->p[0] + g->p[1] * entry(2, (t - g->p[2]) / g->p[3]) +
	       g->p[4] * day_curve(t + g->p[5]) + 0.002 * ar_noise(g, &g->s[0], dt, HOUR);
}

static const struct healthy_kind healthy[] = {
	{ "flat, noise", flat_init, flat },
	{ "cache, exponential", cache_exp_init, cache_exp },
	{ "warm-up, linear <= 8 h", fill_linear_init, fill_linear },
	{ "GC sawtooth", sawtooth_init, sawtooth },
	{ "daily load", diurnal_init, diurnal },
	{ "steps up and down", steps_init, steps },
	{ "fragmentation, log", fragmentation_init, fragmentation },
	{ "mean-reverting walk", wander_init, wander },
	{ "cache + GC + daily", mixed_init, mixed },
	{ "batch jobs", batch_init, batch },
	{ "cache with flushes", flush_init, flush },
	{ "near its limit", near_limit_init, near_limit },
	{ "working week", workweek_init, workweek },
	{ "phases, first after days", phase_init, phase },
	{ "working sets", working_sets_init, working_sets },
	{ "work moved here", moved_init, moved },
	{ "linear fill of 1-5 days", fill_days_init, fill_linear, true },
};

/* Leaks: t and tte count from the start of the leak; 1 = the room that was left at its start. */

static void constant_init(struct gen *g, double tte)
{
	g->p[0] = tte;
}

static double constant(struct gen *g, double t, double dt)
{
	return t / g->p[0];
}

static double daytime(struct gen *g, double t, double dt)
{
	double x = sin(2 * M_PI * (t / DAY + g->p[1]));

	g->s[0] += M_PI * fmax(0, x) * dt / g->p[0];
	return g->s[0];
}

static void daytime_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_unit(&g->r);
}

static void bursty_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_log_range(&g->r, tte / 2000, tte / 60);
	g->s[1] = rng_exp(&g->r, g->p[1]);
}

static double bursty(struct gen *g, double t, double dt)
{
	while (t >= g->s[1]) {
		g->s[0] += rng_exp(&g->r, g->p[1] / g->p[0]);
		g->s[1] += rng_exp(&g->r, g->p[1]);
	}
	return g->s[0];
}

static void hourly_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = HOUR;
}

static double stairs(struct gen *g, double t, double dt)
{
	return floor(t / g->p[1]) * g->p[1] / g->p[0];
}

static double quadratic(struct gen *g, double t, double dt)
{
	return t / g->p[0] * (0.25 + 0.75 * t / g->p[0]);
}

static void noisy_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 0.01, 0.05);
}

static double noisy(struct gen *g, double t, double dt)
{
	return t / g->p[0] + g->p[1] * fmin(1, 10 * t / g->p[0]) * ar_noise(g, &g->s[0], dt, 300);
}

static void teeth_init(struct gen *g, double tte)
{
	g->p[3] = tte;
	sawtooth_init(g);
	g->p[0] = 0;
	g->p[1] = rng_range(&g->r, 0.05, 0.25);
}

static double teeth(struct gen *g, double t, double dt)
{
	return t / g->p[3] + sawtooth(g, t, dt);
}

static void power_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 1.2, 2.5);
}

static double power(struct gen *g, double t, double dt)
{
	return pow(t / g->p[0], g->p[1]);
}

/* What leaks is proportional to what is held: e^0.7 to e^2 times as fast at the end. */
static void compound_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 0.7, 2);
}

static double compound(struct gen *g, double t, double dt)
{
	return expm1(g->p[1] * t / g->p[0]) / expm1(g->p[1]);
}

static void slow_steps_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_log_range(&g->r, 6 * HOUR, 30 * HOUR);
}

static const struct leak_kind leak[] = {
	{ "constant", constant_init, constant, 0, 1, 0, HOUR },
	{ "under GC sawtooth", teeth_init, teeth, 0, 1, 0, 6 * HOUR },
	{ "by day only", daytime_init, daytime, 0, 2, 0, 2 * DAY },
	{ "bursty", bursty_init, bursty, 0, 1, 0, HOUR },
	{ "hourly steps", hourly_init, stairs, 0, 1, 0, 30 * HOUR },
	{ "accelerating", constant_init, quadratic, 0, 1, 0, HOUR },
	{ "late start", constant_init, constant, 2, 5, 0, HOUR },
	{ "sampling gaps", constant_init, constant, 0, 1, 0.25, 6 * HOUR },
	{ "heavy noise", noisy_init, noisy, 0, 1, 0, 3 * HOUR },
	{ "from birth", constant_init, constant, 0, 0, 0, HOUR },
	{ "power law, 1.2-2.5", power_init, power, 0, 2, 0, HOUR },
	{ "compound", compound_init, compound, 0, 2, 0, HOUR },
	{ "steps of 6-30 h", slow_steps_init, stairs, 0, 1, 0, 8 * DAY },
};

const struct part part_tune = {
	"tune", healthy, ARRAY_SIZE(healthy), leak, ARRAY_SIZE(leak), UINT64_C(0x7475),
};
