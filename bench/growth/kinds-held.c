/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The held-back part: other mechanisms than the tuning part, written down before any figure of it
 * was seen. docs/GROWTH.md says how often it was looked at. Do not tune on it.
 */
#include "gen.h"

/* Office hours: steep rise at 8, lunch dip, fall at 18; weekends at a quarter. */
static double office(double t)
{
	double day = floor(t / DAY), h = (t - day * DAY) / HOUR, x;

	x = 1 / (1 + exp(-(h - 8) * 2)) - 1 / (1 + exp(-(h - 18) * 1.5));
	x -= 0.25 * exp(-(h - 12.5) * (h - 12.5) * 2);
	return fmax(0, x) * (fmod(day, 7) >= 5 ? 0.25 : 1);
}

static void weekly_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.35);
	g->p[1] = rng_range(&g->r, 0.05, 0.4);
	g->p[2] = rng_range(&g->r, 0, 7 * DAY);
	g->p[3] = rng_range(&g->r, 0.01, 0.06);
}

static double weekly(struct gen *g, double t, double dt)
{
	return g->p[0] +
	       g->p[1] * office(t + g->p[2]) * (1 + g->p[3] * ar_noise(g, &g->s[0], dt, 6 * HOUR));
}

/* A cache under Zipf-like requests: misses get rarer by a power law. */
static void cache_zipf_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.02, 0.2);
	g->p[1] = rng_range(&g->r, 0.1, 0.5);
	g->p[2] = rng_log_range(&g->r, 5 * MINUTE, 4 * HOUR);
	g->p[3] = rng_range(&g->r, 1.2, 3);
}

static double cache_zipf(struct gen *g, double t, double dt)
{
	return g->p[0] + g->p[1] * (1 - pow(1 + t / g->p[2], -g->p[3])) +
	       0.002 * ar_noise(g, &g->s[0], dt, 120);
}

/* Young collections often, full ones rarely; the promoted part grows until a full one. */
static void generational_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.02, 0.15);		       /* nursery */
	g->p[2] = rng_log_range(&g->r, 5, 5 * MINUTE);	       /* young period */
	g->p[3] = rng_range(&g->r, 0.05, 0.3);		       /* tenured garbage at a full GC */
	g->p[4] = rng_log_range(&g->r, 30 * MINUTE, 5 * HOUR); /* full period */
}

static double generational(struct gen *g, double t, double dt)
{
	g->s[0] = fmod(g->s[0] + dt / g->p[2] * rng_range(&g->r, 0.5, 1.5), 1);
	g->s[1] += dt / g->p[4] * rng_range(&g->r, 0.6, 1.4);
	if (g->s[1] >= 1)
		g->s[1] = 0;
	return g->p[0] + g->p[1] * g->s[0] + g->p[3] * g->s[1];
}

/* Connections come with the hour and stay a while; the allocator keeps part of the peak. */
static void pool_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.05, 0.3);
	g->p[2] = rng_range(&g->r, 0.2, 0.8);		     /* kept share of the peak */
	g->p[3] = rng_log_range(&g->r, 3 * HOUR, 60 * HOUR); /* trimmed with this time */
	g->p[4] = rng_range(&g->r, 0, DAY);
}

static double pool(struct gen *g, double t, double dt)
{
	double load = (0.3 + 0.7 * day_curve(t + g->p[4])) *
		      (1 + 0.05 * ar_noise(g, &g->s[0], dt, 30 * MINUTE));

	g->s[1] = fmax(load, g->s[1] * (1 - fmin(1, dt / g->p[3])));
	return g->p[0] + g->p[1] * (g->p[2] * g->s[1] + (1 - g->p[2]) * load);
}

/* Modules loaded one after the other, each smaller and later than the one before. */
static void module_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.2);
	g->p[1] = rng_log_range(&g->r, 5 * MINUTE, 2 * HOUR);
	g->s[0] = rng_range(&g->r, 0.03, 0.12);
	g->s[1] = g->p[1];
}

static double module(struct gen *g, double t, double dt)
{
	if (t >= g->s[1] && g->s[0] > 0.002) {
		g->s[2] += g->s[0];
		g->s[0] *= rng_range(&g->r, 0.6, 0.95);
		g->s[1] = t + (t - g->s[3]) * rng_range(&g->r, 0.5, 1.2) + g->p[1];
		g->s[3] = t;
	}
	return fmin(0.85, g->p[0] + g->s[2] + 0.001 * rng_normal(&g->r));
}

/* The heap never shrinks below the largest request so far. */
static void records_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.02, 0.08);
	g->p[2] = rng_log_range(&g->r, MINUTE, HOUR);
}

static double records(struct gen *g, double t, double dt)
{
	if (rng_unit(&g->r) < dt / g->p[2])
		g->s[0] = fmax(g->s[0], rng_exp(&g->r, 1));
	return g->p[0] + g->p[1] * fmin(g->s[0], 8);
}

/* Three working sets, changed at random times, entered slowly. */
static void regimes_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.25);
	g->p[1] = rng_range(&g->r, 0.1, 0.35);
	g->p[2] = rng_range(&g->r, 0.3, 0.65);
	g->p[3] = rng_log_range(&g->r, 3 * HOUR, 30 * HOUR);
	g->p[4] = rng_log_range(&g->r, MINUTE, HOUR);
	g->s[0] = g->s[1] = g->p[0];
}

static double regimes(struct gen *g, double t, double dt)
{
	if (t >= g->s[2]) {
		g->s[0] = g->p[rng_u64(&g->r) % 3];
		g->s[2] = t + rng_exp(&g->r, g->p[3]);
	}
	g->s[1] += (g->s[0] - g->s[1]) * fmin(1, dt / g->p[4]);
	return g->s[1] + 0.004 * rng_normal(&g->r);
}

/* Write buffers fill at the pace of the load and are flushed at a bound. */
static void memtable_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.1, 0.4);
	g->p[1] = rng_range(&g->r, 0.05, 0.3);
	g->p[2] = rng_log_range(&g->r, 2 * MINUTE, 6 * HOUR);
	g->s[1] = 1;
}

static double memtable(struct gen *g, double t, double dt)
{
	g->s[0] += dt / g->p[2] * (0.2 + day_curve(t));
	if (g->s[0] >= g->s[1]) {
		g->s[0] = 0;
		g->s[1] = rng_range(&g->r, 0.8, 1);
	}
	return g->p[0] + g->p[1] * g->s[0];
}

/* A report every night at two, of a size that varies. */
static void nightly_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.1, 0.3);
	g->p[2] = rng_log_range(&g->r, 10 * MINUTE, 4 * HOUR);
	g->p[3] = rng_range(&g->r, 0, DAY);
}

static double nightly(struct gen *g, double t, double dt)
{
	double day = floor((t + g->p[3]) / DAY), into = t + g->p[3] - day * DAY;

	if (g->s[0] != day + 1) {
		g->s[0] = day + 1;
		g->s[1] = fmin(0.55, g->p[1] * exp(0.25 * rng_normal(&g->r)));
	}
	return g->p[0] + (into < g->p[2] ? g->s[1] * sqrt(into / g->p[2]) : 0);
}

/* A walk between walls. */
static void reflected_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.3);
	g->p[1] = rng_range(&g->r, 0.05, 0.3);
	g->p[2] = rng_log_range(&g->r, HOUR, DAY); /* to cross from wall to wall */
	g->s[0] = rng_unit(&g->r);
}

static double reflected(struct gen *g, double t, double dt)
{
	g->s[0] = fabs(g->s[0] + sqrt(dt / g->p[2]) * rng_normal(&g->r));
	if (g->s[0] > 1)
		g->s[0] = fmax(0, 2 - g->s[0]);
	return g->p[0] + g->p[1] * g->s[0];
}

/* Sessions with a time to live: rises straight until the first ones expire, then as the load. */
static void sessions_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.05, 0.2);
	g->p[1] = rng_range(&g->r, 0.05, 0.4);
	g->p[2] = rng_log_range(&g->r, 20 * MINUTE, 18 * HOUR);
	g->p[3] = rng_unit(&g->r) * 0.6;
}

/* Integral of 1 + a sin(wt) over the last ttl. */
static double sessions(struct gen *g, double t, double dt)
{
	double w = 2 * M_PI / DAY, from = fmax(0, t - g->p[2]);
	double live = (t - from) - g->p[3] * (cos(w * t) - cos(w * from)) / w;

	return g->p[0] + g->p[1] * live / (g->p[2] * (1 + g->p[3])) +
	       0.002 * ar_noise(g, &g->s[0], dt, 300);
}

/* Code compiled, tables learned: three exponentials, the last with a time of most of a day. */
static void jit_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.03, 0.15);
	for (int i = 1; i <= 3; i++)
		g->p[i] = rng_range(&g->r, 0.03, 0.2);
	g->p[4] = rng_range(&g->r, 10, 22) * HOUR;
}

static double jit(struct gen *g, double t, double dt)
{
	return g->p[0] + g->p[1] * (1 - exp(-t / 600)) + g->p[2] * (1 - exp(-t / (2 * HOUR))) +
	       g->p[3] * (1 - exp(-t / g->p[4])) + 0.004 * ar_noise(g, &g->s[0], dt, HOUR);
}

static void spikes_init(struct gen *g)
{
	g->p[0] = rng_range(&g->r, 0.1, 0.5);
	g->p[1] = rng_log_range(&g->r, 20 * MINUTE, 12 * HOUR);
	g->p[2] = rng_log_range(&g->r, 5, 10 * MINUTE);
}

static double spikes(struct gen *g, double t, double dt)
{
	if (rng_unit(&g->r) < dt / g->p[1])
		g->s[0] = rng_range(&g->r, 0.02, 0.45);
	g->s[0] *= dt < g->p[2] ? 1 - dt / g->p[2] : 0;
	return g->p[0] + g->s[0];
}

static void long_sessions_init(struct gen *g)
{
	sessions_init(g);
	g->p[1] = rng_range(&g->r, 0.3, 0.6);
	g->p[2] = rng_log_range(&g->r, 30 * HOUR, 5 * DAY);
}

static const struct healthy_kind healthy[] = {
	{ "office hours, weekends", weekly_init, weekly },
	{ "cache, power law", cache_zipf_init, cache_zipf },
	{ "generational GC", generational_init, generational },
	{ "connection pool", pool_init, pool },
	{ "modules loaded late", module_init, module },
	{ "heap of record size", records_init, records },
	{ "three regimes", regimes_init, regimes },
	{ "write buffers", memtable_init, memtable },
	{ "nightly report", nightly_init, nightly },
	{ "walk between walls", reflected_init, reflected },
	{ "sessions, TTL <= 18 h", sessions_init, sessions },
	{ "three exponentials", jit_init, jit },
	{ "spikes", spikes_init, spikes },
	{ "sessions, TTL 30 h-5 d", long_sessions_init, sessions, true },
};

static void linear_init(struct gen *g, double tte)
{
	g->p[0] = tte;
}

static double linear(struct gen *g, double t, double dt)
{
	return t / g->p[0];
}

static void office_leak_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_range(&g->r, 0, 5 * DAY);
}

static double office_leak(struct gen *g, double t, double dt)
{
	g->s[0] += office(t + g->p[1]) / 0.38 * dt / g->p[0];
	return g->s[0];
}

/* Bursts with Pareto sizes (shape 1.8, cut at 30 times the least). */
static void pareto_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = rng_log_range(&g->r, tte / 5000, tte / 150);
}

static double pareto(struct gen *g, double t, double dt)
{
	while (t >= g->s[1]) {
		double size = fmin(30, pow(1 - rng_unit(&g->r), -1 / 1.8));

		g->s[0] += size / 2.1 * g->p[1] / g->p[0];
		g->s[1] += g->p[1] * rng_range(&g->r, 0.5, 1.5);
	}
	return g->s[0];
}

static void cron_init(struct gen *g, double tte)
{
	static const double every[] = { 2 * HOUR, 6 * HOUR, 8 * HOUR };

	g->p[0] = tte;
	g->p[1] = every[rng_u64(&g->r) % ARRAY_SIZE(every)];
}

static void daily_cron_init(struct gen *g, double tte)
{
	g->p[0] = tte;
	g->p[1] = DAY;
}

static double cron(struct gen *g, double t, double dt)
{
	return floor(t / g->p[1]) * g->p[1] / g->p[0];
}

static double doubling(struct gen *g, double t, double dt)
{
	return (exp2(2 * t / g->p[0]) - 1) / 3;
}

/* An error path: leaks while a partner is down, two hours of six. */
static void on_off_init(struct gen *g, double tte)
{
	g->p[0] = tte;
}

static double on_off(struct gen *g, double t, double dt)
{
	if (t >= g->s[1]) {
		g->s[2] = !(g->s[2] > 0);
		g->s[1] = t + rng_exp(&g->r, g->p[0] / 200 * (g->s[2] > 0 ? 1 : 2));
	}
	g->s[0] += g->s[2] > 0 ? 3 * dt / g->p[0] : 0;
	return g->s[0];
}

/* Leaks with the allocation rate, which wanders by a factor of about two. */
static double wandering(struct gen *g, double t, double dt)
{
	g->s[0] += exp(0.4 * ar_noise(g, &g->s[1], dt, g->p[0] / 40)) / 1.08 * dt / g->p[0];
	return g->s[0];
}

static const struct leak_kind leak[] = {
	{ "linear", linear_init, linear, 0, 2, 0, HOUR },
	{ "office hours", office_leak_init, office_leak, 0, 2, 0, 4 * DAY },
	{ "Pareto bursts", pareto_init, pareto, 0, 2, 0, HOUR },
	{ "cron, 2-8 h", cron_init, cron, 0, 1, 0, 7 * DAY },
	{ "cron, daily", daily_cron_init, cron, 0, 1, 0, 9.5 * DAY },
	{ "exponential", linear_init, doubling, 0, 2, 0, HOUR },
	{ "late, after days", linear_init, linear, 3, 6, 0, HOUR },
	{ "on and off", on_off_init, on_off, 0, 1, 0, 2 * HOUR },
	{ "wandering rate", linear_init, wandering, 0, 1, 0, HOUR },
	{ "from the first sample", linear_init, linear, 0, 0, 0, HOUR },
	{ "half the samples lost", linear_init, linear, 0, 1, 0.5, 8 * HOUR },
};

const struct part part_held = {
	"held", healthy, ARRAY_SIZE(healthy), leak, ARRAY_SIZE(leak), UINT64_C(0x68656c64),
};
