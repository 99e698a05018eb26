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

/* The mappings alone; the threads stay empty. `dirfd` is /proc/PID. -ESRCH: it has ended. */
int memory_maps_read(int dirfd, struct memory_image *ret,
		     struct fault *f) _must_check_ _nonnull_all_;
/*
 * The text of /proc/PID/maps (fs/proc/task_mmu.c, show_map_vma). -EPROTO: a line that is none, a
 * mapping that is empty, not of whole pages, or does not ascend. -ENOMEM.
 */
int memory_maps_parse(const char *buf, size_t len,
		      struct memory_image *ret) _must_check_ _nonnull_all_;

/*
 * Is the mapping that begins at `start` kept from a forked copy (madvise(2), MADV_DONTFORK)? By
 * /proc/PID/smaps, which walks all page tables: some 50 ms per GiB. False also when that cannot be
 * read.
 */
bool memory_is_kept_from_fork(int dirfd, uint64_t start);
/* The same by the text of smaps. */
bool memory_smaps_say_dontfork(const char *buf, size_t len, uint64_t start) _nonnull_all_;

/*
 * Is a copy of it taken? Whatever is writable, private or shared; private anonymous memory that is
 * readable (a program may have sealed it since), or lies between such that is writable (guard pages
 * in a block of malloc); RELRO: private, read-only, right below a writable mapping of the same
 * file. No device, no [vvar], [vdso], [vsyscall].
 */
bool memory_is_wanted(const struct memory_image *m, uint32_t mapping) _nonnull_all_;

/*
 * Fills the runs of the private mappings that are wanted: what is present or swapped out, never the
 * zero page where PAGEMAP_SCAN tells it. A private mapping of a file is taken whole up to 16 MiB:
 * what was never touched there is not zero. Cost: some 4 ms per GiB without PAGEMAP_SCAN.
 */
int memory_runs_read(int dirfd, struct memory_image *m, struct fault *f) _must_check_ _nonnull_all_;

/*
 * The same for the shared mappings. `dirfd` is that of the process itself, never of a forked copy,
 * whose page tables begin without shared pages; and only what the process has mapped is taken,
 * since a look at a hole of a tmpfs would allocate it. Past `limit_bytes` in all nothing more is
 * taken; image.shared_left_out_bytes tells how much.
 */
int memory_shared_runs_read(int dirfd, struct memory_image *m, uint64_t limit_bytes,
			    struct fault *f) _must_check_ _nonnull_all_;

/* For those two: adds pages [start, end) to the runs, ascending. 0, -ENOMEM, -EPROTO. */
int page_runs_add(struct mapping *m, uint64_t start, uint64_t end) _must_check_ _nonnull_all_;
/* The words of /proc/PID/pagemap of the pages from `start`: adds those that are there. */
int page_runs_parse(struct mapping *m, uint64_t start, const uint64_t *word,
		    size_t words) _must_check_ _nonnull_all_;

/* Of all runs together. */
uint64_t memory_runs_bytes(const struct memory_image *m) _nonnull_all_;

enum memory_reader {
	MEMORY_BY_PROC_MEM = 0,
	MEMORY_BY_VM_READV,
};

/*
 * Copies the runs. For the stopped process `prefault` has been done before the stop
 * (memory_prefault), else the copy is 2 to 3 times slower. Pages that cannot be read count in
 * unreadable_pages. -ESRCH: the process is gone. `stop` is looked at every 32 MiB: true ends the
 * copy with -EINTR (memory pressure).
 */
int memory_copy(int dirfd, int32_t pid, enum memory_reader by, struct memory_image *m,
		bool (*stop)(void *context), void *context, struct fault *f) _must_check_
	_nonnull_(4, 7);
/* Gives each mapping with runs its copy, and its pages. 0, -ENOMEM, or -EINTR by `stop`. */
int memory_prefault(struct memory_image *m, bool (*stop)(void *context), void *context) _must_check_
	_nonnull_(1);
/*
 * Takes over the copies that memory_prefault made for an earlier look at the same process: those
 * of mappings that begin where they began, resized.
 */
void memory_adopt(struct memory_image *m, struct memory_image *earlier) _nonnull_all_;
