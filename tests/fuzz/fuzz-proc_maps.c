/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings that are accepted are whole pages, ascend, do not overlap, and can be found. */
#include "fuzz.h"

#include "source/memory_copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	uint64_t end = 0;

	if (memory_maps_parse((const char *)data, size, &m) < 0) {
		REQUIRE(!m.mapping && !m.mappings);
		return 0;
	}
	for (uint32_t i = 0; i < m.mappings; i++) {
		const struct mapping *map = &m.mapping[i];

		REQUIRE(map->start >= end && map->start < map->end);
		REQUIRE(map->start % IMAGE_PAGE == 0 && map->end % IMAGE_PAGE == 0);
		REQUIRE(map->path && !map->copy && !map->runs);
		REQUIRE(image_find(&m, map->start) == map && image_find(&m, map->end - 1) == map);
		if (map->flags & MAPPING_DEVICE)
			REQUIRE(!memory_is_wanted(&m, i));
		end = map->end;
	}
	return 0;
}
