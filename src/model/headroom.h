/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much more a process can take before a limit stops it or the OOM killer comes. */
#pragma once

#include <stdint.h>

#include "base/macro.h"
#include "base/opt.h"
#include "model/cgroup.h"

enum limit_kind {
	LIMIT_UNKNOWN = 0,
	LIMIT_HOST,   /* MemAvailable + SwapFree */
	LIMIT_CGROUP, /* an ancestor cgroup: .cgroup says which */
	LIMIT_RLIMIT_AS,
	LIMIT_RLIMIT_DATA,
	LIMIT_REPLAY, /* the limit_bytes column of a replayed CSV */
};

struct headroom {
	struct opt_u64 bytes;	       /* until the binding limit */
	struct opt_u64 capacity_bytes; /* of that limit: RAM+swap, memory.max, the rlimit */
	enum limit_kind kind;	       /* which limit binds */
	uint32_t cgroup;	       /* for LIMIT_CGROUP, else CGROUP_NONE */
};

/* Which limit binds: "host", a cgroup's path, "rlimit", "limit_bytes"; empty: not known. */
struct text limit_name(const struct headroom *h, const struct cgroup_table *t) _nonnull_all_;
