/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <stdio.h>
#include <string.h>

#define STEP_SECONDS 0.02
#define SAVED 24

/* What a run changes of /proc/sys, to be put back after it. */
static struct {
	char path[256], value[PLAN_TEXT];
} saved[SAVED];
static int saved_count;

static void set_sysctl(const char *key, const char *value)
{
	char path[256];

	sysctl_path(key, path, sizeof(path));
	if (saved_count < SAVED) {
		(void)snprintf(saved[saved_count].path, sizeof(saved[0].path), "%s", path);
		guest_read_line(path, saved[saved_count].value, sizeof(saved[0].value));
		saved_count++;
	}
	if (!guest_write(path, value))
		guest_fail("cannot set", key);
}

static void restore_sysctls(void)
{
	while (saved_count > 0) {
		saved_count--;
		(void)guest_write(saved[saved_count].path, saved[saved_count].value);
	}
}

/* kernel.printk keeps the three other numbers when only the first is written. */
static void set_all(const struct plan *plan, int number)
{
	const struct plan_run *r = &plan->run[number];
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", r->console_loglevel);
	set_sysctl("kernel.printk", text);
	(void)snprintf(text, sizeof(text), "%d", r->oom_dump_tasks);
	set_sysctl("vm.oom_dump_tasks", text);
	for (int i = 0; i < plan->sysctl_count; i++)
		if (plan->sysctl[i].run == number)
			set_sysctl(plan->sysctl[i].key, plan->sysctl[i].value);
}

static void run_commands(const struct plan *plan, int number, enum plan_when when)
{
	for (int i = 0; i < plan->command_count; i++)
		if (plan->command[i].run == number && plan->command[i].when == (int)when)
			shell_run(number, &plan->command[i]);
}

static void start_programs(const struct plan *plan, int number, bool with_leakers)
{
	for (int i = 0; i < plan->program_count; i++) {
		const struct plan_program *p = &plan->program[i];

		if (p->with_leakers == with_leakers &&
		    (!p->only[0] || strcmp(p->only, plan->run[number].name) == 0))
			child_program(p);
	}
}

static void start_tasks(const struct plan_run *r)
{
	for (int i = 0; i < r->tasks; i++)
		if (child_fork(CHILD_TASK, "worker", 0) == 0)
			load_worker(i);
	for (int i = 0; i < r->allocators; i++)
		if (child_fork(CHILD_ALLOCATOR, "allocator", -500) == 0)
			load_allocator();
}

static void start_leakers(const struct plan_run *r)
{
	for (int i = 0; i < r->leakers; i++)
		if (child_fork(CHILD_LEAKER, "leaker", 0) == 0)
			load_leaker(r->leak_bytes_per_second, 0);
}

static void tell_phase(int number, const char *phase)
{
	tell_printf("{\"event\":\"phase\",\"run\":%d,\"phase\":\"%s\",\"now\":%.6f}", number, phase,
		    guest_now());
	tell_end();
}

static long long kills_now(void)
{
	return guest_read_key("/proc/vmstat", "oom_kill");
}

static bool is_over(const struct plan_run *r, double elapsed, long long kills)
{
	if (elapsed >= r->seconds)
		return true;
	if (r->kills > 0)
		return kills >= r->kills;
	if (r->leakers > 0)
		return child_alive(CHILD_LEAKER) == 0;
	return !r->timed;
}

static void tell_run(int number, const struct beats *base, const struct beats *b, double elapsed,
		     double calibrated, long long kills, const char *printk)
{
	tell_printf("{\"event\":\"run\",\"run\":%d,\"seconds\":%.6f,\"calibration_seconds\":%.6f",
		    number, elapsed, calibrated);
	tell_printf(",\"stall_seconds\":%.6f,\"stall_idle_seconds\":%.6f,"
		    "\"baseline_stall_seconds\":%.6f,\"stall_pinned_seconds\":[",
		    b->stall, b->stall_idle, base->stall);
	for (int i = 0; i < b->cpus; i++)
		tell_printf("%s%.6f", i ? "," : "", b->stall_pinned[i]);
	tell_printf("],\"stall_open\":%s,\"kills\":%lld,\"now\":%.6f,\"printk_after\":",
		    b->open ? "true" : "false", kills, guest_now());
	tell_string(printk, strlen(printk));
	child_tell();
	tell_printf("}");
	tell_end();
}

void run_one(const struct plan *plan, int number)
{
	const struct plan_run *r = &plan->run[number];
	double start, elapsed, calibrated = 0;
	struct beats base, measured;
	long long kills_before, kills;
	char printk[64];
	bool settled;

	set_all(plan, number);
	beat_start();
	start_tasks(r);
	start_programs(plan, number, false);
	run_commands(plan, number, PLAN_BEFORE);
	tell_phase(number, "baseline");
	beat_phase(BEAT_BASELINE);
	guest_sleep(r->baseline_seconds);

	ring_skip();
	kills_before = kills_now();
	ring_mark(PLAN_MARK_BEGIN, number);
	tell_phase(number, "measured");
	beat_phase(BEAT_MEASURED);
	start = guest_now();
	start_leakers(r);
	start_programs(plan, number, true);
	run_commands(plan, number, PLAN_TRIGGER);
	if (r->kmsg_lines > 0)
		calibrated = ring_calibrate(r->kmsg_lines, r->kmsg_line_bytes);
	do {
		child_reap();
		elapsed = guest_now() - start;
		kills = kills_now() - kills_before;
		if (is_over(r, elapsed, kills))
			break;
		guest_sleep(STEP_SECONDS);
	} while (true);
	guest_sleep(r->settle_seconds);
	child_reap();
	kills = kills_now() - kills_before;
	settled = beat_settle();
	beat_largest(BEAT_MEASURED, &measured);
	measured.open = !settled;
	beat_largest(BEAT_BASELINE, &base);
	guest_read_line("/proc/sys/kernel/printk", printk, sizeof(printk));
	ring_mark(PLAN_MARK_END, number);

	run_commands(plan, number, PLAN_AFTER);
	ring_send(number);
	tell_run(number, &base, &measured, elapsed, calibrated, kills, printk);
	child_end();
	restore_sysctls();
}
