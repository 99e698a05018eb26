/* SPDX-License-Identifier: GPL-2.0-or-later */
/* comm always ends, whatever it holds. */
#include "fuzz.h"

#include "source/proc_stat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct proc_stat s;

	if (proc_stat_parse(in, size, &s) < 0)
		return 0;
	REQUIRE(s.pid > 0 && memchr(s.comm, 0, sizeof(s.comm)));

	return 0;
}
