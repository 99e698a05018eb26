/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a line is, and whether it is complete: own samples in the formats of 2.6.24 to 7.x. */
#include <string.h>

#include "unit.h"

#include "source/oom_grammar.h"
#include "source/oom_line.h"

#define NODE_54                                                                                    \
	"Node 1 active_anon:4kB inactive_anon:8kB active_file:0kB inactive_file:0kB "              \
	"unevictable:0kB isolated(anon):0kB isolated(file):0kB mapped:0kB dirty:0kB "              \
	"writeback:0kB shmem:0kB writeback_tmp:0kB unstable:0kB all_unreclaimable? "
#define ZONE_54 "Node 0 DMA32 free:71kB min:12kB low:15kB high:18kB active_anon:0kB "

enum extent { NEITHER = 0, WHOLE, OPEN };

static const struct {
	const char *text;
	enum oom_line_kind kind;
	enum extent extent;
} rows[] = {
	/* the trigger: every era, every name */
	{ "owl invoked oom-killer: gfp_mask=0x280da, order=0, oomkilladj=-17", OOM_LINE_TRIGGER,
	  WHOLE },
	{ "owl invoked oom-killer: gfp_mask=0xd0, order=0, oom_adj=2, oom_score_adj=117",
	  OOM_LINE_TRIGGER, WHOLE },
	{ "owl invoked oom-killer: order=1, oom_score_adj=0, gfp_mask=0x24280ca(GFP_HIGHUSER)",
	  OOM_LINE_TRIGGER, OPEN },
	{ "owl invoked oom-killer: gfp_mask=0x0(), nodemask=(null),  order=0, oom_score_adj=-1000",
	  OOM_LINE_TRIGGER, WHOLE },
	{ "a (b) [c]: d/e invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
	  "oom_score_adj=0",
	  OOM_LINE_TRIGGER, WHOLE },
	{ "\xc3\xa9t\xc3\xa9 invoked oom-killer: gfp_mask=0x100cca(GFP_HI", OOM_LINE_TRIGGER,
	  OPEN },
	{ "Mem-Info: invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
	  OOM_LINE_TRIGGER, WHOLE },
	{ "owl invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), ord er=0, oom_score_adj=0",
	  OOM_LINE_TRIGGER, OPEN },
	{ "owl invoked oom-killer:", OOM_LINE_TRIGGER, OPEN },
	{ "owl invoked oom-killer", OOM_LINE_TRIGGER, NEITHER },
	{ "owl invoked oom-killer: ... oom_score_adj=944", OOM_LINE_TRIGGER, WHOLE },
	{ "oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0,", OOM_LINE_TRIGGER, OPEN },
	{ "owl invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), or der=0, oom_score_adj=0",
	  OOM_LINE_TRIGGER, OPEN },
	{ "owl invoked", OOM_LINE_NONE, OPEN },
	{ "the build of last night invoked", OOM_LINE_NONE, NEITHER },
	{ "the owl invoked oom-killer on our two machines", OOM_LINE_NONE, NEITHER },
	{ "which of the processes invoked oom-killer", OOM_LINE_NONE, NEITHER },
	/* source code and letters are no log */
	{ "pr_warn(\"%s invoked oom-killer: gfp_mask=%#x(%pGg), order=%d\\n\",", OOM_LINE_NONE,
	  NEITHER },
	{ "\"%n invoked oom-killer: gfp_mask=0x%x(%g), order=%1\" },", OOM_LINE_NONE, NEITHER },
	{ "owls: \"x invoked oom-killer: gfp_mask=\" begins it", OOM_LINE_NONE, NEITHER },
	{ "oom-kill:constraint=%s,nodemask=%*pbl", OOM_LINE_NONE, OPEN },
	{ "oom-kill:constraint=(.*),nodemask=(.*),task=(.*)", OOM_LINE_NONE, OPEN },
	{ "Out of memory and no killable processes is what the owl says", OOM_LINE_NONE, NEITHER },
	{ "pr_warn(\"Out of memory and no killable processes...\\n\");", OOM_LINE_NONE, NEITHER },
	{ "pr_warn(\"excessive unreclaimable slab but cannot dump stats\\n\");", OOM_LINE_NONE,
	  NEITHER },
	{ "/* \"Out of memory: OOM victim 71 (owl) is already exiting. Skip killing\" */",
	  OOM_LINE_NONE, NEITHER },
	{ "memory: usage 45%", OOM_LINE_NONE, NEITHER },
	{ "swap: usage is low", OOM_LINE_NONE, NEITHER },
	{ "memory: usage 71kB,", OOM_LINE_MEMCG_USAGE, OPEN },
	{ "Task in the nest was killed by the owl", OOM_LINE_NONE, NEITHER },
	{ "oom-kill: ask the owl", OOM_LINE_NONE, NEITHER },
	{ "Memory cgroup stats: all that an owl needs", OOM_LINE_NONE, NEITHER },
	{ "Memory cgroup stats for owls", OOM_LINE_NONE, NEITHER },
	{ "Memory limit reached of cgroup by owls", OOM_LINE_NONE, NEITHER },
	{ "Unreclaimable slab info: ask the owl", OOM_LINE_NONE, NEITHER },
	{ "Tasks state (memory values in pages): a table of owls", OOM_LINE_NONE, OPEN },
	{ "the owl reads Out of memory and no killable processes", OOM_LINE_NONE, NEITHER },
	{ "Kernel panic - not syncing: Out of memory is what owls say", OOM_LINE_NONE, NEITHER },
	{ "oom_reaper: reaped process 71 (owl) is what an owl hopes", OOM_LINE_NONE, OPEN },
	{ "COMPACTION is disabled!!!", OOM_LINE_COMPACTION, NEITHER },
	{ "owl cpuset=/ mems_allowed=0-1", OOM_LINE_CPUSET, NEITHER },

	/* dump_stack() */
	{ "Pid: 71, comm: owl Not tainted 2.6.32-9.el6 #1", OOM_LINE_CPU, WHOLE },
	{ "CPU: 1 PID: 71 Comm: owl Kdump: loaded Tainted: G        W", OOM_LINE_CPU, OPEN },
	{ "CPU: 1 UID: 0 PID: 71 Comm: owl Not tainted 6.12.1 #2 PREEMPT(lazy)", OOM_LINE_CPU,
	  WHOLE },
	{ "CPU: 1 PID: 71 Comm: owl Not tain ted 6.12.1 #2", OOM_LINE_CPU, OPEN },
	{ "CPU: 3 PID: 71", OOM_LINE_NONE, OPEN },
	{ "Hardware name: Nest 3", OOM_LINE_HARDWARE, NEITHER },
	{ "Hardware name: Nest (i440FX + PIIX, 1996), BIOS 1 12/03/2020", OOM_LINE_HARDWARE,
	  WHOLE },
	{ "Hardware name: Nest (i440FX + PIIX, 1996),", OOM_LINE_HARDWARE, OPEN },
	{ "nest_write+0xd8/0x210", OOM_LINE_FRAME, NEITHER },
	{ "show_nest.constprop.0 from", OOM_LINE_NONE, OPEN },
	{ "[<c0411500>] (unwind_backtrace) from [<c040b66c>]", OOM_LINE_NONE, OPEN },
	{ "a letter from", OOM_LINE_NONE, NEITHER },
	{ "Call Trace:", OOM_LINE_STACK, NEITHER },
	{ "Backtrace:", OOM_LINE_STACK, NEITHER },
	{ " dump_header+0x40/0x1d0", OOM_LINE_FRAME, WHOLE },
	{ " ? xfs_ilock+0x1ea/0x2f0 [xfs]", OOM_LINE_FRAME, WHOLE },
	{ " [<ffffffff817199c4>] dump_stack+0x45/0x56", OOM_LINE_FRAME, WHOLE },
	{ "[c0000000f3b2f7c0] [c000000000a1b2c4] dump_stack+0xb0/0xf0 (unreliable)", OOM_LINE_FRAME,
	  WHOLE },
	{ "show_stack from dump_header+0x68/0x254", OOM_LINE_FRAME, WHOLE },
	{ "[<c0547bf8>] (dump_header+0x1/0x2) from", OOM_LINE_FRAME, OPEN },
	{ "RAX: 0000000000000000 RBX: 0000000000001000", OOM_LINE_STACK, NEITHER },

	/* show_mem() */
	{ "Mem-Info:", OOM_LINE_MEM_INFO, WHOLE },
	{ "Node 0 DMA per-cpu:", OOM_LINE_PER_CPU, NEITHER },
	{ "CPU    0: hi:  186, btch:  31 usd:  86", OOM_LINE_PER_CPU, NEITHER },
	{ "active_anon:1 inactive_anon:2 isolated_anon:3", OOM_LINE_COUNTERS, NEITHER },
	{ " free:4 slab_reclaimable:5 slab_unreclaimable:6", OOM_LINE_COUNTERS, NEITHER },
	{ NODE_54 "yes", OOM_LINE_NODE, WHOLE },
	{ NODE_54, OOM_LINE_NODE, OPEN },
	{ "Node 0 active_anon:4kB inactive_anon:8kB", OOM_LINE_NODE, OPEN },
	{ ZONE_54 "free_cma:0kB", OOM_LINE_ZONE, WHOLE },
	{ ZONE_54, OOM_LINE_ZONE, OPEN },
	{ "HighMem free:1kB min:2kB all_unreclaimable? no", OOM_LINE_ZONE, WHOLE },
	{ "lowmem_reserve[]: 0 0 1216 0", OOM_LINE_RESERVE, NEITHER },
	{ "Normal: 1*4kB (U) 0*8kB = 4kB", OOM_LINE_BUDDY, WHOLE },
	{ "Node 0 Normal: 1*4kB (U) 0*8kB =", OOM_LINE_BUDDY, OPEN },
	{ "Normal: that is all", OOM_LINE_NONE, NEITHER },
	{ "Node 0 hugepages_total=1 hugepages_free=0", OOM_LINE_HUGEPAGES, OPEN },
	{ "71 total pagecache pages", OOM_LINE_TOTAL, WHOLE },
	{ "0 pages HighMem/MovableOnly", OOM_LINE_TOTAL, WHOLE },
	{ "71 pages of the report", OOM_LINE_NONE, NEITHER },
	{ "Free swap  = 71kB", OOM_LINE_TOTAL, WHOLE },
	{ "Memory allocations (profiling is currently turned on):", OOM_LINE_ALLOCATIONS, NEITHER },

	/* memory cgroups */
	{ "Task in /a/b killed as a result of limit of /a", OOM_LINE_MEMCG_TASK, WHOLE },
	{ "Task in /a/bc killed as a result of limit of /a/b", OOM_LINE_MEMCG_TASK, OPEN },
	{ "memory+swap: usage 1kB, limit 2kB, failcnt 3", OOM_LINE_MEMCG_USAGE, WHOLE },
	{ "memory: usage 1kB, limit", OOM_LINE_MEMCG_USAGE, OPEN },
	{ "Memory cgroup stats for /a:", OOM_LINE_MEMCG_STATS, WHOLE },
	{ "Memory cgroup stats for /a: cache:0KB rss:1KB", OOM_LINE_MEMCG_STATS, OPEN },
	{ "Tasks in /a are going to be killed due to memory.oom.group set", OOM_LINE_GROUP, WHOLE },
	{ "Tasks in /a are going to be killed due to memory.oom.group", OOM_LINE_GROUP, OPEN },
	{ "Tasks in /a are going to be killed due to", OOM_LINE_NONE, OPEN },
	{ "Tasks in /nest.slice/owl", OOM_LINE_NONE, OPEN },

	{ "Normal free:71kB min:7kB active_file:28k B high:9kB free_cma:0kB", OOM_LINE_ZONE,
	  WHOLE },
	{ "Normal free:71kB min:7 kB high:9kB free_cma:0kB", OOM_LINE_ZONE, OPEN },

	/* tables */
	{ "Unreclaimable slab info:", OOM_LINE_SLAB, NEITHER },
	{ "Tasks state (memory values in pages):", OOM_LINE_TASK_TITLE, WHOLE },
	{ "[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name",
	  OOM_LINE_TASK_HEADER, WHOLE },
	{ "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes", OOM_LINE_TASK_HEADER, OPEN },
	{ "[  123]     0   123     1000      200       4        0             0 owl", OOM_LINE_TASK,
	  WHOLE },
	{ "[12345678]     0 12345678     1000      -20", OOM_LINE_TASK, OPEN },
	{ "[   12.345678] usb 1-1: new device", OOM_LINE_NONE, NEITHER },

	/* the verdict */
	{ "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=owl,pid=7,uid=0",
	  OOM_LINE_CONSTRAINT, WHOLE },
	{ "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(nu", OOM_LINE_CONSTRAINT, OPEN },
	{ "Out of memory: Kill process 7 (owl) score 71 or sacrifice child", OOM_LINE_CHOICE,
	  WHOLE },
	{ "Out of memory: kill process 7 (owl) score 71 or a child", OOM_LINE_CHOICE, WHOLE },
	{ "Memory cgroup out of memory: Kill process 7 (owl)", OOM_LINE_CHOICE, OPEN },
	{ "Killed process 7 (owl) total-vm:1kB, anon-rss:1kB, file-rss:1kB", OOM_LINE_KILLED,
	  WHOLE },
	{ "Killed process 7, UID 71, (owl) total-vm:1kB, anon-rss:1kB, file-rss:1kB",
	  OOM_LINE_KILLED, WHOLE },
	{ "Out of memory: Killed process 7 (owl) total-vm:1kB, anon-rss:1kB,", OOM_LINE_KILLED,
	  OPEN },
	{ "Out of memory: Killed process 7 (owl) total-vm:1kB, anon-rss:1kB, file-rss:1kB, "
	  "shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:-5",
	  OOM_LINE_KILLED, WHOLE },
	{ "Out of memory: Killed process 7 (owl) total-vm:1kB, anon-rss:1kB, file-rss:1kB, "
	  "shmem-rss:0kB, UID:0",
	  OOM_LINE_KILLED, OPEN },
	{ "He killed process 7 (owl) by hand", OOM_LINE_NONE, NEITHER },
	{ "Kill process 8 (cub) sharing same memory", OOM_LINE_SHARING, WHOLE },
	{ "Out of memory: OOM victim 7 (owl) is already exiting. Skip killing the task",
	  OOM_LINE_EXITING, NEITHER },
	{ "Out of memory and no killable processes...", OOM_LINE_NO_KILLABLE, NEITHER },
	{ "Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled",
	  OOM_LINE_PANIC, NEITHER },
	{ "Kernel panic - not syncing: System is deadlocked on memory", OOM_LINE_PANIC, NEITHER },
	{ "Kernel panic - not syncing: Attempted to kill init!", OOM_LINE_NONE, NEITHER },
	{ "---[ end Kernel panic - not syncing: System is deadlocked on memory ]---", OOM_LINE_NONE,
	  NEITHER },
	{ "Killed process 7 total-vm:1kB anon-rss:1kB", OOM_LINE_KILLED, OPEN },
	{ "oom_reaper: reaped process 7 (owl), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
	  OOM_LINE_REAPED, WHOLE },
	{ "oom_reaper: unable to reap pid:7 (owl)", OOM_LINE_REAPED, WHOLE },

	/* neighbours, and what is none */
	{ "owl: page allocation failure: order:3, mode:0x40cc0(GFP_KERNEL|__GFP_COMP)",
	  OOM_LINE_ALLOCATION_FAILURE, NEITHER },
	{ "owl: page allocation stalls for 10080ms, order:0", OOM_LINE_ALLOCATION_STALL, NEITHER },
	{ "SLUB: Unable to allocate memory on node -1, gfp=0xcc0(GFP_KERNEL)",
	  OOM_LINE_SLAB_FAILURE, NEITHER },
	{ "oom_kill_process: 7 callbacks suppressed", OOM_LINE_SUPPRESSED, NEITHER },
	{ "** 7 printk messages dropped **", OOM_LINE_LOST, NEITHER },
	{ "usb 1-1: new high-speed USB device number 2", OOM_LINE_NONE, NEITHER },
	{ "", OOM_LINE_NONE, NEITHER },
	{ " ", OOM_LINE_NONE, NEITHER },
	{ "[", OOM_LINE_NONE, NEITHER },
	{ "+0x", OOM_LINE_NONE, NEITHER },
	{ "Node", OOM_LINE_NONE, NEITHER },
	{ "Killed process ", OOM_LINE_NONE, NEITHER },
};

static void test_kind(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct text t = text_of(rows[i].text, strlen(rows[i].text));

		if (oom_line_kind(t) != rows[i].kind)
			fail_msg("%s: kind %d", rows[i].text, (int)oom_line_kind(t));
	}
}

static void test_extent(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct text t = text_of(rows[i].text, strlen(rows[i].text));

		if (oom_line_whole(t) != (rows[i].extent == WHOLE) ||
		    oom_line_open(t) != (rows[i].extent == OPEN))
			fail_msg("%s: whole %d, open %d", rows[i].text, oom_line_whole(t),
				 oom_line_open(t));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kind),
		cmocka_unit_test(test_extent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
