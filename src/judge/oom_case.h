/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The case that the verdict is made of: amounts of the report set against each other, and the
 * hypotheses that explain them. Every weight and threshold is in docs/EXPLAIN.md with its reason.
 *
 * A hypothesis gathers evidence: each piece supports it with a weight 0-1, and what is independent
 * adds up as 1 - (1 - a)(1 - b)...; what speaks against it multiplies the sum.
 */
#pragma once

#include <math.h>

#include "judge/oom_history.h"
#include "judge/oom_tasks.h"

struct oom_case {
	const struct oom_report *report;
	const struct oom_history *history;
	const struct oom_story *story; /* its parts are done, the verdict is not */

	/* Bytes; NAN where the text does not tell. */
	double whole;	  /* RAM, or the cgroup's limit */
	double total;	  /* of that what the request might use: the allowed nodes */
	double room;	  /* that and the swap in use: what the sizes of processes are parts of */
	double held;	  /* anonymous memory and swap of all processes, there */
	double resident;  /* of that what is not in swap: a part of .total */
	double victim;	  /* anonymous memory and swap of the victims */
	double file;	  /* page cache */
	double unwritten; /* dirty, writeback, unstable */
	double free;
	double other_than_processes; /* the largest share that no process's end frees; 0: none */
	bool memcg;

	uint32_t victim_row;	 /* OOM_NO_TASK */
	double victim_row_size;	 /* as the table measures; to compare with other rows */
	double victim_name_size; /* all processes of its name */
	uint32_t victim_names;	 /* how many these are */
	double victim_family;	 /* the larger of that and .victim */
	uint32_t other;		 /* the largest row that is no victim; OOM_NO_TASK */
	double other_size;
	/* The largest name of two or more processes, not the victim's; NULL. Where the table counts
	 * shared pages in each process, the sum is scaled to the memory that there is. */
	const struct oom_service *service;
	double service_size;

	bool grown; /* the victim, between reports */
	struct oom_growth growth;
	bool other_grown;
	struct oom_growth other_growth;
	struct oom_kills kills; /* of the victim's name before */
};

void oom_case_open(const struct oom_report *r, const struct oom_history *h,
		   const struct oom_story *s, struct oom_case *ret) _nonnull_all_;

#define OOM_HYPOTHESIS_REASONS 8
struct oom_hypothesis {
	enum oom_cause cause;
	double doubt; /* product of what each piece leaves open; 1: nothing speaks for it */
	double against;
	char suspect[OOM_COMM_SIZE];
	struct opt_i64 suspect_pid;
	uint32_t reason_count;
	struct oom_reason reason[OOM_HYPOTHESIS_REASONS];
};

static inline double opt_number(struct opt_u64 o)
{
	return opt_is_known(o) ? (double)o.value : NAN;
}

/* Of the victim, as its size is compared with that at earlier kills. */
static inline double oom_kill_size(const struct oom_case *c)
{
	return isnan(c->victim) ? c->victim_row_size : c->victim;
}

double oom_confidence(const struct oom_hypothesis *h) _nonnull_all_;
/* 0 at and below `low`, 1 at and above `high`; 0 for NAN. */
double oom_ramp(double x, double low, double high);

/* Evidence with its reason (OOM_REASON_NONE: none of its own); no weight, no reason. Up to four
 * numbers. */
void oom_support(struct oom_hypothesis *h, double weight, enum oom_reason_id id,
		 const char *subject, const double number[OOM_REASON_NUMBERS]) _nonnull_(1);
/* 0: nothing against it, 1: out of the question. */
void oom_oppose(struct oom_hypothesis *h, double weight) _nonnull_all_;
#define OOM_NUMBERS(...) ((const double[OOM_REASON_NUMBERS]){ __VA_ARGS__ })

/* One rule each: fills the hypothesis from the case. */
void oom_suspect_leaker(const struct oom_case *c, struct oom_hypothesis *h) _nonnull_all_;
void oom_suspect_innocent(const struct oom_case *c, struct oom_hypothesis *h) _nonnull_all_;
void oom_suspect_limit(const struct oom_case *c, struct oom_hypothesis *h) _nonnull_all_;
void oom_suspect_kernel(const struct oom_case *c, struct oom_hypothesis *h) _nonnull_all_;
void oom_suspect_fork_bomb(const struct oom_case *c, struct oom_hypothesis *h) _nonnull_all_;
void oom_suspect_fragmentation(const struct oom_case *c, struct oom_hypothesis *h) _nonnull_all_;
void oom_suspect_burst(const struct oom_case *c, struct oom_hypothesis *h) _nonnull_all_;
void oom_suspect_shmem(const struct oom_case *c, struct oom_hypothesis *h) _nonnull_all_;
void oom_suspect_manual(const struct oom_case *c, struct oom_hypothesis *h) _nonnull_all_;

/* What the operator must know whatever the verdict, and what to do. */
void oom_add_context(const struct oom_case *c, struct oom_story *s) _nonnull_all_;
void oom_add_advice(const struct oom_case *c, struct oom_story *s) _nonnull_all_;
/* The verdict. */
void oom_cause_of(const struct oom_case *c, struct oom_story *s) _nonnull_all_;
