/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds whatever the verdict: what is missing, what went wrong besides, what to do. */
#include <string.h>

#include "judge/oom_case.h"

static void add_reason(struct oom_story *s, enum oom_reason_id id, const char *subject,
		       const double number[OOM_REASON_NUMBERS])
{
	struct oom_reason *r;

	for (uint32_t i = 0; i < s->reason_count; i++) {
		if (s->reason[i].id == id)
			return;
	}
	if (s->reason_count == OOM_REASONS)
		return;
	r = &s->reason[s->reason_count++];
	*r = (struct oom_reason){ .id = id };
	for (int i = 0; i < OOM_REASON_NUMBERS; i++)
		r->number[i] = number ? number[i] : NAN;
	oom_copy_end(r->subject, sizeof(r->subject), subject);
}

static void kill_context(const struct oom_report *r, struct oom_story *s)
{
	if (r->no_killable)
		add_reason(s, OOM_REASON_NO_KILLABLE, "", NULL);
	if (r->panic[0])
		add_reason(s, OOM_REASON_PANICKED, "", NULL);
	for (uint32_t i = 0; i < r->victim_count; i++) {
		if (r->victim[i].reaped == OOM_REAPED_UNABLE) {
			add_reason(s, OOM_REASON_UNABLE_TO_REAP, r->victim[i].comm,
				   OOM_NUMBERS((double)r->victim[i].pid, NAN, NAN, NAN));
			break;
		}
	}
	if (opt_is_known(r->trigger.suppressed))
		add_reason(s, OOM_REASON_SUPPRESSED, "",
			   OOM_NUMBERS((double)r->trigger.suppressed.value, NAN, NAN, NAN));
}

/* Whether or not the verdict rests on it; where there is none, it tells more than what else there
 * is. */
static void history_context(const struct oom_case *c, struct oom_story *s)
{
	const struct oom_kills *k = &c->kills;
	const char *name = oom_victim_name(c->report);
	const uint32_t before = s->reason_count;
	struct oom_reason first = s->reason[0];

	if (!k->times)
		return;
	add_reason(s, OOM_REASON_KILLED_BEFORE, name,
		   OOM_NUMBERS(k->times, k->since_last, NAN, NAN));
	if (k->same_size)
		add_reason(s, OOM_REASON_SAME_SIZE_AGAIN, name,
			   OOM_NUMBERS(oom_kill_size(c), k->since_same, NAN, NAN));
	if (s->cause != OOM_CAUSE_CANNOT_TELL || s->reason_count == before || !before)
		return;
	s->reason[0] = s->reason[s->reason_count - 1];
	s->reason[s->reason_count - 1] = first;
}

/* Counters that are read one after another drift: not below 0. */
static double swap_left(const struct oom_breakdown *b)
{
	double left = opt_number(b->swap_total_bytes) - opt_number(b->swap_used_bytes);

	return left < 0 ? 0 : left;
}

static void memory_context(const struct oom_case *c, struct oom_story *s)
{
	const struct oom_report *r = c->report;
	const struct oom_failure *f = &s->failure;

	if (f->kind == OOM_FAILURE_ZONE && f->zone < r->memory.zone_count)
		add_reason(s, OOM_REASON_ZONE_LOW, r->memory.zone[f->zone].name,
			   OOM_NUMBERS(opt_number(f->free_bytes), opt_number(f->mark_bytes),
				       opt_number(f->free_elsewhere_bytes), NAN));
	if (opt_is_known(f->usage_bytes) && opt_is_known(f->limit_bytes))
		add_reason(s, OOM_REASON_AT_LIMIT, r->memcg.limit_path,
			   OOM_NUMBERS(opt_number(f->usage_bytes), opt_number(f->limit_bytes),
				       opt_number(r->memcg.memory.failcnt), NAN));
	if (f->swap_full)
		add_reason(s, OOM_REASON_SWAP_FULL, "",
			   OOM_NUMBERS(opt_number(s->breakdown.swap_total_bytes),
				       swap_left(&s->breakdown), NAN, NAN));
	else if (f->no_swap)
		add_reason(s, OOM_REASON_NO_SWAP, "", NULL);
	if (!c->memcg && opt_number(s->breakdown.share_bytes[OOM_SHARE_FREE]) > c->whole / 5)
		add_reason(s, OOM_REASON_HOST_HAS_MEMORY, "",
			   OOM_NUMBERS(opt_number(s->breakdown.share_bytes[OOM_SHARE_FREE]),
				       c->file, NAN, NAN));
	if (s->breakdown.sums_disagree)
		add_reason(s, OOM_REASON_SUMS_DISAGREE, "",
			   OOM_NUMBERS(opt_number(s->breakdown.tasks_anon_bytes),
				       opt_number(s->breakdown.share_bytes[OOM_SHARE_PROCESSES]),
				       NAN, NAN));
}

static void evidence_context(const struct oom_case *c, struct oom_story *s)
{
	const struct oom_report *r = c->report;

	if (s->rate_limited)
		add_reason(s, OOM_REASON_RATE_LIMITED, "", NULL);
	if (!r->task_count)
		add_reason(s, OOM_REASON_NO_TABLE, "", NULL);
	else if (!oom_table_complete(r))
		add_reason(s, OOM_REASON_TABLE_INCOMPLETE, "",
			   OOM_NUMBERS(r->task_count, NAN, NAN, NAN));
	if (!s->breakdown.known)
		add_reason(s, OOM_REASON_NO_MEMORY_INFO, "", NULL);
	if ((s->cause == OOM_CAUSE_LEAKER_KILLED && !c->grown) ||
	    (s->cause == OOM_CAUSE_INNOCENT_KILLED && !c->other_grown && s->suspect[0]))
		add_reason(s, OOM_REASON_ONE_REPORT_ONLY, s->suspect, NULL);
}

void oom_add_context(const struct oom_case *c, struct oom_story *s)
{
	kill_context(c->report, s);
	history_context(c, s);
	memory_context(c, s);
	evidence_context(c, s);
}

/* ---- advice ---- */

static void advise(struct oom_story *s, enum oom_advice_id id, const char *subject, double a,
		   double b)
{
	struct oom_advice *o;

	for (uint32_t i = 0; i < s->advice_count; i++) {
		if (s->advice[i].id == id)
			return;
	}
	if (s->advice_count == OOM_ADVICES)
		return;
	o = &s->advice[s->advice_count++];
	*o = (struct oom_advice){ .id = id, .number = { a, b } };
	oom_copy_end(o->subject, sizeof(o->subject), subject);
}

/* Only v1 prints these two counters. */
static double cgroup_version(const struct oom_memcg *m)
{
	if (opt_is_known(m->memsw.usage_bytes) || opt_is_known(m->kmem.usage_bytes))
		return 1;
	return opt_is_known(m->swap.usage_bytes) ? 2 : NAN;
}

static void advise_limit(const struct oom_case *c, struct oom_story *s)
{
	const struct oom_report *r = c->report;

	if (c->memcg)
		advise(s, OOM_ADVICE_RAISE_LIMIT, r->memcg.limit_path, c->total,
		       cgroup_version(&r->memcg));
	else if (r->constraint == OOM_CONSTRAINT_CPUSET)
		advise(s, OOM_ADVICE_CPUSET, strcmp(r->cpuset, "/") == 0 ? "" : r->cpuset, NAN,
		       NAN);
	else if (r->constraint == OOM_CONSTRAINT_MEMPOLICY)
		advise(s, OOM_ADVICE_MEMPOLICY, r->trigger.comm, NAN, NAN);
}

static bool has_reason(const struct oom_story *s, enum oom_reason_id id)
{
	for (uint32_t i = 0; i < s->reason_count; i++) {
		if (s->reason[i].id == id)
			return true;
	}
	return false;
}

/* By what holds most of it: that reason leads. */
static void advise_kernel(struct oom_story *s)
{
	static const struct {
		enum oom_reason_id reason;
		enum oom_advice_id advice;
	} rows[] = {
		{ OOM_REASON_SLAB, OOM_ADVICE_READ_SLABINFO },
		{ OOM_REASON_SLAB_CACHE, OOM_ADVICE_READ_SLABINFO },
		{ OOM_REASON_ALLOCATION_SITE, OOM_ADVICE_KERNEL_PAGES },
		{ OOM_REASON_UNACCOUNTED, OOM_ADVICE_KERNEL_PAGES },
		{ OOM_REASON_CGROUP_KERNEL, OOM_ADVICE_KERNEL_PAGES },
		{ OOM_REASON_CGROUP_UNNAMED, OOM_ADVICE_KERNEL_PAGES },
		{ OOM_REASON_PAGETABLES, OOM_ADVICE_PAGETABLES },
		{ OOM_REASON_SOCKETS, OOM_ADVICE_SOCKETS },
	};

	for (uint32_t i = 0; i < s->reason_count; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
			if (s->reason[i].id == rows[k].reason) {
				advise(s, rows[k].advice, "", NAN, NAN);
				return;
			}
		}
	}
	advise(s, OOM_ADVICE_READ_SLABINFO, "", NAN, NAN);
}

/* Memory was there, but not for this request. */
static void advise_not_of_memory(const struct oom_case *c, struct oom_story *s)
{
	const struct oom_failure *f = &s->failure;

	if (has_reason(s, OOM_REASON_CMA_FREE))
		advise(s, OOM_ADVICE_CMA, "", NAN, NAN);
	else if (has_reason(s, OOM_REASON_ZONE_LOW) && f->zone < c->report->memory.zone_count)
		advise(s, OOM_ADVICE_ZONE, c->report->memory.zone[f->zone].name, NAN, NAN);
	else if (has_reason(s, OOM_REASON_PAGE_FAULT))
		advise(s, OOM_ADVICE_PAGE_FAULT, "", NAN, NAN);
}

static void advise_leak(const struct oom_case *c, struct oom_story *s)
{
	const struct opt_i64 spare = s->badness.adj_to_spare_victim;

	if (s->cause == OOM_CAUSE_INNOCENT_KILLED)
		advise_not_of_memory(c, s);
	if (has_reason(s, OOM_REASON_HUGETLB))
		advise(s, OOM_ADVICE_HUGEPAGES, "", NAN, NAN);
	if (s->suspect[0])
		advise(s, OOM_ADVICE_FIND_LEAK, s->suspect, NAN, NAN);
	if (s->cause == OOM_CAUSE_INNOCENT_KILLED)
		advise(s, OOM_ADVICE_PROTECT, oom_victim_name(c->report),
		       spare.known == KNOWN ? (double)spare.value : NAN, NAN);
	if (!s->suspect[0])
		return;
	if (c->memcg)
		advise_limit(c, s);
	else
		advise(s, OOM_ADVICE_LIMIT_LEAKER, s->suspect, NAN, NAN);
	advise(s, OOM_ADVICE_GUARD, s->suspect, NAN, NAN);
}

static void advise_burst(const struct oom_case *c, struct oom_story *s)
{
	if (has_reason(s, OOM_REASON_CACHE_LEFT))
		advise(s, OOM_ADVICE_DIRTY, "", NAN, NAN);
	if (s->failure.no_swap && !c->memcg)
		advise(s, OOM_ADVICE_ADD_SWAP, "", NAN, NAN);
	advise_limit(c, s);
}

static void advise_cause(const struct oom_case *c, struct oom_story *s)
{
	switch (s->cause) {
	case OOM_CAUSE_LEAKER_KILLED:
	case OOM_CAUSE_INNOCENT_KILLED:
		advise_leak(c, s);
		break;
	case OOM_CAUSE_LIMIT_TOO_SMALL:
		advise_limit(c, s);
		break;
	case OOM_CAUSE_KERNEL_LEAK:
		advise_kernel(s);
		break;
	case OOM_CAUSE_FORK_BOMB:
		advise(s, OOM_ADVICE_PIDS_MAX, s->suspect, NAN, NAN);
		break;
	case OOM_CAUSE_FRAGMENTATION:
		advise(s, OOM_ADVICE_COMPACTION, "", (double)c->report->trigger.order.value, NAN);
		break;
	case OOM_CAUSE_BURST:
		advise_burst(c, s);
		break;
	case OOM_CAUSE_SHMEM:
		advise(s, OOM_ADVICE_TMPFS, "", NAN, NAN);
		break;
	case OOM_CAUSE_CANNOT_TELL:
	case OOM_CAUSE_MANUAL:
	case OOM_CAUSE_COUNT:
		break;
	}
}

void oom_add_advice(const struct oom_case *c, struct oom_story *s)
{
	const struct oom_report *r = c->report;

	advise_cause(c, s);
	if (s->printing.console_slow)
		advise(s, OOM_ADVICE_CONSOLE, "", s->printing.seconds,
		       s->printing.inferred_baud ? (double)s->printing.inferred_baud : NAN);
	/* What the kernel never printed is in no log. */
	if (oom_report_truncated(r) && !s->rate_limited)
		advise(s, OOM_ADVICE_FULL_LOG, "", NAN, NAN);
	/* A whole report with a header's neighbours and no table: it was switched off. */
	if (!r->task_count && !r->cut_at_start && !r->cut_at_end &&
	    r->parts & (OOM_PART_MEM_INFO | OOM_PART_MEMCG) && r->parts & OOM_PART_KILL)
		advise(s, OOM_ADVICE_DUMP_TASKS, "", NAN, NAN);
	if (s->cause == OOM_CAUSE_CANNOT_TELL && s->suspect[0])
		advise(s, OOM_ADVICE_FIND_LEAK, s->suspect, NAN, NAN);
}
