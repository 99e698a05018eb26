/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A zram device name is safe as a part of a path. */
#include "fuzz.h"

#include "source/swap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct text rest = text_of(in, size), device;
	struct swap_area a;

	while (swaps_next(&rest, &a) > 0) {
		REQUIRE(a.used_bytes <= a.size_bytes);
		REQUIRE(!swap_area_zram(&a, &device) || !memchr(device.p, '/', device.n));
	}

	return 0;
}
