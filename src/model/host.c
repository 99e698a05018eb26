/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/host.h"

#include "base/macro.h"

uint64_t rss_noise_floor_bytes(uint32_t cpus, uint64_t page_bytes)
{
	uint64_t batch_pages = MAX(UINT64_C(2) * cpus, UINT64_C(32));

	return 4 * MIB + batch_pages * cpus * page_bytes / 2;
}
