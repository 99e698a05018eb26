/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>

#include "unit.h"

#include "judge/ladder.h"

/*
 * One row: what is known of a suspect, and the step that must follow. All rungs are on and nothing
 * was climbed unless the row says so. The limit is 1000 MiB.
 */
struct row {
	const char *name;
	enum verdict_class class; /* VERDICT_UNKNOWN: leaking, the usual case */
	double own, domain;	  /* exhaustion; 0: not known, does not shrink */
	uint64_t left_mib, held_mib;
	uint32_t done, failed; /* bits */
	const char *off;       /* rungs switched off, by letter: n s e l t k */
	bool fallback, relieved, in_flight, can_limit, bystander, evidence_ready, exited;
	double now, deadline, leaking; /* now 0: 1000 */
	double scan, exit;
	uint64_t expected_mib, returned_mib;
	enum rung rung;
	enum decision_reason reason;
	double grace;
};

#define BIT(r) (UINT32_C(1) << RUNG_##r)
#define PREPARED (BIT(NOTIFY) | BIT(STEER) | BIT(EVIDENCE))
#define READY .done = PREPARED, .evidence_ready = true
#define SIGNALLED (PREPARED | BIT(TERM))

/* Defaults: term 60 s and 25 %, floor 5 %, grace 5 s, limit 600 s, clear 60 s. */
static const struct row rows[] = {
	/* what prepares comes in its order, whatever the danger */
	{ "told first", .own = 1e6, .left_mib = 900, .rung = RUNG_NOTIFY,
	  .reason = DECISION_LEAKS },
	{ "told first also in danger", .own = 1, .left_mib = 10, .rung = RUNG_NOTIFY },
	{ "then steered", .own = 1e6, .left_mib = 900, .done = BIT(NOTIFY), .rung = RUNG_STEER },
	{ "then evidence", .own = 1e6, .left_mib = 900, .done = BIT(NOTIFY) | BIT(STEER),
	  .rung = RUNG_EVIDENCE },
	{ "a failed rung is passed over", .own = 1e6, .left_mib = 900, .done = BIT(NOTIFY),
	  .failed = BIT(STEER), .rung = RUNG_EVIDENCE },
	{ "off: notify", .own = 1e6, .left_mib = 900, .off = "n", .rung = RUNG_STEER },
	{ "off: notify, steer", .own = 1e6, .left_mib = 900, .off = "ns", .rung = RUNG_EVIDENCE },
	{ "off: all that prepares", .own = 1e6, .left_mib = 900, .off = "nse", .rung = RUNG_NONE },
	/* far away: no more than that */
	{ "far: waits", READY, .own = 601, .left_mib = 900, .can_limit = true, .rung = RUNG_NONE },
	/* limit */
	{ "limit at 600 s", READY, .own = 600, .left_mib = 900, .can_limit = true,
	  .rung = RUNG_LIMIT, .reason = DECISION_EXHAUSTION },
	{ "limit by the domain's rate", READY, .domain = 600, .left_mib = 900, .can_limit = true,
	  .rung = RUNG_LIMIT, .reason = DECISION_EXHAUSTION },
	{ "not alone: no limit", READY, .own = 600, .left_mib = 900, .rung = RUNG_NONE },
	{ "off: limit", READY, .own = 600, .left_mib = 900, .can_limit = true, .off = "l",
	  .rung = RUNG_NONE },
	{ "limit before the signal", READY, .own = 30, .left_mib = 100, .can_limit = true,
	  .rung = RUNG_LIMIT, .reason = DECISION_EXHAUSTION },
	{ "limited: then the signal", .done = PREPARED | BIT(LIMIT), .evidence_ready = true,
	  .own = 30, .left_mib = 100, .can_limit = true, .rung = RUNG_TERM,
	  .reason = DECISION_EXHAUSTION, .grace = 5 },
	{ "limit failed: then the signal", READY, .failed = BIT(LIMIT), .own = 30, .left_mib = 100,
	  .can_limit = true, .rung = RUNG_TERM, .reason = DECISION_EXHAUSTION, .grace = 5 },
	/* term: both time and share */
	{ "term at both bounds", READY, .own = 60, .left_mib = 250, .rung = RUNG_TERM,
	  .reason = DECISION_EXHAUSTION, .grace = 5 },
	{ "term: time too long", READY, .own = 60.1, .left_mib = 250, .rung = RUNG_NONE },
	{ "term: too much left", READY, .own = 60, .left_mib = 251, .rung = RUNG_NONE },
	{ "term: the domain is nearer", READY, .own = 1e6, .domain = 60, .left_mib = 250,
	  .rung = RUNG_TERM, .reason = DECISION_EXHAUSTION, .grace = 5 },
	{ "term: share not known", READY, .own = 20, .left_mib = UINT64_MAX, .rung = RUNG_NONE },
	/* floor */
	{ "floor, however slow", READY, .own = 1e6, .left_mib = 50, .rung = RUNG_TERM,
	  .reason = DECISION_FLOOR, .grace = 5 },
	{ "above the floor", READY, .own = 1e6, .left_mib = 51, .rung = RUNG_NONE },
	{ "floor, exhaustion not known", READY, .left_mib = 50, .rung = RUNG_TERM,
	  .reason = DECISION_FLOOR, .grace = 5 },
	/* no time: scan 2 + grace 5 + 0.2 s for the GiB held = 7.2 s, and at most half left */
	{ "no time", READY, .own = 7.2, .scan = 2, .held_mib = 1024, .left_mib = 500,
	  .rung = RUNG_TERM, .reason = DECISION_NO_TIME, .grace = 3.6 },
	{ "time enough", READY, .own = 7.21, .scan = 2, .held_mib = 1024, .left_mib = 500,
	  .rung = RUNG_NONE },
	{ "no time, but more than half left", READY, .own = 7.2, .scan = 2, .held_mib = 1024,
	  .left_mib = 501, .rung = RUNG_NONE },
	/* the grace shrinks to half of what is left, down to a quarter of a second */
	{ "grace: half of 4 s", READY, .own = 4, .left_mib = 100, .rung = RUNG_TERM,
	  .reason = DECISION_EXHAUSTION, .grace = 2 },
	{ "grace: never less", READY, .own = 0.1, .left_mib = 100, .rung = RUNG_TERM,
	  .reason = DECISION_EXHAUSTION, .grace = 0.25 },
	/* evidence is waited for, a kill under way too */
	{ "evidence not ready", .done = PREPARED, .own = 30, .left_mib = 100, .rung = RUNG_NONE },
	{ "evidence failed: no wait", .done = BIT(NOTIFY) | BIT(STEER), .failed = BIT(EVIDENCE),
	  .own = 30, .left_mib = 100, .rung = RUNG_TERM, .reason = DECISION_EXHAUSTION,
	  .grace = 5 },
	{ "evidence switched off since", .done = PREPARED, .off = "e", .own = 30, .left_mib = 100,
	  .rung = RUNG_TERM, .reason = DECISION_EXHAUSTION, .grace = 5 },
	{ "a kill in flight", READY, .in_flight = true, .own = 1, .left_mib = 10,
	  .rung = RUNG_NONE },
	{ "a kill in flight does not hold up a limit", READY, .in_flight = true, .can_limit = true,
	  .own = 1, .left_mib = 10, .rung = RUNG_LIMIT, .reason = DECISION_EXHAUSTION },
	/* rungs switched off at the top */
	{ "off: term", READY, .off = "t", .own = 30, .left_mib = 100, .rung = RUNG_KILL,
	  .reason = DECISION_EXHAUSTION },
	{ "off: term and kill", READY, .off = "tk", .own = 30, .left_mib = 100, .rung = RUNG_NONE },
	/* after the signal */
	{ "before the deadline", .done = SIGNALLED, .deadline = 1000.1, .rung = RUNG_NONE },
	{ "at the deadline", .done = SIGNALLED, .deadline = 1000, .rung = RUNG_KILL,
	  .reason = DECISION_DEADLINE },
	{ "at the deadline, steady by now", .class = VERDICT_STEADY, .done = SIGNALLED,
	  .deadline = 1000, .rung = RUNG_KILL, .reason = DECISION_DEADLINE },
	{ "deadline, kill off", .done = SIGNALLED, .deadline = 1000, .off = "k",
	  .rung = RUNG_NONE },
	{ "SIGTERM failed: SIGKILL follows", .done = PREPARED, .failed = BIT(TERM),
	  .deadline = 1000, .rung = RUNG_KILL, .reason = DECISION_DEADLINE },
	{ "SIGKILL once", .done = SIGNALLED | BIT(KILL), .deadline = 1, .rung = RUNG_NONE },
	{ "SIGKILL failed: not again", .done = SIGNALLED, .failed = BIT(KILL), .deadline = 1,
	  .rung = RUNG_NONE },
	{ "ended", .done = SIGNALLED, .exited = true, .deadline = 1, .rung = RUNG_VERIFY,
	  .reason = DECISION_ENDED },
	{ "ended, half came back", .done = SIGNALLED, .exited = true, .exit = 999,
	  .expected_mib = 100, .returned_mib = 50, .rung = RUNG_VERIFY, .reason = DECISION_ENDED },
	{ "ended, less came back: waits", .done = SIGNALLED, .exited = true, .exit = 995.1,
	  .expected_mib = 100, .returned_mib = 49, .deadline = 1, .rung = RUNG_NONE },
	{ "ended, less came back in time", .done = SIGNALLED, .exited = true, .exit = 995,
	  .expected_mib = 100, .returned_mib = 49, .rung = RUNG_VERIFY, .reason = DECISION_ENDED },
	/* no leak any more */
	{ "suspect again: waits", .class = VERDICT_SUSPECT, .leaking = 941, .done = PREPARED,
	  .own = 1, .left_mib = 10, .rung = RUNG_NONE },
	{ "cleared", .class = VERDICT_STEADY, .leaking = 940, .done = PREPARED, .own = 1,
	  .left_mib = 10, .rung = RUNG_CLEAR, .reason = DECISION_CLEARED },
	{ "limited: its calm proves nothing", .class = VERDICT_STEADY, .leaking = 1,
	  .done = PREPARED | BIT(LIMIT), .left_mib = 900, .rung = RUNG_NONE },
	{ "no time to wait for evidence", .done = PREPARED, .own = 1, .left_mib = 20,
	  .rung = RUNG_TERM, .reason = DECISION_EXHAUSTION, .grace = 0.5 },
	{ "time to wait for evidence", .done = PREPARED, .own = 1.1, .left_mib = 20,
	  .rung = RUNG_NONE },
	/* others take the memory: spared by time, and by the floor down to half of it */
	{ "bystander: no time counts", READY, .own = 1, .domain = 1, .left_mib = 100,
	  .bystander = true, .rung = RUNG_NONE },
	{ "bystander: the fallback's turn first", READY, .own = 1, .left_mib = 26,
	  .bystander = true, .rung = RUNG_NONE },
	{ "bystander: half of the floor", READY, .own = 1, .left_mib = 25, .bystander = true,
	  .rung = RUNG_TERM, .reason = DECISION_FLOOR, .grace = 0.5 },
	{ "limited: its calm does not spare it", .class = VERDICT_STEADY, .leaking = 1,
	  .done = PREPARED | BIT(LIMIT), .evidence_ready = true, .left_mib = 10, .rung = RUNG_TERM,
	  .reason = DECISION_FLOOR, .grace = 5 },
	{ "a limit that failed is no reason", .class = VERDICT_STEADY, .leaking = 1,
	  .done = PREPARED, .failed = BIT(LIMIT), .rung = RUNG_CLEAR, .reason = DECISION_CLEARED },
	/* the fallback: no leak, no thresholds, but the same order, and only while it is short */
	{ "fallback: told", .class = VERDICT_STEADY, .fallback = true, .left_mib = 900,
	  .rung = RUNG_NOTIFY, .reason = DECISION_FALLBACK },
	{ "fallback: signalled", .class = VERDICT_STEADY, .fallback = true, READY, .left_mib = 900,
	  .rung = RUNG_TERM, .reason = DECISION_FALLBACK, .grace = 5 },
	{ "fallback: waits for a kill", .class = VERDICT_STEADY, .fallback = true, READY,
	  .in_flight = true, .left_mib = 900, .rung = RUNG_NONE },
	{ "fallback: memory came back", .class = VERDICT_STEADY, .fallback = true, .relieved = true,
	  READY, .left_mib = 900, .rung = RUNG_CLEAR, .reason = DECISION_RELIEVED },
	{ "fallback: signalled already", .class = VERDICT_STEADY, .fallback = true,
	  .relieved = true, .done = SIGNALLED, .deadline = 1000, .rung = RUNG_KILL,
	  .reason = DECISION_DEADLINE },
};

/* The shipped values; written here, since the judge knows no configuration. */
static void guard_policy_of_tests(struct guard_policy *p)
{
	*p = (struct guard_policy){ .rest_seconds = 20,
				    .fast_seconds = 0.5,
				    .notify = true,
				    .steer = true,
				    .evidence = true,
				    .evidence_seconds = 0.5,
				    .limit = true,
				    .term = true,
				    .kill = true,
				    .limit_seconds = 600,
				    .term_seconds = 60,
				    .term_share = 0.25,
				    .floor_share = 0.05,
				    .grace_seconds = 5,
				    .verify_seconds = 5,
				    .clear_seconds = 60 };
}

static void switch_off(struct guard_policy *p, const char *letters)
{
	for (; letters && *letters; letters++) {
		p->notify &= *letters != 'n';
		p->steer &= *letters != 's';
		p->evidence &= *letters != 'e';
		p->limit &= *letters != 'l';
		p->term &= *letters != 't';
		p->kill &= *letters != 'k';
	}
}

static struct ladder_step step_of(const struct row *row, bool dry_run)
{
	struct guard_policy policy;
	struct suspect suspect = { .used = true,
				   .fallback = row->fallback,
				   .done = row->done,
				   .failed = row->failed,
				   .evidence_ready = row->evidence_ready,
				   .exited = row->exited,
				   .exit_seconds = row->exit,
				   .expected_bytes = row->expected_mib * MIB,
				   .returned_bytes = row->returned_mib * MIB,
				   .deadline_seconds = row->deadline,
				   .leaking_seconds = row->leaking };
	struct verdict verdict = { .class = row->class ? row->class : VERDICT_LEAKING };
	struct headroom headroom = { .bytes = opt_u64_of(row->left_mib * MIB),
				     .capacity_bytes = opt_u64_of(1000 * MIB),
				     .kind = LIMIT_HOST };
	struct ladder_input in = { .policy = &policy,
				   .suspect = &suspect,
				   .verdict = &verdict,
				   .headroom = &headroom,
				   .domain_seconds = row->domain > 0 ? row->domain : INFINITY,
				   .held_bytes = row->held_mib * MIB,
				   .kill_in_flight = row->in_flight,
				   .still_short = !row->relieved,
				   .bystander = row->bystander,
				   .can_limit = row->can_limit,
				   .scan_seconds = row->scan,
				   .now_seconds = row->now > 0 ? row->now : 1000 };

	guard_policy_of_tests(&policy);
	switch_off(&policy, row->off);
	policy.dry_run = dry_run;
	if (row->left_mib == UINT64_MAX)
		headroom.capacity_bytes = opt_u64_none(ABSENT);
	if (row->own > 0)
		verdict.exhaustion_seconds =
			(struct interval){ true, row->own / 2, row->own, row->own * 2 };
	return ladder_next(&in);
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ladder_step s = step_of(&rows[i], false);

		if (s.rung != rows[i].rung || (s.rung != RUNG_NONE && s.reason != rows[i].reason) ||
		    (s.rung == RUNG_TERM && fabs(s.grace_seconds - rows[i].grace) > 1e-6))
			fail_msg("%s: got %s, reason %d, grace %g", rows[i].name,
				 s.rung == RUNG_NONE ? "nothing" : rung_name(s.rung), s.reason,
				 s.grace_seconds);
	}
}

/* Dry run is the same path minus the last call, so the decision must not know of it. */
static void test_dry_run_is_identical(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ladder_step a = step_of(&rows[i], false), b = step_of(&rows[i], true);

		assert_int_equal(a.rung, b.rung);
		assert_int_equal(a.reason, b.reason);
		assert_true(a.grace_seconds == b.grace_seconds);
	}
}

/* Climbing marks a rung done or failed; whichever it is, the ladder comes to an end. */
static void test_it_always_ends(void **state)
{
	for (uint32_t fails = 0; fails < (1u << RUNG_COUNT); fails++) {
		struct row row = { .own = 1,
				   .left_mib = 10,
				   .can_limit = true,
				   .evidence_ready = true,
				   .deadline = 1 };
		int rungs = 0;
		struct ladder_step s;

		while ((s = step_of(&row, false)).rung != RUNG_NONE) {
			if (fails & (1u << s.rung))
				row.failed |= 1u << s.rung;
			else
				row.done |= 1u << s.rung;
			assert_true(++rungs <= RUNG_COUNT);
		}
		assert_true((row.done | row.failed) & BIT(KILL));
	}
}

static void test_share(void **state)
{
	struct headroom h = { .bytes = opt_u64_of(25), .capacity_bytes = opt_u64_of(100) };

	assert_true(fabs(headroom_share(&h) - 0.25) < 1e-9);
	h.bytes = opt_u64_of(200); /* swap counted on top: never more than all */
	assert_true(headroom_share(&h) == 1);
	h.capacity_bytes = opt_u64_of(0);
	assert_true(headroom_share(&h) == 1);
	h.capacity_bytes = opt_u64_none(UNREADABLE);
	assert_true(headroom_share(&h) == 1);
	h.capacity_bytes = opt_u64_of(100);
	h.bytes = opt_u64_none(ABSENT);
	assert_true(headroom_share(&h) == 1);
}

static void test_pace(void **state)
{
	struct guard_policy p;

	guard_policy_of_tests(&p);
	assert_true(pace_seconds(&p, INFINITY, 0) == 20);
	assert_true(pace_seconds(&p, 400, 0) == 10);
	assert_true(pace_seconds(&p, 100, 0) == 2.5);
	assert_true(pace_seconds(&p, 10, 0) == 0.5);
	assert_true(pace_seconds(&p, 0, 0) == 0.5);
	/* A scan of 0.1 s of CPU: a hundredth of one core, unless the end is near. */
	assert_true(pace_seconds(&p, 100, 0.1) == 10);
	assert_true(pace_seconds(&p, 60, 0.1) == 1.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	       cmocka_unit_test(test_dry_run_is_identical),
		cmocka_unit_test(test_it_always_ends), cmocka_unit_test(test_share),
		cmocka_unit_test(test_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
