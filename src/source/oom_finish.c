/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a report as a whole, when its last line was read. */
#include "source/oom_open.h"
#include "source/oom_text.h"

/* Functions on the way of a memory cgroup's OOM, 2.6.29 to 7.x. */
static const char *const memcg_frames[] = {
	"mem_cgroup_out_of_memory",   "mem_cgroup_handle_oom", "mem_cgroup_oom",
	"mem_cgroup_oom_synchronize", "mem_cgroup_do_charge",  "memory_max_write",
	"__mem_cgroup_try_charge",    "mem_cgroup_try_charge", "try_charge",
	"try_charge_memcg",
};

/* The compiler's ".isra.0", ".constprop.0", ".cold" are no part of the name. */
static bool is_function(const char *frame, const char *name)
{
	const size_t n = strlen(name);

	return strncmp(frame, name, n) == 0 && (!frame[n] || frame[n] == '.');
}

static bool stack_of_memcg(const struct oom_report *r)
{
	for (uint32_t i = 0; i < r->frame_count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(memcg_frames); k++)
			if (is_function(r->frame[i], memcg_frames[k]))
				return true;
	return false;
}

static void set_constraint(struct oom_report *r, enum oom_constraint c,
			   enum oom_constraint_source source)
{
	r->constraint = c;
	r->constraint_source = source;
}

/* The ladder of enum oom_constraint_source. */
static void decide_constraint(struct oom_report *r)
{
	const bool of_machine =
		(r->parts & (OOM_PART_MEM_INFO | OOM_PART_ZONES | OOM_PART_TOTALS)) ||
		r->message == OOM_MESSAGE_GLOBAL || r->message == OOM_MESSAGE_ALLOCATING_TASK ||
		r->no_killable;

	if (r->constraint_source == OOM_CONSTRAINT_PRINTED)
		return;
	if (r->message == OOM_MESSAGE_MEMCG)
		set_constraint(r, OOM_CONSTRAINT_MEMCG, OOM_CONSTRAINT_MESSAGE);
	else if (r->message == OOM_MESSAGE_MPOL_BIND)
		set_constraint(r, OOM_CONSTRAINT_MEMPOLICY, OOM_CONSTRAINT_MESSAGE);
	else if (r->message == OOM_MESSAGE_CPUSET)
		set_constraint(r, OOM_CONSTRAINT_CPUSET, OOM_CONSTRAINT_MESSAGE);
	else if (r->memcg.known)
		set_constraint(r, OOM_CONSTRAINT_MEMCG, OOM_CONSTRAINT_BLOCK);
	else if (stack_of_memcg(r))
		set_constraint(r, OOM_CONSTRAINT_MEMCG, OOM_CONSTRAINT_STACK);
	else if (of_machine)
		set_constraint(r, OOM_CONSTRAINT_NONE, OOM_CONSTRAINT_SHAPE);
}

/* "oom-kill:" came with 5.0; RHEL 8 has it in 4.18, with the kill in one line as 5.1 prints it. */
static bool prints_constraint(const struct oom_open *o)
{
	const struct kernel_version *v = &o->r.version;

	/* No victim, no such line: it names one. */
	if (o->r.panic[0] || o->r.no_killable || o->r.limit_reached_only)
		return false;
	if (v->major)
		return v->major >= 5 || (v->major == 4 && v->minor >= 18 && o->one_line_kill);
	return o->one_line_kill && opt_is_known(o->r.victim[0].shmem_rss_bytes);
}

/*
 * What such a kernel prints. A task table that is not there while later lines are is no loss of the
 * log: vm.oom_dump_tasks=0 prints none.
 */
static uint32_t expected_parts(const struct oom_open *o)
{
	const struct oom_report *r = &o->r;
	uint32_t parts = OOM_PART_TRIGGER | OOM_PART_CPU | OOM_PART_STACK | OOM_PART_MEM_INFO |
			 OOM_PART_KILL;

	if (r->constraint == OOM_CONSTRAINT_MEMCG ||
	    (r->constraint == OOM_CONSTRAINT_UNKNOWN && r->memcg.known))
		parts |= OOM_PART_MEMCG;
	else
		parts |= OOM_PART_ZONES | OOM_PART_TOTALS;
	if (prints_constraint(o))
		parts |= OOM_PART_CONSTRAINT;
	if ((r->parts & (OOM_PART_TASK_HEADER | OOM_PART_TASKS)) ||
	    (o->phase < OOM_PHASE_VERDICT && r->cut_at_end))
		parts |= OOM_PART_TASK_HEADER | (r->no_killable ? 0 : OOM_PART_TASKS);
	return parts;
}

/* A stack of which every frame is doubtful is better than none. */
static void take_unsure_frames(struct oom_open *o)
{
	if (o->r.frame_count || !o->unsure_count)
		return;
	memcpy(o->r.frame, o->unsure, sizeof(o->unsure));
	o->r.frame_count = o->unsure_count;
}

/* Counts of 32-bit kernels below zero: "4294965447 pages reserved". */
static void drop_contradictions(struct oom_memory *m)
{
	struct opt_u64 *const parts[] = { &m->pages_reserved, &m->pages_highmem, &m->pages_cma };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (opt_is_known(m->pages_ram)
			    ? opt_is_known(*parts[i]) && parts[i]->value > m->pages_ram.value
			    : parts[i]->value > UINT32_MAX - (1u << 24))
			*parts[i] = opt_u64_none(ABSENT);
	if (opt_is_known(m->swap_total_bytes) && opt_is_known(m->swap_free_bytes) &&
	    m->swap_free_bytes.value > m->swap_total_bytes.value)
		m->swap_free_bytes = opt_u64_none(ABSENT);
}

int oom_finish(struct oom_open *o)
{
	struct oom_report *r = &o->r;

	oom_stats_finish(o);
	oom_tasks_finish(o);
	take_unsure_frames(o);
	drop_contradictions(&r->memory);
	oom_report_link(r);
	r->limit_reached_only &= !r->victim_count;
	decide_constraint(r);
	r->cut_at_start = !r->trigger.known;
	r->cut_at_end = !(r->parts & OOM_PART_KILL) || o->kill_cut;
	r->missing = expected_parts(o) & ~r->parts;
	return oom_choose_victim(o);
}
