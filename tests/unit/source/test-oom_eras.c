/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole report of each era, with names and numbers of our own: every field of it. */
#include "oom_feed.h"

static const char el6[] =
	"owl-fpm invoked oom-killer: gfp_mask=0x280da, order=0, oom_adj=0, oom_score_adj=0\n"
	"owl-fpm cpuset=/ mems_allowed=0\n"
	"Pid: 7100, comm: owl-fpm Not tainted 2.6.32-700.el6.x86_64 #1\n"
	"Call Trace:\n"
	" [<ffffffff810d40c1>] ? cpuset_print_task_mems_allowed+0x91/0xb0\n"
	" [<ffffffff8112d4e0>] ? dump_header+0x90/0x1b0\n"
	" [<ffffffff8112db02>] ? oom_kill_process+0x82/0x2a0\n"
	"Mem-Info:\n"
	"Node 0 DMA per-cpu:\n"
	"CPU    0: hi:    0, btch:   1 usd:   0\n"
	"active_anon:7100 inactive_anon:710 isolated_anon:0\n"
	" active_file:30 inactive_file:14 isolated_file:3\n"
	" unevictable:0 dirty:2 writeback:0 unstable:1\n"
	" free:498 slab_reclaimable:132 slab_unreclaimable:448\n"
	" mapped:381 shmem:522 pagetables:1243 bounce:0\n"
	"Node 0 DMA free:15632kB min:32kB low:40kB high:48kB active_anon:0kB present:15216kB "
	"pages_scanned:0 all_unreclaimable? yes\n"
	"lowmem_reserve[]: 0 2991 32281 32281\n"
	"Node 0 DMA: 2*4kB 1*8kB 0*16kB = 16kB\n"
	"724 total pagecache pages\n"
	"195 pages in swap cache\n"
	"Swap cache stats: add 71, delete 71, find 71/71\n"
	"Free swap  = 0kB\n"
	"Total swap = 4194300kB\n"
	"83886 pages RAM\n"
	"1817 pages reserved\n"
	"23 pages shared\n"
	"82 pages non-shared\n"
	"[ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name\n"
	"[  571]     0   571     2662        3   2     -17         -1000 owl-udev\n"
	"[40700]    27 40700  1606079     3282   5       0             0 owl sql d\n"
	"Out of memory: Kill process 40700 (owl sql d) score 16 or sacrifice child\n"
	"Killed process 40711, UID 27, (owl sql d) total-vm:6424316kB, anon-rss:13128kB, "
	"file-rss:4kB\n";

static void test_el6(void **state)
{
	struct told t;
	const struct oom_report *r = &t.report[0];
	const struct oom_memory *m = &r->memory;

	told_all(&t, el6);
	assert_int_equal(t.reports, 1);
	assert_string_equal(r->trigger.comm, "owl-fpm");
	assert_u64(r->trigger.gfp_mask, 0x280da);
	assert_string_equal(r->trigger.gfp_flags, "");
	assert_u64(r->trigger.order, 0);
	assert_u64(r->trigger.oom_adj, 0);
	assert_u64(r->trigger.oom_score_adj, 0);
	assert_u64(r->trigger.pid, 7100);
	assert_unknown(r->trigger.cpu);
	assert_string_equal(r->release, "2.6.32-700.el6.x86_64");
	assert_true(r->version.major == 2 && r->version.minor == 6);
	assert_string_equal(r->cpuset, "/");
	assert_string_equal(r->mems_allowed, "0");
	assert_int_equal(r->frame_count, 3);
	assert_string_equal(r->frame[1], "dump_header");
	assert_u64(m->pages.value[OOM_ACTIVE_ANON], 7100);
	assert_u64(m->pages.value[OOM_UNSTABLE], 1);
	assert_u64(m->pages.value[OOM_PAGETABLES], 1243);
	assert_unknown(m->pages.value[OOM_FREE_CMA]);
	assert_int_equal(m->zone_count, 1);
	assert_string_equal(m->zone[0].name, "DMA");
	assert_u64(m->zone[0].counters.value[OOM_FREE], 15632 * KIB);
	assert_true(m->zone[0].all_unreclaimable);
	assert_int_equal(m->zone[0].reserve_count, 4);
	assert_int_equal(m->zone[0].lowmem_reserve_pages[2], 32281);
	assert_int_equal(m->zone[0].buddy.orders, 3);
	assert_int_equal(m->zone[0].buddy.blocks[0], 2);
	assert_u64(m->zone[0].buddy.total_bytes, 16 * KIB);
	assert_u64(r->page_bytes, 4096);
	assert_u64(m->pages_ram, 83886);
	assert_u64(m->pages_reserved, 1817);
	assert_u64(m->pages_pagecache, 724);
	assert_u64(m->pages_swapcache, 195);
	assert_u64(m->swap_total_bytes, 4194300 * KIB);
	assert_int_equal(r->columns, OOM_COLUMN_PID | OOM_COLUMN_UID | OOM_COLUMN_TGID |
					     OOM_COLUMN_TOTAL_VM | OOM_COLUMN_RSS | OOM_COLUMN_CPU |
					     OOM_COLUMN_OOM_ADJ | OOM_COLUMN_OOM_SCORE_ADJ |
					     OOM_COLUMN_NAME);
	assert_int_equal(r->task_count, 2);
	assert_int_equal(r->task[0].oom_adj, -17);
	assert_int_equal(r->task[0].oom_score_adj, -1000);
	assert_string_equal(r->task[1].comm, "owl sql d");
	assert_true(r->choice.known && r->choice.pid == 40700);
	assert_u64(r->choice.score, 16);
	assert_int_equal(r->victim_count, 1);
	assert_int_equal(r->victim[0].pid, 40711);
	assert_string_equal(r->victim[0].comm, "owl sql d");
	assert_u64(r->victim[0].uid, 27);
	assert_u64(r->victim[0].file_rss_bytes, 4 * KIB);
	assert_unknown(r->victim[0].shmem_rss_bytes);
	assert_int_equal(r->message, OOM_MESSAGE_GLOBAL);
	assert_int_equal(r->constraint, OOM_CONSTRAINT_NONE);
	assert_int_equal(r->constraint_source, OOM_CONSTRAINT_SHAPE);
	assert_false(oom_report_truncated(r));
	assert_int_equal(r->lines, 32);
	told_release(&t);
}

static const char memcg_v1[] =
	"owl invoked oom-killer: gfp_mask=0x24000c0(GFP_KERNEL), order=0, oom_score_adj=-998\n"
	"owl cpuset=deep,nest mems_allowed=0-1\n"
	"CPU: 9 PID: 14881 Comm: owl Tainted: G    B          ------------ T 4.8.0-71 #1\n"
	"Hardware name: Nest 3, BIOS 7\n"
	" 0000000000000000 ffff88008137fca0 ffffffff8137ad47 ffff88008137fd68\n"
	"Call Trace:\n"
	" [<ffffffff8137ad47>] dump_stack+0x4d/0x63\n"
	" [<ffffffff811239dc>] mem_cgroup_out_of_memory+0x241/0x299\n"
	" [<ffffffff811221a8>] ? mem_cgroup_iter+0x109/0x23e\n"
	"Task in /nest/a b, c killed as a result of limit of /nest\n"
	"memory: usage 307112kB, limit 307200kB, failcnt 35982\n"
	"memory+swap: usage 614400kB, limit 9007199254740988kB, failcnt 11\n"
	"kmem: usage 1308kB, limit 18014398509481983kB, failcnt 0\n"
	"Memory cgroup stats for /nest: cache:4KB rss:305804KB rss_huge:8KB mapped_file:0KB "
	"dirty:0KB writeback:55884KB swap:307288KB inactive_anon:152940KB active_anon:152832KB "
	"inactive_file:0KB active_file:0KB unevictable:0KB\n"
	"Memory cgroup stats for /nest/a b, c: cache:0KB rss:71KB unevictable:0KB\n"
	"[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name\n"
	"[28438]     0 28438   210894    62557     315       4    91187          -998 owl\n"
	"Memory cgroup out of memory: Kill process 24572 (owl) score 0 or sacrifice child\n"
	"Killed process 28438 (owl) total-vm:843576kB, anon-rss:248180kB, file-rss:2048kB, "
	"shmem-rss:0kB\n"
	"oom_reaper: reaped process 28438 (owl), now anon-rss:8kB, file-rss:0kB, shmem-rss:0kB\n";

static void test_memcg_v1(void **state)
{
	struct told t;
	const struct oom_report *r = &t.report[0];
	const struct oom_memcg *m = &r->memcg;

	told_all(&t, memcg_v1);
	assert_int_equal(t.reports, 1);
	assert_string_equal(r->trigger.gfp_flags, "GFP_KERNEL");
	assert_string_equal(r->cpuset, "deep,nest");
	assert_string_equal(r->mems_allowed, "0-1");
	assert_string_equal(r->taint, "G B ------------ T");
	assert_string_equal(r->release, "4.8.0-71");
	assert_string_equal(r->hardware, "Nest 3, BIOS 7");
	assert_int_equal(r->frame_count, 2);
	assert_true(m->known);
	assert_string_equal(m->task_path, "/nest/a b, c");
	assert_string_equal(m->limit_path, "/nest");
	assert_u64(m->memory.failcnt, 35982);
	assert_u64(m->memory.limit_bytes, 307200 * KIB);
	assert_u64(m->memsw.limit_bytes, UINT64_MAX);
	assert_u64(m->kmem.limit_bytes, UINT64_MAX);
	assert_unknown(m->swap.usage_bytes);
	assert_int_equal(m->cgroup_count, 2);
	assert_string_equal(m->cgroup[0].path, "/nest");
	assert_u64(m->cgroup[0].stat[OOM_MEMCG_ANON], 305804 * KIB);
	assert_u64(m->cgroup[0].stat[OOM_MEMCG_FILE], 4 * KIB);
	assert_u64(m->cgroup[0].stat[OOM_MEMCG_ANON_THP], 8 * KIB);
	assert_u64(m->cgroup[0].stat[OOM_MEMCG_SWAP], 307288 * KIB);
	assert_string_equal(m->cgroup[1].path, "/nest/a b, c");
	assert_u64(m->cgroup[1].stat[OOM_MEMCG_ANON], 71 * KIB);
	assert_int_equal(r->task[0].nr_pmds, 4);
	assert_int_equal(r->task[0].swapents, 91187);
	assert_int_equal(r->choice.pid, 24572);
	assert_int_equal(r->victim[0].pid, 28438);
	assert_int_equal(r->victim[0].reaped, OOM_REAPED);
	assert_u64(r->victim[0].anon_left_bytes, 8 * KIB);
	assert_int_equal(r->message, OOM_MESSAGE_MEMCG);
	assert_int_equal(r->constraint, OOM_CONSTRAINT_MEMCG);
	assert_int_equal(r->constraint_source, OOM_CONSTRAINT_MESSAGE);
	assert_false(oom_report_truncated(r));
	assert_int_equal(r->foreign_lines, 0);
	told_release(&t);
}

#define STATS_V2                                                                                   \
	"anon 535658496\nfile 10391552\nkernel 1212416\nkernel_stack 16384\npagetables 151552\n"   \
	"percpu 320\nsock 12\nvmalloc 7\nshmem 4096\nfile_mapped 61440\nunevictable 0\n"           \
	"slab_reclaimable 2544\nslab_unreclaimable 31272\nslab 33816\npgfault 71\n"                \
	"thp_swpout_fallback 0\n"
static const char memcg_v2[] =
	"owl/0:71 invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, "
	"oom_score_adj=71\n"
	"CPU: 5 UID: 33 PID: 1122 Comm: owl/0:71 Not tainted 6.12.7-71 #26 PREEMPT(voluntary)\n"
	"Call trace:\n"
	" show_stack+0x24/0x50 (C)\n"
	" dump_header+0x48/0x228\n"
	"memory: usage 524288kB, limit 524288kB, failcnt 69\n"
	"swap: usage 0kB, limit 0kB, failcnt 0\n"
	"Memory cgroup stats for /nest/oom_memcg=x,y:\n" STATS_V2
	"Memory cgroup min protection 4kB -- low protection 8kBTasks state (memory values in "
	"pages):\n"
	"[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes "
	"swapents oom_score_adj name\n"
	"[   1121]     0  1121      734      366        0      366         0    45056        7  "
	"           0 owl\n"
	"[123456789]  1000 123456789   179935   -30854   130720      134         1  1097728     "
	"   0          -500 a,task=b\n"
	"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=a,mems_allowed=1,"
	"mems_allowed=0,2-3,oom_memcg=/nest/oom_memcg=x,y,task_memcg=/nest/oom_memcg=x,y/z,"
	"task=a,task=b,pid=123456789,uid=1000\n"
	"Memory cgroup out of memory: Killed process 123456789 (a,task=b) total-vm:719740kB, "
	"anon-rss:522880kB, file-rss:536kB, shmem-rss:4kB, UID:1000 pgtables:1072kB "
	"oom_score_adj:-500\n"
	"Tasks in /nest are going to be killed due to memory.oom.group set\n"
	"Memory cgroup out of memory: Killed process 123456789 (a,task=b) total-vm:719740kB, "
	"anon-rss:522880kB, file-rss:536kB, shmem-rss:4kB, UID:1000 pgtables:1072kB "
	"oom_score_adj:-500\n"
	"Memory cgroup out of memory: Killed process 1121 (owl) total-vm:2936kB, anon-rss:0kB, "
	"file-rss:1464kB, shmem-rss:0kB, UID:0 pgtables:44kB oom_score_adj:0\n"
	"oom_reaper: unable to reap pid:1121 (owl)\n";

static void test_memcg_v2(void **state)
{
	struct told t;
	const struct oom_report *r = &t.report[0];
	const struct opt_u64 *stat;

	told_all(&t, memcg_v2);
	assert_int_equal(t.reports, 1);
	stat = r->memcg.cgroup[0].stat;
	assert_string_equal(r->trigger.comm, "owl/0:71");
	assert_u64(r->trigger.uid, 33);
	assert_u64(r->trigger.cpu, 5);
	assert_true(r->version.major == 6 && r->version.minor == 12);
	assert_string_equal(r->frame[0], "show_stack");
	assert_string_equal(r->memcg.limit_path, "/nest/oom_memcg=x,y");
	assert_string_equal(r->memcg.task_path, "/nest/oom_memcg=x,y/z");
	assert_u64(r->memcg.swap.limit_bytes, 0);
	assert_u64(stat[OOM_MEMCG_ANON], 535658496);
	assert_u64(stat[OOM_MEMCG_SLAB], 33816);
	assert_u64(stat[OOM_MEMCG_VMALLOC], 7);
	assert_unknown(stat[OOM_MEMCG_ZSWAP]);
	assert_false(r->memcg.stats_cut);
	assert_u64(r->memcg.min_bytes, 4 * KIB);
	assert_u64(r->memcg.low_bytes, 8 * KIB);
	assert_int_equal(r->task_count, 2);
	assert_int_equal(r->task[0].rss_file, 366);
	assert_int_equal(r->task[1].pid, 123456789);
	assert_int_equal(r->task[1].rss, -30854);
	assert_int_equal(r->task[1].rss_shmem, 1);
	assert_string_equal(r->task[1].comm, "a,task=b");
	assert_string_equal(r->constraint_text, "CONSTRAINT_MEMCG");
	assert_int_equal(r->constraint_source, OOM_CONSTRAINT_PRINTED);
	assert_string_equal(r->trigger.nodemask, "(null)");
	assert_string_equal(r->choice.comm, "a,task=b");
	assert_u64(r->choice.uid, 1000);
	assert_true(r->group_kill);
	assert_string_equal(r->group_path, "/nest");
	assert_int_equal(r->victim_count, 2);
	assert_string_equal(r->victim[0].comm, "a,task=b");
	assert_u64(r->victim[0].pgtables_bytes, 1072 * KIB);
	assert_u64(r->victim[0].oom_score_adj, -500);
	assert_int_equal(r->victim[1].pid, 1121);
	assert_int_equal(r->victim[1].reaped, OOM_REAPED_UNABLE);
	assert_false(r->global_oom);
	assert_false(oom_report_truncated(r));
	told_release(&t);
}

static const char modern[] =
	"owl 0/KVM invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), "
	"order=0, oom_score_adj=0\n"
	"CPU: 1 UID: 0 PID: 71 Comm: owl 0/KVM Tainted: G        W           7.1.0-71-amd64 #1 "
	"PREEMPT(lazy)  Nest 7.1.0-1\n"
	"Tainted: [W]=WARN\n"
	"Call Trace:\n"
	" <TASK>\n"
	" dump_stack_lvl+0x5d/0x80\n"
	" </TASK>\n"
	"Mem-Info:\n"
	"active_anon:71 inactive_anon:972 isolated_anon:0\n"
	" sec_pagetables:3 bounce:0\n"
	" kernel_misc_reclaimable:5\n"
	" free:31053 free_pcp:333 free_cma:7\n"
	"Node 1 active_anon:284kB inactive_anon:3888kB isolated(anon):4kB isolated(file):8kB "
	"shmem_thp: 12kB kernel_stack:16kB sec_pagetables:0kB all_unreclaimable? no "
	"Balloon:4kB gpu_active:8kB gpu_reclaim:12kB\n"
	"Node 1 Normal free:124212kB boost:2048kB min:12kB low:16kB high:20kB "
	"reserved_highatomic:4KB free_highatomic:8KB zspages:16kB present:2244480kB "
	"managed:2244476kB mlocked:0kB bounce:0kB free_pcp:1332kB local_pcp:4kB free_cma:28kB\n"
	"lowmem_reserve[]: 0 0 0 0 0\n"
	"Node 1 Normal: 3*64kB (UM) 2*128kB (UMEHCI) 0*256kB = 448kB\n"
	"Node 1 hugepages_total=7 hugepages_free=1 hugepages_surp=2 hugepages_size=2048kB\n"
	"4000 total pagecache pages\n"
	"Free swap  = 71kB\n"
	"Total swap = 710kB\n"
	"786300 pages RAM\n"
	"0 pages HighMem/MovableOnly\n"
	"4294965447 pages reserved\n"
	"6144 pages cma reserved\n"
	"1 pages hwpoisoned\n"
	"Memory allocations (profiling is currently turned on):\n"
	"    1.50 GiB   131072 mm/slub.c:2345 func:alloc_slab_page\n"
	"     512 KiB      128 drivers/nest/owl.c:71 [owl] func:owl_feed\n"
	"Unreclaimable slab info:\n"
	"Name                      Used          Total\n"
	"owl_cache                 61KB         71KB\n"
	"Memory cgroup min protection 0kB -- low protection 0kB\n"
	"Tasks state (memory values in pages):\n"
	"[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes "
	"swapents oom_score_adj name\n"
	"[    375]     0   375    14010     2008      160     1848         0   102400      256     "
	"     -250 owl (nest)\n"
	"oom-kill:constraint=CONSTRAINT_NONE,nodemask=0-1,3,cpuset=/,mems_allowed=0-1,global_oom,"
	"task_memcg=/nest.slice,task=owl (nest),pid=375,uid=0\n"
	"Out of memory: Killed process 375 (owl (nest)) total-vm:56040kB, anon-rss:640kB, "
	"file-rss:7392kB, shmem-rss:0kB, UID:0 pgtables:100kB oom_score_adj:-250\n";

static void test_modern(void **state)
{
	struct told t;
	const struct oom_report *r = &t.report[0];
	const struct oom_memory *m = &r->memory;
	const struct oom_zone *z;

	told_all(&t, modern);
	assert_int_equal(t.reports, 1);
	z = m->zone;
	assert_string_equal(r->trigger.comm, "owl 0/KVM");
	assert_string_equal(r->release, "7.1.0-71-amd64");
	assert_string_equal(r->taint, "G W");
	assert_u64(m->pages.value[OOM_SEC_PAGETABLES], 3);
	assert_u64(m->pages.value[OOM_KERNEL_MISC_RECLAIMABLE], 5);
	assert_int_equal(m->node_count, 1);
	assert_int_equal(m->node[0].id, 1);
	assert_u64(m->node[0].counters.value[OOM_SHMEM_THP], 12 * KIB);
	assert_u64(m->node[0].counters.value[OOM_ISOLATED_FILE], 8 * KIB);
	assert_u64(m->node[0].counters.value[OOM_BALLOON], 4 * KIB);
	assert_u64(m->node[0].counters.value[OOM_GPU_RECLAIM], 12 * KIB);
	assert_int_equal(m->zone_count, 1);
	assert_u64(z->counters.value[OOM_BOOST], 2048 * KIB);
	assert_u64(z->counters.value[OOM_FREE_HIGHATOMIC], 8 * KIB);
	assert_u64(z->counters.value[OOM_ZSPAGES], 16 * KIB);
	assert_int_equal(z->buddy.orders, 3);
	assert_string_equal(z->buddy.types[1], "UMEHCI");
	assert_string_equal(z->buddy.types[2], "");
	assert_u64(r->page_bytes, 64 * KIB);
	assert_int_equal(m->hugepages[0].surplus, 2);
	assert_int_equal(m->hugepages[0].size_bytes, 2 * MIB);
	assert_unknown(m->pages_reserved);
	assert_u64(m->pages_cma, 6144);
	assert_u64(m->pages_hwpoisoned, 1);
	assert_int_equal(m->allocation_count, 2);
	assert_int_equal(m->allocation[0].bytes, 3 * GIB / 2);
	assert_int_equal(m->allocation[1].calls, 128);
	assert_string_equal(m->allocation[1].where, "drivers/nest/owl.c:71 [owl] func:owl_feed");
	assert_int_equal(m->slab_count, 1);
	assert_int_equal(m->slab[0].total_bytes, 71 * KIB);
	assert_false(r->memcg.known);
	assert_string_equal(r->trigger.nodemask, "0-1,3");
	assert_string_equal(r->mems_allowed, "0-1");
	assert_true(r->global_oom);
	assert_string_equal(r->memcg.task_path, "/nest.slice");
	assert_string_equal(r->task[0].comm, "owl (nest)");
	assert_string_equal(r->victim[0].comm, "owl (nest)");
	assert_int_equal(r->constraint, OOM_CONSTRAINT_NONE);
	assert_false(oom_report_truncated(r));
	told_release(&t);
}

/* What an era's trigger, table and verdict differ in: one row each. */
static const struct {
	const char *lines;
	uint32_t columns; /* of the table, beside pid, uid, tgid, total_vm, rss, name */
	int64_t order, victim;
	const char *flags;
} eras[] = {
	{ "owl invoked oom-killer: gfp_mask=0x280da, order=2, oomkilladj=3\n"
	  "Out of memory: kill process 70 (nest) score 1190231 or a child\n"
	  "Killed process 71 (owl)\n",
	  0, 2, 71, "" },
	/* RHEL 5 */
	{ "owl invoked oom-killer: gfp_mask=0x201d2, order=0, oomkilladj=0\n"
	  "Out of memory: Killed process 71, UID 48, (owl).\n",
	  0, 0, 71, "" },
	{ "owl invoked oom-killer: gfp_mask=0x280da, order=0, oom_score_adj=0\n"
	  "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name\n"
	  "[   71]     0    71    63960       94      26        5             7 owl\n"
	  "Out of memory: Kill process 71 (owl) score 919 or sacrifice child\n"
	  "Killed process 71 (owl) total-vm:4kB, anon-rss:4kB, file-rss:0kB\n",
	  OOM_COLUMN_NR_PTES | OOM_COLUMN_SWAPENTS, 0, 71, "" },
	{ "owl invoked oom-killer: gfp_mask=0x14200ca(GFP_HIGHUSER_MOVABLE), nodemask=(null),  "
	  "order=1, oom_score_adj=0\n"
	  "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds nr_puds swapents oom_score_adj "
	  "name\n"
	  "[   71]     0    71    63960       94      26       3       2        5             7 "
	  "owl\n"
	  "Out of memory: Kill process 71 (owl) score 919 or sacrifice child\n"
	  "Killed process 71 (owl) total-vm:4kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB\n",
	  OOM_COLUMN_NR_PTES | OOM_COLUMN_NR_PMDS | OOM_COLUMN_NR_PUDS | OOM_COLUMN_SWAPENTS, 1, 71,
	  "GFP_HIGHUSER_MOVABLE" },
	{ "owl invoked oom-killer: gfp_mask=0x6200ca(GFP_HIGHUSER_MOVABLE), nodemask=(null), "
	  "order=-1, oom_score_adj=0\n"
	  "Tasks state (memory values in pages):\n"
	  "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
	  "[     71]     0    71    63960       94    69632        5             7 owl\n"
	  "Out of memory: Kill process 71 (owl) score 919 or sacrifice child\n"
	  "Killed process 71 (owl) total-vm:4kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB\n",
	  OOM_COLUMN_PGTABLES_BYTES | OOM_COLUMN_SWAPENTS, -1, 71, "GFP_HIGHUSER_MOVABLE" },
	/* linux-next of early 2016: another order of the fields */
	{ "owl invoked oom-killer: order=3, oom_score_adj=0, "
	  "gfp_mask=0x24280ca(GFP_HIGHUSER_MOVABLE|GFP_ZERO)\n"
	  "Out of memory (oom_kill_allocating_task): Killed process 71 (owl) total-vm:4kB, "
	  "anon-rss:4kB, file-rss:0kB, shmem-rss:0kB\n",
	  0, 3, 71, "GFP_HIGHUSER_MOVABLE|GFP_ZERO" },
};

static void test_eras(void **state)
{
	const uint32_t always = OOM_COLUMN_PID | OOM_COLUMN_UID | OOM_COLUMN_TGID |
				OOM_COLUMN_TOTAL_VM | OOM_COLUMN_RSS | OOM_COLUMN_NAME |
				OOM_COLUMN_OOM_SCORE_ADJ;

	for (size_t i = 0; i < ARRAY_SIZE(eras); i++) {
		struct told t;
		const struct oom_report *r = &t.report[0];

		told_all(&t, eras[i].lines);
		assert_int_equal(t.reports, 1);
		assert_string_equal(r->trigger.comm, "owl");
		assert_u64(r->trigger.order, eras[i].order);
		assert_string_equal(r->trigger.gfp_flags, eras[i].flags);
		assert_int_equal(r->columns, eras[i].columns ? always | eras[i].columns : 0);
		if (r->task_count)
			assert_int_equal(r->task[0].oom_score_adj, 7);
		assert_int_equal(r->victim_count, 1);
		assert_int_equal(r->victim[0].pid, eras[i].victim);
		assert_string_equal(r->victim[0].comm, "owl");
		assert_false(r->cut_at_start || r->cut_at_end);
		assert_int_equal(r->constraint, OOM_CONSTRAINT_NONE);
		told_release(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_el6),	 cmocka_unit_test(test_memcg_v1),
		cmocka_unit_test(test_memcg_v2), cmocka_unit_test(test_modern),
		cmocka_unit_test(test_eras),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
