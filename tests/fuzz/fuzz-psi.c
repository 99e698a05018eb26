/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Averages that are accepted are percentages. */
#include "fuzz.h"

#include "source/psi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct psi p;

	if (psi_parse(in, size, &p) < 0)
		return 0;
	REQUIRE(p.some.present);
	REQUIRE(p.some.avg10 >= 0 && p.some.avg10 <= 100 && p.some.total_seconds >= 0);
	REQUIRE(p.full.avg300 >= 0 && p.full.avg300 <= 100);

	return 0;
}
