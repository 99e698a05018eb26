/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What doctor --undo restores from: whatever the file holds, reading it ends in an answer. */
#include <string.h>

#include "fuzz.h"

#include "act/remedy_state.h"

static void check(const struct remedy_value *v)
{
	REQUIRE(strnlen(v->text, sizeof(v->text)) < sizeof(v->text));
	REQUIRE(v->mode <= 07777);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct remedy_state state;
	struct fault f = { 0 };

	if (remedy_state_parse((const char *)data, size, &state, &f) < 0) {
		REQUIRE(f.err < 0 && f.what[0] && !state.count);
		return 0;
	}
	REQUIRE(state.count <= REMEDY_CHANGES_MAX);
	for (uint32_t i = 0; i < state.count; i++) {
		const struct remedy_change *c = &state.change[i];

		REQUIRE(c->remedy > REMEDY_NONE && c->remedy < REMEDY_COUNT);
		REQUIRE(strnlen(c->file, sizeof(c->file)) < sizeof(c->file));
		check(&c->before);
		check(&c->last);
		check(&c->after);
	}
	return 0;
}
