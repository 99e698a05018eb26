/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <signal.h>

#include "unit.h"

#include "judge/harm.h"

#define HELD(first, last) { first, KNOWN }, { last, KNOWN }, 30
#define HELD_UNKNOWN { 0, ABSENT }, { 0, ABSENT }, NAN

static const struct verdict leaking = {
	.class = VERDICT_LEAKING,
	.growth_bytes_per_second = { .known = true, .low = 90, .mid = 100, .high = 110 },
	.window_seconds = 60,
};
static const struct verdict steady = { .class = VERDICT_STEADY };

static const struct row {
	const char *what;
	uint64_t definite, indirect, possible, reachable;
	double lifetime;
	bool ended;
	int signal;
	struct opt_u64 first, last;
	double held_seconds;
	const struct verdict *growth;
	enum harm harm;
	enum harm_reason_id reason;
} rows[] = {
	{ "the study's first program", GIB, 0, 0, 1024, 0.4, true, 0, HELD_UNKNOWN, NULL,
	  HARM_HARMLESS, HARM_ENDED_BY_ITSELF },
	{ "the same, possibly lost", 0, 0, GIB, 1024, 0.4, true, 0, HELD(MIB, GIB), NULL,
	  HARM_HARMLESS, HARM_ENDED_BY_ITSELF },
	{ "the same, held in a global", 0, 0, 0, GIB, 0.4, true, 0, HELD_UNKNOWN, NULL,
	  HARM_HARMLESS, HARM_ENDED_BY_ITSELF },
	{ "the same with free", 0, 0, 0, 1024, 0.4, true, 0, HELD(GIB, MIB), NULL, HARM_NONE,
	  HARM_NOTHING_LOST },
	{ "the second, ^C", GIB, 0, 0, 1024, 5, true, SIGINT, HELD(GIB, GIB), NULL, HARM_DANGEROUS,
	  HARM_ENDED_FROM_OUTSIDE },
	{ "the second, SIGTERM", GIB, 0, 0, 1024, 5, true, SIGTERM, HELD_UNKNOWN, &steady,
	  HARM_DANGEROUS, HARM_ENDED_FROM_OUTSIDE },
	{ "the second, looked at", GIB, 0, 0, 1024, 5, false, 0, HELD_UNKNOWN, NULL, HARM_DANGEROUS,
	  HARM_STILL_RUNNING },
	{ "a service that leaks slowly, SIGTERM", 200 * KIB, 0, 0, 9000, 20, true, SIGTERM,
	  HELD(MIB, MIB + 160 * KIB), &steady, HARM_DANGEROUS, HARM_ENDED_FROM_OUTSIDE },
	{ "the same, by lists", 50 * KIB, 150 * KIB, 0, 9000, 20, false, 0,
	  HELD(MIB, MIB + 160 * KIB), NULL, HARM_DANGEROUS, HARM_STILL_RUNNING },
	{ "it grows, but what it lost is little of that", 20 * KIB, 0, 0, 90 * MIB, 20, true,
	  SIGTERM, HELD(MIB, 90 * MIB), &steady, HARM_HARMLESS, HARM_SMALL },
	{ "nothing lost, and the growth judge is alarmed", 0, 0, 0, 90 * MIB, 900, false, 0,
	  HELD(MIB, 90 * MIB), &leaking, HARM_DANGEROUS, HARM_STILL_RUNNING },
	{ "a server with 40 lost bytes", 40, 0, 0, 5 * MIB, 86400, false, 0,
	  HELD(20 * MIB, 20 * MIB), &steady, HARM_HARMLESS, HARM_SMALL },
	{ "a server without losses", 0, 0, 0, 500 * MIB, 86400, false, 0, HELD(20 * MIB, 20 * MIB),
	  &steady, HARM_NONE, HARM_NOTHING_LOST },
	{ "a batch job of an hour", 2 * MIB, 0, 0, 0, 3600, true, 0, HELD(20 * MIB, 20 * MIB),
	  &steady, HARM_HARMLESS, HARM_ENDED_BY_ITSELF },
	{ "a batch job of an hour that leaks all the way", 900 * MIB, 0, 0, 0, 3600, true, 0,
	  HELD(20 * MIB, 900 * MIB), &leaking, HARM_DANGEROUS, HARM_ENDED_BY_ITSELF },
	{ "a short one of which the growth judge is alarmed", 90 * MIB, 0, 0, 0, 60, true, 0,
	  HELD(20 * MIB, 90 * MIB), &leaking, HARM_HARMLESS, HARM_ENDED_BY_ITSELF },
	{ "just below what counts", HARM_LOST_BYTES - 1, 0, 0, 0, 60, false, 0, HELD(MIB, MIB),
	  NULL, HARM_HARMLESS, HARM_SMALL },
	{ "just what counts", 40, HARM_LOST_BYTES - 40, 0, 0, 60, false, 0, HELD(MIB, MIB), NULL,
	  HARM_DANGEROUS, HARM_STILL_RUNNING },
	{ "hash tables of PHP: only pointers to the inside", 0, 0, 2 * MIB, MIB, 60, false, 0,
	  HELD_UNKNOWN, NULL, HARM_UNKNOWN, HARM_ONLY_POSSIBLE },
	{ "the same, and some bytes are surely lost, SIGTERM", 40, 0, 2 * MIB, MIB, 60, true,
	  SIGTERM, HELD(20 * MIB, 20 * MIB), &steady, HARM_UNKNOWN, HARM_ONLY_POSSIBLE },
	{ "the same, and it grows", 0, 0, 2 * MIB, MIB, 60, false, 0, HELD(MIB, 3 * MIB), NULL,
	  HARM_DANGEROUS, HARM_STILL_RUNNING },
	{ "the same, and it ended by itself", 0, 0, 2 * MIB, MIB, 60, true, 0, HELD(MIB, MIB), NULL,
	  HARM_HARMLESS, HARM_ENDED_BY_ITSELF },
	{ "just below what counts, possibly lost", 0, 0, HARM_LOST_BYTES - 1, 0, 60, false, 0,
	  HELD(MIB, MIB), NULL, HARM_HARMLESS, HARM_SMALL },
	{ "it gives back", 50 * KIB, 0, 0, 0, 60, false, 0, HELD(20 * MIB, 2 * MIB), NULL,
	  HARM_HARMLESS, HARM_SMALL },
	{ "an unknown lifetime", 40, 0, 0, 0, NAN, true, 0, HELD_UNKNOWN, NULL, HARM_HARMLESS,
	  HARM_ENDED_BY_ITSELF },
};

static struct harm_case case_of(const struct row *r)
{
	struct harm_case c = {
		.lifetime_seconds = r->lifetime,
		.ended = r->ended,
		.signal = r->signal,
		.held_first_bytes = r->first,
		.held_last_bytes = r->last,
		.held_seconds = r->held_seconds,
		.growth = r->growth,
	};

	c.total[LOSS_DEFINITE] = (struct loss){ r->definite, r->definite > 0 };
	c.total[LOSS_INDIRECT] = (struct loss){ r->indirect, r->indirect > 0 };
	c.total[LOSS_POSSIBLE] = (struct loss){ r->possible, r->possible > 0 };
	c.total[LOSS_REACHABLE] = (struct loss){ r->reachable, r->reachable > 0 };
	return c;
}

static void test_verdicts(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct harm_case c = case_of(&rows[i]);
		struct harm_verdict v;

		harm_judge(&c, &v);
		if (v.harm != rows[i].harm || !v.reasons || v.reason[0].id != rows[i].reason)
			fail_msg("%s: %s because %d", rows[i].what, harm_name(v.harm),
				 v.reasons ? (int)v.reason[0].id : -1);
	}
}

static void test_numbers(void **state)
{
	struct harm_case c = case_of(&rows[7]);
	struct harm_verdict v;

	harm_judge(&c, &v);
	assert_int_equal(v.reasons, 2);
	assert_near(v.reason[0].number[0], 20, 0);
	assert_near(v.reason[0].number[1], SIGTERM, 0);
	assert_near(v.reason[0].number[2], 200.0 * KIB, 0);
	assert_int_equal(v.reason[1].id, HARM_GREW);
	assert_near(v.reason[1].number[0], MIB, 0);
	assert_near(v.reason[1].number[1], MIB + 160.0 * KIB, 0);
	assert_near(v.reason[1].number[2], 30, 0);

	c = case_of(&rows[0]);
	harm_judge(&c, &v);
	assert_near(v.reason[0].number[0], 0.4, 0);
	assert_near(v.reason[0].number[1], GIB + 1024, 0);
	assert_near(v.reason[0].number[2], 0, 0);

	/* What is only possibly lost is not told as lost for good. */
	c = (struct harm_case){ .lifetime_seconds = 60 };
	c.total[LOSS_DEFINITE].bytes = 2 * MIB;
	c.total[LOSS_POSSIBLE].bytes = 33 * MIB;
	harm_judge(&c, &v);
	assert_int_equal(v.harm, HARM_DANGEROUS);
	assert_near(v.reason[0].number[1], 2.0 * MIB, 0);
	c = case_of(&rows[0]);

	/* A crash is no end from outside, and no exit. */
	c.crash = SIGSEGV;
	harm_judge(&c, &v);
	assert_int_equal(v.harm, HARM_HARMLESS);
	assert_int_equal(v.reason[0].id, HARM_ENDED_BY_ITSELF);
	assert_near(v.reason[0].number[2], SIGSEGV, 0);
}

static void test_unknown_losses(void **state)
{
	struct harm_case c = { .losses_unknown = true, .lifetime_seconds = 5 };
	struct harm_verdict v;

	harm_judge(&c, &v);
	assert_int_equal(v.harm, HARM_NONE);
	assert_int_equal(v.reasons, 0);
	c.growth = &leaking;
	harm_judge(&c, &v);
	assert_int_equal(v.harm, HARM_DANGEROUS);
	assert_true(isnan(v.reason[0].number[1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_unknown_losses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
