/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which line begins, continues and ends a report; what is no part of one; hostile text. */
#include <errno.h>

#include "oom_feed.h"

#define TRIGGER(name)                                                                              \
	name " invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
#define CPU_LINE "CPU: 1 PID: 71 Comm: owl Not tainted 5.10.0-71 #1\n"
#define STACK "Call Trace:\n dump_stack+0x64/0x9b\n dump_header+0x50/0x230\n"
#define MEM_INFO(free)                                                                             \
	"Mem-Info:\nactive_anon:1 inactive_anon:2 isolated_anon:3\n free:" free                    \
	" free_pcp:0 free_cma:0\n"                                                                 \
	"Normal free:4kB min:4kB\nTotal swap = 0kB\n100 pages RAM\n"
#define HEADER                                                                                     \
	"[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
#define ROW(pid, name)                                                                             \
	"[" pid "]     0 " pid "     5246     2163    81920     2039             0 " name "\n"
#define SUMMARY(pid, name)                                                                         \
	"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"  \
	"task_memcg=/,task=" name ",pid=" pid ",uid=0\n"
#define AMOUNTS                                                                                    \
	" total-vm:20984kB, anon-rss:8024kB, file-rss:628kB, shmem-rss:0kB, UID:0 pgtables:80kB "  \
	"oom_score_adj:0\n"
#define KILLED(pid, name) "Out of memory: Killed process " pid " (" name ")" AMOUNTS
#define REAPED(pid, name)                                                                          \
	"oom_reaper: reaped process " pid " (" name "), now anon-rss:0kB, file-rss:0kB, "          \
	"shmem-rss:0kB\n"
#define BODY(pid, name)                                                                            \
	CPU_LINE STACK MEM_INFO("7") HEADER ROW(pid, name) SUMMARY(pid, name) KILLED(pid, name)

static void test_one_after_another(void **state)
{
	struct told t;

	told_all(&t, TRIGGER("owl") BODY("71", "owl") TRIGGER("cat") REAPED("71", "owl")
			     BODY("72", "cat") REAPED("72", "cat"));
	assert_int_equal(t.reports, 2);
	assert_int_equal(t.report[0].victim[0].reaped, OOM_REAPED);
	assert_int_equal(t.report[1].victim[0].reaped, OOM_REAPED);
	assert_int_equal(t.report[1].victim[0].pid, 72);
	assert_int_equal(t.report[1].victim_count, 1);
	assert_false(oom_report_truncated(&t.report[0]));
	assert_false(oom_report_truncated(&t.report[1]));
	told_release(&t);
}

static void test_cut_by_the_next(void **state)
{
	struct told t;

	told_all(&t, TRIGGER("owl") CPU_LINE STACK TRIGGER("cat") BODY("72", "cat"));
	assert_int_equal(t.reports, 2);
	assert_true(t.report[0].cut_at_end && !t.report[0].cut_at_start);
	assert_int_equal(t.report[0].victim_count, 0);
	assert_int_equal(t.report[0].missing, OOM_PART_MEM_INFO | OOM_PART_ZONES | OOM_PART_TOTALS |
						      OOM_PART_TASK_HEADER | OOM_PART_TASKS |
						      OOM_PART_CONSTRAINT | OOM_PART_KILL);
	assert_false(oom_report_truncated(&t.report[1]));
	told_release(&t);
}

/* One that waits for oom_reaper is passed on before what came after it. */
static void test_order(void **state)
{
	struct told t;

	told_init(&t);
	told_feed(&t, TRIGGER("owl") BODY("71", "owl") TRIGGER("cat") CPU_LINE TRIGGER("elk"));
	assert_int_equal(t.reports, 2);
	assert_string_equal(t.report[0].trigger.comm, "owl");
	assert_string_equal(t.report[1].trigger.comm, "cat");
	told_end(&t);
	assert_int_equal(t.reports, 3);
	told_release(&t);
}

/* oom_dump_tasks=0: later lines are there, so no log was cut. */
static void test_no_table(void **state)
{
	struct told t;

	told_all(&t, TRIGGER("owl") CPU_LINE STACK MEM_INFO("7") SUMMARY("71", "owl")
			     KILLED("71", "owl"));
	assert_int_equal(t.report[0].missing, 0);
	assert_int_equal(t.report[0].task_count, 0);
	told_release(&t);
}

static void test_without_header(void **state)
{
	struct told t;
	const struct oom_report *r = t.report;

	told_all(&t, "usb 1-1: new device\n" KILLED("71", "owl") KILLED("72", "cat")
			     REAPED("72", "cat") REAPED("72", "cat") REAPED("73", "elk"));
	assert_int_equal(t.reports, 3);
	for (int i = 0; i < 3; i++) {
		assert_true(r[i].cut_at_start && !r[i].cut_at_end);
		assert_int_equal(r[i].victim_count, 1);
		assert_int_equal(r[i].victim[0].pid, 71 + i);
	}
	assert_true(r[0].missing & OOM_PART_TRIGGER && r[0].missing & OOM_PART_CONSTRAINT);
	assert_int_equal(r[0].constraint_source, OOM_CONSTRAINT_SHAPE);
	told_release(&t);
}

/* What a policy of BPF might print: not known, whatever the message says; a word that is cut is not
 * the kernel's. */
static void test_other_constraint(void **state)
{
	static const struct {
		const char *word;
		enum oom_constraint constraint;
		const char *text;
	} rows[] = {
		{ "CONSTRAINT_BPF_NEST", OOM_CONSTRAINT_UNKNOWN, "CONSTRAINT_BPF_NEST" },
		{ "CONSTRAINT_BPF_MEMCG", OOM_CONSTRAINT_UNKNOWN, "CONSTRAINT_BPF_MEMCG" },
		{ "CONSTRAINT_CPUSETS", OOM_CONSTRAINT_UNKNOWN, "CONSTRAINT_CPUSETS" },
		{ "CONSTRAINT_CPUSET", OOM_CONSTRAINT_CPUSET, "CONSTRAINT_CPUSET" },
		{ "CONSTRAINT_", OOM_CONSTRAINT_MEMCG, "CONSTRAINT_" },
		{ "CONSTRAINT_mem", OOM_CONSTRAINT_MEMCG, "CONSTRAINT_mem" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct told t;
		const struct oom_report *r = t.report;
		char log[512];

		(void)snprintf(
			log, sizeof(log),
			TRIGGER("owl") "memory: usage 71kB, limit 71kB, failcnt 7\n"
				       "oom-kill:constraint=%s,nodemask=(null),cpuset=/,"
				       "mems_allowed=0,oom_memcg=/nest,task_memcg=/nest/a,"
				       "task=owl,pid=71,uid=0\n"
				       "Memory cgroup out of memory: Killed process 71 (owl) "
				       "total-vm:7kB, anon-rss:5kB, file-rss:0kB\n",
			rows[i].word);
		told_all(&t, log);
		assert_int_equal(t.reports, 1);
		assert_int_equal(r->constraint, rows[i].constraint);
		assert_string_equal(r->constraint_text, rows[i].text);
		assert_true(r->memcg.known);
		assert_string_equal(r->memcg.limit_path, "/nest");
		if (r->constraint != OOM_CONSTRAINT_CPUSET)
			assert_false(r->missing & OOM_PART_ZONES);
		told_release(&t);
	}
	{
		struct told t;

		told_all(&t, TRIGGER("owl") "memory: usage 71kB, limit 71kB, failcnt 7\n"
					    "oom-kill:constraint=CONSTRAINT_BPF");
		assert_int_equal(t.report->constraint, OOM_CONSTRAINT_MEMCG);
		told_release(&t);
	}
}

/* A text that begins in the middle: what of it only a report has makes one. */
static void test_fragments(void **state)
{
	static const struct {
		const char *lines;
		uint32_t reports, tasks, parts;
	} rows[] = {
		{ MEM_INFO("7"), 0, 0, 0 },
		{ CPU_LINE STACK, 0, 0, 0 },
		{ ROW("71", "owl"), 0, 0, 0 },
		{ MEM_INFO("7") HEADER ROW("71", "owl"), 1, 1,
		  OOM_PART_MEM_INFO | OOM_PART_ZONES | OOM_PART_TOTALS | OOM_PART_TASK_HEADER |
			  OOM_PART_TASKS },
		{ ROW("71", "owl") ROW("72", "cat") ROW("73", "elk"), 1, 3, OOM_PART_TASKS },
		{ ROW("71", "owl") SUMMARY("71", "owl"), 1, 1,
		  OOM_PART_TASKS | OOM_PART_CONSTRAINT },
		{ "memory: usage 1kB, limit 1kB, failcnt 0\n", 1, 0,
		  OOM_PART_MEM_INFO | OOM_PART_MEMCG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct told t;

		told_all(&t, rows[i].lines);
		assert_int_equal(t.reports, rows[i].reports);
		assert_int_equal(t.report[0].task_count, rows[i].tasks);
		assert_int_equal(t.report[0].parts, rows[i].parts);
		told_release(&t);
	}
}

static void test_assumed_columns(void **state)
{
	static const struct {
		const char *rows;
		uint32_t has, has_not;
	} tables[] = {
		{ ROW("71", "owl") ROW("72", "cat") ROW("73", "elk"), OOM_COLUMN_PGTABLES_BYTES,
		  OOM_COLUMN_NR_PTES },
		{ "[   71]     0    71    63960       94      26      500             7 owl\n"
		  "[   72]     0    72    63960       94      26        0             7 owl\n"
		  "[   73]     0    73    63960       94      26        5             7 owl\n",
		  OOM_COLUMN_NR_PTES | OOM_COLUMN_SWAPENTS, OOM_COLUMN_PGTABLES_BYTES },
		/* cpu and oom_adj, or nr_ptes and no swap: neither is said */
		{ "[   71]     0    71    63960       94       2        0             7 owl\n"
		  "[   72]     0    72    63960       94       3        0             7 owl\n"
		  "[   73]     0    73    63960       94       1        0             7 owl\n",
		  OOM_COLUMN_RSS | OOM_COLUMN_OOM_SCORE_ADJ,
		  OOM_COLUMN_NR_PTES | OOM_COLUMN_SWAPENTS | OOM_COLUMN_PGTABLES_BYTES },
		{ "[   71]  0  71  639  94  3  90  1  4096  5  7 owl 12\n"
		  "[   72]  0  72  639  94  3  90  1  4096  5  7 owl\n"
		  "[   73]  0  73  639  94  3  90  1  4096  5  7 owl\n",
		  OOM_COLUMN_RSS_ANON | OOM_COLUMN_PGTABLES_BYTES, OOM_COLUMN_NR_PTES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		struct told t;
		const struct oom_report *r = t.report;

		told_all(&t, tables[i].rows);
		assert_int_equal(t.reports, 1);
		assert_true(r->columns_assumed);
		assert_int_equal(r->columns & tables[i].has, tables[i].has);
		assert_int_equal(r->columns & tables[i].has_not, 0);
		assert_int_equal(r->task[2].oom_score_adj, i ? 7 : 0);
		assert_int_equal(r->task[2].pid, 73);
		told_release(&t);
	}
}

static void test_rows_that_are_cut(void **state)
{
	struct told t;

	/* A header that lost its end: the rows say what they are. */
	told_all(&t,
		 TRIGGER("owl") "[  pid  ]   uid  tgid total_vm      rss pgtables_by\n" ROW("71",
											    "owl")
			 ROW("72", "cat"));
	assert_int_equal(t.report[0].task_count, 2);
	assert_true(t.report[0].columns_assumed);
	assert_true(t.report[0].columns & OOM_COLUMN_PGTABLES_BYTES);
	told_release(&t);

	told_all(&t, TRIGGER("owl")
			     HEADER ROW("71", "owl") "[   72]     0    72     52\n"
						     "[   73]     0    73     5246     2163    "
						     "81920     2039        0\n" ROW("74", "elk"));
	assert_int_equal(t.report[0].task_count, 2);
	assert_int_equal(t.report[0].rows_unreadable, 2);
	assert_int_equal(t.report[0].task[1].pid, 74);
	told_release(&t);
}

/* Two machines, and two CPUs, line by line. */
static void test_interleaved(void **state)
{
	static const char *const a[] = {
		TRIGGER("owl"),	      CPU_LINE,		  STACK, HEADER, ROW("71", "owl"),
		SUMMARY("71", "owl"), KILLED("71", "owl")
	};
	static const char *const b[] = {
		TRIGGER("cat"),	      CPU_LINE,		  STACK, HEADER, ROW("72", "cat"),
		SUMMARY("72", "cat"), KILLED("72", "cat")
	};

	for (int by_caller = 0; by_caller < 2; by_caller++) {
		struct told t;

		told_init(&t);
		for (size_t i = 0; i < ARRAY_SIZE(a); i++) {
			t.line.origin = by_caller ? TEXT("nest") : TEXT("north");
			t.line.caller = opt_u64_of(by_caller ? 71 : 1);
			told_feed(&t, a[i]);
			t.line.origin = by_caller ? TEXT("nest") : TEXT("south");
			t.line.caller = opt_u64_of(by_caller ? 72 : 1);
			told_feed(&t, b[i]);
		}
		told_end(&t);
		assert_int_equal(t.reports, 2);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(t.report[i].task_count, 1);
			assert_int_equal(t.report[i].task[0].pid, 71 + i);
			assert_int_equal(t.report[i].victim[0].pid, 71 + i);
			assert_int_equal(t.report[i].choice.pid, 71 + i);
			assert_int_equal(t.report[i].foreign_lines, 0);
		}
		assert_string_equal(t.report[1].origin, by_caller ? "nest" : "south");
		told_release(&t);
	}
}

/* Somebody else's Mem-Info and stack do not become the report's. */
static void test_failure_in_between(void **state)
{
	struct told t;
	const struct oom_report *r = t.report;

	told_all(
		&t, TRIGGER("owl") CPU_LINE STACK
		"elk: page allocation failure: order:3, mode:0x40cc0(GFP_KERNEL), nodemask=(null)\n"
		"CPU: 2 PID: 9 Comm: elk Not tainted 5.10.0-71 #1\n"
		"Call Trace:\n elk_alloc+0x1/0x2\n" MEM_INFO("999") MEM_INFO(
			"7") "rcu: INFO: rcu_sched self-detected stall on CPU\n"
			     "CPU: 3 PID: 8 Comm: cat Not tainted 5.10.0-71 #1\n cat_spin+0x1/0x2\n"
			     "usb 1-1: new device\n" HEADER ROW("71", "owl") SUMMARY("71", "owl")
				     KILLED("71", "owl") "usb 1-1: gone\n");
	assert_int_equal(t.reports, 1);
	assert_int_equal(t.neighbours, 1);
	assert_int_equal(t.neighbour[0].kind, OOM_NEIGHBOUR_PAGE_ALLOCATION_FAILURE);
	assert_u64(r->memory.pages.value[OOM_FREE], 7);
	assert_u64(r->trigger.pid, 71);
	assert_int_equal(r->frame_count, 2);
	assert_int_equal(r->foreign_lines, 1 + 1 + 2 + 6 + 1 + 2 + 1);
	assert_false(oom_report_truncated(r));
	told_release(&t);
}

/* The Mem-Info of a failure before a kill without header is not the kill's. */
static void test_failure_alone(void **state)
{
	struct told t;

	told_all(&t,
		 "elk: page allocation failure: order:3, mode:0x40cc0(GFP_KERNEL)\n" CPU_LINE STACK
			 MEM_INFO("999") KILLED("71", "owl"));
	assert_int_equal(t.reports, 1);
	assert_int_equal(t.report[0].parts, OOM_PART_KILL);
	told_release(&t);
}

static void test_neighbours(void **state)
{
	static const struct {
		const char *line;
		enum oom_neighbour_kind kind;
		uint64_t count;
		enum log_speaker speaker;
	} rows[] = {
		{ "owl: page allocation stalls for 10080ms, order:0, mode:0x14(X)",
		  OOM_NEIGHBOUR_PAGE_ALLOCATION_STALL, 1, LOG_SPEAKER_KERNEL },
		{ "owl: vmalloc: allocation failure: 71 bytes, mode:0xcc2",
		  OOM_NEIGHBOUR_VMALLOC_FAILURE, 1, LOG_SPEAKER_KERNEL },
		{ "SLUB: Unable to allocate memory on node -1, gfp=0xcc0(GFP_KERNEL)",
		  OOM_NEIGHBOUR_SLAB_FAILURE, 1, LOG_SPEAKER_KERNEL },
		{ "Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF",
		  OOM_NEIGHBOUR_FAULT_OOM_LEAKED, 1, LOG_SPEAKER_KERNEL },
		{ "oom_kill_process: 71 callbacks suppressed", OOM_NEIGHBOUR_SUPPRESSED, 71,
		  LOG_SPEAKER_KERNEL },
		{ "** 72 printk messages dropped **", OOM_NEIGHBOUR_MESSAGES_LOST, 72,
		  LOG_SPEAKER_KERNEL },
		{ "imuxsock lost 73 messages from pid 7 due to rate-limiting",
		  OOM_NEIGHBOUR_MESSAGES_LOST, 73, LOG_SPEAKER_OTHER },
		{ "Missed 74 kernel messages", OOM_NEIGHBOUR_MESSAGES_LOST, 74, LOG_SPEAKER_OTHER },
		{ "sending SIGTERM to process 71 uid 0 \"owl\": oom_score 800, VmRSS 71 MiB",
		  OOM_NEIGHBOUR_USERSPACE_KILL, 1, LOG_SPEAKER_OTHER },
		{ "Killed /nest.slice/owl.service due to memory pressure for /nest.slice being 71%",
		  OOM_NEIGHBOUR_USERSPACE_KILL, 1, LOG_SPEAKER_OTHER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct told t;

		told_init(&t);
		t.line.speaker = rows[i].speaker;
		told_feed(&t, rows[i].line);
		told_end(&t);
		assert_int_equal(t.reports, 0);
		assert_int_equal(t.neighbours, 1);
		assert_int_equal(t.neighbour[0].kind, rows[i].kind);
		assert_int_equal(t.neighbour[0].count, rows[i].count);
		assert_string_equal(t.neighbour[0].text, rows[i].line);
		told_release(&t);
	}
}

/* Text that speaks of an OOM, and is none of the kernel's. */
static void test_no_report(void **state)
{
	static const struct {
		const char *line;
		enum log_speaker speaker;
	} rows[] = {
		{ "net_ratelimit: 71 callbacks suppressed", LOG_SPEAKER_KERNEL },
		{ KILLED("71", "owl"), LOG_SPEAKER_OTHER },
		{ TRIGGER("owl"), LOG_SPEAKER_OTHER },
		{ "Killed process 71 (owl)", LOG_SPEAKER_UNKNOWN },
		{ "Then owl invoked oom-killer, as it had before.", LOG_SPEAKER_UNKNOWN },
		{ "Kernel panic - not syncing: Attempted to kill init!", LOG_SPEAKER_KERNEL },
		{ "{ \"OOM victim \", \"is already exiting\" },", LOG_SPEAKER_UNKNOWN },
		{ "systemd[1]: owl.service: A process was killed by the OOM killer.",
		  LOG_SPEAKER_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct told t;

		told_init(&t);
		t.line.speaker = rows[i].speaker;
		told_feed(&t, rows[i].line);
		told_end(&t);
		assert_int_equal(t.reports, 0);
		assert_int_equal(t.neighbours, 0);
		told_release(&t);
	}
}

static void test_suppressed(void **state)
{
	struct told t;

	told_all(&t, "oom_kill_process: 7 callbacks suppressed\n" TRIGGER("owl") BODY("71", "owl")
			     TRIGGER("cat") BODY("72", "cat"));
	assert_u64(t.report[0].trigger.suppressed, 7);
	assert_unknown(t.report[1].trigger.suppressed);
	told_release(&t);
}

/* A report as a slide or a letter quotes it. */
static void test_quotation(void **state)
{
	struct told t;
	const struct oom_report *r = t.report;

	told_init(&t);
	t.line.speaker = LOG_SPEAKER_UNKNOWN;
	told_feed(&t,
		  "owl.out invoked oom-killer: gfp_mask=0x100dca(...), order=0, oom_score_adj=0 "
		  "... Out of memory: Killed process 71 (owl.out) total-vm:8392kB, "
		  "anon-rss:7551kB ...");
	told_end(&t);
	assert_int_equal(t.reports, 1);
	assert_string_equal(r->trigger.comm, "owl.out");
	assert_u64(r->trigger.gfp_mask, 0x100dca);
	assert_int_equal(r->victim[0].pid, 71);
	assert_string_equal(r->victim[0].comm, "owl.out");
	assert_u64(r->victim[0].anon_rss_bytes, 7551 * KIB);
	assert_unknown(r->victim[0].file_rss_bytes);
	assert_true(oom_report_truncated(r));
	told_release(&t);
}

static void test_no_kill(void **state)
{
	static const struct {
		const char *lines;
		bool no_killable, exiting, limit_only;
		const char *panic;
	} rows[] = {
		{ "Out of memory and no killable processes...\n"
		  "Kernel panic - not syncing: System is deadlocked on memory\n",
		  true, false, false, "System is deadlocked on memory" },
		{ "Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled\n"
		  "CPU: 1 PID: 71 Comm: owl Not tainted 5.10.0-71 #1\n panic+0x1/0x2\n",
		  false, false, false, "Out of memory: compulsory panic_on_oom is enabled" },
		{ "Kernel panic - not syncing: out of memory. panic_on_oom is selected\n", false,
		  false, false, "out of memory. panic_on_oom is selected" },
		{ "Out of memory: OOM victim 71 (owl) is already exiting. Skip killing the task\n",
		  false, true, false, "" },
		{ "Memory limit reached of cgroup /nest\nmemory: usage 1kB, limit 1kB, failcnt 7\n",
		  false, false, true, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct told t;
		const struct oom_report *r = t.report;

		told_init(&t);
		told_feed(&t, TRIGGER("owl") CPU_LINE STACK);
		told_feed(&t, rows[i].lines);
		told_end(&t);
		assert_int_equal(t.reports, 1);
		assert_int_equal(r->victim_count, 0);
		assert_int_equal(r->no_killable, rows[i].no_killable);
		assert_int_equal(r->already_exiting, rows[i].exiting);
		assert_int_equal(r->limit_reached_only, rows[i].limit_only);
		assert_string_equal(r->panic, rows[i].panic);
		assert_int_equal(r->frame_count, 2);
		told_release(&t);
	}
}

#define CHOSEN_OF(limit, name, pid)                                                                \
	"oom-kill:constraint=CONSTRAINT_" limit                                                    \
	",nodemask=(null),cpuset=/,mems_allowed=0,task=" name ",pid=" pid ",uid=0\n"

/* A kill that the open report did not announce is of another, and so is one after a group's. */
static void test_kill_of_another(void **state)
{
	static const struct {
		const char *first;
		uint64_t seconds; /* until the rest */
		const char *then;
		uint32_t reports;
		int64_t victim[2]; /* the first one's; -1: none */
	} rows[] = {
		{ TRIGGER("owl") CHOSEN_OF("MEMCG", "owl", "71"),
		  280,
		  "Out of memory: Killed process 72 (cat)" AMOUNTS,
		  2,
		  { 71, 72 } },
		{ TRIGGER("owl") CHOSEN_OF("NONE", "owl", "71"),
		  9,
		  KILLED("72", "cat"),
		  2,
		  { 71, 72 } },
		/* a thread of it */
		{ TRIGGER("owl") CHOSEN_OF("NONE", "owl", "71"),
		  0,
		  KILLED("74", "owl"),
		  1,
		  { 74 } },
		{ TRIGGER("owl") CPU_LINE,
		  0,
		  "Linux version 6.12.1 (b@c) #1 SMP\n"
		  "Memory cgroup out of memory: Killed process 72 (cat)" AMOUNTS,
		  2,
		  { -1, 72 } },
		{ "Memory cgroup out of memory: Killed process 71 (owl)" AMOUNTS
		  "Tasks in /nest are going to be killed due to memory.oom.group set\n"
		  "Memory cgroup out of memory: Killed process 73 (elk)" AMOUNTS,
		  1,
		  "Memory cgroup out of memory: Killed process 72 (cat)" AMOUNTS,
		  1,
		  { 71 } },
		{ "Memory cgroup out of memory: Killed process 71 (owl)" AMOUNTS
		  "Tasks in /nest are going to be killed due to memory.oom.group set\n",
		  1,
		  KILLED("72", "cat"),
		  2,
		  { 71, 72 } },
		{ "Memory cgroup out of memory: Killed process 71 (owl)" AMOUNTS
		  "Tasks in /nest are going to be killed due to memory.oom.group set\n",
		  20,
		  "Memory cgroup out of memory: Killed process 72 (cat)" AMOUNTS,
		  2,
		  { 71, 72 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct told t;

		told_init(&t);
		t.line.stamp.boot_usec = opt_u64_of(7000000);
		told_feed(&t, rows[i].first);
		t.line.stamp.boot_usec.value += rows[i].seconds * 1000000;
		told_feed(&t, rows[i].then);
		told_end(&t);
		assert_int_equal(t.reports, rows[i].reports);
		for (uint32_t k = 0; k < t.reports; k++)
			assert_int_equal(t.report[k].victim_count ? t.report[k].victim[0].pid : -1,
					 rows[i].victim[k]);
		told_release(&t);
	}
}

/* RHEL 7 has the uid behind the name; who shares the memory cuts nothing. */
static void test_kill_forms(void **state)
{
	struct told t;

	told_all(&t, "Killed process 71 (owl), UID 27, total-vm:8kB, anon-rss:4kB, file-rss:0kB, "
		     "shmem-rss:0kB\nKill process 72 (cat) sharing same memory\n");
	assert_int_equal(t.reports, 1);
	assert_int_equal(t.report[0].victim_count, 2);
	assert_string_equal(t.report[0].victim[0].comm, "owl");
	assert_u64(t.report[0].victim[0].uid, 27);
	assert_u64(t.report[0].victim[0].total_vm_bytes, 8192);
	assert_false(t.report[0].cut_at_end);
	told_release(&t);
}

/* A program's clock proves nothing: only the kernel's own does. */
static void test_kill_of_a_program(void **state)
{
	struct told t;

	told_init(&t);
	t.line.speaker = LOG_SPEAKER_UNKNOWN;
	t.line.stamp.wall_usec = opt_u64_of(7);
	told_feed(&t, "Killed process 71 (owl)\n");
	t.line.stamp.boot_usec = opt_u64_of(7);
	told_feed(&t, "Killed process 72 (owl)\n");
	told_end(&t);
	assert_int_equal(t.reports, 1);
	assert_int_equal(t.report[0].victim[0].pid, 72);
	told_release(&t);
}

/* A Mem-Info of long ago, or that somebody asked for, is not the kill's. */
static void test_far_mem_info(void **state)
{
	static const struct {
		const char *before;
		uint64_t seconds;
		bool taken;
	} rows[] = {
		{ MEM_INFO("7"), 1, true },
		{ MEM_INFO("7"), 57, false },
		{ "sysrq: Show Memory\n" MEM_INFO("7"), 1, false },
		{ "SysRq : Show Memory\n" MEM_INFO("7"), 1, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct told t;

		told_init(&t);
		t.line.stamp.boot_usec = opt_u64_of(7000000);
		told_feed(&t, rows[i].before);
		t.line.stamp.boot_usec.value += rows[i].seconds * 1000000;
		told_feed(&t, KILLED("71", "owl"));
		told_end(&t);
		assert_int_equal(t.reports, 1);
		assert_int_equal(!!(t.report[0].parts & OOM_PART_MEM_INFO), rows[i].taken);
		told_release(&t);
	}
}

/* The verdict may end after any byte: fields that are whole count, no digit is guessed. */
/* The process that was chosen, where no line says whether it died. */
static void test_chosen_only(void **state)
{
	static const struct {
		const char *lines;
		int64_t pid; /* of the victim; -1: none */
		bool cut;
	} rows[] = {
		{ SUMMARY("71", "owl"), 71, true },
		{ "Out of memory: Kill process 71 (owl) score 9 or sacrifice child\n", 71, true },
		{ "Out of memory: kill process 71 (owl) score 9 or a child\n", 71, true },
		{ "Out of memory: Kill process 71 (owl) score 9 or sacrifice child\n"
		  "Killed process 72 (owl) total-vm:8kB, anon-rss:4kB, file-rss:0kB\n",
		  72, false },
		{ SUMMARY("71", "owl") REAPED("71", "owl"), 71, false },
		{ SUMMARY("71", "owl") "Out of memory: OOM victim 71 (owl) is already exiting. "
				       "Skip killing the task\n",
		  -1, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct told t;
		const struct oom_report *r = t.report;

		told_all(&t, rows[i].lines);
		assert_int_equal(t.reports, 1);
		assert_int_equal(r->victim_count, rows[i].pid >= 0);
		if (rows[i].pid >= 0) {
			assert_int_equal(r->victim[0].pid, rows[i].pid);
			assert_string_equal(r->victim[0].comm, "owl");
			assert_int_equal(r->victim[0].chosen_only, rows[i].cut);
		}
		assert_int_equal(!!(r->missing & OOM_PART_KILL), rows[i].cut);
		told_release(&t);
	}
}

/* panic() prints the only stack there is; its last line is no second report. */
static void test_stack_of_panic(void **state)
{
	struct told t;
	const struct oom_report *r = t.report;

	told_all(&t, HEADER "Out of memory and no killable processes...\n"
			    "Kernel panic - not syncing: System is deadlocked on memory\n"
			    "CPU: 1 PID: 1 Comm: swapper Not tainted 5.9.3-nest #4\n"
			    "---[ end Kernel panic - not syncing: System is deadlocked on memory "
			    "]---\n");
	assert_int_equal(t.reports, 1);
	assert_string_equal(r->release, "5.9.3-nest");
	assert_u64(r->trigger.pid, 1);
	assert_int_equal(r->victim_count, 0);
	told_release(&t);
}

/* A host that is not told from the name, and what the oldest and some edited texts lack. */
static void test_names_and_messages(void **state)
{
	struct told t;

	told_all(&t, "nest owl invoked oom-killer: gfp_mask=0xd0, order= 1, oom_adj=0\n"
		     "Pid: 71, comm: owl Not tainted 2.6.31-nest #1\n"
		     "Out of Memory: Killed process 72 (cat).\n"
		     "Out of memory: Killed process 73 total-vm:8kB anon-rss:4kB\n");
	assert_int_equal(t.reports, 2);
	assert_string_equal(t.report[0].trigger.comm, "owl");
	assert_int_equal(t.report[0].trigger.order.value, 1);
	assert_int_equal(t.report[0].message, OOM_MESSAGE_GLOBAL);
	assert_int_equal(t.report[1].victim[0].pid, 73);
	assert_string_equal(t.report[1].victim[0].comm, "");
	told_release(&t);
}

static void test_cut_verdict(void **state)
{
	static const char line[] = "Out of memory: Killed process 71 (owl) total-vm:20984kB, "
				   "anon-rss:8024kB, file-rss:628kB, shmem-rss:4kB, UID:33 "
				   "pgtables:80kB oom_score_adj:0";

	for (size_t n = sizeof("Out of memory: Killed process 71 (owl") - 1; n < sizeof(line);
	     n++) {
		char cut[sizeof(line)];
		struct told t;
		const struct oom_victim *v;

		memcpy(cut, line, n);
		cut[n] = '\0';
		told_all(&t, cut);
		assert_int_equal(t.reports, 1);
		v = &t.report[0].victim[0];
		assert_int_equal(v->pid, 71);
		assert_string_equal(v->comm, "owl");
		assert_true(v->total_vm_bytes.known != KNOWN ||
			    v->total_vm_bytes.value == 20984 * KIB);
		assert_true(v->file_rss_bytes.known != KNOWN ||
			    v->file_rss_bytes.value == 628 * KIB);
		assert_true(v->uid.known != KNOWN || v->uid.value == 33);
		assert_true(v->pgtables_bytes.known != KNOWN ||
			    v->pgtables_bytes.value == 80 * KIB);
		told_release(&t);
	}
}

/* 5.3 to 6.3: one record of some 976 bytes, whose last number lacks digits. */
static void test_cut_stats(void **state)
{
	char lines[2048] = TRIGGER("owl") "Memory cgroup stats for /nest:\nanon 534147072\n";
	struct told t;
	const struct opt_u64 *stat;

	for (int i = 0; i < 40; i++)
		(void)snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
			       "workingset_filler %d\n", 100000 + i);
	(void)snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
		       "slab_unreclaimable 60\n");
	told_all(&t, lines);
	stat = t.report[0].memcg.cgroup[0].stat;
	assert_true(t.report[0].memcg.stats_cut);
	assert_u64(stat[OOM_MEMCG_ANON], 534147072);
	assert_unknown(stat[OOM_MEMCG_SLAB_UNRECLAIMABLE]);
	told_release(&t);
}

/* Whoever waits for oom_reaper gives up: by lines, by the clock, and when asked to. */
static void test_patience(void **state)
{
	struct told t;

	told_init(&t);
	told_feed(&t, TRIGGER("owl") BODY("71", "owl"));
	assert_true(oom_grammar_is_open(t.grammar));
	assert_int_equal(oom_grammar_idle(t.grammar), 0);
	assert_int_equal(t.reports, 1);
	assert_false(oom_grammar_is_open(t.grammar));
	told_feed(&t, REAPED("71", "owl"));
	assert_false(oom_grammar_is_open(t.grammar));

	t.line.stamp.boot_usec = opt_u64_of(71000000);
	told_feed(&t, TRIGGER("cat") BODY("72", "cat"));
	t.line.stamp.boot_usec = opt_u64_of(102000000);
	told_feed(&t, "usb 1-1: new device");
	assert_int_equal(t.reports, 2);
	assert_false(oom_grammar_is_open(t.grammar));
	assert_u64(t.report[1].last.boot_usec, 71000000);
	assert_int_equal(t.report[1].line_time_count, t.report[1].lines);

	/* What oom_reaper prints later is no time of the printing. */
	t.line.stamp.boot_usec = opt_u64_of(200000000);
	told_feed(&t, TRIGGER("cat") BODY("74", "cat"));
	t.line.stamp.boot_usec = opt_u64_of(205000000);
	told_feed(&t, "usb 1-1: new device\n" REAPED("74", "cat"));
	assert_int_equal(oom_grammar_idle(t.grammar), 0);
	assert_int_equal(t.reports, 3);
	assert_int_equal(t.report[2].victim[0].reaped, OOM_REAPED);
	assert_u64(t.report[2].last.boot_usec, 200000000);
	assert_int_equal(t.report[2].last_line, t.line.number);
	assert_int_equal(t.report[2].lines, t.report[1].lines);
	assert_int_equal(t.report[2].foreign_lines, 0);

	t.line.stamp.boot_usec.known = ABSENT;
	told_feed(&t, TRIGGER("elk") BODY("73", "elk"));
	for (int i = 0; i < 500; i++)
		told_feed(&t, "usb 1-1: new device");
	assert_int_equal(t.reports, 4);
	assert_int_equal(t.report[3].foreign_lines, 0);
	told_end(&t);
	told_release(&t);
}

/* The whole machine was started again in the middle of a report. */
static void test_reboot(void **state)
{
	struct told t;

	told_init(&t);
	t.line.stamp.boot_usec = opt_u64_of(71000000);
	told_feed(&t, TRIGGER("owl") CPU_LINE);
	t.line.stamp.boot_usec = opt_u64_of(0);
	told_feed(&t, "Linux version 5.10.0-71");
	assert_int_equal(t.reports, 1);
	assert_true(t.report[0].cut_at_end);
	told_end(&t);
	told_release(&t);
}

/* Lines that were joined for want of a newline: a name is no longer than a name. */
static void test_run_together(void **state)
{
	struct told t;

	told_all(
		&t,
		"Killed process 70 (owl)Out of memory: kill process 71 (cat) score 7 or a child\n");
	assert_int_equal(t.reports, 1);
	assert_string_equal(t.report[0].victim[0].comm, "owl");
	told_release(&t);
}

/* Constraints that a kernel, or whoever shortened its text, wrote in his own way. */
static void test_constraints(void **state)
{
	static const struct {
		const char *line;
		enum oom_constraint constraint;
		enum oom_constraint_source source;
		const char *limit;
	} rows[] = {
		{ "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,"
		  "oom_memcg=/nest,task_memcg=/nest,task=owl,pid=71,uid=-2",
		  OOM_CONSTRAINT_MEMCG, OOM_CONSTRAINT_PRINTED, "/nest" },
		{ "oom-kill: constraint=CONSTRAINT_MEMORY_POLICY, ... task=owl,pid=71,uid=-2",
		  OOM_CONSTRAINT_MEMPOLICY, OOM_CONSTRAINT_PRINTED, "" },
		{ "oom-kill:constraint=CONSTRAINT_OWL,nodemask=(null),global_oom,task_memcg=/a,"
		  "task=owl,pid=71,uid=-2",
		  OOM_CONSTRAINT_UNKNOWN, OOM_CONSTRAINT_PRINTED, "" },
		{ "Memory cgroup out of memory: Kill process 71 (owl) [State: 0 Flags: 7] score "
		  "977 "
		  "or sacrifice child",
		  OOM_CONSTRAINT_MEMCG, OOM_CONSTRAINT_MESSAGE, "" },
		{ "No available memory (MPOL_BIND): kill process 71 (owl) score 977 or a child",
		  OOM_CONSTRAINT_MEMPOLICY, OOM_CONSTRAINT_MESSAGE, "" },
		{ "memory: usage 1kB, limit 1kB, failcnt 7", OOM_CONSTRAINT_MEMCG,
		  OOM_CONSTRAINT_BLOCK, "" },
		{ " mem_cgroup_out_of_memory.isra.7+0x1/0x2", OOM_CONSTRAINT_MEMCG,
		  OOM_CONSTRAINT_STACK, "" },
		{ "Mem-Info:\nactive_anon:1 inactive_anon:2 isolated_anon:3", OOM_CONSTRAINT_NONE,
		  OOM_CONSTRAINT_SHAPE, "" },
		{ "Call Trace:", OOM_CONSTRAINT_UNKNOWN, OOM_CONSTRAINT_NOT_TOLD, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct told t;
		const struct oom_report *r = t.report;

		told_init(&t);
		told_feed(&t, TRIGGER("owl"));
		told_feed(&t, rows[i].line);
		told_end(&t);
		assert_int_equal(t.reports, 1);
		assert_int_equal(r->constraint, rows[i].constraint);
		assert_int_equal(r->constraint_source, rows[i].source);
		assert_string_equal(r->memcg.limit_path, rows[i].limit);
		if (r->choice.known && r->choice.uid.known == KNOWN)
			assert_u64(r->choice.uid, 4294967294);
		if (r->choice.score.known == KNOWN)
			assert_u64(r->choice.score, 977);
		told_release(&t);
	}
}

static void test_sharing(void **state)
{
	struct told t;

	told_all(&t,
		 TRIGGER("owl") "Out of memory: Kill process 71 (owl) score 7 or sacrifice child\n"
				"Killed process 71 (owl) total-vm:4kB, anon-rss:4kB, file-rss:0kB\n"
				"Kill process 72 (cub) sharing same memory\n");
	assert_int_equal(t.reports, 1);
	assert_int_equal(t.report[0].victim_count, 2);
	assert_string_equal(t.report[0].victim[1].comm, "cub");
	told_release(&t);
}

static void test_hostile(void **state)
{
	static const char *const lines[] = {
		"x invoked oom-killer: gfp_mask=0xfffffffffffffffff(, order=99999999999999999999, "
		"oom_score_adj=-99999999999999999999",
		"y invoked oom-killer: gfp_mask=, order=, oom_score_adj=",
		"Node 99999999999 active_anon:kB",
		"Node -1 DMA free:99999999999999999999kB min:-5kB",
		"DMA: 99999999999999999999*4kB",
		"DMA: 1*4kB 1*8kB 1*16kB 1*32kB 1*64kB 1*128kB 1*256kB 1*512kB 1*1024kB 1*2048kB "
		"1*4096kB 1*8192kB 1*16384kB 1*1kB 1*2kB 1*3kB 1*5kB 1*6kB = 1kB",
		"lowmem_reserve[]: 1 2 3 4 5 6 7 8 9 10 11 12 -1",
		"active_anon:18446744073709551615 inactive_anon: isolated_anon:-",
		"18446744073709551615 pages RAM",
		"Task in  killed as a result of limit of ",
		"memory: usage 18446744073709551615kB, limit kB, failcnt",
		"Memory cgroup stats for : cache:KB rss:99999999999999999999KB",
		"[  pid  ]",
		"[  pid  ] uid uid uid uid uid uid uid uid uid uid uid uid uid uid uid uid uid uid "
		"name",
		"[99999999999999999999] 0 1 2 3 4 5 6 7 x",
		"[ 1 ] 99999999999999999999 -9223372036854775808 2 3 4 5 6 7 8 9 x",
		"oom-kill:constraint=,,,,task=,pid=,uid=",
		"oom-kill:constraint=" /* and nothing */,
		"Out of memory: Killed process 18446744073709551615 ()",
		"Killed process 71 (",
		"Killed process 71 () total-vm:18446744073709551615kB, anon-rss:-1kB,",
		"oom_reaper: reaped process  (",
		"Tasks in  are going to be killed due to memory.oom.group set",
		"    1e300 GiB  -1 func:",
	};
	struct told t;
	const struct oom_report *r;

	told_init(&t);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		told_feed(&t, lines[i]);
	told_end(&t);
	for (uint32_t i = 0; i < t.reports; i++) {
		r = &t.report[i];
		assert_unknown(r->trigger.gfp_mask);
		assert_unknown(r->trigger.order);
		assert_unknown(r->memory.pages.value[OOM_ACTIVE_ANON]);
		assert_unknown(r->memory.pages_ram);
		assert_unknown(r->memcg.memory.usage_bytes);
		for (uint32_t k = 0; k < r->victim_count; k++)
			assert_int_equal(r->victim[k].pid, 71);
	}
	told_release(&t);
}

/* A line of a million fields, and NULs in names. */
static void test_long_and_nul(void **state)
{
	static const char begin[] = "[  pid  ] uid ", row[] = "[ 71 ] 0 ";
	static const char nul[] = "a\0b invoked oom-killer: gfp_mask=0xcc0(GFP\0KERNEL), order=0";
	const size_t size = 4000000;
	char *line = malloc(size);
	struct told t;

	assert_non_null(line);
	told_init(&t);
	t.line.text = text_of(nul, sizeof(nul) - 1);
	assert_int_equal(oom_grammar_line(t.grammar, &t.line), 0);
	for (size_t i = 0; i + 4 <= size; i += 4)
		memcpy(line + i, i % 8 ? "uid " : "7:1 ", 4);
	memcpy(line, begin, sizeof(begin) - 1);
	t.line.text = text_of(line, size);
	assert_int_equal(oom_grammar_line(t.grammar, &t.line), 0);
	memcpy(line, row, sizeof(row) - 1);
	assert_int_equal(oom_grammar_line(t.grammar, &t.line), 0);
	memcpy(line, "Node 0 DMA free:", sizeof("Node 0 DMA free:") - 1);
	assert_int_equal(oom_grammar_line(t.grammar, &t.line), 0);
	told_end(&t);
	assert_int_equal(t.reports, 1);
	assert_string_equal(t.report[0].trigger.comm, "a");
	assert_string_equal(t.report[0].trigger.gfp_flags, "GFP");
	told_release(&t);
	free(line);
}

/* What is left when a terminal and then a mailer broke the lines, and they were joined again. */
static void test_broken_words(void **state)
{
	struct told t;
	const struct oom_report *r = t.report;

	told_all(&t, TRIGGER("owl") "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file "
				    "rss_shmem "
				    "pgtables_bytes swapents oom_score_ad j name\n"
				    "[   1121]     0  1121      734      366        0      366  0  "
				    "  45056  0  7 owl\n"
				    "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/"
				    ",mems_allowed=0,oom "
				    "_memcg=/nest,task_m emcg=/nest/a,task=owl,pid=1121,uid=0\n"
				    "Memory cgroup out of memory: Killed process 1121 (owl) "
				    "total-vm:719740kB, "
				    "anon-rss:522880kB, file-rss :536kB, shmem-rss:0kB, UID:0 "
				    "pgtables:1072kB "
				    "oom_score_adj:7\n");
	assert_int_equal(t.reports, 1);
	assert_int_equal(r->task[0].oom_score_adj, 7);
	assert_string_equal(r->memcg.limit_path, "/nest");
	assert_string_equal(r->memcg.task_path, "/nest/a");
	assert_u64(r->victim[0].file_rss_bytes, 536 * KIB);
	assert_u64(r->victim[0].oom_score_adj, 7);
	told_release(&t);
}

static int refuse(void *arg, const struct oom_report *r)
{
	return -ECANCELED;
}

static void test_sink_refuses(void **state)
{
	struct told t;
	struct oom_sink sink = { NULL, refuse, told_neighbour };

	told_init(&t);
	oom_grammar_free(t.grammar);
	t.grammar = oom_grammar_new(&sink);
	assert_non_null(t.grammar);
	told_feed(&t, TRIGGER("owl"));
	assert_int_equal(oom_grammar_end(t.grammar), -ECANCELED);
	told_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_after_another),
		cmocka_unit_test(test_cut_by_the_next),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_table),
		cmocka_unit_test(test_other_constraint),
		cmocka_unit_test(test_without_header),
		cmocka_unit_test(test_chosen_only),
		cmocka_unit_test(test_kill_of_another),
		cmocka_unit_test(test_kill_of_a_program),
		cmocka_unit_test(test_kill_forms),
		cmocka_unit_test(test_far_mem_info),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_assumed_columns),
		cmocka_unit_test(test_rows_that_are_cut),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_failure_in_between),
		cmocka_unit_test(test_failure_alone),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_no_report),
		cmocka_unit_test(test_suppressed),
		cmocka_unit_test(test_quotation),
		cmocka_unit_test(test_no_kill),
		cmocka_unit_test(test_cut_verdict),
		cmocka_unit_test(test_cut_stats),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_reboot),
		cmocka_unit_test(test_run_together),
		cmocka_unit_test(test_constraints),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_chosen_only),
		cmocka_unit_test(test_stack_of_panic),
		cmocka_unit_test(test_names_and_messages),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_long_and_nul),
		cmocka_unit_test(test_broken_words),
		cmocka_unit_test(test_sink_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
