/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A prefix is taken off a raw line: text and host stay parts of it. Cleaning never makes it longer.
 */
#include "fuzz.h"

#include <string.h>

#include "source/log_clean.h"
#include "source/log_prefix.h"

static bool within(struct text t, struct text raw)
{
	return !t.n || (t.p >= raw.p && t.p + t.n <= raw.p + raw.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text raw = text_of((const char *)data, size);
	char *out = malloc(size + 1);
	struct log_prefix p;
	ssize_t at = 0;

	REQUIRE(out);
	REQUIRE(log_unescape(raw, out) <= size);
	if (log_clean_needed(raw))
		raw = text_of(out, log_clean(raw, out));
	REQUIRE(raw.n <= size);
	log_prefix_take(raw, &p);
	REQUIRE(within(p.line.text, raw) && within(p.line.origin, raw));
	REQUIRE(memchr(p.line.stamp.wall_text, '\0', sizeof(p.line.stamp.wall_text)));
	REQUIRE(!opt_is_known(p.line.level) || p.line.level.value < 8);
	for (size_t start = 0; at >= 0 && start < raw.n; start = (size_t)at + 1) {
		at = log_prefix_inside(raw, start);
		REQUIRE(at < 0 || ((size_t)at >= start && (size_t)at < raw.n));
	}
	free(out);
	return 0;
}
