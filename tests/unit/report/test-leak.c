/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "report/check_report.h"
#include "report/json.h"
#include "report/leak_json.h"
#include "report/leak_text.h"
#include "report/leak_words.h"

static const struct style plain = { .utf8 = true };

static char *text_of_report(const struct leak_report *r, struct leak_text_options o)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!o.style)
		o.style = &plain;
	assert_int_equal(leak_text(f, r, &o), 0);
	assert_int_equal(fclose(f), 0);
	assert_non_null(text);
	return text;
}

/* Inlined, UBSan's null checks of strstr() make gcc warn of a null %s. */
__attribute__((noinline)) static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

__attribute__((noinline)) static void assert_has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' is in:\n%s", part, text);
}

static json_t *json_of(const struct leak_report *r)
{
	json_t *o = json_object();

	assert_true(leak_json(o, r));
	return o;
}

static struct leak_report study(void)
{
	struct leak_report r = {
		.pid = 42,
		.comm = "a.out",
		.allocator = { .kind = ALLOCATOR_GLIBC, .live_blocks = true, .layout = "2.36" },
		.summary_known = true,
		.lifetime_seconds = 0.4,
		.cost = { .method = SNAPSHOT_EXIT,
			  .method_reason = "it is at its end",
			  .pause_seconds = 0.35,
			  .copy_seconds = 0.2,
			  .analysis_seconds = 0.0021,
			  .copied_bytes = GIB },
		.harm = { .harm = HARM_HARMLESS,
			  .reasons = 1,
			  .reason = { { HARM_ENDED_BY_ITSELF, { 0.4, (double)GIB } } } },
	};

	r.total[LOSS_POSSIBLE] = (struct loss){ GIB, 1 };
	r.free = (struct loss){ 132000, 1 };
	return r;
}

static void test_study(void **state)
{
	struct loss_group g = {
		.class = LOSS_POSSIBLE,
		.size = GIB,
		.loss = { GIB, 1 },
		.shape = "nnnnnnnn",
		.address = { 0x7f0000000010 },
		.addresses = 1,
	};
	struct leak_report r = study();
	char *text;

	r.group = &g;
	r.groups = 1;
	text = text_of_report(&r, (struct leak_text_options){ .at_exit = true, .show_harm = true });
	assert_string_equal(
		text,
		"harmless  a.out, pid 42\n"
		"  it ended by itself after 0.40 s and the kernel took its whole address space "
		"back\n"
		"\n"
		"HEAP SUMMARY:\n"
		"    in use at exit: 1,073,741,824 bytes in 1 blocks\n"
		"              free: 132,000 bytes in 1 chunks\n"
		"    usable sizes: mostly up to 24 bytes a block above what valgrind prints, or "
		"the "
		"rest of a page\n"
		"    where a block has a mapping of its own\n"
		"\n"
		"LEAK SUMMARY:\n"
		"   definitely lost: 0 bytes in 0 blocks\n"
		"   indirectly lost: 0 bytes in 0 blocks\n"
		"     possibly lost: 1,073,741,824 bytes in 1 blocks\n"
		"   still reachable: 0 bytes in 0 blocks\n"
		"        suppressed: 0 bytes in 0 blocks\n"
		"\n"
		"1,073,741,824 bytes in 1 blocks are possibly lost in loss record 1 of 1\n"
		"   each of 1,073,741,824 bytes: 8 x number, ...\n"
		"   at 0x7f0000000010\n"
		"\n"
		"held at its end for 350.0 ms; copied 1.0 GiB in 200.0 ms, analysed in 2.10 ms\n");
	free(text);
}

static void test_nothing_left(void **state)
{
	struct leak_report r = study();
	char *text;

	memset(r.total, 0, sizeof(r.total));
	text = text_of_report(&r, (struct leak_text_options){ .at_exit = true });
	assert_has(text, "in use at exit: 0 bytes in 0 blocks\n");
	assert_has(text, "All heap blocks were freed -- no leaks are possible\n");
	assert_has_not(text, "LEAK SUMMARY");
	assert_has_not(text, "harmless");
	free(text);
}

static void test_records(void **state)
{
	struct loss_group groups[] = {
		{ .class = LOSS_DEFINITE,
		  .size = 16,
		  .loss = { 16, 1 },
		  .indirect = { 40, 1 },
		  .type = "Evil\x1b[2J<int>",
		  .address = { 0x10 },
		  .addresses = 1,
		  .holder = HOLDER_FREED,
		  .holder_blocks = 1,
		  .holder_size = 64 },
		{ .class = LOSS_DEFINITE,
		  .size = 24,
		  .loss = { 24000, 1000 },
		  .shape = "p00t",
		  .sample = "x\ny\x1b",
		  .sample_bytes = 5,
		  .sample_is_text = true,
		  .address = { 0x20, 0x40, 0x60, 0x80 },
		  .addresses = 4 },
		{ .class = LOSS_INDIRECT, .size = 40, .loss = { 40, 1 } },
		{ .class = LOSS_SUPPRESSED, .size = 7, .loss = { 7, 1 }, .suppressed = true },
		{ .class = LOSS_POSSIBLE,
		  .size = 8,
		  .loss = { 8, 1 },
		  .sample = { 1, 2, 255 },
		  .sample_bytes = 3 },
	};
	struct leak_report r = study();
	char *text;

	r.group = groups;
	r.groups = ARRAY_SIZE(groups);
	text = text_of_report(&r, (struct leak_text_options){ 0 });
	assert_has(text, "in use now: ");
	assert_has(text,
		   "\n56 (16 direct, 40 indirect) bytes in 1 blocks are definitely lost in loss "
		   "record 1 of 3\n");
	assert_has(text, "C++ object of Evil\\x1b[2J<int>\n");
	assert_has(text, "a pointer to it is in freed memory of 64 bytes\n");
	assert_has(text,
		   "\n24,000 bytes in 1,000 blocks are definitely lost in loss record 2 of 3\n");
	assert_has(text, "each of 24 bytes: heap pointer, 2 x zero, text\n");
	assert_has(text, "begins \"x\\ny\\x1b\"\n");
	assert_has(text, "at 0x20, 0x40, 0x60, 0x80 and 996 more\n");
	assert_has(text, "8 bytes in 1 blocks are possibly lost in loss record 3 of 3\n");
	assert_has(text, "begins 0102ff\n");
	assert_has_not(text, "are indirectly lost");
	assert_has_not(text, "\x1b");
	free(text);

	r.groups_left_out = 12345;
	text = text_of_report(&r, (struct leak_text_options){ .show_quality = true });
	assert_has(text, "40 bytes in 1 blocks are indirectly lost in loss record 3 of 12,349\n");
	assert_has(text, "12,345 smaller records are left out");
	assert_has(text, "cross-checks passed");
	free(text);
}

static void test_doubts(void **state)
{
	struct leak_report r = study();
	char *text;

	r.quality.doubts = (1U << DOUBTS) - 1;
	r.quality.unwalked_bytes = 3 * MIB;
	r.quality.unreadable_pages = 7;
	r.quality.unconfirmed = (struct loss){ 160, 10 };
	text = text_of_report(&r, (struct leak_text_options){ 0 });
	assert_has(text, "How far to trust this:\n");
	assert_has(text, "3.0 MiB of the heap could not be walked");
	assert_has(text, "7 pages could not be read");
	assert_has(text, "160 bytes in 10 blocks were lost in the last look");
	/* At its end nothing is in flight. */
	assert_has_not(text, "one look");
	free(text);
	r.cost.method = SNAPSHOT_CORE;
	text = text_of_report(&r, (struct leak_text_options){ 0 });
	assert_has(text, "from one look");
	assert_has_not(text, "paused");
	free(text);
}

static void test_unknown_allocator(void **state)
{
	struct leak_report r = {
		.pid = 7,
		.comm = "redis\x1b",
		.allocator = { .kind = ALLOCATOR_JEMALLOC, .where = "/x/lib\x1bjemalloc.so" },
		.regions_known = true,
		.region_pointed = { 1000, 2 },
		.region_unpointed = { 4096, 1 },
		.cost = { .method = SNAPSHOT_FORK, .pause_seconds = 0.0021 },
	};
	char *text = text_of_report(&r, (struct leak_text_options){ .show_harm = true });

	assert_has(text, "not known  redis\\x1b, pid 7\n");
	assert_has(text, "its allocator is jemalloc, in /x/lib\\x1bjemalloc.so.");
	assert_has(text, "MALLOC_CONF=prof:true");
	assert_has(text, "nothing points into: 4,096 bytes in 1 mappings\n");
	assert_has(text, "copy-on-write fork, paused for 2.10 ms");
	assert_has_not(text, "SUMMARY");
	free(text);
}

static void test_roots_and_diff(void **state)
{
	struct root_holding holding = { .kind = ROOT_DATA,
					.address = 0x4040,
					.mapping = 3,
					.where = "prog: cache+0x10",
					.loss = { 4096, 2 } };
	struct group_diff diffs[] = {
		{ .group = { .class = LOSS_DEFINITE, .size = 24, .loss = { 48, 2 }, .shape = "n" },
		  .before = { 24, 1 },
		  .change = CHANGE_GREW },
		{ .group = { .class = LOSS_POSSIBLE, .size = 8, .loss = { 8, 1 } },
		  .change = CHANGE_NEW },
		{ .group = { .class = LOSS_POSSIBLE, .size = 9, .loss = { 9, 1 } },
		  .before = { 9, 1 },
		  .change = CHANGE_GONE },
		{ .group = { .class = LOSS_POSSIBLE, .size = 9, .loss = { 9, 1 } },
		  .before = { 9, 1 },
		  .change = CHANGE_SAME },
	};
	struct leak_report r = study();
	char *text;

	r.holding = &holding;
	r.holdings = 1;
	r.diff = diffs;
	r.diffs = ARRAY_SIZE(diffs);
	text = text_of_report(&r, (struct leak_text_options){ 0 });
	assert_has(text, "4,096 bytes in 2 blocks from data, at 0x4040, prog: cache+0x10\n");
	assert_has(text,
		   "   grew   definite  24 bytes in 1 blocks -> 48 bytes in 2 blocks, each of 24 "
		   "bytes: number\n");
	assert_has(text, "   new    possible  8 bytes in 1 blocks, each of 8 bytes\n");
	assert_has(text, "   gone   possible  9 bytes in 1 blocks -> none, each of 9 bytes\n");
	assert_has(text, "   1 records are as they were\n");
	free(text);
}

static void test_colour_only_by_style(void **state)
{
	const struct style colour = { .colour = true, .utf8 = true };
	struct leak_report r = study();
	char *text;

	r.harm = (struct harm_verdict){
		.harm = HARM_DANGEROUS,
		.reasons = 1,
		.reason = { { HARM_ENDED_FROM_OUTSIDE, { 5, SIGTERM, (double)GIB } } },
	};
	text = text_of_report(&r,
			      (struct leak_text_options){ .style = &colour, .show_harm = true });
	assert_has(text, "\033[1;31mdangerous\033[0m  a.out");
	assert_has(text, "told to by SIGTERM after 5.0 s");
	free(text);
	text = text_of_report(&r, (struct leak_text_options){ .show_harm = true });
	assert_has_not(text, "\033");
	free(text);
}

/* A core does not tell whether its process goes on: no "none" where blocks are lost. */
static void test_core_has_no_harm(void **state)
{
	struct leak_report r = study();
	const struct leak_text_options o = { .show_harm = true };
	char *text;
	json_t *json;

	r.cost = (struct scan_cost){ .method = SNAPSHOT_CORE, .pause_seconds = NAN };
	r.harm = (struct harm_verdict){ 0 };
	text = text_of_report(&r, o);
	assert_has(text, "possibly lost  a.out, pid 42\n  a core does not tell");
	assert_has_not(text, "no leak");
	free(text);
	json = json_of(&r);
	assert_true(json_is_null(json_object_get(json, "harm")));
	json_decref(json);

	r.total[LOSS_POSSIBLE] = (struct loss){ 0 };
	text = text_of_report(&r, o);
	assert_has(text, "no leak  a.out");
	free(text);
	json = json_of(&r);
	assert_string_equal(json_string_value(json_object_get(json, "harm")), "none");
	json_decref(json);
}

/* After the verdict, before the summary, and only of what goes on. */
static void test_next_steps(void **state)
{
	struct leak_report r = study();
	const struct leak_text_options o = { .show_harm = true, .show_next = true };
	char *text = text_of_report(&r, o);

	assert_has(text, "  next  bulkhead scan --json 42 >then.json");
	assert_has(text, "bulkhead scan --diff then.json 42");
	assert_true(strstr(text, "--diff") < strstr(text, "HEAP SUMMARY"));
	free(text);
	r.harm = (struct harm_verdict){ .reasons = 1, .reason = { { HARM_NOTHING_LOST, { 0 } } } };
	text = text_of_report(&r, o);
	assert_has(text, "  next  bulkhead scan --roots 10 42");
	assert_has_not(text, "--diff");
	free(text);
	r.harm = (struct harm_verdict){ .harm = HARM_UNKNOWN,
					.reasons = 1,
					.reason = { { HARM_ONLY_POSSIBLE, { GIB } } } };
	text = text_of_report(&r, o);
	assert_has(text, "possibly lost  a.out, pid 42\n  to 1.0 GiB lead only pointers to the "
			 "inside of blocks");
	assert_has(text, "  next  bulkhead watch 42   whether it grows\n");
	assert_has(text, "bulkhead scan --diff then.json 42");
	free(text);
}

static void test_eighty_columns(void **state)
{
	const struct style narrow = { .utf8 = true, .width = 80 };
	struct loss_group g = {
		.class = LOSS_DEFINITE,
		.size = GIB,
		.loss = { 123 * GIB, 123 },
		.indirect = { 456 * GIB, 45678 },
		.shape = "p0ndtxfp",
		.address = { 0x7f0000000010, 0x7f1000000010, 0x7f2000000010, 0x7f3000000010 },
		.addresses = 4,
	};
	struct group_diff d = { .group = g, .before = { GIB, 1 }, .change = CHANGE_GREW };
	struct root_holding h = { .kind = ROOT_DATA,
				  .address = 0x7f0000004040,
				  .where = "libanything-long.so.1.2.3: a_long_name_of_a_cache+0x10",
				  .loss = { 456 * GIB, 45678 } };
	struct leak_report r = study();
	char *text, *rest, *line;

	r.group = &g;
	r.groups = 1;
	r.diff = &d;
	r.diffs = 1;
	r.holding = &h;
	r.holdings = 1;
	text = text_of_report(&r, (struct leak_text_options){ .style = &narrow,
							      .show_harm = true,
							      .show_next = true,
							      .show_quality = true });
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (strlen(line) > 80)
			fail_msg("%zu columns: %s", strlen(line), line);
	free(text);
}

static void test_full_device(void **state)
{
	struct leak_report r = study();
	const struct leak_text_options o = { .style = &plain };
	FILE *f = fopen("/dev/full", "w");

	assert_non_null(f);
	assert_int_equal(leak_text(f, &r, &o), -EIO);
	(void)fclose(f);
}

static void test_json(void **state)
{
	struct loss_group g = {
		.class = LOSS_DEFINITE,
		.size = 24,
		.loss = { 240, 10 },
		.indirect = { 8, 1 },
		.shape = "p0",
		.type = "A\x1b",
		.address = { 0x7fffffffffff0 },
		.addresses = 1,
		.holder = HOLDER_DEAD_STACK,
		.holder_blocks = 9,
	};
	struct leak_report r = study();
	json_t *o, *first;

	r.group = &g;
	r.groups = 1;
	o = json_of(&r);
	assert_int_equal(json_integer_value(json_object_get(
				 json_object_get(json_object_get(o, "summary"), "possibly_lost"),
				 "bytes")),
			 GIB);
	assert_string_equal(json_string_value(json_object_get(o, "harm")), "harmless");
	assert_string_equal(json_string_value(json_object_get(o, "allocator")), "glibc");
	assert_true(json_is_real(json_object_get(o, "pause_seconds")));
	assert_true(json_is_object(json_object_get(o, "quality")));
	assert_true(json_is_null(json_object_get(o, "regions")));
	assert_int_equal(json_array_size(json_object_get(o, "harm_reasons")), 1);
	first = json_array_get(json_object_get(o, "groups"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "type")), "A\\x1b");
	assert_true(json_is_null(json_object_get(first, "contents")));
	assert_string_equal(json_string_value(
				    json_array_get(json_object_get(first, "addresses"), 0)),
			    "0x7fffffffffff0");
	assert_string_equal(json_string_value(
				    json_object_get(json_object_get(first, "last_holder"), "kind")),
			    "dead_stack");
	json_decref(o);
}

static void test_json_unknown_is_null(void **state)
{
	struct leak_report r = { .lifetime_seconds = NAN,
				 .cost = { .method = SNAPSHOT_CORE, .pause_seconds = NAN } };
	json_t *o = json_of(&r), *summary = json_object_get(o, "summary");

	for (int c = 0; c < LOSS_CLASSES; c++)
		assert_true(json_is_null(
			json_object_get(summary, loss_class_name((enum loss_class)c))));
	assert_true(json_is_null(json_object_get(o, "harm")));
	assert_true(json_is_null(json_object_get(o, "pid")));
	assert_true(json_is_null(json_object_get(o, "pause_seconds")));
	assert_true(json_is_null(json_object_get(o, "lifetime_seconds")));
	assert_string_equal(json_string_value(json_object_get(o, "allocator")), "unknown");
	json_decref(o);
}

/* Every reason has a sentence, and every doubt, whatever its numbers. */
static void test_every_word(void **state)
{
	const struct leak_report r = { 0 };

	for (int i = 0; i < HARM_REASON_IDS; i++) {
		const struct harm_reason one = { (enum harm_reason_id)i, { NAN, NAN, NAN, NAN } };
		char room[256];
		struct strbuf s = STRBUF(room);

		harm_reason_describe(&s, &one);
		assert_true(s.len > 0 && !s.full && !strchr(room, '{'));
	}
	for (unsigned int i = 0; i < DOUBTS; i++) {
		char room[256];
		struct strbuf s = STRBUF(room);

		scan_doubt_describe(&s, (enum scan_doubt)(1U << i), &r);
		assert_true(s.len > 0 && !s.full && !strchr(room, '{'));
		assert_true(strlen(scan_doubt_name((enum scan_doubt)(1U << i))) > 0);
	}
	for (int i = 0; i < ALLOCATOR_KINDS; i++)
		assert_non_null(allocator_advice((enum allocator_kind)i));
}

static void test_numbers(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 123456, "123,456" },
		{ 1073741824, "1,073,741,824" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char room[64];
		struct strbuf s = STRBUF(room);

		leak_number(&s, rows[i].n);
		assert_string_equal(room, rows[i].text);
	}
}

static char *text_of_check(const struct check_view *v)
{
	const struct leak_text_options o = { .style = &plain, .show_harm = true };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(check_text(f, v, &o), 0);
	assert_int_equal(fclose(f), 0);
	assert_non_null(text);
	return text;
}

static json_t *json_of_check(const struct check_view *v)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	json_t *o;

	assert_int_equal(check_json(f, v), 0);
	assert_int_equal(fclose(f), 0);
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	/* The first key says what it is. */
	assert_int_equal(strncmp(text, "{\"schema\":\"bulkhead.check/1\"", 28), 0);
	free(text);
	return o;
}

/* wait statuses as <bits/waitstatus.h> has them: 7 is exit(7) << 8, and a signal itself. */
#define EXITED(code) ((code) << 8)

static void test_check(void **state)
{
	struct check_process processes[2] = {
		{ .report = study(),
		  .ended = true,
		  .status = EXITED(7),
		  .missing = 1,
		  .child = { 100, 101 },
		  .children = 2 },
		{ .report = study(), .ended = true, .status = SIGSEGV },
	};
	struct check_view v = {
		.status_known = true, .status = EXITED(7), .process = processes, .processes = 1
	};
	char *text = text_of_check(&v);
	json_t *o = json_of_check(&v), *child;

	assert_has(text, "in use at exit: ");
	assert_has(text, "\nexit status 7\n");
	assert_has(text, "the registers of 1 threads were gone");
	assert_has(text, "It had 2 children when it was looked at, which are not part of this: pid "
			 "100, pid 101\n");
	free(text);
	assert_int_equal(check_exit_status(&v), 7);
	assert_int_equal(json_integer_value(json_object_get(o, "exit_status")), 7);
	assert_true(json_is_null(json_object_get(o, "signal")));
	assert_true(json_is_null(json_object_get(o, "asked_by")));
	assert_int_equal(json_array_size(json_object_get(o, "children")), 0);
	assert_int_equal(json_array_size(json_object_get(o, "live_children")), 2);
	json_decref(o);

	v.children = true;
	v.processes = 2;
	v.asked = SIGTERM;
	v.status = SIGTERM;
	text = text_of_check(&v);
	assert_has(text, "\n----\n");
	assert_has(text, "ended by SIGSEGV\n");
	assert_has_not(text, "It had 2 children");
	free(text);
	o = json_of_check(&v);
	assert_int_equal(check_exit_status(&v), 128 + SIGTERM);
	assert_int_equal(json_integer_value(json_object_get(o, "exit_status")), 128 + SIGTERM);
	assert_string_equal(json_string_value(json_object_get(o, "signal")), "SIGTERM");
	assert_string_equal(json_string_value(json_object_get(o, "asked_by")), "SIGTERM");
	child = json_array_get(json_object_get(o, "children"), 0);
	assert_int_equal(json_integer_value(json_object_get(child, "exit_status")), 128 + SIGSEGV);
	assert_non_null(json_object_get(child, "summary"));
	json_decref(o);
}

static void test_check_unknown(void **state)
{
	struct check_process p = {
		.report = { .pid = 9, .lifetime_seconds = 2 },
		.fault = { .err = -ENOMEM, .what = "no memory to spare" },
		.status = 0,
	};
	struct check_view v = { .process = &p, .processes = 1 };
	char *text = text_of_check(&v);
	json_t *o = json_of_check(&v);

	assert_has(text, "what it lost is not known: no memory to spare\n");
	assert_has(text, "it goes on\n");
	free(text);
	v.status_known = true;
	text = text_of_check(&v);
	assert_has(text, "\nlooked at while it ran, and then ended\n");
	free(text);
	/* A daemon: the program has ended, the child was let go. */
	v.left_running = true;
	text = text_of_check(&v);
	assert_has(text, "it goes on\n");
	free(text);
	v.left_running = v.status_known = false;
	assert_int_equal(check_exit_status(&v), 0);
	assert_true(json_is_null(json_object_get(o, "exit_status")));
	assert_true(json_is_null(json_object_get(o, "harm")));
	assert_string_equal(json_string_value(json_object_get(o, "fault")), "no memory to spare");
	json_decref(o);

	/* It grew like a leak before it was killed. */
	p.ended = true;
	p.status = SIGKILL;
	p.report.harm = (struct harm_verdict){
		.harm = HARM_DANGEROUS,
		.reasons = 2,
		.reason = { { HARM_ENDED_FROM_OUTSIDE, { 60, SIGKILL, NAN } },
			    { HARM_GROWTH_VERDICT, { VERDICT_LEAKING, 1e6, 50 } } },
	};
	v.status_known = true;
	v.status = SIGKILL;
	text = text_of_check(&v);
	assert_has(text, "\ndangerous\n  it did not end by itself but was told to by SIGKILL after "
			 "60.0 s\n  its memory is judged 'leaking'");
	assert_has(text, "ended by SIGKILL\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_unknown),
		cmocka_unit_test(test_study),
		cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_doubts),
		cmocka_unit_test(test_unknown_allocator),
		cmocka_unit_test(test_roots_and_diff),
		cmocka_unit_test(test_colour_only_by_style),
		cmocka_unit_test(test_core_has_no_harm),
		cmocka_unit_test(test_next_steps),
		cmocka_unit_test(test_eighty_columns),
		cmocka_unit_test(test_full_device),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_unknown_is_null),
		cmocka_unit_test(test_every_word),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
