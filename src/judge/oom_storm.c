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

/* Without a common clock only the report right behind the storm's last belongs to it. */
static bool continues(const struct oom_storms *all, const struct oom_storm *s,
		      const struct oom_report *r)
{
	double gap = oom_seconds_between(&s->end, &r->first);
	bool clock = (opt_is_known(s->end.boot_usec) && opt_is_known(r->first.boot_usec)) ||
		     (opt_is_known(s->end.wall_usec) && opt_is_known(r->first.wall_usec));

	if (s->closed || s->constraint != r->constraint || strcmp(s->origin, r->origin) != 0 ||
	    strcmp(s->subject, subject_of(r)) != 0)
		return false;
	return clock ? gap <= OOM_STORM_GAP_SECONDS : s->last + 1 == all->reports;
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

	close_those_of_earlier_boots(all, r);
	for (uint32_t i = all->count; i-- > 0;) {
		if (continues(all, &all->storm[i], r)) {
			add_to(&all->storm[i], number, r, story);
			return i;
		}
	}
	if (all->count == OOM_STORMS) {
		all->dropped++;
		return UINT32_MAX;
	}
	all->storm[all->count] = (struct oom_storm){ .first = number,
						     .constraint = r->constraint,
						     .begin = r->first };
	oom_copy_end(all->storm[all->count].subject, sizeof(all->storm[0].subject), subject_of(r));
	oom_copy(all->storm[all->count].origin, sizeof(all->storm[0].origin), r->origin);
	add_to(&all->storm[all->count], number, r, story);
	return all->count++;
}

void oom_storms_next_input(struct oom_storms *all)
{
	for (uint32_t i = 0; i < all->count; i++)
		all->storm[i].closed |= !all->storm[i].origin[0];
}
