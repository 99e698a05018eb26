/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No more pids are written than there is room for, and each is one. */
#include "fuzz.h"

#include "source/proc_children.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int32_t pid[8];
	uint32_t count = 0;
	const int r = proc_children_parse((const char *)data, size, pid, 8, &count);

	REQUIRE(r <= 0 && count <= size);
	for (uint32_t i = 0; i < count && i < 8; i++)
		REQUIRE(pid[i] > 0);
	return 0;
}
