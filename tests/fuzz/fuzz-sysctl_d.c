/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file only ever adds: what it does not set stays. */
#include "fuzz.h"

#include "source/sysctl_d.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sysctl_values v = { .dump_tasks = { .value = 1, .known = KNOWN } };

	sysctl_parse((const char *)data, size, &v);
	REQUIRE(opt_is_known(v.dump_tasks));

	return 0;
}
