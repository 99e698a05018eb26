/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What doctor reads of the trees made for it, and of the running system. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake.h"
#include "unit.h"

#include "source/machine.h"

static struct machine m;

static void read_tree(const char *name)
{
	const struct machine_options options = { .consoles_deadline_seconds = 1 };
	const char *roots = getenv("BULKHEAD_ROOTS");
	struct fault f = { 0 };
	struct root root;
	char dir[4096];

	assert_non_null(roots);
	(void)snprintf(dir, sizeof(dir), "%s/%s", roots, name);
	if (root_open(dir, &root, &f) < 0 || machine_read(&root, &options, &m, &f) < 0)
		fail_msg("%s", f.what);
	root_close(&root);
}

static const struct console *console(const char *name)
{
	for (uint32_t i = 0; i < m.consoles.count; i++)
		if (strcmp(m.consoles.console[i].name, name) == 0)
			return &m.consoles.console[i];
	fail_msg("there is no console '%s'", name);
	return NULL;
}

static void test_study_machine(void **state)
{
	read_tree("study-machine");
	assert_int_equal(m.consoles.count, 1);
	assert_int_equal(console("ttyS1")->bits_per_second.value, 19200);
	assert_true(console_is_synchronous(console("ttyS1"), &m.printk));
	assert_int_equal(m.printk.console_loglevel.value, 7);
	assert_int_equal(m.oom.dump_tasks.value, 1);
	assert_true(m.tasks.complete && m.tasks.tasks.value == 145); /* systemd has no row */
	assert_true(m.tasks.comm_bytes > 4 && m.tasks.comm_bytes < 16);
	assert_true(m.kernel.major == 5 && m.kernel.minor == 15);
	assert_true(m.cpus == 4 && m.nodes == 1 && m.zones == 3);
	assert_int_equal(m.printk.ring_bytes.value, 256 * KIB);
	assert_int_equal(m.tasks.unkillable, 2);
	assert_int_equal(m.log_daemon[LOG_DAEMON_JOURNALD].running, KNOWN);
	assert_int_equal(m.log_daemon[LOG_DAEMON_RSYSLOG].persistent.value, 1);
	assert_int_equal(m.log_daemon[LOG_DAEMON_SYSLOG_NG].running, ABSENT);
	assert_int_equal(m.services.unlimited, 2);
	assert_int_equal(m.virtual_machine.value, 0);
}

static void test_quiet_ubuntu(void **state)
{
	read_tree("quiet-ubuntu");
	assert_int_equal(console("ttyS0")->baud_source, BAUD_TERMIOS);
	assert_int_equal(console("tty0")->kind, CONSOLE_VT);
	assert_int_equal(m.cmdline_loglevel.value, 4);
	assert_int_equal(m.persisted_loglevel.value, 4);
	assert_string_equal(m.persisted_file, "/etc/sysctl.d/10-console-messages.conf");
	assert_int_equal(m.oom_daemon_count, 1);
	assert_string_equal(m.oom_daemon[0].comm, "systemd-oomd");
	assert_int_equal(m.virtual_machine.value, 1);
	assert_int_equal(m.oom.watchdogs.value, 1);
	/* *.emerg to all users is not what an OOM report is made of */
	assert_int_equal(m.log_daemon[LOG_DAEMON_RSYSLOG].forwards_to_console.value, 0);
}

static void test_nbcon(void **state)
{
	read_tree("nbcon");
	assert_true(console("ttyS0")->nbcon);
	assert_false(console_is_synchronous(console("ttyS0"), &m.printk));
	assert_int_equal(m.printk.legacy_thread.value, 1);
	assert_int_equal(m.oom.realtime.value, 1);
	assert_string_equal(m.log_daemon[LOG_DAEMON_JOURNALD].console, "tty12");
}

static void test_flow_control(void **state)
{
	read_tree("flow-control");
	assert_true(console("ttyS0")->flow_control);
	assert_int_equal(m.persisted_loglevel.value, 3);
	assert_string_equal(m.persisted_dump_tasks_file, "/usr/lib/sysctl.d/50-default.conf");
}

/* Nothing is guessed: each is unknown, and where there is room for a reason it says one. */
static void test_half_gone(void **state)
{
	read_tree("half-gone");
	assert_int_equal(m.consoles.registered, ABSENT);
	assert_true(m.consoles.why[0]);
	assert_int_equal(console("ttyS0")->registered, UNREADABLE);
	assert_int_equal(m.printk.console_loglevel.known, UNREADABLE);
	assert_int_equal(m.cmdline_loglevel.known, UNREADABLE);
	assert_int_equal(m.oom.dump_tasks.known, UNREADABLE);
	assert_int_equal(m.oom.panic_on_oom.known, UNREADABLE);
	assert_int_equal(m.oom.kill_allocating_task.known, ABSENT);
	assert_int_equal(m.persisted_loglevel.known, UNREADABLE);
	assert_int_equal(m.meminfo_known, UNREADABLE);
	assert_true(m.kernel.major == 0 && !m.release[0]);
	assert_true(m.cpus == 0 && m.nodes == 0 && m.zones == 0);
	assert_false(m.tasks.complete);
	assert_true(m.tasks.tasks.value == 3 && m.tasks.unreadable == 2);
	assert_int_equal(m.log_daemon[LOG_DAEMON_RSYSLOG].forwards_to_console.known, UNREADABLE);
	assert_int_equal(m.log_daemon[LOG_DAEMON_KLOGD].running, UNREADABLE);
	assert_int_equal(m.services.services.known, ABSENT);
}

static void test_hostile_consoles(void **state)
{
	read_tree("hostile-consoles");
	assert_int_equal(m.consoles.count, CONSOLES_MAX);
	assert_true(m.consoles.dropped > 0);
	for (uint32_t i = 0; i < m.consoles.count; i++) {
		const struct console *c = &m.consoles.console[i];

		/* a speed, a reason, or something that has no speed */
		assert_true(opt_is_known(c->bits_per_second) || c->why[0] ||
			    (c->kind != CONSOLE_UART && c->kind != CONSOLE_UNKNOWN));
		assert_null(strpbrk(c->why, "\x1b\a"));
	}
	assert_int_equal(m.log_daemon[LOG_DAEMON_RSYSLOG].console_loglevel.value, 8);
	assert_string_equal(m.log_daemon[LOG_DAEMON_RSYSLOG].console, "ttyS0");
}

/* A leader without memory of its own, whose thread has some, is one row. */
static void test_leader_exited(void **state)
{
	read_tree("leader-exited");
	assert_int_equal(m.tasks.tasks.value, 1);
	assert_false(m.tasks.complete);
}

#define STAT(front, flags)                                                                         \
	front " 1 0 -1 " flags " 900 0 3 0 12 7 0 0 20 0 1 0 500 0 0 18446744073709551615 0 0 0 "  \
	      "0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static uint64_t rows(bool kthread)
{
	const struct machine_options options = { 0 };
	struct fault f = { 0 };
	struct fake x = { 0 };

	fake_begin(&x);
	fake_file(&x, "captured", "processes all\n");
	fake_file(&x, "proc/1/stat", STAT("1 (init) S 0 1", "4194560"));
	fake_file(&x, "proc/1/statm", "100 50 20 10 0 30 0\n");
	fake_file(&x, "proc/7/stat", STAT("7 (sh) S 1 7", "4194560"));
	fake_file(&x, "proc/7/statm", "100 50 20 10 0 30 0\n");
	if (kthread)
		fake_file(&x, "proc/2/stat", STAT("2 (kthreadd) S 0 0", "2097216"));
	fake_open(&x);
	assert_int_equal(machine_read(&x.root, &options, &m, &f), 0);
	fake_end(&x);
	return m.tasks.tasks.value;
}

/* The global init has no row in a task table; the first process of a container has. */
static void test_init(void **state)
{
	assert_int_equal(rows(true), 1);
	assert_int_equal(rows(false), 2);
}

/* A distribution may have another level for `quiet`; loglevel= is a number of its own. */
static void test_quiet_level(void **state)
{
	static const struct {
		const char *cmdline;
		uint64_t level;
	} rows[] = { { "quiet\n", 3 }, { "loglevel=5 quiet\n", 3 }, { "quiet loglevel=4\n", 4 } };
	const struct machine_options options = { 0 };
	struct fault f = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake x = { 0 };

		fake_begin(&x);
		fake_file(&x, "proc/cmdline", rows[i].cmdline);
		fake_file(&x, "proc/sys/kernel/osrelease", "6.1.0\n");
		fake_file(&x, "boot/config-6.1.0", "CONFIG_CONSOLE_LOGLEVEL_QUIET=3\n");
		fake_open(&x);
		assert_int_equal(machine_read(&x.root, &options, &m, &f), 0);
		assert_int_equal(m.cmdline_loglevel.value, rows[i].level);
		fake_end(&x);
	}
}

/* Whoever made the tree may have put FIFOs where files were: nothing waits for a writer. */
static void test_fifos(void **state)
{
	static const char *const paths[] = { "proc/consoles", "proc/cmdline", "proc/meminfo",
					     "proc/cpuinfo", "proc/7/stat" };
	const struct machine_options options = { .consoles_deadline_seconds = 1 };
	struct fault f = { 0 };
	struct fake x = { 0 };
	char full[256];

	fake_begin(&x);
	fake_file(&x, "proc/7/statm", "100 50 20 10 0 30 0\n");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		(void)snprintf(full, sizeof(full), "%s/%s", x.dir, paths[i]);
		assert_int_equal(mkfifo(full, 0600), 0);
	}
	fake_open(&x);
	(void)alarm(20);
	assert_int_equal(machine_read(&x.root, &options, &m, &f), 0);
	(void)alarm(0);
	assert_int_equal(m.tasks.unreadable, 1);
	fake_end(&x);
}

/* Names are cut at 15 bytes, and those of containers are in the same list. */
static void test_log_daemons(void **state)
{
	static const struct {
		const char *cgroup, *nspid;
		bool journald, rsyslog;
	} rows[] = {
		{ "0::/system.slice/systemd-journald.service\n", "NSpid:\t7\n", true, true },
		{ "0::/system.slice/systemd-journal-upload.service\n", "NSpid:\t7\n", false, true },
		{ "0::/system.slice/systemd-journald@x.service\n", "NSpid:\t7\n", false, true },
		{ "4:memory:/\n1:name=systemd:/system.slice/systemd-journald.service\n", "", true,
		  true },
		{ "0::/\n", "", true, true },
		{ "0::/system.slice/docker-1.scope\n", "NSpid:\t7\t1\n", false, false },
	};
	const struct machine_options options = { 0 };
	struct fault f = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake x = { 0 };

		fake_begin(&x);
		fake_file(&x, "captured", "processes all\n");
		fake_file(&x, "proc/7/stat", STAT("7 (systemd-journal) S 1 7", "4194560"));
		fake_file(&x, "proc/8/stat", STAT("8 (rsyslogd) S 1 8", "4194560"));
		for (int pid = 7; pid <= 8; pid++) {
			char path[32];

			(void)snprintf(path, sizeof(path), "proc/%d/statm", pid);
			fake_file(&x, path, "100 50 20 10 0 30 0\n");
			(void)snprintf(path, sizeof(path), "proc/%d/cgroup", pid);
			fake_file(&x, path, rows[i].cgroup);
			(void)snprintf(path, sizeof(path), "proc/%d/status", pid);
			fake_file(&x, path, rows[i].nspid);
		}
		fake_open(&x);
		assert_int_equal(machine_read(&x.root, &options, &m, &f), 0);
		assert_int_equal(m.log_daemon[LOG_DAEMON_JOURNALD].running,
				 rows[i].journald ? KNOWN : ABSENT);
		assert_int_equal(m.log_daemon[LOG_DAEMON_RSYSLOG].running,
				 rows[i].rsyslog ? KNOWN : ABSENT);
		fake_end(&x);
	}
}

/* A bulkhead guard with a long command line is one; the scan of the same name is none. */
static void test_guard_daemon(void **state)
{
	const struct machine_options options = { 0 };
	struct fault f = { 0 };
	struct fake x = { 0 };
	char line[600];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	fake_begin(&x);
	fake_file(&x, "proc/7/stat", STAT("7 (bulkhead) S 1 7", "4194560"));
	fake_file(&x, "proc/7/statm", "100 50 20 10 0 30 0\n");
	fake_file(&x, "proc/7/cmdline", "");
	fake_open(&x);
	_cleanup_close_ int fd = openat(x.root.proc, "7/cmdline", O_WRONLY | O_CLOEXEC);

	assert_int_equal(fd_write_all(fd, "bulkhead\0guard\0--config=", 24), 0);
	assert_int_equal(fd_write_all(fd, line, sizeof(line)), 0);
	assert_int_equal(machine_read(&x.root, &options, &m, &f), 0);
	assert_int_equal(m.oom_daemon_count, 1);
	assert_int_equal(pwrite(fd, "scan_", 5, 9), 5);
	assert_int_equal(machine_read(&x.root, &options, &m, &f), 0);
	assert_int_equal(m.oom_daemon_count, 0);
	fake_end(&x);
}

static void test_versions(void **state)
{
	static const char *const bad[] = { "", ".", "6", "6.", "x.1", "6.x", "0.1", "70000.1" };
	struct kernel_version v;

	assert_true(kernel_version_parse(TEXT("6.1.0-18-amd64"), &v));
	assert_true(v.major == 6 && v.minor == 1);
	assert_true(kernel_version_parse(TEXT("7.3-rc1"), &v));
	assert_true(v.major == 7 && v.minor == 3);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(kernel_version_parse(text_of(bad[i], strlen(bad[i])), &v));
}

static void test_cpuinfo(void **state)
{
	static const char guest[] = "processor\t: 0\nflags\t\t: fpu hypervisor lm\n";
	static const char metal[] = "flags\t\t: fpu lm\nflags\t\t: hypervisor\n";

	assert_true(cpuinfo_virtual_machine(guest, sizeof(guest) - 1).value == 1);
	assert_true(cpuinfo_virtual_machine(metal, sizeof(metal) - 1).value == 0);
	assert_int_equal(cpuinfo_virtual_machine("Features\t: fp\n", 14).known, ABSENT);
}

/* The running system: it ends, keeps no descriptor and no child, and counts what it sees. */
static void test_live(void **state)
{
	const struct machine_options options = { .consoles_deadline_seconds = 2 };
	struct fault f = { 0 };
	struct root root;
	int before, after;

	assert_int_equal(root_open(NULL, &root, &f), 0);
	before = dup(0);
	(void)close(before);
	assert_int_equal(machine_read(&root, &options, &m, &f), 0);
	after = dup(0);
	(void)close(after);
	assert_int_equal(before, after);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_true(m.tasks.tasks.value >= 1 && m.release[0] && m.cpus >= 1);
	assert_int_equal(m.cmdline_known, KNOWN);
	assert_true(opt_is_known(m.printk.console_loglevel));
	root_close(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_study_machine), cmocka_unit_test(test_quiet_ubuntu),
		cmocka_unit_test(test_nbcon),	      cmocka_unit_test(test_flow_control),
		cmocka_unit_test(test_half_gone),     cmocka_unit_test(test_hostile_consoles),
		cmocka_unit_test(test_leader_exited), cmocka_unit_test(test_versions),
		cmocka_unit_test(test_cpuinfo),	      cmocka_unit_test(test_live),
		cmocka_unit_test(test_init),	      cmocka_unit_test(test_log_daemons),
		cmocka_unit_test(test_guard_daemon),  cmocka_unit_test(test_fifos),
		cmocka_unit_test(test_quiet_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
