/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs of any pagemap ascend, do not touch, lie within, and hold the pages that are there. */
#include <stdlib.h>

#include "fuzz.h"

#include "source/memory_copy.h"

#define WORDS 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t word[WORDS] = { 0 }, pages = 0, there = 0;
	const size_t words = MIN(size / sizeof(*word), (size_t)WORDS);
	struct mapping m = { .start = 0x1000, .end = 0x1000 + WORDS * IMAGE_PAGE };

	memcpy(word, data, words * sizeof(*word));
	REQUIRE(page_runs_parse(&m, m.start, word, words) == 0);
	for (size_t i = 0; i < words; i++)
		there += word[i] >> 62 != 0;
	for (uint32_t i = 0; i < m.runs; i++) {
		REQUIRE(m.run[i].start < m.run[i].end && m.run[i].end <= m.end);
		REQUIRE(m.run[i].start >= (i ? m.run[i - 1].end + IMAGE_PAGE : m.start));
		pages += (m.run[i].end - m.run[i].start) / IMAGE_PAGE;
	}
	REQUIRE(pages == there);
	free(m.run);
	return 0;
}
