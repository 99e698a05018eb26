/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/series.h"

#include <math.h>

/*
 * Ratios of 3 to 6 between neighbours: with windows of 6 to 14 buckets, the shortest window of a
 * scale is at most about twice the longest of the scale below, so evidence never has to wait for
 * more than double its needed window.
 */
const struct series_scale series_scale[SERIES_SCALES] = {
	{ 1, 14, 0 },	 { 5, 14, 14 },	   { 15, 14, 28 },     { 60, 14, 42 },	   { 300, 14, 56 },
	{ 900, 14, 70 }, { 3600, 24, 84 }, { 14400, 24, 108 }, { 86400, 12, 132 },
};

/* A bucket a third wider than the interval misses a quarter of its buckets; finer ones learn
 * nothing that a coarser scale does not hold. */
#define WIDTH_PER_INTERVAL 0.75

/*
 * A sampler that wakes every second does so some milliseconds early or late. Without this shift
 * half of those samples would fall into the bucket before their own: with 1 s sampling every other
 * bucket of the finest scale was missing, and a fast leak was called 2 s later.
 */
#define PHASE_SECONDS 0.5

void series_init(struct series *s)
{
	*s = (struct series){ .samples = 0 };
}

static uint32_t level_of(uint64_t bytes)
{
	uint64_t units = bytes / SERIES_UNIT_BYTES;

	return units < SERIES_LEVEL_MAX ? (uint32_t)units : SERIES_LEVEL_MAX;
}

static void evict(struct series *s, unsigned int scale, uint32_t level)
{
	if (level != SERIES_MISSING && level > s->highest[scale])
		s->highest[scale] = level;
}

/* Makes bucket number `i` the newest one, marking those skipped on the way as missing. */
static void open_bucket(struct series *s, unsigned int scale, uint32_t i, uint32_t level)
{
	const struct series_scale *sc = &series_scale[scale];
	uint32_t *ring = &s->bucket[sc->first];
	uint32_t had = s->newest[scale];
	uint32_t from = had;

	if (had > 0 && i + 1 - had > sc->buckets)
		from = i + 1 - sc->buckets;
	if (had == 0) {
		for (unsigned int b = 0; b < sc->buckets; b++)
			ring[b] = SERIES_MISSING;
		from = i;
	}
	for (uint32_t b = from; b <= i; b++) {
		evict(s, scale, ring[b % sc->buckets]);
		ring[b % sc->buckets] = SERIES_MISSING;
	}
	ring[i % sc->buckets] = level;
	s->newest[scale] = i + 1;
}

uint32_t series_push(struct series *s, const struct sample *x)
{
	uint32_t level = level_of(x->held_bytes), closed = 0;
	double since, interval;

	if (!isfinite(x->time_seconds))
		return 0;
	if (s->samples == 0)
		s->first_seconds = s->last_seconds = x->time_seconds;
	since = x->time_seconds - s->first_seconds;
	interval = x->time_seconds - s->last_seconds;
	if (interval < 0 || since >= (double)(UINT32_MAX - 1))
		return 0;

	for (unsigned int k = 0; k < SERIES_SCALES; k++) {
		uint32_t width = series_scale[k].width_seconds;
		uint32_t i = (uint32_t)(since + PHASE_SECONDS) / width;
		uint32_t *newest = &s->bucket[series_scale[k].first + i % series_scale[k].buckets];

		if (width < WIDTH_PER_INTERVAL * interval)
			continue;
		if (s->newest[k] != i + 1) {
			if (s->newest[k] > 0)
				closed |= 1u << k;
			open_bucket(s, k, i, level);
		} else if (level < *newest) {
			*newest = level;
		} else {
			break;
		}
	}
	s->last_seconds = x->time_seconds;
	s->last_level = level;
	if (s->samples < UINT32_MAX)
		s->samples++;
	return closed;
}
