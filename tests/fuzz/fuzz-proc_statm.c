/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page counts that are accepted fit in bytes. */
#include "fuzz.h"

#include "source/proc_statm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct proc_statm m;

	if (proc_statm_parse(in, size, &m) < 0)
		return 0;
	REQUIRE(m.shared_pages <= m.resident_pages);
	REQUIRE(m.data_pages <= PROC_STATM_PAGES_MAX && m.size_pages <= PROC_STATM_PAGES_MAX);

	return 0;
}
