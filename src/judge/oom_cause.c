/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict: the hypothesis that the evidence speaks for most, if it speaks loudly enough. */
#include <string.h>

#include "judge/oom_case.h"

/* Below it the text is too thin, or too contradictory. */
#define CONFIDENCE_MIN 0.25
#define CONFIDENCE_MAX 0.95

typedef void rule_fn(const struct oom_case *c, struct oom_hypothesis *h);

static const struct {
	enum oom_cause cause;
	rule_fn *judge;
	bool of_plenty; /* explains a failure beside free memory */
} rules[] = {
	{ OOM_CAUSE_MANUAL, oom_suspect_manual, true },
	{ OOM_CAUSE_FRAGMENTATION, oom_suspect_fragmentation, true },
	{ OOM_CAUSE_FORK_BOMB, oom_suspect_fork_bomb },
	{ OOM_CAUSE_KERNEL_LEAK, oom_suspect_kernel },
	{ OOM_CAUSE_SHMEM, oom_suspect_shmem },
	{ OOM_CAUSE_INNOCENT_KILLED, oom_suspect_innocent },
	{ OOM_CAUSE_LEAKER_KILLED, oom_suspect_leaker },
	{ OOM_CAUSE_LIMIT_TOO_SMALL, oom_suspect_limit },
	{ OOM_CAUSE_BURST, oom_suspect_burst },
};

static void take_reasons(const struct oom_hypothesis *h, struct oom_story *s)
{
	for (uint32_t i = 0; i < h->reason_count && s->reason_count < OOM_REASONS; i++)
		s->reason[s->reason_count++] = h->reason[i];
}

/* Who fills the memory explains why it is short. A request for several pages in one piece that
 * fails beside much free memory failed for its size. */
static void oppose_plenty(const struct oom_case *c, struct oom_hypothesis *h)
{
	if (c->story->failure.kind == OOM_FAILURE_FRAGMENTATION)
		oom_oppose(h, 0.9 * oom_ramp(c->free / c->whole, 0.05, 0.25));
}

/* Of no use to look at: the only one that the text names, or smaller than what else there is. */
#define SUSPECT_SHARE 0.1

/* Whom to look at first when there is no verdict: the largest, if it is large. */
static void suspect_largest(const struct oom_case *c, struct oom_story *s)
{
	const struct oom_report *r = c->report;
	double largest = MAX(isnan(c->other_size) ? 0 : c->other_size,
			     isnan(c->victim_row_size) ? 0 : c->victim_row_size);

	if (r->task_count < 2 || !(largest >= c->room * SUSPECT_SHARE))
		return;
	if (c->other != OOM_NO_TASK && !(c->victim_row_size >= c->other_size)) {
		oom_copy(s->suspect, sizeof(s->suspect), r->task[c->other].comm);
		s->suspect_pid = opt_i64_of(r->task[c->other].pid);
	} else if (r->victim_count) {
		oom_copy(s->suspect, sizeof(s->suspect), r->victim[0].comm);
		s->suspect_pid = opt_i64_of(r->victim[0].pid);
	}
}

/* Where the kernel, a tmpfs or a fork bomb took the memory, the victim is innocent too, or is of
 * the bomb: that is the same story, not another one. */
static bool same_story(const struct oom_hypothesis *best, const struct oom_hypothesis *h)
{
	if (h->cause == OOM_CAUSE_LEAKER_KILLED && best->cause == OOM_CAUSE_FORK_BOMB)
		return strcmp(h->suspect, best->suspect) == 0;
	return h->cause == OOM_CAUSE_INNOCENT_KILLED && best->cause != OOM_CAUSE_LEAKER_KILLED &&
	       best->cause != OOM_CAUSE_LIMIT_TOO_SMALL &&
	       (!h->suspect[0] || strcmp(h->suspect, best->suspect) == 0);
}

void oom_cause_of(const struct oom_case *c, struct oom_story *s)
{
	struct oom_hypothesis all[ARRAY_SIZE(rules)] = { 0 };
	const struct oom_hypothesis *best = &all[0];
	double second = 0, confidence;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		all[i] = (struct oom_hypothesis){ rules[i].cause, .doubt = 1, .against = 1 };
		rules[i].judge(c, &all[i]);
		if (!rules[i].of_plenty)
			oppose_plenty(c, &all[i]);
		if (oom_confidence(&all[i]) > oom_confidence(best))
			best = &all[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (&all[i] != best && !same_story(best, &all[i]))
			second = MAX(second, oom_confidence(&all[i]));
	}
	/* What the text says is no guess that another one could spoil. */
	if (best->cause == OOM_CAUSE_MANUAL)
		second = 0;
	/* Two that are equally likely leave half of the certainty. */
	confidence = MIN(oom_confidence(best), CONFIDENCE_MAX) * (1 - second / 2);
	take_reasons(best, s);
	if (confidence < CONFIDENCE_MIN) {
		suspect_largest(c, s);
		return;
	}
	s->cause = best->cause;
	s->confidence = confidence;
	oom_copy(s->suspect, sizeof(s->suspect), best->suspect);
	s->suspect_pid = best->suspect_pid;
}
