/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory history of one process life at several time scales, in constant memory and without
 * pointers: rings of bucket minima (the lower envelope), finest first. Owner: the caller; copyable
 * by assignment.
 *
 * Every width is a multiple of the one before it, so the buckets nest: a sample that opens no
 * bucket and lowers no minimum at one scale cannot at a coarser one. A bucket that no sample fell
 * into is SERIES_MISSING, never zero. A scale finer than the sampling interval is left untouched.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"

struct sample {
	double time_seconds; /* monotone within one series */
	uint64_t held_bytes; /* anon + swap + shmem */
	double cpu_seconds;  /* utime + stime; NAN when not known */
};

#define SERIES_SCALES 9
#define SERIES_BUCKETS 144 /* of all scales together */
#define SERIES_RING_MAX 24 /* of one scale */

/* Levels are stored in units of 4 KiB and saturate just below 16 TiB. */
#define SERIES_UNIT_BYTES 4096
#define SERIES_MISSING UINT32_MAX
#define SERIES_LEVEL_MAX (UINT32_MAX - 1)

struct series_scale {
	uint32_t width_seconds;
	uint16_t buckets;
	uint16_t first; /* where its ring begins in series.bucket */
};

/* 1 s (14 buckets) to 1 d (12 buckets). */
extern const struct series_scale series_scale[SERIES_SCALES];

struct series {
	double first_seconds; /* time of the first sample; meaningless when samples == 0 */
	double last_seconds;
	uint32_t last_level;		 /* of the newest sample */
	uint32_t samples;		 /* saturates */
	uint32_t newest[SERIES_SCALES];	 /* 1 + number of the newest bucket; 0 = none yet */
	uint32_t highest[SERIES_SCALES]; /* highest minimum that has left the ring; 0 = none yet */
	uint32_t bucket[SERIES_BUCKETS];
};

/* Forget everything. */
void series_init(struct series *s) _nonnull_all_;

/*
 * Adds a sample in O(1) amortised. Returns a bit mask of the scales at which it closed a bucket
 * (bit k = scale k), 0 when none. A time that is not finite, or before the newest sample's, or
 * more than 2^32 s after the first leaves the series as it was.
 */
uint32_t series_push(struct series *s, const struct sample *x) _nonnull_all_;

/* Length of the history so far. */
static inline double series_age_seconds(const struct series *s)
{
	return s->samples > 0 ? s->last_seconds - s->first_seconds : 0;
}

/* The minimum of bucket number `i` of a scale; SERIES_MISSING when none or no longer held. */
static inline uint32_t series_bucket(const struct series *s, unsigned int scale, uint32_t i)
{
	const struct series_scale *sc = &series_scale[scale];

	if (i >= s->newest[scale] || s->newest[scale] - i > sc->buckets)
		return SERIES_MISSING;
	return s->bucket[sc->first + i % sc->buckets];
}

static inline double series_level_bytes(uint32_t level)
{
	return (double)level * SERIES_UNIT_BYTES;
}
