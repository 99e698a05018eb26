/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "unit.h"

#include "judge/oom_points.h"
#include "judge/oom_rank.h"
#include "oom_sample.h"

static struct oom_badness rank(const struct oom_report *r)
{
	struct oom_era e;
	struct oom_badness b;

	oom_era_of(r, &e);
	oom_rank(r, &e, &b);
	return b;
}

static enum oom_why_victim why(const struct oom_report *r)
{
	struct oom_badness b = rank(r);

	return oom_rank_why(r, &b);
}

static void chosen(struct oom_report *r, int64_t pid, int64_t score)
{
	r->choice.known = true;
	r->choice.pid = pid;
	r->choice.score = opt_i64_of(score);
	r->message = OOM_MESSAGE_GLOBAL;
}

/* RAM of exactly `pages`. */
static void ram(struct oom_report *r, uint64_t pages)
{
	r->memory.pages_ram = opt_u64_of(pages);
	r->memory.pages_reserved = opt_u64_of(0);
	r->memory.swap_total_bytes = opt_u64_of(0);
}

/* mm/oom_kill.c of 3.0 by hand: (rss + ptes + swap) * 1000 / total - 30 + adj, 1 to 1000. */
static void test_permille(void **state)
{
	struct oom_report *r = sample();
	struct oom_badness b;

	sample_kernel(r, 3, 2, COLUMNS_2_6_36);
	ram(r, 100000);
	sample_task(r, 10, "user", 33333, 0);	       /* 333 */
	sample_task(r, 11, "root", 35999, 0)->uid = 0; /* 359 - 30 = 329 */
	sample_task(r, 12, "low", 100, -500);	       /* 1 */
	sample_task(r, 13, "full", 99999, 500);	       /* 1000 */
	b = rank(r);
	assert_int_equal(b.rule, OOM_BADNESS_PERMILLE);
	assert_int_equal(b.ranked_count, 4);
	assert_true(b.ranked[0].points == 1000 && b.ranked[0].task == 3);
	assert_true(b.ranked[1].points == 333 && b.ranked[2].points == 329);
	assert_true(b.ranked[3].points == 1);
	assert_false(b.computed_score.known == KNOWN); /* nobody was chosen */
}

/* 3.10: adj = oom_score_adj - 30 for root, times total / 1000 in integers. */
static void test_root_30(void **state)
{
	struct oom_report *r = sample();
	struct oom_task *t;
	struct oom_badness b;

	sample_kernel(r, 3, 10, COLUMNS_3_8);
	ram(r, 1999999); /* / 1000 is 1999 */
	t = sample_task(r, 10, "big", 1000000, 0);
	t->nr_ptes = 2000;
	t->swapents = 300;
	t = sample_task(r, 11, "root", 1000000, 10);
	t->uid = 0;
	chosen(r, 10, 501); /* 1002300 * 1000 / 1999999 = 501.15 */
	sample_victim(r, 10, "big", GIB);
	b = rank(r);
	assert_int_equal(b.rule, OOM_BADNESS_ROOT_30);
	assert_true(b.ranked[0].points == 1002300);
	assert_true(b.ranked[1].points == 1000000 + (10 - 30) * 1999);
	assert_int_equal(b.computed_score.value, 501);
	assert_int_equal(b.totalpages_source, OOM_TOTALPAGES_HOST);
	assert_int_equal(b.victim_rank.value, 1);
	/* 2 * 1999 would not do, 19 * 1999 is 37981 against a lead of 42280 */
	assert_int_equal(b.adj_to_spare_victim.value, -22);
	assert_int_equal(b.rival_task.value, 1);
	assert_int_equal(b.adj_to_choose_rival.value, 32);
}

/* The score tells whether the chosen process had CAP_SYS_ADMIN, whatever its uid. */
static void test_score_decides_bonus(void **state)
{
	struct oom_report *r = sample();
	struct oom_badness b;

	sample_kernel(r, 3, 10, COLUMNS_3_8);
	ram(r, 1000000);
	sample_task(r, 10, "setcap", 500000, 0);
	chosen(r, 10, 470);
	b = rank(r);
	assert_int_equal(b.computed_score.value, 470);
	/* root in a container, without the capability */
	r->task[0].uid = 0;
	r->choice.score = opt_i64_of(500);
	b = rank(r);
	assert_int_equal(b.computed_score.value, 500);
	/* neither: what the table says is not bent */
	r->choice.score = opt_i64_of(444);
	b = rank(r);
	assert_int_equal(b.computed_score.value, 470);
	assert_int_equal(b.printed_score.value, 444);
	assert_int_equal(b.totalpages_source, OOM_TOTALPAGES_HOST);
}

static void test_root_3_percent(void **state)
{
	struct oom_report *r = sample();
	struct oom_badness b;

	sample_kernel(r, 4, 4, COLUMNS_4_0);
	ram(r, 2000000);
	sample_task(r, 10, "root", 10150, 0)->uid = 0; /* - 304 */
	r->task[0].nr_pmds = 7;			       /* 10157 * 3 / 100 = 304 */
	sample_task(r, 11, "user", 9853, 0);
	b = rank(r);
	assert_int_equal(b.rule, OOM_BADNESS_ROOT_3_PERCENT);
	assert_true(b.ranked[0].points == 9853 && b.ranked[0].task == 0);
	assert_true(b.ranked[1].points == 9853 && b.ranked[1].task == 1);
}

/* 4.17 has no less than 1, 5.9 goes below 0; page tables are bytes by then. */
static void test_plain_and_signed(void **state)
{
	struct oom_report *r = sample();
	struct oom_badness b;

	sample_kernel(r, 4, 19, COLUMNS_4_15);
	ram(r, 1000000);
	sample_task(r, 10, "low", 100, -500)->pgtables_bytes = 3 * 4096 + 4095;
	b = rank(r);
	assert_int_equal(b.rule, OOM_BADNESS_PLAIN);
	assert_true(b.ranked[0].points == 1);
	r->version = (struct kernel_version){ 5, 9 };
	b = rank(r);
	assert_int_equal(b.rule, OOM_BADNESS_SIGNED);
	assert_true(b.ranked[0].points == 103 - 500 * 1000);
}

static void test_not_eligible(void **state)
{
	struct oom_report *r = sample();
	struct oom_badness b;

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	ram(r, 1000000);
	sample_task(r, 1, "init", 900000, 0);
	sample_task(r, 10, "protected", 800000, -1000);
	sample_task(r, 11, "small", 1000, 0);
	sample_victim(r, 11, "small", 4 * MIB);
	b = rank(r);
	assert_int_equal(b.ranked_count, 1);
	assert_int_equal(b.victim_rank.value, 1);
	assert_false(opt_is_known(b.rival_task));
	assert_false(b.adj_to_spare_victim.known == KNOWN);
	assert_int_equal(why(r), OOM_WHY_ONLY_ONE);
}

/* Equal points: the first up to 5.2, the last since. */
static void test_ties(void **state)
{
	struct oom_report *r = sample();

	sample_kernel(r, 4, 19, COLUMNS_4_15);
	ram(r, 1000000);
	for (int i = 0; i < 30; i++)
		sample_task(r, 10 + i, "twin", 500, 0);
	assert_int_equal(rank(r).ranked[0].task, 0);
	assert_int_equal(rank(r).ranked[23].task, 23);
	r->version = (struct kernel_version){ 5, 4 };
	assert_int_equal(rank(r).ranked[0].task, 29);
	assert_int_equal(rank(r).ranked[23].task, 6);
	sample_victim(r, 12, "twin", MIB);
	assert_int_equal(rank(r).victim_rank.value, 28);
	/* too low for the list: it takes the last place of it */
	assert_int_equal(rank(r).ranked[23].task, 2);
}

static void test_memcg_totalpages(void **state)
{
	struct oom_report *r = sample();
	struct oom_badness b;

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_memcg(r, "/a", 400, 0); /* 102400 pages, no swap */
	sample_task(r, 10, "x", 102000, 10);
	sample_victim(r, 10, "x", MIB);
	b = rank(r);
	assert_int_equal(b.totalpages_source, OOM_TOTALPAGES_MEMCG);
	assert_int_equal(b.totalpages.value, 102400);
	assert_true(b.ranked[0].points == 102000 + 10 * 102);
	/* v2: swap.max, but no more than there is */
	r->memcg.swap.limit_bytes = opt_u64_of(100 * MIB);
	assert_int_equal(rank(r).totalpages.value, 102400 + 25600);
	r->memory.swap_total_bytes = opt_u64_of(10 * MIB);
	assert_int_equal(rank(r).totalpages.value, 102400 + 2560);
	/* v1: memory and swap together */
	r->memcg.swap.limit_bytes = opt_u64_none(ABSENT);
	r->memory.swap_total_bytes = opt_u64_none(ABSENT);
	r->memcg.memsw.limit_bytes = opt_u64_of(500 * MIB);
	assert_int_equal(rank(r).totalpages.value, 500 * 256);
	/* no limit: the cgroup's is all */
	r->memcg.memsw.limit_bytes = opt_u64_of(UINT64_MAX);
	assert_int_equal(rank(r).totalpages.value, 102400);
	r->memcg.memory.limit_bytes = opt_u64_of(UINT64_MAX);
	assert_false(opt_is_known(rank(r).totalpages));
}

/* Whether a cgroup might swap is open: the printed score settles it, or gives the number. */
static void test_memcg_score(void **state)
{
	struct oom_report *r = sample();
	struct oom_badness b;

	sample_kernel(r, 4, 19, COLUMNS_4_15);
	sample_memcg(r, "/a", 400, 0);
	r->memcg.swap = (struct oom_charge){ 0 };
	r->memcg.memsw.limit_bytes = opt_u64_of(800 * MIB);
	sample_task(r, 10, "x", 102400, 0);
	chosen(r, 10, 1000);
	r->message = OOM_MESSAGE_MEMCG;
	b = rank(r);
	assert_int_equal(b.totalpages_source, OOM_TOTALPAGES_MEMCG);
	assert_int_equal(b.totalpages.value, 102400);
	r->choice.score = opt_i64_of(500);
	assert_int_equal(rank(r).totalpages.value, 204800);
	/* swap of 100 MiB that the text does not tell: 102400 * 1000 / 128000 = 800 */
	r->choice.score = opt_i64_of(800);
	b = rank(r);
	assert_int_equal(b.totalpages_source, OOM_TOTALPAGES_SCORE);
	assert_near((double)b.totalpages.value, 128000, 128);
	assert_int_equal(b.computed_score.value, 800);
}

static void test_nodes_totalpages(void **state)
{
	struct oom_report *r = sample();
	struct oom_badness b;

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	ram(r, 3000000);
	for (int node = 0; node < 3; node++)
		sample_zone(r, node, "Normal", 1000, 2000, 3000);
	r->constraint = OOM_CONSTRAINT_CPUSET;
	(void)snprintf(r->mems_allowed, sizeof(r->mems_allowed), "0,2");
	r->memory.swap_total_bytes = opt_u64_of(4096 * 1000);
	b = rank(r);
	assert_int_equal(b.totalpages_source, OOM_TOTALPAGES_NODES);
	assert_int_equal(b.totalpages.value, 2 * 262144 + 1000);
}

/* No totalpages, no score: who is first in size and in adj is first in any case. */
static void test_unknown_totalpages(void **state)
{
	struct oom_report *r = sample();

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_task(r, 10, "big", 5000, 900);
	sample_task(r, 11, "small", 4000, -900);
	sample_victim(r, 10, "big", MIB);
	assert_int_equal(rank(r).victim_rank.value, 1);
	r->task[1].oom_score_adj = 901;
	assert_false(opt_is_known(rank(r).victim_rank));
	assert_int_equal(why(r), OOM_WHY_UNKNOWN);
}

static void test_why(void **state)
{
	struct oom_report *r = sample();

	assert_int_equal(why(r), OOM_WHY_UNKNOWN);
	sample_kernel(r, 6, 1, COLUMNS_4_15);
	ram(r, 1000000);
	sample_victim(r, 10, "x", MIB);
	assert_int_equal(why(r), OOM_WHY_NO_TABLE);
	sample_task(r, 10, "x", 5000, 0);
	sample_task(r, 11, "y", 4000, 0);
	assert_int_equal(why(r), OOM_WHY_RANKED_FIRST);
	r->task[1].rss = 6000;
	assert_int_equal(why(r), OOM_WHY_NOT_FIRST);
	r->task[1].oom_score_adj = -500;
	assert_int_equal(why(r), OOM_WHY_OTHERS_PROTECTED);
	r->task[1].oom_score_adj = -1000;
	sample_task(r, 12, "z", 10, 0);
	assert_int_equal(why(r), OOM_WHY_OTHERS_PROTECTED);
	r->task[1].oom_score_adj = 0;
	r->task[0].oom_score_adj = 100;
	assert_int_equal(why(r), OOM_WHY_ADJ_RAISED);
	r->group_kill = true;
	assert_int_equal(why(r), OOM_WHY_GROUP);
	r->message = OOM_MESSAGE_ALLOCATING_TASK;
	assert_int_equal(why(r), OOM_WHY_ALLOCATING_TASK);
	r->message = OOM_MESSAGE_GLOBAL;
	r->group_kill = false;
	chosen(r, 11, 6);
	assert_int_equal(why(r), OOM_WHY_CHILD);
	assert_true(rank(r).children_considered);
}

/* Whatever the table says, the two what-ifs do what they promise. */
static void test_what_if_by_recomputation(void **state)
{
	uint32_t seed = 1;

	for (int round = 0; round < 300; round++) {
		struct oom_report *r = sample();
		struct oom_badness b;
		uint32_t victim;

		sample_kernel(r, round % 2 ? 5 : 3, 10, round % 2 ? COLUMNS_4_15 : COLUMNS_3_8);
		ram(r, 20000 + round * 777);
		for (int i = 0; i < 6; i++) {
			seed = seed * 1664525 + 1013904223;
			sample_task(r, 10 + i, "t", seed >> 18, (int)(seed >> 9) % 2000 - 999)
				->uid = seed & 1;
		}
		b = rank(r);
		victim = b.ranked[0].task;
		sample_victim(r, r->task[victim].pid, "t", MIB);
		b = rank(r);
		assert_int_equal(b.victim_rank.value, 1);
		assert_true(b.adj_to_spare_victim.known == KNOWN);
		if (b.adj_to_choose_rival.known == KNOWN) {
			uint32_t rival = (uint32_t)b.rival_task.value;
			int16_t was = r->task[rival].oom_score_adj;

			r->task[rival].oom_score_adj = (int16_t)b.adj_to_choose_rival.value;
			assert_int_equal(rank(r).ranked[0].task, rival);
			r->task[rival].oom_score_adj--;
			assert_int_equal(rank(r).ranked[0].task, victim);
			r->task[rival].oom_score_adj = was;
		}
		r->task[victim].oom_score_adj = (int16_t)b.adj_to_spare_victim.value;
		assert_int_not_equal(rank(r).ranked[0].task, victim);
		r->task[victim].oom_score_adj++;
		assert_int_equal(rank(r).ranked[0].task, victim);
	}
}

/* Numbers that no kernel prints: nothing overflows (the sanitizer watches), nothing is lost. */
static void test_hostile_numbers(void **state)
{
	static const int64_t values[] = { INT64_MIN, -1, 0, 1, INT64_MAX };
	static const uint32_t columns[] = { COLUMNS_2_6_36, COLUMNS_3_8, COLUMNS_4_0, COLUMNS_4_15,
					    COLUMNS_6_8 };

	for (size_t c = 0; c < ARRAY_SIZE(columns); c++) {
		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			struct oom_report *r = sample();
			struct oom_task *t;

			r->columns = columns[c];
			r->page_bytes = opt_u64_of((uint64_t)values[v]);
			ram(r, (uint64_t)values[v]);
			t = sample_task(r, values[v], "x", values[v], -999);
			t->swapents = t->nr_ptes = t->pgtables_bytes = values[v];
			sample_task(r, 5, "y", 5, 1000)->swapents = values[v];
			chosen(r, values[v], values[v]);
			sample_victim(r, values[v], "x", (uint64_t)values[v]);
			assert_true(rank(r).ranked_count >= 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_permille),
		cmocka_unit_test(test_root_30),
		cmocka_unit_test(test_score_decides_bonus),
		cmocka_unit_test(test_root_3_percent),
		cmocka_unit_test(test_plain_and_signed),
		cmocka_unit_test(test_not_eligible),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_memcg_totalpages),
		cmocka_unit_test(test_memcg_score),
		cmocka_unit_test(test_nodes_totalpages),
		cmocka_unit_test(test_unknown_totalpages),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_what_if_by_recomputation),
		cmocka_unit_test(test_hostile_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
