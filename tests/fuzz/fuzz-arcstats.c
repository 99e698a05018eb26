/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes. */
#include "fuzz.h"

#include "source/arcstats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	uint64_t v;

	(void)!arcstats_parse(in, size, &v);

	return 0;
}
