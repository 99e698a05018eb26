/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Healthy: grows fast after its start, ever slower, then not at all.
 *
 *   held  |          __,,--------------   --size
 *         |      ,-'`
 *         |   ,'                          first slope: --rate;
 *         |  /                            half of the rest every 0.7 * size / rate seconds
 *         |_____________________ time
 *
 * Pools, compiled code, connections, tables that are read on first use: every long-running service
 * does this. It decelerates; a leak does not. Meanwhile requests come and go in small blocks.
 */
#include "lab.h"

#define BLOCK (4 * LAB_KIB)
#define REQUESTS 256

static char **table; /* a list of what was loaded: reachable to the end */

static void serve(void)
{
	char *request[REQUESTS];

	for (size_t i = 0; i < REQUESTS; i++)
		request[i] = lab_touch(malloc(BLOCK), BLOCK);
	for (size_t i = 0; i < REQUESTS; i++)
		free(request[i]);
}

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Healthy: approaches --size bytes, at --rate bytes a second at first and "
			 "ever slower, a part every --interval, and serves requests meanwhile.",
		.size = 64 * LAB_MIB,
		.rate = 16 * LAB_MIB,
		.interval = 0.05,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);

	double rest = (double)lab.size, full_rate = (double)lab.rate;

	while (lab_tick(&lab)) {
		lab.rate = (uint64_t)(full_rate * rest / (double)lab.size) + 1;
		for (; rest > BLOCK && lab_due(&lab, BLOCK); rest -= BLOCK) {
			char **entry = lab_touch(malloc(BLOCK), BLOCK);

			*entry = (char *)table;
			table = entry;
		}
		serve();
	}
	return 0;
}
