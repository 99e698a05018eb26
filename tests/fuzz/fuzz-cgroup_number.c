/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits and usages. */
#include "fuzz.h"

#include "source/cgroup_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct opt_u64 v = { 0 };

	if (cgroup_number_parse(in, size, &v) == 0)
		REQUIRE(v.known != UNREADABLE);

	return 0;
}
