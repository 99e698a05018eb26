/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escaped text holds nothing that a terminal obeys, and fits or says that it does not. */
#include "fuzz.h"

#include "base/strbuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	char buf[256];
	struct strbuf s = STRBUF(buf);

	strbuf_escape(&s, text_of(in, size));
	REQUIRE(s.len < sizeof(buf) && buf[s.len] == 0);
	for (size_t i = 0; i < s.len; i++)
		REQUIRE((unsigned char)buf[i] >= 0x20 && buf[i] != 0x7f);

	return 0;
}
