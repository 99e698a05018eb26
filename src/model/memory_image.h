/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of one process at one moment, as plain data: its mappings, a copy of those that a scan
 * needs, and the registers of its threads. Taken from a running process (source/memory_copy.h) or
 * from a core dump (source/core_file.h); what is judged never knows which.
 *
 * x86-64 only: words of 8 bytes, little endian, pages of 4 KiB.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/opt.h"

#define IMAGE_PAGE UINT64_C(4096)
#define IMAGE_WORD 8

enum mapping_flag {
	MAPPING_READ = 1 << 0,
	MAPPING_WRITE = 1 << 1,
	MAPPING_EXEC = 1 << 2,
	MAPPING_SHARED = 1 << 3,
	MAPPING_DEVICE =
		1 << 4, /* a file below /dev other than zero, shm and hugepages: never read */
	MAPPING_WIPED = 1 << 5,	  /* empty in a forked copy (MADV_WIPEONFORK) */
	MAPPING_HUGETLB = 1 << 6, /* pages of the hugetlb pool, as MAP_HUGETLB gives them */
	MAPPING_SLOW = 1 << 7, /* a file whose file system may never answer (source/slow_files.h) */
};

/* [start, end), whole pages. */
struct page_run {
	uint64_t start, end;
};

/* One line of /proc/PID/maps, or one PT_LOAD of a core. */
struct mapping {
	uint64_t start, end;
	uint64_t offset;	/* in the file */
	uint64_t device, inode; /* 0: anonymous, private MAP_HUGETLB too */
	uint32_t flags;		/* enum mapping_flag */
	/*
	 * "" for an anonymous one, "[heap]", "[stack]", "/usr/lib/libc.so.6 (deleted)": as the
	 * kernel prints it, any byte but NUL. Owned by the image.
	 */
	char *path;
	/*
	 * The bytes of [start, end), or NULL when they were not taken. A page that was not present
	 * reads as zero and is in no run. The runs ascend and do not touch; reading outside of them
	 * is allowed but costs page faults, so loops go over the runs.
	 */
	uint8_t *copy;
	struct page_run *run;
	uint32_t runs;
	uint32_t unreadable_pages; /* inside the copy, present but refused (EIO, PROT_NONE) */
};

/* The layout of struct user_regs_struct (sys/user.h), 27 words; kept as words: all are roots. */
#define IMAGE_REGISTERS 27
enum image_register {
	IMAGE_R15 = 0,
	IMAGE_R14,
	IMAGE_R13,
	IMAGE_R12,
	IMAGE_RBP,
	IMAGE_RBX,
	IMAGE_R11,
	IMAGE_R10,
	IMAGE_R9,
	IMAGE_R8,
	IMAGE_RAX,
	IMAGE_RCX,
	IMAGE_RDX,
	IMAGE_RSI,
	IMAGE_RDI,
	IMAGE_ORIG_RAX,
	IMAGE_RIP,
	IMAGE_CS,
	IMAGE_EFLAGS,
	IMAGE_RSP,
	IMAGE_SS,
	IMAGE_FS_BASE,
	IMAGE_GS_BASE,
};

struct image_thread {
	int32_t tid;
	/*
	 * Stopped inside a system call: then the red zone below RSP is dead, since the call's
	 * wrapper is no leaf. Scanning it hid leaks in 2 of 19 tests.
	 */
	bool in_syscall;
	uint64_t reg[IMAGE_REGISTERS];
	uint8_t *xstate; /* XSAVE area as NT_X86_XSTATE gives it, NULL when not known; owned */
	uint32_t xstate_bytes;
};

struct memory_image {
	struct mapping *mapping; /* ascending, without overlap */
	uint32_t mappings;
	struct image_thread *thread; /* [0] is the leader where it still lives */
	uint32_t threads;
	int32_t pid;
	bool from_core;
	uint64_t copied_bytes;		/* of all runs: what was read */
	uint64_t unreadable_pages;	/* of all mappings */
	uint64_t shared_bytes;		/* of them: shared memory, which others go on writing */
	uint64_t shared_left_out_bytes; /* shared memory past the limit, of which no copy is */
	/*
	 * What is looked up after the copy was made, page by page: read-only files, of which no
	 * copy is taken (vtables, type names). 0 or negative errno. `peek` may be NULL.
	 */
	int (*peek)(void *context, uint64_t address, void *buf, size_t len);
	void *context;
};

/* All empty; memory_image_release accepts it. */
#define MEMORY_IMAGE_NONE ((struct memory_image){ 0 })

/* Frees the copies (munmap), the runs, paths and threads. Not .context. */
void memory_image_release(struct memory_image *m) _nonnull_all_;
#define _cleanup_image_ _cleanup_(memory_image_release)

/*
 * Gives a mapping its copy: zeroed memory of its length, which costs nothing until it is written
 * (MAP_NORESERVE). In huge pages where the runs, when they are known, are most of a large mapping.
 * 0 or -ENOMEM.
 */
int mapping_reserve(struct mapping *m) _must_check_ _nonnull_all_;

/*
 * By its path: private memory of MAP_HUGETLB is a file to the kernel ("/anon_hugepage (deleted)",
 * fs/hugetlbfs/inode.c, hugetlb_file_setup), but it is nothing else than anonymous memory in large
 * pages: it gets MAPPING_HUGETLB, and no inode.
 */
void mapping_note_hugetlb(struct mapping *m) _nonnull_all_;

/* The mapping that holds the address; NULL when there is none. O(log mappings). */
const struct mapping *image_find(const struct memory_image *m, uint64_t address) _nonnull_all_;

/* The copied bytes at [address, address + len); NULL unless one mapping's copy has all of them. */
const void *image_at(const struct memory_image *m, uint64_t address, size_t len) _nonnull_all_;

/* The word at `address`, which need not be aligned; false when it was not copied. */
bool image_word(const struct memory_image *m, uint64_t address, uint64_t *ret) _nonnull_all_;

/* Copies bytes from the copy, else through .peek. 0, or -EFAULT, or what peek returned. */
int image_read(const struct memory_image *m, uint64_t address, void *buf,
	       size_t len) _must_check_ _nonnull_all_;

/*
 * Moves the copies of mappings that adjoin each other, private and anonymous, together, so that
 * what crosses their border can be read in one piece: the kernel splits a heap where MADV_HUGEPAGE
 * or MADV_DONTFORK was given for a part of it. No byte is copied (mremap). Call it when the copies
 * are made; pointers into them from before are void. 0 or -ENOMEM, then all is as before or partly
 * moved, and valid.
 */
int image_join(struct memory_image *m) _must_check_ _nonnull_all_;
