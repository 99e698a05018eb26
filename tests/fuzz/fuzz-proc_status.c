/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of RSS fit into it. */
#include "fuzz.h"

#include "source/proc_status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct proc_status s;

	if (proc_status_parse(in, size, &s) < 0)
		return 0;
	REQUIRE(s.state && s.ppid >= 0);
	REQUIRE(!opt_is_known(s.rss_bytes) || s.rss_anon_bytes.value <= s.rss_bytes.value);

	return 0;
}
