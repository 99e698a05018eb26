/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The unit and the container are parts of the path. */
#include "fuzz.h"

#include "model/cgroup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct text path = text_of(in, size), part;

	if (cgroup_path_unit(path, &part))
		REQUIRE(part.p >= in && part.p + part.n <= in + size && part.n);
	if (cgroup_path_container(path, &part))
		REQUIRE(part.p >= in && part.p + part.n <= in + size && part.n >= 32);

	return 0;
}
