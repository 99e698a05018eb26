/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "judge/headroom.h"

/*
 * The tree of the tests, in MiB:
 *
 *	/  (0)            no limit
 *	`-- top (1)       max 1000, usage 400, of which 100 reclaimable
 *	    `-- leaf (2)  per test
 */
struct world {
	struct cgroup node[3];
	struct process_table t;
	struct process p;
};

static struct opt_u64 mib(uint64_t n)
{
	return opt_u64_of(n * MIB);
}

static struct world *world(void)
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	for (uint32_t i = 0; i < 3; i++) {
		w.node[i].parent = i ? i - 1 : CGROUP_NONE;
		w.node[i].alive = w.node[i].hierarchical = true;
	}
	w.node[1].max_bytes = mib(1000);
	w.node[1].usage_bytes = mib(400);
	w.node[1].reclaimable_bytes = mib(100);
	w.t.cgroups = (struct cgroup_table){
		.version = CGROUP_V2, .node = w.node, .count = 3, .capacity = 3
	};
	w.t.host.meminfo = (struct meminfo){ .total_bytes = 8000 * MIB,
					     .free_bytes = 5000 * MIB,
					     .available_bytes = 6000 * MIB };
	w.p.cgroup = 2;
	return &w;
}

static void expect(const struct world *w, enum limit_kind kind, uint32_t cgroup, uint64_t left,
		   uint64_t capacity)
{
	struct headroom h = headroom_of(&w->p, &w->t);

	assert_int_equal(h.kind, kind);
	assert_true(h.cgroup == cgroup);
	assert_true(opt_is_known(h.bytes) && opt_is_known(h.capacity_bytes));
	assert_int_equal(h.bytes.value / MIB, left);
	assert_int_equal(h.capacity_bytes.value / MIB, capacity);
}

static void test_cgroup_binds(void **state)
{
	struct world *w = world();

	expect(w, LIMIT_CGROUP, 1, 700, 1000);
	/* a tighter leaf, its memory.high tighter still */
	w->node[2].max_bytes = mib(300);
	w->node[2].usage_bytes = mib(200);
	expect(w, LIMIT_CGROUP, 2, 100, 300);
	w->node[2].high_bytes = mib(250);
	expect(w, LIMIT_CGROUP, 2, 50, 250);
	/* usage unknown: does not count */
	w->node[2].usage_bytes = opt_u64_none(UNREADABLE);
	expect(w, LIMIT_CGROUP, 1, 700, 1000);
	w->p.cgroup = CGROUP_NONE;
	expect(w, LIMIT_HOST, CGROUP_NONE, 6000, 8000);
}

static void test_contradictions_give_zero(void **state)
{
	struct world *w = world();

	w->node[1].usage_bytes = mib(5000);
	expect(w, LIMIT_CGROUP, 1, 0, 1000);
	/* more reclaimable than used: nothing is needed, not less than nothing */
	w->node[1].usage_bytes = mib(50);
	expect(w, LIMIT_CGROUP, 1, 1000, 1000);
	w->p.fields = PROCESS_RLIMIT_AS | PROCESS_VM;
	w->p.rlimit_as_bytes = 10 * MIB;
	w->p.vm_bytes = 20 * MIB;
	expect(w, LIMIT_RLIMIT_AS, CGROUP_NONE, 0, 10);
}

static void test_swap(void **state)
{
	struct world *w = world();

	w->t.host.meminfo.swap_total_bytes = mib(900);
	w->t.host.meminfo.swap_free_bytes = mib(500);
	expect(w, LIMIT_CGROUP, 1, 1200, 1500);
	/* swap.max of the leaf bounds what can leave; unlimited swap.max does not */
	w->node[2].swap_max_bytes = mib(200);
	w->node[2].swap_usage_bytes = mib(50);
	w->node[1].swap_usage_bytes = mib(60);
	expect(w, LIMIT_CGROUP, 1, 850, 1210);
	w->node[2].swap_usage_bytes = mib(250);
	expect(w, LIMIT_CGROUP, 1, 700, 1060);
	/* above the limit, the rest in swap */
	w->node[2].swap_max_bytes = opt_u64_none(ABSENT);
	w->node[1].usage_bytes = mib(1300);
	expect(w, LIMIT_CGROUP, 1, 300, 1560);
	w->p.cgroup = CGROUP_NONE;
	expect(w, LIMIT_HOST, CGROUP_NONE, 6500, 8900);
}

static void test_v1_memsw(void **state)
{
	struct world *w = world();

	w->t.host.meminfo.swap_total_bytes = mib(900);
	w->t.host.meminfo.swap_free_bytes = mib(500);
	w->t.cgroups.version = CGROUP_V1;
	w->node[1].memsw_max_bytes = mib(1100);
	w->node[1].memsw_usage_bytes = mib(420);
	expect(w, LIMIT_CGROUP, 1, 780, 1100);
	/* without swap accounting the host's swap takes what the limit does not */
	w->node[1].memsw_max_bytes = w->node[1].memsw_usage_bytes = opt_u64_none(ABSENT);
	expect(w, LIMIT_CGROUP, 1, 1200, 1500);
	/* a parent without hierarchy does not bind its children */
	w->node[1].hierarchical = false;
	expect(w, LIMIT_HOST, CGROUP_NONE, 6500, 8900);
	w->p.cgroup = 1;
	expect(w, LIMIT_CGROUP, 1, 1200, 1500);
}

static void test_zram(void **state)
{
	struct world *w = world();

	w->p.cgroup = CGROUP_NONE;
	w->t.host.meminfo.swap_total_bytes = mib(4000);
	w->t.host.meminfo.swap_free_bytes = mib(3000);
	w->t.host.zram_size_bytes = mib(3000);
	w->t.host.zram_free_bytes = mib(2000);
	/* ratio unknown: only the disk counts */
	expect(w, LIMIT_HOST, CGROUP_NONE, 7000, 12000);
	/* 4:1: a page there costs a quarter of a page here */
	w->t.host.zram_data_bytes = mib(1000);
	w->t.host.zram_used_bytes = mib(250);
	expect(w, LIMIT_HOST, CGROUP_NONE, 8500, 12000);
	/* incompressible, with the allocator's waste: it gains nothing, and takes nothing away */
	w->t.host.zram_used_bytes = mib(1010);
	expect(w, LIMIT_HOST, CGROUP_NONE, 7000, 12000);
	/* says more free than SwapFree: read a moment apart */
	w->t.host.zram_free_bytes = mib(9000);
	w->t.host.zram_used_bytes = mib(500);
	expect(w, LIMIT_HOST, CGROUP_NONE, 7500, 12000);
}

static void test_arc(void **state)
{
	struct world *w = world();

	w->p.cgroup = CGROUP_NONE;
	w->t.host.arc_shrinkable_bytes = mib(1500);
	expect(w, LIMIT_HOST, CGROUP_NONE, 7500, 8000);
}

static void test_rlimits(void **state)
{
	struct world *w = world();

	w->p.vm_bytes = 300 * MIB;
	w->p.data_bytes = 100 * MIB;
	w->p.rlimit_as_bytes = 800 * MIB;
	w->p.rlimit_data_bytes = 500 * MIB;
	expect(w, LIMIT_CGROUP, 1, 700, 1000); /* no bit set: not known */
	w->p.fields = PROCESS_VM | PROCESS_RLIMIT_AS;
	expect(w, LIMIT_RLIMIT_AS, CGROUP_NONE, 500, 800);
	w->p.fields |= PROCESS_RLIMIT_DATA;
	expect(w, LIMIT_RLIMIT_DATA, CGROUP_NONE, 400, 500);
	w->p.fields &= ~(uint32_t)PROCESS_VM;
	expect(w, LIMIT_CGROUP, 1, 700, 1000);
}

static void test_nothing_known(void **state)
{
	struct world *w = world();
	struct headroom h;

	w->p.cgroup = CGROUP_NONE;
	w->t.host.meminfo = (struct meminfo){ 0 };
	h = headroom_of(&w->p, &w->t);
	assert_int_equal(h.kind, LIMIT_UNKNOWN);
	assert_false(opt_is_known(h.bytes));
	assert_false(opt_is_known(h.capacity_bytes));
	assert_true(h.cgroup == CGROUP_NONE);
}

/* Sums that do not fit stay at the top instead of wrapping to a small number. */
static void test_no_wrap(void **state)
{
	struct world *w = world();
	struct headroom h;

	w->t.host.meminfo.available_bytes = w->t.host.meminfo.total_bytes = UINT64_MAX;
	w->t.host.meminfo.swap_total_bytes = w->t.host.meminfo.swap_free_bytes =
		opt_u64_of(UINT64_MAX);
	w->node[1].max_bytes = opt_u64_of(UINT64_MAX - 1);
	h = headroom_of(&w->p, &w->t);
	assert_true(h.bytes.value > UINT64_MAX / 2);
}

/* Guard's own memory.high is a brake, not a limit; what it replaced is the limit. */
static void test_brake_is_no_limit(void **state)
{
	struct world *w = world();

	w->node[2].usage_bytes = mib(300);
	w->node[2].max_bytes = mib(500);
	w->node[2].high_bytes = w->node[2].brake_bytes = mib(310);
	expect(w, LIMIT_CGROUP, 2, 200, 500);
	assert_int_equal(headroom_of_cgroup(&w->t, 2).bytes.value / MIB, 200);
	w->node[2].unbraked_high_bytes = mib(400);
	expect(w, LIMIT_CGROUP, 2, 100, 400);
	/* Somebody else's value, written over the brake. */
	w->node[2].high_bytes = mib(320);
	expect(w, LIMIT_CGROUP, 2, 20, 320);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cgroup_binds),
		cmocka_unit_test(test_contradictions_give_zero),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_v1_memsw),
		cmocka_unit_test(test_zram),
		cmocka_unit_test(test_arc),
		cmocka_unit_test(test_rlimits),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_no_wrap),
		cmocka_unit_test(test_brake_is_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
