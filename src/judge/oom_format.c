/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_format.h"

#include <string.h>

#define ONCE REPEAT_ONCE, PRESENCE_ALWAYS
#define LIKELY REPEAT_ONCE, PRESENCE_LIKELY
#define RARE REPEAT_ONCE, PRESENCE_RARE
#define EACH(what) REPEAT_##what, PRESENCE_ALWAYS

const struct format_line oom_format[] = {
	/* dump_header(). The names of the gfp flags came with 4.6, the nodemask for some releases.
	 */
	{ 0, ERA(3, 7), PART_HEADER, ONCE,
	  "%n invoked oom-killer: gfp_mask=0x%x, order=%1, oom_adj=%0, oom_score_adj=%0" },
	{ ERA(3, 7), ERA(4, 6), PART_HEADER, ONCE,
	  "%n invoked oom-killer: gfp_mask=0x%x, order=%1, oom_score_adj=%0" },
	{ ERA(4, 6), ERA(4, 10), PART_HEADER, ONCE,
	  "%n invoked oom-killer: gfp_mask=0x%x(%g), order=%1, oom_score_adj=%0" },
	{ ERA(4, 10), ERA(4, 15), PART_HEADER, ONCE,
	  "%n invoked oom-killer: gfp_mask=0x%x(%g), nodemask=(null),  order=%1, "
	  "oom_score_adj=%0" },
	{ ERA(4, 15), ERA(5, 0), PART_HEADER, ONCE,
	  "%n invoked oom-killer: gfp_mask=0x%x(%g), nodemask=(null), order=%1, oom_score_adj=%0" },
	{ ERA(5, 0), 0, PART_HEADER, ONCE,
	  "%n invoked oom-killer: gfp_mask=0x%x(%g), order=%1, oom_score_adj=%0" },
	/* dump_stack_print_info(), lib/dump_stack.c */
	{ 0, ERA(3, 10), PART_HEADER, ONCE, "Pid: %i, comm: %n Not tainted %r" },
	{ ERA(3, 10), ERA(6, 11), PART_HEADER, ONCE, "CPU: %1 PID: %i Comm: %n Not tainted %r" },
	{ ERA(6, 11), ERA(6, 15), PART_HEADER, ONCE,
	  "CPU: %1 UID: %u PID: %i Comm: %n Not tainted %r" },
	{ ERA(6, 15), 0, PART_HEADER, ONCE,
	  "CPU: %1 UID: %u PID: %i Comm: %n Not tainted %r PREEMPT(lazy) " },
	{ ERA(3, 10), 0, PART_HEADER, ONCE, "Hardware name: %h" },

	/* show_free_areas() */
	{ 0, 0, PART_MEM_INFO, ONCE, "Mem-Info:" },
	{ 0, ERA(4, 1), PART_MEM_INFO, EACH(ZONE), "Node %1 %z per-cpu:" },
	{ 0, ERA(4, 1), PART_MEM_INFO, EACH(ZONE_CPU), "CPU %4: hi: %4, btch: %3 usd: %3" },
	{ 0, ERA(3, 7), PART_MEM_INFO, ONCE,
	  "active_anon:%p inactive_anon:%q isolated_anon:%0\n"
	  " active_file:%q inactive_file:%q isolated_file:%0\n"
	  " unevictable:%0 dirty:%0 writeback:%0 unstable:%0\n"
	  " free:%q slab_reclaimable:%q slab_unreclaimable:%q\n"
	  " mapped:%q shmem:%q pagetables:%q bounce:%0" },
	{ ERA(3, 7), ERA(4, 1), PART_MEM_INFO, ONCE,
	  "active_anon:%p inactive_anon:%q isolated_anon:%0\n"
	  " active_file:%q inactive_file:%q isolated_file:%0\n"
	  " unevictable:%0 dirty:%0 writeback:%0 unstable:%0\n"
	  " free:%q slab_reclaimable:%q slab_unreclaimable:%q\n"
	  " mapped:%q shmem:%q pagetables:%q bounce:%0\n"
	  " free_cma:%0" },
	{ ERA(4, 1), ERA(5, 8), PART_MEM_INFO, ONCE,
	  "active_anon:%p inactive_anon:%q isolated_anon:%0\n"
	  " active_file:%q inactive_file:%q isolated_file:%0\n"
	  " unevictable:%0 dirty:%0 writeback:%0 unstable:%0\n"
	  " slab_reclaimable:%q slab_unreclaimable:%q\n"
	  " mapped:%q shmem:%q pagetables:%q bounce:%0\n"
	  " free:%q free_pcp:%0 free_cma:%0" },
	{ ERA(5, 8), ERA(6, 0), PART_MEM_INFO, ONCE,
	  "active_anon:%q inactive_anon:%p isolated_anon:%0\n"
	  " active_file:%q inactive_file:%q isolated_file:%0\n"
	  " unevictable:%0 dirty:%0 writeback:%0\n"
	  " slab_reclaimable:%q slab_unreclaimable:%q\n"
	  " mapped:%q shmem:%q pagetables:%q bounce:%0\n"
	  " free:%q free_pcp:%0 free_cma:%0" },
	{ ERA(6, 0), 0, PART_MEM_INFO, ONCE,
	  "active_anon:%q inactive_anon:%p isolated_anon:%0\n"
	  " active_file:%q inactive_file:%q isolated_file:%0\n"
	  " unevictable:%0 dirty:%0 writeback:%0\n"
	  " slab_reclaimable:%q slab_unreclaimable:%q\n"
	  " mapped:%q shmem:%q pagetables:%q\n"
	  " sec_pagetables:%0 bounce:%0\n"
	  " kernel_misc_reclaimable:%0\n"
	  " free:%q free_pcp:%0 free_cma:%0" },
	/* One line a node since 4.8. */
	{ ERA(4, 8), ERA(5, 10), PART_MEM_INFO, EACH(NODE),
	  "Node %1 active_anon:%mkB inactive_anon:%wkB active_file:%qkB inactive_file:%qkB "
	  "unevictable:%0kB isolated(anon):%0kB isolated(file):%0kB mapped:%qkB dirty:%0kB "
	  "writeback:%0kB shmem:%qkB shmem_thp: %0kB shmem_pmdmapped: %0kB anon_thp: %0kB "
	  "writeback_tmp:%0kB unstable:%0kB all_unreclaimable? no" },
	{ ERA(5, 10), ERA(6, 0), PART_MEM_INFO, EACH(NODE),
	  "Node %1 active_anon:%wkB inactive_anon:%mkB active_file:%qkB inactive_file:%qkB "
	  "unevictable:%0kB isolated(anon):%0kB isolated(file):%0kB mapped:%qkB dirty:%0kB "
	  "writeback:%0kB shmem:%qkB shmem_thp: %0kB shmem_pmdmapped: %0kB anon_thp: %0kB "
	  "writeback_tmp:%0kB kernel_stack:%qkB pagetables:%qkB all_unreclaimable? no" },
	{ ERA(6, 0), ERA(6, 19), PART_MEM_INFO, EACH(NODE),
	  "Node %1 active_anon:%wkB inactive_anon:%mkB active_file:%qkB inactive_file:%qkB "
	  "unevictable:%0kB isolated(anon):%0kB isolated(file):%0kB mapped:%qkB dirty:%0kB "
	  "writeback:%0kB shmem:%qkB shmem_thp:%0kB shmem_pmdmapped:%0kB anon_thp:%0kB "
	  "writeback_tmp:%0kB kernel_stack:%qkB pagetables:%qkB sec_pagetables:%0kB "
	  "all_unreclaimable? no" },
	{ ERA(6, 19), 0, PART_MEM_INFO, EACH(NODE),
	  "Node %1 active_anon:%wkB inactive_anon:%mkB active_file:%qkB inactive_file:%qkB "
	  "unevictable:%0kB isolated(anon):%0kB isolated(file):%0kB mapped:%qkB dirty:%0kB "
	  "writeback:%0kB shmem:%qkB shmem_thp:%0kB shmem_pmdmapped:%0kB anon_thp:%0kB "
	  "writeback_tmp:%0kB kernel_stack:%qkB pagetables:%qkB sec_pagetables:%0kB "
	  "all_unreclaimable? no Balloon:%0kB gpu_active:%0kB gpu_reclaim:%0kB" },
	/* A line a zone. Until 4.7 it had what the node line has now. */
	{ 0, ERA(3, 7), PART_MEM_INFO, EACH(ZONE),
	  "Node %1 %z free:%wkB min:%wkB low:%wkB high:%wkB active_anon:%mkB inactive_anon:%wkB "
	  "active_file:%qkB inactive_file:%qkB unevictable:%0kB isolated(anon):%0kB "
	  "isolated(file):%0kB present:%mkB mlocked:%0kB dirty:%0kB writeback:%0kB mapped:%qkB "
	  "shmem:%0kB slab_reclaimable:%qkB slab_unreclaimable:%qkB kernel_stack:%qkB "
	  "pagetables:%qkB unstable:%0kB bounce:%0kB writeback_tmp:%0kB pages_scanned:%0 "
	  "all_unreclaimable? no" },
	{ ERA(3, 7), ERA(4, 1), PART_MEM_INFO, EACH(ZONE),
	  "Node %1 %z free:%wkB min:%wkB low:%wkB high:%wkB active_anon:%mkB inactive_anon:%qkB "
	  "active_file:%qkB inactive_file:%qkB unevictable:%0kB isolated(anon):%0kB "
	  "isolated(file):%0kB present:%mkB managed:%mkB mlocked:%0kB dirty:%0kB writeback:%0kB "
	  "mapped:%qkB shmem:%0kB slab_reclaimable:%qkB slab_unreclaimable:%qkB "
	  "kernel_stack:%qkB pagetables:%qkB unstable:%0kB bounce:%0kB free_cma:%0kB "
	  "writeback_tmp:%0kB pages_scanned:%0 all_unreclaimable? no" },
	{ ERA(4, 1), ERA(4, 8), PART_MEM_INFO, EACH(ZONE),
	  "Node %1 %z free:%wkB min:%wkB low:%wkB high:%wkB active_anon:%mkB inactive_anon:%qkB "
	  "active_file:%qkB inactive_file:%qkB unevictable:%0kB isolated(anon):%0kB "
	  "isolated(file):%0kB present:%mkB managed:%mkB mlocked:%0kB dirty:%0kB writeback:%0kB "
	  "mapped:%qkB shmem:%0kB slab_reclaimable:%qkB slab_unreclaimable:%qkB "
	  "kernel_stack:%qkB pagetables:%qkB unstable:%0kB bounce:%0kB free_pcp:%0kB "
	  "local_pcp:%0kB free_cma:%0kB writeback_tmp:%0kB pages_scanned:%0 "
	  "all_unreclaimable? no" },
	{ ERA(4, 8), ERA(5, 10), PART_MEM_INFO, EACH(ZONE),
	  "Node %1 %z free:%wkB min:%wkB low:%wkB high:%wkB active_anon:%mkB inactive_anon:%qkB "
	  "active_file:%0kB inactive_file:%0kB unevictable:%0kB writepending:%0kB present:%mkB "
	  "managed:%mkB mlocked:%0kB kernel_stack:%qkB pagetables:%qkB bounce:%0kB free_pcp:%qkB "
	  "local_pcp:%0kB free_cma:%0kB" },
	{ ERA(5, 10), ERA(6, 0), PART_MEM_INFO, EACH(ZONE),
	  "Node %1 %z free:%wkB min:%wkB low:%wkB high:%wkB reserved_highatomic:%0KB "
	  "active_anon:%0kB inactive_anon:%mkB active_file:%0kB inactive_file:%0kB "
	  "unevictable:%0kB writepending:%0kB present:%mkB managed:%mkB mlocked:%0kB bounce:%0kB "
	  "free_pcp:%qkB local_pcp:%0kB free_cma:%0kB" },
	{ ERA(6, 0), ERA(6, 19), PART_MEM_INFO, EACH(ZONE),
	  "Node %1 %z free:%wkB boost:%0kB min:%wkB low:%wkB high:%wkB reserved_highatomic:%0KB "
	  "active_anon:%0kB inactive_anon:%mkB active_file:%0kB inactive_file:%0kB "
	  "unevictable:%0kB writepending:%0kB present:%mkB managed:%mkB mlocked:%0kB bounce:%0kB "
	  "free_pcp:%qkB local_pcp:%0kB free_cma:%0kB" },
	{ ERA(6, 19), 0, PART_MEM_INFO, EACH(ZONE),
	  "Node %1 %z free:%wkB boost:%0kB min:%wkB low:%wkB high:%wkB reserved_highatomic:%0KB "
	  "free_highatomic:%0KB active_anon:%0kB inactive_anon:%mkB active_file:%0kB "
	  "inactive_file:%0kB unevictable:%0kB writepending:%0kB zspages:%0kB present:%mkB "
	  "managed:%mkB mlocked:%0kB bounce:%0kB free_pcp:%qkB local_pcp:%0kB free_cma:%0kB" },
	/* MAX_NR_ZONES numbers; ZONE_DEVICE, the fifth, came with 4.3. */
	{ 0, ERA(4, 3), PART_MEM_INFO, EACH(ZONE), "lowmem_reserve[]: 0 %q %q %q" },
	{ ERA(4, 3), 0, PART_MEM_INFO, EACH(ZONE), "lowmem_reserve[]: 0 %q %q %q %q" },
	{ 0, 0, PART_MEM_INFO, EACH(ZONE),
	  "Node %1 %z: 0*4kB 0*8kB 0*16kB 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB 0*1024kB 0*2048kB "
	  "0*4096kB %b= %wkB" },
	/* hugetlb_show_meminfo(): a line a size; 1 GiB pages where the processor has them. */
	{ ERA(3, 10), 0, PART_MEM_INFO, EACH(NODE),
	  "Node %1 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB" },
	{ ERA(5, 0), 0, PART_MEM_INFO, REPEAT_NODE, PRESENCE_LIKELY,
	  "Node %1 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=1048576kB" },
	{ 0, 0, PART_MEM_INFO, ONCE, "%q total pagecache pages" },
	/* show_swap_cache_info(), mm/swap_state.c */
	{ 0, 0, PART_MEM_INFO, ONCE, "%0 pages in swap cache" },
	{ 0, ERA(6, 0), PART_MEM_INFO, ONCE, "Swap cache stats: add %0, delete %0, find %0/%0" },
	{ 0, 0, PART_MEM_INFO, ONCE, "Free swap  = %0kB\nTotal swap = %0kB" },
	/* show_mem() */
	{ 0, 0, PART_MEM_INFO, ONCE, "%p pages RAM" },
	{ ERA(3, 7), 0, PART_MEM_INFO, ONCE, "0 pages HighMem/MovableOnly" },
	{ 0, 0, PART_MEM_INFO, ONCE, "%q pages reserved" },
	{ 0, ERA(3, 7), PART_MEM_INFO, ONCE, "%q pages shared\n%q pages non-shared" },
	{ ERA(3, 18), 0, PART_MEM_INFO, RARE, "0 pages cma reserved" },
	{ ERA(4, 0), 0, PART_MEM_INFO, LIKELY, "0 pages hwpoisoned" },
	/* CONFIG_MEM_ALLOC_PROFILING, and the protection of cgroup v2: off unless asked for. */
	{ ERA(6, 10), 0, PART_MEM_INFO, RARE,
	  "Memory allocations:\n%h\n%h\n%h\n%h\n%h\n%h\n%h\n%h\n%h\n%h" },
	{ ERA(6, 19), 0, PART_MEM_INFO, LIKELY,
	  "Memory cgroup min protection %0kB -- low protection %0kB" },

	/* dump_tasks(), dump_task() */
	{ ERA(4, 19), 0, PART_TASK_TABLE, ONCE, "Tasks state (memory values in pages):" },
	{ 0, ERA(3, 8), PART_TASK_TABLE, ONCE,
	  "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name" },
	{ 0, ERA(3, 8), PART_TASK_TABLE, EACH(TASK), "[%5] %5 %5 %8 %8 %3     %3         %5 %t" },
	{ ERA(3, 8), ERA(4, 0), PART_TASK_TABLE, ONCE,
	  "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name" },
	{ ERA(3, 8), ERA(4, 0), PART_TASK_TABLE, EACH(TASK),
	  "[%5] %5 %5 %8 %8 %7 %8         %5 %t" },
	{ ERA(4, 0), ERA(4, 15), PART_TASK_TABLE, ONCE,
	  "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name" },
	{ ERA(4, 0), ERA(4, 15), PART_TASK_TABLE, EACH(TASK),
	  "[%5] %5 %5 %8 %8 %7 %7 %8         %5 %t" },
	/* nr_puds was there between two commits of 4.15's development only. */
	{ ERA(4, 15), ERA(4, 19), PART_TASK_TABLE, ONCE,
	  "[ pid ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name" },
	{ ERA(4, 15), ERA(4, 19), PART_TASK_TABLE, EACH(TASK),
	  "[%5] %5 %5 %8 %8 %8 %8         %5 %t" },
	{ ERA(4, 19), ERA(6, 8), PART_TASK_TABLE, ONCE,
	  "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name" },
	{ ERA(4, 19), ERA(6, 8), PART_TASK_TABLE, EACH(TASK),
	  "[%7] %5 %5 %8 %8 %8 %8         %5 %t" },
	{ ERA(6, 8), 0, PART_TASK_TABLE, ONCE,
	  "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes "
	  "swapents oom_score_adj name" },
	{ ERA(6, 8), 0, PART_TASK_TABLE, EACH(TASK),
	  "[%7] %5 %5 %8 %8 %8 %8 %9 %8 %8         %5 %t" },

	/* cpuset_print_current_mems_allowed() before 5.0, dump_oom_victim() since */
	{ 0, ERA(5, 0), PART_CONSTRAINT, ONCE, "%n cpuset=/ mems_allowed=%1" },
	{ ERA(5, 0), 0, PART_CONSTRAINT, ONCE,
	  "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=%1,"
	  "global_oom,task_memcg=%c,task=%n,pid=%i,uid=%u" },

	/* oom_kill_process() */
	{ 0, ERA(5, 1), PART_VERDICT, ONCE,
	  "Out of memory: Kill process %i (%n) score %3 or sacrifice child" },
	{ 0, ERA(4, 5), PART_VERDICT, ONCE,
	  "Killed process %i (%n) total-vm:%mkB, anon-rss:%mkB, file-rss:%qkB" },
	{ ERA(4, 5), ERA(5, 1), PART_VERDICT, ONCE,
	  "Killed process %i (%n) total-vm:%mkB, anon-rss:%mkB, file-rss:%qkB, shmem-rss:%0kB" },
	{ ERA(5, 1), ERA(5, 4), PART_VERDICT, ONCE,
	  "Out of memory: Killed process %i (%n) total-vm:%mkB, anon-rss:%mkB, file-rss:%qkB, "
	  "shmem-rss:%0kB" },
	{ ERA(5, 4), 0, PART_VERDICT, ONCE,
	  "Out of memory: Killed process %i (%n) total-vm:%mkB, anon-rss:%mkB, file-rss:%qkB, "
	  "shmem-rss:%0kB, UID:%u pgtables:%qkB oom_score_adj:%0" },
};
const uint32_t oom_format_count = ARRAY_SIZE(oom_format);

#define RANGE(lo, m, hi)                                                                           \
	{                                                                                          \
		.known = true, .low = (lo), .mid = (m), .high = (hi)                               \
	}

/*
 * Call trace and registers, measured on x86. Before 3.10: a report of RHEL 6. Up to 4.8, with an
 * address in every line: reports of 3.10, 3.13, 4.8. Since: low from public reports of 5.13 and
 * 6.16 (no registers), mid and high from the median and the largest of 144 reports of 6.1 in a VM.
 */
static const struct format_stack stacks[] = {
	{ ERA(3, 10), RANGE(12, 18, 30), RANGE(600, 870, 1500) },
	{ ERA(4, 9), RANGE(13, 20, 34), RANGE(610, 870, 1600) },
	{ 0, RANGE(14, 30, 50), RANGE(350, 1250, 2340) },
};
/* 40 reports each of 6.1 and 6.12 whose text had 1603 to 2949 and 1793 to 3437 bytes with prefixes,
 * median 2422 and 2529: nearly evenly spread, for what the stack still holds of earlier calls. */
static const struct format_stack populate = { 0, RANGE(28, 44, 62), RANGE(1120, 1730, 2400) };

const struct format_stack *oom_format_stack(uint32_t era, enum oom_invoker invoker)
{
	size_t i = 0;

	while (stacks[i].before && era >= stacks[i].before)
		i++;
	return invoker == INVOKER_POPULATE && !stacks[i].before ? &populate : &stacks[i];
}

uint32_t oom_format_prefix(const struct oom_report_shape *shape)
{
	/* "[%5lu.%06lu]" and "[%6s]" (print_time, print_caller), then a space. */
	const uint32_t time = shape->timestamps ? 14 : 0, caller = shape->caller ? 8 : 0;

	return time + caller ? time + caller + 1 : 0;
}

uint32_t oom_format_lines(const char *text)
{
	uint32_t n = 1;

	for (const char *p = text; *p; p++)
		n += *p == '\n';
	return n;
}

static double digits_of(uint64_t n)
{
	double digits = 1;

	while ((n /= 10))
		digits++;
	return digits;
}

/* What a number or word takes at least, usually, and at most. */
static struct interval width_of(char kind, const struct oom_report_shape *shape)
{
	const double kb = digits_of(shape->memory_bytes / KIB),
		     pages = digits_of(shape->memory_bytes / 4096), name = shape->comm_bytes;

	switch (kind) {
	case '0':
		return (struct interval)RANGE(1, 1, 2);
	case '1':
		return (struct interval)RANGE(1, 1, 3);
	case 'w':
		return (struct interval)RANGE(2, MAX(kb - 2, 3), MAX(kb - 1, 3));
	case 'm':
		return (struct interval)RANGE(2, MAX(kb - 1, 3), kb);
	case 'p':
		return (struct interval)RANGE(pages - 2, pages, pages);
	case 'q':
		return (struct interval)RANGE(1, pages / 2, pages - 1);
	case 'n':
		return (struct interval)RANGE(MIN(name, 3), name, 15);
	case 't':
		return (struct interval)RANGE(name, name, name);
	case 'i':
		return (struct interval)RANGE(1, 4, 7);
	case 'u':
		return (struct interval)RANGE(1, 1, 5);
	case 'g':
		return (struct interval)RANGE(10, 36, 70);
	case 'x':
		return (struct interval)RANGE(2, 6, 8);
	case 'c':
		return (struct interval)RANGE(1, 24, 80);
	case 'z':
		return (struct interval)RANGE(3, 4.7, 7);
	case 'r':
		return (struct interval)RANGE(12, 36, 100);
	case 'h':
		return (struct interval)RANGE(20, 68, 110);
	case 'b':
		return (struct interval)RANGE(0, 40, 110);
	default: /* padded to so many */
		return (struct interval)RANGE(kind - '0', kind - '0', kind - '0');
	}
}

struct interval oom_format_bytes(const char *text, const struct oom_report_shape *shape)
{
	const double around = (oom_format_prefix(shape) + 2.0) * oom_format_lines(text);
	struct interval sum = RANGE(around, around, around);

	for (const char *p = text; *p; p++) {
		struct interval width = RANGE(*p != '\n', *p != '\n', *p != '\n');

		if (*p == '%' && p[1])
			width = width_of(*++p, shape);
		sum.low += width.low;
		sum.mid += width.mid;
		sum.high += width.high;
	}
	return sum;
}
