/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was accepted is within its bounds. */
#include "fuzz.h"

#include "source/journald_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journald_conf c;
	char *copy = malloc(size + 1);

	REQUIRE(copy);
	memcpy(copy, data, size);
	copy[size] = '\0';
	journald_conf_default(&c);
	journald_conf_parse(copy, size, &c);
	free(copy);
	REQUIRE(c.max_level_console <= 7 && c.storage <= STORAGE_NONE);
	REQUIRE(c.rate_limit_seconds >= 0 && strlen(c.tty) < sizeof(c.tty));

	return 0;
}
