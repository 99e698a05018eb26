/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "report/watch_screen.h"

#define CTRL(c) ((c)&0x1f)

static const struct verdict nothing = { .score = 0 };

/* `count` processes with pids 1.., the first the biggest. */
static uint32_t make(struct ranked *rows, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		rows[i] = (struct ranked){ .id = { .pid = (int32_t)i + 1, .starttime_ticks = 7 },
					   .comm = i % 2 ? TEXT("odd") : TEXT("even"),
					   .unit = TEXT(""),
					   .container = TEXT(""),
					   .held_bytes = (uint64_t)(count - i) * 1000,
					   .verdict = &nothing };
	return count;
}

static void update(struct watch_screen *s, struct ranked *rows, uint32_t count, uint32_t page)
{
	watch_screen_update(s, rows, make(rows, count), page);
}

static void keys(struct watch_screen *s, const struct ranked *rows, const char *typed)
{
	for (; *typed; typed++)
		(void)watch_screen_key(s, (uint32_t)(unsigned char)*typed, rows);
}

static void test_moves(void **state)
{
	struct watch_screen s = { 0 };
	struct ranked rows[30];
	static const struct {
		uint32_t key, cursor, top;
	} steps[] = {
		{ 'k', 0, 0 },
		{ 'j', 1, 0 },
		{ KEYPRESS_DOWN, 2, 0 },
		{ CTRL('d'), 7, 0 },
		{ CTRL('d'), 12, 3 },
		{ CTRL('u'), 7, 3 },
		{ 'G', 29, 20 },
		{ 'j', 29, 20 },
		{ KEYPRESS_PAGE_UP, 19, 19 },
		{ KEYPRESS_PAGE_DOWN, 29, 20 },
		{ 'g', 0, 0 },
		{ KEYPRESS_END, 29, 20 },
		{ KEYPRESS_HOME, 0, 0 },
		{ KEYPRESS_OTHER, 0, 0 },
	};

	update(&s, rows, 30, 10);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		(void)watch_screen_key(&s, steps[i].key, rows);
		assert_int_equal(s.cursor, steps[i].cursor);
		assert_int_equal(s.top, steps[i].top);
		assert_int_equal(s.selected.pid, rows[s.cursor].id.pid);
	}
}

static void test_the_selection_follows_its_process(void **state)
{
	struct watch_screen s = { 0 };
	struct ranked rows[30];

	update(&s, rows, 30, 10);
	keys(&s, rows, "jj");
	assert_int_equal(s.selected.pid, 3);
	keys(&s, rows, "P");
	update(&s, rows, 30, 10);
	keys(&s, rows, "P"); /* reversed: pid 30 first */
	assert_true(s.reverse);
	update(&s, rows, 30, 10);
	assert_int_equal(rows[0].id.pid, 30);
	assert_int_equal(s.selected.pid, 3);
	assert_int_equal(s.cursor, 27);
	assert_true(s.cursor >= s.top && s.cursor < s.top + 10);
	/* it ended: the cursor stays in place, within the rows */
	update(&s, rows, 2, 10);
	assert_int_equal(s.cursor, 1);
	assert_int_equal(s.top, 0);
	update(&s, rows, 0, 10);
	assert_int_equal(s.count, 0);
	keys(&s, rows, "jkG");
	assert_int_equal(s.cursor, 0);
}

static void test_a_tiny_window(void **state)
{
	struct watch_screen s = { 0 };
	struct ranked rows[30];

	update(&s, rows, 30, 20);
	keys(&s, rows, "G");
	update(&s, rows, 30, 1);
	assert_int_equal(s.top, 29);
	update(&s, rows, 30, 0);
	assert_int_equal(s.top, 29);
	update(&s, rows, 30, 100);
	assert_int_equal(s.top, 0);
}

static void test_filter(void **state)
{
	struct watch_screen s = { 0 };
	struct ranked rows[30];

	update(&s, rows, 30, 10);
	keys(&s, rows, "/q"); /* q is text while a filter is typed */
	assert_true(s.editing);
	assert_false(s.quit);
	assert_true(watch_screen_key(&s, KEYPRESS_BACKSPACE, rows));
	keys(&s, rows, "odd");
	update(&s, rows, 30, 10);
	assert_int_equal(s.count, 15);
	assert_true(text_is(rows[0].comm, "odd"));
	(void)watch_screen_key(&s, KEYPRESS_ENTER, rows);
	assert_false(s.editing);
	assert_int_equal(s.filter_len, 3);
	(void)watch_screen_key(&s, KEYPRESS_ESCAPE, rows);
	update(&s, rows, 30, 10);
	assert_int_equal(s.count, 30);
}

static void test_filter_has_a_limit(void **state)
{
	struct watch_screen s = { .editing = true };
	char room[256];
	struct strbuf line = STRBUF(room);

	for (int i = 0; i < 1000; i++)
		(void)watch_screen_key(&s, 'x', NULL);
	assert_int_equal(s.filter_len, SCREEN_FILTER_SIZE);
	(void)watch_screen_key(&s, 0x1b, NULL);
	(void)watch_screen_key(&s, 0xe9, NULL);
	assert_int_equal(s.filter_len, SCREEN_FILTER_SIZE);
	watch_screen_footer(&s, &line);
	assert_false(line.full);
	(void)watch_screen_key(&s, CTRL('u'), NULL);
	assert_int_equal(s.filter_len, 0);
}

static void test_modes(void **state)
{
	struct watch_screen s = { 0 };
	struct ranked rows[30];

	update(&s, rows, 0, 10);
	(void)watch_screen_key(&s, KEYPRESS_ENTER, rows);
	assert_int_equal(s.mode, SCREEN_TABLE); /* nothing to show */
	update(&s, rows, 30, 10);
	(void)watch_screen_key(&s, KEYPRESS_ENTER, rows);
	assert_int_equal(s.mode, SCREEN_DETAIL);
	/* the process ends meanwhile: its page must not turn into its neighbour's */
	s.selected.pid = 777;
	update(&s, rows, 30, 10);
	assert_int_equal(s.selected.pid, 777);
	keys(&s, rows, "?");
	assert_int_equal(s.mode, SCREEN_HELP);
	keys(&s, rows, "q");
	assert_int_equal(s.mode, SCREEN_TABLE);
	assert_false(s.quit);
	keys(&s, rows, "p");
	assert_true(s.paused);
	keys(&s, rows, "q");
	assert_true(s.quit);
}

/* No key is more than a change of this struct; and each mode says how to leave it. */
static void test_every_key_in_every_mode(void **state)
{
	struct ranked rows[5];
	char room[256];
	struct strbuf line = STRBUF(room);

	for (int mode = SCREEN_TABLE; mode <= SCREEN_HELP; mode++) {
		for (uint32_t key = 0; key <= KEYPRESS_OTHER; key += key == 0x200 ? 0x10fe00 : 1) {
			struct watch_screen s = { .mode = (enum screen_mode)mode };

			update(&s, rows, 5, 3);
			(void)watch_screen_key(&s, key, rows);
			update(&s, rows, 5, 3);
			assert_true(s.cursor < 5);
			watch_screen_footer(&s, &line);
			assert_true(s.editing || strstr(line.buf, "q "));
		}
	}
}

static void test_sort_goes_round(void **state)
{
	struct watch_screen s = { 0 };

	for (int i = 0; i < RANK_KEYS; i++) {
		assert_int_equal(s.sort, i);
		assert_true(watch_screen_key(&s, 's', NULL));
	}
	assert_int_equal(s.sort, RANK_SCORE);
	assert_true(watch_screen_key(&s, '<', NULL));
	assert_int_equal(s.sort, RANK_KEYS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_the_selection_follows_its_process),
		cmocka_unit_test(test_a_tiny_window),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_filter_has_a_limit),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_every_key_in_every_mode),
		cmocka_unit_test(test_sort_goes_round),
	};

	return cmocka_run_group_tests_name("watch_screen", tests, NULL, NULL);
}
