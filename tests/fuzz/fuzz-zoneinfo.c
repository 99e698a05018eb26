/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums. */
#include "fuzz.h"

#include "source/zoneinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct zoneinfo z;

	(void)!zoneinfo_parse(in, size, &z);

	return 0;
}
