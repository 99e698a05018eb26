/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever is taken for a name has a bounded text, in bounded time. */
#include <string.h>

#include "fuzz.h"

#include "source/demangle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char mangled[DEMANGLE_LENGTH_MAX + 8], name[100];

	if (size >= sizeof(mangled))
		size = sizeof(mangled) - 1;
	memcpy(mangled, data, size);
	mangled[size] = '\0';
	memset(name, 1, sizeof(name));
	if (demangle(mangled, name, sizeof(name)))
		REQUIRE(memchr(name, '\0', sizeof(name)) && *name);
	else
		REQUIRE(name[0] == 1 || size > 0);
	return 0;
}
