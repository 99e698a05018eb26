/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters. */
#include "fuzz.h"

#include "source/vmstat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct vmstat v;

	(void)!vmstat_parse(in, size, &v);

	return 0;
}
