/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/pid_index.h"

/* Against the plainest model there is: an array by pid. */
static void test_against_model(void **state)
{
	enum { SLOTS = 200, PIDS = 500 };
	static struct pid_entry entry[512];
	static uint32_t model[PIDS + 1];
	struct pid_index x = { entry, pid_index_size(SLOTS) - 1 };
	uint32_t random = 1, used = 0;

	assert_int_equal(pid_index_size(SLOTS), 512);
	for (int step = 0; step < 100000; step++) {
		random = random * 1664525 + 1013904223;
		int32_t pid = 1 + (int32_t)(random >> 8) % PIDS;
		/* Runs and far jumps: collisions wrap around the end. */
		int32_t key = pid % 2 ? pid : pid * 4096;

		if (model[pid]) {
			assert_int_equal(pid_index_find(&x, key), model[pid]);
			pid_index_remove(&x, key);
			model[pid] = 0;
			used--;
		} else if (used < SLOTS) {
			pid_index_add(&x, key, (uint32_t)step + 1);
			model[pid] = (uint32_t)step + 1;
			used++;
		}
		if (step % 1000 == 0)
			for (int32_t p = 1; p <= PIDS; p++)
				assert_true(pid_index_find(&x, p % 2 ? p : p * 4096) ==
					    (model[p] ? model[p] : PID_INDEX_NONE));
	}
	pid_index_remove(&x, 999999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
