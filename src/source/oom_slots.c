/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/oom_slots.h"

#include <errno.h>
#include <stdlib.h>

#include "source/oom_text.h"

/*
 * How long a report waits: lines of the input since its last one, and time of the log. A slow
 * console takes seconds a line (9600 baud: 0.1 s a row, a driver's stall more). What comes after
 * the kill (oom_reaper, "sharing same memory") waits for a machine without memory: 10 s were seen.
 */
static const struct {
	uint64_t lines, usec;
} patience[] = {
	[OOM_OPEN_TENTATIVE] = { 200, UINT64_C(10) * 1000000 },
	[OOM_OPEN_REPORT] = { 5000, UINT64_C(300) * 1000000 },
	[OOM_OPEN_DONE] = { 400, UINT64_C(30) * 1000000 },
};
/* A boot clock that goes back by more: the machine was started again. */
#define REBOOT_USEC (UINT64_C(1) * 1000000)

static bool is_of_origin(const struct oom_open *o, const struct log_line *l)
{
	return !l->origin.n || !o->r.origin[0] || text_is(l->origin, o->r.origin);
}

static bool is_of_caller(const struct oom_open *o, const struct log_line *l)
{
	return !opt_is_known(l->caller) || !opt_is_known(o->caller) ||
	       l->caller.value == o->caller.value;
}

static bool is_reading(const struct oom_open *o)
{
	return o->state == OOM_OPEN_TENTATIVE || o->state == OOM_OPEN_REPORT;
}

static struct oom_open *newest(struct oom_slots *s, const struct log_line *l, bool done)
{
	struct oom_open *best = NULL;

	for (size_t i = 0; i < OOM_SLOTS; i++) {
		struct oom_open *o = &s->slot[i];

		if (done ? o->state != OOM_OPEN_DONE : !is_reading(o))
			continue;
		if ((!best || o->sequence > best->sequence) && is_of_origin(o, l) &&
		    is_of_caller(o, l))
			best = o;
	}
	return best;
}

struct oom_open *oom_slots_find(struct oom_slots *s, const struct log_line *l)
{
	return newest(s, l, false);
}

struct oom_open *oom_slots_done(struct oom_slots *s, const struct log_line *l)
{
	return newest(s, l, true);
}

struct oom_open *oom_slots_of_victim(struct oom_slots *s, const struct log_line *l, int64_t pid)
{
	struct oom_open *best = NULL;

	for (size_t i = 0; i < OOM_SLOTS; i++) {
		struct oom_open *o = &s->slot[i];

		if (o->state != OOM_OPEN_FREE && is_of_origin(o, l) &&
		    (!best || o->sequence > best->sequence) &&
		    (oom_victim_of(o, pid) || (o->r.choice.known && o->r.choice.pid == pid)))
			best = o;
	}
	return best;
}

bool oom_slots_is_recent(const struct oom_slots *s, int64_t pid)
{
	for (size_t i = 0; i < OOM_RECENT; i++)
		if (s->recent[i] == pid && pid)
			return true;
	return false;
}

/* Empties it but keeps its arrays for the next. */
static void reset(struct oom_open *o)
{
	struct oom_open kept = *o;

	memset(o, 0, sizeof(*o));
	o->r.memory.node = kept.r.memory.node;
	o->r.memory.zone = kept.r.memory.zone;
	o->r.memory.hugepages = kept.r.memory.hugepages;
	o->r.memory.slab = kept.r.memory.slab;
	o->r.memory.allocation = kept.r.memory.allocation;
	o->r.memcg.cgroup = kept.r.memcg.cgroup;
	o->r.task = kept.r.task;
	o->r.task_capacity = kept.r.task_capacity;
	o->r.victim = kept.r.victim;
	o->r.line_time = kept.r.line_time;
	o->node_capacity = kept.node_capacity;
	o->zone_capacity = kept.zone_capacity;
	o->hugepages_capacity = kept.hugepages_capacity;
	o->slab_capacity = kept.slab_capacity;
	o->allocation_capacity = kept.allocation_capacity;
	o->cgroup_capacity = kept.cgroup_capacity;
	o->victim_capacity = kept.victim_capacity;
	o->line_time_capacity = kept.line_time_capacity;
}

static void remember_victims(struct oom_slots *s, const struct oom_report *r)
{
	for (uint32_t i = 0; i < r->victim_count && i < OOM_RECENT; i++)
		s->recent[s->recent_next++ % OOM_RECENT] = r->victim[i].pid;
}

static int pass_on(struct oom_slots *s, struct oom_open *o)
{
	int r = 0;

	if (o->state == OOM_OPEN_REPORT || o->state == OOM_OPEN_DONE) {
		r = oom_finish(o);
		remember_victims(s, &o->r);
		r = r ?: s->sink.report(s->sink.arg, &o->r);
	}
	reset(o);
	return r;
}

/* The oldest before `sequence`; with `done_only` of those whose kill was read. */
static struct oom_open *oldest_before(struct oom_slots *s, uint64_t sequence, bool done_only)
{
	struct oom_open *oldest = NULL;

	for (size_t i = 0; i < OOM_SLOTS; i++) {
		struct oom_open *o = &s->slot[i];

		if (o->state == OOM_OPEN_FREE || (done_only && o->state != OOM_OPEN_DONE) ||
		    o->sequence >= sequence)
			continue;
		if (!oldest || o->sequence < oldest->sequence)
			oldest = o;
	}
	return oldest;
}

static int pass_on_before(struct oom_slots *s, uint64_t sequence, bool done_only)
{
	struct oom_open *o;

	while ((o = oldest_before(s, sequence, done_only))) {
		const int r = pass_on(s, o);

		if (r < 0)
			return r;
	}
	return 0;
}

/* In the order of the text: what waits only for oom_reaper goes first. */
int oom_slots_close(struct oom_slots *s, struct oom_open *o)
{
	const int r = o->state == OOM_OPEN_TENTATIVE ? 0 : pass_on_before(s, o->sequence, true);

	return r < 0 ? r : pass_on(s, o);
}

int oom_slots_reboot(struct oom_slots *s, const struct log_line *l)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < OOM_SLOTS; i++)
		if (s->slot[i].state != OOM_OPEN_FREE && is_of_origin(&s->slot[i], l))
			r = oom_slots_close(s, &s->slot[i]);
	return r;
}

int oom_slots_idle(struct oom_slots *s)
{
	return pass_on_before(s, UINT64_MAX, true);
}

int oom_slots_end(struct oom_slots *s)
{
	const int r = pass_on_before(s, UINT64_MAX, false);

	memset(s->recent, 0, sizeof(s->recent));
	return r;
}

static bool is_over(const struct oom_open *o, const struct log_line *l)
{
	const struct oom_stamp *last = &o->r.last, *now = &l->stamp;

	if (o->lines_since > patience[o->state].lines)
		return true;
	if (!is_of_origin(o, l))
		return false;
	if (opt_is_known(now->boot_usec) && opt_is_known(last->boot_usec))
		return now->boot_usec.value > last->boot_usec.value + patience[o->state].usec ||
		       now->boot_usec.value + REBOOT_USEC < last->boot_usec.value;
	return opt_is_known(now->wall_usec) && opt_is_known(last->wall_usec) &&
	       now->wall_usec.value > last->wall_usec.value + patience[o->state].usec;
}

int oom_slots_advance(struct oom_slots *s, const struct log_line *l)
{
	s->serial++;
	for (size_t i = 0; i < OOM_SLOTS; i++) {
		struct oom_open *o = &s->slot[i];
		int r;

		if (o->state == OOM_OPEN_FREE)
			continue;
		o->lines_since++;
		if (!is_over(o, l))
			continue;
		r = oom_slots_close(s, o);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A free one; else the oldest whose kill was read, else the oldest. */
static int free_slot(struct oom_slots *s, struct oom_open **ret)
{
	struct oom_open *best = NULL;

	for (size_t i = 0; i < OOM_SLOTS; i++) {
		struct oom_open *o = &s->slot[i];

		if (o->state == OOM_OPEN_FREE) {
			*ret = o;
			return 0;
		}
		if (!best || (o->state == OOM_OPEN_DONE && best->state != OOM_OPEN_DONE) ||
		    ((o->state == OOM_OPEN_DONE) == (best->state == OOM_OPEN_DONE) &&
		     o->sequence < best->sequence))
			best = o;
	}
	*ret = best;
	return oom_slots_close(s, best);
}

int oom_slots_open(struct oom_slots *s, const struct log_line *l, enum oom_open_state state,
		   struct oom_open **ret)
{
	int r = free_slot(s, ret);

	if (r < 0)
		return r;
	(*ret)->state = state;
	(*ret)->sequence = ++s->sequence;
	(*ret)->caller = l->caller;
	(*ret)->r.first = l->stamp;
	(*ret)->r.first_line = l->number;
	(*ret)->r.first_byte = l->offset;
	OOM_COPY(l->origin, (*ret)->r.origin);
	return 0;
}

static int add_line_time(struct oom_open *o, const struct log_line *l)
{
	struct oom_report *r = &o->r;
	struct oom_line_time *time;
	int status;

	if (!opt_is_known(l->stamp.boot_usec))
		return 0;
	status = oom_array_add((void **)&r->line_time, &r->line_time_count, &o->line_time_capacity,
			       OOM_LINES_MAX, sizeof(*time), (void **)&time);
	if (status == 0 && time)
		*time = (struct oom_line_time){ .boot_usec = l->stamp.boot_usec.value,
						.console_bytes = l->console_bytes };
	return status;
}

int oom_slots_belongs(struct oom_slots *s, struct oom_open *o, const struct log_line *l)
{
	struct oom_report *r = &o->r;

	if (o->last_serial == s->serial)
		return 0;
	o->last_serial = s->serial;
	o->lines_since = 0;
	r->foreign_lines += o->foreign_since;
	o->foreign_since = 0;
	/* A line of a record's middle has no stamp of its own. */
	if (opt_is_known(l->stamp.boot_usec) || opt_is_known(l->stamp.wall_usec))
		r->last = l->stamp;
	r->last_line = l->number;
	r->lines++;
	r->bytes += l->console_bytes;
	return add_line_time(o, l);
}

int oom_slots_trails(struct oom_slots *s, struct oom_open *o, const struct log_line *l)
{
	o->last_serial = s->serial;
	o->lines_since = 0;
	o->foreign_since = 0;
	o->r.last_line = l->number;
	return 0;
}

int oom_slots_done_with(struct oom_slots *s, struct oom_open *o, const struct log_line *l)
{
	/* What came after the kill was not in between. */
	if (o->state == OOM_OPEN_DONE)
		o->foreign_since = 0;
	o->state = OOM_OPEN_DONE;
	o->phase = OOM_PHASE_VERDICT;
	return oom_slots_belongs(s, o, l);
}

bool oom_slots_any(const struct oom_slots *s)
{
	for (size_t i = 0; i < OOM_SLOTS; i++)
		if (s->slot[i].state != OOM_OPEN_FREE)
			return true;
	return false;
}

void oom_slots_release(struct oom_slots *s)
{
	for (size_t i = 0; i < OOM_SLOTS; i++)
		oom_report_clear(&s->slot[i].r);
}
