/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/headroom.h"

struct text limit_name(const struct headroom *h, const struct cgroup_table *t)
{
	static const struct text names[] = {
		[LIMIT_UNKNOWN] = TEXT(""),	      [LIMIT_HOST] = TEXT("host"),
		[LIMIT_RLIMIT_AS] = TEXT("rlimit"),   [LIMIT_RLIMIT_DATA] = TEXT("rlimit"),
		[LIMIT_REPLAY] = TEXT("limit_bytes"),
	};

	return h->kind == LIMIT_CGROUP ? cgroup_path_text(t, h->cgroup) : names[h->kind];
}
