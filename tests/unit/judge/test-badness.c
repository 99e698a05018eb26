/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "unit.h"

#include "judge/badness.h"
#include "processes.h"

/*
 * mm/oom_kill.c:oom_badness() of 6.12, by hand. points = rss + swap entries + pgtables / PAGE_SIZE;
 * adj *= totalpages / 1000 (integer division); points += adj. rss is anon + file + shmem.
 */
static void test_by_hand(void **state)
{
	struct machine *m = machine();
	struct process *p = add(m, "x", 0, 100); /* 25600 pages */

	p->file_bytes = 10 * MIB;     /* 2560 */
	p->shmem_bytes = 4 * MIB;     /* 1024 */
	p->swap_bytes = 8 * MIB;      /* 2048 */
	p->pgtables_bytes = 64 * KIB; /* 16 */
	assert_true(oom_badness_pages(p, 0, 4096) == 31248);
	/* 8 GiB: 2097152 pages, / 1000 = 2097 */
	p->oom_score_adj = 500;
	assert_true(oom_badness_pages(p, 2097152, 4096) == 31248 + 500 * 2097);
	p->oom_score_adj = -999;
	assert_true(oom_badness_pages(p, 2097152, 4096) == 31248 - 999 * 2097);
	/* 64 KiB pages: 100 MiB are 1600 of them */
	p->oom_score_adj = 0;
	assert_true(oom_badness_pages(p, 0, 65536) == 1600 + 160 + 64 + 128 + 1);
	/* not known: as 0 */
	p->oom_score_adj = 1000;
	p->fields &= ~(uint32_t)PROCESS_OOM_SCORE_ADJ;
	assert_true(oom_badness_pages(p, 2097152, 4096) == 31248);
}

static void test_steering(void **state)
{
	const double total = 100000; /* a step of adj is 100 pages, the margin 2000 pages */

	/* leads by the margin already */
	assert_int_equal(oom_steering_adj(12000, 10000, total, 0), 0);
	/* one page short: one step */
	assert_int_equal(oom_steering_adj(11999, 10000, total, 0), 1);
	assert_int_equal(oom_steering_adj(5000, 10000, total, 0), 70);
	/* never lowered, whatever it is */
	assert_int_equal(oom_steering_adj(5000, 10000, total, 300), 300);
	assert_int_equal(oom_steering_adj(50000, 0, total, -200), 0 > -200 ? -200 : 0);
	/* out of reach */
	assert_int_equal(oom_steering_adj(0, 99999, total, 0), 1000);
	assert_int_equal(oom_steering_adj(1, 1, 0, 0), 1000);
}

/* Whatever the numbers: with the result the suspect outranks the rival, or the result is 1000. */
static void test_steering_reaches_its_aim(void **state)
{
	for (double total = 1000; total < 1e9; total *= 7) {
		for (double own = 0; own <= total; own += total / 13) {
			for (double rival = 0; rival <= total; rival += total / 11) {
				int16_t adj = oom_steering_adj(own, rival, total, -1000);

				assert_true(adj >= -1000 && adj <= 1000);
				assert_true(adj == 1000 || own + adj * floor(total / 1000) >=
								   rival + total * 0.0199);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_steering),
		cmocka_unit_test(test_steering_reaches_its_aim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
