/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a pid to a slot number: open addressing in memory of fixed size. Nothing allocates. */
#pragma once

#include <stdint.h>

#include "base/macro.h"

#define PID_INDEX_NONE UINT32_MAX

struct pid_entry {
	int32_t pid; /* 0: empty */
	uint32_t slot;
};

struct pid_index {
	struct pid_entry *entry; /* all zero at first; the owner's memory */
	uint32_t mask;		 /* size - 1, size a power of two above twice the slots */
};

/* The size of the table for so many slots: at most half of it is ever in use. */
uint32_t pid_index_size(uint32_t slots);
/* PID_INDEX_NONE when the pid is not there. pid > 0. */
uint32_t pid_index_find(const struct pid_index *x, int32_t pid) _nonnull_all_;
/* The pid must not be there yet, and fewer entries than slots must be in use. */
void pid_index_add(struct pid_index *x, int32_t pid, uint32_t slot) _nonnull_all_;
/* Does nothing when the pid is not there. */
void pid_index_remove(struct pid_index *x, int32_t pid) _nonnull_all_;
