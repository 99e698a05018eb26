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
 * What only /proc/PID/smaps tells, which walks all page tables: some 50 ms per GiB, while the
 * process holds its own. The mappings that have a flag of VmFlags (fs/proc/task_mmu.c,
 * show_smap_vma_flags), ascending, by the text of smaps; or of a process: 0 or negative errno.
 */
void memory_smaps_flagged(const char *buf, size_t len, const char *flag,
			  void (*found)(void *context, uint64_t start, uint64_t end), void *context)
	_nonnull_(1, 3, 4);
int memory_smaps_read(int dirfd, const char *flag,
		      void (*found)(void *context, uint64_t start, uint64_t end),
		      void *context) _must_check_ _nonnull_(2, 3);
/*
 * Is the mapping that begins at `start` kept from a forked copy (madvise(2), MADV_DONTFORK)? "dc",
 * VM_DONTCOPY. False also when that cannot be read.
 */
bool memory_is_kept_from_fork(int dirfd, uint64_t start);
/*
 * Pages that no run has in mappings which a userfaultfd fills when they are touched ("um",
 * VM_UFFD_MISSING): what they hold only their handler knows. Call it when the runs are known.
 */
uint64_t memory_missing_pages(int dirfd, const struct memory_image *m) _nonnull_all_;

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
 * what was never touched there is not zero; unless it has MAPPING_SLOW. Cost: some 4 ms per GiB
 * without PAGEMAP_SCAN.
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

/*
 * MADV_WIPEONFORK, and MAP_DROPPABLE, which glibc 2.41 has for getrandom: in a forked copy such a
 * mapping is there without a page (kernel/fork.c, dup_mmap), and what only it points to would look
 * lost. `m` is the copy's, with its runs, `before` the process's, with those before the fork, and
 * `dirfd` the process. A private anonymous mapping that had pages and has none in the copy gets the
 * runs that it has in the process now, and MAPPING_WIPED: memory_copy leaves it out,
 * memory_wiped_copy reads it. So pagemap of a few mappings tells it, not smaps. Memory that was
 * given back just before the fork and is in use again looks alike: to read it does no harm.
 */
int memory_wiped_runs_read(int dirfd, const struct memory_image *before, struct memory_image *m,
			   struct fault *f) _must_check_ _nonnull_all_;

/* For those: adds pages [start, end) to the runs, ascending. 0, -ENOMEM, -EPROTO. */
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
 * Copies the runs, and adds to copied_bytes and unreadable_pages. For the stopped process
 * `prefault` has been done before the stop (memory_prefault), else the copy is 2 to 3 times slower.
 * Pages that cannot be read count in unreadable_pages. -ESRCH: the process is gone. `stop` is
 * looked at every 32 MiB: true ends the copy with -EINTR (memory pressure).
 */
int memory_copy(int dirfd, int32_t pid, enum memory_reader by, struct memory_image *m,
		bool (*stop)(void *context), void *context, struct fault *f) _must_check_
	_nonnull_(4, 7);
/* The same of what memory_wiped_runs_read found: from the process, `dirfd`, as it runs. */
int memory_wiped_copy(int dirfd, struct memory_image *m, bool (*stop)(void *context), void *context,
		      struct fault *f) _must_check_ _nonnull_(2, 5);
/* Gives each mapping with runs its copy, and its pages. 0, -ENOMEM, or -EINTR by `stop`. */
int memory_prefault(struct memory_image *m, bool (*stop)(void *context), void *context) _must_check_
	_nonnull_(1);
/*
 * Takes over the copies that memory_prefault made for an earlier look at the same process: those
 * of mappings that begin where they began, resized.
 */
void memory_adopt(struct memory_image *m, struct memory_image *earlier) _nonnull_all_;
