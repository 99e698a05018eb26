/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/ladder.h"

#include <math.h>

/*
 * Exit of a process that maps 4 KiB pages: 0.1 s per GiB measured on a virtual machine, doubled
 * for a machine in trouble.
 */
#define EXIT_SECONDS_PER_BYTE (0.2 / (double)GIB)

/* A leaker with no time for a full SIGTERM is signalled early, but never with this much left. */
#define NO_TIME_SHARE 0.5

/* So many scans lie between now and exhaustion: the judge wants ten samples of a runaway, early. */
#define PACE_SCANS 40

/* What scanning may cost while exhaustion is farther away than this. */
#define NEAR_SECONDS 60
#define SCAN_CPU_SHARE 0.01

/* Even a runaway gets this long to obey SIGTERM. */
#define GRACE_SECONDS_MIN 0.25

double headroom_share(const struct headroom *h)
{
	if (!opt_is_known(h->bytes) || !opt_is_known(h->capacity_bytes) || !h->capacity_bytes.value)
		return 1;
	return fmin(1, (double)h->bytes.value / (double)h->capacity_bytes.value);
}

double ladder_exhaustion_seconds(const struct ladder_input *in)
{
	const struct interval *own = &in->verdict->exhaustion_seconds;

	return own->known ? fmin(own->mid, in->domain_seconds) : in->domain_seconds;
}

static bool is_done(const struct suspect *s, enum rung r)
{
	return (s->done | s->failed) & rung_bit(r);
}

/*
 * Must the suspect be signalled now, and by which rule? The verdict looks back over seconds: a
 * process that has just stopped filling its memory still counts as leaking when somebody else's
 * burst begins. Measured in a guest (6.12): it was signalled in place of the burst. So who takes
 * nothing now is spared down to half of the floor, which leaves the fallback its turn.
 */
static bool is_danger(const struct ladder_input *in, enum decision_reason *ret_reason)
{
	const struct guard_policy *p = in->policy;
	double left = headroom_share(in->headroom);
	double exhaustion = ladder_exhaustion_seconds(in);
	double floor = in->bystander ? p->floor_share / 2 : p->floor_share;
	double needed = in->scan_seconds + p->grace_seconds +
			(double)in->held_bytes * EXIT_SECONDS_PER_BYTE;

	if (in->suspect->fallback)
		*ret_reason = DECISION_FALLBACK;
	else if (!in->bystander && exhaustion <= p->term_seconds && left <= p->term_share)
		*ret_reason = DECISION_EXHAUSTION;
	else if (left <= floor)
		*ret_reason = DECISION_FLOOR;
	else if (!in->bystander && exhaustion <= needed && left <= NO_TIME_SHARE)
		*ret_reason = DECISION_NO_TIME;
	else
		return false;
	return true;
}

static double grace_seconds(const struct ladder_input *in)
{
	double half = ladder_exhaustion_seconds(in) / 2;

	return fmax(GRACE_SECONDS_MIN, fmin(in->policy->grace_seconds, half));
}

bool ladder_return_is_settled(const struct guard_policy *policy, const struct suspect *s,
			      double now_seconds)
{
	return s->returned_bytes * 2 >= s->expected_bytes ||
	       now_seconds - s->exit_seconds >= policy->verify_seconds;
}

/* After a signal: wait for the end, push at the deadline, then see what came back. */
static struct ladder_step step_after_signal(const struct ladder_input *in)
{
	const struct suspect *s = in->suspect;

	if (s->exited && ladder_return_is_settled(in->policy, s, in->now_seconds))
		return (struct ladder_step){ .rung = RUNG_VERIFY, .reason = DECISION_ENDED };
	if (s->exited)
		return (struct ladder_step){ .rung = RUNG_NONE };
	if (in->policy->kill && !is_done(s, RUNG_KILL) && in->now_seconds >= s->deadline_seconds)
		return (struct ladder_step){ .rung = RUNG_KILL, .reason = DECISION_DEADLINE };
	return (struct ladder_step){ .rung = RUNG_NONE };
}

static struct ladder_step step_when_not_leaking(const struct ladder_input *in)
{
	bool is_over = in->now_seconds - in->suspect->leaking_seconds >= in->policy->clear_seconds;

	if (is_over)
		return (struct ladder_step){ .rung = RUNG_CLEAR, .reason = DECISION_CLEARED };
	return (struct ladder_step){ .rung = RUNG_NONE };
}

/* A limited process does not grow because of the limit: that is no sign of health. */
static bool counts_as_leaking(const struct ladder_input *in)
{
	return in->verdict->class == VERDICT_LEAKING || (in->suspect->done & rung_bit(RUNG_LIMIT));
}

static bool wants_limit(const struct ladder_input *in, bool danger)
{
	return in->policy->limit && in->can_limit && !is_done(in->suspect, RUNG_LIMIT) &&
	       (danger || ladder_exhaustion_seconds(in) <= in->policy->limit_seconds);
}

/* The rungs that only prepare, in order; RUNG_NONE when all were climbed. */
static enum rung preparation(const struct ladder_input *in)
{
	const struct guard_policy *p = in->policy;

	if (p->notify && !is_done(in->suspect, RUNG_NOTIFY))
		return RUNG_NOTIFY;
	if (p->steer && !is_done(in->suspect, RUNG_STEER))
		return RUNG_STEER;
	if (p->evidence && !is_done(in->suspect, RUNG_EVIDENCE))
		return RUNG_EVIDENCE;
	return RUNG_NONE;
}

/*
 * Evidence is worth its budget, not the machine: a burst of 77 MiB/s used up half of the 17 MiB it
 * had left (6.12, measured) while its evidence was saved.
 */
static bool waits_for_evidence(const struct ladder_input *in)
{
	const struct suspect *s = in->suspect;

	return in->policy->evidence && (s->done & rung_bit(RUNG_EVIDENCE)) && !s->evidence_ready &&
	       ladder_exhaustion_seconds(in) > 2 * in->policy->evidence_seconds;
}

struct ladder_step ladder_next(const struct ladder_input *in)
{
	const struct suspect *s = in->suspect;
	enum decision_reason reason = DECISION_LEAKS;
	enum rung prepare = preparation(in);
	bool danger;

	if (is_done(s, RUNG_TERM) || is_done(s, RUNG_KILL) || s->exited)
		return step_after_signal(in);
	if (s->fallback && !in->still_short)
		return (struct ladder_step){ .rung = RUNG_CLEAR, .reason = DECISION_RELIEVED };
	if (!counts_as_leaking(in) && !s->fallback)
		return step_when_not_leaking(in);
	if (prepare != RUNG_NONE)
		return (struct ladder_step){ .rung = prepare,
					     .reason = s->fallback ? DECISION_FALLBACK
								   : DECISION_LEAKS };
	danger = is_danger(in, &reason);
	if (wants_limit(in, danger))
		return (struct ladder_step){ .rung = RUNG_LIMIT,
					     .reason = danger ? reason : DECISION_EXHAUSTION };
	if (!danger || in->kill_in_flight)
		return (struct ladder_step){ .rung = RUNG_NONE };
	if (waits_for_evidence(in))
		return (struct ladder_step){ .rung = RUNG_NONE };
	if (in->policy->term)
		return (struct ladder_step){ .rung = RUNG_TERM,
					     .reason = reason,
					     .grace_seconds = grace_seconds(in) };
	return (struct ladder_step){ .rung = in->policy->kill ? RUNG_KILL : RUNG_NONE,
				     .reason = reason };
}

double pace_seconds(const struct guard_policy *policy, double nearest_exhaustion_seconds,
		    double scan_cpu_seconds)
{
	double pace = fmax(policy->fast_seconds, nearest_exhaustion_seconds / PACE_SCANS);

	/* On a busy machine something always grows for a moment: not each time is worth a scan. */
	if (nearest_exhaustion_seconds > NEAR_SECONDS)
		pace = fmax(pace, scan_cpu_seconds / SCAN_CPU_SHARE);
	return fmin(policy->rest_seconds, pace);
}
