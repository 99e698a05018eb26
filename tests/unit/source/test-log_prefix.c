/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "source/log_clean.h"
#include "source/log_prefix.h"
#include "source/log_stamp.h"

#define SEC UINT64_C(1000000)
#define DAY (86400 * SEC)
#define NONE UINT64_MAX
#define CPU(n) (UINT64_C(1) << 32 | (n))

/* 2025-11-26 and 2024-02-29 as days since 1970 (date -d @...), and days of a year without 29/2. */
#define NOV26_2025 (UINT64_C(20418) * DAY)
#define FEB29_2024 (UINT64_C(19782) * DAY)
#define JUN20 (UINT64_C(170) * DAY)
#define NOV26 (UINT64_C(329) * DAY)

struct row {
	const char *raw, *text;
	uint64_t boot_usec;
	const char *origin;
	uint64_t wall_day, wall_time; /* .wall_day NONE: unknown */
	int level;		      /* -1: unknown */
	enum log_speaker speaker;
	uint64_t caller; /* NONE: unknown */
};

#define U LOG_SPEAKER_UNKNOWN
#define K LOG_SPEAKER_KERNEL
#define O LOG_SPEAKER_OTHER
#define T1 12345678

static const struct row rows[] = {
	/* printk */
	{ "[   12.345678] Mem-Info:", "Mem-Info:", T1, "", NONE, 0, -1, K, NONE },
	{ "[   12.345678]  dump_stack+0x1/0x2", " dump_stack+0x1/0x2", T1, "", NONE, 0, -1, K,
	  NONE },
	{ "[   12.345678][  T123] zed", "zed", T1, "", NONE, 0, -1, K, 123 },
	{ "[   12.345678][   C97] zed", "zed", T1, "", NONE, 0, -1, K, CPU(97) },
	{ "[   12.345678@0] zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "[   12.345678,3] zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "[   12.345678 <    0.000012>] zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "<4>[   12.345678] zed", "zed", T1, "", NONE, 0, 4, K, NONE },
	{ "<30>[   12.345678] zed", "zed", T1, "", NONE, 0, 6, K, NONE },
	{ "12.345678] zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "[2-12.3456] zed", "zed", 12345600, "", NONE, 0, -1, K, NONE },
	{ "[   12.345678] systemd[1]: hello", "hello", T1, "", NONE, 0, -1, O, NONE },
	{ "[   12.345678] (3)[77:kworker/u8]zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "[   12.345678]  [2:    kswapd0:   45] zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "kern  :warn  : [   12.345678] zed", "zed", T1, "", NONE, 0, 4, K, NONE },
	{ "daemon:info  : [   12.345678] zed", "zed", T1, "", NONE, 0, 6, O, NONE },
	/* a console that a program relays, and daemons that read the kernel's log */
	{ "Jun 20 12:47:02 db1 dmesg: [   12.345678] zed", "zed", T1, "db1", JUN20, 46022 * SEC, -1,
	  K, NONE },
	{ "Jun 20 12:47:02 db1 console[7]: [   12.345678] zed", "zed", T1, "db1", JUN20,
	  46022 * SEC, -1, K, NONE },
	{ "Jun 20 12:47:02 db1 qemu-kvm[7]: [   12.345678] systemd[1]: zed", "systemd[1]: zed", T1,
	  "db1", JUN20, 46022 * SEC, -1, O, NONE },
	{ "Jun 20 12:47:02 db1 klogd: zed", "zed", NONE, "db1", JUN20, 46022 * SEC, -1, K, NONE },
	{ "Jun 20 12:47:02 db1 vmunix: zed", "zed", NONE, "db1", JUN20, 46022 * SEC, -1, K, NONE },
	{ "2025-11-26 12:00:01,5 INFO console: [   12.345678] zed", "zed", T1, "", NOV26_2025,
	  43201 * SEC + 500000, 6, K, NONE },
	/* names that look like a prefix */
	{ "[   12.345678] runc[1]: invoked oom-killer: gfp_mask=0x0",
	  "runc[1]: invoked oom-killer: gfp_mask=0x0", T1, "", NONE, 0, -1, K, NONE },
	{ "[   12.345678] x y[1]: invoked oom-killer: gfp_mask=0x0",
	  "x y[1]: invoked oom-killer: gfp_mask=0x0", T1, "", NONE, 0, -1, K, NONE },
	{ "[   12.345678] kernel: invoked oom-killer: gfp_mask=0x0",
	  "kernel: invoked oom-killer: gfp_mask=0x0", T1, "", NONE, 0, -1, K, NONE },
	{ "Jun 20 12:47:02 db1 owl: nest w invoked oom-killer: gfp_mask=0x0",
	  "owl: nest w invoked oom-killer: gfp_mask=0x0", NONE, "db1", JUN20, 46022 * SEC, -1, U,
	  NONE },
	/* netconsole */
	{ "6.12.1-amd64,4,100,12345678,-;zed", "zed", T1, "", NONE, 0, 4, K, NONE },
	{ "2025-11-26T12:00:01 10.0.0.7 4,100,12345678,-;zed", "zed", T1, "10.0.0.7", NOV26_2025,
	  43201 * SEC, 4, K, NONE },
	/* hosts before a record */
	{ "10.0.0.7: kern: warning: [2025-11-26T12:00:01Z]: zed", "zed", NONE, "10.0.0.7",
	  NOV26_2025, 43201 * SEC, 4, K, NONE },
	{ "db1: [   12.345678] zed", "zed", T1, "db1", NONE, 0, -1, K, NONE },
	/* logcat -b kernel */
	{ "11-26 12:00:01.000     0     0 W         : zed", "zed", NONE, "", NOV26, 43201 * SEC, -1,
	  K, NONE },
	{ "11-26 12:00:01.000     0     0 E Out of zed: x", "Out of zed: x", NONE, "", NOV26,
	  43201 * SEC, -1, K, NONE },
	{ "W/        (    0): zed", "zed", NONE, "", NONE, 0, -1, K, NONE },
	/* /dev/kmsg */
	{ "6,1234,12345678,-;zed", "zed", T1, "", NONE, 0, 6, K, NONE },
	{ "4,1234,12345678,c,caller=T9; zed", " zed", T1, "", NONE, 0, 4, K, 9 },
	{ "30,1234,12345678,-,caller=C2;systemd[1]: x", "x", T1, "", NONE, 0, 6, O, CPU(2) },
	/* dmesg -T, -e, -d, --time-format */
	{ "[Wed Nov 26 12:00:01 2025] zed", "zed", NONE, "", NOV26_2025, 43201 * SEC, -1, U, NONE },
	{ "[Wed Nov 26 12:00:01 2025][  T12] zed", "zed", NONE, "", NOV26_2025, 43201 * SEC, -1, U,
	  12 },
	{ "[mer. 26 nov. 12:00:01 2025] zed", "zed", NONE, "", NOV26_2025, 43201 * SEC, -1, U,
	  NONE },
	{ "[jeu. 29 févr. 12:00:01 2024] zed", "zed", NONE, "", FEB29_2024, 43201 * SEC, -1, U,
	  NONE },
	{ "[Mi Nov 26 12:00:01 2025]  zed", " zed", NONE, "", NOV26_2025, 43201 * SEC, -1, U,
	  NONE },
	{ "[三 11月 26 12:00:01 2025] zed", "zed", NONE, "", NOV26_2025, 43201 * SEC, -1, U, NONE },
	{ "[Ср ноя 26 12:00:01 2025] zed", "zed", NONE, "", NOV26_2025, 43201 * SEC, -1, U, NONE },
	{ "[Wed Xyz 26 12:00:01 2025] zed", "zed", NONE, "", NONE, 0, -1, U, NONE },
	{ "[Wed 26 Nov 2025 12:00:01 PM UTC] zed", "zed", NONE, "", NOV26_2025, 43201 * SEC, -1, U,
	  NONE },
	{ "[Nov26 12:00] zed", "zed", NONE, "", NOV26, 43200 * SEC, -1, U, NONE },
	{ "[  +0.000012] zed", "zed", NONE, "", NONE, 0, -1, U, NONE },
	{ "[<    0.000012>] zed", "zed", NONE, "", NONE, 0, -1, U, NONE },
	{ "2025-11-26T12:00:01,123456+00:00 zed", "zed", NONE, "", NOV26_2025, 43201123456, -1, U,
	  NONE },
	/* syslog and journalctl */
	{ "Jun 20 12:47:02 db1 kernel: [   12.345678] zed", "zed", T1, "db1", JUN20, 46022 * SEC,
	  -1, K, NONE },
	{ "Jun 20 12:47:02 db1 kernel: zed", "zed", NONE, "db1", JUN20, 46022 * SEC, -1, K, NONE },
	{ "Jun 20 12:47:02 db1 kernel:  frame+0x1/0x2", " frame+0x1/0x2", NONE, "db1", JUN20,
	  46022 * SEC, -1, K, NONE },
	{ "Jun 20 12:47:02.250 db1 kernel: zed", "zed", NONE, "db1", JUN20, 46022250000, -1, K,
	  NONE },
	{ "Nov 26 2025 12:00:01 db1 kernel: zed", "zed", NONE, "db1", NOV26_2025, 43201 * SEC, -1,
	  K, NONE },
	{ "Jun 20 12:47:02 10.0.0.7 kernel: zed", "zed", NONE, "10.0.0.7", JUN20, 46022 * SEC, -1,
	  K, NONE },
	{ "Jun 20 12:47:02 db1 dockerd[9931]: time=\"x\"", "time=\"x\"", NONE, "db1", JUN20,
	  46022 * SEC, -1, O, NONE },
	{ "Jun 20 12:47:02 db1 sudo: root", "root", NONE, "db1", JUN20, 46022 * SEC, -1, O, NONE },
	{ "Jun 20 12:47:02 kernel: zed", "zed", NONE, "", JUN20, 46022 * SEC, -1, K, NONE },
	{ "Jun 20 12:47:02 db1 [   12.345678] zed", "zed", T1, "db1", JUN20, 46022 * SEC, -1, K,
	  NONE },
	{ "Nov 26 12:00:01 [   12.345678] zed", "zed", T1, "", NOV26, 43201 * SEC, -1, K, NONE },
	{ "Jun 20 12:47:02 Hardware name: Box", "Hardware name: Box", NONE, "", JUN20, 46022 * SEC,
	  -1, U, NONE },
	{ "Jun 20 12:47:02 Out of memory: Killed process 1 (a)",
	  "Out of memory: Killed process 1 (a)", NONE, "", JUN20, 46022 * SEC, -1, U, NONE },
	{ "Jun 20 12:47:02 Memory allocations:", "Memory allocations:", NONE, "", JUN20,
	  46022 * SEC, -1, U, NONE },
	{ "Jun 20 12:47:02 db1 kern.warn kernel: zed", "zed", NONE, "db1", JUN20, 46022 * SEC, 4, K,
	  NONE },
	{ "2025-11-26 12:00:01 db1 kernel: zed", "zed", NONE, "db1", NOV26_2025, 43201 * SEC, -1, K,
	  NONE },
	{ "Wed 2025-11-26 12:00:01 CET db1 kernel: zed", "zed", NONE, "db1", NOV26_2025,
	  43201 * SEC, -1, K, NONE },
	{ "Wed 2025-11-26 12:00:01.5 CET db1 cron.service[7]: zed", "zed", NONE, "db1", NOV26_2025,
	  43201500000, -1, O, NONE },
	{ "2025-11-26T12:00:01+0100 db1 kernel: zed", "zed", NONE, "db1", NOV26_2025, 43201 * SEC,
	  -1, K, NONE },
	{ "2025-11-26T12:00:01.123456+01:00 db1 kernel: [   12.345678] zed", "zed", T1, "db1",
	  NOV26_2025, 43201123456, -1, K, NONE },
	{ "1764158401.000000 db1 kernel: zed", "zed", NONE, "db1", NOV26_2025, 43201 * SEC, -1, K,
	  NONE },
	{ "[   12.345678] db1 kernel: zed", "zed", T1, "db1", NONE, 0, -1, K, NONE },
	{ "[   12.345678] kernel: zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "kernel: zed", "zed", NONE, "", NONE, 0, -1, K, NONE },
	{ "kernel:[   12.345678] zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "<6>Jun 20 12:47:02 db1 kernel: zed", "zed", NONE, "db1", JUN20, 46022 * SEC, 6, K,
	  NONE },
	{ "<3>1 2025-11-26T12:00:01Z db1 kernel - - - zed", "zed", NONE, "db1", NOV26_2025,
	  43201 * SEC, 3, K, NONE },
	{ "<30>1 2025-11-26T12:00:01Z db1 app 7 id [x@1 a=\"b\"] zed", "zed", NONE, "db1",
	  NOV26_2025, 43201 * SEC, 6, O, NONE },
	{ "nov. 26 12:00:01 db1 kernel: zed", "zed", NONE, "db1", NOV26, 43201 * SEC, -1, K, NONE },
	{ "Wed Nov 26 12:00:01 2025 kern.info kernel: [   12.345678] zed", "zed", T1, "",
	  NOV26_2025, 43201 * SEC, 6, K, NONE },
	/* emulators, containers, phones */
	{ "2025-11-26T12:00:01.127Z In(05) vcpu-5 - Guest: <6>[   12.345678] zed", "zed", T1, "",
	  NOV26_2025, 43201127000, 6, K, NONE },
	{ "2025-11-26T12:00:01.127Z| vcpu-5| I120: Guest: <6>[   12.345678] zed", "zed", T1, "",
	  NOV26_2025, 43201127000, 6, K, NONE },
	{ "kern: warning: [2025-11-26T12:00:01.5Z]: zed", "zed", NONE, "", NOV26_2025, 43201500000,
	  4, K, NONE },
	{ "machine # [   12.345678] zed", "zed", T1, "machine", NONE, 0, -1, K, NONE },
	{ "vm-1  | [   12.345678] zed", "zed", T1, "vm-1", NONE, 0, -1, K, NONE },
	{ "12:00:01.738 [warn] zed", "zed", NONE, "", 0, 43201738000, 4, U, NONE },
	{ "2025-11-26T12:00:01.5Z stdout F [   12.345678] zed", "zed", T1, "", NOV26_2025,
	  43201500000, -1, K, NONE },
	{ "11-26 12:00:01.250   345   345 W kernel  : zed", "zed", NONE, "", NOV26, 43201250000, -1,
	  K, NONE },
	{ "W/kernel  (    0): zed", "zed", NONE, "", NONE, 0, -1, K, NONE },
	{ "[2025-11-26 12:00:01] [   12.345678] zed", "zed", T1, "", NOV26_2025, 43201 * SEC, -1, K,
	  NONE },
	{ "2025/11/26 12:00:01 [   12.345678] zed", "zed", T1, "", NOV26_2025, 43201 * SEC, -1, K,
	  NONE },
	/* quoting, grep, pagers */
	{ "> zed", "zed", NONE, "", NONE, 0, -1, U, NONE },
	{ ">> > [   12.345678] zed  \r", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "| [   12.345678] zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "+[   12.345678] zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "\t    zed \t", "zed", NONE, "", NONE, 0, -1, U, NONE },
	{ "/var/log/messages-1:Jun 20 12:47:02 db1 kernel: zed", "zed", NONE, "db1", JUN20,
	  46022 * SEC, -1, K, NONE },
	{ "kern.log:17:[   12.345678] zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	{ "   17\t[   12.345678] zed", "zed", T1, "", NONE, 0, -1, K, NONE },
	/* no prefix: the kernel's own text keeps every byte */
	{ "[  123]  1000   123     4321      567    12288        0             0 cron",
	  "[  123]  1000   123     4321      567    12288        0             0 cron", NONE, "",
	  NONE, 0, -1, U, NONE },
	{ "[ pid ]   uid  tgid total_vm", "[ pid ]   uid  tgid total_vm", NONE, "", NONE, 0, -1, U,
	  NONE },
	{ "Jun 20 12:47:02 db1 kernel: [  123]  1000   123", "[  123]  1000   123", NONE, "db1",
	  JUN20, 46022 * SEC, -1, K, NONE },
	{ "[   12.345678] [  123]  1000   123", "[  123]  1000   123", T1, "", NONE, 0, -1, K,
	  NONE },
	{ "[<c0411500>] (unwind) from [<c040b66c>]", "[<c0411500>] (unwind) from [<c040b66c>]",
	  NONE, "", NONE, 0, -1, U, NONE },
	{ "Node 0 DMA: 1*4kB (U) = 4kB", "Node 0 DMA: 1*4kB (U) = 4kB", NONE, "", NONE, 0, -1, U,
	  NONE },
	{ "Task in /a/b killed as a result of limit of /a",
	  "Task in /a/b killed as a result of limit of /a", NONE, "", NONE, 0, -1, U, NONE },
	{ "CPU 0/KVM invoked oom-killer: gfp_mask=0x0",
	  "CPU 0/KVM invoked oom-killer: gfp_mask=0x0", NONE, "", NONE, 0, -1, U, NONE },
	{ "(sd-pam) invoked oom-killer: gfp_mask=0x0", "(sd-pam) invoked oom-killer: gfp_mask=0x0",
	  NONE, "", NONE, 0, -1, U, NONE },
	{ "lowmem_reserve[]: 0 0 0 0", "lowmem_reserve[]: 0 0 0 0", NONE, "", NONE, 0, -1, U,
	  NONE },
	{ "[   12.345678] lowmem_reserve[]: 0 0", "lowmem_reserve[]: 0 0", T1, "", NONE, 0, -1, K,
	  NONE },
	{ "12288 pages reserved", "12288 pages reserved", NONE, "", NONE, 0, -1, U, NONE },
	{ "<TASK>", "<TASK>", NONE, "", NONE, 0, -1, U, NONE },
	{ "memory: usage 1kB, limit 1kB, failcnt 3", "memory: usage 1kB, limit 1kB, failcnt 3",
	  NONE, "", NONE, 0, -1, U, NONE },
	{ "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)",
	  "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)", NONE, "", NONE, 0, -1, U, NONE },
	/* cut, empty, nonsense */
	{ "", "", NONE, "", NONE, 0, -1, U, NONE },
	{ "[", "[", NONE, "", NONE, 0, -1, U, NONE },
	{ "[   12.3456", "[   12.3456", NONE, "", NONE, 0, -1, U, NONE },
	{ "[   12.345678]", "", T1, "", NONE, 0, -1, K, NONE },
	{ "<4", "<4", NONE, "", NONE, 0, -1, U, NONE },
	{ "Jun 20 12:47:0", "Jun 20 12:47:0", NONE, "", NONE, 0, -1, U, NONE },
	{ "Jun 99 12:47:02 a b: c", "Jun 99 12:47:02 a b: c", NONE, "", NONE, 0, -1, U, NONE },
	{ "6,1,2", "6,1,2", NONE, "", NONE, 0, -1, U, NONE },
	{ "99999999999999999999,1,2,-;x", "99999999999999999999,1,2,-;x", NONE, "", NONE, 0, -1, U,
	  NONE },
};

static uint64_t value_or_none(struct opt_u64 o)
{
	return opt_is_known(o) ? o.value : NONE;
}

static void strip(struct text raw, struct log_line *ret)
{
	struct log_prefix p;

	log_prefix_take(raw, &p);
	*ret = p.line;
}

static void check(const struct row *r)
{
	const uint64_t wall = r->wall_day == NONE ? NONE : r->wall_day + r->wall_time;
	struct log_line l;

	strip(text_of(r->raw, strlen(r->raw)), &l);
	if (!text_is(l.text, r->text))
		fail_msg("\"%s\": text is \"%.*s\"", r->raw, (int)l.text.n, l.text.p);
	if (value_or_none(l.stamp.boot_usec) != r->boot_usec)
		fail_msg("\"%s\": boot_usec", r->raw);
	if (value_or_none(l.stamp.wall_usec) != wall)
		fail_msg("\"%s\": wall_usec is %llu", r->raw,
			 (unsigned long long)l.stamp.wall_usec.value);
	if (!text_is(l.origin, r->origin))
		fail_msg("\"%s\": origin is \"%.*s\"", r->raw, (int)l.origin.n, l.origin.p);
	if (value_or_none(l.level) != (r->level < 0 ? NONE : (uint64_t)r->level))
		fail_msg("\"%s\": level", r->raw);
	if (l.speaker != r->speaker)
		fail_msg("\"%s\": speaker is %d", r->raw, (int)l.speaker);
	if (value_or_none(l.caller) != r->caller)
		fail_msg("\"%s\": caller", r->raw);
}

static void prefixes_are_taken(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(&rows[i]);
}

/* Cut anywhere, and with any byte changed: the text stays a part of the line. */
static void hostile_prefixes(void **state)
{
	char line[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const size_t len = strlen(rows[i].raw);

		for (size_t n = 0; n <= len; n++)
			for (unsigned int byte = 0; byte < 256; byte += n ? 17 : 256) {
				struct log_line l;

				memcpy(line, rows[i].raw, n);
				if (n)
					line[n / 2] = (char)byte;
				strip(text_of(line, n), &l);
				assert_true(l.text.p >= line && l.text.p + l.text.n <= line + n);
			}
	}
}

static void stamp_is_kept_as_written(void **state)
{
	struct log_line l;

	strip(TEXT("Jun 20 12:47:02 db1 kernel: x"), &l);
	assert_string_equal(l.stamp.wall_text, "Jun 20 12:47:02");
	strip(TEXT("[mer. 26 nov. 12:00:01 2025] x"), &l);
	assert_string_equal(l.stamp.wall_text, "mer. 26 nov. 12:00:01 2025");
}

/* "[   12.345678] Mem-Info:\r\n" is 26 bytes on the wire. */
static void console_bytes(void **state)
{
	struct log_line l;

	strip(TEXT("Jun 20 12:47:02 db1 kernel: [   12.345678] Mem-Info:"), &l);
	assert_int_equal(l.console_bytes, 26);
	strip(TEXT("[123456.345678] Mem-Info:"), &l);
	assert_int_equal(l.console_bytes, 27);
	strip(TEXT("[   12.345678][    T9] Mem-Info:"), &l);
	assert_int_equal(l.console_bytes, 34);
	strip(TEXT("Mem-Info:"), &l);
	assert_int_equal(l.console_bytes, 26);
}

static void records_inside_a_line(void **state)
{
	static const struct {
		const char *line;
		ssize_t at;
	} inside[] = {
		{ "0 cron[   12.345678] CPU: 0", 6 },
		{ "0 cron<4>[   12.345678] CPU: 0", 6 },
		{ "0 cron[Wed Nov 26 12:00:01 2025] CPU: 0", 6 },
		{ "0 cron Jun 20 12:47:02 db1 kernel: Mem-Info:", 7 },
		{ "0 cron 2025-11-26T12:00:01+01:00 db1 kernel: Mem-Info:", 7 },
		{ "[  123]  1000   123     4321 cron", -1 },
		{ "[<c0411500>] (unwind) from [<c040b66c>]", -1 },
		{ "foo+0x1/0x2 [xfs]", -1 },
		{ "the kernel: it says [12]", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
		const char *line = inside[i].line;

		if (log_prefix_inside(text_of(line, strlen(line)), 0) != inside[i].at)
			fail_msg("\"%s\"", line);
	}
}

static void months(void **state)
{
	assert_int_equal(log_month(TEXT("Jan")), 1);
	assert_int_equal(log_month(TEXT("Mär")), 3);
	assert_int_equal(log_month(TEXT("août")), 8);
	assert_int_equal(log_month(TEXT("дек")), 12);
	assert_int_equal(log_month(TEXT("12月")), 12);
	assert_int_equal(log_month(TEXT("1月")), 1);
	assert_int_equal(log_month(TEXT("Kernel")), 0);
	assert_int_equal(log_month(TEXT("")), 0);
}

static void clean(const char *raw, size_t len, const char *expected)
{
	char out[256];
	const size_t n = log_clean(text_of(raw, len), out);

	assert_true(n <= len);
	if (!text_is(text_of(out, n), expected))
		fail_msg("\"%s\": \"%.*s\"", raw, (int)n, out);
}

static void bytes_are_cleaned(void **state)
{
	static const struct {
		const char *raw, *clean;
	} table[] = {
		{ "\033[0;31m[   12.3]\033[m zed\033[K", "[   12.3] zed" },
		{ "\0337zed\0338\033(B\033[m owl", "zed owl" },
		{ "process 5\033150 (owl)", "process 5150 (owl)" },
		{ "\033]0;title\azed", "zed" },
		{ "\033]0;title\033\\zed", "zed" },
		{ "a\xc2\xa0\xc2\xa0"
		  "b\xe3\x80\x80"
		  "c",
		  "a  b c" },
		{ "a#012b#011c#033[31md#033[0m", "a\nb\tcd" },
		{ "mask=3D0xd0, order=3D0, adj=", "mask=0xd0, order=0, adj" },
		{ "mask=0xd0, order=", "mask=0xd0, order=" },
		{ "#1 SMP #01 #099", "#1 SMP #01 #099" },
		{ "a\rb\x01\x7f", "a b" },
		{ "M\xc3\xa4r \xff\xfe", "M\xc3\xa4r \xff\xfe" },
		{ "\033", "" },
		{ "\033[", "" },
		{ "\xef\xbb\xbfzed", " zed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		clean(table[i].raw, strlen(table[i].raw), table[i].clean);
	clean("a\0b", 3, "ab");
	assert_false(log_clean_needed(TEXT("[   12.345678] plain #1 SMP\ttext")));
	assert_true(log_clean_needed(TEXT("a#012b")));
	assert_true(log_clean_needed(TEXT("order=3D0")));
	assert_false(log_clean_needed(TEXT("order=3")));
}

static void kmsg_is_unescaped(void **state)
{
	char out[64];
	const struct text in = TEXT("a\\x0ab\\\\c\\x4\\");

	assert_true(text_is(text_of(out, log_unescape(in, out)), "a\nb\\c\\x4\\"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_are_taken),	    cmocka_unit_test(hostile_prefixes),
		cmocka_unit_test(stamp_is_kept_as_written), cmocka_unit_test(console_bytes),
		cmocka_unit_test(records_inside_a_line),    cmocka_unit_test(months),
		cmocka_unit_test(bytes_are_cleaned),	    cmocka_unit_test(kmsg_is_unescaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
