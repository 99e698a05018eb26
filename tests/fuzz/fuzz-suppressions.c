/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns are texts, and what they match is counted. */
#include "fuzz.h"

#include <string.h>

#include "source/suppressions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct suppressions s;
	struct fault f = { 0 };
	uint64_t used = 0;

	if (suppressions_parse((const char *)data, size, &s, &f) < 0) {
		REQUIRE(f.err < 0 && f.what[0]);
		return 0;
	}
	for (uint32_t i = 0; i < s.count; i++) {
		REQUIRE(s.item[i].pattern[0] && s.item[i].line > 0);
		REQUIRE(!strchr(s.item[i].pattern, '\n'));
		/* A pattern without signs matches itself. */
		if (!strpbrk(s.item[i].pattern, "^*$"))
			REQUIRE(suppressions_match(&s, s.item[i].pattern));
	}
	REQUIRE(!suppressions_match(&s, ""));
	(void)suppressions_match(&s, "std::vector<int, std::allocator<int> >");
	for (uint32_t i = 0; i < s.count; i++)
		used += s.item[i].used;
	REQUIRE(used <= (uint64_t)s.count + 1);
	suppressions_release(&s);
	return 0;
}
