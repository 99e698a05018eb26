/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory image out of an ELF core dump (Linux, x86-64): PT_LOAD segments, NT_FILE for the names,
 * NT_PRSTATUS and NT_X86_XSTATE for the threads. Read with libelf. The file is hostile.
 */
#pragma once

#include "base/fault.h"
#include "base/macro.h"
#include "model/memory_image.h"

/*
 * 0, or negative errno with *f: -ENOEXEC not a core, or of another machine; -EPROTO a table that
 * contradicts itself; -EIO, -ENOMEM. A core that is cut (ulimit -c, full disk) is read as far as it
 * goes: what is missing counts in unreadable_pages. Read-only file mappings, which cores leave out,
 * are read through .peek from the files that NT_FILE names where they still are, below `sysroot`
 * ("" for /). Cost: reads the writable segments once.
 */
int core_file_read(const char *path, const char *sysroot, struct memory_image *ret,
		   struct fault *f) _must_check_ _nonnull_all_;
void core_file_done(struct memory_image *m) _nonnull_all_; /* .context; then memory_image_release */
