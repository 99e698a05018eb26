/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "unit.h"

#include "report/reason.h"

static const char *describe(struct reason r)
{
	static char out[256];
	struct strbuf s = STRBUF(out);

	reason_describe(&s, &r);
	assert_false(s.full);
	return out;
}

static void test_sentences(void **state)
{
	assert_string_equal(describe((struct reason){ REASON_FLOOR_RISES,
						      { 64 * MIB, 300, 11, 12 } }),
			    "its lowest level rose by 64.0 MiB in 5.0 min, 11 of 12 steps up");
	assert_string_equal(describe((struct reason){ REASON_ONE_STEP, { 0.95, 60 } }),
			    "one step makes 95 % of the growth in 60 s: a jump, not a leak");
	assert_string_equal(
		describe((struct reason){ REASON_RUNAWAY, { 20 * MIB, 40, 12 } }),
		"runaway: 20.0 MiB/s without a break for 12 s, memory runs out in 40 s");
	assert_string_equal(describe((struct reason){ REASON_NOT_URGENT, { INFINITY, 3600 } }),
			    "memory would last for ever, long for the evidence of 60 min");
	assert_string_equal(describe((struct reason){ REASON_TOO_LITTLE,
						      { 20 * MIB, 40 * MIB, 600, 4 * GIB } }),
			    "grew 20.0 MiB in 10 min, less than the 40.0 MiB that tell in 4.0 GiB");
	assert_string_equal(describe((struct reason){ REASON_NO_EARLIER, { 64 * MIB, 30 } }),
			    "its lowest level is 64.0 MiB now; it was not seen before these 30 s");
	assert_string_equal(
		describe((struct reason){ REASON_GIVES_BACK, { 64 * MIB, 128 * MIB } }),
		"it may come down again: it grew by 64.0 MiB, and gave back 128 MiB before");
	assert_string_equal(
		describe((struct reason){ REASON_MOSTLY_OLD, { 5 * MIB, 64 * MIB } }),
		"mostly old ground: only 5.0 MiB of the 64.0 MiB is above all it held before");
	assert_string_equal(describe((struct reason){ REASON_NO_LIMIT, { NAN } }),
			    "no limit known; it holds ?");
}

/* Every id of the judge has a sentence, fully rendered, in ASCII. */
static void test_every_reason(void **state)
{
	for (int id = 0; id < REASON_COUNT; id++) {
		const char *text = describe((struct reason){ (enum reason_id)id, { 1, 2, 3, 4 } });

		assert_true(strlen(text) > 5);
		assert_null(strpbrk(text, "{}"));
		assert_null(strstr(text, "reason 1"));
		for (const char *p = text; *p; p++)
			assert_true(*p >= 0x20 && *p < 0x7f);
	}
}

static void test_unknown_id(void **state)
{
	assert_string_equal(describe((struct reason){ (enum reason_id)4711, { 1 } }),
			    "reason 4711");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_every_reason),
		cmocka_unit_test(test_unknown_id),
	};

	return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
