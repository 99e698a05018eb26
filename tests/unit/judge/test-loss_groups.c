/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "judge/loss_groups.h"
#include "reach_sample.h"

#define LIBRARY UINT64_C(0x7f0000100000)
#define CODE UINT64_C(0x7f0000200000)

/* A library's data, its code, and memory of the program's own. */
static char library_path[] = "/usr/lib/libx.so.1", no_path[] = "";
static struct mapping mappings[] = {
	{ .start = LIBRARY, .end = LIBRARY + 0x10000, .flags = MAPPING_READ, .path = library_path },
	{ .start = CODE,
	  .end = CODE + 0x10000,
	  .flags = MAPPING_READ | MAPPING_EXEC,
	  .path = library_path },
	{ .start = UINT64_C(0x7f0000300000),
	  .end = UINT64_C(0x7f0000400000),
	  .flags = MAPPING_READ | MAPPING_WRITE,
	  .path = no_path },
};
static const struct memory_image image = { .mapping = mappings, .mappings = ARRAY_SIZE(mappings) };

/* Two vtables of one class, one of another. */
static bool type_name(void *context, uint64_t vtable, char *buf, uint32_t size)
{
	uint32_t *asked = context;

	if (asked)
		++*asked;
	if (vtable != LIBRARY && vtable != LIBRARY + 0x100 && vtable != LIBRARY + 0x200)
		return false;
	(void)snprintf(buf, size, "%s", vtable == LIBRARY + 0x200 ? "net::Buffer" : "net::Session");
	return true;
}

static const struct reach_options plain;

static void group(struct sample *s, const struct loss_group_options *o, struct leak_report *report)
{
	sample_judge(s, &plain);
	reach_totals(s->reach, report->total);
	assert_int_equal(loss_groups(&image, &s->heap, &s->roots, s->reach, o, report), 0);
}

struct shape_row {
	int size;
	uint64_t word[10];
	const char *shape;
};

/* Words below SAMPLE_START + 0x1000 are offsets into the heap: 0x20 is block 1, 0x40 a free chunk.
 */
static void test_shapes(void **test)
{
	const uint64_t hello = UINT64_C(0x6f77206f6c6c6568), end = UINT64_C(0x646c72);
	const struct shape_row rows[] = {
		{ 24, { 0, 0, 0 }, "000" },
		{ 24, { SAMPLE_START + 32, SAMPLE_START + 40, SAMPLE_START + 64 }, "ppf" },
		{ 24, { SAMPLE_START + 56, SAMPLE_START - 8, 1 }, "fnn" },
		{ 24, { CODE + 1, LIBRARY, mappings[2].start }, "xdd" },
		{ 24, { 65, 0x4241, UINT64_MAX }, "nnn" },
		{ 104, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, "nnnnnnnn" },
		/* A text with what was there before it, one without. */
		{ 40, { hello, end, SAMPLE_START, 7, 9 }, "t" },
		{ 24, { UINT64_C(0x4100313233343536), 7, 9 }, "nnn" },
		{ 24, { 0x333231, 0, 0 }, "t" },
		{ 104, { hello, hello, hello, hello, hello, hello, hello, hello }, "t" },
		/* A name and then something. */
		{ 72, { hello, end, SAMPLE_START, 7, 0, 0, 0, 0 }, "ttpn0000" },
		{ 72, { 5, hello, UINT64_C(0x4200414141414141), 7, 0, 0, 0, 0 }, "nttn0000" },
	};
	const struct loss_group_options o = { .limit = 100 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct leak_report report = { 0 };
		struct sample s;
		bool found = false;

		sample_make(&s, (int[]){ 24, 24, -56, rows[i].size }, 4);
		for (uint32_t w = 0; w < (uint32_t)rows[i].size / 8 && w < 10; w++)
			sample_set(&s, 3, w, rows[i].word[w]);
		group(&s, &o, &report);
		for (uint32_t g = 0; g < report.groups; g++)
			if (report.group[g].address[0] == s.address[3]) {
				assert_string_equal(report.group[g].shape, rows[i].shape);
				found = true;
			}
		assert_true(found || strcmp(rows[i].shape, "000") == 0);
		leak_report_release(&report);
		sample_release(&s);
	}
}

static void test_blocks_of_one_type_are_one_group(void **test)
{
	uint32_t asked = 0;
	const struct loss_group_options o = { .limit = 100,
					      .type_name = type_name,
					      .context = &asked };
	struct leak_report report = { 0 };
	struct sample s;

	sample_make(&s, (int[]){ 40, 40, 40, 40, 40, 56 }, 6);
	for (uint32_t i = 0; i < 4; i++)
		sample_set(&s, i, 2, i * 77); /* other shapes */
	sample_set(&s, 0, 0, LIBRARY);
	sample_set(&s, 1, 0, LIBRARY + 0x100);
	sample_set(&s, 2, 0, LIBRARY + 0x200);
	sample_set(&s, 3, 0, LIBRARY + 0x300); /* no vtable, but the second is one */
	sample_set(&s, 3, 1, LIBRARY);
	sample_set(&s, 4, 0, LIBRARY);
	sample_set(&s, 5, 0, LIBRARY); /* another size */
	group(&s, &o, &report);
	assert_int_equal(report.groups, 3);
	assert_string_equal(report.group[0].type, "net::Session");
	assert_int_equal(report.group[0].loss.blocks, 4);
	assert_int_equal(report.group[0].loss.bytes, 160);
	assert_int_equal(report.group[0].vtable, LIBRARY);
	assert_int_equal(report.group[0].addresses, 4);
	assert_int_equal(report.group[0].address[2], s.address[3]);
	assert_string_equal(report.group[1].type, "net::Session");
	assert_int_equal(report.group[1].size, 56);
	assert_string_equal(report.group[2].type, "net::Buffer");
	assert_int_equal(asked, 4); /* once for each address */
	leak_report_release(&report);
	sample_release(&s);
}

/* Definite by what it holds, possible, indirect, and reachable when asked for. */
static void test_the_order_and_the_limit(void **test)
{
	struct loss_group_options o = { .limit = 100 };
	struct leak_report report = { 0 };
	struct sample s;

	sample_make(&s, (int[]){ 104, 24, 120, 1000, 40 }, 5);
	sample_set(&s, 1, 0, s.address[2]); /* 24 leads to 120 */
	s.root[0] = s.address[3] + 8;
	s.root[1] = s.address[4];
	group(&s, &o, &report);
	sample_expect(&s, "DDIPR");
	assert_int_equal(report.groups, 4);
	assert_int_equal(report.group[0].size, 24);
	assert_int_equal(report.group[0].indirect.bytes, 120);
	assert_int_equal(report.group[0].indirect.blocks, 1);
	assert_int_equal(report.group[1].size, 104);
	assert_int_equal(report.group[2].class, LOSS_POSSIBLE);
	assert_int_equal(report.group[3].class, LOSS_INDIRECT);
	assert_int_equal(report.groups_left_out, 0);
	o.reachable = true;
	o.limit = 1;
	group(&s, &o, &report);
	assert_int_equal(report.groups, 1);
	assert_int_equal(report.groups_left_out, 4);
	leak_report_release(&report);
	sample_release(&s);
}

static void test_contents_only_when_asked(void **test)
{
	struct loss_group_options o = { .limit = 1 };
	struct leak_report report = { 0 };
	struct sample s;

	sample_make(&s, (int[]){ 104 }, 1);
	memcpy(s.copy, "GET /index", 11);
	group(&s, &o, &report);
	assert_int_equal(report.group[0].sample_bytes, 0);
	o.contents = true;
	group(&s, &o, &report);
	assert_int_equal(report.group[0].sample_bytes, 64);
	assert_true(report.group[0].sample_is_text);
	assert_memory_equal(report.group[0].sample, "GET /index", 11);
	memcpy(s.copy, "GE\0", 3);
	group(&s, &o, &report);
	assert_false(report.group[0].sample_is_text);
	leak_report_release(&report);
	sample_release(&s);
}

static const struct loss_group *of_size(const struct leak_report *r, uint64_t size)
{
	for (uint32_t i = 0; i < r->groups; i++)
		if (r->group[i].size == size)
			return &r->group[i];
	fail_msg("no group of size %lu", size);
	return NULL;
}

static void test_where_a_pointer_was_last_seen(void **test)
{
	const struct loss_group_options o = { .limit = 100 };
	uint64_t stack[3] = { 1, 2, 3 };
	struct leak_report report = { 0 };
	const struct loss_group *g;
	struct sample s;

	/*                      0   1   2    3    4   5   6   7    8 */
	sample_make(&s, (int[]){ 24, 24, 24, -72, 40, 56, 88, 104, 136 }, 9);
	sample_set(&s, 3, 2, s.address[0]); /* freed memory */
	sample_set(&s, 3, 8, s.address[1]);
	stack[1] = s.address[2]; /* fewer of the group */
	stack[2] = s.address[4];
	sample_set(&s, 3, 5, s.address[4] + 8); /* inside: no holder */
	sample_set(&s, 5, 0, s.address[5]);	/* itself */
	sample_set(&s, 6, 0, s.address[7]);	/* a cycle of two */
	sample_set(&s, 7, 0, s.address[6]);
	s.root[0] = s.address[8] + 8;
	assert_int_equal(roots_add(&s.roots,
				   &(struct root_range){
					   .start = 0x9000,
					   .copy = (const uint8_t *)stack,
					   .bytes = sizeof(stack),
					   .kind = ROOT_DEAD_STACK,
				   }),
			 0);
	group(&s, &o, &report);
	sample_expect(&s, "DDD-DDDIP");
	g = of_size(&report, 24);
	assert_int_equal(g->holder, HOLDER_FREED);
	assert_int_equal(g->holder_blocks, 2);
	assert_int_equal(g->holder_size, 72);
	g = of_size(&report, 40);
	assert_int_equal(g->holder, HOLDER_DEAD_STACK);
	assert_int_equal(g->holder_size, 0);
	assert_int_equal(of_size(&report, 56)->holder, HOLDER_NONE);
	g = of_size(&report, 88);
	assert_int_equal(g->holder, HOLDER_LOST);
	assert_int_equal(g->holder_size, 104);
	assert_int_equal(of_size(&report, 136)->holder, HOLDER_NONE);
	leak_report_release(&report);
	sample_release(&s);
}

static bool is_of_104(void *context, const struct loss_group *g)
{
	return g->size == 104;
}

static void test_a_suppressed_group_takes_along_what_it_leads_to(void **test)
{
	const struct loss_group_options o = { .limit = UINT32_MAX };
	struct leak_report report = { 0 };
	struct sample s;

	sample_make(&s, (int[]){ 104, 24, 40, 56, 104 }, 5);
	sample_set(&s, 0, 0, s.address[1]);
	sample_set(&s, 2, 0, s.address[3]);
	s.root[0] = s.address[4] + 8;
	group(&s, &o, &report);
	sample_expect(&s, "DIDIP");
	for (int twice = 0; twice < 2; twice++) {
		loss_groups_suppress(&report, is_of_104, NULL);
		assert_int_equal(report.total[LOSS_SUPPRESSED].blocks, 3);
		assert_int_equal(report.total[LOSS_SUPPRESSED].bytes, 104 + 24 + 104);
		assert_int_equal(report.total[LOSS_DEFINITE].bytes, 40);
		assert_int_equal(report.total[LOSS_INDIRECT].bytes, 56);
		assert_int_equal(report.total[LOSS_POSSIBLE].blocks, 0);
	}
	assert_int_equal(report.groups, 5);
	loss_groups_limit(&report, 2);
	assert_int_equal(report.groups, 2);
	assert_int_equal(report.groups_left_out, 1);
	assert_int_equal(report.group[0].size, 40);
	assert_int_equal(report.group[1].size, 56);
	leak_report_release(&report);
	sample_release(&s);
}

static struct loss_group made(uint64_t size, const char *type, const char *shape, uint64_t blocks)
{
	struct loss_group g = { .size = size, .loss = { size * blocks, blocks } };

	(void)snprintf(g.type, sizeof(g.type), "%s", type);
	(void)snprintf(g.shape, sizeof(g.shape), "%s", shape);
	return g;
}

static void test_what_changed_since_an_earlier_scan(void **test)
{
	struct loss_group before[] = {
		made(24, "", "p0n", 10), made(24, "X", "p0n", 3), made(40, "", "nnnnn", 5),
		made(56, "", "t", 2),	 made(72, "", "t", 1),
	};
	struct loss_group now[] = {
		made(24, "", "p0n", 12),
		made(24, "X", "ppp", 3),
		made(40, "", "nnnnn", 4),
		made(56, "", "pn", 2),
	};
	struct leak_report report = { .group = now, .groups = ARRAY_SIZE(now) };
	static const struct {
		uint64_t size;
		enum group_change change;
		uint64_t before, now;
	} expected[] = {
		{ 56, CHANGE_NEW, 0, 2 },    { 24, CHANGE_GREW, 10, 12 }, { 24, CHANGE_SAME, 3, 3 },
		{ 40, CHANGE_SHRANK, 5, 4 }, { 72, CHANGE_GONE, 1, 1 },	  { 56, CHANGE_GONE, 2, 2 },
	};

	assert_int_equal(loss_groups_diff(&report, before, ARRAY_SIZE(before)), 0);
	assert_int_equal(report.diffs, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(report.diff[i].group.size, expected[i].size);
		assert_int_equal(report.diff[i].change, expected[i].change);
		assert_int_equal(report.diff[i].before.blocks, expected[i].before);
		assert_int_equal(report.diff[i].group.loss.blocks, expected[i].now);
	}
	assert_int_equal(loss_groups_diff(&report, NULL, 0), 0);
	assert_int_equal(report.diffs, ARRAY_SIZE(now));
	assert_int_equal(report.diff[0].change, CHANGE_NEW);
	free(report.diff);
}

#define MANY UINT64_C(200000)

/* Thousands of shapes: quadratic work would take minutes. */
static void test_many_blocks_of_many_shapes(void **test)
{
	static const char looks[] = "0nx";
	static const uint64_t words[] = { 0, 99, CODE };
	const struct loss_group_options o = { .limit = UINT32_MAX };
	uint64_t *copy = calloc(MANY, 80), blocks = 0;
	struct leak_report report = { 0 };
	struct sample s = { .heap = HEAP_NONE, .roots = ROOTS_NONE };
	struct heap_area *a;

	assert_non_null(copy);
	assert_int_equal(heap_add_area(&s.heap, SAMPLE_START, SAMPLE_START + MANY * 80 - 8,
				       (const uint8_t *)copy, 8, 0, &a),
			 0);
	for (uint64_t i = 0; i < MANY; i++) {
		heap_mark(a, SAMPLE_START + i * 80, true);
		for (uint64_t w = 0, n = i % 6561; w < 8; w++, n /= 3)
			copy[i * 10 + w] = words[n % 3];
	}
	assert_int_equal(heap_index(&s.heap), 0);
	group(&s, &o, &report);
	assert_int_equal(report.groups, 6561);
	for (uint32_t i = 0; i < report.groups; i++) {
		const uint64_t first = (report.group[i].address[0] - SAMPLE_START) / 80;

		assert_true(first < 6561);
		for (uint64_t w = 0, n = first; w < 8; w++, n /= 3)
			assert_int_equal(report.group[i].shape[w], looks[n % 3]);
		blocks += report.group[i].loss.blocks;
	}
	assert_int_equal(blocks, MANY);
	leak_report_release(&report);
	reach_free(s.reach);
	heap_release(&s.heap);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_blocks_of_one_type_are_one_group),
		cmocka_unit_test(test_the_order_and_the_limit),
		cmocka_unit_test(test_contents_only_when_asked),
		cmocka_unit_test(test_where_a_pointer_was_last_seen),
		cmocka_unit_test(test_a_suppressed_group_takes_along_what_it_leads_to),
		cmocka_unit_test(test_what_changed_since_an_earlier_scan),
		cmocka_unit_test(test_many_blocks_of_many_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
