/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A speed that a line can have, of a length that a character can have. */
#include "fuzz.h"

#include "source/tty_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct serial_line l;

	if (stty_parse((const char *)data, size, &l) < 0)
		return 0;
	REQUIRE(l.bits_per_second >= BAUD_MIN && l.bits_per_second <= BAUD_MAX);
	REQUIRE(l.bits_per_character >= 7 && l.bits_per_character <= 12);

	return 0;
}
