/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "base/text.h"
#include "source/scan_json.h"

#define HEAD "{\"schema\":\"bulkhead.scan/1\","
#define GROUP(type, shape)                                                                         \
	HEAD "\"groups\":[{\"class\":\"definitely_lost\",\"size_bytes\":24,\"bytes\":240,"         \
	     "\"blocks\":10,\"indirect\":{\"bytes\":64,\"blocks\":2},\"type\":" type               \
	     ",\"shape\":" shape "}]}"

static int parse(const char *text, struct scan_json *s, struct fault *f)
{
	return scan_json_parse(text, strlen(text), s, f);
}

static void test_groups(void **state)
{
	struct scan_json s = { 0 };
	struct fault f;

	assert_int_equal(parse(GROUP("\"Shape<int>\"", "\"p0\""), &s, &f), 0);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.group[0].class, LOSS_DEFINITE);
	assert_int_equal(s.group[0].size, 24);
	assert_int_equal(s.group[0].loss.bytes, 240);
	assert_int_equal(s.group[0].loss.blocks, 10);
	assert_int_equal(s.group[0].indirect.bytes, 64);
	assert_string_equal(s.group[0].type, "Shape<int>");
	assert_string_equal(s.group[0].shape, "p0");
	assert_false(s.group[0].suppressed);
	free(s.group);
}

/* What the earlier scan did not list must not pass for new. */
static void test_gaps(void **state)
{
#define REACHABLE                                                                                  \
	"\"groups\":[{\"class\":\"still_reachable\",\"size_bytes\":8,\"bytes\":8,\"blocks\":1,"    \
	"\"indirect\":{\"bytes\":0,\"blocks\":0},\"type\":null,\"shape\":\"p\"}]}"
#define SUPPRESSED(n) "\"summary\":{\"suppressed\":{\"bytes\":16,\"blocks\":" n "}},"
	static const struct {
		const char *in;
		bool reachable, partial;
	} rows[] = {
		{ HEAD "\"groups\":[]}", false, false },
		{ HEAD "\"groups_left_out\":0," SUPPRESSED("0") "\"groups\":[]}", false, false },
		{ HEAD "\"groups_left_out\":3,\"groups\":[]}", false, true },
		{ HEAD SUPPRESSED("2") "\"groups\":[]}", false, true },
		{ HEAD "\"summary\":{\"suppressed\":null},\"groups\":[]}", false, false },
		{ HEAD REACHABLE, true, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scan_json s = { 0 };
		struct fault f;

		assert_int_equal(parse(rows[i].in, &s, &f), 0);
		if (s.reachable != rows[i].reachable || s.partial != rows[i].partial)
			fail_msg("row %zu: %d %d", i, s.reachable, s.partial);
		free(s.group);
	}
}

/* What strbuf_escape wrote comes back as it was. */
static void test_escapes(void **state)
{
	struct scan_json s = { 0 };
	struct fault f;

	assert_int_equal(parse(GROUP("\"a\\\\\\\\b\\\\x1b\\\\n\\\\t\\\\xff\"", "null"), &s, &f), 0);
	assert_string_equal(s.group[0].type, "a\\b\x1b\n\t\xff");
	assert_string_equal(s.group[0].shape, "");
	free(s.group);
}

static void test_hostile(void **state)
{
	static const struct {
		const char *in, *says;
		int error;
	} rows[] = {
		{ "", "no JSON", -EPROTO },
		{ "{", "no JSON", -EPROTO },
		{ "[]", "bulkhead.scan/1", -EPROTO },
		{ "{}", "bulkhead.scan/1", -EPROTO },
		{ "{\"schema\":\"bulkhead.watch/1\",\"groups\":[]}", "bulkhead.scan/1", -EPROTO },
		{ "{\"schema\":7}", "bulkhead.scan/1", -EPROTO },
		{ HEAD "\"groups\":null}", "'groups'", -EPROTO },
		{ HEAD "\"groups\":[7]}", "group 1", -EPROTO },
		{ HEAD "\"groups\":[{\"class\":\"lost\"}]}", "class", -EPROTO },
		{ HEAD "\"groups\":[{\"class\":\"possibly_lost\",\"size_bytes\":-1}]}",
		  "size_bytes", -EPROTO },
		{ HEAD "\"groups\":[{\"class\":\"possibly_lost\",\"size_bytes\":1e3}]}",
		  "size_bytes", -EPROTO },
		{ HEAD
		  "\"groups\":[{\"class\":\"possibly_lost\",\"size_bytes\":1,\"bytes\":\"1\"}]}",
		  "bytes", -EPROTO },
		{ GROUP("7", "null"), "type", -EPROTO },
		{ GROUP("\"a\\\\\"", "null"), "type", -EPROTO },
		{ GROUP("\"a\\\\x0\"", "null"), "type", -EPROTO },
		{ GROUP("\"a\\\\x00b\"", "null"), "type", -EPROTO },
		{ GROUP("\"a\\\\q\"", "null"), "type", -EPROTO },
		{ GROUP("null", "\"ppppppppp\""), "shape", -EPROTO },
		{ GROUP("null", "\"q\""), "shape", -EPROTO },
		{ HEAD "\"schema\":\"bulkhead.scan/1\",\"groups\":[]}", "no JSON", -EPROTO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scan_json s = { 0 };
		struct fault f = { 0 };
		int r = parse(rows[i].in, &s, &f);

		if (r != rows[i].error || !strstr(f.what, rows[i].says))
			fail_msg("row %zu: %d, '%s'", i, r, f.what);
		assert_null(s.group);
	}
}

static void test_long_type(void **state)
{
	char text[1024], type[LOSS_TYPE_SIZE + 3];

	for (size_t n = LOSS_TYPE_SIZE - 1; n <= LOSS_TYPE_SIZE; n++) {
		struct scan_json s = { 0 };
		struct fault f;

		memset(type, 'a', sizeof(type));
		type[0] = type[n + 1] = '"';
		type[n + 2] = '\0';
		(void)snprintf(text, sizeof(text),
			       HEAD "\"groups\":[{\"class\":\"possibly_lost\",\"size_bytes\":1,"
				    "\"bytes\":1,\"blocks\":1,\"indirect\":{\"bytes\":0,"
				    "\"blocks\":0},\"shape\":null,\"type\":%s}]}",
			       type);
		assert_int_equal(parse(text, &s, &f), n < LOSS_TYPE_SIZE ? 0 : -EPROTO);
		free(s.group);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),	  cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_escapes),	  cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_long_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
