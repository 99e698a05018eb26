/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of a process, copied into an image: its mappings from /proc/PID/maps, which pages are
 * there from /proc/PID/pagemap (PAGEMAP_SCAN on Linux 6.7+), their bytes from /proc/PID/mem, or by
 * process_vm_readv from a process that is stopped. Never process_vm_readv from a forked copy: it
 * pins pages (FOLL_PIN) and so unshares them; measured: Shared_Dirty fell 539 -> 135 MiB, 0.3
 * GiB/s.
 */
#pragma once

#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"
#include "model/memory_image.h"

/* The mappings alone; the threads stay empty. `dirfd` is /proc/PID. */
int memory_maps_read(int dirfd, struct memory_image *ret,
		     struct fault *f) _must_check_ _nonnull_all_;
int memory_maps_parse(const char *buf, size_t len,
		      struct memory_image *ret) _must_check_ _nonnull_all_;

/* Is a copy of it taken? Writable and private or shared, RELRO; no device, no [vvar] and
 * [vsyscall]. */
bool memory_is_wanted(const struct memory_image *m, uint32_t mapping) _nonnull_all_;

/*
 * Fills the runs of the mappings that are wanted: what is present or swapped out. Shared memory
 * past `shared_limit_bytes` in all is left out (DOUBT_SHARED). Cost: some 4 ms per GiB without
 * PAGEMAP_SCAN.
 */
int memory_runs_read(int dirfd, struct memory_image *m, uint64_t shared_limit_bytes,
		     struct fault *f) _must_check_ _nonnull_all_;

enum memory_reader {
	MEMORY_BY_PROC_MEM = 0,
	MEMORY_BY_VM_READV,
};

/*
 * Copies the runs. For the stopped process `prefault` has been done before the stop
 * (memory_prefault), else the copy is 2 to 3 times slower. Pages that cannot be read count in
 * unreadable_pages. -ESRCH: the process is gone. `stop` is looked at now and then: true ends the
 * copy with -EINTR (memory pressure).
 */
int memory_copy(int dirfd, int32_t pid, enum memory_reader by, struct memory_image *m,
		bool (*stop)(void *context), void *context, struct fault *f) _must_check_
	_nonnull_(4, 7);
void memory_prefault(struct memory_image *m) _nonnull_all_;
