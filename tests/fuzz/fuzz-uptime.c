/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Uptime. */
#include "fuzz.h"

#include "source/host_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	double up;

	if (uptime_parse(text_of(in, size), &up) == 0)
		REQUIRE(up >= 0);

	return 0;
}
