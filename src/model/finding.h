/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What doctor finds on a machine: findings with their evidence and their cost, what could not be
 * known and why, and which of its settings doctor itself would change. Plain data;
 * judge/diagnosis.h fills it, report/ words it, act/remedy.h carries it out. docs/DOCTOR.md has
 * every row in prose.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/opt.h"
#include "model/console.h"
#include "model/verdict.h"

enum severity {
	SEVERITY_NOTICE = 0, /* worth knowing; no reason for exit status 1 */
	SEVERITY_WARNING,
	SEVERITY_CRITICAL,
	SEVERITY_COUNT,
};

/* {x} is .subject; the numbers are in the order of the sentence (report/doctor_words.c). */
enum finding_id {
	FINDING_CONSOLES_UNANSWERED = 0,
	FINDING_SLOW_CONSOLE,	  /* {x} console; bytes, seconds, task table s, bit/s */
	FINDING_CONSOLES_ADD_UP,  /* consoles, seconds of all, seconds of the slowest */
	FINDING_TASK_TABLE,	  /* tasks, bytes, seconds, share of the printing */
	FINDING_RCU_STALLS,	  /* seconds of the printing, rcu_cpu_stall_timeout */
	FINDING_FLOW_CONTROL,	  /* {x} console; bytes */
	FINDING_BOOT_CONSOLE,	  /* {x} console */
	FINDING_SPEED_DEFAULTED,  /* {x} console; bit/s */
	FINDING_SPEED_DIFFERS,	  /* {x} console; bit/s asked for, bit/s now */
	FINDING_IGNORE_LOGLEVEL,  /* console_loglevel, seconds */
	FINDING_LOGLEVEL_AT_BOOT, /* level now, level then, seconds then */
	FINDING_PRINTK_DELAY,	  /* milliseconds, lines, seconds */
	FINDING_RING_TOO_SMALL,	  /* bytes of a report in the ring, bytes of the ring */
	FINDING_NO_LOG_DAEMON,
	FINDING_LOG_RATE_LIMIT, /* {x} daemon; lines, burst, seconds of the burst */
	FINDING_LOG_TO_CONSOLE, /* {x} daemon */
	FINDING_LOG_NOT_KEPT,	/* {x} daemon */
	FINDING_TASK_TABLE_OFF,
	FINDING_PANIC_HANGS,  /* vm.panic_on_oom */
	FINDING_PANIC_ON_OOM, /* vm.panic_on_oom, seconds of the report, kernel.panic */
	FINDING_KILLS_ALLOCATING_TASK,
	FINDING_HUNG_TASK_PANIC,   /* seconds of the stall, timeout */
	FINDING_UNKILLABLE_MASS,   /* {x} largest; bytes, share of RAM, processes */
	FINDING_OVERCOMMIT_ALWAYS, /* bytes committed, bytes of RAM and swap */
	FINDING_MIN_FREE_LOW,	   /* bytes */
	FINDING_MIN_FREE_HIGH,	   /* bytes, share of RAM */
	FINDING_NO_SWAP,	   /* bytes of RAM */
	FINDING_SWAP_ON_ZRAM,	   /* bytes of swap */
	FINDING_LRU_MIN_TTL,	   /* milliseconds */
	FINDING_PSI_OFF,
	FINDING_SYSRQ_OFF, /* kernel.sysrq */
	FINDING_NO_WATCHDOG,
	FINDING_OOM_DAEMON,	    /* {x} name; pid, how many in all */
	FINDING_SERVICES_UNLIMITED, /* {x} largest; services without, of so many, bytes of it */
	FINDING_COUNT,
};

/* What doctor itself can change, and take back. */
enum remedy_id {
	REMEDY_NONE = 0,
	REMEDY_CONSOLE_LOGLEVEL,
	REMEDY_IGNORE_LOGLEVEL,
	REMEDY_PRINTK_DELAY,
	REMEDY_OOM_DUMP_TASKS, /* only when asked for by name: its price is evidence */
	REMEDY_COUNT,
};

#define EVIDENCE_FILE_SIZE 192
#define EVIDENCE_VALUE_SIZE 96
#define FINDING_SUBJECT_SIZE 128

/* Where it was read and what it said; neither is escaped. */
struct evidence {
	char file[EVIDENCE_FILE_SIZE];
	char value[EVIDENCE_VALUE_SIZE];
};

#define FINDING_EVIDENCE 4
#define FINDING_NUMBERS 4

struct finding {
	enum finding_id id;
	enum severity severity;
	char subject[FINDING_SUBJECT_SIZE]; /* not escaped */
	double number[FINDING_NUMBERS];
	uint32_t evidence_count;
	struct evidence evidence[FINDING_EVIDENCE];
	struct interval cost_seconds; /* of one OOM kill; not known where it costs no time */
	enum remedy_id remedy;
};

/* What could not be determined. */
enum unknown_id {
	UNKNOWN_CONSOLES = 0, /* what {x} says: /proc/consoles, /proc/cmdline */
	UNKNOWN_CONSOLE,      /* {x}: its speed, or what is behind it */
	UNKNOWN_CONSOLES_DROPPED,
	UNKNOWN_LINE,	    /* a virtual machine: its lines may be faster than they say */
	UNKNOWN_ASSUMED,    /* the cost model had to assume: .why says what */
	UNKNOWN_RING,	    /* size of the ring buffer */
	UNKNOWN_LOG_DAEMON, /* {x} */
	UNKNOWN_SERVICES,
	UNKNOWN_BOOT_LEVEL, /* what {x} sets console_loglevel to at the next boot */
	UNKNOWN_SETTING,    /* {x}: a file that is there and cannot be read */
	UNKNOWN_COUNT,
};

struct unknown {
	enum unknown_id id;
	char subject[FINDING_SUBJECT_SIZE];
	char why[CONSOLE_WHY_SIZE];
	bool decisive; /* without it nobody can say how long a report takes */
};

/* Five rules ask every console, three every log daemon; the rest fire once. */
#define FINDINGS_MAX 160
#define UNKNOWNS_MAX 64

struct diagnosis {
	uint32_t finding_count, unknown_count;
	uint32_t by_severity[SEVERITY_COUNT];
	struct finding finding[FINDINGS_MAX]; /* worst first */
	struct unknown unknown[UNKNOWNS_MAX];
	bool undetermined; /* a decisive unknown: the seconds are a lower bound */

	/* What --fix would do: the values that the settings now have and would get. */
	struct {
		bool proposed; /* a finding asks for it, and it is not only by name */
		struct opt_u64 before, after;
	} remedy[REMEDY_COUNT];
	struct interval seconds_now, seconds_fixed; /* printing of one report, before and after */
};

/* "slow_console", ...: the words of the JSON and of docs/DOCTOR.md. */
const char *finding_name(enum finding_id id);
const char *severity_name(enum severity s);
const char *unknown_name(enum unknown_id id);
/* "console_loglevel", ...: the words of --fix. */
const char *remedy_name(enum remedy_id id);
/* REMEDY_NONE when there is none of that name. */
enum remedy_id remedy_by_name(const char *name) __attribute__((nonnull));
