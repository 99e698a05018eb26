/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the story: one function a line, the same words in text, JSON and HTML. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/explain_facts.h"
#include "report/explain_words.h"
#include "report/sentence.h"
#include "report/storm_view.h"

#define PATH_SHOWN 44

static void add_bytes(struct strbuf *s, struct opt_u64 bytes)
{
	if (opt_is_known(bytes))
		strbuf_bytes(s, (double)bytes.value);
	else
		strbuf_puts(s, "?");
}

void explain_headline(struct strbuf *s, const struct explain_view *v)
{
	const struct oom_report *r = v->report;
	const struct oom_victim *k = explain_victim(r);
	const struct opt_u64 bytes = k ? explain_victim_bytes(k) : opt_u64_none(ABSENT);

	if (k) {
		explain_process(s, k->comm, k->pid);
		strbuf_puts(s, k->chosen_only ? " was chosen to be killed" : " was killed");
		if (r->victim_count > 1)
			strbuf_printf(s, " and %" PRIu32 " more", r->victim_count - 1);
		if (opt_is_known(bytes)) {
			strbuf_puts(s, ": ");
			add_bytes(s, bytes);
		}
	} else if (*r->panic) {
		strbuf_puts(s, "out of memory, and the kernel panicked");
	} else if (r->no_killable) {
		strbuf_puts(s, "out of memory, and no process that may be killed");
	} else if (r->already_exiting) {
		strbuf_puts(s, "out of memory; the victim was exiting already");
	} else {
		strbuf_puts(s, "out of memory; the text names no victim");
	}
}

/* The first flag says most ("GFP_KERNEL"); --all has the others. */
static void add_flags(struct strbuf *s, const char *before, const char *flags)
{
	struct text rest = text_string(flags), first;

	if (!text_next_field(&rest, '|', &first) || !first.n)
		return;
	strbuf_puts(s, before);
	strbuf_escape(s, first);
	strbuf_puts(s, rest.n ? "|.." : "");
}

static void add_request(struct strbuf *s, const struct explain_view *v)
{
	const struct opt_i64 order = v->report->trigger.order;

	if (order.known != KNOWN || order.value < 0 || order.value >= OOM_ORDERS_MAX) {
		strbuf_puts(s, "memory");
		add_flags(s, ", ", v->story->gfp_flags);
		return;
	}
	strbuf_bytes(s, (double)(explain_page_bytes(v->report) << (unsigned)order.value));
	strbuf_printf(s, " (order %" PRId64, order.value);
	add_flags(s, ", ", v->story->gfp_flags);
	strbuf_putc(s, ')');
}

void explain_asked(struct strbuf *s, const struct explain_view *v)
{
	const struct oom_trigger *t = &v->report->trigger;

	if (v->story->failure.kind == OOM_FAILURE_MANUAL) {
		strbuf_puts(s, "nobody: SysRq-f asks for a kill by hand");
		return;
	}
	if (!t->known && !*t->comm)
		return;
	if (!*t->comm)
		strbuf_puts(s, "a process");
	else if (opt_is_known(t->pid))
		explain_process(s, t->comm, (int64_t)t->pid.value);
	else
		explain_name(s, t->comm, OOM_COMM_SIZE);
	strbuf_puts(s, " for ");
	add_request(s, v);
}

/* Free memory and what had to stay, which may be the same number in three digits. */
static void add_mark(struct strbuf *s, const struct oom_failure *f)
{
	const bool above = f->kind == OOM_FAILURE_FRAGMENTATION;
	char free_room[32], mark_room[32];
	struct strbuf unused = STRBUF(free_room), mark = STRBUF(mark_room);

	add_bytes(&unused, f->free_bytes);
	add_bytes(&mark, f->mark_bytes);
	strbuf_printf(s, "%s free, ", unused.buf);
	if (above)
		strbuf_printf(s, "more than the %s that", mark.buf);
	else
		strbuf_puts(s, strcmp(unused.buf, mark.buf) == 0 ? "as much" : mark.buf);
	strbuf_printf(s, " must stay (%s%s)", f->high_mark ? "high" : "min",
		      f->reserve ? " + lowmem_reserve" : "");
}

static void add_zone(struct strbuf *s, const char *before, const struct explain_view *v)
{
	const struct oom_failure *f = &v->story->failure;
	const struct oom_memory *m = &v->report->memory;

	if (!opt_is_known(f->mark_bytes))
		return;
	strbuf_puts(s, before);
	if (f->zone < m->zone_count) {
		strbuf_printf(s, "node %" PRId32 " zone ", m->zone[f->zone].node);
		explain_name(s, m->zone[f->zone].name, sizeof(m->zone[f->zone].name));
		strbuf_puts(s, ": ");
	}
	add_mark(s, f);
}

static void add_cgroup(struct strbuf *s, const struct explain_view *v)
{
	const struct oom_failure *f = &v->story->failure;
	const char *path = v->report->memcg.limit_path;
	char usage_room[32], limit_room[32];
	struct strbuf usage = STRBUF(usage_room), limit = STRBUF(limit_room);

	strbuf_puts(s, "cgroup ");
	if (*path)
		explain_name(s, path, PATH_SHOWN);
	strbuf_puts(s, *path ? " is at its limit" : "(not named) is at its limit");
	if (!opt_is_known(f->limit_bytes))
		return;
	add_bytes(&usage, f->usage_bytes);
	add_bytes(&limit, f->limit_bytes);
	if (strcmp(usage.buf, limit.buf) == 0)
		strbuf_printf(s, " of %s", limit.buf);
	else
		strbuf_printf(s, ": %s of %s", usage.buf, limit.buf);
}

static void add_swap(struct strbuf *s, const struct oom_failure *f)
{
	if (f->no_swap)
		strbuf_puts(s, "; no swap");
	else if (f->swap_full)
		strbuf_puts(s, "; swap is full");
}

void explain_refused(struct strbuf *s, const struct explain_view *v)
{
	static const char *const words[OOM_FAILURE_COUNT] = {
		[OOM_FAILURE_FRAGMENTATION] = "no free piece is large enough",
		[OOM_FAILURE_CPUSET] = "the memory nodes of its cpuset are full",
		[OOM_FAILURE_MEMPOLICY] = "the nodes of its memory policy are full",
		[OOM_FAILURE_ZONE] = "the zones it may use are full",
		[OOM_FAILURE_CMA] = "what is free is CMA, which it may not use",
	};
	const struct oom_failure *f = &v->story->failure;

	switch (f->kind) {
	case OOM_FAILURE_UNKNOWN:
	case OOM_FAILURE_MANUAL:
	case OOM_FAILURE_COUNT:
		return;
	case OOM_FAILURE_LIMIT:
		add_cgroup(s, v);
		return;
	case OOM_FAILURE_PAGE_FAULT:
		strbuf_puts(s, "a page fault failed; where memory was refused is not printed");
		return;
	case OOM_FAILURE_FREE_NOW:
		strbuf_puts(s, "enough was free again when the report was printed");
		break;
	default:
		if (words[f->kind])
			strbuf_puts(s, words[f->kind]);
		add_zone(s, words[f->kind] ? "; " : "", v);
	}
	if (f->kind != OOM_FAILURE_FRAGMENTATION && opt_is_known(f->free_elsewhere_bytes) &&
	    f->free_elsewhere_bytes.value) {
		strbuf_puts(s, "; ");
		add_bytes(s, f->free_elsewhere_bytes);
		strbuf_puts(s, " free where it may not go");
	}
	add_swap(s, f);
}

static void add_why(struct strbuf *s, const struct explain_view *v)
{
	static const char *const words[OOM_WHY_COUNT] = {
		[OOM_WHY_RANKED_FIRST] = "the highest badness",
		[OOM_WHY_ADJ_RAISED] = "first only because of its oom_score_adj",
		[OOM_WHY_OTHERS_PROTECTED] = "larger ones are protected",
		[OOM_WHY_ONLY_ONE] = "the only one that could be chosen",
		[OOM_WHY_ALLOCATING_TASK] = "it asked (vm.oom_kill_allocating_task)",
		[OOM_WHY_CHILD] = "a child of the process that was chosen",
		[OOM_WHY_GROUP] = "its whole cgroup dies together (memory.oom.group)",
		[OOM_WHY_NOT_FIRST] = "though the task table ranks others higher",
		[OOM_WHY_NO_TABLE] = "why it was chosen is not in the text: no task table",
	};
	const struct oom_badness *b = &v->story->badness;

	if (v->story->why < OOM_WHY_COUNT && words[v->story->why])
		strbuf_printf(s, "; %s", words[v->story->why]);
	if (opt_is_known(b->victim_rank) && v->story->why != OOM_WHY_ONLY_ONE &&
	    v->story->why != OOM_WHY_OTHERS_PROTECTED)
		strbuf_printf(s, " (rank %" PRIu64 " of %" PRIu32 ")", b->victim_rank.value,
			      v->report->task_count);
}

/* Its size is in the headline; what is cut in a narrow place comes last. */
void explain_killed(struct strbuf *s, const struct explain_view *v)
{
	const struct oom_victim *k = explain_victim(v->report);

	if (!k)
		return;
	explain_process(s, k->comm, k->pid);
	if (k->oom_score_adj.known == KNOWN && k->oom_score_adj.value)
		strbuf_printf(s, ", oom_score_adj %" PRId64, k->oom_score_adj.value);
	add_why(s, v);
	if (k->chosen_only)
		strbuf_puts(s, "; chosen, and its kill is not in the text");
	if (opt_is_known(k->uid))
		strbuf_printf(s, "; uid %" PRIu64, k->uid.value);
}

void explain_verdict(struct strbuf *s, const struct explain_view *v)
{
	const struct oom_story *t = v->story;
	const struct oom_victim *k = explain_victim(v->report);
	const bool chosen = k && k->chosen_only;

	if (chosen && t->cause == OOM_CAUSE_LEAKER_KILLED)
		strbuf_puts(s, "the leaker was chosen to be killed");
	else if (chosen && t->cause == OOM_CAUSE_INNOCENT_KILLED)
		strbuf_puts(s, "an innocent process was chosen to be killed");
	else
		strbuf_puts(s, explain_cause_words(t->cause));
	if (t->cause != OOM_CAUSE_CANNOT_TELL)
		strbuf_printf(s, " (%s, %.0f %%)", explain_confidence_words(t->confidence),
			      t->confidence * 100);
	if (*t->suspect &&
	    (t->cause == OOM_CAUSE_INNOCENT_KILLED || t->cause == OOM_CAUSE_CANNOT_TELL)) {
		strbuf_puts(s, t->cause == OOM_CAUSE_CANNOT_TELL ? "; the largest known is "
								 : "; the likely leaker is ");
		if (t->suspect_pid.known == KNOWN)
			explain_process(s, t->suspect, t->suspect_pid.value);
		else
			explain_name(s, t->suspect, OOM_COMM_SIZE);
	}
	if (t->reason_count && t->reason[0].id != OOM_REASON_NONE) {
		struct oom_reason first = t->reason[0];

		/* Just named. */
		if (t->cause == OOM_CAUSE_INNOCENT_KILLED &&
		    first.id == OOM_REASON_LARGER_PROCESS && *t->suspect) {
			first.subject[0] = '\0';
			first.number[1] = NAN;
		}
		strbuf_puts(s, ": ");
		explain_reason(s, &first);
	}
}

void explain_printing(struct strbuf *s, const struct explain_view *v, bool always)
{
	const struct oom_printing *p = &v->story->printing;

	if (!p->seconds_known || !(always || p->console_slow))
		return;
	if (p->seconds < 0.01)
		strbuf_puts(s, "under 0.01 s");
	else
		storm_seconds(s, p->seconds);
	if (p->inferred_baud)
		strbuf_printf(s, " at %" PRIu64 " baud", p->inferred_baud);
	if (p->coarse)
		strbuf_puts(s, " (by the log's whole seconds)");
	/* Less than a tenth of a second is nobody's trouble. */
	if (p->task_table_seconds >= 0.1) {
		strbuf_puts(s, ", task table ");
		storm_seconds(s, p->task_table_seconds);
	}
	if (always && opt_is_known(p->bytes)) {
		strbuf_puts(s, ", ");
		add_bytes(s, p->bytes);
	}
	if (p->console_slow)
		strbuf_puts(s, "; nothing was freed meanwhile");
}

void explain_missing(struct strbuf *s, const struct explain_view *v)
{
	const struct oom_report *r = v->report;
	const char *between = "";

	if (v->story->rate_limited) {
		strbuf_puts(s, "all but the kill: the kernel prints ten reports in 5 s at most");
		return;
	}
	if (r->cut_at_start) {
		strbuf_puts(s, "the text begins inside the report");
		between = "; ";
	}
	if (r->cut_at_end) {
		strbuf_printf(s, "%sthe text ends inside the report", between);
		between = "; ";
	}
	if (r->missing)
		strbuf_printf(s, "%snot in the text: ", between);
	between = "";
	for (uint32_t rest = r->missing; rest; rest &= rest - 1) {
		strbuf_printf(s, "%s%s", between,
			      explain_part_words((enum oom_report_part)(rest & -rest)));
		between = ", ";
	}
}
