/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "judge/oom_format.h"

/*
 * Bytes counted in real reports, without prefixes and with CR LF: of Mem-Info up to the task table,
 * and of one row of the table less its name. Sources: the examples of OOMAnalyser (5.13), cadvisor
 * (3.13), linux-mm (a row, nodemask and two spaces: 4.10 to 4.14), out-of-memory (RHEL 6 and 8; the
 * latter has the formats of 5.4), linux-nfs (6.8, rows).
 */
static const struct {
	struct kernel_version kernel;
	uint32_t cpus, zones;
	uint64_t memory_mib;
	double mem_info_bytes; /* 0: not counted */
	double row_bytes;
} reports[] = {
	{ { 2, 6 }, 12, 3, 32768, 3817, 66 }, { { 3, 13 }, 1, 2, 1740, 1999, 71 },
	{ { 4, 14 }, 1, 1, 128, 0, 79 },      { { 5, 4 }, 4, 3, 6143, 2336, 74 },
	{ { 5, 13 }, 1, 2, 2047, 1908, 74 },  { { 6, 8 }, 1, 1, 128, 0, 102 },
	{ { 6, 16 }, 1, 1, 4096, 0, 102 },
};

static struct oom_report_shape shape_of(size_t i)
{
	return (struct oom_report_shape){
		.kernel = reports[i].kernel,
		.tasks = 100,
		.comm_bytes = 9,
		.cpus = reports[i].cpus,
		.nodes = 1,
		.zones = reports[i].zones,
		.memory_bytes = reports[i].memory_mib * MIB,
		.dump_tasks = true,
	};
}

static void test_real_reports(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
		struct oom_report_shape shape = shape_of(i);
		struct oom_report_size size, one_more;
		const struct interval *mem = &size.part[PART_MEM_INFO].bytes;
		double row;

		oom_report_size(&shape, &size);
		shape.tasks++;
		oom_report_size(&shape, &one_more);
		row = one_more.part[PART_TASK_TABLE].bytes.mid -
		      size.part[PART_TASK_TABLE].bytes.mid;
		assert_near(row - shape.comm_bytes, reports[i].row_bytes, 1e-6);
		if (reports[i].mem_info_bytes == 0)
			continue;
		assert_true(mem->low <= reports[i].mem_info_bytes);
		assert_true(mem->high >= reports[i].mem_info_bytes);
		assert_near(mem->mid / reports[i].mem_info_bytes, 1, 0.06);
	}
}

/* Every moment of every kernel has one format of each line, and no two. */
static void test_eras_do_not_overlap(void **state)
{
	static const struct kernel_version kernels[] = {
		{ 2, 6 },  { 3, 0 },  { 3, 8 },	 { 3, 18 }, { 4, 0 },  { 4, 6 }, { 4, 8 },
		{ 4, 14 }, { 4, 15 }, { 4, 19 }, { 5, 0 },  { 5, 1 },  { 5, 4 }, { 5, 10 },
		{ 6, 0 },  { 6, 1 },  { 6, 8 },	 { 6, 12 }, { 6, 18 }, { 7, 2 }, { 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		uint32_t row = 0, node = 0, zone = 0, invoked = 0, killed = 0;
		const uint32_t era =
			kernels[i].major ? ERA(kernels[i].major, kernels[i].minor) : UINT32_MAX;

		for (uint32_t j = 0; j < oom_format_count; j++) {
			const struct format_line *l = &oom_format[j];

			if (era < l->since || (l->before && era >= l->before))
				continue;
			row += l->repeat == REPEAT_TASK;
			node += strstr(l->text, "isolated(anon):") && l->repeat == REPEAT_NODE;
			zone += strstr(l->text, " free:%wkB") && l->repeat == REPEAT_ZONE;
			invoked += strstr(l->text, "invoked oom-killer") != NULL;
			killed += strstr(l->text, "Killed process") != NULL;
		}
		assert_int_equal(row, 1);
		assert_int_equal(node, era >= ERA(4, 8));
		assert_int_equal(zone, 1);
		assert_int_equal(invoked, 1);
		assert_int_equal(killed, 1);
	}
}

/* Nothing grows by itself: more of a thing is never a shorter report. */
static void test_monotonous(void **state)
{
	struct oom_report_shape shape = shape_of(3);
	struct oom_report_size base, more;

	oom_report_size(&shape, &base);
	assert_true(base.bytes.low <= base.bytes.mid && base.bytes.mid <= base.bytes.high);
	shape.zones++;
	oom_report_size(&shape, &more);
	assert_true(more.bytes.mid > base.bytes.mid);
	shape.nodes++;
	base = more;
	oom_report_size(&shape, &more);
	assert_true(more.bytes.mid > base.bytes.mid);
	shape.timestamps = true;
	base = more;
	oom_report_size(&shape, &more);
	assert_true(more.bytes.mid > base.bytes.mid);
	shape.caller = true;
	base = more;
	oom_report_size(&shape, &more);
	assert_true(more.bytes.mid > base.bytes.mid);
	shape.dump_tasks = false;
	oom_report_size(&shape, &more);
	assert_true(more.part[PART_TASK_TABLE].bytes.high == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_reports),
		cmocka_unit_test(test_eras_do_not_overlap),
		cmocka_unit_test(test_monotonous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
