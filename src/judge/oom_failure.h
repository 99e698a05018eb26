/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why the allocation failed: the watermarks of the zones that the request might use, as
 * __zone_watermark_ok() computes them (mm/page_alloc.c of 3.10, 4.19, 6.12). The counters are
 * printed some milliseconds after the failure; FREE_NOW says that they no longer show it.
 */
#pragma once

#include "judge/oom_story.h"

void oom_failure_of(const struct oom_report *r, struct oom_failure *ret) _nonnull_all_;
