/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "source/log_utf16.h"

static void convert(struct text in, size_t step, const char *expected)
{
	struct log_utf16 u;
	char out[256];
	size_t len = 0;

	assert_true(log_utf16_detect(&u, in));
	for (size_t i = 2; i < in.n; i += step)
		len += log_utf16_convert(&u, text_of(in.p + i, MIN(step, in.n - i)), out + len);
	assert_true(text_is(text_of(out, len), expected));
}

static void both_orders_any_split(void **state)
{
	/* "[é€\U0001f600]\n" */
	const struct text little = TEXT("\xff\xfe[\0\xe9\0\xac\x20\x3d\xd8\x00\xde]\0\n\0");
	const struct text big = TEXT("\xfe\xff\0[\0\xe9\x20\xac\xd8\x3d\xde\x00\0]\0\n");

	for (size_t step = 1; step < 14; step++) {
		convert(little, step, "[é€\xf0\x9f\x98\x80]\n");
		convert(big, step, "[é€\xf0\x9f\x98\x80]\n");
	}
}

static void halves_of_pairs(void **state)
{
	convert(TEXT("\xff\xfe\x3d\xd8\x3d\xd8x\0"), 1, "\xef\xbf\xbd\xef\xbf\xbdx");
	convert(TEXT("\xff\xfe\x00\xdex\0"), 7, "\xef\xbf\xbdx");
}

static void only_by_the_mark(void **state)
{
	struct log_utf16 u;

	assert_false(log_utf16_detect(&u, TEXT("[ ")));
	assert_false(log_utf16_detect(&u, TEXT("\xff")));
	assert_false(u.active);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_orders_any_split),
		cmocka_unit_test(halves_of_pairs),
		cmocka_unit_test(only_by_the_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
