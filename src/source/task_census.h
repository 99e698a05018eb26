/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over /proc: how many rows the task table of an OOM report would have, and which daemons
 * and printk threads run. No descriptor is kept; some 25 us a process (Linux 6.18).
 */
#pragma once

#include "base/fault.h"
#include "base/root.h"
#include "model/machine.h"

#define PRINTK_THREADS_MAX CONSOLES_MAX
#define HELD_TTYS_MAX 64

struct task_survey {
	struct task_census tasks;
	struct log_daemon log_daemon[LOG_DAEMON_COUNT]; /* only .running and .pid */
	struct oom_daemon oom_daemon[OOM_DAEMONS_MAX];
	uint32_t oom_daemon_count;
	bool legacy_thread;	      /* pr/legacy */
	char init[PROCESS_COMM_SIZE]; /* name of process 1, not escaped; "" unknown */
	/* consoles that have a thread of their own: "ttyS0" of pr/ttyS0; such names are cut at 12
	 */
	char printk_thread[PRINTK_THREADS_MAX][PROCESS_COMM_SIZE];
	uint32_t printk_threads;
	/* Terminals that control a session, as in proc_stat.h: somebody has these open. */
	uint32_t held_tty[HELD_TTYS_MAX];
	uint32_t held_ttys;
};

/*
 * Only a /proc that cannot be listed is an error. A captured tree is complete when its file
 * `captured` says "processes all"; the live system is, unless we see no process 1 (hidepid) or are
 * in a pid namespace of our own. The log daemons are those of our pid namespace, as far as status
 * and cgroup of the process can be read.
 */
int task_survey_read(const struct root *root, struct task_survey *ret, struct fault *f) _must_check_
	_nonnull_(1, 2);
