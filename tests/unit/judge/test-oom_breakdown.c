/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "judge/oom_breakdown.h"
#include "oom_sample.h"

static struct oom_breakdown of(const struct oom_report *r)
{
	struct oom_breakdown b;

	oom_breakdown_of(r, &b);
	return b;
}

static uint64_t share(const struct oom_breakdown *b, enum oom_share s)
{
	assert_true(opt_is_known(b->share_bytes[s]));
	return b->share_bytes[s].value;
}

static void test_machine(void **state)
{
	struct oom_report *r = sample();
	struct oom_breakdown b;

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_machine(r, 1000, 800);
	sample_pages(r, OOM_SHMEM, 100);
	r->memory.hugepages_count = 1;
	r->memory.hugepages[0] = (struct oom_hugepages){ 0, 2 * MIB, 10, 4, 0 };
	b = of(r);
	assert_true(b.known && !b.partial && !b.of_memcg && !b.shares_exceed_total);
	assert_int_equal(b.total_bytes.value, 1000 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_PROCESSES), 700 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_SHMEM), 100 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_FILE), 16 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_HUGETLB), 20 * MIB);
	/* 1000 - 700 - 100 - 16 - 8 - 24 - 8 - 40 - 20 */
	assert_int_equal(share(&b, OOM_SHARE_UNACCOUNTED), 84 * MIB);
	assert_false(opt_is_known(b.share_bytes[OOM_SHARE_SOCK]));
}

/* The shares of a whole report are all there is: their sum is the total. */
static void test_shares_add_up(void **state)
{
	for (uint64_t anon = 0; anon <= 850; anon += 50) {
		struct oom_report *r = sample();
		struct oom_breakdown b;
		uint64_t sum = 0;

		sample_kernel(r, 6, 1, COLUMNS_4_15);
		sample_machine(r, 1000, anon);
		b = of(r);
		for (int i = 0; i < OOM_SHARE_COUNT; i++)
			sum += opt_is_known(b.share_bytes[i]) ? b.share_bytes[i].value : 0;
		assert_int_equal(sum, b.total_bytes.value);
	}
}

/* Locked shared memory is on the unevictable list, the rest of it on those of anonymous memory. */
static void test_locked_shmem(void **state)
{
	struct oom_report *r = sample();
	struct oom_breakdown b;

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_machine(r, 1000, 100);
	sample_pages(r, OOM_SHMEM, 400);
	sample_pages(r, OOM_UNEVICTABLE, 350);
	b = of(r);
	assert_int_equal(share(&b, OOM_SHARE_PROCESSES), 0);
	assert_int_equal(share(&b, OOM_SHARE_UNEVICTABLE_OTHER), 50 * MIB);
}

/* Locked memory is of the processes that the table says have it, and no more than is locked. */
static void test_locked_anon(void **state)
{
	struct oom_report *r = sample();
	struct oom_breakdown b;

	sample_kernel(r, 6, 8, COLUMNS_6_8);
	sample_machine(r, 1000, 50);
	sample_pages(r, OOM_UNEVICTABLE, 800);
	sample_task(r, 5, "locked", 820 * PAGES_PER_MIB, 0);
	b = of(r);
	assert_int_equal(share(&b, OOM_SHARE_PROCESSES), 820 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_UNEVICTABLE_OTHER), 30 * MIB);
	assert_false(b.sums_disagree);
	sample_zone(r, 0, "Normal", 1, 1, 1)->counters.value[OOM_MLOCKED] = opt_u64_of(700 * MIB);
	b = of(r);
	assert_int_equal(share(&b, OOM_SHARE_PROCESSES), 750 * MIB);
	/* without rss_anon the victim's line tells */
	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_victim(r, 5, "locked", 600 * MIB);
	b = of(r);
	assert_int_equal(share(&b, OOM_SHARE_PROCESSES), 600 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_UNEVICTABLE_OTHER), 250 * MIB);
}

/* v1 counts kernel memory in kmem, v2 in memory.stat; what has a share of its own is not twice in
 * it. */
static void test_memcg_kernel(void **state)
{
	struct oom_report *r = sample();
	struct oom_breakdown b;

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_memcg(r, "/x", 100, 0);
	r->memcg.cgroup[0].stat[OOM_MEMCG_ANON] = opt_u64_of(40 * MIB);
	assert_false(opt_is_known(of(r).share_bytes[OOM_SHARE_KERNEL_OTHER]));
	r->memcg.kmem.usage_bytes = opt_u64_of(55 * MIB);
	b = of(r);
	assert_int_equal(share(&b, OOM_SHARE_KERNEL_OTHER), 55 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_UNACCOUNTED), 5 * MIB);
	r->memcg.cgroup[0].stat[OOM_MEMCG_KERNEL] = opt_u64_of(50 * MIB);
	r->memcg.cgroup[0].stat[OOM_MEMCG_SLAB_UNRECLAIMABLE] = opt_u64_of(20 * MIB);
	b = of(r);
	assert_int_equal(share(&b, OOM_SHARE_KERNEL_OTHER), 30 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_UNACCOUNTED), 10 * MIB);
}

static void test_doubt(void **state)
{
	struct oom_report *r = sample();

	sample_kernel(r, 6, 8, COLUMNS_6_8);
	sample_machine(r, 1000, 1000);
	assert_true(of(r).shares_exceed_total);
	/* reserved printed as a negative number */
	r->memory.pages_reserved = opt_u64_of(4294965447);
	assert_false(opt_is_known(of(r).total_bytes));
	sample_zone(r, 0, "Normal", 1, 1, 1);
	assert_int_equal(of(r).total_bytes.value, GIB);
	/* the tasks explain 500 of 1000 */
	sample_task(r, 5, "x", 500 * PAGES_PER_MIB, 0);
	assert_true(of(r).sums_disagree);
	assert_int_equal(of(r).tasks_anon_bytes.value, 500 * MIB);
	r->cut_at_end = true; /* the table is not whole: no contradiction */
	assert_false(of(r).sums_disagree);
	r->cut_at_end = false;
	r->task[0].rss_anon = 940 * PAGES_PER_MIB; /* within 64 MiB */
	assert_false(of(r).sums_disagree);
}

static void test_partial(void **state)
{
	struct oom_report *r = sample();

	assert_false(of(r).known);
	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_machine(r, 1000, 500);
	r->memory.pages.value[OOM_FREE] = opt_u64_none(ABSENT);
	assert_true(of(r).partial);
	assert_false(opt_is_known(of(r).share_bytes[OOM_SHARE_UNACCOUNTED]));
	/* only the lines of nodes */
	memset(&r->memory.pages, 0, sizeof(r->memory.pages));
	r->memory.node_count = 2;
	r->memory.node[0].counters.value[OOM_ACTIVE_ANON] = opt_u64_of(3 * MIB);
	r->memory.node[1].counters.value[OOM_ACTIVE_ANON] = opt_u64_of(4 * MIB);
	assert_int_equal(of(r).share_bytes[OOM_SHARE_PROCESSES].value, 7 * MIB);
}

static void test_memcg(void **state)
{
	struct oom_report *r = sample();
	struct oom_breakdown b;

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	sample_memcg(r, "/x", 100, 30);
	r->memcg.cgroup[0].stat[OOM_MEMCG_SHMEM] = opt_u64_of(10 * MIB);
	b = of(r);
	assert_true(b.known && b.of_memcg && !b.partial);
	assert_int_equal(b.total_bytes.value, 100 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_PROCESSES), 70 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_FILE), 20 * MIB);
	assert_int_equal(share(&b, OOM_SHARE_FREE), 0);
	assert_int_equal(share(&b, OOM_SHARE_UNACCOUNTED), 0);
	/* a tree, a line each (up to 4.20) */
	r->memcg.cgroup_count = 2;
	r->memcg.cgroup[1].stat[OOM_MEMCG_ANON] = opt_u64_of(5 * MIB);
	b = of(r);
	assert_int_equal(share(&b, OOM_SHARE_PROCESSES), 75 * MIB);
	/* the record was cut: what is left over says nothing */
	r->memcg.stats_cut = true;
	assert_false(opt_is_known(of(r).share_bytes[OOM_SHARE_UNACCOUNTED]));
	r->memcg.memory.limit_bytes = opt_u64_of(UINT64_MAX);
	assert_false(opt_is_known(of(r).total_bytes));
}

static void test_memcg_v1_swap(void **state)
{
	struct oom_report *r = sample();
	struct oom_breakdown b;

	sample_kernel(r, 4, 4, COLUMNS_4_0);
	sample_memcg(r, "/x", 100, 0);
	r->memcg.swap = (struct oom_charge){ 0 };
	r->memcg.memsw = (struct oom_charge){ opt_u64_of(140 * MIB), opt_u64_of(150 * MIB) };
	b = of(r);
	assert_int_equal(b.swap_used_bytes.value, 40 * MIB);
	assert_int_equal(b.swap_total_bytes.value, 50 * MIB);
}

static void test_services(void **state)
{
	struct oom_report *r = sample();
	struct oom_breakdown b;

	sample_kernel(r, 6, 8, COLUMNS_6_8);
	for (int i = 0; i < 40; i++)
		sample_task(r, 100 + i, "worker", 256 * 4, 0)->swapents = 256;
	sample_task(r, 10, "database", 256 * 100, 0);
	for (int i = 0; i < 20; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "small%d", i);
		sample_task(r, 500 + i, name, i, 0);
	}
	b = of(r);
	assert_int_equal(b.service_count, OOM_SERVICES);
	assert_string_equal(b.service[0].comm, "worker");
	assert_int_equal(b.service[0].processes, 40);
	assert_int_equal(b.service[0].rss_bytes, 160 * MIB);
	assert_int_equal(b.service[0].swap_bytes, 40 * MIB);
	assert_true(b.service[0].anon_only);
	assert_string_equal(b.service[1].comm, "database");
	assert_string_equal(b.service[2].comm, "small19");
	assert_int_equal(b.tasks_of_largest_comm, 40);
	assert_string_equal(b.largest_comm, "worker");
	assert_int_equal(b.tasks_swap_bytes.value, 40 * MIB);
}

static void test_hostile(void **state)
{
	static const uint64_t values[] = { 0, 1, UINT64_MAX / 4096, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct oom_report *r = sample();

		r->columns = COLUMNS_6_8;
		r->page_bytes = opt_u64_of(values[i]);
		for (int c = 0; c < OOM_COUNTER_COUNT; c++)
			r->memory.pages.value[c] = opt_u64_of(values[i]);
		r->memory.pages_ram = opt_u64_of(values[i]);
		r->memory.pages_reserved = opt_u64_of(0);
		sample_task(r, 1, "x", INT64_MAX, 0);
		(void)of(r);
		r->constraint = OOM_CONSTRAINT_MEMCG;
		r->memcg.memory =
			(struct oom_charge){ opt_u64_of(values[i]), opt_u64_of(values[i]) };
		(void)of(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine),	      cmocka_unit_test(test_shares_add_up),
		cmocka_unit_test(test_locked_shmem),  cmocka_unit_test(test_locked_anon),
		cmocka_unit_test(test_memcg_kernel),  cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_partial),	      cmocka_unit_test(test_memcg),
		cmocka_unit_test(test_memcg_v1_swap), cmocka_unit_test(test_services),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
