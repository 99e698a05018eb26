/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/PID/status: the memory of a process, read in each pass. The Name line is not used: the
 * kernel escapes it (\n, \\), stat has the raw one.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"
#include "base/opt.h"

struct proc_status {
	char state;   /* R S D T t Z X I ... */
	uint32_t uid; /* effective */
	int32_t ppid;
	uint32_t threads;
	/* ABSENT without an address space: kernel thread, zombie, exiting */
	struct opt_u64 vm_size_bytes, vm_data_bytes, rss_bytes;
	struct opt_u64 rss_anon_bytes, rss_file_bytes, rss_shmem_bytes; /* 4.5+ */
	struct opt_u64 pte_bytes, swap_bytes;				/* VmSwap: CONFIG_SWAP */
	struct opt_u64 hugetlb_bytes; /* HugetlbPages, 4.3+: in none of the others */
};

/*
 * -EPROTO: State, PPid, Uid or Threads missing, a known line double or malformed, a unit other than
 * kB, or the parts of VmRSS larger than VmRSS.
 */
int proc_status_parse(const char *buf, size_t len,
		      struct proc_status *ret) _must_check_ _nonnull_all_;
/* `path` below dirfd: "status", or "task/TID/status" of one thread. */
int proc_status_read(int dirfd, const char *path, char *buf, size_t size,
		     struct proc_status *ret) _must_check_ _nonnull_(2, 3, 5);
