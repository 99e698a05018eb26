/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list that is accepted has a CPU. */
#include "fuzz.h"

#include "source/host_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	uint32_t count;

	if (cpulist_parse(text_of(in, size), &count) == 0)
		REQUIRE(count > 0);

	return 0;
}
