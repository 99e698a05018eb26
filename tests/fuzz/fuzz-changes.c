/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state file that a crashed guard left: whatever it holds, loading it ends in an answer. */
#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>

#include "act/changes.h"
#include "base/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct changes changes;
	_cleanup_close_ int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct fault f = { 0 };
	char path[64];

	REQUIRE(fd >= 0 && fd_write_all(fd, (const char *)data, size) == 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (changes_load(&changes, path, "01234567-89ab-cdef-0123-456789abcdef", &f) < 0)
		REQUIRE(f.err < 0 && f.what[0]);
	return 0;
}
