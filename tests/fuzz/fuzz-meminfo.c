/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is accepted has its parts within their wholes. */
#include "fuzz.h"

#include "source/meminfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct meminfo m;
	struct fault f = { 0 };

	if (meminfo_parse(in, size, &m, &f) < 0) {
		REQUIRE(f.err < 0 && f.what[0]);
		return 0;
	}
	REQUIRE(m.total_bytes && m.free_bytes <= m.total_bytes);
	REQUIRE(m.available_bytes <= m.total_bytes);
	REQUIRE(m.swap_free_bytes.value <= m.swap_total_bytes.value);
	REQUIRE(opt_is_known(m.swap_free_bytes) == opt_is_known(m.swap_total_bytes));

	return 0;
}
