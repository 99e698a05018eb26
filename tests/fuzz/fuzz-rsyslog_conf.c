/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A console that is named was found on a line; selectors are a mask of eight severities. */
#include "fuzz.h"

#include "source/rsyslog_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct rsyslog_conf c = { 0 };

	REQUIRE(rsyslog_selector_kernel(text_of(in, size)) <= 0xff);
	rsyslog_conf_parse(in, size, &c);
	REQUIRE((c.to_console || c.to_console_perhaps) == (c.console_line > 0));
	REQUIRE(!c.console[0] || c.console_line);

	return 0;
}
