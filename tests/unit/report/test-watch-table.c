/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "unit.h"

#include "report/sparkline.h"
#include "report/watch_detail.h"
#include "report/watch_table.h"

static const struct verdict leaking = {
	.class = VERDICT_LEAKING,
	.score = 0.9,
	.growth_bytes_per_second = { true, 1e6, 2 * 1048576.0, 3e6 },
	.exhaustion_seconds = { true, 50, 60, INFINITY },
	.reason_count = 2,
	.reason = { { REASON_FLOOR_RISES, { 64 * MIB, 60, 5, 5 } }, { REASON_URGENT, { 60, 60 } } },
};

static struct ranked row_of(struct track *track)
{
	track_init(track);
	return (struct ranked){ .id = { .pid = 4711, .starttime_ticks = 1 },
				.comm = TEXT("a\x1b[2J\xc3\xa9"),
				.unit = TEXT("\xe2\x80\xae.service"),
				.cgroup = TEXT("/x\ny"),
				.container = TEXT(""),
				.limit = TEXT("host"),
				.anon_bytes = opt_u64_of(64 * MIB),
				.held_bytes = 65 * MIB,
				.swap_bytes = opt_u64_of(MIB),
				.headroom = { .bytes = opt_u64_of(GIB), .kind = LIMIT_HOST },
				.age_seconds = NAN,
				.alarm_seconds = NAN,
				.verdict = &leaking,
				.track = track };
}

static size_t columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void test_row(void **state)
{
	struct style style = { .utf8 = true };
	char room[WATCH_LINE_SIZE];
	struct strbuf s = STRBUF(room);
	struct track track;
	struct ranked row = row_of(&track);

	watch_table_row(&s, &style, &row);
	assert_string_equal(s.buf,
			    "   4711  a\\x1b[2J\xc3\xa9         \\xe2\\x80\\xae.service      "
			    " 65.0 MiB    1.0 MiB     2.0 MiB/s      60 s  !!leaking  "
			    "its lowest level rose by 64.0 MiB in 60 s, 5 of 5 steps up");
	style.raw_bytes = true;
	watch_table_row(&s, &style, &row);
	assert_non_null(strstr(s.buf, " 68157440 "));
	assert_non_null(strstr(s.buf, " 2097152/s "));
	row.alarm_seconds = 12.5;
	watch_table_row(&s, &style, &row);
	assert_non_null(strstr(s.buf, "alarm at 12.5 s: its lowest"));
}

/* Every width from nothing to wide: never over the edge, never a byte a terminal would obey. */
static void test_every_width(void **state)
{
	char room[WATCH_LINE_SIZE], page[16384];
	struct strbuf s = STRBUF(room), p = STRBUF(page);
	struct track track;
	struct ranked row = row_of(&track);

	for (uint32_t width = 1; width < 300; width++) {
		for (int utf8 = 0; utf8 < 2; utf8++) {
			struct style style = { .utf8 = utf8, .width = width };

			watch_table_head(&s, &style, RANK_MEMORY, false);
			assert_true(columns(s.buf) <= width);
			watch_table_row(&s, &style, &row);
			assert_true(columns(s.buf) <= width);
			for (const char *c = s.buf; *c; c++)
				assert_true((unsigned char)*c >= 0x20 &&
					    (utf8 || (unsigned char)*c < 0x80));
			strbuf_clear(&p);
			watch_detail(&p, &style, &row);
			watch_help(&p, &style);
			assert_false(p.full);
			assert_null(memchr(p.buf, 0x1b, p.len));
		}
	}
}

static void test_head_marks_the_order(void **state)
{
	struct style style = { .utf8 = true };
	char room[WATCH_LINE_SIZE];
	struct strbuf s = STRBUF(room);

	watch_table_head(&s, &style, RANK_MEMORY, false);
	assert_non_null(strstr(s.buf, " MEMORYv "));
	watch_table_head(&s, &style, RANK_NAME, true);
	assert_non_null(strstr(s.buf, " NAME^ "));
	assert_null(strstr(s.buf, "MEMORYv"));
}

/* Nothing is missed silently: each way of not reading a process is told. */
static void test_account(void **state)
{
	struct process_table t = { .capacity = 100,
				   .pass_cpu_seconds = 0.0021,
				   .counts = { .listed = 215,
					       .read = 90,
					       .kthreads = 100,
					       .vanished = 3,
					       .unreadable = 2,
					       .over_capacity = 20 },
				   .cgroups = { .dropped = 4 } };
	struct watch_view v = { .table = &t, .count = 10, .matching = 90 };
	struct style style = { .utf8 = true };
	char room[WATCH_LINE_SIZE];
	struct strbuf s = STRBUF(room);

	watch_account(&s, &style, &v);
	assert_string_equal(s.buf,
			    "215 listed: 90 read, 100 kernel threads, 3 ended meanwhile, 2 could "
			    "not be read, 20 past the capacity of 100, 4 cgroups past capacity; "
			    "10 of 90 shown; the pass took 2.1 ms of CPU");
}

static void test_detail(void **state)
{
	struct style style = { .utf8 = false, .width = 80 };
	struct headroom h = { .bytes = opt_u64_of(GIB), .kind = LIMIT_HOST };
	struct growth_policy policy = { .noise_floor_bytes = 4 * MIB };
	char room[16384];
	struct strbuf s = STRBUF(room);
	struct track track;
	struct ranked row = row_of(&track);

	watch_detail(&s, &style, &row);
	assert_non_null(strstr(s.buf, "history     none yet\n"));
	for (int t = 0; t <= 8; t++)
		(void)track_feed(&track,
				 &(struct sample){ .time_seconds = t,
						   .held_bytes = (uint64_t)(t + 1) * MIB,
						   .cpu_seconds = NAN },
				 &h, &policy);
	strbuf_clear(&s);
	watch_detail(&s, &style, &row);
	assert_non_null(strstr(s.buf, "verdict     !!leaking, score 0.90\n"));
	assert_non_null(
		strstr(s.buf, "because     - its lowest level rose by 64.0 MiB in 60 s, 5 of 5"));
	assert_non_null(strstr(s.buf, "            - memory runs out in 60 s"));
	assert_non_null(strstr(s.buf, "history     _"));
	assert_non_null(strstr(s.buf, "#\n"));
	assert_non_null(strstr(s.buf, "lasts       60 s (50 s to never)\n"));
	assert_non_null(strstr(s.buf, "headroom    1.0 GiB left; the limit that binds: host\n"));
	assert_non_null(strstr(s.buf, "cgroup      /x\\ny\n"));
}

static void test_sparkline(void **state)
{
	static const double rising[] = { 0, 1, 2, 3, 4, 5, 6, 7 }, flat[] = { 5, 5, 5 },
			    gap[] = { 0, NAN, 7 }, dip[] = { 7, 0, 7, 7 };
	char room[64];
	struct strbuf s = STRBUF(room);

	sparkline(&s, rising, 8, 80, false);
	assert_string_equal(s.buf, "_.-~=+*#");
	strbuf_clear(&s);
	sparkline(&s, flat, 3, 80, false);
	assert_string_equal(s.buf, "===");
	strbuf_clear(&s);
	sparkline(&s, gap, 3, 80, false);
	assert_string_equal(s.buf, "_ #");
	strbuf_clear(&s);
	sparkline(&s, dip, 4, 2, false); /* the lowest of each pair */
	assert_string_equal(s.buf, "_#");
	strbuf_clear(&s);
	sparkline(&s, rising, 8, 80, true);
	assert_int_equal(columns(s.buf), 8);
	strbuf_clear(&s);
	sparkline(&s, rising, 0, 80, true);
	assert_string_equal(s.buf, "");
}

static void test_colour_never_speaks_alone(void **state)
{
	struct style plain = { .colour = false }, colour = { .colour = true };

	for (int c = VERDICT_UNKNOWN; c <= VERDICT_LEAKING; c++) {
		assert_int_equal(strlen(style_mark((enum verdict_class)c)), 2);
		assert_string_equal(style_on(&plain, (enum verdict_class)c), "");
		assert_string_equal(style_off(&plain, (enum verdict_class)c), "");
		/* what is switched on is switched off */
		assert_int_equal(*style_on(&colour, (enum verdict_class)c) != 0,
				 *style_off(&colour, (enum verdict_class)c) != 0);
		for (int d = VERDICT_UNKNOWN; d < c; d++)
			assert_string_not_equal(style_mark((enum verdict_class)c),
						style_mark((enum verdict_class)d));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_every_width),
		cmocka_unit_test(test_head_marks_the_order),
		cmocka_unit_test(test_account),
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_sparkline),
		cmocka_unit_test(test_colour_never_speaks_alone),
	};

	return cmocka_run_group_tests_name("watch_table", tests, NULL, NULL);
}
