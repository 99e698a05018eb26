/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports of a few eras, made up: texts as the kernels print them, names and numbers invented. */
#pragma once

/* 6.12, whole machine, dmesg with callers */
#define SAMPLE_612                                                                                 \
	"[ 8812.100001][ T4711] grower invoked oom-killer: "                                       \
	"gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|"                                                  \
	"__GFP_COMP|__GFP_ZERO), order=0, oom_score_adj=0\n"                                       \
	"[ 8812.100101][ T4711] CPU: 1 UID: 1000 PID: 4711 Comm: grower Not tainted "              \
	"6.12.9-sample "                                                                           \
	"#1\n"                                                                                     \
	"[ 8812.100201][ T4711] Hardware name: Sample Box, BIOS 7 01/01/2025\n"                    \
	"[ 8812.100301][ T4711] Call Trace:\n"                                                     \
	"[ 8812.100401][ T4711]  <TASK>\n"                                                         \
	"[ 8812.100501][ T4711]  dump_stack_lvl+0x5d/0x80\n"                                       \
	"[ 8812.100601][ T4711]  dump_header+0x43/0x1aa\n"                                         \
	"[ 8812.100701][ T4711]  out_of_memory+0x101/0x2f0\n"                                      \
	"[ 8812.100801][ T4711]  </TASK>\n"                                                        \
	"[ 8812.100901][ T4711] Mem-Info:\n"                                                       \
	"[ 8812.101001][ T4711] active_anon:421777 inactive_anon:51222 isolated_anon:0\n"          \
	"[ 8812.101001][ T4711]  active_file:71 inactive_file:123 isolated_file:0\n"               \
	"[ 8812.101001][ T4711]  unevictable:0 dirty:1 writeback:0\n"                              \
	"[ 8812.101001][ T4711]  slab_reclaimable:3111 slab_unreclaimable:6222\n"                  \
	"[ 8812.101001][ T4711]  mapped:64 shmem:512 pagetables:1707\n"                            \
	"[ 8812.101001][ T4711]  sec_pagetables:0 bounce:0\n"                                      \
	"[ 8812.101001][ T4711]  kernel_misc_reclaimable:0\n"                                      \
	"[ 8812.101001][ T4711]  free:13007 free_pcp:31 free_cma:0\n"                              \
	"[ 8812.102001][ T4711] Node 0 active_anon:1687108kB inactive_anon:204888kB active_file:"  \
	"284kB inactive_file:492kB unevictable:0kB isolated(anon):0kB isolated(file):0kB "         \
	"mapped:256kB dirty:4kB writeback:0kB shmem:2048kB shmem_thp:0kB shmem_pmdmapped:0kB "     \
	"anon_thp:0kB writeback_tmp:0kB kernel_stack:2512kB pagetables:6828kB sec_pagetables:0kB " \
	"all_unreclaimable? yes\n"                                                                 \
	"[ 8812.102101][ T4711] Node 0 DMA32 free:52028kB boost:0kB min:44760kB low:55948kB "      \
	"high:67136kB reserved_highatomic:0KB active_anon:1687108kB inactive_anon:204888kB "       \
	"active_file:284kB inactive_file:492kB unevictable:0kB writepending:4kB "                  \
	"present:2080640kB "                                                                       \
	"managed:2011420kB mlocked:0kB bounce:0kB free_pcp:124kB local_pcp:0kB free_cma:0kB\n"     \
	"[ 8812.102201][ T4711] lowmem_reserve[]: 0 0 0 0\n"                                       \
	"[ 8812.102301][ T4711] Node 0 DMA32: 211*4kB (UME) 92*8kB (UME) 44*16kB (UE) 17*32kB "    \
	"(UE) "                                                                                    \
	"9*64kB (U) 3*128kB (UM) 1*256kB (M) 1*512kB (E) 2*1024kB (UE) 1*2048kB (M) 10*4096kB "    \
	"(M) "                                                                                     \
	"= 49612kB\n"                                                                              \
	"[ 8812.102401][ T4711] Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 "       \
	"hugepages_size=2048kB\n"                                                                  \
	"[ 8812.102501][ T4711] 706 total pagecache pages\n"                                       \
	"[ 8812.102601][ T4711] 0 pages in swap cache\n"                                           \
	"[ 8812.102701][ T4711] Free swap  = 0kB\n"                                                \
	"[ 8812.102801][ T4711] Total swap = 0kB\n"                                                \
	"[ 8812.102901][ T4711] 520160 pages RAM\n"                                                \
	"[ 8812.103001][ T4711] 0 pages HighMem/MovableOnly\n"                                     \
	"[ 8812.103101][ T4711] 17305 pages reserved\n"                                            \
	"[ 8812.103201][ T4711] Tasks state (memory values in pages):\n"                           \
	"[ 8812.103301][ T4711] [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file "        \
	"rss_shmem "                                                                               \
	"pgtables_bytes swapents oom_score_adj name\n"                                             \
	"[ 8812.103401][ T4711] [    301]     0   301     7114      512      256      256        " \
	" 0 "                                                                                      \
	"   90112        0         -1000 sampled\n"                                                \
	"[ 8812.103501][ T4711] [    633]   101   633    55012     2048     1024     1024        " \
	" 0 "                                                                                      \
	"  131072        0             0 tab le)\n"                                                \
	"[ 8812.103601][ T4711] [   4711]  1000  4711   481222   466001   465999        2        " \
	" 0 "                                                                                      \
	" 3801088        0             0 grower\n"                                                 \
	"[ 8812.103701][ T4711] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,"     \
	"mems_allowed=0,global_oom,task_memcg=/user.slice/a b,task=grower,pid=4711,uid=1000\n"     \
	"[ 8812.103801][ T4711] Out of memory: Killed process 4711 (grower) total-vm:1924888kB, "  \
	"anon-rss:1863996kB, file-rss:8kB, shmem-rss:0kB, UID:1000 pgtables:3712kB "               \
	"oom_score_adj:0\n"                                                                        \
	"[ 8812.204001][   T41] oom_reaper: reaped process 4711 (grower), now anon-rss:0kB, "      \
	"file-rss:8kB, shmem-rss:0kB\n"

/* 6.1, memcg v2, journalctl's short form: continuation lines have no prefix */
#define SAMPLE_61_MEMCG                                                                            \
	"Nov 26 12:00:01 box7 kernel: worker-a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), "   \
	"order=0, oom_score_adj=100\n"                                                             \
	"Nov 26 12:00:01 box7 kernel: CPU: 3 PID: 5150 Comm: worker-a Not tainted 6.1.0-77-amd64 " \
	"#1  Sample 6.1.77-1\n"                                                                    \
	"Nov 26 12:00:01 box7 kernel: Call Trace:\n"                                               \
	"Nov 26 12:00:01 box7 kernel:  mem_cgroup_out_of_memory+0x132/0x140\n"                     \
	"Nov 26 12:00:01 box7 kernel: memory: usage 262144kB, limit 262144kB, failcnt 991\n"       \
	"Nov 26 12:00:01 box7 kernel: swap: usage 0kB, limit 0kB, failcnt 0\n"                     \
	"Nov 26 12:00:01 box7 kernel: Memory cgroup stats for /box.slice/worker.service:\n"        \
	"Nov 26 12:00:01 box7 kernel: anon 257949696\n"                                            \
	"                             file 1048576\n"                                              \
	"                             kernel 5242880\n"                                            \
	"Nov 26 12:00:01 box7 dockerd[99]: time=\"12:00\" level=info msg=\"Out of memory: "        \
	"none\"\n"                                                                                 \
	"Nov 26 12:00:01 box7 kernel: Tasks state (memory values in pages):\n"                     \
	"Nov 26 12:00:01 box7 kernel: [  pid  ]   uid  tgid total_vm      rss pgtables_bytes "     \
	"swapents oom_score_adj name\n"                                                            \
	"Nov 26 12:00:01 box7 kernel: [   5149]   990  5149     1022       77    49152        0  " \
	"  "                                                                                       \
	"       100 worker-sh\n"                                                                   \
	"Nov 26 12:00:01 box7 kernel: [   5150]   990  5150    99122    62977   614400        0  " \
	"  "                                                                                       \
	"       100 worker-a\n"                                                                    \
	"Nov 26 12:00:01 box7 kernel: "                                                            \
	"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset="                             \
	"/,mems_allowed=0,oom_memcg=/box.slice/worker.service,task_memcg=/box.slice/worker."       \
	"service,task=worker-a,pid=5150,uid=990\n"                                                 \
	"Nov 26 12:00:01 box7 kernel: Memory cgroup out of memory: Killed process 5150 "           \
	"(worker-a) "                                                                              \
	"total-vm:396488kB, anon-rss:251908kB, file-rss:0kB, shmem-rss:0kB, UID:990 "              \
	"pgtables:600kB oom_score_adj:100\n"

/* 3.10, with the score and a child that was sacrificed; syslog with printk's time */
#define SAMPLE_310                                                                                 \
	"Jun 20 12:47:02 old1 kernel: [777000.000001] httpd invoked oom-killer: "                  \
	"gfp_mask=0x201da, "                                                                       \
	"order=0, oom_score_adj=0\n"                                                               \
	"Jun 20 12:47:02 old1 kernel: [777000.000002] httpd cpuset=/ mems_allowed=0\n"             \
	"Jun 20 12:47:02 old1 kernel: [777000.000003] CPU: 0 PID: 2101 Comm: httpd Not tainted "   \
	"3.10.0-sample.el7.x86_64 #1\n"                                                            \
	"Jun 20 12:47:02 old1 kernel: [777000.000004] Mem-Info:\n"                                 \
	"Jun 20 12:47:02 old1 kernel: [777000.000005] active_anon:201000 inactive_anon:30100 "     \
	"isolated_anon:0\n"                                                                        \
	"Jun 20 12:47:02 old1 kernel: [777000.000006] Free swap  = 0kB\n"                          \
	"Jun 20 12:47:02 old1 kernel: [777000.000007] Total swap = 0kB\n"                          \
	"Jun 20 12:47:02 old1 kernel: [777000.000008] 262044 pages RAM\n"                          \
	"Jun 20 12:47:02 old1 kernel: [777000.000009] 7044 pages reserved\n"                       \
	"Jun 20 12:47:02 old1 kernel: [777000.000010] [ pid ]   uid  tgid total_vm      rss "      \
	"nr_ptes swapents oom_score_adj name\n"                                                    \
	"Jun 20 12:47:02 old1 kernel: [777000.000011] [ 2101]    48  2101    71000    12001     "  \
	"  91        0             0 httpd\n"                                                      \
	"Jun 20 12:47:02 old1 kernel: [777000.000012] [ 2200]    27  2200   301000   190001     "  \
	" 511        0             0 store d\n"                                                    \
	"Jun 20 12:47:02 old1 kernel: [777000.000013] Out of memory: Kill process 2200 (store d) " \
	"score 745 or sacrifice child\n"                                                           \
	"Jun 20 12:47:02 old1 kernel: [777000.000014] Killed process 2201 (store child) "          \
	"total-vm:1204000kB, anon-rss:760004kB, file-rss:0kB\n"

/* 2.6.32 of RHEL 6, no prefix but the tag */
#define SAMPLE_2632                                                                                \
	"kernel: batchd invoked oom-killer: gfp_mask=0x280da, order=0, oom_adj=0, "                \
	"oom_score_adj=0\n"                                                                        \
	"kernel: batchd cpuset=/ mems_allowed=0\n"                                                 \
	"kernel: Pid: 313, comm: batchd Not tainted 2.6.32-sample.el6.x86_64 #1\n"                 \
	"kernel: Mem-Info:\n"                                                                      \
	"kernel: Node 0 DMA per-cpu:\n"                                                            \
	"kernel: CPU    0: hi:    0, btch:   1 usd:   0\n"                                         \
	"kernel: active_anon:91000 inactive_anon:31000 isolated_anon:0\n"                          \
	"kernel:  active_file:11 inactive_file:12 isolated_file:0\n"                               \
	"kernel: [ pid ]   uid  tgid total_vm      rss cpu oom_adj oom_score_adj name\n"           \
	"kernel: [  313]     0   313   191000    88001   0       0             0 batchd\n"         \
	"kernel: [  500]     0   500     1900      101   1     -17         -1000 logd\n"           \
	"kernel: Out of memory: Kill process 313 (batchd) score 871 or sacrifice child\n"          \
	"kernel: Killed process 313, UID 0, (batchd) total-vm:764000kB, anon-rss:351900kB, "       \
	"file-rss:104kB\n"
