/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two rows. */
#include "fuzz.h"

#include "source/proc_limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct proc_limits l;

	(void)!proc_limits_parse(in, size, &l);

	return 0;
}
