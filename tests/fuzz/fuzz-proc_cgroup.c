/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A path that is accepted cannot lead out of the cgroup directory. */
#include "fuzz.h"

#include "source/proc_cgroup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	static const enum cgroup_version versions[] = { CGROUP_V1, CGROUP_V2 };

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct text path, component;

		if (proc_cgroup_parse(in, size, versions[i], &path) < 0)
			continue;
		REQUIRE(path.p >= in && path.p + path.n <= in + size);
		REQUIRE(path.n && path.p[0] == '/' && !memchr(path.p, 0, path.n));
		while (text_next_field(&path, '/', &component))
			REQUIRE(!text_is(component, ".."));
	}

	return 0;
}
