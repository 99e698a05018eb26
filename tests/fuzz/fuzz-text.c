/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers, sizes and durations as people and files write them. */
#include "fuzz.h"

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct text t = text_of(in, size);
	uint64_t u;
	int64_t i;
	double d;

	(void)!text_u64(t, &u);
	(void)!text_i64(t, &i);
	(void)!text_double(t, &d);
	(void)!text_bytes(t, &u);
	if (text_seconds(t, &d) == 0)
		REQUIRE(d >= 0);

	return 0;
}
