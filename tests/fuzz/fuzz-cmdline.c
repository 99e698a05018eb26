/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words stay inside of the line; consoles have names that are none twice. */
#include "fuzz.h"

#include "source/cmdline.h"

static void check_words(const char *in, size_t size)
{
	struct text rest = text_of(in, size);
	struct cmdline_word w;

	while (cmdline_next(&rest, &w)) {
		REQUIRE(w.name.p >= in && w.name.p + w.name.n <= in + size);
		REQUIRE(!w.has_value || (w.value.p >= in && w.value.p + w.value.n <= in + size));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	static struct cmdline c;

	check_words(in, size);
	cmdline_parse(in, size, &c);
	REQUIRE(c.count <= CONSOLES_MAX);
	for (uint32_t i = 0; i < c.count; i++) {
		REQUIRE(c.console[i].name[0]);
		for (uint32_t n = 0; n < i; n++)
			REQUIRE(strcmp(c.console[i].name, c.console[n].name) != 0);
	}
	REQUIRE(!(c.log_buf_bytes.value & (c.log_buf_bytes.value - 1)));

	return 0;
}
