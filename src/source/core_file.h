/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory image out of an ELF core dump (Linux, x86-64), written by the kernel (fs/binfmt_elf.c
 * elf_core_dump) or by gdb's gcore: PT_LOAD segments, NT_FILE for the names, NT_PRSTATUS and
 * NT_X86_XSTATE for the threads. The file is hostile. Its headers are read by the structs of elf.h
 * rather than with libelf: a core may be cut, and then lacks the section header in which the number
 * of more than 65534 segments is kept, without which libelf reads none.
 *
 * What a core does not tell is derived: "[stack]" is the mapping of AT_RANDOM (else of the leader's
 * stack pointer), "[heap]" the anonymous mapping at or after the program's end, as the kernel's
 * brk; "[vdso]" by AT_SYSINFO_EHDR. They stay "" when that fails. A mapping's inode is made up: the
 * same number for mappings of one name, 0 for anonymous ones; device is 0. MAPPING_SHARED is set by
 * the names that only shared memory has.
 */
#pragma once

#include "base/fault.h"
#include "base/macro.h"
#include "model/memory_image.h"

struct core_info {
	int32_t pid;	  /* 0: not told */
	char comm[16];	  /* hostile, NUL-terminated; "" when not told */
	int32_t died_tid; /* the thread that the core's writer put first; 0: there is none */
	int32_t signal;	  /* that made the core, 0 for gcore */
	bool cut;	  /* the file is shorter than its headers say */
	bool names_known; /* it has NT_FILE (the kernel leaves out one of more than 4 MiB) */
};

/*
 * 0, or negative errno with *f: -ENOEXEC not a core (a compressed one: with the command to use), or
 * of another machine; -EPROTO a table that contradicts itself, or no thread (gcore writes them
 * last: a cut one lacks them); -E2BIG more than CORE_SEGMENTS_MAX segments or CORE_NOTES_MAX bytes
 * of notes; -EIO, -ENOMEM. A core that is cut (ulimit -c, full disk) is read as far as it goes:
 * what is missing counts in unreadable_pages, as do writable mappings that were left out of the
 * core (coredump_filter, MADV_DONTDUMP). Copies are taken of what memory_copy.h copies of a live
 * process; pages of zeros are in no run and take no memory.
 *
 * The rest is read through .peek: from the core where it has it, else, for read-only mappings of
 * ELF files, from the file that NT_FILE names, below `sysroot` ("" for /), but not when its
 * build-id differs from the one in the core. A core without the file's first page (coredump_filter
 * without bit 4) holds no build-id: there the file is taken as it is. .peek may be called by
 * several threads. Cost: reads the writable segments once.
 */
#define CORE_SEGMENTS_MAX (UINT32_C(1) << 20)
#define CORE_NOTES_MAX (UINT64_C(256) << 20)
int core_file_read(const char *path, const char *sysroot, struct memory_image *ret,
		   struct fault *f) _must_check_ _nonnull_all_;

/* Of an image that core_file_read made. Valid until core_file_done. */
const struct core_info *core_file_info(const struct memory_image *m) _nonnull_all_;

/*
 * For allocator_recognise and root_names: a descriptor of a mapping's file, for the caller to
 * close. `context` is the image's .context. -ENOENT, -ESTALE: its build-id differs, -ENOEXEC: no
 * ELF file, -EFAULT: no file.
 */
int core_file_open(void *context, const struct mapping *m) _must_check_ _nonnull_all_;

void core_file_done(struct memory_image *m) _nonnull_all_; /* .context; then memory_image_release */
