/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of the kernel's global OOM report as a table: a row a line and era, in the notation
 * below, from the printk format strings of mm/oom_kill.c, mm/page_alloc.c (mm/show_mem.c since
 * 6.5), mm/swap_state.c, lib/dump_stack.c and mm/hugetlb.c. Checked against the kernels 2.6.32,
 * 3.13, 4.18 (RHEL 8), 5.13 and 6.8 in real reports (tests/unit/judge/test-oom_format.c).
 *
 * Text counts as it stands; '\n' begins another line with a prefix of its own. '%' and a letter is
 *a number or a word whose length the shape of the machine decides:
 *
 *	%0 a decimal that is nearly always 0	%1 one of one or two digits (cpu, node, order)
 *	%3 %5 %7 %8 %9 padded to so many		%w watermarks and what is free, in kB
 *	%m a large amount, in kB			%p the same in pages	%q a small amount in
 *pages %n name of the invoking task or victim	%t mean name of all tasks %i pid	%u uid	%g
 *gfp names	%x gfp number	%c path of a cgroup	%z name of a zone %r kernel release and
 *build	%h hardware name	%b what the free lists add
 */
#pragma once

#include <stdint.h>

#include "judge/console_cost.h"

enum format_repeat {
	REPEAT_ONCE = 0,
	REPEAT_NODE,
	REPEAT_ZONE,
	REPEAT_ZONE_CPU,
	REPEAT_TASK,
};

/* Which of the three sizes has the line: a kernel's configuration decides, or the hardware. */
enum format_presence {
	PRESENCE_ALWAYS = 0,
	PRESENCE_LIKELY, /* mid and high */
	PRESENCE_RARE,	 /* high only */
};

/* 6.12 -> 6012, 2.6.32 -> 2006. */
#define ERA(major, minor) ((major)*1000u + (minor))

struct format_line {
	uint16_t since, before; /* ERA; before 0: still so */
	uint8_t part;		/* enum oom_part */
	uint8_t repeat;		/* enum format_repeat */
	uint8_t presence;	/* enum format_presence */
	const char *text;
};

extern const struct format_line oom_format[];
extern const uint32_t oom_format_count;

/* The stack is measured, not computed: its calls differ from one allocation to the next. */
struct format_stack {
	uint16_t before;	    /* ERA; 0: the newest */
	struct interval lines;	    /* known */
	struct interval text_bytes; /* without prefix and line end */
};

const struct format_stack *oom_format_stack(uint32_t era, enum oom_invoker invoker);

/* Characters before every line: printk.time and CONFIG_PRINTK_CALLER. */
uint32_t oom_format_prefix(const struct oom_report_shape *shape) _nonnull_all_;

/* Bytes of one row's text printed once, line ends (CR LF) and prefixes included. */
struct interval oom_format_bytes(const char *text,
				 const struct oom_report_shape *shape) _nonnull_all_;
uint32_t oom_format_lines(const char *text) _nonnull_all_;
