/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/finding.h"

#include <string.h>

static const char *const finding_names[FINDING_COUNT] = {
	[FINDING_CONSOLES_UNANSWERED] = "consoles_unanswered",
	[FINDING_SLOW_CONSOLE] = "slow_console",
	[FINDING_CONSOLES_ADD_UP] = "consoles_add_up",
	[FINDING_TASK_TABLE] = "task_table",
	[FINDING_RCU_STALLS] = "rcu_stalls",
	[FINDING_FLOW_CONTROL] = "flow_control",
	[FINDING_BOOT_CONSOLE] = "boot_console",
	[FINDING_SPEED_DEFAULTED] = "speed_defaulted",
	[FINDING_SPEED_DIFFERS] = "speed_differs",
	[FINDING_IGNORE_LOGLEVEL] = "ignore_loglevel",
	[FINDING_LOGLEVEL_AT_BOOT] = "loglevel_at_boot",
	[FINDING_PRINTK_DELAY] = "printk_delay",
	[FINDING_RING_TOO_SMALL] = "ring_too_small",
	[FINDING_NO_LOG_DAEMON] = "no_log_daemon",
	[FINDING_LOG_RATE_LIMIT] = "log_rate_limit",
	[FINDING_LOG_TO_CONSOLE] = "log_to_console",
	[FINDING_LOG_NOT_KEPT] = "log_not_kept",
	[FINDING_TASK_TABLE_OFF] = "task_table_off",
	[FINDING_PANIC_HANGS] = "panic_hangs",
	[FINDING_PANIC_ON_OOM] = "panic_on_oom",
	[FINDING_KILLS_ALLOCATING_TASK] = "kills_allocating_task",
	[FINDING_HUNG_TASK_PANIC] = "hung_task_panic",
	[FINDING_UNKILLABLE_MASS] = "unkillable_mass",
	[FINDING_OVERCOMMIT_ALWAYS] = "overcommit_always",
	[FINDING_MIN_FREE_LOW] = "min_free_low",
	[FINDING_MIN_FREE_HIGH] = "min_free_high",
	[FINDING_NO_SWAP] = "no_swap",
	[FINDING_SWAP_ON_ZRAM] = "swap_on_zram",
	[FINDING_LRU_MIN_TTL] = "lru_min_ttl",
	[FINDING_PSI_OFF] = "psi_off",
	[FINDING_SYSRQ_OFF] = "sysrq_off",
	[FINDING_NO_WATCHDOG] = "no_watchdog",
	[FINDING_OOM_DAEMON] = "oom_daemon",
	[FINDING_SERVICES_UNLIMITED] = "services_unlimited",
};

const char *finding_name(enum finding_id id)
{
	return finding_names[id];
}

const char *severity_name(enum severity s)
{
	static const char *const names[SEVERITY_COUNT] = { "notice", "warning", "critical" };

	return names[s];
}

const char *unknown_name(enum unknown_id id)
{
	static const char *const names[UNKNOWN_COUNT] = {
		[UNKNOWN_CONSOLES] = "consoles",
		[UNKNOWN_CONSOLE] = "console",
		[UNKNOWN_CONSOLES_DROPPED] = "consoles_dropped",
		[UNKNOWN_LINE] = "virtual_line",
		[UNKNOWN_ASSUMED] = "assumed",
		[UNKNOWN_RING] = "ring",
		[UNKNOWN_LOG_DAEMON] = "log_daemon",
		[UNKNOWN_SERVICES] = "services",
		[UNKNOWN_BOOT_LEVEL] = "boot_level",
		[UNKNOWN_SETTING] = "setting",
	};

	return names[id];
}

static const char *const remedy_names[REMEDY_COUNT] = {
	[REMEDY_NONE] = "none",
	[REMEDY_CONSOLE_LOGLEVEL] = "console_loglevel",
	[REMEDY_IGNORE_LOGLEVEL] = "ignore_loglevel",
	[REMEDY_PRINTK_DELAY] = "printk_delay",
	[REMEDY_OOM_DUMP_TASKS] = "oom_dump_tasks",
};

const char *remedy_name(enum remedy_id id)
{
	return remedy_names[id];
}

enum remedy_id remedy_by_name(const char *name)
{
	for (int i = REMEDY_NONE + 1; i < REMEDY_COUNT; i++) {
		if (strcmp(remedy_names[i], name) == 0)
			return (enum remedy_id)i;
	}
	return REMEDY_NONE;
}
