/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Within its range. */
#include "fuzz.h"

#include "source/process_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	int16_t adj;

	if (oom_score_adj_parse(in, size, &adj) == 0)
		REQUIRE(adj >= -1000 && adj <= 1000);

	return 0;
}
