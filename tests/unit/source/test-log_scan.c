/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "source/log_scan.h"

/* Every line with which a report may begin or which stands alone, and the neighbours. */
static const char *const found[] = {
	"zed invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
	"zed invoked oom-killer: gfp_mask=0x201d2, order=0, oomkilladj=0",
	"oom-killer: gfp_mask=0xcc0(GFP_KERNEL)",
	"Out of memory: Killed process 77 (zed)",
	"Memory cgroup out of memory: Kill process 77 (zed) score 1 or sacrifice child",
	"Out of memory: kill process 77 (zed) score 1190 or a child",
	"Killed process 77 (zed)",
	"total-vm:12kB, anon-rss:1kB, file-rss:0kB",
	"Out of memory and no killable processes...",
	"No available memory (MPOL_BIND): kill process 77 (zed) score 1 or a child",
	"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=zed,pid=77,uid=0",
	"oom_reaper: reaped process 77 (zed), now anon-rss:0kB",
	"oom_reaper: unable to reap pid:77 (zed)",
	"OOM victim 77 (zed) is already exiting. Skip killing the task",
	"Tasks in /a are going to be killed due to memory.oom.group set",
	"[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
	"Mem-Info:",
	"active_anon:1 inactive_anon:2 isolated_anon:0",
	"Task in /a killed as a result of limit of /b",
	"Memory limit reached of cgroup /a",
	"Memory cgroup stats for /a: cache:0KB",
	"Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled",
	"Kernel panic - not syncing: System is deadlocked on memory",
	"oom_kill_process: 8 callbacks suppressed",
	"zed: page allocation failure: order:4, mode:0x40cc0(GFP_KERNEL|__GFP_COMP)",
	"zed: page allocation stalls for 10s, order:0",
	"vmalloc: allocation failure: 123 bytes",
	"zed: vmalloc error: size 4096",
	"SLUB: Unable to allocate memory on node -1",
	"Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF",
	"systemd-journald[1]: Missed 77 kernel messages",
	"** 77 printk messages dropped **",
	"rsyslogd-2177: imuxsock lost 77 messages from pid 1 due to rate-limiting",
	"earlyoom[1]: sending SIGTERM to process 77 uid 0 \"zed\": badness 1",
	"systemd-oomd[1]: Killed /a due to memory pressure",
};

static ssize_t naive(struct text t)
{
	ssize_t first = -1;

	/* A word of the table begins where a longer and longer end of the text is found at 0. */
	for (size_t i = 0; i < t.n && first < 0; i++)
		if (log_scan(text_of(t.p + i, MIN(t.n - i, (size_t)LOG_SCAN_OVERLAP))) == 0)
			first = (ssize_t)i;
	return first;
}

static void every_line_is_found(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		if (log_scan(text_of(found[i], strlen(found[i]))) < 0)
			fail_msg("not found: %s", found[i]);
}

static void ordinary_lines_are_not(void **state)
{
	static const char *const other[] = {
		"usb 1-1: new high-speed USB device number 4 using xhci_hcd",
		"net_ratelimit: 77 callbacks suppressed",
		"sshd[77]: Accepted publickey for root from 10.0.0.7 port 77 ssh2",
		"EXT4-fs (sda1): mounted filesystem with ordered data mode",
		"",
		"oom-kil",
		"oom",
	};

	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		assert_int_equal(log_scan(text_of(other[i], strlen(other[i]))), -1);
}

/* At any offset, with anything before it; what is cut is not found. */
static void at_any_place(void **state)
{
	char buf[256];

	for (size_t at = 0; at < 64; at++) {
		const struct text word = TEXT("Mem-Info");

		memset(buf, 'o', sizeof(buf));
		memcpy(buf + at, word.p, word.n);
		assert_int_equal(log_scan(text_of(buf, sizeof(buf))), at);
		assert_int_equal(log_scan(text_of(buf, at + word.n)), at);
		assert_int_equal(log_scan(text_of(buf, at + word.n - 1)), -1);
	}
}

/* Random texts of pieces of the words: where any search would jump wrongly. */
static void as_a_naive_search(void **state)
{
	static const char *const parts[] = { "oom",    "-kill", "_kill",    "of ",     "memory",
					     "total",  "-vm:",	"Killed ",  "process", "oo",
					     "m-",     "_",	" ",	    "\n",      "k",
					     "Mem-",   "Info",	"anon-rss", ":",       "messages ",
					     "dropped" };
	uint32_t seed = 77;
	char buf[512];

	for (int round = 0; round < 20000; round++) {
		size_t len = 0;

		while (len < 200) {
			const char *part;

			seed = seed * 1664525 + 1013904223;
			part = parts[(seed >> 16) % ARRAY_SIZE(parts)];
			memcpy(buf + len, part, strlen(part));
			len += strlen(part);
		}
		assert_int_equal(log_scan(text_of(buf, len)), naive(text_of(buf, len)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_is_found),
		cmocka_unit_test(ordinary_lines_are_not),
		cmocka_unit_test(at_any_place),
		cmocka_unit_test(as_a_naive_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
