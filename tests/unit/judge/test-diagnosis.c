/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule on a machine without a fault, changed in one thing: it fires, and nothing else new. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

#include "judge/diagnosis.h"

static struct machine m;
static struct diagnosis d;
static struct storm_prediction p;

static void add_uart(const char *name, uint64_t baud)
{
	struct console *c = &m.consoles.console[m.consoles.count++];

	*c = (struct console){ .kind = CONSOLE_UART,
			       .on_cmdline = true,
			       .registered = KNOWN,
			       .enabled = true,
			       .bits_per_second = opt_u64_of(baud),
			       .baud_source = BAUD_CMDLINE,
			       .bits_per_character = 10 };
	(void)snprintf(c->name, sizeof(c->name), "%s", name);
}

/* A server whose quiet console and settings leave nothing to be said. */
static void healthy(void)
{
	memset(&m, 0, sizeof(m));
	(void)snprintf(m.release, sizeof(m.release), "6.12.9-amd64");
	(void)snprintf(m.cmdline, sizeof(m.cmdline), "root=/dev/vda1 console=ttyS0,115200n8 quiet");
	m.kernel = (struct kernel_version){ 6, 12 };
	m.cmdline_known = KNOWN;
	m.cmdline_loglevel = opt_u64_of(4);
	m.consoles.registered = KNOWN;
	add_uart("ttyS0", 115200);
	m.printk = (struct printk){ .console_loglevel = opt_u64_of(4),
				    .default_message_loglevel = opt_u64_of(4),
				    .minimum_console_loglevel = opt_u64_of(1),
				    .default_console_loglevel = opt_u64_of(7),
				    .ignore_loglevel = opt_u64_of(0),
				    .timestamps = opt_u64_of(1),
				    .caller = opt_u64_of(0),
				    .delay_ms = opt_u64_of(0),
				    .ring_bytes = opt_u64_of(MIB) };
	m.tasks = (struct task_census){ .tasks = opt_u64_of(150),
					.comm_bytes = 10,
					.complete = true };
	m.cpus = 4;
	m.nodes = 1;
	m.zones = 3;
	m.oom = (struct oom_settings){ .dump_tasks = opt_u64_of(1),
				       .panic_on_oom = opt_u64_of(0),
				       .kill_allocating_task = opt_u64_of(0),
				       .panic_seconds = opt_u64_of(10),
				       .overcommit_memory = opt_u64_of(0),
				       .min_free_bytes = opt_u64_of(64 * MIB),
				       .lru_gen_enabled = opt_u64_of(7),
				       .lru_gen_min_ttl_ms = opt_u64_of(0),
				       .sysrq = opt_u64_of(1),
				       .hung_task_panic = opt_u64_of(0),
				       .hung_task_timeout_seconds = opt_u64_of(120),
				       .rcu_stall_seconds = opt_u64_of(21),
				       .rcu_stall_suppress = opt_u64_of(0),
				       .watchdogs = opt_u64_of(1) };
	m.meminfo_known = KNOWN;
	m.meminfo = (struct meminfo){ .total_bytes = 8 * GIB,
				      .free_bytes = GIB,
				      .available_bytes = 4 * GIB,
				      .swap_total_bytes = opt_u64_of(2 * GIB),
				      .swap_free_bytes = opt_u64_of(2 * GIB),
				      .committed_bytes = opt_u64_of(5 * GIB) };
	m.memory_pressure.some.present = true;
	m.log_daemon[LOG_DAEMON_JOURNALD] =
		(struct log_daemon){ .running = KNOWN,
				     .pid = 300,
				     .rate_limit_burst = opt_u64_of(1),
				     .rate_limit_seconds = opt_u64_of(30),
				     .persistent = opt_u64_of(1),
				     .forwards_to_console = opt_u64_of(0) };
	m.services.services = opt_u64_of(12);
}

static void judge(void)
{
	const struct diagnosis_policy policy = diagnosis_policy_default();
	struct oom_report_shape shape;
	const uint32_t assumptions = oom_report_shape_of(&m, &shape);
	const struct diagnosis_input in = { &m, &shape, assumptions, &p, &policy };

	storm_predict(&shape, &m.consoles, &m.printk, &p);
	diagnose(&in, &d);
}

static const struct finding *find(enum finding_id id)
{
	for (uint32_t i = 0; i < d.finding_count; i++) {
		if (d.finding[i].id == id)
			return &d.finding[i];
	}
	return NULL;
}

static void test_a_healthy_machine_has_no_finding(void **state)
{
	healthy();
	judge();
	for (uint32_t i = 0; i < d.finding_count; i++)
		print_message("# %s\n", finding_name(d.finding[i].id));
	assert_int_equal(d.finding_count, 0);
	assert_int_equal(d.unknown_count, 0);
	assert_false(d.undetermined);
	for (int i = 0; i < REMEDY_COUNT; i++)
		assert_false(d.remedy[i].proposed);
}

static void slow_line(void)
{
	m.consoles.console[0].bits_per_second = opt_u64_of(19200);
	m.printk.console_loglevel = opt_u64_of(7);
	m.cmdline_loglevel = opt_u64_none(ABSENT);
}

static void no_answer(void)
{
	m.consoles.registered = UNREADABLE;
	m.consoles.console[0].registered = UNREADABLE;
	(void)snprintf(m.consoles.why, sizeof(m.consoles.why),
		       "/proc/consoles: no answer within 1 s");
}

static void two_lines(void)
{
	slow_line();
	add_uart("ttyS1", 19200);
}

static void many_tasks(void)
{
	slow_line();
	m.tasks.tasks = opt_u64_of(1000);
}

static void flow_control(void)
{
	m.consoles.console[0].flow_control = true;
}

static void boot_console(void)
{
	m.consoles.console[0].boot = true;
	m.cmdline_keep_bootcon = true;
}

static void default_speed(void)
{
	m.consoles.console[0].baud_source = BAUD_DEFAULT;
}

static void other_speed(void)
{
	m.consoles.console[0].baud_source = BAUD_TERMIOS;
	m.consoles.console[0].bits_per_second = opt_u64_of(57600);
}

static void ignore_loglevel(void)
{
	slow_line();
	m.printk.console_loglevel = opt_u64_of(4);
	m.printk.ignore_loglevel = opt_u64_of(1);
}

static void loud_boot(void)
{
	m.consoles.console[0].bits_per_second = opt_u64_of(9600);
	m.persisted_loglevel = opt_u64_of(7);
	(void)snprintf(m.persisted_file, sizeof(m.persisted_file), "/etc/sysctl.d/10-loud.conf");
}

static void delay(void)
{
	m.printk.delay_ms = opt_u64_of(20);
}

static void small_ring(void)
{
	m.printk.ring_bytes = opt_u64_of(16 * KIB);
}

static void no_daemon(void)
{
	m.log_daemon[LOG_DAEMON_JOURNALD].running = ABSENT;
}

static void rate_limit(void)
{
	m.log_daemon[LOG_DAEMON_RSYSLOG] =
		(struct log_daemon){ .running = KNOWN,
				     .rate_limit_burst = opt_u64_of(100),
				     .rate_limit_seconds = opt_u64_of(5) };
}

static void to_console(void)
{
	m.log_daemon[LOG_DAEMON_JOURNALD].forwards_to_console = opt_u64_of(1);
}

static void volatile_journal(void)
{
	m.log_daemon[LOG_DAEMON_JOURNALD].persistent = opt_u64_of(0);
}

static void no_table(void)
{
	m.oom.dump_tasks = opt_u64_of(0);
}

static void panic_hangs(void)
{
	m.oom.panic_on_oom = opt_u64_of(2);
	m.oom.panic_seconds = opt_u64_of(0);
}

static void panic_reboots(void)
{
	m.oom.panic_on_oom = opt_u64_of(1);
}

static void kill_allocating(void)
{
	m.oom.kill_allocating_task = opt_u64_of(1);
}

static void hung_task(void)
{
	slow_line();
	m.consoles.console[0].bits_per_second = opt_u64_of(1200);
	m.oom.hung_task_panic = opt_u64_of(1);
	m.oom.rcu_stall_suppress = opt_u64_of(1);
}

static void unkillable(void)
{
	m.tasks.unkillable = 3;
	m.tasks.unkillable_bytes = 6 * GIB;
	(void)snprintf(m.tasks.unkillable_largest, sizeof(m.tasks.unkillable_largest), "dbserver");
}

static void overcommit(void)
{
	m.oom.overcommit_memory = opt_u64_of(1);
}

static void min_free_low(void)
{
	m.oom.min_free_bytes = opt_u64_of(512 * KIB);
}

static void min_free_high(void)
{
	m.oom.min_free_bytes = opt_u64_of(GIB);
}

static void no_swap(void)
{
	m.meminfo.swap_total_bytes = opt_u64_of(0);
}

static void zram(void)
{
	m.zram_size_bytes = opt_u64_of(2 * GIB);
}

static void min_ttl(void)
{
	m.oom.lru_gen_min_ttl_ms = opt_u64_of(1000);
}

static void psi_off(void)
{
	m.memory_pressure.some.present = false;
}

static void sysrq(void)
{
	m.oom.sysrq = opt_u64_of(176);
}

static void no_watchdog(void)
{
	m.oom.watchdogs = opt_u64_of(0);
}

static void oom_daemon(void)
{
	m.oom_daemon_count = 1;
	m.oom_daemon[0] = (struct oom_daemon){ .comm = "earlyoom", .pid = 77 };
}

static void unlimited(void)
{
	m.services.unlimited = 2;
	m.services.largest_bytes = GIB;
	(void)snprintf(m.services.largest, sizeof(m.services.largest), "/system.slice/a.service");
}

#define SEV(s) SEVERITY_##s
static const struct {
	void (*change)(void);
	enum finding_id id;
	enum severity severity;
} rows[] = {
	{ no_answer, FINDING_CONSOLES_UNANSWERED, SEV(WARNING) },
	{ slow_line, FINDING_SLOW_CONSOLE, SEV(CRITICAL) },
	{ two_lines, FINDING_CONSOLES_ADD_UP, SEV(CRITICAL) },
	{ many_tasks, FINDING_TASK_TABLE, SEV(CRITICAL) },
	{ many_tasks, FINDING_RCU_STALLS, SEV(NOTICE) },
	{ flow_control, FINDING_FLOW_CONTROL, SEV(NOTICE) },
	{ boot_console, FINDING_BOOT_CONSOLE, SEV(NOTICE) },
	{ default_speed, FINDING_SPEED_DEFAULTED, SEV(NOTICE) },
	{ other_speed, FINDING_SPEED_DIFFERS, SEV(NOTICE) },
	{ ignore_loglevel, FINDING_IGNORE_LOGLEVEL, SEV(CRITICAL) },
	{ loud_boot, FINDING_LOGLEVEL_AT_BOOT, SEV(CRITICAL) },
	{ delay, FINDING_PRINTK_DELAY, SEV(WARNING) },
	{ small_ring, FINDING_RING_TOO_SMALL, SEV(WARNING) },
	{ no_daemon, FINDING_NO_LOG_DAEMON, SEV(NOTICE) },
	{ rate_limit, FINDING_LOG_RATE_LIMIT, SEV(WARNING) },
	{ to_console, FINDING_LOG_TO_CONSOLE, SEV(NOTICE) },
	{ volatile_journal, FINDING_LOG_NOT_KEPT, SEV(NOTICE) },
	{ no_table, FINDING_TASK_TABLE_OFF, SEV(NOTICE) },
	{ panic_hangs, FINDING_PANIC_HANGS, SEV(WARNING) },
	{ panic_reboots, FINDING_PANIC_ON_OOM, SEV(NOTICE) },
	{ kill_allocating, FINDING_KILLS_ALLOCATING_TASK, SEV(WARNING) },
	{ hung_task, FINDING_HUNG_TASK_PANIC, SEV(CRITICAL) },
	{ unkillable, FINDING_UNKILLABLE_MASS, SEV(WARNING) },
	{ overcommit, FINDING_OVERCOMMIT_ALWAYS, SEV(NOTICE) },
	{ min_free_low, FINDING_MIN_FREE_LOW, SEV(WARNING) },
	{ min_free_high, FINDING_MIN_FREE_HIGH, SEV(WARNING) },
	{ no_swap, FINDING_NO_SWAP, SEV(NOTICE) },
	{ zram, FINDING_SWAP_ON_ZRAM, SEV(NOTICE) },
	{ min_ttl, FINDING_LRU_MIN_TTL, SEV(NOTICE) },
	{ psi_off, FINDING_PSI_OFF, SEV(NOTICE) },
	{ sysrq, FINDING_SYSRQ_OFF, SEV(NOTICE) },
	{ no_watchdog, FINDING_NO_WATCHDOG, SEV(NOTICE) },
	{ oom_daemon, FINDING_OOM_DAEMON, SEV(NOTICE) },
	{ unlimited, FINDING_SERVICES_UNLIMITED, SEV(NOTICE) },
};

static void test_each_rule_fires(void **state)
{
	bool fired[FINDING_COUNT] = { false };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct finding *f;

		healthy();
		rows[i].change();
		judge();
		f = find(rows[i].id);
		if (!f)
			fail_msg("%s did not fire", finding_name(rows[i].id));
		else if (f->severity != rows[i].severity)
			fail_msg("%s is %s", finding_name(f->id), severity_name(f->severity));
		else if (!f->evidence_count || !f->evidence[0].file[0] || !f->evidence[0].value[0])
			fail_msg("%s has no evidence", finding_name(f->id));
		fired[rows[i].id] = true;
		/* One fault, one finding: but for the slow line, which several rules look at. */
		if (m.printk.console_loglevel.value == 4 && !opt_is_known(m.persisted_loglevel) &&
		    !m.printk.ignore_loglevel.value)
			assert_int_equal(d.finding_count, 1);
	}
	for (int i = 0; i < FINDING_COUNT; i++) {
		if (!fired[i])
			fail_msg("no row for %s", finding_name((enum finding_id)i));
	}
}

static void test_the_study_machine(void **state)
{
	const struct finding *f;

	healthy();
	slow_line();
	m.kernel = (struct kernel_version){ 5, 15 };
	m.tasks.tasks = opt_u64_of(146);
	judge();
	f = find(FINDING_SLOW_CONSOLE);
	assert_non_null(f);
	assert_true(f->number[1] > 9 && f->number[1] < 11);
	assert_true(f->number[2] > 6 && f->number[2] < 8);
	assert_string_equal(f->subject, "ttyS0");
	assert_int_equal(d.finding[0].severity, SEVERITY_CRITICAL);
	assert_true(d.remedy[REMEDY_CONSOLE_LOGLEVEL].proposed);
	assert_int_equal(d.remedy[REMEDY_CONSOLE_LOGLEVEL].before.value, 7);
	assert_int_equal(d.remedy[REMEDY_CONSOLE_LOGLEVEL].after.value, 4);
	assert_true(d.seconds_fixed.high < 1);
	/* What is paid in evidence is never proposed. */
	assert_false(d.remedy[REMEDY_OOM_DUMP_TASKS].proposed);
}

/* The level that is proposed keeps as much on the console as its speed allows. */
static void test_the_level_that_is_enough(void **state)
{
	static const struct {
		uint64_t baud, tasks, now, level;
	} cases[] = {
		{ 115200, 1000, 7, 6 }, /* the table alone is too long */
		{ 19200, 146, 7, 4 },	/* so is the rest */
		{ 9600, 146, 7, 4 },
		{ 1200, 50, 7, 3 }, /* even the last line takes more than 1 s */
		/* What is lower already is never raised, but kept over the next boot. */
		{ 19200, 146, 3, 3 },
		{ 19200, 146, 1, 1 },
		{ 1200, 50, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		healthy();
		slow_line();
		m.consoles.console[0].bits_per_second = opt_u64_of(cases[i].baud);
		m.tasks.tasks = opt_u64_of(cases[i].tasks);
		m.printk.console_loglevel = opt_u64_of(cases[i].now);
		judge();
		assert_true(d.remedy[REMEDY_CONSOLE_LOGLEVEL].proposed);
		assert_int_equal(d.remedy[REMEDY_CONSOLE_LOGLEVEL].after.value, cases[i].level);
		assert_true(d.seconds_fixed.high <= 1);
	}
}

/* A video console takes nothing from a serial line. */
static void test_log_to_a_video_console_is_no_finding(void **state)
{
	struct log_daemon *l = &m.log_daemon[LOG_DAEMON_JOURNALD];

	healthy();
	l->forwards_to_console = opt_u64_of(1);
	(void)snprintf(l->console, sizeof(l->console), "tty12");
	judge();
	assert_null(find(FINDING_LOG_TO_CONSOLE));
	(void)snprintf(l->console, sizeof(l->console), "%s", m.consoles.console[0].name);
	judge();
	assert_non_null(find(FINDING_LOG_TO_CONSOLE));
}

/* Whether a kernel honours the 'r' cannot be seen: no seconds, and no level that would be a cure.
 */
static void test_flow_control_has_no_seconds(void **state)
{
	healthy();
	flow_control();
	m.tasks.tasks = opt_u64_of(20);
	m.printk.console_loglevel = opt_u64_of(7);
	judge();
	assert_false(find(FINDING_FLOW_CONTROL)->cost_seconds.known);
	assert_int_equal(find(FINDING_FLOW_CONTROL)->remedy, REMEDY_NONE);
	assert_false(d.remedy[REMEDY_CONSOLE_LOGLEVEL].proposed);
}

static void test_ignore_loglevel_goes_first(void **state)
{
	healthy();
	ignore_loglevel();
	judge();
	assert_true(d.remedy[REMEDY_IGNORE_LOGLEVEL].proposed);
	/* The level under it is low enough as it is. */
	assert_false(d.remedy[REMEDY_CONSOLE_LOGLEVEL].proposed);
	assert_true(d.seconds_fixed.high <= 1);

	m.printk.console_loglevel = opt_u64_of(7);
	judge();
	assert_true(d.remedy[REMEDY_IGNORE_LOGLEVEL].proposed);
	assert_true(d.remedy[REMEDY_CONSOLE_LOGLEVEL].proposed);
	assert_int_equal(d.remedy[REMEDY_CONSOLE_LOGLEVEL].after.value, 4);
	assert_true(d.seconds_fixed.high <= 1);
}

static void test_the_delay_is_no_matter_of_the_level(void **state)
{
	healthy();
	slow_line();
	delay();
	judge();
	assert_true(d.remedy[REMEDY_PRINTK_DELAY].proposed);
	assert_int_equal(d.remedy[REMEDY_CONSOLE_LOGLEVEL].after.value, 4);
	assert_true(d.seconds_fixed.high <= 1);
}

/* The drop-in is what is missing: the level of now is low enough. */
static void test_a_loud_boot_keeps_the_level(void **state)
{
	healthy();
	loud_boot();
	judge();
	assert_true(d.remedy[REMEDY_CONSOLE_LOGLEVEL].proposed);
	assert_int_equal(d.remedy[REMEDY_CONSOLE_LOGLEVEL].after.value, 4);
	assert_string_equal(find(FINDING_LOGLEVEL_AT_BOOT)->evidence[0].file,
			    "/etc/sysctl.d/10-loud.conf");
}

static void test_nbcon_holds_nobody_up(void **state)
{
	healthy();
	slow_line();
	m.consoles.console[0].nbcon = true;
	judge();
	assert_null(find(FINDING_SLOW_CONSOLE));
	assert_int_equal(d.by_severity[SEVERITY_WARNING] + d.by_severity[SEVERITY_CRITICAL], 0);
}

static void test_worst_first(void **state)
{
	healthy();
	slow_line();
	no_swap();
	kill_allocating();
	judge();
	for (uint32_t i = 1; i < d.finding_count; i++)
		assert_true(d.finding[i - 1].severity >= d.finding[i].severity);
	assert_int_equal(d.by_severity[SEVERITY_CRITICAL] + d.by_severity[SEVERITY_WARNING] +
				 d.by_severity[SEVERITY_NOTICE],
			 d.finding_count);
}

/* journald has no limit for kernel messages, whatever it is set to. */
static void test_the_journals_limit_is_not_the_kernels(void **state)
{
	healthy();
	judge();
	assert_null(find(FINDING_LOG_RATE_LIMIT));
}

/* Guard's level of the moment is not the machine's own; the evidence says what the file says. */
static void test_the_level_that_guard_holds(void **state)
{
	healthy();
	slow_line();
	m.guard.level = opt_u64_of(4);
	judge();
	assert_string_equal(find(FINDING_SLOW_CONSOLE)->evidence[1].value,
			    "4: guard holds it while memory is short; it was 7");
	m.guard.gone = true;
	judge();
	assert_string_equal(find(FINDING_SLOW_CONSOLE)->evidence[1].value,
			    "4: left so by a guard that is gone; it was 7");
}

static const struct unknown *find_unknown(enum unknown_id id)
{
	for (uint32_t i = 0; i < d.unknown_count; i++) {
		if (d.unknown[i].id == id)
			return &d.unknown[i];
	}
	return NULL;
}

/* What was not read is an unknown with its reason, not a finding. */
static void test_unknown_is_no_finding(void **state)
{
	struct oom_settings none = { 0 };

	healthy();
	m.oom = none;
	m.printk = (struct printk){ 0 };
	m.meminfo_known = UNREADABLE;
	m.tasks = (struct task_census){ 0 };
	m.services.services = opt_u64_none(UNREADABLE);
	m.log_daemon[LOG_DAEMON_RSYSLOG].running = UNREADABLE;
	m.oom.sysrq = opt_u64_none(UNREADABLE);
	m.consoles.console[0].bits_per_second = opt_u64_none(ABSENT);
	(void)snprintf(m.consoles.console[0].why, CONSOLE_WHY_SIZE, "nobody knows");
	judge();
	for (uint32_t i = 0; i < d.finding_count; i++)
		print_message("# %s\n", finding_name(d.finding[i].id));
	assert_int_equal(d.finding_count, 0);
	assert_true(d.undetermined);
	assert_string_equal(find_unknown(UNKNOWN_CONSOLE)->why, "nobody knows");
	assert_true(find_unknown(UNKNOWN_CONSOLE)->decisive);
	assert_non_null(find_unknown(UNKNOWN_ASSUMED));
	assert_non_null(find_unknown(UNKNOWN_RING));
	assert_non_null(find_unknown(UNKNOWN_SERVICES));
	assert_string_equal(find_unknown(UNKNOWN_SETTING)->subject, "/proc/sys/kernel/sysrq");
	assert_string_equal(find_unknown(UNKNOWN_LOG_DAEMON)->subject, "rsyslogd");
}

/* Who has the last word at the next boot could not be asked: those before it prove nothing. */
static void test_an_unreadable_setting_of_the_next_boot(void **state)
{
	healthy();
	loud_boot();
	m.cmdline_loglevel = opt_u64_of(7);
	m.persisted_loglevel = opt_u64_none(UNREADABLE);
	judge();
	assert_int_equal(d.finding_count, 0);
	assert_string_equal(find_unknown(UNKNOWN_BOOT_LEVEL)->subject, m.persisted_file);
	assert_false(d.undetermined);

	loud_boot();
	m.log_daemon[LOG_DAEMON_RSYSLOG].running = KNOWN;
	m.log_daemon[LOG_DAEMON_RSYSLOG].console_loglevel = opt_u64_none(UNREADABLE);
	judge();
	assert_null(find(FINDING_LOGLEVEL_AT_BOOT));
	assert_string_equal(find_unknown(UNKNOWN_BOOT_LEVEL)->subject, "rsyslogd");

	/* A later file that can be read has the last word again. */
	m.log_daemon[LOG_DAEMON_RSYSLOG].console_loglevel = opt_u64_none(ABSENT);
	judge();
	assert_non_null(find(FINDING_LOGLEVEL_AT_BOOT));
	assert_null(find_unknown(UNKNOWN_BOOT_LEVEL));
}

/* A number that nobody has measured is no number in a sentence, and costs nothing that is known. */
static void test_unknown_is_no_zero(void **state)
{
	healthy();
	m.printk.console_loglevel = opt_u64_none(ABSENT);
	m.printk.ignore_loglevel = opt_u64_of(1);
	judge();
	assert_true(isnan(find(FINDING_IGNORE_LOGLEVEL)->number[0]));
	assert_true(find(FINDING_IGNORE_LOGLEVEL)->number[1] > 0);

	healthy();
	panic_reboots();
	ignore_loglevel();
	m.oom.panic_seconds = opt_u64_none(UNREADABLE);
	m.consoles.registered = ABSENT;
	m.consoles.count = 0;
	judge();
	assert_true(isnan(find(FINDING_PANIC_ON_OOM)->number[1]));
	assert_true(isnan(find(FINDING_PANIC_ON_OOM)->number[2]));
	assert_false(find(FINDING_PANIC_ON_OOM)->cost_seconds.known);
	assert_true(isnan(find(FINDING_IGNORE_LOGLEVEL)->number[1]));
	assert_false(find(FINDING_IGNORE_LOGLEVEL)->cost_seconds.known);
	assert_false(d.seconds_fixed.known);

	healthy();
	panic_hangs();
	m.printk.console_loglevel = opt_u64_of(7);
	m.consoles.console[0].bits_per_second = opt_u64_none(ABSENT);
	judge();
	assert_true(isnan(find(FINDING_PANIC_HANGS)->number[1]));
	assert_false(find(FINDING_PANIC_HANGS)->cost_seconds.known);

	healthy();
	rate_limit();
	overcommit();
	m.log_daemon[LOG_DAEMON_RSYSLOG].rate_limit_seconds = opt_u64_none(UNREADABLE);
	m.meminfo.swap_total_bytes = opt_u64_none(ABSENT);
	judge();
	assert_true(isnan(find(FINDING_LOG_RATE_LIMIT)->number[2]));
	assert_true(isnan(find(FINDING_OVERCOMMIT_ALWAYS)->number[1]));
}

/* On an assumed level or number of tasks nothing is called critical. */
static void test_an_assumption_is_no_fact(void **state)
{
	healthy();
	slow_line();
	m.printk.console_loglevel = opt_u64_none(UNREADABLE);
	judge();
	assert_int_equal(find(FINDING_SLOW_CONSOLE)->severity, SEVERITY_WARNING);
	assert_true(d.undetermined);
}

/* All consoles there can be, each with every fault: nothing is lost, nothing overflows. */
static void test_everything_at_once(void **state)
{
	healthy();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].change != two_lines && rows[i].change != zram)
			rows[i].change();
	}
	m.printk.console_loglevel = opt_u64_of(7);
	while (m.consoles.count < CONSOLES_MAX)
		m.consoles.console[m.consoles.count++] = m.consoles.console[0];
	m.oom_daemon_count = OOM_DAEMONS_MAX;
	judge();
	assert_true(d.finding_count < FINDINGS_MAX);
	assert_true(d.finding_count > 4 * CONSOLES_MAX);
}

static void test_names(void **state)
{
	for (int i = 0; i < FINDING_COUNT; i++)
		assert_non_null(finding_name((enum finding_id)i));
	for (int i = 0; i < UNKNOWN_COUNT; i++)
		assert_non_null(unknown_name((enum unknown_id)i));
	for (int i = REMEDY_NONE + 1; i < REMEDY_COUNT; i++)
		assert_int_equal(remedy_by_name(remedy_name((enum remedy_id)i)), i);
	assert_int_equal(remedy_by_name("none"), REMEDY_NONE);
	assert_int_equal(remedy_by_name("rm"), REMEDY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_healthy_machine_has_no_finding),
		cmocka_unit_test(test_each_rule_fires),
		cmocka_unit_test(test_the_study_machine),
		cmocka_unit_test(test_the_level_that_is_enough),
		cmocka_unit_test(test_flow_control_has_no_seconds),
		cmocka_unit_test(test_log_to_a_video_console_is_no_finding),
		cmocka_unit_test(test_ignore_loglevel_goes_first),
		cmocka_unit_test(test_the_delay_is_no_matter_of_the_level),
		cmocka_unit_test(test_a_loud_boot_keeps_the_level),
		cmocka_unit_test(test_nbcon_holds_nobody_up),
		cmocka_unit_test(test_worst_first),
		cmocka_unit_test(test_the_journals_limit_is_not_the_kernels),
		cmocka_unit_test(test_the_level_that_guard_holds),
		cmocka_unit_test(test_unknown_is_no_finding),
		cmocka_unit_test(test_an_unreadable_setting_of_the_next_boot),
		cmocka_unit_test(test_unknown_is_no_zero),
		cmocka_unit_test(test_an_assumption_is_no_fact),
		cmocka_unit_test(test_everything_at_once),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
