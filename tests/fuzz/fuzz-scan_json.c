/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups of an earlier scan: classes that exist, texts that end. */
#include "fuzz.h"

#include <string.h>

#include "source/scan_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_json s = { 0 };
	struct fault f = { 0 };

	if (scan_json_parse((const char *)data, size, &s, &f) < 0) {
		REQUIRE(f.err < 0 && f.what[0]);
		return 0;
	}
	REQUIRE(s.count <= SCAN_JSON_GROUPS_MAX);
	for (uint32_t i = 0; i < s.count; i++) {
		REQUIRE(s.group[i].class < LOSS_CLASSES);
		REQUIRE(strnlen(s.group[i].type, LOSS_TYPE_SIZE) < LOSS_TYPE_SIZE);
		REQUIRE(strnlen(s.group[i].shape, LOSS_SHAPE_WORDS + 1) <= LOSS_SHAPE_WORDS);
		REQUIRE(s.group[i].loss.bytes <= INT64_MAX);
	}
	free(s.group);
	return 0;
}
