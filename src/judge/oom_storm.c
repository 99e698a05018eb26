/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports that belong together. */
#include <math.h>
#include <string.h>

#include "judge/oom_history.h"
#include "judge/oom_nodes.h"
#include "judge/oom_tasks.h"

static const char *subject_of(const struct oom_report *r)
{
	if (r->constraint == OOM_CONSTRAINT_MEMCG)
		return r->memcg.limit_path;
	return oom_allowed_nodes(r);
}

/* A kill whose report is not there, or a cgroup whose path is not, is no other cause; a policy's
 * own word (CONSTRAINT_BPF_X) is. */
static bool tells_cause(const struct oom_report *r)
{
	return r->constraint != OOM_CONSTRAINT_UNKNOWN ||
	       r->constraint_source == OOM_CONSTRAINT_PRINTED;
}

static bool same_cause(const struct oom_storm *s, const struct oom_report *r)
{
	const char *subject = subject_of(r);

	if (!s->cause_known || !tells_cause(r))
		return true;
	return s->constraint == r->constraint &&
	       (strcmp(s->subject, subject) == 0 ||
		(r->constraint == OOM_CONSTRAINT_MEMCG && (!s->subject[0] || !subject[0])));
}

/* Without a common clock only the report right behind the storm's last belongs to it. */
static bool continues(const struct oom_storms *all, const struct oom_storm *s,
		      const struct oom_report *r)
{
	double gap = oom_seconds_between(&s->end, &r->first);
	bool clock = (opt_is_known(s->end.boot_usec) && opt_is_known(r->first.boot_usec)) ||
		     (opt_is_known(s->end.wall_usec) && opt_is_known(r->first.wall_usec));

	if (s->closed || strcmp(s->origin, r->origin) != 0 || !same_cause(s, r))
		return false;
	return clock ? gap <= OOM_STORM_GAP_SECONDS : s->last + 1 == all->reports;
}

/* The one that it is told to belong to, else the one that had the last report. */
static struct oom_storm *find(struct oom_storms *all, const struct oom_report *r)
{
	struct oom_storm *best = NULL;

	for (uint32_t i = 0; i < all->count; i++) {
		struct oom_storm *s = &all->storm[i];

		if (!continues(all, s, r))
			continue;
		if (tells_cause(r) && s->cause_known && strcmp(s->subject, subject_of(r)) == 0)
			return s;
		if (!best || s->last > best->last)
			best = s;
	}
	return best;
}

static void learn_cause(struct oom_storm *s, const struct oom_report *r)
{
	if (!tells_cause(r) || (s->cause_known && s->subject[0]))
		return;
	s->cause_known = true;
	s->constraint = r->constraint;
	oom_copy_end(s->subject, sizeof(s->subject), subject_of(r));
}

static void count_victim(struct oom_storm *s, const char *comm)
{
	for (uint32_t i = 0; i < OOM_STORM_NAMES && comm[0]; i++) {
		if (!s->killed[i].comm[0])
			oom_copy(s->killed[i].comm, sizeof(s->killed[i].comm), comm);
		if (strcmp(s->killed[i].comm, comm) != 0)
			continue;
		if (++s->killed[i].kills > s->victim_kills) {
			s->victim_kills = s->killed[i].kills;
			oom_copy(s->victim, sizeof(s->victim), comm);
		}
		return;
	}
}

static void add_to(struct oom_storm *s, uint32_t number, const struct oom_report *r,
		   const struct oom_story *story)
{
	const uint32_t killed = r->victim_count && r->victim[0].chosen_only ? 0 : r->victim_count;

	s->last = number;
	s->reports++;
	s->kills += killed + r->victims_dropped;
	if (opt_is_known(r->trigger.suppressed))
		s->suppressed = opt_u64_of(r->trigger.suppressed.value +
					   (opt_is_known(s->suppressed) ? s->suppressed.value : 0));
	s->end = r->last;
	if (story->printing.seconds_known && !story->printing.coarse) {
		s->print_seconds += story->printing.seconds;
		s->printed_known++;
	}
	for (uint32_t i = 0; i < killed; i++)
		count_victim(s, r->victim[i].comm);
}

/* Its time may be near that of a storm of the boot before, but is of another clock. */
static void close_those_of_earlier_boots(struct oom_storms *all, const struct oom_report *r)
{
	bool later = false;

	for (uint32_t i = 0; i < all->count; i++)
		later |= !all->storm[i].closed && strcmp(all->storm[i].origin, r->origin) == 0 &&
			 oom_is_later_boot(&all->storm[i].end, &r->first);
	for (uint32_t i = 0; later && i < all->count; i++)
		all->storm[i].closed |= strcmp(all->storm[i].origin, r->origin) == 0;
}

uint32_t oom_storms_add(struct oom_storms *all, const struct oom_report *r,
			const struct oom_story *story)
{
	uint32_t number = ++all->reports;
	struct oom_storm *s;

	close_those_of_earlier_boots(all, r);
	s = find(all, r);
	if (!s && all->count == OOM_STORMS) {
		all->dropped++;
		return UINT32_MAX;
	}
	if (!s) {
		s = &all->storm[all->count++];
		*s = (struct oom_storm){ .first = number, .begin = r->first };
		oom_copy(s->origin, sizeof(s->origin), r->origin);
	}
	learn_cause(s, r);
	add_to(s, number, r, story);
	return (uint32_t)(s - all->storm);
}

void oom_storms_next_input(struct oom_storms *all)
{
	for (uint32_t i = 0; i < all->count; i++)
		all->storm[i].closed |= !all->storm[i].origin[0];
}
