/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices are told once each, and a second pass adds none. */
#include "fuzz.h"

#include "source/slow_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t device[SLOW_DEVICES];
	uint32_t count = 0, again;

	slow_devices_parse((const char *)data, size, device, &count);
	REQUIRE(count <= SLOW_DEVICES);
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < i; k++)
			REQUIRE(device[i] != device[k]);
	again = count;
	slow_devices_parse((const char *)data, size, device, &again);
	REQUIRE(again == count);
	return 0;
}
