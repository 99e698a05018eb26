/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory.events, memory.oom_control, cgroup.controllers. */
#include "fuzz.h"

#include "source/cgroup_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct opt_u64 v;

	(void)!cgroup_oom_kill_parse(in, size, &v);
	(void)cgroup_controllers_have_memory(text_of(in, size));

	return 0;
}
