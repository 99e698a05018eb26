/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inputs of explain: records of /dev/kmsg (a socket that keeps them apart stands in for it). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Before cmocka, which has a macro of the name of a function in it. */
#include "cmd/explain.h"

#include "unit.h"

static int writer;

static struct explain_input kmsg(void)
{
	struct explain_input in = { .name = "/dev/kmsg", .kmsg = true };
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	in.fd = ends[0];
	writer = ends[1];
	return in;
}

static void record(const char *text)
{
	assert_int_equal(write(writer, text, strlen(text)), strlen(text));
}

static void test_records_come_together_and_gaps_are_counted(void **state)
{
	static char buf[65536];
	struct explain_input in = kmsg();
	size_t len;

	record("6,100,5,-;a\n");
	record("6,101,6,-;b\n SUBSYSTEM=x\n");
	assert_int_equal(explain_read(&in, buf, sizeof(buf), 0, NULL, &len), 0);
	assert_int_equal(len, 12 + 25);
	assert_memory_equal(buf, "6,100,5,-;a\n6,101,6,-;b\n SUBSYSTEM=x\n", len);
	assert_int_equal(in.lost, 0);
	assert_int_equal(explain_read(&in, buf, sizeof(buf), 0, NULL, &len), -EAGAIN);
	record("6,109,7,-;c\n");
	assert_int_equal(explain_read(&in, buf, sizeof(buf), 0, NULL, &len), 0);
	assert_int_equal(in.lost, 7);
	record("garbage");
	assert_int_equal(explain_read(&in, buf, sizeof(buf), 0, NULL, &len), 0);
	assert_int_equal(in.lost, 7);
	(void)close(writer);
	(void)explain_close(&in);
}

/* One that does not fit is left for the next read, and not cut. */
static void test_a_full_buffer_cuts_no_record(void **state)
{
	static char buf[8192 + 100], long_one[4000];
	struct explain_input in = kmsg();
	size_t len;

	memset(long_one, 'x', sizeof(long_one) - 1);
	memcpy(long_one, "6,1,5,-;", 8);
	record(long_one);
	record("6,2,6,-;b\n");
	assert_int_equal(explain_read(&in, buf, sizeof(buf), 0, NULL, &len), 0);
	assert_int_equal(len, sizeof(long_one) - 1);
	assert_int_equal(explain_read(&in, buf, sizeof(buf), 0, NULL, &len), 0);
	assert_int_equal(len, 10);
	assert_int_equal(in.lost, 0);
	(void)close(writer);
	(void)explain_close(&in);
}

static void test_waiting_ends_after_its_time(void **state)
{
	static char buf[65536];
	struct explain_input in = kmsg();
	size_t len;

	assert_int_equal(explain_read(&in, buf, sizeof(buf), 10, NULL, &len), -EAGAIN);
	(void)close(writer);
	(void)explain_close(&in);
}

static void test_what_is_packed_is_named_with_its_remedy(void **state)
{
	static const struct {
		const char *bytes, *remedy;
	} rows[] = { { "\x1f\x8b\x08", "zcat FILE" },
		     { "\xfd"
		       "7zXZ",
		       "xzcat FILE" },
		     { "\x28\xb5\x2f\xfd", "zstdcat FILE" },
		     { "BZh9", "bzcat FILE" },
		     { "LPKSHHRH", "journalctl -k --file FILE" } };
	struct fault f = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct text t = text_of(rows[i].bytes, strlen(rows[i].bytes));

		assert_int_equal(explain_packed("\033old", t, &f), -EPROTO);
		assert_non_null(strstr(f.what, rows[i].remedy));
		assert_non_null(strstr(f.what, "'\\x1bold'"));
		/* Too short to tell is not packed. */
		assert_int_equal(explain_packed("old", text_of(rows[i].bytes, 1), &f), 0);
	}
	assert_int_equal(explain_packed("old", TEXT("[    1.0] Linux"), &f), 0);
	assert_int_equal(explain_packed("old", TEXT(""), &f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_come_together_and_gaps_are_counted),
		cmocka_unit_test(test_a_full_buffer_cuts_no_record),
		cmocka_unit_test(test_waiting_ends_after_its_time),
		cmocka_unit_test(test_what_is_packed_is_named_with_its_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
