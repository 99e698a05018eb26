/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_history.h"

#include <math.h>
#include <string.h>

#include "judge/oom_tasks.h"

const char *oom_victim_name(const struct oom_report *r)
{
	if (r->victim_count)
		return r->victim[0].comm;
	return r->choice.known ? r->choice.comm : "";
}

double oom_seconds_between(const struct oom_stamp *a, const struct oom_stamp *b)
{
	struct opt_u64 from = a->boot_usec, to = b->boot_usec;

	if (!opt_is_known(from) || !opt_is_known(to)) {
		from = a->wall_usec;
		to = b->wall_usec;
	}
	if (!opt_is_known(from) || !opt_is_known(to) || to.value < from.value)
		return NAN;
	return (double)(to.value - from.value) * 1e-6;
}

bool oom_is_later_boot(const struct oom_stamp *a, const struct oom_stamp *b)
{
	return opt_is_known(a->boot_usec) && opt_is_known(b->boot_usec) &&
	       a->boot_usec.value > b->boot_usec.value + 1000000;
}

/* The i-th of the ring, 0 the oldest. */
static const struct oom_past *past_at(const struct oom_history *h, uint32_t i)
{
	return &h->past[(h->next + OOM_HISTORY - h->count + i) % OOM_HISTORY];
}

static bool same_machine(const struct oom_past *p, const struct oom_report *r)
{
	return strcmp(p->origin, r->origin) == 0;
}

/* One whose path the text does not tell is no other cgroup. */
static bool same_cgroup(const struct oom_past *p, const struct oom_report *r)
{
	return p->memcg == oom_of_memcg(r) && (!p->limit_path[0] || !r->memcg.limit_path[0] ||
					       strcmp(p->limit_path, r->memcg.limit_path) == 0);
}

static void keep_task(struct oom_past *p, const struct oom_task *t, uint64_t bytes)
{
	uint32_t at = p->task_count;

	while (at && bytes > p->task[at - 1].bytes)
		at--;
	if (at == OOM_HISTORY_TASKS)
		return;
	if (p->task_count < OOM_HISTORY_TASKS)
		p->task_count++;
	for (uint32_t i = p->task_count - 1; i > at; i--)
		p->task[i] = p->task[i - 1];
	p->task[at].pid = t->pid;
	p->task[at].bytes = bytes;
	oom_copy(p->task[at].comm, sizeof(p->task[at].comm), t->comm);
}

/* Of what dump_header() prints. */
static bool has_header(const struct oom_report *r)
{
	return r->parts & (OOM_PART_TRIGGER | OOM_PART_CPU | OOM_PART_STACK | OOM_PART_MEM_INFO |
			   OOM_PART_MEMCG | OOM_PART_TASKS | OOM_PART_CONSTRAINT);
}

void oom_history_add(struct oom_history *h, const struct oom_report *r)
{
	struct opt_u64 bytes = oom_victims_bytes(r);
	struct oom_past *p = &h->past[h->next % OOM_HISTORY];

	*p = (struct oom_past){ .at = r->first, .victim_pid = -1 };
	oom_copy(p->origin, sizeof(p->origin), r->origin);
	p->memcg = oom_of_memcg(r);
	p->header = has_header(r);
	oom_copy_end(p->limit_path, sizeof(p->limit_path), r->memcg.limit_path);
	if (r->victim_count) {
		oom_copy(p->victim, sizeof(p->victim), r->victim[0].comm);
		p->victim_pid = r->victim[0].pid;
		p->victim_bytes = opt_is_known(bytes) ? bytes.value : 0;
	}
	for (uint32_t i = 0; i < r->task_count; i++)
		keep_task(p, &r->task[i], oom_task_bytes(r, &r->task[i]));
	h->next = (h->next + 1) % OOM_HISTORY;
	if (h->count < OOM_HISTORY)
		h->count++;
}

bool oom_history_growth(const struct oom_history *h, const struct oom_report *r, int64_t pid,
			const char *comm, struct oom_growth *ret)
{
	for (uint32_t i = 0; i < h->count; i++) {
		const struct oom_past *p = past_at(h, i);

		if (!same_machine(p, r))
			continue;
		for (uint32_t t = 0; t < p->task_count; t++) {
			if (p->task[t].pid != pid || strcmp(p->task[t].comm, comm) != 0)
				continue;
			*ret = (struct oom_growth){ p->task[t].bytes,
						    oom_seconds_between(&p->at, &r->first) };
			return true;
		}
	}
	return false;
}

struct oom_kills oom_history_kills(const struct oom_history *h, const struct oom_report *r,
				   const char *comm, uint64_t bytes_now)
{
	struct oom_kills k = { .since_last = NAN, .since_same = NAN, .interval = NAN };
	const struct oom_past *first = NULL;

	for (uint32_t i = 0; i < h->count && comm[0]; i++) {
		const struct oom_past *p = past_at(h, i);
		uint64_t apart = MAX(p->victim_bytes, bytes_now) - MIN(p->victim_bytes, bytes_now);

		if (!same_machine(p, r) || strcmp(p->victim, comm) != 0 || !same_cgroup(p, r))
			continue;
		if (!first)
			first = p;
		k.times++;
		k.since_last = oom_seconds_between(&p->at, &r->first);
		if (p->victim_bytes && apart <= bytes_now / 10) {
			k.same_size++;
			k.since_same = k.since_last;
		}
	}
	if (first)
		k.interval = oom_seconds_between(&first->at, &r->first) / k.times;
	return k;
}

uint32_t oom_history_names_killed(const struct oom_history *h, const struct oom_report *r,
				  double seconds)
{
	const char *seen[OOM_HISTORY + 1] = { oom_victim_name(r) };
	uint32_t names = seen[0][0] != '\0';

	for (uint32_t i = 0; i < h->count; i++) {
		const struct oom_past *p = past_at(h, i);
		double age = oom_seconds_between(&p->at, &r->first);
		bool known = !p->victim[0] || !same_machine(p, r) || !(age <= seconds);

		for (uint32_t n = 0; n < names && !known; n++)
			known = strcmp(seen[n], p->victim) == 0;
		if (!known)
			seen[names++] = p->victim;
	}
	return names;
}

#define RATELIMIT_SECONDS 5
#define RATELIMIT_BURST 10

bool oom_history_rate_limited(const struct oom_history *h, const struct oom_report *r)
{
	uint32_t printed = 0;

	if (has_header(r) || !(r->parts & OOM_PART_KILL))
		return false;
	for (uint32_t i = 0; i < h->count; i++) {
		const struct oom_past *p = past_at(h, i);

		printed += p->header && same_machine(p, r) &&
			   oom_seconds_between(&p->at, &r->first) <= RATELIMIT_SECONDS;
	}
	return printed >= RATELIMIT_BURST;
}

void oom_history_next_boot(struct oom_history *h, const struct oom_report *r)
{
	bool later = false;

	for (uint32_t i = 0; i < h->count; i++)
		later |= same_machine(&h->past[i], r) &&
			 oom_is_later_boot(&h->past[i].at, &r->first);
	for (uint32_t i = 0; later && i < h->count; i++) {
		struct oom_past *p = &h->past[i];

		if (!same_machine(p, r))
			continue;
		p->at.boot_usec = opt_u64_none(ABSENT);
		p->victim_pid = -1;
		p->task_count = 0;
	}
}

void oom_history_next_input(struct oom_history *h)
{
	struct oom_history named = { 0 };

	for (uint32_t i = 0; i < h->count; i++)
		if (past_at(h, i)->origin[0])
			named.past[named.next++] = *past_at(h, i);
	named.count = named.next;
	named.next %= OOM_HISTORY;
	*h = named;
}
