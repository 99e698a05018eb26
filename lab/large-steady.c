/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Healthy: one big process that does its work and does not grow, such as a database.
 *
 *   held  |   ,------------------------   --size, all of it in use
 *         |  |
 *         |__|______________________ time
 *
 * The innocent that the kernel's OOM killer likes best: badness is mostly size. Whoever kills by
 * size kills this one instead of the small leaker next to it.
 */
#include "lab.h"

int main(int argc, char **argv)
{
	struct lab lab = {
		.about =
			"Healthy: holds --size bytes, taken at once, and works on a random part of "
			"them every --interval.",
		.size = 256 * LAB_MIB,
		.interval = 0.05,
	};

	lab_start(&lab, argc, argv);
	lab_take(&lab, lab.size);

	char *data = lab_touch(malloc(lab.size), lab.size);
	size_t pages = lab.size / 4096;

	while (lab_tick(&lab))
		for (size_t i = 0; i < pages / 64; i++)
			data[(size_t)random() % pages * 4096]++;
	free(data);
	return 0;
}
