/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/badness.h"

#include <math.h>

double oom_badness_pages(const struct process *p, double total_pages, uint64_t page_bytes)
{
	uint64_t bytes = process_held_bytes(p) + p->file_bytes + p->pgtables_bytes;
	double adj = p->fields & PROCESS_OOM_SCORE_ADJ ? p->oom_score_adj : 0;

	return (double)bytes / (double)page_bytes + adj * floor(total_pages / 1000);
}

int16_t oom_steering_adj(double own_pages, double rival_pages, double total_pages,
			 int16_t present_adj)
{
	/* The margin covers what the counters of both may be off by, and the rival's growth. */
	double lead = rival_pages + total_pages * 0.02 - own_pages;
	double adj;

	if (total_pages < 1000)
		return 1000;
	adj = ceil(lead / floor(total_pages / 1000));
	if (adj > 1000)
		adj = 1000;
	return adj > present_adj ? (int16_t)adj : present_adj;
}
