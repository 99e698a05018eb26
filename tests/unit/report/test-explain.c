/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain's three renderers on reports made by hand; on logs: tests/golden/explain.bats. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "report/columns.h"
#include "report/explain_facts.h"
#include "report/explain_html.h"
#include "report/explain_json.h"
#include "report/explain_text.h"
#include "report/explain_words.h"
#include "report/json.h"

#define EVIL "</script><img\033[31m"

static struct oom_report report;
static struct oom_story story;
static struct oom_storms storms;
static struct oom_victim victim[3];
static struct oom_task task[40];
static struct oom_zone zone[2];
static struct explain_view view;
static struct explain_end all_read;

/* A machine of 1,000,000 pages: pid 10 is the victim, 11 larger and protected, the rest small. */
static void make(void)
{
	memset(&report, 0, sizeof(report));
	memset(&story, 0, sizeof(story));
	memset(&storms, 0, sizeof(storms));
	memset(task, 0, sizeof(task));
	for (int i = 0; i < (int)ARRAY_SIZE(task); i++) {
		task[i] = (struct oom_task){ .pid = 10 + i,
					     .tgid = 10 + i,
					     .rss = i < 2 ? 1000 * (i + 1) : 100 + i,
					     .pgtables_bytes = 8192 };
		(void)snprintf(task[i].comm, OOM_COMM_SIZE, "worker-%d", i);
	}
	(void)snprintf(task[0].comm, OOM_COMM_SIZE, EVIL);
	victim[0] = (struct oom_victim){ .pid = 10,
					 .comm = EVIL,
					 .anon_rss_bytes = opt_u64_of(1000 * 4096),
					 .oom_score_adj = opt_i64_of(0) };
	zone[0] = (struct oom_zone){ .name = "Normal" };
	zone[0].counters.value[OOM_FREE] = opt_u64_of(40 * KIB);
	zone[0].counters.value[OOM_MIN] = opt_u64_of(44 * KIB);
	report.trigger = (struct oom_trigger){
		.known = true, .comm = "asker", .pid = opt_u64_of(77), .order = opt_i64_of(2)
	};
	report.task = task;
	report.task_count = ARRAY_SIZE(task);
	report.columns = OOM_COLUMN_PID | OOM_COLUMN_RSS | OOM_COLUMN_PGTABLES_BYTES |
			 OOM_COLUMN_NAME | OOM_COLUMN_OOM_SCORE_ADJ;
	report.victim = victim;
	report.victim_count = 1;
	oom_report_link(&report);
	report.memory.zone = zone;
	report.memory.zone_count = 1;
	report.page_bytes = opt_u64_of(4096);
	report.first.boot_usec = opt_u64_of(1500000);
	report.constraint = OOM_CONSTRAINT_NONE;
	story.badness.rule = OOM_BADNESS_SIGNED;
	story.badness.ranked_count = 2;
	story.badness.ranked[0] =
		(struct oom_ranked){ .task = 0, .points = 1002, .eligible = true };
	story.badness.ranked[1] = (struct oom_ranked){ .task = 5, .points = 107, .eligible = true };
	story.badness.victim_rank = opt_u64_of(1);
	story.why = OOM_WHY_RANKED_FIRST;
	story.failure = (struct oom_failure){ .kind = OOM_FAILURE_WATERMARK,
					      .free_bytes = opt_u64_of(40 * KIB),
					      .min_bytes = opt_u64_of(44 * KIB),
					      .mark_bytes = opt_u64_of(44 * KIB) };
	story.cause = OOM_CAUSE_INNOCENT_KILLED;
	story.confidence = 0.75;
	(void)snprintf(story.suspect, OOM_COMM_SIZE, "worker-1");
	story.suspect_pid = opt_i64_of(11);
	story.breakdown.known = true;
	story.breakdown.share_bytes[OOM_SHARE_PROCESSES] = opt_u64_of(3 * MIB);
	story.breakdown.share_bytes[OOM_SHARE_FREE] = opt_u64_of(1 * MIB);
	view = (struct explain_view){ .report = &report,
				      .story = &story,
				      .number = 1,
				      .input = "some.log",
				      .storm = 0,
				      .in_storm = 1 };
	all_read = (struct explain_end){ .storms = &storms, .reports = 1, .inputs = 1, .bytes = 5 };
}

static void add_reason(enum oom_reason_id id, const char *subject)
{
	struct oom_reason *r = &story.reason[story.reason_count++];

	r->id = id;
	(void)snprintf(r->subject, sizeof(r->subject), "%s", subject);
}

static void add_advice(enum oom_advice_id id, const char *subject)
{
	struct oom_advice *a = &story.advice[story.advice_count++];

	a->id = id;
	(void)snprintf(a->subject, sizeof(a->subject), "%s", subject);
}

/* What a renderer of text makes of the view, for free(). */
static char *text_of_view(bool all, bool with_end)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct explain_text t = { .out = out, .style = { .width = 80 }, .top = 10, .all = all };
	struct explain_renderer r = explain_text_renderer(&t);

	assert_int_equal(r.report(r.self, &view), 0);
	if (with_end)
		assert_int_equal(r.end(r.self, &all_read), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static bool is_plain(const char *text)
{
	for (const char *p = text; *p; p++)
		if (*p != '\n' && ((unsigned char)*p < 0x20 || *p == 0x7f))
			return false;
	return true;
}

static uint32_t lines_of(const char *text, size_t *ret_widest)
{
	struct text rest = text_of(text, strlen(text)), line;
	uint32_t n = 0;

	*ret_widest = 0;
	while (text_next_line(&rest, &line)) {
		n++;
		if (!text_skip_prefix(&line, "             $ ")) /* a command is never broken */
			*ret_widest = MAX(*ret_widest, columns_of(line));
	}
	return n;
}

/* Everything at once, each as long as it can be. */
static void make_worst(void)
{
	make();
	report.memcg.known = true;
	memset(report.memcg.limit_path, 'p', OOM_CGROUP_SIZE - 1);
	memset(report.origin, 'h', OOM_WORD_SIZE - 1);
	memset(report.release, 'r', OOM_WORD_SIZE - 1);
	memset(story.gfp_flags, 'G', OOM_GFP_SIZE - 1);
	memset(report.first.wall_text, 'w', sizeof(report.first.wall_text) - 1);
	report.cut_at_start = report.cut_at_end = true;
	report.missing = 0x7ff;
	story.printing = (struct oom_printing){ .bytes = opt_u64_of(20000),
						.seconds_known = true,
						.seconds = 12,
						.console_slow = true,
						.inferred_baud = 9600,
						.task_table_seconds = 8 };
	for (int i = 0; i < 6; i++) {
		add_reason(OOM_REASON_LARGER_PROCESS, "worker-with-a-very-long-name-indeed");
		add_advice(OOM_ADVICE_PROTECT, EVIL);
	}
}

static void test_story_is_ten_lines_at_most(void **state)
{
	size_t widest;
	char *text;

	make_worst();
	text = text_of_view(false, false);
	assert_in_range(lines_of(text, &widest), 8, EXPLAIN_STORY_LINES);
	assert_in_range(widest, 40, 80);
	assert_true(is_plain(text));
	free(text);
	make();
	text = text_of_view(false, false);
	assert_non_null(strstr(text, "asker (pid 77) for 16.0 KiB (order 2)"));
	assert_non_null(strstr(text, "(pid 11)"));
	assert_non_null(strstr(text, "(likely, 75 %)"));
	assert_null(strstr(text, "missing"));
	free(text);
}

static void test_all_is_plain_and_narrow(void **state)
{
	size_t widest;
	char *text;

	make_worst();
	text = text_of_view(true, true);
	assert_true(is_plain(text));
	/* What is too long is there, and whole. */
	assert_non_null(strstr(text, report.memcg.limit_path + OOM_CGROUP_SIZE - 190));
	assert_non_null(strstr(text, "K       10 </script><img"));
	assert_non_null(strstr(text, " ?      11 worker-1"));
	free(text);
	make();
	text = text_of_view(true, true);
	(void)lines_of(text, &widest);
	assert_in_range(widest, 60, 80);
	free(text);
}

/* What is not known is not said: no "? free", no death without its line, no cgroup "it". */
static void test_what_is_not_known(void **state)
{
	char *text;

	make();
	report.victim[0].chosen_only = true;
	report.constraint = OOM_CONSTRAINT_MEMPOLICY;
	story.failure = (struct oom_failure){ .kind = OOM_FAILURE_MEMPOLICY };
	add_reason(OOM_REASON_AT_LIMIT, "");
	for (int i = 0; i < 4; i++)
		story.reason[0].number[i] = (double)NAN;
	text = text_of_view(true, false);
	assert_non_null(strstr(text, " was chosen to be killed"));
	assert_null(strstr(text, ") was killed"));
	assert_non_null(strstr(text, "the nodes of its memory policy are full\n"));
	assert_null(strstr(text, "? free"));
	assert_non_null(strstr(text, "cgroup (not named) is at its limit"));
	free(text);
}

/* Nothing known at all: words, no crash, and no made-up number. */
static void test_nothing_known(void **state)
{
	char *text;

	make();
	memset(&report, 0, sizeof(report));
	memset(&story, 0, sizeof(story));
	story.failure.zone = UINT32_MAX;
	text = text_of_view(true, true);
	assert_non_null(strstr(text, "the text names no victim"));
	assert_non_null(strstr(text, "the log gives no time"));
	assert_null(strstr(text, " 0 B "));
	free(text);
}

static void test_every_word_is_there(void **state)
{
	char room[2048];
	struct strbuf s = STRBUF(room);

	for (int i = 1; i < OOM_REASON_COUNT; i++) {
		const struct oom_reason r = { .id = (enum oom_reason_id)i, .subject = "\033x" };

		strbuf_clear(&s);
		explain_reason(&s, &r);
		assert_true(s.len > 10 && is_plain(s.buf) && !strchr(s.buf, '{'));
	}
	for (int i = 0; i < OOM_ADVICE_COUNT; i++) {
		const struct oom_advice a = { .id = (enum oom_advice_id)i };

		strbuf_clear(&s);
		explain_advice(&s, &a);
		assert_true(s.len > 10);
		strbuf_clear(&s);
		explain_advice_command(&s, &a);
		assert_true(s.len > 5);
	}
	for (int i = 0; i < OOM_CAUSE_COUNT; i++)
		assert_non_null(explain_cause_words((enum oom_cause)i));
	for (int i = 0; i < OOM_SHARE_COUNT; i++)
		assert_non_null(explain_share_words((enum oom_share)i));
	for (int i = 0; i <= OOM_BADNESS_SIGNED; i++)
		assert_non_null(explain_badness_words((enum oom_badness_rule)i));
	for (uint32_t part = 1; part <= OOM_PART_KILL; part <<= 1)
		assert_true(strlen(explain_part_words((enum oom_report_part)part)) > 5);
}

static void test_what_is_not_known_is_left_out_of_a_sentence(void **state)
{
	char room[256];
	struct strbuf s = STRBUF(room);
	const struct oom_reason r = { .id = OOM_REASON_VICTIM_LARGEST,
				      .number = { MIB, 0.5, NAN } };
	const struct oom_reason none = { .id = OOM_REASON_AT_LIMIT,
					 .subject = "/a",
					 .number = { NAN, NAN, NAN } };

	explain_reason(&s, &r);
	assert_string_equal(s.buf, "the victim held 1.0 MiB, 50 % of the memory of all processes");
	strbuf_clear(&s);
	explain_reason(&s, &none);
	assert_string_equal(s.buf, "cgroup /a is at its limit");
}

static void test_a_share_is_not_rounded_to_nothing(void **state)
{
	static const struct {
		double share;
		const char *words;
	} rows[] = { { 0, "0 %" },    { 1e-6, "under 1 %" }, { 0.0099, "under 1 %" },
		     { 0.01, "1 %" }, { 0.016, "2 %" },	     { 1, "100 %" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct oom_reason r = { .id = OOM_REASON_VICTIM_SMALL,
					      .number = { MIB, rows[i].share } };
		char room[128], expected[128];
		struct strbuf s = STRBUF(room);

		(void)snprintf(expected, sizeof(expected),
			       "the victim held only 1.0 MiB, %s of the total", rows[i].words);
		explain_reason(&s, &r);
		assert_string_equal(s.buf, expected);
	}
}

/* What is pasted into a root shell is not chosen by who named the process. */
static void test_a_command_holds_no_hostile_name(void **state)
{
	static const char *const hostile[] = { "$(reboot)", "`id`", "a;b", "x y",
					       "-rf",	    "a\nb", "a'b", "a\\b" };
	char room[512];
	struct strbuf s = STRBUF(room);
	struct oom_advice a = { .id = OOM_ADVICE_FIND_LEAK, .subject = "mysqld" };

	explain_advice_command(&s, &a);
	assert_string_equal(s.buf, "bulkhead watch $(pgrep -x mysqld)");
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		strbuf_clear(&s);
		(void)snprintf(a.subject, sizeof(a.subject), "%s", hostile[i]);
		explain_advice_command(&s, &a);
		assert_string_equal(s.buf, "bulkhead watch $(pgrep -x NAME)");
	}
	a = (struct oom_advice){ .id = OOM_ADVICE_RAISE_LIMIT,
				 .subject = "/system.slice/shop.service" };
	strbuf_clear(&s);
	explain_advice_command(&s, &a);
	assert_string_equal(s.buf, "systemctl set-property shop.service MemoryMax=N");
	(void)snprintf(a.subject, sizeof(a.subject), "/docker/0123abc");
	strbuf_clear(&s);
	explain_advice_command(&s, &a);
	assert_string_equal(s.buf, "echo N >/sys/fs/cgroup/docker/0123abc/memory.max");
	(void)snprintf(a.subject, sizeof(a.subject), "/docker/$(id)");
	strbuf_clear(&s);
	explain_advice_command(&s, &a);
	assert_string_equal(s.buf, "systemctl set-property UNIT MemoryMax=N");
}

static void test_top_is_ranked_then_by_size_and_holds_the_victim(void **state)
{
	uint32_t list[EXPLAIN_TOP_MAX];

	make();
	assert_int_equal(explain_top(&view, 5, list), 5);
	assert_int_equal(list[0], 0);
	assert_int_equal(list[1], 5);
	assert_int_equal(list[2], 1);
	assert_int_equal(list[3], 39);
	assert_int_equal(list[4], 38);
	assert_int_equal(explain_top(&view, 1000, list), ARRAY_SIZE(task));
	for (uint32_t i = 3; i < ARRAY_SIZE(task); i++)
		assert_true(task[list[i]].rss <= task[list[i - 1]].rss);
	/* The victim is ranked, and last. */
	victim[0].pid = 15;
	oom_report_link(&report);
	assert_int_equal(explain_top(&view, 1, list), 1);
	assert_int_equal(list[0], 5);
	assert_int_equal(explain_top(&view, 0, list), 0);
}

static void test_sizes_of_a_hostile_row_do_not_overflow(void **state)
{
	struct explain_task t;

	make();
	task[0].rss = INT64_MAX;
	task[0].pgtables_bytes = INT64_MAX;
	explain_task_of(&view, 0, &t);
	assert_true(t.rss_bytes.value == INT64_MAX && t.weight_bytes == INT64_MAX);
	task[0].rss = -5;
	task[0].pgtables_bytes = -5;
	explain_task_of(&view, 0, &t);
	assert_true(opt_is_known(t.rss_bytes) && t.weight_bytes == 0);
	assert_false(opt_is_known(t.swap_bytes));
}

static json_t *json_of_view(bool lines, char **ret_text)
{
	size_t size;
	FILE *out = open_memstream(ret_text, &size);
	struct explain_json j = { .out = out, .lines = lines };
	struct explain_renderer r = explain_json_renderer(&j);
	json_t *o;

	assert_int_equal(r.begin(r.self), 0);
	assert_int_equal(r.report(r.self, &view), 0);
	if (!lines)
		assert_int_equal(r.report(r.self, &view), 0);
	assert_int_equal(r.end(r.self, &all_read), 0);
	assert_int_equal(fclose(out), 0);
	o = json_loads(*ret_text, JSON_DISABLE_EOF_CHECK, NULL);
	assert_non_null(o);
	return o;
}

static void test_json_has_the_keys_of_the_contract(void **state)
{
	static const char *const keys[] = { "trigger", "kernel",   "constraint", "memory",
					    "tasks",   "victim",   "badness",	 "verdict",
					    "timing",  "truncated" };
	const char *key;
	json_t *o, *r, *v;
	size_t i = 0;
	char *text;

	make_worst();
	o = json_of_view(false, &text);
	assert_int_equal(strncmp(text, "{\"schema\":\"bulkhead.explain/1\",\"reports\":[{", 43), 0);
	assert_int_equal(json_array_size(json_object_get(o, "reports")), 2);
	r = json_array_get(json_object_get(o, "reports"), 1);
	json_object_foreach(r, key, v)
	{
		if (i < ARRAY_SIZE(keys))
			assert_string_equal(key, keys[i++]);
	}
	assert_int_equal(json_array_size(json_object_get(r, "tasks")), ARRAY_SIZE(task));
	v = json_array_get(json_object_get(r, "tasks"), 0);
	assert_int_equal(json_integer_value(json_object_get(v, "rss_bytes")), 1000 * 4096);
	assert_true(json_is_null(json_object_get(v, "swap_bytes")));
	assert_true(json_is_null(json_object_get(v, "total_vm_bytes")));
	v = json_object_get(r, "victim");
	assert_true(json_is_null(json_object_get(v, "uid")));
	assert_int_equal(json_integer_value(json_object_get(v, "oom_score_adj")), 0);
	v = json_object_get(r, "timing");
	assert_int_equal(json_integer_value(json_object_get(v, "inferred_baud")), 9600);
	assert_true(is_plain(text));
	json_decref(o);
	free(text);
}

static void test_json_of_live_is_an_object_a_line(void **state)
{
	char *text;
	size_t widest;
	json_t *o;

	make();
	report.victim_count = 0;
	oom_report_link(&report);
	o = json_of_view(true, &text);
	assert_true(json_is_null(
		json_object_get(json_array_get(json_object_get(o, "reports"), 0), "victim")));
	assert_int_equal(lines_of(text, &widest), 2);
	json_decref(o);
	o = json_loads(strchr(text, '\n') + 1, 0, NULL);
	assert_non_null(json_object_get(o, "read"));
	json_decref(o);
	free(text);
}

static char *page_of_view(uint32_t reports)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct explain_html h = { .out = out, .body = tmpfile() };
	struct explain_renderer r = explain_html_renderer(&h);

	assert_non_null(h.body);
	for (uint32_t i = 0; i < reports; i++) {
		view.number = i + 1;
		assert_int_equal(r.report(r.self, &view), 0);
	}
	all_read.reports = reports;
	assert_int_equal(r.end(r.self, &all_read), 0);
	assert_int_equal(fclose(h.body), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static uint32_t count_of(const char *text, const char *needle)
{
	uint32_t n = 0;

	for (const char *p = strstr(text, needle); p; p = strstr(p + 1, needle))
		n++;
	return n;
}

static void test_a_hostile_name_is_only_text_in_the_page(void **state)
{
	char *text;

	make_worst();
	text = page_of_view(1);
	assert_int_equal(count_of(text, "<img"), 0);
	assert_int_equal(count_of(text, "</script>"), 1);
	assert_true(count_of(text, "&lt;/script&gt;&lt;img\\x1b[31m") >= 3);
	assert_int_equal(count_of(text, "http://"), 0);
	assert_int_equal(count_of(text, "https://"), 0);
	assert_non_null(strstr(text, "default-src 'none'"));
	assert_true(is_plain(text));
	free(text);
}

static void test_a_page_tells_so_many_reports_and_counts_the_others(void **state)
{
	char *text;

	make();
	text = page_of_view(EXPLAIN_HTML_REPORTS + 3);
	assert_int_equal(count_of(text, "<article"), EXPLAIN_HTML_REPORTS);
	assert_non_null(strstr(text, "3 more are left out"));
	free(text);
	text = page_of_view(0);
	assert_non_null(strstr(text, "No OOM report was found"));
	free(text);
}

/* What is told of a second report of a storm, after a first one of that cause. */
static char *text_after_first(enum oom_cause first, enum oom_cause second, const char *panic)
{
	char *text = NULL;
	size_t size;
	FILE *out = fopen("/dev/null", "w");
	struct explain_text t = { .out = out, .style = { .width = 80 }, .top = 10 };
	struct explain_renderer r = explain_text_renderer(&t);

	story.cause = first;
	assert_int_equal(r.report(r.self, &view), 0);
	(void)fclose(out);
	t.out = open_memstream(&text, &size);
	story.cause = second;
	(void)snprintf(report.panic, sizeof(report.panic), "%s", panic);
	view.number = view.in_storm = 2;
	assert_int_equal(r.report(r.self, &view), 0);
	assert_int_equal(fclose(t.out), 0);
	view.number = view.in_storm = 1;
	return text;
}

static void test_a_further_report_that_tells_more(void **state)
{
	static const struct {
		enum oom_cause first, second;
		const char *panic;
		uint32_t least, most;
	} rows[] = {
		{ OOM_CAUSE_BURST, OOM_CAUSE_BURST, "", 1, 2 },
		{ OOM_CAUSE_BURST, OOM_CAUSE_CANNOT_TELL, "", 1, 2 },
		{ OOM_CAUSE_BURST, OOM_CAUSE_SHMEM, "", 5, EXPLAIN_STORY_LINES + 1 },
		{ OOM_CAUSE_BURST, OOM_CAUSE_BURST, "out of memory", 5, EXPLAIN_STORY_LINES + 1 },
	};
	size_t widest;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text;

		make();
		text = text_after_first(rows[i].first, rows[i].second, rows[i].panic);
		assert_in_range(lines_of(text, &widest), rows[i].least, rows[i].most);
		free(text);
	}
}

/* Clock, release and line are all there where both clocks and the host have no room. */
static void test_when_is_not_cut(void **state)
{
	char *text;

	make_worst();
	(void)snprintf(report.first.wall_text, sizeof(report.first.wall_text), "Jan 15 10:02:41");
	(void)snprintf(report.release, sizeof(report.release), "6.1.0-50-amd64");
	report.first_line = 71234;
	text = text_of_view(false, false);
	assert_non_null(strstr(text, "Jan 15 10:02:41, kernel 6.1.0-50-amd64; line 71234\n"));
	free(text);
}

static void test_marks(void **state)
{
	static const struct {
		enum oom_failure_kind kind;
		uint64_t unused, mark;
		bool high, reserve;
		const char *words;
	} rows[] = {
		{ OOM_FAILURE_WATERMARK, 40 * KIB, 44 * KIB, false, false,
		  "40.0 KiB free, 44.0 KiB must stay (min)" },
		{ OOM_FAILURE_WATERMARK, 40 * KIB, 44 * KIB, true, true,
		  "40.0 KiB free, 44.0 KiB must stay (high + lowmem_reserve)" },
		{ OOM_FAILURE_WATERMARK, 40 * KIB, 40 * KIB, false, false,
		  "40.0 KiB free, as much must stay (min)" },
		{ OOM_FAILURE_FRAGMENTATION, 80 * KIB, 40 * KIB, false, false,
		  "80.0 KiB free, more than the 40.0 KiB that must stay (min)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char room[512];
		struct strbuf s = STRBUF(room);

		make();
		story.failure = (struct oom_failure){ .kind = rows[i].kind,
						      .free_bytes = opt_u64_of(rows[i].unused),
						      .mark_bytes = opt_u64_of(rows[i].mark),
						      .high_mark = rows[i].high,
						      .reserve = rows[i].reserve };
		explain_refused(&s, &view);
		assert_non_null(strstr(room, rows[i].words));
	}
}

/* Where a limit is set, by the version of the cgroups; a unit is systemd's. */
static void test_where_a_limit_is(void **state)
{
	static const struct {
		const char *path, *command;
		double version;
	} rows[] = {
		{ "/a/b", "echo N >/sys/fs/cgroup/a/b/memory.max", 2 },
		{ "/a/b", "echo N >/sys/fs/cgroup/a/b/memory.max", NAN },
		{ "/a/b", "echo N >/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", 1 },
		{ "/system.slice/x.service", "systemctl set-property x.service MemoryMax=N", 1 },
		{ "", "systemctl set-property UNIT MemoryMax=N", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct oom_advice a = { .id = OOM_ADVICE_RAISE_LIMIT,
					.number = { NAN, rows[i].version } };
		char room[256], words_room[256];
		struct strbuf s = STRBUF(room), words = STRBUF(words_room);

		(void)snprintf(a.subject, sizeof(a.subject), "%s", rows[i].path);
		explain_advice_command(&s, &a);
		assert_string_equal(room, rows[i].command);
		explain_advice(&words, &a);
		assert_null(strchr(words_room, '?'));
	}
}

static void test_a_choice_is_no_kill(void **state)
{
	char *text;

	make();
	victim[0].chosen_only = true;
	text = text_of_view(false, false);
	assert_non_null(strstr(text, "(pid 10) was chosen to be killed"));
	assert_non_null(strstr(text, "an innocent process was chosen to be killed"));
	assert_null(strstr(text, "was killed"));
	free(text);
}

static void test_a_further_report_of_a_storm_is_one_entry(void **state)
{
	char *text;
	size_t widest;

	make();
	text = text_after_first(OOM_CAUSE_INNOCENT_KILLED, OOM_CAUSE_CANNOT_TELL, "");
	assert_in_range(lines_of(text, &widest), 1, 2);
	assert_in_range(widest, 40, 80);
	free(text);
	storms.count = 1;
	storms.reports = 2;
	storms.storm[0] = (struct oom_storm){ .first = 1,
					      .last = 2,
					      .reports = 2,
					      .kills = 2,
					      .print_seconds = 20,
					      .printed_known = 2,
					      .victim = "mysqld",
					      .victim_kills = 2 };
	text = text_of_view(false, true);
	assert_non_null(strstr(text, "2 killed, 2 times mysqld"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_story_is_ten_lines_at_most),
		cmocka_unit_test(test_all_is_plain_and_narrow),
		cmocka_unit_test(test_what_is_not_known),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_every_word_is_there),
		cmocka_unit_test(test_a_share_is_not_rounded_to_nothing),
		cmocka_unit_test(test_what_is_not_known_is_left_out_of_a_sentence),
		cmocka_unit_test(test_a_command_holds_no_hostile_name),
		cmocka_unit_test(test_top_is_ranked_then_by_size_and_holds_the_victim),
		cmocka_unit_test(test_sizes_of_a_hostile_row_do_not_overflow),
		cmocka_unit_test(test_json_has_the_keys_of_the_contract),
		cmocka_unit_test(test_json_of_live_is_an_object_a_line),
		cmocka_unit_test(test_a_hostile_name_is_only_text_in_the_page),
		cmocka_unit_test(test_a_page_tells_so_many_reports_and_counts_the_others),
		cmocka_unit_test(test_a_further_report_of_a_storm_is_one_entry),
		cmocka_unit_test(test_a_further_report_that_tells_more),
		cmocka_unit_test(test_when_is_not_cut),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_where_a_limit_is),
		cmocka_unit_test(test_a_choice_is_no_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
