/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "unit.h"

#include "base/fd.h"
#include "source/replay.h"

#define HEADER "time_seconds,pid,comm,anon_bytes,swap_bytes,limit_bytes\n"

static struct replay_header header_of(const char *line)
{
	struct replay_header h;

	assert_int_equal(replay_header_parse(text_of(line, strlen(line)), &h, NULL), 0);
	return h;
}

static void test_header(void **state)
{
	static const struct {
		const char *line;
		const char *what; /* NULL: accepted */
	} rows[] = {
		{ "time_seconds,pid,comm,anon_bytes,swap_bytes,limit_bytes", NULL },
		{ "\xef\xbb\xbfpid,host,comm,anon_bytes,swap_bytes,limit_bytes,time_seconds\r",
		  NULL },
		{ "\"time_seconds\", pid ,comm,anon_bytes,swap_bytes,limit_bytes", NULL },
		{ "time_seconds,pid,comm,anon_bytes,swap_bytes", "no column 'limit_bytes'" },
		{ "time_seconds,pid,pid,comm,anon_bytes,swap_bytes,limit_bytes",
		  "'pid' appears twice" },
		{ "1,2,a,3,4,5", "no column 'time_seconds'" },
		{ "TIME_SECONDS,pid,comm,anon_bytes,swap_bytes,limit_bytes",
		  "no column 'time_seconds'" },
		{ "", "no column" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text line = text_of(rows[i].line, strlen(rows[i].line));
		struct replay_header h;
		struct fault f = { 0 };
		int r = replay_header_parse(line, &h, &f);

		assert_int_equal(r, rows[i].what ? -EPROTO : 0);
		if (rows[i].what)
			assert_non_null(strstr(f.what, rows[i].what));
	}
}

static void test_row(void **state)
{
	struct replay_header h =
		header_of("pid,note,time_seconds,comm,limit_bytes,swap_bytes,anon_bytes");
	const char *line = "42,\"x, \"\"y\"\"\",60.5,\"a \"\"b\"\",\nc\",,4096,1024.0";
	char comm[REPLAY_COMM_MAX];
	struct replay_row row;
	const char *why;

	assert_int_equal(replay_row_parse(text_of(line, strlen(line)), &h, comm, &row, &why), 0);
	assert_int_equal(row.pid, 42);
	assert_true(row.time_seconds == 60.5);
	assert_true(text_is(row.comm, "a \"b\",\nc"));
	assert_int_equal(row.anon_bytes, 1024);
	assert_int_equal(row.swap_bytes.value, 4096);
	assert_int_equal(row.limit_bytes.known, ABSENT);
}

static void test_hostile_rows(void **state)
{
	struct replay_header h =
		header_of("time_seconds,pid,comm,anon_bytes,swap_bytes,limit_bytes");
	static const struct {
		const char *line;
		int err;
		const char *why;
	} rows[] = {
		{ "1,2,a,3,4", -EBADMSG, "fewer fields" },
		{ "1,2,a,b,3,4,5", -EBADMSG, "more fields" },
		{ "", -EBADMSG, "fewer fields" },
		{ "x,2,a,3,4,5", -EBADMSG, "time_seconds" },
		{ "nan,2,a,3,4,5", -EBADMSG, "time_seconds" },
		{ "inf,2,a,3,4,5", -EBADMSG, "time_seconds" },
		{ "1e999,2,a,3,4,5", -EBADMSG, "time_seconds" },
		{ "1,-2,a,3,4,5", -EBADMSG, "pid" },
		{ "1,4294967298,a,3,4,5", -EBADMSG, "pid" },
		{ "1,,a,3,4,5", -EBADMSG, "pid" },
		{ "1,2,a,-3,4,5", -EBADMSG, "anon_bytes" },
		{ "1,2,a,,4,5", -EBADMSG, "anon_bytes" },
		{ "1,2,a,99999999999999999999,4,5", -EBADMSG, "anon_bytes" },
		{ "1,2,a,0x10,4,5", -EBADMSG, "anon_bytes" },
		{ "1,2,a,18446744073709551615,4,5", -EBADMSG, "anon_bytes" },
		{ "1,2,a,3,4 KiB,5", -EBADMSG, "swap_bytes" },
		{ "1,2,a,3,4,max", -EBADMSG, "limit_bytes" },
		{ "\"1\",2,a,3,4,5", -EBADMSG, "number is in quotes" },
		{ "1,2,\"a,3,4,5", -EILSEQ, "quote is not closed" },
		{ "1,2,\"a\"b,3,4,5", -EILSEQ, "text after a closing quote" },
		{ "1,2,\"", -EILSEQ, "quote is not closed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		/* Exact size, so that the sanitizer sees a read past the end. */
		size_t len = strlen(rows[i].line);
		char *copy = malloc(len ? len : 1), comm[REPLAY_COMM_MAX];
		struct replay_row row;
		const char *why = "";

		memcpy(copy, rows[i].line, len);
		assert_int_equal(replay_row_parse(text_of(copy, len), &h, comm, &row, &why),
				 rows[i].err);
		assert_non_null(strstr(why, rows[i].why));
		free(copy);
	}
}

static void test_long_names(void **state)
{
	struct replay_header h =
		header_of("time_seconds,pid,comm,anon_bytes,swap_bytes,limit_bytes");
	char line[600], comm[REPLAY_COMM_MAX];
	struct replay_row row;
	const char *why;

	for (int quoted = 0; quoted < 2; quoted++) {
		for (int n = REPLAY_COMM_MAX; n <= REPLAY_COMM_MAX + 1; n++) {
			const char *q = quoted ? "\"" : "";
			int len = snprintf(line, sizeof(line), "1,2,%s%0*d%s,3,4,5", q, n, 0, q);
			int r = replay_row_parse(text_of(line, (size_t)len), &h, comm, &row, &why);

			assert_int_equal(r, n == REPLAY_COMM_MAX ? 0 : quoted ? -EILSEQ : -EBADMSG);
		}
	}
}

static int file_of(const char *bytes, size_t len)
{
	int fd = memfd_create("replay", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, bytes, len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

struct tally {
	uint32_t rows, refused, processes;
	uint64_t line[8];
	const char *why[8];
	uint64_t sum;
};

static struct tally read_all(const char *bytes, size_t len)
{
	_cleanup_close_ int fd = file_of(bytes, len);
	_cleanup_replay_ struct replay *r = NULL;
	struct tally t = { 0 };
	struct replay_row row;
	int step;

	assert_int_equal(replay_open(fd, "t.csv", &r, NULL), 0);
	while ((step = replay_next(r, &row, NULL)) != REPLAY_END) {
		assert_true(step > 0);
		if (step == REPLAY_ROW) {
			t.rows++;
			t.sum += row.anon_bytes;
			continue;
		}
		if (t.refused < ARRAY_SIZE(t.line)) {
			t.line[t.refused] = replay_refusal(r).line;
			t.why[t.refused] = replay_refusal(r).why;
		}
		t.refused++;
	}
	t.processes = replay_process_count(r);
	return t;
}

static void test_lines_are_named(void **state)
{
	static const char csv[] = HEADER "0,1,a,10,0,\n"	/* 2 */
					 "0,1,\"b\nb\",10,0,\n" /* 3, 4 */
					 "0,1,a,x,0,\n"		/* 5: refused */
					 "\r\n"			/* 6: empty */
					 "9,1,a,10,0,\r\n"	/* 7 */
					 "8,1,a,10,0,\n"	/* 8: backwards */
					 "9,2,\"open,10,0,\n"	/* 9: never closed */
					 "9,2,c,10,0,\n"	/* 10: must survive */
					 "9,2,\"d\",10,0,\n"	/* 11: must survive */
					 "9,2,nul\0,10,0,\n"	/* 12: NUL */
					 "9,3,5\" disk,10,0,\n" /* 13: a quote in a plain name */
					 "9,3,last,10,0,";	/* 14: no line break */
	struct tally t = read_all(csv, sizeof(csv) - 1);

	assert_int_equal(t.rows, 7);
	assert_int_equal(t.refused, 4);
	assert_int_equal(t.line[0], 5);
	assert_string_equal(t.why[0], "anon_bytes is not a number of bytes");
	assert_int_equal(t.line[1], 8);
	assert_string_equal(t.why[1], "time goes backwards");
	assert_int_equal(t.line[2], 9);
	assert_int_equal(t.line[3], 12);
	assert_string_equal(t.why[3], "a NUL byte");
	assert_int_equal(t.processes, 6);
}

static void test_too_long(void **state)
{
	size_t size = 2u << 20;
	char *csv = malloc(size);
	int len = snprintf(csv, size, "%s0,1,a,10,0,\n", HEADER);
	struct tally t;

	memset(csv + len, 'x', size - (size_t)len);
	memcpy(csv + size - 14, "\n1,1,a,10,0,\n\n", 14);
	t = read_all(csv, size);
	assert_int_equal(t.rows, 2);
	assert_int_equal(t.refused, 1);
	assert_int_equal(t.line[0], 3);
	assert_string_equal(t.why[0], "longer than 4096 bytes");
	free(csv);
}

/* More than one chunk, and enough processes that the table of names grows several times. */
static void test_many(void **state)
{
	enum { PROCESSES = 5000, TIMES = 6 };
	size_t size = 2u << 20, len = 0;
	char *csv = malloc(size);
	uint64_t sum = 0;
	struct tally t;

	len += (size_t)snprintf(csv, size, "%s", HEADER);
	for (int k = 0; k < TIMES; k++) {
		for (int i = 0; i < PROCESSES; i++) {
			len += (size_t)snprintf(csv + len, size - len,
						"%d,%d,\"w \"\"%d\"\"\",%d,0,\n", k, i % 50, i,
						i * k);
			sum += (uint64_t)(i * k);
		}
	}
	t = read_all(csv, len);
	assert_int_equal(t.rows, PROCESSES * TIMES);
	assert_int_equal(t.refused, 0);
	assert_int_equal(t.processes, PROCESSES);
	assert_true(t.sum == sum);
	free(csv);
}

static void test_names(void **state)
{
	static const char csv[] = HEADER "0,7,,1,0,\n0,7,\"x\"\"\",1,0,\n0,8,,1,0,\n";
	_cleanup_close_ int fd = file_of(csv, sizeof(csv) - 1);
	_cleanup_replay_ struct replay *r = NULL;
	struct replay_row row;

	assert_int_equal(replay_open(fd, "t.csv", &r, NULL), 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(replay_next(r, &row, NULL), REPLAY_ROW);
		assert_int_equal(row.process, i);
	}
	assert_int_equal(replay_next(r, &row, NULL), REPLAY_END);
	assert_int_equal(replay_pid(r, 2), 8);
	assert_int_equal(replay_comm(r, 0).n, 0);
	assert_true(text_is(replay_comm(r, 1), "x\""));
}

static void test_refused_files(void **state)
{
	static const struct {
		const char *bytes, *what;
	} rows[] = {
		{ "", "'t.csv' line 1: the file is empty" },
		{ "\n0,1,a,1,2,3\n", "'t.csv' line 1: the header has no column" },
		{ "pid,comm\n", "'t.csv' line 1: the header has no column 'time_seconds'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_close_ int fd = file_of(rows[i].bytes, strlen(rows[i].bytes));
		struct replay *r = NULL;
		struct fault f = { 0 };

		assert_int_equal(replay_open(fd, "t.csv", &r, &f), -EPROTO);
		assert_non_null(strstr(f.what, rows[i].what));
		assert_null(r);
	}
}

static void test_unreadable(void **state)
{
	struct replay *r = NULL;
	struct fault f = { 0 };

	assert_int_equal(replay_open(-1, "t.csv", &r, &f), -EBADF);
	assert_string_equal(f.what, "cannot read 't.csv': Bad file descriptor");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_hostile_rows),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_lines_are_named),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_refused_files),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
