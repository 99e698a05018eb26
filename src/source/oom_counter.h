/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters of Mem-Info, as every line of it has them. */
#pragma once

#include "base/text.h"
#include "model/oom_report.h"

/*
 * Takes "name:value" in any order; names that are not known are passed over. In pages, or in bytes
 * from "kB": a value without that unit was cut, and is unknown. One with it among the pages is the
 * rest of a zone's line that was wrapped, and is left out.
 */
void oom_counters_take(struct oom_counters *counters, struct text t, bool pages) _nonnull_all_;
