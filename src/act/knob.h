/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One-value kernel files that guard changes and takes back: oom_score_adj of a process,
 * memory.high of a cgroup. Opened below a directory descriptor of that very process or cgroup.
 */
#pragma once

#include <stddef.h>

#include "base/fault.h"

#define KNOB_SIZE 32 /* a 64-bit number or "max" */

/* The value as the kernel prints it, without the newline. -ESRCH/-ENODEV when its owner is gone. */
int knob_read(int dirfd, const char *file, char ret[KNOB_SIZE], struct fault *f) _must_check_;

/*
 * Writing memory.high reclaims in the writer's context and can block (mm/memcontrol.c,
 * memory_high_write): call from a worker. -EACCES when lowering oom_score_adj without
 * CAP_SYS_RESOURCE.
 */
int knob_write(int dirfd, const char *file, const char *value, struct fault *f) _must_check_;
