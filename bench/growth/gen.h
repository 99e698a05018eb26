/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seeded generators of labelled memory series. A kind has an init that draws its parameters and a
 * step that gives the level at a time; both see nothing but their own state, so a seed is a
 * series. The kinds of the tuning part and of the two held-back parts are different programs, in
 * different files, with different parameter ranges.
 */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

#define MINUTE 60.0
#define HOUR 3600.0
#define DAY 86400.0

struct rng {
	uint64_t state;
};

static inline uint64_t rng_u64(struct rng *r)
{
	/* splitmix64, Steele, Lea and Flood, OOPSLA 2014 */
	uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline double rng_unit(struct rng *r)
{
	return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

static inline double rng_range(struct rng *r, double low, double high)
{
	return low + (high - low) * rng_unit(r);
}

static inline double rng_log_range(struct rng *r, double low, double high)
{
	return low * pow(high / low, rng_unit(r));
}

/* Near normal: four uniform 16-bit parts of one draw (Irwin-Hall), unit variance, cheap. */
static inline double rng_normal(struct rng *r)
{
	uint64_t x = rng_u64(r);
	double sum = (double)(x & 0xffff) + (double)(x >> 16 & 0xffff) +
		     (double)(x >> 32 & 0xffff) + (double)(x >> 48);

	return (sum / 65536 - 2) * 1.7320508;
}

static inline double rng_exp(struct rng *r, double mean)
{
	return -mean * log(1 - rng_unit(r));
}

#define GEN_NUMBERS 16

/* p: parameters drawn once. s: state. Levels are shares of the size that init was given. */
struct gen {
	struct rng r;
	double p[GEN_NUMBERS], s[GEN_NUMBERS];
};

struct healthy_kind {
	const char *name;
	void (*init)(struct gen *g);
	double (*step)(struct gen *g, double t, double dt); /* share of the limit, 0-1 */
	bool limit_of_knowledge; /* looks as a leak does for over a day: reported, not counted */
};

struct leak_kind {
	const char *name;
	void (*init)(struct gen *g, double tte);
	/* Leaked share of what the process may leak, about 1 when t reaches tte. */
	double (*step)(struct gen *g, double t, double dt);
	double start_low_days, start_high_days; /* when the leak begins */
	double gaps;				/* share of the time without samples */
	double shortest_tte;			/* seconds: a daily step needs days */
};

struct part {
	const char *name;
	const struct healthy_kind *healthy;
	unsigned int healthy_count;
	const struct leak_kind *leak;
	unsigned int leak_count;
	uint64_t seed;
};

extern const struct part part_tune, part_held, part_fresh;

/* 0 at 04:00, 1 at 16:00. */
static inline double day_curve(double t)
{
	return 0.5 - 0.5 * cos(2 * M_PI * (t / DAY - 4.0 / 24));
}

/* First-order noise of unit variance with correlation time tau, kept in *state. */
static inline double ar_noise(struct gen *g, double *state, double dt, double tau)
{
	double a = dt < tau ? 1 - dt / tau : 0;

	*state = a * *state + sqrt(1 - a * a) * rng_normal(&g->r);
	return *state;
}
