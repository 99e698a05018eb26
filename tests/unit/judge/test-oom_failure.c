/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "judge/oom_failure.h"
#include "oom_sample.h"

#define USER 0x100cca /* GFP_HIGHUSER_MOVABLE of 5.1 */
#define KERNEL 0xcc0  /* GFP_KERNEL */
#define DMA32_ 0xcc4  /* GFP_KERNEL|GFP_DMA32 */

static struct oom_failure of(const struct oom_report *r)
{
	struct oom_failure f;

	oom_failure_of(r, &f);
	return f;
}

static struct oom_report *request(uint64_t gfp, int64_t order)
{
	struct oom_report *r = sample();

	sample_kernel(r, 6, 1, COLUMNS_4_15);
	r->trigger.gfp_mask = opt_u64_of(gfp);
	r->trigger.order = opt_i64_of(order);
	return r;
}

static void reserve(struct oom_zone *z, uint64_t dma32, uint64_t normal)
{
	z->reserve_count = 5; /* DMA DMA32 Normal Movable Device */
	z->lowmem_reserve_pages[1] = dma32;
	z->lowmem_reserve_pages[2] = normal;
	z->lowmem_reserve_pages[3] = normal;
	z->lowmem_reserve_pages[4] = normal;
}

static void test_watermark(void **state)
{
	struct oom_report *r = request(USER, 0);
	struct oom_failure f;

	reserve(sample_zone(r, 0, "DMA", 11000, 100, 200), 500, 7000); /* 7000 pages: 28000 kB */
	reserve(sample_zone(r, 0, "DMA32", 20000, 4000, 8000), 0, 5000);
	sample_zone(r, 0, "Normal", 3999, 4000, 8000)->counters.value[OOM_PRESENT] =
		opt_u64_of(8 * GIB);
	f = of(r);
	assert_int_equal(f.kind, OOM_FAILURE_WATERMARK);
	assert_int_equal(f.zone, 2);
	assert_int_equal(f.free_bytes.value, 3999 * KIB);
	assert_int_equal(f.min_bytes.value, 4000 * KIB);
	assert_int_equal(f.mark_bytes.value, 4000 * KIB);
	assert_false(f.high_mark);
	assert_false(opt_is_known(f.free_elsewhere_bytes));
	/* Between min and high the kernel's last attempt fails too; above, it is a late print. */
	r->memory.zone[2].counters.value[OOM_FREE] = opt_u64_of(8000 * KIB);
	f = of(r);
	assert_int_equal(f.kind, OOM_FAILURE_WATERMARK);
	assert_true(f.high_mark && !f.reserve);
	assert_int_equal(f.mark_bytes.value, 8000 * KIB);
	r->memory.zone[2].counters.value[OOM_FREE] = opt_u64_of(8001 * KIB);
	assert_int_equal(of(r).kind, OOM_FAILURE_FREE_NOW);
}

/* The reserve of a low zone counts for those that could take a higher one. */
static void test_lowmem_reserve(void **state)
{
	struct oom_report *r = request(DMA32_, 0);

	reserve(sample_zone(r, 0, "DMA32", 20000, 4000, 8000), 0, 5000);
	sample_zone(r, 0, "Normal", 100, 4000, 8000);
	assert_int_equal(of(r).kind, OOM_FAILURE_FREE_NOW);
	r->trigger.gfp_mask = opt_u64_of(KERNEL);
	assert_int_equal(of(r).kind, OOM_FAILURE_WATERMARK);
	assert_true(of(r).reserve);
	assert_int_equal(of(r).mark_bytes.value, 24000 * KIB);
}

static void test_zone(void **state)
{
	struct oom_report *r = request(DMA32_, 0);
	struct oom_failure f;

	sample_zone(r, 0, "DMA32", 100, 4000, 8000);
	sample_zone(r, 0, "Normal", 900000, 4000, 8000);
	f = of(r);
	assert_int_equal(f.kind, OOM_FAILURE_ZONE);
	assert_int_equal(f.free_elsewhere_bytes.value, 900000 * KIB);
	/* 32-bit: HighMem is not for the kernel's own requests */
	r = request(KERNEL, 0);
	sample_zone(r, 0, "Normal", 100, 4000, 8000);
	sample_zone(r, 0, "HighMem", 500000, 400, 800);
	assert_int_equal(of(r).kind, OOM_FAILURE_ZONE);
	r->trigger.gfp_mask = opt_u64_of(USER);
	assert_int_equal(of(r).kind, OOM_FAILURE_FREE_NOW);
}

static void test_cma(void **state)
{
	struct oom_report *r = request(KERNEL, 0);
	struct oom_failure f;

	sample_zone(r, 0, "Normal", 300000, 4000, 8000)->counters.value[OOM_FREE_CMA] =
		opt_u64_of(298000 * KIB);
	f = of(r);
	assert_int_equal(f.kind, OOM_FAILURE_CMA);
	assert_int_equal(f.free_bytes.value, 2000 * KIB);
	r->trigger.gfp_mask = opt_u64_of(USER);
	assert_int_equal(of(r).kind, OOM_FAILURE_FREE_NOW);
}

/* Reserved for atomic requests: all of the reserve up to 6.12, its free pages since. */
static void test_highatomic(void **state)
{
	struct oom_report *r = request(USER, 0);
	struct oom_zone *z = sample_zone(r, 0, "Normal", 1482936, 410416, 1068392);

	z->counters.value[OOM_RESERVED_HIGHATOMIC] = opt_u64_of(1073152 * KIB);
	assert_int_equal(of(r).kind, OOM_FAILURE_WATERMARK);
	assert_int_equal(of(r).free_bytes.value, (1482936 - 1073152) * KIB);
	z->counters.value[OOM_FREE_HIGHATOMIC] = opt_u64_of(0);
	assert_int_equal(of(r).kind, OOM_FAILURE_FREE_NOW);
}

static struct oom_zone *fragmented(struct oom_report *r)
{
	struct oom_zone *z = sample_zone(r, 0, "Normal", 40000, 4000, 8000);

	z->buddy.known = true;
	z->buddy.orders = 11;
	z->buddy.blocks[0] = 10000;
	return z;
}

static void test_fragmentation(void **state)
{
	struct oom_report *r = request(KERNEL, 2);
	struct oom_zone *z = fragmented(r);

	assert_int_equal(of(r).kind, OOM_FAILURE_FRAGMENTATION);
	assert_int_equal(of(r).zone, 0);
	/* a block for CMA, one kept for atomic requests: not for this one */
	z->buddy.blocks[5] = 1;
	(void)snprintf(z->buddy.types[5], sizeof(z->buddy.types[5]), "C");
	z->buddy.blocks[6] = 1;
	(void)snprintf(z->buddy.types[6], sizeof(z->buddy.types[6]), "HI");
	assert_int_equal(of(r).kind, OOM_FAILURE_FRAGMENTATION);
	(void)snprintf(z->buddy.types[5], sizeof(z->buddy.types[5]), "UC");
	assert_int_equal(of(r).kind, OOM_FAILURE_FREE_NOW);
	/* below the mark it is want of memory, whatever the blocks */
	z->buddy.blocks[5] = z->buddy.blocks[6] = 0;
	z->counters.value[OOM_FREE] = opt_u64_of(4012 * KIB); /* less 3 pages: the mark */
	assert_int_equal(of(r).kind, OOM_FAILURE_WATERMARK);
	z->counters.value[OOM_FREE] = opt_u64_of(4016 * KIB);
	assert_int_equal(of(r).kind, OOM_FAILURE_FRAGMENTATION);
	/* free lists not in the text: nothing is said of them */
	z->buddy.known = false;
	assert_int_equal(of(r).kind, OOM_FAILURE_WATERMARK);
}

static void test_nodes(void **state)
{
	struct oom_report *r = request(USER, 0);
	struct oom_failure f;

	sample_zone(r, 0, "Normal", 100, 4000, 8000);
	sample_zone(r, 1, "Normal", 700000, 4000, 8000);
	r->constraint = OOM_CONSTRAINT_CPUSET;
	(void)snprintf(r->mems_allowed, sizeof(r->mems_allowed), "0");
	f = of(r);
	assert_int_equal(f.kind, OOM_FAILURE_CPUSET);
	assert_int_equal(f.free_elsewhere_bytes.value, 700000 * KIB);
	r->constraint = OOM_CONSTRAINT_MEMPOLICY;
	(void)snprintf(r->trigger.nodemask, sizeof(r->trigger.nodemask), "0,2-3");
	assert_int_equal(of(r).kind, OOM_FAILURE_MEMPOLICY);
	r->memory.zone_count = 0;
	assert_int_equal(of(r).kind, OOM_FAILURE_MEMPOLICY);
}

static void test_without_zones(void **state)
{
	struct oom_report *r = sample();

	assert_int_equal(of(r).kind, OOM_FAILURE_UNKNOWN);
	assert_int_equal(of(r).zone, UINT32_MAX);
	r->trigger.gfp_mask = opt_u64_of(0);
	assert_int_equal(of(r).kind, OOM_FAILURE_PAGE_FAULT);
	r->trigger.order = opt_i64_of(-1);
	assert_int_equal(of(r).kind, OOM_FAILURE_MANUAL);
	r = request(USER, 0);
	sample_memcg(r, "/a", 100, 0);
	assert_int_equal(of(r).kind, OOM_FAILURE_LIMIT);
	assert_int_equal(of(r).limit_bytes.value, 100 * MIB);
	r->memcg.memory.limit_bytes = opt_u64_of(UINT64_MAX);
	assert_false(opt_is_known(of(r).limit_bytes));
}

static void test_swap(void **state)
{
	struct oom_report *r = sample();

	assert_false(of(r).no_swap || of(r).swap_full);
	r->memory.swap_total_bytes = opt_u64_of(GIB);
	assert_false(of(r).no_swap || of(r).swap_full);
	r->memory.swap_free_bytes = opt_u64_of(GIB / 100);
	assert_true(of(r).swap_full);
	r->memory.swap_total_bytes = r->memory.swap_free_bytes = opt_u64_of(0);
	assert_true(of(r).no_swap && !of(r).swap_full);
	sample_memcg(r, "/a", 100, 0);
	assert_true(of(r).no_swap);
	r->memcg.swap.limit_bytes = r->memcg.swap.usage_bytes = opt_u64_of(GIB);
	assert_true(of(r).swap_full && !of(r).no_swap);
	r->memcg.swap = (struct oom_charge){ 0 };
	r->memcg.memsw.limit_bytes = opt_u64_of(100 * MIB);
	assert_true(of(r).no_swap);
}

static void test_hostile(void **state)
{
	static const uint64_t values[] = { 0, 1, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		for (int64_t order = 0; order < 3; order++) {
			struct oom_report *r = request(values[i], order * (INT64_MAX / 2));
			struct oom_zone *z = sample_zone(r, -5, "", 1, 1, 1);

			r->page_bytes = opt_u64_of(values[i]);
			for (int c = 0; c < OOM_COUNTER_COUNT; c++)
				z->counters.value[c] = opt_u64_of(values[i]);
			z->reserve_count = 99;
			z->buddy.known = true;
			z->buddy.orders = 99;
			memset(z->buddy.types, 'C', sizeof(z->buddy.types));
			memset(z->buddy.blocks, 1, sizeof(z->buddy.blocks));
			(void)of(r);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watermark),  cmocka_unit_test(test_lowmem_reserve),
		cmocka_unit_test(test_zone),	   cmocka_unit_test(test_cma),
		cmocka_unit_test(test_highatomic), cmocka_unit_test(test_fragmentation),
		cmocka_unit_test(test_nodes),	   cmocka_unit_test(test_without_zones),
		cmocka_unit_test(test_swap),	   cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
