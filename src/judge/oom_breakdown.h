/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the memory was: the counters of the report divided into shares that do not overlap, and
 * processes of one name taken together. Allocates at most 6.3 MB for the names of a full table
 * (OOM_TASKS_MAX) and frees it; without memory the services stay empty.
 */
#pragma once

#include "judge/oom_story.h"

void oom_breakdown_of(const struct oom_report *r, struct oom_breakdown *ret) _nonnull_all_;
