/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/PID/stat: identity, kind and CPU of a process. Its RSS is not used: that field stays
 * approximate on kernels where status and statm became exact (6.16).
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"
#include "model/process.h"

/* PF_KTHREAD, include/linux/sched.h, since 2.6.27. */
#define PROC_STAT_KTHREAD UINT32_C(0x00200000)

struct proc_stat {
	int32_t pid, ppid, session;
	char state;
	uint32_t tty_nr;	  /* controlling terminal as new_encode_dev has it, 0: none */
	uint32_t flags;		  /* PF_* */
	uint64_t utime, stime;	  /* ticks */
	uint64_t starttime_ticks; /* since boot */
	char comm[PROCESS_COMM_SIZE];
};

/*
 * comm is raw here: it may hold newlines, escapes and `) R 1`; the last ')' of the file ends it,
 * because only numbers follow. A kernel thread's name can be longer than comm and is cut. -EPROTO
 * when a field up to starttime is missing or is not a number of its kind.
 */
int proc_stat_parse(const char *buf, size_t len, struct proc_stat *ret) _must_check_ _nonnull_all_;
/* `dirfd`: the process's directory. */
int proc_stat_read(int dirfd, char *buf, size_t size, struct proc_stat *ret) _must_check_
	_nonnull_(2, 4);
