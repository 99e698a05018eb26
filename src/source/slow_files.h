/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapped files whose file system may never answer: FUSE's and the network's. A page of one that is
 * not there yet is asked of its server, which may be down, or be the very process that a scan has
 * stopped.
 */
#pragma once

#include <stddef.h>

#include "base/fault.h"
#include "base/macro.h"
#include "model/memory_image.h"

#define SLOW_DEVICES 64

/*
 * The devices of such file systems by the text of /proc/PID/mountinfo (proc(5)), as mapping.device
 * has them. Of a line that is none nothing is told. *count goes on from what it is, to SLOW_DEVICES
 * at most.
 */
void slow_devices_parse(const char *buf, size_t len, uint64_t device[SLOW_DEVICES],
			uint32_t *count) _nonnull_all_;

/*
 * Gives MAPPING_SLOW to their mappings, by the mounts that the process whose /proc/PID `dirfd` is
 * can see: no file system is asked. Of them only the pages that are there are copied; the others
 * are as the file has them, so no pointer into the heap is missed. Not even a bounded attempt is
 * made to have them brought: a read through /proc/PID/mem holds the process's mmap_lock until the
 * server answers, and any way of reading keeps its memory when it has ended.
 */
void slow_files_find(int dirfd, struct memory_image *m) _nonnull_all_;
/* Gives it to the mappings of the same devices as in an earlier image of the same process. */
void slow_files_mark(const struct memory_image *earlier, struct memory_image *m) _nonnull_all_;
