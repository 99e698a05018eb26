/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a log for the bench of explain to stdout: `generate few|all BYTES`. "few": an ordinary
 * syslog with a report each 128 MB; "all": nothing but reports of the whole machine, 200 tasks
 * each. The same arguments give the same bytes.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APART (UINT64_C(128) << 20)
#define TASKS 200

static uint64_t random_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static const char *const head[] = {
	"worker-7 invoked oom-killer: "
	"gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), "
	"order=0, oom_score_adj=0",
	"CPU: 1 UID: 1000 PID: 1007 Comm: worker-7 Not tainted 6.12.9-bench #1",
	"Hardware name: Bench Box, BIOS 7 01/01/2025",
	"Call Trace:",
	" <TASK>",
	" dump_stack_lvl+0x5d/0x80",
	" dump_header+0x43/0x1aa",
	" oom_kill_process.cold+0xa/0xc1",
	" out_of_memory+0x101/0x2f0",
	" __alloc_pages_slowpath.constprop.0+0xbb1/0xd20",
	" </TASK>",
	"Mem-Info:",
	"active_anon:421777 inactive_anon:51222 isolated_anon:0",
	" active_file:71 inactive_file:123 isolated_file:0",
	" unevictable:0 dirty:1 writeback:0",
	" slab_reclaimable:3111 slab_unreclaimable:6222",
	" mapped:64 shmem:512 pagetables:1707",
	" sec_pagetables:0 bounce:0",
	" kernel_misc_reclaimable:0",
	" free:13007 free_pcp:31 free_cma:0",
	"Node 0 active_anon:1687108kB inactive_anon:204888kB active_file:284kB inactive_file:492kB "
	"unevictable:0kB isolated(anon):0kB isolated(file):0kB mapped:256kB dirty:4kB "
	"writeback:0kB "
	"shmem:2048kB shmem_thp:0kB shmem_pmdmapped:0kB anon_thp:0kB writeback_tmp:0kB "
	"kernel_stack:2512kB pagetables:6828kB sec_pagetables:0kB all_unreclaimable? yes",
	"Node 0 DMA32 free:52028kB boost:0kB min:44760kB low:55948kB high:67136kB "
	"reserved_highatomic:0KB active_anon:1687108kB inactive_anon:204888kB active_file:284kB "
	"inactive_file:492kB unevictable:0kB writepending:4kB present:2080640kB managed:2011420kB "
	"mlocked:0kB bounce:0kB free_pcp:124kB local_pcp:0kB free_cma:0kB",
	"lowmem_reserve[]: 0 0 0 0",
	"Node 0 DMA32: 211*4kB (UME) 92*8kB (UME) 44*16kB (UE) 17*32kB (UE) 9*64kB (U) 3*128kB "
	"(UM) "
	"1*256kB (M) 1*512kB (E) 2*1024kB (UE) 1*2048kB (M) 10*4096kB (M) = 49612kB",
	"706 total pagecache pages",
	"Free swap  = 0kB",
	"Total swap = 0kB",
	"520160 pages RAM",
	"0 pages HighMem/MovableOnly",
	"17305 pages reserved",
	"Tasks state (memory values in pages):",
	"[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes "
	"swapents "
	"oom_score_adj name",
};

static const char *const ordinary[] = {
	"sshd[812]: Accepted publickey for op from 10.0.0.9 port 40022 ssh2: RSA "
	"SHA256:0123456789abcdef",
	"kernel: [ 8812.123456] usb 1-1: new high-speed USB device number 4 using xhci_hcd",
	"app[77]: GET /index.html 200 12 ms, user agent: probe, memory ok, process 77",
	"systemd[1]: Started Session 44 of user root.",
	"dockerd[99]: time=\"2025-11-26T11:22:33Z\" level=info msg=\"shim reaped\" "
	"id=0123456789abcdef",
	"CRON[4401]: (root) CMD (test -x /usr/sbin/job && run-job killed oom memory)",
};

static uint64_t put(const char *prefix, uint64_t second, uint64_t usec, const char *text)
{
	const int n = printf("%s[%5" PRIu64 ".%06" PRIu64 "] %s\n", prefix, second, usec, text);

	return n < 0 ? 0 : (uint64_t)n;
}

static uint64_t put_report(const char *prefix, uint64_t second)
{
	uint64_t n = 0, usec = 100000, state = second;
	char row[256];

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		n += put(prefix, second, usec++, head[i]);
	for (unsigned int i = 0; i < TASKS; i++) {
		(void)snprintf(
			row, sizeof(row),
			"[%7u]  1000 %5u   481222 %8" PRIu64
			"   465999        2         0  3801088        0             0 worker-%u",
			1000 + i, 1000 + i, random_next(&state) % 90000, i);
		n += put(prefix, second, usec++, row);
	}
	(void)snprintf(
		row, sizeof(row),
		"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,"
		"global_oom,task_memcg=/user.slice,task=worker-7,pid=1007,uid=1000");
	n += put(prefix, second, usec++, row);
	(void)snprintf(row, sizeof(row),
		       "Out of memory: Killed process 1007 (worker-7) total-vm:1924888kB, "
		       "anon-rss:%" PRIu64
		       "kB, file-rss:8kB, shmem-rss:0kB, UID:1000 pgtables:3712kB "
		       "oom_score_adj:0",
		       1000000 + second);
	n += put(prefix, second, usec++, row);
	return n;
}

int main(int argc, char **argv)
{
	uint64_t bytes = argc == 3 ? strtoull(argv[2], NULL, 10) : 0, written = 0, state = 1;
	uint64_t second = 10000, next = APART / 2;
	const int all = argc == 3 && strcmp(argv[1], "all") == 0;

	if (!bytes || (!all && strcmp(argv[1], "few") != 0)) {
		(void)fputs("usage: generate few|all BYTES\n", stderr);
		return 2;
	}
	while (written < bytes) {
		if (all || written >= next) {
			written += put_report(all ? "" : "Nov 26 11:22:33 box7 kernel: ", second++);
			next += APART;
			continue;
		}
		(void)printf("Nov 26 11:22:33 box7 %s\n", ordinary[random_next(&state) % 6]);
		written += 100;
	}
	return fflush(stdout) == EOF || ferror(stdout) ? 1 : 0;
}
