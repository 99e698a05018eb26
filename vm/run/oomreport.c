/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oomreport.h"

#include <string.h>

const char *const oom_part_names[OOM_PARTS] = {
	[OOM_HEADER] = "header",	 [OOM_STACK] = "stack",	    [OOM_MEM_INFO] = "mem_info",
	[OOM_TASK_TABLE] = "task_table", [OOM_VERDICT] = "verdict", [OOM_OTHER] = "other",
};

static bool contains(struct text t, const char *what)
{
	return memmem(t.p, t.n, what, strlen(what));
}

static bool begins(struct text t, const char *what)
{
	return text_skip_prefix(&t, what);
}

static bool is_killed(struct text t)
{
	return begins(t, "Killed process ") || contains(t, ": Killed process ");
}

static bool is_end(struct text t)
{
	return is_killed(t) || contains(t, "is already exiting. Skip killing") ||
	       contains(t, "no killable processes");
}

/* "[    123]     0   123 ...": the heading is the same with words. */
static bool is_table_row(struct text t)
{
	return t.n > 2 && t.p[0] == '[' && (t.p[1] == ' ' || (t.p[1] >= '0' && t.p[1] <= '9'));
}

static bool is_heading(struct text t)
{
	return begins(t, "Tasks state (") || begins(t, "[ pid ]") || begins(t, "[  pid  ]");
}

/* A part begins with a record that only it begins with, and ends where the next begins. */
static enum oom_part next_part(enum oom_part now, struct text t)
{
	if (is_end(t) || begins(t, "oom-kill:"))
		return OOM_VERDICT;
	if (is_heading(t))
		return OOM_TASK_TABLE;
	if (now == OOM_HEADER && begins(t, "Call Trace:"))
		return OOM_STACK;
	if (now < OOM_MEM_INFO && (begins(t, "Mem-Info:") || begins(t, "memory: usage ")))
		return OOM_MEM_INFO;
	return now;
}

static bool is_foreign(enum oom_part part, struct text t)
{
	if (begins(t, "rcu:") || contains(t, PLAN_MARK_BEGIN) || contains(t, PLAN_MARK_END))
		return true;
	if (part == OOM_TASK_TABLE)
		return !is_heading(t) && !is_table_row(t);
	return part == OOM_VERDICT && !is_end(t) && !begins(t, "oom-kill:");
}

static void add_victim(const struct records *r, struct text t, struct oom_story *s)
{
	const char *name = memmem(t.p, t.n, "Killed process ", strlen("Killed process "));
	struct text rest = text_of(name, t.n - (size_t)(name - t.p)), pid;
	struct oom_victim v = { 0 };
	const char *end;

	(void)text_skip_prefix(&rest, "Killed process ");
	if (!text_next_field(&rest, ' ', &pid) || text_u64(pid, &v.pid) < 0 ||
	    !text_skip_prefix(&rest, "("))
		return;
	end = memmem(rest.p, rest.n, ") total-vm:", strlen(") total-vm:"));
	if (!end)
		end = memchr(rest.p, ')', rest.n);
	if (!end)
		return;
	if (s->victim_count == OOM_VICTIMS_MAX) {
		s->victims_lost++;
		return;
	}
	v.comm = (uint32_t)(rest.p - r->text);
	v.comm_len = (uint32_t)(end - rest.p);
	s->victim[s->victim_count++] = v;
}

static void add_record(const struct records *r, uint32_t index, struct text t, enum oom_part part,
		       struct oom_report *report)
{
	enum oom_part charged = is_foreign(part, t) ? OOM_OTHER : part;

	report->last = index;
	report->part_bytes[charged] += record_console_bytes(r, &r->record[index]);
	if (charged != OOM_TASK_TABLE)
		return;
	if (!report->has_table)
		report->table_first = index;
	report->has_table = true;
	report->table_last = index;
	report->tasks += is_table_row(t) && !is_heading(t);
}

void oom_story(const struct records *r, struct oom_story *ret)
{
	struct oom_report *report = NULL;
	enum oom_part part = OOM_HEADER;

	*ret = (struct oom_story){ 0 };
	for (uint32_t i = 0; i < r->count; i++) {
		struct text t = record_text(r, &r->record[i]);

		ret->rcu_stalls += contains(t, "detected stalls on CPUs") ||
				   contains(t, "self-detected stall");
		if (is_killed(t))
			add_victim(r, t, ret);
		if (contains(t, " invoked oom-killer: ")) {
			report = NULL;
			part = OOM_HEADER;
			if (ret->report_count < OOM_REPORTS_MAX)
				report = &ret->report[ret->report_count++];
			else
				ret->reports_lost++;
			if (report)
				*report = (struct oom_report){ .first = i };
		}
		if (!report)
			continue;
		part = next_part(part, t);
		add_record(r, i, t, part, report);
		if (is_end(t)) {
			report->complete = true;
			report = NULL;
		}
	}
}

uint64_t oom_report_bytes(const struct oom_report *report)
{
	uint64_t bytes = 0;

	for (int part = 0; part < OOM_PARTS; part++)
		bytes += report->part_bytes[part];
	return bytes;
}
