/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/oom_grammar.h"

#include <errno.h>
#include <stdlib.h>

#include "source/oom_kill_match.h"
#include "source/oom_neighbour.h"
#include "source/oom_part.h"
#include "source/oom_slots.h"
#include "source/oom_text.h"

/* Lines after "page allocation failure" that are its own: stack and Mem-Info. */
#define FAILURE_LINES 400

#define PLAUSIBLE_ROWS 3 /* rows without a header that make a report */

struct oom_grammar {
	struct oom_slots slots;
	uint64_t suppressed;	 /* reports, since the last trigger */
	uint64_t failure_serial; /* of the last page allocation failure; 0 none */
};

static struct log_line line_with(const struct log_line *l, struct text t)
{
	struct log_line copy = *l;

	copy.text = t;
	return copy;
}

static int part_of(struct oom_grammar *g, struct oom_open *o, enum oom_line_kind kind,
		   struct text t, const struct log_line *l)
{
	if (oom_part_rules[kind].phase > o->phase)
		o->phase = oom_part_rules[kind].phase;
	if (oom_part_rules[kind].role == OOM_ROLE_OWN) {
		o->other_dump = o->other_mem_info = false;
		o->state = OOM_OPEN_REPORT;
	}
	return oom_part_take(o, kind, t) ?: oom_slots_belongs(&g->slots, o, l);
}

/* A dump of another CPU's or another matter's: an oops, an RCU stall, "page allocation failure". */
static bool stack_is_foreign(struct oom_open *o, enum oom_line_kind kind)
{
	if (kind == OOM_LINE_CPU && (o->r.parts & OOM_PART_CPU))
		o->other_dump = true;
	return o->other_dump || o->phase > OOM_PHASE_STACK;
}

static bool memory_is_foreign(struct oom_open *o, enum oom_line_kind kind)
{
	if (o->phase > OOM_PHASE_MEMORY)
		return true;
	if (kind == OOM_LINE_MEM_INFO) {
		o->other_mem_info = o->failure || o->mem_info_seen;
		o->mem_info_seen |= !o->other_mem_info;
		o->failure = false;
		if (!o->other_mem_info)
			o->other_dump = false;
	}
	return o->other_mem_info;
}

/* panic() prints the stack, which may be the first of its task. */
static int panic_cpu_line(struct oom_grammar *g, const struct log_line *l)
{
	struct oom_open *o = oom_slots_done(&g->slots, l);

	if (!o || !o->r.panic[0] || (o->r.parts & OOM_PART_CPU))
		return 0;
	oom_take_cpu(o, l->text);
	return oom_slots_belongs(&g->slots, o, l);
}

static int stack_line(struct oom_grammar *g, enum oom_line_kind kind, const struct log_line *l)
{
	struct oom_open *o = oom_slots_find(&g->slots, l);

	if (!o)
		return kind == OOM_LINE_CPU ? panic_cpu_line(g, l) : 0;
	if (kind == OOM_LINE_SLAB_HEADER ? o->phase != OOM_PHASE_MEMORY
					 : stack_is_foreign(o, kind)) {
		o->foreign_since++;
		return 0;
	}
	return part_of(g, o, kind, l->text, l);
}

static bool in_failure(const struct oom_grammar *g)
{
	return g->failure_serial && g->slots.serial - g->failure_serial < FAILURE_LINES;
}

static int memory_line(struct oom_grammar *g, enum oom_line_kind kind, const struct log_line *l)
{
	struct oom_open *o = oom_slots_find(&g->slots, l);
	int r;

	if (!o && in_failure(g))
		return 0;
	if (!o) {
		r = oom_slots_open(&g->slots, l, OOM_OPEN_TENTATIVE, &o);
		if (r < 0)
			return r;
	}
	if (memory_is_foreign(o, kind)) {
		o->foreign_since++;
		return 0;
	}
	return part_of(g, o, kind, l->text, l);
}

/* What can only come once, or earlier than what was read: it is of another report. */
static bool begins_another(const struct oom_open *o, enum oom_line_kind kind)
{
	const struct oom_report *r = &o->r;

	switch (kind) {
	case OOM_LINE_TASK_TITLE:
	case OOM_LINE_TASK_HEADER:
		return r->task_count || o->phase > OOM_PHASE_TASKS;
	case OOM_LINE_CONSTRAINT:
		return r->parts & OOM_PART_CONSTRAINT;
	case OOM_LINE_CHOICE:
		return r->message != OOM_MESSAGE_UNKNOWN && r->choice.known;
	default:
		return oom_part_rules[kind].phase < o->phase && o->phase >= OOM_PHASE_TASKS;
	}
}

static int own_line(struct oom_grammar *g, enum oom_line_kind kind, const struct log_line *l)
{
	struct oom_open *o = oom_slots_find(&g->slots, l);
	int r;

	if (o && begins_another(o, kind)) {
		r = oom_slots_close(&g->slots, o);
		if (r < 0)
			return r;
		o = NULL;
	}
	g->failure_serial = 0;
	if (!o) {
		r = oom_slots_open(&g->slots, l, OOM_OPEN_REPORT, &o);
		if (r < 0)
			return r;
	}
	return part_of(g, o, kind, l->text, l);
}

static int row_line(struct oom_grammar *g, const struct log_line *l)
{
	struct oom_open *o = oom_slots_find(&g->slots, l);
	/* Rows behind a kill alone make no report: its own may have been sorted wrongly. */
	const bool behind = oom_slots_done(&g->slots, l);
	int r;

	if (!o) {
		r = oom_slots_open(&g->slots, l, OOM_OPEN_TENTATIVE, &o);
		if (r < 0)
			return r;
	}
	r = oom_take_task(o, l->text);
	if (r < 0)
		return r;
	if (!r) {
		o->foreign_since++;
		return 0;
	}
	o->block = OOM_BLOCK_NONE;
	if (o->phase < OOM_PHASE_TASKS)
		o->phase = OOM_PHASE_TASKS;
	if (o->state == OOM_OPEN_TENTATIVE && !behind && o->rows_plausible >= PLAUSIBLE_ROWS)
		o->state = OOM_OPEN_REPORT;
	return oom_slots_belongs(&g->slots, o, l);
}

/* ---- the verdict ---- */

/* A line at the end of a report: to the open one, to the one that was just killed for, or alone. */
static int verdict_slot(struct oom_grammar *g, bool of_done, const struct log_line *l,
			struct oom_open **ret)
{
	*ret = oom_slots_find(&g->slots, l);
	if (!*ret && of_done)
		*ret = oom_slots_done(&g->slots, l);
	return *ret ? 0 : oom_slots_open(&g->slots, l, OOM_OPEN_REPORT, ret);
}

static int killed_line(struct oom_grammar *g, enum oom_line_kind kind, const struct log_line *l)
{
	struct oom_open *done = oom_slots_done(&g->slots, l), *o = oom_slots_find(&g->slots, l);
	struct text comm;
	int64_t pid;
	int r;

	if (!oom_take_process(l->text, &pid, &comm))
		return 0;
	if (o && oom_kill_is_of_another(o, pid, comm, l->text)) {
		r = oom_slots_close(&g->slots, o);
		if (r < 0)
			return r;
		o = NULL;
		done = oom_slots_done(&g->slots, l);
	}
	if (!o && done &&
	    (oom_kill_is_of_group(done, l) || kind == OOM_LINE_SHARING || oom_victim_of(done, pid)))
		o = done;
	if (!o && (kind == OOM_LINE_SHARING || !oom_kill_is_of_kernel(l)))
		return 0;
	if (!o) {
		r = oom_slots_open(&g->slots, l, OOM_OPEN_REPORT, &o);
		if (r < 0)
			return r;
	}
	return oom_take_killed(o, l->text, l) ?: oom_slots_done_with(&g->slots, o, l);
}

static int reaped_line(struct oom_grammar *g, const struct log_line *l)
{
	struct oom_open *o;
	struct text comm;
	int64_t pid;
	int r;

	if (!oom_take_process(l->text, &pid, &comm))
		return 0;
	o = oom_slots_of_victim(&g->slots, l, pid);
	if (o)
		return oom_take_reaped(o, l->text, l) ?: oom_slots_trails(&g->slots, o, l);
	if (oom_slots_is_recent(&g->slots, pid))
		return 0;
	r = oom_slots_open(&g->slots, l, OOM_OPEN_REPORT, &o);
	if (r < 0)
		return r;
	return oom_take_reaped(o, l->text, l) ?: oom_slots_done_with(&g->slots, o, l);
}

static int group_line(struct oom_grammar *g, const struct log_line *l)
{
	struct oom_open *o;
	int r = verdict_slot(g, true, l, &o);

	if (r < 0)
		return r;
	oom_take_group(o, l->text);
	o->state = o->state == OOM_OPEN_DONE ? OOM_OPEN_DONE : OOM_OPEN_REPORT;
	return oom_slots_belongs(&g->slots, o, l);
}

static int no_kill_line(struct oom_grammar *g, enum oom_line_kind kind, const struct log_line *l)
{
	struct oom_open *done = oom_slots_done(&g->slots, l), *o;
	struct text comm;
	int64_t pid;
	int r;

	if (kind == OOM_LINE_EXITING && !oom_take_process(l->text, &pid, &comm))
		return 0;
	/* "no killable processes", then the panic that follows from it. */
	r = verdict_slot(g, done && done->r.no_killable && !done->r.panic[0], l, &o);

	if (r < 0)
		return r;
	if (kind == OOM_LINE_PANIC)
		oom_take_panic(o, l->text);
	else if (kind == OOM_LINE_EXITING)
		oom_take_exiting(o, l->text);
	else
		o->r.no_killable = true;
	o->r.parts |= OOM_PART_KILL;
	return oom_slots_done_with(&g->slots, o, l);
}

static int verdict_line(struct oom_grammar *g, enum oom_line_kind kind, const struct log_line *l)
{
	g->failure_serial = 0;
	switch (kind) {
	case OOM_LINE_KILLED:
	case OOM_LINE_SHARING:
		return killed_line(g, kind, l);
	case OOM_LINE_REAPED:
		return reaped_line(g, l);
	case OOM_LINE_GROUP:
		return group_line(g, l);
	default:
		return no_kill_line(g, kind, l);
	}
}

/* ---- the beginning ---- */

static int trigger_line(struct oom_grammar *g, const struct log_line *l)
{
	struct oom_open *o = oom_slots_find(&g->slots, l);
	struct text t = l->text;
	ssize_t at;
	int r = o ? oom_slots_close(&g->slots, o) : 0;

	if (r < 0)
		return r;
	r = oom_slots_open(&g->slots, l, OOM_OPEN_REPORT, &o);
	if (r < 0)
		return r;
	oom_take_trigger(o, t);
	if (g->suppressed)
		o->r.trigger.suppressed = opt_u64_of(g->suppressed);
	g->suppressed = g->failure_serial = 0;
	r = oom_slots_belongs(&g->slots, o, l);
	/* A quotation: "x invoked oom-killer: ... Out of memory: Killed process 12 (x) ..." */
	at = oom_line_invoked(t);
	t = oom_text_from(t, (size_t)at + 1);
	if (r == 0 && oom_text_has(t, "illed process ")) {
		o->phase = OOM_PHASE_VERDICT;
		r = oom_take_killed(o, t, l) ?: oom_slots_done_with(&g->slots, o, l);
	}
	return r;
}

/* ---- what is no part ---- */

static void other_mem_info_follows(struct oom_grammar *g, const struct log_line *l)
{
	struct oom_open *o = oom_slots_find(&g->slots, l);

	if (o)
		o->other_dump = o->failure = true;
	else
		g->failure_serial = g->slots.serial;
}

static int neighbour_line(struct oom_grammar *g, const struct oom_neighbour *n,
			  const struct log_line *l)
{
	struct oom_open *o = oom_slots_find(&g->slots, l);

	if (oom_neighbour_of_reports(n))
		g->suppressed += n->count;
	if (o)
		o->foreign_since++;
	if (n->kind == OOM_NEIGHBOUR_PAGE_ALLOCATION_FAILURE ||
	    n->kind == OOM_NEIGHBOUR_PAGE_ALLOCATION_STALL)
		other_mem_info_follows(g, l);
	return g->slots.sink.neighbour(g->slots.sink.arg, n);
}

static int foreign_line(struct oom_grammar *g, const struct log_line *l)
{
	struct oom_neighbour n;
	struct oom_open *o;

	if (oom_neighbour_userspace(l, &n))
		return neighbour_line(g, &n, l);
	o = oom_slots_find(&g->slots, l);
	if (!o)
		return 0;
	if (o->phase == OOM_PHASE_STACK && !o->other_dump && oom_part_is_hex_dump(l->text))
		return oom_slots_belongs(&g->slots, o, l);
	o->foreign_since++;
	return 0;
}

static int line_of_kind(struct oom_grammar *g, enum oom_line_kind kind, const struct log_line *l)
{
	struct oom_neighbour n;

	if (kind == OOM_LINE_TRIGGER)
		return trigger_line(g, l);
	switch (oom_part_rules[kind].role) {
	case OOM_ROLE_STACK:
		return stack_line(g, kind, l);
	case OOM_ROLE_MEMORY:
		return memory_line(g, kind, l);
	case OOM_ROLE_OWN:
		return own_line(g, kind, l);
	case OOM_ROLE_ROW:
		return row_line(g, l);
	case OOM_ROLE_VERDICT:
		return verdict_line(g, kind, l);
	case OOM_ROLE_NEIGHBOUR:
		if (oom_neighbour_take(kind, l, &n))
			return neighbour_line(g, &n, l);
		return foreign_line(g, l);
	default:
		return foreign_line(g, l);
	}
}

/* mem_cgroup_show_protected_memory() prints no newline: the next text follows on the line. */
static int protection_line(struct oom_grammar *g, const struct log_line *l)
{
	struct oom_open *o = oom_slots_find(&g->slots, l);
	struct text rest = l->text;
	int r = 0;

	if (o && !o->other_mem_info) {
		oom_take_memcg_protection(o, &rest);
		r = part_of(g, o, OOM_LINE_MEMCG_PROTECTION, rest, l);
	}
	if (r == 0 && rest.n && rest.p != l->text.p) {
		const struct log_line next = line_with(l, rest);

		r = line_of_kind(g, oom_line_kind(rest), &next);
	}
	return r;
}

/* "sysrq: Show Memory", "SysRq : Show Memory": the Mem-Info that follows is of no report. */
static bool is_show_memory(struct text t)
{
	return (oom_text_starts(t, "sysrq: ") || oom_text_starts(t, "SysRq : ")) &&
	       oom_text_ends(t, "Show Memory");
}

static int kernel_line(struct oom_grammar *g, const struct log_line *l)
{
	struct oom_open *o = oom_slots_find(&g->slots, l);
	enum oom_line_kind kind;

	if (o && o->block) {
		const int r = oom_part_take_row(o, l->text);

		if (r)
			return r < 0 ? r : oom_slots_belongs(&g->slots, o, l);
	}
	if (oom_text_starts(l->text, "Linux version "))
		return oom_slots_reboot(&g->slots, l);
	if (is_show_memory(l->text))
		other_mem_info_follows(g, l);
	kind = oom_line_kind(l->text);
	return kind == OOM_LINE_MEMCG_PROTECTION ? protection_line(g, l) : line_of_kind(g, kind, l);
}

int oom_grammar_line(struct oom_grammar *g, const struct log_line *l)
{
	struct text unindented = l->text;
	struct log_line copy;
	struct oom_neighbour n;
	int r = oom_slots_advance(&g->slots, l);

	if (r < 0)
		return r;
	if (l->speaker == LOG_SPEAKER_OTHER) {
		if (oom_line_kind(l->text) == OOM_LINE_LOST &&
		    oom_neighbour_take(OOM_LINE_LOST, l, &n))
			return neighbour_line(g, &n, l);
		return foreign_line(g, l);
	}
	oom_skip_blanks(&unindented);
	if (unindented.p == l->text.p)
		return kernel_line(g, l);
	copy = line_with(l, unindented);
	return kernel_line(g, &copy);
}

int oom_grammar_end(struct oom_grammar *g)
{
	g->suppressed = g->failure_serial = 0;
	return oom_slots_end(&g->slots);
}

int oom_grammar_idle(struct oom_grammar *g)
{
	return oom_slots_idle(&g->slots);
}

bool oom_grammar_is_open(const struct oom_grammar *g)
{
	return oom_slots_any(&g->slots);
}

struct oom_grammar *oom_grammar_new(const struct oom_sink *sink)
{
	struct oom_grammar *g = calloc(1, sizeof(*g));

	if (g)
		g->slots.sink = *sink;
	return g;
}

void oom_grammar_free(struct oom_grammar *g)
{
	if (g)
		oom_slots_release(&g->slots);
	free(g);
}
