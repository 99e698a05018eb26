/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mm_stat. */
#include "fuzz.h"

#include "source/swap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct zram z;

	(void)!zram_parse(in, size, &z);

	return 0;
}
