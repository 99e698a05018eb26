/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose is a line "Killed process": the kernel's at all, and of which report. */
#pragma once

#include "source/oom_open.h"

bool oom_kill_is_of_kernel(const struct log_line *l) _nonnull_all_;
/* The report announced another victim, or another limit: it lost its own kill line. */
bool oom_kill_is_of_another(const struct oom_open *o, int64_t pid, struct text comm,
			    struct text t) _nonnull_all_;
/* A further member of the cgroup that the report kills as a whole. */
bool oom_kill_is_of_group(const struct oom_open *done, const struct log_line *l) _nonnull_all_;
