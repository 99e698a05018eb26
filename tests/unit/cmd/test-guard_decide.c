/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a table of processes to acts: the sampler's table is made up here (the linker's --wrap), the
 * decisions are caught instead of told; the processes that are signalled are real children.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "act/knob.h"
#include "base/fd.h"
#include "cmd/guard_run.h"
#include "source/guard_config.h"
#include "source/proc_stat.h"

#define SLOTS 24
#define HELD (8 * MIB)

static struct process process[SLOTS];
static uint8_t slot_state[SLOTS];
static struct process_table table;
static struct guard guard;
static struct {
	int32_t pid;
	enum rung action;
	enum decision_reason reason;
	enum decision_result result;
	bool fallback;
} told[256];
static size_t told_count;

const struct process_table *__wrap_sampler_table(const struct sampler *s);
int __wrap_sampler_zoneinfo(struct sampler *s, struct zoneinfo *ret);
void __wrap_guard_tell(struct guard *g);

const struct process_table *__wrap_sampler_table(const struct sampler *s)
{
	(void)s;
	return &table;
}

int __wrap_sampler_zoneinfo(struct sampler *s, struct zoneinfo *ret)
{
	(void)s;
	(void)ret;
	return -1;
}

void __wrap_guard_tell(struct guard *g)
{
	assert_true(told_count < ARRAY_SIZE(told));
	told[told_count].pid = g->decision.chosen.process.id.pid;
	told[told_count].action = g->decision.action;
	told[told_count].reason = g->decision.reason;
	told[told_count].result = g->decision.result;
	told[told_count++].fallback = g->decision.fallback;
}

/* A host of 1000 MiB with so much left, and a guard that neither steers, limits nor saves. */
static void start(uint64_t left_mib)
{
	struct worker *reaper = guard.reaper; /* one for all tests: it cannot be freed */

	memset(process, 0, sizeof(process));
	memset(slot_state, 0, sizeof(slot_state));
	table = (struct process_table){ .process = process,
					.state = slot_state,
					.capacity = SLOTS };
	table.host.page_bytes = 4096;
	table.host.meminfo.total_bytes = 1000 * MIB;
	table.host.meminfo.available_bytes = left_mib * MIB;
	watchlist_release(&guard.watch);
	root_close(&guard.root);
	guard = (struct guard){ .root = ROOT_CLOSED,
				.helper = { .fd = -1 },
				.reaper = reaper,
				.sampler = (struct sampler *)&table };
	guard_policy_default(&guard.policy);
	guard.policy.steer = guard.policy.limit = guard.policy.evidence = false;
	for (size_t i = 0; i < GUARD_SUSPECTS; i++)
		guard.pidfd[i] = -1;
	assert_int_equal(watchlist_init(&guard.watch, SLOTS), 0);
	assert_int_equal(root_open(NULL, &guard.root, NULL), 0);
	if (!guard.reaper)
		assert_int_equal(worker_start(&guard.reaper, NULL), 0);
	told_count = 0;
}

static uint32_t add(const char *comm, int32_t pid, uint64_t starttime, double recent, bool leaks)
{
	uint32_t i = table.high++;

	process[i] = (struct process){ .id = { pid, starttime },
				       .anon_bytes = HELD,
				       .cgroup = CGROUP_NONE,
				       .fields = PROCESS_ANON | PROCESS_OOM_SCORE_ADJ };
	(void)snprintf(process[i].comm, sizeof(process[i].comm), "%s", comm);
	slot_state[i] = SLOT_LIVE;
	guard.watch.recent[i] = (float)recent;
	guard.watch.track[i].class = leaks ? VERDICT_LEAKING : VERDICT_STEADY;
	return i;
}

static void decide(double now)
{
	guard_update_domains(&guard, now);
	guard_decide(&guard, now);
	guard_attend(&guard, now);
}

/* How often this was told of; 0 for any pid. */
static size_t count(int32_t pid, enum rung action)
{
	size_t n = 0;

	for (size_t i = 0; i < told_count; i++)
		n += told[i].action == action && (!pid || told[i].pid == pid);
	return n;
}

/* A child that holds memory, ready when this returns. */
static pid_t child(bool ignores_term)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		char *p = mmap(NULL, HELD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		memset(p, 1, HELD);
		(void)signal(SIGTERM, ignores_term ? SIG_IGN : SIG_DFL);
		(void)!write(ready[1], "x", 1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return pid;
}

static int open_dir(pid_t pid)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%d", pid);
	return openat(guard.root.proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static uint32_t add_child(pid_t pid, double recent)
{
	_cleanup_close_ int dir = open_dir(pid);
	struct proc_stat stat;
	char buf[4096];

	assert_int_equal(proc_stat_read(dir, buf, sizeof(buf), &stat), 0);
	return add("child", pid, stat.starttime_ticks, recent, true);
}

static void reap(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static size_t open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(d))
		n++;
	(void)closedir(d);
	return n;
}

static void protect(const char *comm)
{
	struct rule *r = &guard.policy.protect.rule[guard.policy.protect.count++];

	r->field = RULE_COMM;
	(void)snprintf(r->pattern, sizeof(r->pattern), "%s", comm);
}

/* Sixteen that guard must leave alone must not blind it to the seventeenth. */
static void test_an_urgent_one_gets_a_place(void **state)
{
	start(900);
	protect("pool");
	for (int i = 0; i < GUARD_SUSPECTS; i++)
		(void)add("pool", 1000 + i, 1, 1e9, true);
	(void)add("leaky", 2000, 1, 1e6, true);
	decide(10);
	assert_int_equal(count(2000, RUNG_NOTIFY), 1);
	assert_int_equal(told_count, GUARD_SUSPECTS + 1);
	assert_int_equal(count(0, RUNG_CLEAR), 1);
	/* and keeps it */
	told_count = 0;
	decide(11);
	assert_int_equal(count(2000, RUNG_CLEAR), 0);
}

static void test_equals_do_not_push_each_other_out(void **state)
{
	start(900);
	guard.policy.term = guard.policy.kill = guard.policy.fallback = false;
	for (int i = 0; i <= GUARD_SUSPECTS; i++)
		(void)add("leaky", 1000 + i, 1, 1e6 + 1e4 * i, true);
	for (int t = 0; t < 5; t++)
		decide(10 + t);
	assert_int_equal(count(0, RUNG_CLEAR), 0);
	assert_int_equal(told_count, GUARD_SUSPECTS);
	assert_int_equal(guard.suspects_refused, 1); /* said in STATUS */
}

static void test_no_fallback_past_capacity(void **state)
{
	start(40);
	guard.policy.dry_run = true;
	(void)add("small", 1000, 1, 0, false);
	process[add("big", 1001, 1, 0, false)].anon_bytes = 300 * MIB;
	table.counts.over_capacity = 1;
	decide(10);
	assert_int_equal(told_count, 0);
	table.counts.over_capacity = 0;
	decide(11);
	assert_true(told_count > 0);
	assert_int_equal(told[0].pid, 1001);
	assert_true(told[0].fallback);
	assert_int_equal(count(1000, RUNG_NOTIFY), 0);
}

/* It ended between the scan and the signal: no failure, nothing left open, the place is free. */
static void test_gone_before_the_signal(void **state)
{
	pid_t pid = child(false);
	size_t files;

	start(40);
	(void)add_child(pid, 1e6);
	reap(pid);
	files = open_files();
	decide(10);
	assert_int_equal(count(pid, RUNG_TERM), 1);
	assert_int_equal(count(pid, RUNG_CLEAR), 1);
	for (size_t i = 0; i < told_count; i++)
		assert_true(told[i].action != RUNG_TERM || told[i].result == RESULT_SKIPPED);
	assert_false(guard.suspect[0].used);
	assert_int_equal(open_files(), files);
}

/* It gave its memory back: spared, and what was changed for it is taken back. */
static void test_shrunk_before_the_signal(void **state)
{
	pid_t pid = child(false);
	char before[KNOB_SIZE], after[KNOB_SIZE];
	size_t files;

	start(40);
	guard.policy.steer = true;
	_cleanup_close_ int dir = open_dir(pid);
	process[add_child(pid, 1e6)].anon_bytes = 100 * MIB;
	process[add("rival", 1000, 1, 0, false)].anon_bytes = 300 * MIB;
	assert_int_equal(knob_read(dir, "oom_score_adj", before, NULL), 0);
	files = open_files();
	decide(10);
	assert_int_equal(count(pid, RUNG_STEER), 1);
	assert_int_equal(count(pid, RUNG_TERM), 1);
	assert_int_equal(count(pid, RUNG_CLEAR), 1);
	assert_int_equal(knob_read(dir, "oom_score_adj", after, NULL), 0);
	assert_string_equal(before, after);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_int_equal(open_files(), files);
	reap(pid);
}

/* The number is somebody else's by now: nobody is signalled. */
static void test_reused_pid(void **state)
{
	pid_t pid = child(false);

	start(40);
	process[add_child(pid, 1e6)].id.starttime_ticks--;
	decide(10);
	assert_int_equal(count(pid, RUNG_TERM), 1);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_false(guard.suspect[0].used);
	reap(pid);
}

static void wait_for_end(pid_t pid)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void test_one_at_a_time_and_verified(void **state)
{
	pid_t first = child(false), second = child(false);
	size_t files;

	start(40);
	(void)add_child(first, 2e6);
	(void)add_child(second, 1e6);
	files = open_files();
	decide(10);
	assert_int_equal(count(first, RUNG_TERM), 1);
	assert_int_equal(count(second, RUNG_TERM), 0);
	wait_for_end(first);
	/* its memory is not back yet: nobody else */
	decide(11);
	decide(14);
	assert_int_equal(count(first, RUNG_VERIFY), 0);
	assert_int_equal(count(second, RUNG_TERM), 0);
	table.host.meminfo.available_bytes += HELD;
	reap(first);
	slot_state[0] = SLOT_FREE;
	decide(15);
	assert_int_equal(count(first, RUNG_VERIFY), 1);
	assert_int_equal(told[told_count - 1].result, RESULT_DONE);
	/* still short: now the other */
	decide(16);
	assert_int_equal(count(second, RUNG_TERM), 1);
	wait_for_end(second);
	table.host.meminfo.available_bytes += HELD;
	decide(17);
	assert_int_equal(count(second, RUNG_VERIFY), 1);
	assert_int_equal(open_files(), files);
	reap(second);
}

/* SIGTERM ignored and SIGKILL switched off: the others wait for a time, not for ever. */
static void test_who_does_not_end_holds_nobody_up_for_ever(void **state)
{
	pid_t stubborn = child(true), second = child(false);

	start(40);
	guard.policy.kill = false;
	(void)add_child(stubborn, 2e6);
	(void)add_child(second, 1e6);
	decide(10);
	assert_int_equal(count(stubborn, RUNG_TERM), 1);
	decide(10 + guard.policy.grace_seconds + guard.policy.verify_seconds - 0.1);
	assert_int_equal(count(second, RUNG_TERM), 0);
	decide(10 + guard.policy.grace_seconds + guard.policy.verify_seconds);
	assert_int_equal(count(second, RUNG_TERM), 1);
	assert_int_equal(count(stubborn, RUNG_TERM), 1);
	reap(stubborn);
	reap(second);
}

static void test_sigkill_at_the_deadline(void **state)
{
	pid_t stubborn = child(true);

	start(40);
	(void)add_child(stubborn, 2e6);
	decide(10);
	assert_true(guard_next_deadline(&guard) == 10 + guard.policy.grace_seconds);
	guard_attend(&guard, 14.9);
	assert_int_equal(count(stubborn, RUNG_KILL), 0);
	guard_attend(&guard, 15);
	assert_int_equal(count(stubborn, RUNG_KILL), 1);
	wait_for_end(stubborn);
	guard_attend(&guard, 15.1);
	guard_attend(&guard, 15.2 + guard.policy.verify_seconds);
	/* nothing came back: said, and the place is free */
	assert_int_equal(count(stubborn, RUNG_VERIFY), 1);
	assert_int_equal(told[told_count - 1].result, RESULT_FAILED);
	assert_false(guard.suspect[0].used);
	reap(stubborn);
}

/* The burst is over before the signal: its victim lives. */
static void test_relieved(void **state)
{
	pid_t pid = child(false);

	start(40);
	guard.policy.evidence = true;
	guard.policy.evidence_dir[0] = '\0';
	guard.watch.track[add_child(pid, 0)].class = VERDICT_STEADY;
	/* as if evidence were being saved still */
	guard.suspect[0] = (struct suspect){ .used = true,
					     .fallback = true,
					     .id = process[0].id,
					     .domain = CGROUP_NONE,
					     .done = (1u << RUNG_NOTIFY) | (1u << RUNG_EVIDENCE),
					     .evidence_seconds = 10 };
	decide(10.1);
	assert_int_equal(told_count, 0);
	table.host.meminfo.available_bytes = 500 * MIB;
	decide(10.6);
	assert_int_equal(count(pid, RUNG_TERM), 0);
	assert_int_equal(count(pid, RUNG_CLEAR), 1);
	assert_int_equal(told[0].reason, DECISION_RELIEVED);
	reap(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_urgent_one_gets_a_place),
		cmocka_unit_test(test_equals_do_not_push_each_other_out),
		cmocka_unit_test(test_no_fallback_past_capacity),
		cmocka_unit_test(test_gone_before_the_signal),
		cmocka_unit_test(test_shrunk_before_the_signal),
		cmocka_unit_test(test_reused_pid),
		cmocka_unit_test(test_one_at_a_time_and_verified),
		cmocka_unit_test(test_who_does_not_end_holds_nobody_up_for_ever),
		cmocka_unit_test(test_sigkill_at_the_deadline),
		cmocka_unit_test(test_relieved),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	watchlist_release(&guard.watch);
	return r;
}
