/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/log_frame.h"

/* A stand-in for the grammar: four kinds of lines, told by their first and last words. */
struct shape {
	const char *begins, *ends;
};

static const struct shape shapes[] = {
	{ "zed invoked oom-killer: gfp_mask=", "oom_score_adj=0" },
	{ "Node 0 ", "kB" },
	{ "row ", "name" },
	{ "Task in /", "" },
	{ " a:1", "b:2" },
	{ "a:1", "b:2" },
};

static bool starts(struct text t, const char *s)
{
	return t.n >= strlen(s) && memcmp(t.p, s, strlen(s)) == 0;
}

static bool ends(struct text t, const char *s)
{
	return t.n >= strlen(s) && memcmp(t.p + t.n - strlen(s), s, strlen(s)) == 0;
}

static bool whole(struct text t)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		if (starts(t, shapes[i].begins) && ends(t, shapes[i].ends) &&
		    !memmem(t.p, t.n, "GFP_KE RNEL", 11) && !memmem(t.p, t.n, "12 34kB", 7))
			return true;
	return false;
}

static bool open_(struct text t)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		if (starts(t, shapes[i].begins))
			return true;
	return starts(t, "zed invoked");
}

struct result {
	char text[1 << 16];
	size_t len;
	unsigned int lines;
	int fail_at; /* the line at which the sink fails; 0: never */
};

/* "number:flags:origin@boot:text|" */
static int keep(void *arg, const struct log_line *l)
{
	struct result *r = arg;
	int n;

	r->lines++;
	if (r->fail_at && (int)r->lines == r->fail_at)
		return -ENOSPC;
	assert_true(r->len + l->text.n + 256 < sizeof(r->text));
	n = snprintf(r->text + r->len, sizeof(r->text) - r->len, "%llu%s%s:%.*s@%llu:%.*s|",
		     (unsigned long long)l->number, l->continued ? "c" : "", l->repaired ? "j" : "",
		     (int)l->origin.n, l->origin.n ? l->origin.p : "",
		     (unsigned long long)(opt_is_known(l->stamp.boot_usec)
						  ? l->stamp.boot_usec.value
						  : 0),
		     (int)l->text.n, l->text.p);
	r->len += (size_t)n;
	return 0;
}

static void frame_in_steps(const char *in, size_t len, size_t step, struct result *ret)
{
	const struct log_frame_sink sink = { ret, keep, whole, open_ };
	_cleanup_log_frame_ struct log_frame *f = log_frame_new(&sink);

	assert_non_null(f);
	ret->len = 0;
	ret->lines = 0;
	for (size_t i = 0; i < len; i += step)
		assert_int_equal(log_frame_feed(f, in + i, MIN(step, len - i), LOG_FRAME_FOLLOWS,
						0),
				 0);
	assert_int_equal(log_frame_end(f), 0);
	ret->text[ret->len] = '\0';
}

struct row {
	const char *in, *out;
};

static const struct row rows[] = {
	/* lines and their records */
	{ "", "" },
	{ "x", "1:@0:x|" },
	{ "x\n\ny\r\n", "1:@0:x|3:@0:y|" },
	{ "[    1.000001] x\n[    2.000000] y\n", "1:@1000001:x|2:@2000000:y|" },
	{ "[    1.000001] a:1 b:2\n a:1 b:2\n", "1:@1000001:a:1 b:2|" },
	{ "[    1.000001] x\n y\n", "1:@1000001:x|2c:@1000001:y|" },
	{ "Jun 20 12:47:02 db1 kernel: x\n                          y\n", "1:db1@0:x|2c:db1@0:y|" },
	{ "[    1.000001] x\n\nprose\n", "1:@1000001:x|3:@0:prose|" },
	{ "4,1,1000001,-;x\\x0a y\n SUBSYSTEM=pci\n DEVICE=+pci\n4,2,2000000,-;z\n",
	  "1:@1000001:x|1c:@1000001: y|4:@2000000:z|" },
	{ "Jun 20 12:47:02 db1 kernel: x#012 y#012z\n", "1:db1@0:x|1c:db1@0:y|1c:db1@0:z|" },
	{ "x[    1.000001] y[    2.000000] z\n", "1:@0:x|1:@1000001:y|1:@2000000:z|" },
	/* a mailer's wraps: with a blank at the end, without, with quote marks, several times */
	{ "[    1.000001] zed invoked oom-killer: \ngfp_mask=0x0, order=0, oom_score_adj=0\n",
	  "1j:@1000001:zed invoked oom-killer: gfp_mask=0x0, order=0, oom_score_adj=0|" },
	{ "[    1.000001] zed invoked\noom-killer: gfp_mask=0x0,\norder=0,\noom_score_adj=0\nx\n",
	  "1j:@1000001:zed invoked oom-killer: gfp_mask=0x0, order=0, oom_score_adj=0|"
	  "5c:@1000001:x|" },
	{ "> > [    1.000001] zed invoked oom-killer:\n> > gfp_mask=0x0, oom_score_adj=0\n",
	  "1j:@1000001:zed invoked oom-killer: gfp_mask=0x0, oom_score_adj=0|" },
	{ "zed invoked oom-killer: gfp_mask=0x0,\norder=0, oom_score_adj=0\nrow 1 name\nrow 2 "
	  "name\n",
	  "1j:@0:zed invoked oom-killer: gfp_mask=0x0, order=0, oom_score_adj=0|3:@0:row 1 name|"
	  "4:@0:row 2 name|" },
	/* a terminal's, within a word and between two */
	{ "[    1.000001] zed invoked oom-killer: gfp_mask=0x1(GFP_KE\nRNEL), oom_score_adj=0\n",
	  "1j:@1000001:zed invoked oom-killer: gfp_mask=0x1(GFP_KERNEL), oom_score_adj=0|" },
	{ "Node 0 free:12\n34kB min:1kB low:2\nkB high:7\nkB\n",
	  "1j:@0:Node 0 free:1234kB min:1kB low:2kB high:7kB|" },
	/* both: the terminal's width is that of the pieces together, and known from the first line
	 */
	{ "[    1.000001] Node 0 free:123 \nmin:12\n34kB\n[    1.000002] row aaaaaaaaaaaa \nbbb "
	  "n\name\n",
	  "1j:@1000001:Node 0 free:123 min:1234kB|4j:@1000002:row aaaaaaaaaaaa bbb name|" },
	/* in a path, where both parts are whole */
	{ "[    1.000001] Task in "
	  "/kubepods/podaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aa killed as a result of limit of /kubepo\nds/podaaaaaaaaaaaaaaaaa\n",
	  "1j:@1000001:Task in "
	  "/kubepods/podaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  " killed as a result of limit of /kubepods/podaaaaaaaaaaaaaaaaa|" },
	/* nothing that is whole is joined, nor what would not be */
	{ "row 1 name\nrow 2 name\n", "1:@0:row 1 name|2:@0:row 2 name|" },
	{ "[    1.000001] row 1 name\n```\n", "1:@1000001:row 1 name|2c:@1000001:```|" },
	{ "[    1.000001] zed invoked oom-killer: gfp_mask=0x0\nand then it died\n\n",
	  "1:@1000001:zed invoked oom-killer: gfp_mask=0x0|2c:@1000001:and then it died|" },
	{ "[    1.000001] zed invoked oom-killer: gfp_mask=0x0\n[    1.000002] oom_score_adj=0\n",
	  "1:@1000001:zed invoked oom-killer: gfp_mask=0x0|2:@1000002:oom_score_adj=0|" },
	{ "zed invoked oom-killer: gfp_mask=0x0\n\noom_score_adj=0\n",
	  "1:@0:zed invoked oom-killer: gfp_mask=0x0|3:@0:oom_score_adj=0|" },
	/* printed twice */
	{ "[    1.000001] x\n[    1.000001] x\n[    1.000002] x\n", "1:@1000001:x|3:@1000002:x|" },
	{ "row 1 name\nrow 1 name\nx\nx\n", "1:@0:row 1 name|3:@0:x|4:@0:x|" },
	/* envelopes */
	{ "{\"log\":\"[    1.000001] "
	  "x\\n\",\"stream\":\"stdout\",\"time\":\"2025-11-26T12:00:01Z\"}\n",
	  "1:@1000001:x|" },
	{ "{\"MESSAGE\":\"a:1 b:2\\n y\",\"_HOSTNAME\":\"db1\",\"_SOURCE_MONOTONIC_TIMESTAMP\":"
	  "\"1000001\",\"_TRANSPORT\":\"kernel\"}\n",
	  "1:db1@1000001:a:1 b:2|1c:db1@1000001:y|" },
	{ "{\"MESSAGE\":[120,32,121],\"_HOSTNAME\":\"db1\"}\n", "1:db1@0:x y|" },
	{ "{\n\t\"MESSAGE\" : \"x \\\"y\\\"\",\n}\n", "1:@0:{|2:@0:x \"y\"|3:@0:}|" },
	{ "{\"no\":1}\n{broken\n", "2:@0:{broken|" },
	{ "  \"MESSAGE\": \"x\",\n  \"PRIORITY\": \"4\",\n", "1:@0:x|" },
	{ "data: {\"MESSAGE\":\"x\"}\n[{\"log\":\"y\"},\n{\"log\":\"z\"}]\n",
	  "1:@0:x|2:@0:y|3:@0:z|" },
	{ "{\"log\":\"x\"} {\"log\":\"y\"}\n", "1:@0:x|1:@0:y|" },
	{ "{\"a\":99999999999999999999,\"MESSAGE\":\"x\",\"_HOSTNAME\":\"db1\"}\n"
	  "{\"a\":1e999,\"b\":\"\\ud800\",\"MESSAGE\":\"\\u00e9\\ty\"}\n"
	  "{\"MESSAGE\":\"z\",\"MESSAGE\":\"w\"}\n{\"MESSAGE\":\"v\n",
	  "1:db1@0:x|2:@0:\xc3\xa9\ty|3:@0:z|4:@0:v|" },
	{ "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1764158401000000\n_HOSTNAME=db1\nPRIORITY=4\n"
	  "_SOURCE_MONOTONIC_TIMESTAMP=1000001\nMESSAGE=x\n\n__CURSOR=s=2\nMESSAGE=y\n\n",
	  "7:db1@1000001:x|10:@0:y|" },
	{ "Wed 2025-11-26 12:00:01.123456 CET [s=1;i=2;b=3]\n    _HOSTNAME=db1\n    "
	  "MESSAGE=x\n\nz\n",
	  "4:db1@0:x|5:@0:z|" },
	/* entries without an empty line between, and a log in another form behind one */
	{ "Wed 2025-11-26 12:00:01.123456 CET [s=1;i=2;b=3]\n    _HOSTNAME=db1\n    "
	  "MESSAGE=x\nWed 2025-11-26 12:00:02.123456 CET [s=1;i=3;b=3]\n    MESSAGE=y\n\n",
	  "4:db1@0:x|6:@0:y|" },
	{ "__CURSOR=s=1\nMESSAGE=x\n__CURSOR=s=2\nMESSAGE=y\n[    1.000001] z\n",
	  "3:@0:x|5:@0:y|5:@1000001:z|" },
	{ "__CURSOR=s=1\n_HOSTNAME=db1\n<4>[    1.000001] z\n<5>[    1.000002] v\n",
	  "3:@1000001:z|4:@1000002:v|" },
	/* hostile */
	{ "\033[31m[    1.000001]\033[0m x\xff\n", "1:@1000001:x\xff|" },
	{ "\r\r\n\n\n", "" },
};

static void lines_are_framed(void **state)
{
	struct result *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		frame_in_steps(rows[i].in, strlen(rows[i].in), SIZE_MAX >> 1, r);
		if (strcmp(r->text, rows[i].out) != 0)
			fail_msg("%s\ngives    %s\nexpected %s", rows[i].in, r->text, rows[i].out);
	}
	free(r);
}

static void any_split_gives_the_same(void **state)
{
	struct result *whole_input = calloc(1, sizeof(*whole_input)),
		      *split = calloc(1, sizeof(*split));
	char all[1 << 14];
	size_t len = 0;

	assert_non_null(whole_input);
	assert_non_null(split);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		memcpy(all + len, rows[i].in, strlen(rows[i].in));
		len += strlen(rows[i].in);
		all[len++] = '\n';
	}
	frame_in_steps(all, len, len, whole_input);
	for (size_t step = 1; step < 80; step++) {
		frame_in_steps(all, len, step, split);
		assert_string_equal(split->text, whole_input->text);
	}
	free(whole_input);
	free(split);
}

static void binary_form_of_the_journal(void **state)
{
	static const char in[] =
		"__CURSOR=s=1\n_HOSTNAME=db1\nMESSAGE\n\x07\0\0\0\0\0\0\0a:1\n b:2\n"
		"_PID=1\n\nx\n";
	struct result *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	frame_in_steps(in, sizeof(in) - 1, sizeof(in), r);
	assert_string_equal(r->text, "7:db1@0:a:1|7c:db1@0:b:2|8:@0:x|");
	free(r);
}

/* What is too long is cut and counted; the next line is read again. */
static void long_lines_are_cut(void **state)
{
	struct result *r = calloc(1, sizeof(*r));
	const struct log_frame_sink sink = { r, keep, whole, open_ };
	_cleanup_log_frame_ struct log_frame *f = log_frame_new(&sink);
	char line[5000];

	assert_non_null(r);
	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 7; i++)
		assert_int_equal(log_frame_feed(f, line, sizeof(line), LOG_FRAME_FOLLOWS, 0), 0);
	assert_int_equal(log_frame_feed(f, "\nnext\n", 6, LOG_FRAME_FOLLOWS, 0), 0);
	assert_int_equal(log_frame_end(f), 0);
	assert_int_equal(r->lines, 2);
	assert_int_equal(log_frame_cut(f), 1);
	assert_true(r->len < LOG_LINE_MAX + 64);
	assert_non_null(memmem(r->text, r->len, "|2:@0:next|", 11));
	free(r);
}

/* Nothing is joined over a gap, and the numbers are those that the caller gives. */
static void gaps(void **state)
{
	struct result *r = calloc(1, sizeof(*r));
	const struct log_frame_sink sink = { r, keep, whole, open_ };
	_cleanup_log_frame_ struct log_frame *f = log_frame_new(&sink);

	assert_int_equal(log_frame_feed(f, "zed invoked oom-killer: gfp_mask=0\n", 35, 700, 9), 0);
	assert_int_equal(log_frame_feed(f, "oom_score_adj=0\nx", 17, 9000, 100), 0);
	assert_int_equal(log_frame_end(f), 0);
	assert_string_equal(
		r->text,
		"9:@0:zed invoked oom-killer: gfp_mask=0|100:@0:oom_score_adj=0|101:@0:x|");
	free(r);
}

static void a_failing_sink_ends_the_feed(void **state)
{
	struct result *r = calloc(1, sizeof(*r));
	const struct log_frame_sink sink = { r, keep, whole, open_ };
	_cleanup_log_frame_ struct log_frame *f = log_frame_new(&sink);

	r->fail_at = 1;
	assert_int_equal(log_frame_feed(f, "x\ny\nz\n", 6, LOG_FRAME_FOLLOWS, 0), -ENOSPC);
	free(r);
}

/* A line may wait for what follows; a flush does not end the input. */
static void flush_passes_on_what_waits(void **state)
{
	struct result *r = calloc(1, sizeof(*r));
	const struct log_frame_sink sink = { r, keep, whole, open_ };
	_cleanup_log_frame_ struct log_frame *f = log_frame_new(&sink);

	assert_int_equal(log_frame_feed(f, "[    1.000001] row 1 name\n", 26, LOG_FRAME_FOLLOWS, 0),
			 0);
	assert_int_equal(r->lines, 0);
	assert_int_equal(log_frame_flush(f), 0);
	assert_string_equal(r->text, "1:@1000001:row 1 name|");
	assert_int_equal(log_frame_feed(f, "[    1.000002] x\n", 17, LOG_FRAME_FOLLOWS, 0), 0);
	assert_int_equal(log_frame_end(f), 0);
	assert_string_equal(r->text, "1:@1000001:row 1 name|2:@1000002:x|");
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_framed),
		cmocka_unit_test(any_split_gives_the_same),
		cmocka_unit_test(binary_form_of_the_journal),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(gaps),
		cmocka_unit_test(a_failing_sink_ends_the_feed),
		cmocka_unit_test(flush_passes_on_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
