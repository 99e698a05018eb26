/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own choice of a victim, computed here to steer it and to fall back on it.
 * Source: mm/oom_kill.c:oom_badness() since 5.9 (6.12 read): rss (anon + file + shmem) + swap
 * entries + page tables, in pages, plus oom_score_adj * (totalpages / 1000).
 */
#pragma once

#include "model/guard.h"

/* In pages. `total_pages`: RAM + swap of the host, or of the cgroup whose limit was hit. */
double oom_badness_pages(const struct process *p, double total_pages,
			 uint64_t page_bytes) _nonnull_all_;

/*
 * The smallest oom_score_adj (in steps of 1, at most 1000) with which a process of `own_pages`
 * (badness at adj 0) outranks a process of badness `rival_pages` by 2 % of total_pages. Never less
 * than `present_adj`. total_pages <= 0 gives 1000.
 */
int16_t oom_steering_adj(double own_pages, double rival_pages, double total_pages,
			 int16_t present_adj);
