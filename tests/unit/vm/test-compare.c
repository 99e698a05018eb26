/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "unit.h"

#include "vm/run/compare.h"

#define LINES_MAX 64

/* A wire whose lines came a second apart, each in half a second. */
static struct wire_line line[LINES_MAX];
static struct arrival arrival[LINES_MAX];

static struct wire wire_of(const char *text)
{
	struct wire w = { .line = line, .text = text };
	const char *end;

	for (const char *at = text; (end = strchr(at, '\n')); at = end + 1) {
		line[w.count] = (struct wire_line){
			.text = (uint32_t)(at - text),
			.len = (uint32_t)(end - at),
			.first_seconds = w.count,
			.last_seconds = w.count + 0.5,
		};
		w.count++;
	}
	return w;
}

static void add(struct records *r, const char *row)
{
	assert_int_equal(records_add(r, text_of(row, strlen(row))), 0);
}

static struct comparison compare(const char *text, int level)
{
	_cleanup_records_ struct records r = { 0 };
	struct wire w = wire_of(text);
	struct comparison c;

	add(&r, "4,1,1000000,-;one");
	add(&r, "6,2,1000001,-;two\\x0a and more");
	add(&r, "7,3,1000002,-;three");
	add(&r, "3,4,1000003,-;four");
	compare_wire(&r, &w, level, arrival, &c);
	return c;
}

#define ONE "[    1.000000] one\r\n"
#define TWO "[    1.000001] two\r\n[    1.000001]  and more\r\n"
#define THREE "[    1.000002] three\r\n"
#define FOUR "[    1.000003] four\r\n"

static void test_exact(void **state)
{
	struct comparison c = compare(ONE TWO FOUR, 7);

	assert_int_equal(c.garbled_lines + c.missing_lines + c.extra_lines + c.cut_lines, 0);
	assert_int_equal(c.wire_bytes, strlen(ONE TWO FOUR));
	assert_true(arrival[1].known && arrival[1].bytes == strlen(TWO));
	assert_true(arrival[1].first_seconds == 1 && arrival[1].last_seconds == 2.5);
	assert_false(arrival[2].known);
	assert_true(arrival[3].first_seconds == 3);
}

static void test_missing(void **state)
{
	struct comparison c = compare(ONE FOUR, 7);

	assert_int_equal(c.garbled_lines, 0);
	assert_int_equal(c.missing_lines, 2);
	assert_int_equal(c.first_missing, 1);
	c = compare("", 5);
	assert_int_equal(c.missing_lines, 2); /* one and four */
	c = compare(ONE TWO, 7);
	assert_int_equal(c.missing_lines, 1);
	assert_int_equal(c.first_missing, 3);
}

static void test_extra(void **state)
{
	struct comparison c = compare(ONE TWO THREE FOUR, 7);

	assert_int_equal(c.extra_lines, 1);
	assert_int_equal(c.garbled_lines + c.missing_lines, 0);
}

/* One character less, one more, a line too many, no carriage return, another order. */
static void test_garbled(void **state)
{
	struct comparison c =
		compare(ONE "[    1.000001] tw\r\n[    1.000001]  and more\r\n" FOUR, 7);

	assert_int_equal(c.garbled_lines, 1);
	assert_int_equal(c.missing_lines, 1);
	assert_int_equal(c.first_garbled, 1);
	c = compare(ONE TWO "[    1.000003] fourr\r\n", 7);
	assert_int_equal(c.garbled_lines, 1);
	c = compare(ONE TWO FOUR "** 3 printk messages dropped **\r\n", 7);
	assert_int_equal(c.garbled_lines, 1);
	assert_int_equal(c.missing_lines, 0);
	c = compare("[    1.000000] one\n" TWO FOUR, 7);
	assert_int_equal(c.garbled_lines, 1);
	c = compare(TWO ONE FOUR, 7);
	assert_int_equal(c.garbled_lines, 1);
	assert_int_equal(c.missing_lines, 1);
}

/* Since 1024 bytes with prefixes are the most that an old kernel gives a console at once. */
static void test_cut_by_the_kernel(void **state)
{
	_cleanup_records_ struct records r = { 0 };
	char row[2048] = "6,1,1000000,-;a line of the record";
	struct wire w = wire_of("[    1.000000] a line of the record\r\n"
				"[    1.000000] a line of the record\r\n");
	struct comparison c;

	for (int i = 0; i < 40; i++)
		(void)snprintf(row + strlen(row), sizeof(row) - strlen(row), "\\x0a%s",
			       "a line of the record");
	add(&r, row);
	compare_wire(&r, &w, 7, arrival, &c);
	assert_int_equal(c.cut_lines, 39);
	assert_int_equal(c.missing_lines + c.garbled_lines, 0);
	w.count = 0;
	compare_wire(&r, &w, 7, arrival, &c);
	assert_int_equal(c.missing_lines, 1); /* its first line is never cut */
}

/* The worst that can come over the wire: 50,000 lines, and no record is any of them. */
static void test_garbled_for_ever(void **state)
{
	enum { LINES = 50000 };
	_cleanup_records_ struct records r = { 0 };
	struct wire_line *lines = calloc(LINES, sizeof(*lines));
	struct arrival *at = calloc(LINES, sizeof(*at));
	const struct wire w = { .line = lines, .count = LINES, .text = "[    2.000000] text\r" };
	struct comparison c;
	clock_t before;

	assert_true(lines && at);
	for (int i = 0; i < LINES; i++) {
		add(&r, "6,1,1000000,-;text");
		lines[i].len = (uint32_t)strlen(w.text);
	}
	before = clock();
	compare_wire(&r, &w, 7, at, &c);
	/* Without an end to the looking: 200,000,000 comparisons. */
	assert_true(clock() - before < 5 * CLOCKS_PER_SEC);
	assert_int_equal(c.garbled_lines, LINES);
	assert_int_equal(c.missing_lines, LINES);
	free(lines);
	free(at);
}

static void test_nothing_at_all(void **state)
{
	_cleanup_records_ struct records r = { 0 };
	struct wire w = wire_of(ONE);
	struct comparison c;

	compare_wire(&r, &w, 7, arrival, &c);
	assert_int_equal(c.garbled_lines, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_extra),
		cmocka_unit_test(test_garbled),
		cmocka_unit_test(test_cut_by_the_kernel),
		cmocka_unit_test(test_garbled_for_ever),
		cmocka_unit_test(test_nothing_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
