/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One process's badness, for oom_rank. */
#pragma once

#include "judge/oom_era.h"

/* Whom CAP_SYS_ADMIN's bonus goes to, up to 4.16: the table has no capabilities, uid 0 stands for
 * them; the printed score tells for the one process that was chosen. */
struct oom_formula {
	const struct oom_report *report;
	enum oom_badness_rule rule;
	int64_t totalpages; /* 0: unknown, oom_score_adj then does not count */
	int64_t pid;	    /* of the process whose bonus is known, -1: none */
	bool pid_has_bonus;
};

/* -1000 (or oom_adj -17), init: never chosen. */
bool oom_eligible(const struct oom_formula *f, const struct oom_task *t) _nonnull_all_;
int16_t oom_adj_of(const struct oom_report *r, const struct oom_task *t) _nonnull_all_;
/* In pages; PERMILLE: of 1000. */
int64_t oom_points(const struct oom_formula *f, const struct oom_task *t,
		   int16_t adj) _nonnull_all_;
/* What the kernel printed of it up to 5.0: points * 1000 / totalpages. */
int64_t oom_printed_score(const struct oom_formula *f, int64_t points) _nonnull_all_;

struct oom_totalpages {
	int64_t pages;
	enum oom_totalpages_source source;
};
/*
 * What the kernel may have taken for all memory, the likeliest first; at most OOM_TOTALS. More than
 * one where the text leaves it open: how much swap a cgroup had, how many pages a node spans.
 */
#define OOM_TOTALS 6
uint32_t oom_totalpages(const struct oom_report *r,
			struct oom_totalpages ret[OOM_TOTALS]) _nonnull_all_;
