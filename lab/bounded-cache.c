/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Healthy: a cache that fills to its bound and then replaces its oldest entry.
 *
 *   held  |        ,-------------   --size
 *         |      ,'
 *         |    ,'                   slope: --rate, exactly like a leak's,
 *         |  ,'                     until it is full
 *         |__________________ time
 *
 * The hardest healthy case: until the bend nothing in the curve tells it from steady-leak. What
 * does: there is time, and a bound below the memory there is.
 */
#include "lab.h"

#define ENTRY (16 * LAB_KIB)

static char **entry; /* the cache: reachable to the end */

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Healthy: fills a cache at --rate bytes a second up to --size, then "
			 "replaces the oldest entries at the same rate, a part every --interval.",
		.size = 64 * LAB_MIB,
		.rate = 8 * LAB_MIB,
		.interval = 0.05,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);

	size_t entries = lab.size / ENTRY + 1;

	entry = lab_zeroes(entries * sizeof(*entry));
	for (size_t next = 0; lab_tick(&lab);)
		for (uint64_t n = 0; n < lab.size && lab_due(&lab, ENTRY); n += ENTRY) {
			free(entry[next]);
			entry[next] = lab_touch(malloc(ENTRY), ENTRY);
			next = (next + 1) % entries;
		}
	return 0;
}
