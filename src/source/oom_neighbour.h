/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel and others say about memory, which is no OOM kill. */
#pragma once

#include "source/log_line.h"
#include "source/oom_line.h"

/* False: a line of that kind that does not concern memory ("net_ratelimit: 9 callbacks
 * suppressed").
 */
bool oom_neighbour_take(enum oom_line_kind kind, const struct log_line *l,
			struct oom_neighbour *ret) _nonnull_all_;
/* A kill by earlyoom or systemd-oomd, or a log daemon that lost messages: any speaker's line. */
bool oom_neighbour_userspace(const struct log_line *l, struct oom_neighbour *ret) _nonnull_all_;
/* The rate limit is the one of the OOM report. */
bool oom_neighbour_of_reports(const struct oom_neighbour *n) _nonnull_all_;
