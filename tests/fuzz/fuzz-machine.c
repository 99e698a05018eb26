/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A release and a cpuinfo. */
#include "fuzz.h"

#include "source/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct kernel_version v;

	REQUIRE(!kernel_version_parse(text_of(in, size), &v) || v.major > 0);
	REQUIRE(cpuinfo_virtual_machine(in, size).value <= 1);

	return 0;
}
