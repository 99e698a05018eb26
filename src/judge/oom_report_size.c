/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_format.h"

const char *oom_part_name(enum oom_part part)
{
	static const char *const names[] = {
		[PART_HEADER] = "header",	  [PART_STACK] = "stack",
		[PART_MEM_INFO] = "mem_info",	  [PART_TASK_TABLE] = "task_table",
		[PART_CONSTRAINT] = "constraint", [PART_VERDICT] = "verdict",
	};

	_Static_assert(ARRAY_SIZE(names) == PART_COUNT, "a name for every part");
	return names[part];
}

/*
 * Levels of the records, the same in every kernel from 2.6.32 to 7.x: pr_warn and bare printk
 * (CONFIG_MESSAGE_LOGLEVEL_DEFAULT, 4) 4, pr_info 6, pr_err 3. But for the lines about huge pages,
 * one or two a node: level 6 before hugetlb_show_meminfo_node() of 6.0. They are counted as 4.
 */
static const uint32_t part_level[] = {
	[PART_HEADER] = 4,     [PART_STACK] = 4,      [PART_MEM_INFO] = 4,
	[PART_TASK_TABLE] = 6, [PART_CONSTRAINT] = 6, [PART_VERDICT] = 3,
};

/* The newest format when the kernel is not known. */
static uint32_t era_of(struct kernel_version kernel)
{
	return kernel.major ? ERA(kernel.major, MIN(kernel.minor, 999u)) : UINT32_MAX;
}

static double repeats_of(uint32_t repeat, const struct oom_report_shape *shape)
{
	switch (repeat) {
	case REPEAT_NODE:
		return shape->nodes;
	case REPEAT_ZONE:
		return shape->zones;
	case REPEAT_ZONE_CPU:
		return (double)shape->zones * shape->cpus;
	case REPEAT_TASK:
		return shape->tasks;
	default:
		return 1;
	}
}

static void add_scaled(struct interval *sum, struct interval add, double low, double mid,
		       double high)
{
	sum->known = true;
	sum->low += add.low * low;
	sum->mid += add.mid * mid;
	sum->high += add.high * high;
}

static void add_line(struct oom_part_size *part, const struct format_line *line,
		     const struct oom_report_shape *shape)
{
	const double n = repeats_of(line->repeat, shape);
	const bool likely = line->presence != PRESENCE_RARE;

	add_scaled(&part->bytes, oom_format_bytes(line->text, shape),
		   line->presence == PRESENCE_ALWAYS ? n : 0, likely ? n : 0, n);
	if (likely)
		part->lines += (uint32_t)(n * oom_format_lines(line->text));
}

static void add_stack(struct oom_part_size *part, uint32_t era,
		      const struct oom_report_shape *shape)
{
	const struct format_stack *stack = oom_format_stack(era, shape->invoker);
	const double around = oom_format_prefix(shape) + 2.0;

	add_scaled(&part->bytes, stack->text_bytes, 1, 1, 1);
	add_scaled(&part->bytes, stack->lines, around, around, around);
	part->lines = (uint32_t)stack->lines.mid;
}

void oom_report_size(const struct oom_report_shape *shape, struct oom_report_size *ret)
{
	const uint32_t era = era_of(shape->kernel);

	*ret = (struct oom_report_size){ .bytes.known = true };
	for (uint32_t i = 0; i < PART_COUNT; i++) {
		ret->part[i].bytes.known = true;
		ret->part[i].level = part_level[i];
	}
	for (uint32_t i = 0; i < oom_format_count; i++) {
		const struct format_line *line = &oom_format[i];

		if (era < line->since || (line->before && era >= line->before) ||
		    (line->part == PART_TASK_TABLE && !shape->dump_tasks))
			continue;
		add_line(&ret->part[line->part], line, shape);
	}
	add_stack(&ret->part[PART_STACK], era, shape);
	for (uint32_t i = 0; i < PART_COUNT; i++)
		add_scaled(&ret->bytes, ret->part[i].bytes, 1, 1, 1);
}

struct interval oom_report_console_bytes(const struct oom_report_size *size, uint64_t loglevel)
{
	struct interval sum = { .known = true };

	for (uint32_t i = 0; i < PART_COUNT; i++)
		if (size->part[i].level < loglevel)
			add_scaled(&sum, size->part[i].bytes, 1, 1, 1);
	return sum;
}

struct interval oom_report_task_table_bytes(const struct oom_report_size *size, uint64_t loglevel)
{
	const struct oom_part_size *table = &size->part[PART_TASK_TABLE];

	return table->level < loglevel ? table->bytes : (struct interval){ .known = true };
}
