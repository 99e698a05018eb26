/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What decides how this machine lives through an OOM, as doctor reads it: printk and its consumers,
 * the size of a report, the OOM policy, what could rescue the machine. Plain data; every number may
 * be unknown, and the report says so.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/opt.h"
#include "model/console.h"
#include "model/host.h"
#include "model/process.h"

struct kernel_version {
	uint32_t major, minor; /* 0.0: unknown; the newest format is then assumed, and said */
};

/* The processes, as one OOM report would list them. */
struct task_census {
	struct opt_u64 tasks;	   /* processes with memory of their own: rows of the task table */
	double comm_bytes;	   /* mean length of their names; meaningful with .tasks */
	uint32_t unreadable;	   /* ended meanwhile or refused */
	uint32_t unkillable;	   /* oom_score_adj -1000 */
	uint64_t unkillable_bytes; /* RSS and swap of those */
	char unkillable_largest[PROCESS_COMM_SIZE]; /* not escaped */
	bool complete; /* false: a captured tree that does not hold all processes, or a cut list */
};

/* sysctl and module parameters around OOM; ABSENT: this kernel has no such file. */
struct oom_settings {
	struct opt_u64 dump_tasks, panic_on_oom, kill_allocating_task;
	struct opt_u64 panic_seconds; /* kernel.panic, two's complement if negative */
	struct opt_u64 overcommit_memory, overcommit_ratio;
	struct opt_u64 min_free_bytes, watermark_scale_factor, swappiness;
	struct opt_u64 lru_gen_enabled, lru_gen_min_ttl_ms; /* /sys/kernel/mm/lru_gen */
	struct opt_u64 sysrq, softlockup_panic, hung_task_panic, hung_task_timeout_seconds;
	struct opt_u64 rcu_stall_seconds, rcu_stall_suppress; /* rcupdate module parameters */
	struct opt_u64 dmesg_restrict;
	struct opt_u64 realtime;		/* /sys/kernel/realtime */
	struct opt_u64 watchdogs;		/* devices in /sys/class/watchdog */
	struct opt_u64 pstore_entries_possible; /* a pstore backend is registered: 0/1 */
};

enum log_daemon_kind {
	LOG_DAEMON_JOURNALD = 0,
	LOG_DAEMON_RSYSLOG,
	LOG_DAEMON_SYSLOG_NG,
	LOG_DAEMON_KLOGD, /* busybox, sysklogd */
	LOG_DAEMON_COUNT,
};

struct log_daemon {
	enum known running; /* KNOWN: a process of that name; ABSENT: none; UNREADABLE */
	int32_t pid;
	struct opt_u64 rate_limit_burst, rate_limit_seconds; /* as configured or by default */
	bool rate_limit_default; /* the two above are the daemon's documented default */
	/* ForwardToConsole=yes, or an action on /dev/console or a tty of the console list */
	struct opt_u64 forwards_to_console; /* 0/1 */
	char console[CONSOLE_NAME_SIZE];    /* which, when it does: "console", "ttyS0" */
	struct opt_u64 persistent;	    /* 0/1: kept over a reboot */
	/* rsyslog's imklog ($klogConsoleLogLevel) sets kernel.printk when the daemon starts */
	struct opt_u64 console_loglevel;
	char evidence[96]; /* file and line that said so, "" when defaults */
};

/* Another program that kills when memory is short. */
struct oom_daemon {
	char comm[PROCESS_COMM_SIZE];
	int32_t pid;
};
#define OOM_DAEMONS_MAX 8

/* cgroups of services (NAME.service) and what binds them. */
struct service_limits {
	struct opt_u64 services;  /* ABSENT: no cgroup memory controller to ask */
	uint32_t unlimited;	  /* of these, without a limit of their own or of a parent */
	uint64_t unlimited_bytes; /* their memory now */
	char largest[128];	  /* path of the largest unlimited one, not escaped; "" none */
	uint64_t largest_bytes;
};

/*
 * Guard lowers console_loglevel while memory is short, and puts it back. While it does the
 * machine's own level, printk.console_loglevel, is the one that it will put back.
 */
struct guard_hold {
	struct opt_u64 level; /* of the moment; ABSENT: guard holds none; UNREADABLE: who knows */
	bool gone;	      /* that guard has died, and puts nothing back until one is started */
};

#define MACHINE_SYSCTL_FILE_SIZE 264

struct machine {
	char release[72]; /* uname -r, not escaped; "" unknown */
	struct kernel_version kernel;
	char cmdline[4096]; /* not escaped; "" unreadable */
	enum known cmdline_known;

	struct console_list consoles;
	struct printk printk;
	struct guard_hold guard;
	struct opt_u64
		persisted_loglevel; /* what sysctl.d sets at the next boot; ABSENT: nothing */
	char persisted_file[MACHINE_SYSCTL_FILE_SIZE]; /* the file that decides it */
	struct opt_u64 persisted_dump_tasks;	       /* the same for vm.oom_dump_tasks */
	char persisted_dump_tasks_file[MACHINE_SYSCTL_FILE_SIZE];
	struct opt_u64 cmdline_loglevel; /* loglevel=, quiet (4), debug (10); the last wins */
	bool cmdline_ignore_loglevel, cmdline_keep_bootcon;
	struct opt_u64 ring_bytes_cmdline; /* log_buf_len= */

	struct task_census tasks;
	uint32_t cpus, nodes, zones; /* zones: populated ones, over all nodes; 0 = unknown */

	struct oom_settings oom;
	struct meminfo meminfo;
	enum known meminfo_known;
	struct psi memory_pressure; /* .some.present false: PSI off or absent */
	struct opt_u64 zram_size_bytes;

	/* 0/1: a hypervisor's guest (x86: CPU flag). An emulated line may be faster than its baud.
	 */
	struct opt_u64 virtual_machine;

	struct log_daemon log_daemon[LOG_DAEMON_COUNT];
	struct oom_daemon oom_daemon[OOM_DAEMONS_MAX];
	uint32_t oom_daemon_count;
	struct service_limits services;

	double read_cpu_seconds; /* what reading all this cost */
};
