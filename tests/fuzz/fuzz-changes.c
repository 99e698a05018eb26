/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file that a crashed guard left: whatever it holds, loading it ends in an answer. */
#include "fuzz.h"

#include "act/changes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct changes changes;
	struct fault f = { 0 };

	changes = (struct changes){ .file = "fuzz",
				    .boot_id = "01234567-89ab-cdef-0123-456789abcdef" };
	if (changes_parse(&changes, (const char *)data, size, &f) == 0)
		return 0;
	REQUIRE(f.err < 0 && f.what[0]);
	for (size_t i = 0; i < CHANGES_MAX; i++)
		REQUIRE(changes.entry[i].kind == CHANGE_NONE);
	return 0;
}
