/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring buffer that follows is a power of two, at least the built-in one. */
#include "fuzz.h"

#include "source/kernel_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel_config c;
	struct opt_u64 ring;

	if (kernel_config_parse((const char *)data, size, &c) < 0)
		return 0;
	ring = ring_bytes_of(&c, opt_u64_none(ABSENT), size & 1 ? 1 : 8192);
	REQUIRE(opt_is_known(ring) == opt_is_known(c.log_buf_shift));
	REQUIRE(!(ring.value & (ring.value - 1)));
	REQUIRE(!opt_is_known(ring) || ring.value >= UINT64_C(1) << c.log_buf_shift.value);

	return 0;
}
