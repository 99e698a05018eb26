/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The third part: written down before the rule was revised on the tuning part, evaluated once, at
 * the end. docs/GROWTH.md says so. Do not tune on it; do not look at it again to choose anything.
 */
#include "gen.h"

/* A queue that fills when arrivals outrun the workers, then drains at another pace. */
static void backlog_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.03, 0.3);
	g->p[2] = rng_log_range(&g->r, 5 * MINUTE, 5 * HOUR); /* fills */
	g->p[3] = rng_log_range(&g->r, 5 * MINUTE, 8 * HOUR); /* drains */
	g->p[4] = rng_log_range(&g->r, 6 * HOUR, 3 * DAY);    /* between */
	g->s[0] = rng_exp(&g->r, g->p[4]);
	g->s[1] = 1;
}

static double backlog(struct gen *g, double t, double dt)
{
	double into = t - g->s[0], fill = g->p[2] * g->s[1], drain = g->p[3] * g->s[1], x = 0;

	if (into > fill + drain) {
		g->s[0] = t + rng_exp(&g->r, g->p[4]);
		g->s[1] = rng_range(&g->r, 0.2, 1.2);
	} else if (into > 0) {
		x = into < fill ? into / g->p[2] : g->s[1] - (into - fill) / g->p[3];
	}
	return g->p[0] + g->p[1] * x + 0.002 * rng_normal(&g->r);
}

/* A cache whose bound is raised once, by hand. */
static void resized_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.1, 0.3);
	g->p[1] = rng_range(&g->r, 0.05, 0.3);
	g->p[2] = rng_range(&g->r, 0.5, 8) * DAY;
	g->p[3] = rng_log_range(&g->r, 10 * MINUTE, 8 * HOUR);
}

static double resized(struct gen *g, double t, double dt)
{
	double after = fmax(0, t - g->p[2]);

	return g->p[0] * (1 - exp(-t / g->p[3])) + g->p[1] * (1 - exp(-after / g->p[3])) +
	       0.003 * ar_noise(g, &g->s[0], dt, 2 * MINUTE);
}

/* Levels of an LSM tree: each holds until the next takes it over. */
static void levels_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.003, 0.015);
	g->p[2] = rng_log_range(&g->r, 2 * MINUTE, HOUR);
}

static double levels(struct gen *g, double t, double dt)
{
	unsigned int n = (unsigned int)(t / g->p[2]) % 64, sum = 0;

	for (unsigned int b = 1; b < 64; b *= 4)
		sum += n / b % 4 * (b > 4 ? 4 : b);
	return g->p[0] + g->p[1] * sum + 0.001 * rng_normal(&g->r);
}

/* Sessions that last an hour or a day: the two kinds fill up one after the other. */
static void mixture_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.03, 0.2);
	g->p[1] = rng_range(&g->r, 0.02, 0.2);
	g->p[2] = rng_range(&g->r, 0.02, 0.2);
	g->p[3] = rng_log_range(&g->r, 20 * MINUTE, 3 * HOUR);
	g->p[4] = rng_log_range(&g->r, 4 * HOUR, 20 * HOUR);
	g->p[5] = rng_range(&g->r, 0, DAY);
}

static double mixture(struct gen *g, double t, double dt)
{
	double load = 0.6 + 0.4 * day_curve(t + g->p[5]);

	g->s[0] += (load - g->s[0]) * fmin(1, dt / g->p[3]);
	g->s[1] += (load - g->s[1]) * fmin(1, dt / g->p[4]);
	return g->p[0] + g->p[1] * g->s[0] + g->p[2] * g->s[1] +
	       0.003 * ar_noise(g, &g->s[2], dt, 15 * MINUTE);
}

/* An index built beside the old one, which is then dropped. */
static void rebuild_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.7, 1.1);
	g->p[2] = rng_log_range(&g->r, 8 * HOUR, 4 * DAY);
	g->p[3] = rng_log_range(&g->r, 10 * MINUTE, 3 * HOUR);
	g->s[0] = rng_range(&g->r, 0, 1) * g->p[2];
}

static double rebuild(struct gen *g, double t, double dt)
{
	double into = t - g->s[0];

	if (into > g->p[3]) {
		g->s[0] += g->p[2];
		into = 0;
	}
	return g->p[0] + g->p[0] * g->p[1] * fmax(0, into / g->p[3]) + 0.002 * rng_normal(&g->r);
}

/* Tenants arrive along an S-curve. */
static void tenants_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.05, 0.35);
	g->p[2] = rng_range(&g->r, 0.3, 5) * DAY;
	g->p[3] = rng_log_range(&g->r, 15 * MINUTE, 4 * HOUR);
}

static double tenants(struct gen *g, double t, double dt)
{
	return g->p[0] + g->p[1] / (1 + exp(-(t - g->p[2]) / g->p[3])) +
	       0.003 * ar_noise(g, &g->s[0], dt, HOUR);
}

/* A day like no other: the height of the peak differs from day to day, two peaks a day. */
static void two_peaks_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.35);
	g->p[1] = rng_range(&g->r, 0.03, 0.2);
	g->p[2] = rng_range(&g->r, 0.1, 0.35);
	g->p[3] = rng_range(&g->r, 0, DAY);
	g->p[4] = rng_range(&g->r, 1, 3);
}

static double two_peaks(struct gen *g, double t, double dt)
{
	double at = t + g->p[3], day = floor(at / DAY), h = (at - day * DAY) / HOUR, w = g->p[4];

	if (g->s[0] != day + 1) {
		g->s[0] = day + 1;
		g->s[1] = g->p[1] * exp(g->p[2] * rng_normal(&g->r));
	}
	return fmin(0.95, g->p[0] + g->s[1] * (exp(-pow((h - 9.5) / w, 2)) +
					       0.7 * exp(-pow((h - 17) / w, 2))));
}

/* A backup once a week, whole in memory. */
static void backup_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.35);
	g->p[1] = rng_range(&g->r, 0.05, 0.3);
	g->p[2] = rng_range(&g->r, 0, 7) * DAY;
	g->p[3] = rng_log_range(&g->r, 20 * MINUTE, 5 * HOUR);
	g->p[4] = rng_range(&g->r, 0.4, 1.1);
}

static double backup(struct gen *g, double t, double dt)
{
	double u = fmod(t + g->p[2], 7 * DAY) / g->p[3];

	return g->p[0] + (u < 1 ? g->p[1] * pow(u, g->p[4]) : 0) +
	       0.003 * ar_noise(g, &g->s[0], dt, 20 * MINUTE);
}

/* Fills in a straight line and is rotated; less than a day (p[2] <= 20 h). */
static void rotated_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.35);
	g->p[1] = rng_range(&g->r, 0.05, 0.35);
	g->p[2] = rng_log_range(&g->r, 3 * HOUR, 20 * HOUR);
	g->p[3] = rng_unit(&g->r);
}

static double rotated(struct gen *g, double t, double dt)
{
	return g->p[0] + g->p[1] * fmod(t / g->p[2] + g->p[3], 1) +
	       0.002 * ar_noise(g, &g->s[0], dt, 5 * MINUTE);
}

static void rotated_slowly_init(struct gen *g)
{
	rotated_init(g);
	g->p[1] = rng_range(&g->r, 0.3, 0.6);
	g->p[2] = rng_log_range(&g->r, 30 * HOUR, 4 * DAY);
}

/* Arenas keep the most that a load of days ever asked for. */
static void arenas_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.02, 0.08);
	g->p[2] = rng_log_range(&g->r, 10 * MINUTE, 8 * HOUR);
}

static double arenas(struct gen *g, double t, double dt)
{
	g->s[1] = fmax(g->s[1], ar_noise(g, &g->s[0], dt, g->p[2]));
	return g->p[0] + g->p[1] * (g->s[1] + 0.1 * g->s[0]);
}

/* A person's work: data sets of any size loaded in working hours, freed in the evening. */
static void notebook_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.02, 0.1);
	g->p[1] = rng_range(&g->r, 0.01, 0.06);
	g->p[2] = rng_range(&g->r, 0, DAY);
	g->p[3] = rng_log_range(&g->r, 20 * MINUTE, 3 * HOUR);
}

static double notebook(struct gen *g, double t, double dt)
{
	double h = fmod(t + g->p[2], DAY) / HOUR;

	if (h < 9 || h > 18)
		g->s[0] = 0;
	else if (rng_unit(&g->r) < dt / g->p[3])
		g->s[0] += g->p[1] * exp(0.7 * rng_normal(&g->r));
	g->s[0] = fmin(0.6, g->s[0]);
	return g->p[0] + g->s[0] + 0.001 * rng_normal(&g->r);
}

/* Trimmed now and then, and warm again after minutes to hours, a little above or below. */
static void trimmed_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.2, 0.6);
	g->p[1] = rng_range(&g->r, 0.1, 0.6);
	g->p[2] = rng_log_range(&g->r, 10 * MINUTE, 6 * HOUR);
	g->p[3] = rng_log_range(&g->r, 3 * HOUR, 3 * DAY);
	g->s[0] = 1 - g->p[1];
	g->s[1] = rng_exp(&g->r, g->p[3]);
	g->s[2] = 1;
}

static double trimmed(struct gen *g, double t, double dt)
{
	if (t >= g->s[1]) {
		g->s[0] *= 1 - g->p[1];
		g->s[1] = t + rng_exp(&g->r, g->p[3]);
		g->s[2] = rng_range(&g->r, 0.93, 1.07);
	}
	g->s[0] += (g->s[2] - g->s[0]) * fmin(1, dt / g->p[2]);
	return g->p[0] * g->s[0] + 0.001 * rng_normal(&g->r);
}

/* A hash table that grows by half whenever it is full, filled ever more slowly. */
static void table_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.03, 0.1);
	g->p[1] = rng_log_range(&g->r, 10 * MINUTE, 6 * HOUR);
	g->p[2] = rng_range(&g->r, 1.3, 2);
	g->p[3] = rng_range(&g->r, 0.3, 0.7);
}

static double table(struct gen *g, double t, double dt)
{
	double times = floor(log2(1 + t / g->p[1]));

	return fmin(g->p[3], g->p[0] * pow(g->p[2], fmin(times, 6))) + 0.002 * rng_normal(&g->r);
}

static const struct healthy_kind healthy[] = {
	{ "queue with backlogs", backlog_init, backlog },
	{ "cache resized once", resized_init, resized },
	{ "LSM levels", levels_init, levels },
	{ "short and long sessions", mixture_init, mixture },
	{ "index rebuilt", rebuild_init, rebuild },
	{ "tenants, S-curve", tenants_init, tenants },
	{ "two peaks a day", two_peaks_init, two_peaks },
	{ "weekly backup", backup_init, backup },
	{ "rotated, 3-20 h", rotated_init, rotated },
	{ "arenas, high water", arenas_init, arenas },
	{ "notebook", notebook_init, notebook },
	{ "trimmed and warm again", trimmed_init, trimmed },
	{ "hash table", table_init, table },
	{ "rotated, 30 h-4 d", rotated_slowly_init, rotated, true },
};

static void plain_init(struct gen *g, double tte)
{
	g->p[0] = tte;
}

static double plain(struct gen *g, double t, double dt)
{
	return t / g->p[0];
}

/* The rate grows from nothing over the first fifth. */
static double onset(struct gen *g, double t, double dt)
{
	double u = t / g->p[0] / 0.2;

	return (u < 1 ? u * u / 2 : u - 0.5) * 0.2 / 0.9;
}

/* Slows down a little and never ends. */
static void slowing_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 0.75, 0.95);
}

static double slowing(struct gen *g, double t, double dt)
{
	return pow(t / g->p[0], g->p[1]);
}

/* A large buffer lost now and then: 0.5 to 2.5 per cent of the room each. */
static void buffers_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 0.005, 0.025);
	g->s[1] = rng_exp(&g->r, g->p[1] * tte);
}

static double buffers(struct gen *g, double t, double dt)
{
	while (t >= g->s[1]) {
		g->s[0] += g->p[1];
		g->s[1] += rng_exp(&g->r, g->p[1] * g->p[0]);
	}
	return g->s[0];
}

/* Three to six hours of every day. */
static void nights_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 3, 6) * HOUR;
	g->p[2] = rng_range(&g->r, 0, DAY);
}

static double nights(struct gen *g, double t, double dt)
{
	if (fmod(t + g->p[2], DAY) < g->p[1])
		g->s[0] += dt / g->p[0] * DAY / g->p[1];
	return g->s[0];
}

/* A cleaner that finds a part of what was leaked. */
static void cleaned_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_log_range(&g->r, tte / 80, tte / 25);
	g->p[2] = rng_range(&g->r, 0.1, 0.4);
}

static double cleaned(struct gen *g, double t, double dt)
{
	double gain = 1 / (1 - g->p[2]), n = floor(t / g->p[1]);

	return (n + gain * (t / g->p[1] - n)) * g->p[1] / g->p[0];
}

/* A release makes it 1.5 to 3 times as fast, somewhere between a twentieth and a quarter. */
static void release_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 0.05, 0.25);
	g->p[2] = rng_range(&g->r, 1.5, 3);
}

static double release(struct gen *g, double t, double dt)
{
	double u = t / g->p[0], whole = g->p[1] + (1 - g->p[1]) * g->p[2];

	return (u < g->p[1] ? u : g->p[1] + (u - g->p[1]) * g->p[2]) / whole;
}

/* Three to eight times as fast at the end as at the start. */
static void geometric_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 3, 8);
}

static double geometric(struct gen *g, double t, double dt)
{
	return (pow(g->p[1], t / g->p[0]) - 1) / (g->p[1] - 1);
}

/* With a cache that fills at the same time. */
static void warming_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 0.05, 0.2);
	g->p[2] = rng_log_range(&g->r, tte / 200, tte / 10);
}

static double warming(struct gen *g, double t, double dt)
{
	return t / g->p[0] + g->p[1] * (1 - exp(-t / g->p[2]));
}

/* A job every three to twelve hours, not to the minute. */
static void jobs_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 3, 12) * HOUR;
	g->s[1] = g->p[1];
}

static double jobs(struct gen *g, double t, double dt)
{
	while (t >= g->s[1]) {
		g->s[0] += g->p[1] / g->p[0] * rng_range(&g->r, 0.6, 1.4);
		g->s[1] += g->p[1] * rng_range(&g->r, 0.7, 1.3);
	}
	return g->s[0];
}

static const struct leak_kind leak[] = {
	{ "straight", plain_init, plain, 0, 3, 0, HOUR },
	{ "slow onset", plain_init, onset, 0, 2, 0, HOUR },
	{ "slowing, never ending", slowing_init, slowing, 0, 2, 0, HOUR },
	{ "large buffers", buffers_init, buffers, 0, 1, 0, 2 * HOUR },
	{ "nights", nights_init, nights, 0, 1, 0, 5 * DAY },
	{ "partly cleaned", cleaned_init, cleaned, 0, 2, 0, 3 * HOUR },
	{ "faster since a release", release_init, release, 0, 2, 0, HOUR },
	{ "geometric, 3-8", geometric_init, geometric, 0, 2, 0, HOUR },
	{ "with a warm-up", warming_init, warming, 0, 0, 0, HOUR },
	{ "jobs of 3-12 h", jobs_init, jobs, 0, 1, 0, 6 * DAY },
	{ "a third of samples lost", plain_init, plain, 1, 4, 0.35, 6 * HOUR },
};

const struct part part_fresh = {
	"fresh", healthy, ARRAY_SIZE(healthy), leak, ARRAY_SIZE(leak), UINT64_C(0x6672657368),
};
