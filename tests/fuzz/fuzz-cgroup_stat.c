/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory.stat of both versions. */
#include "fuzz.h"

#include "source/cgroup_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct cgroup_stat s;

	(void)!cgroup_stat_parse(in, size, CGROUP_V1, &s);
	(void)!cgroup_stat_parse(in, size, CGROUP_V2, &s);

	return 0;
}
