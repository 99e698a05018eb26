/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "source/oom_reader.h"

#include "sample_reports.h"

struct told {
	char text[1 << 16];
	size_t len;
	unsigned int reports, neighbours;
	int fail; /* what the sink returns */
};

static void add(struct told *t, const char *s)
{
	if (t->len + strlen(s) + 1 > sizeof(t->text))
		return; /* a storm: only the counts matter */
	memcpy(t->text + t->len, s, strlen(s) + 1);
	t->len += strlen(s);
}

/* "first-last trigger constraint tasks victim,victim;" */
static int on_report(void *arg, const struct oom_report *r)
{
	struct told *t = arg;
	char line[512];

	t->reports++;
	(void)snprintf(line, sizeof(line), "%llu-%llu@%llu %s %s %u",
		       (unsigned long long)r->first_line, (unsigned long long)r->last_line,
		       (unsigned long long)r->first_byte, r->trigger.comm,
		       oom_constraint_name(r->constraint), r->task_count);
	add(t, line);
	for (uint32_t i = 0; i < r->victim_count; i++) {
		(void)snprintf(line, sizeof(line), " %lld(%s)", (long long)r->victim[i].pid,
			       r->victim[i].comm);
		add(t, line);
	}
	add(t, ";");
	return t->fail;
}

static int on_neighbour(void *arg, const struct oom_neighbour *n)
{
	struct told *t = arg;
	char line[64];

	t->neighbours++;
	(void)snprintf(line, sizeof(line), "%llu:%d;", (unsigned long long)n->line, (int)n->kind);
	add(t, line);
	return 0;
}

static struct oom_reader_stats read_in_steps(struct text in, size_t step, struct told *ret)
{
	const struct oom_sink sink = { ret, on_report, on_neighbour };
	_cleanup_oom_reader_ struct oom_reader *r = oom_reader_new(&sink);

	assert_non_null(r);
	ret->len = 0;
	ret->reports = ret->neighbours = 0;
	ret->text[0] = '\0';
	for (size_t i = 0; i < in.n; i += step)
		assert_int_equal(oom_reader_feed(r, in.p + i, MIN(step, in.n - i)), 0);
	assert_int_equal(oom_reader_end(r), 0);
	return *oom_reader_stats(r);
}

static struct told *told_new(void)
{
	struct told *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	return t;
}

static void reports_of_some_eras(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ SAMPLE_612, "1-38@0 grower none 3 4711(grower);" },
		{ SAMPLE_61_MEMCG, "1-17@0 worker-a memcg 2 5150(worker-a);" },
		{ SAMPLE_310, "1-14@0 httpd none 2 2201(store child);" },
		{ SAMPLE_2632, "1-13@0 batchd none 2 313(batchd);" },
		{ "", "" },
		{ "nothing\n", "" },
	};
	struct told *t = told_new();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		read_in_steps(text_of(rows[i].in, strlen(rows[i].in)), SIZE_MAX >> 1, t);
		assert_string_equal(t->text, rows[i].out);
	}
	free(t);
}

struct log {
	char *p;
	size_t n, size;
};

static void log_add(struct log *l, const char *s)
{
	const size_t len = strlen(s);

	if (l->n + len > l->size) {
		l->size = 2 * (l->size + len);
		l->p = realloc(l->p, l->size);
		assert_non_null(l->p);
	}
	memcpy(l->p + l->n, s, len);
	l->n += len;
}

/* Lines of an ordinary log, at least `bytes` of them. */
static void log_fill(struct log *l, size_t bytes, uint32_t *seed)
{
	static const char *const lines[] = {
		"Nov 26 11:22:33 box7 sshd[812]: Accepted publickey for op from 10.0.0.9 port 4 "
		"ssh2\n",
		"Nov 26 11:22:33 box7 kernel: usb 1-1: new high-speed USB device number 4\n",
		"Nov 26 11:22:33 box7 app[77]: request done in 12 ms, 200\n",
		"Nov 26 11:22:33 box7 systemd[1]: Started a service.\n",
	};
	const size_t end = l->n + bytes;

	while (l->n < end) {
		*seed = *seed * 1664525 + 1013904223;
		log_add(l, lines[*seed >> 30]);
	}
}

/* Far apart in a big log: what is skipped changes neither what is found nor where. */
static void skipping_loses_nothing(void **state)
{
	static const char *const samples[] = {
		SAMPLE_612, SAMPLE_61_MEMCG,
		"Nov 26 11:22:33 box7 kernel: zed: page allocation failure: order:4, mode:0xcc0\n",
		SAMPLE_310, SAMPLE_2632
	};
	static const size_t steps[] = { 1u << 30, 1u << 20, 65536, 65537, 4096, 31, 7 };
	struct told *whole = told_new(), *t = told_new();
	struct oom_reader_stats stats;
	struct log l = { 0 };
	uint32_t seed = 7;
	size_t lines = 0;

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		log_fill(&l, 300000 + i * 977, &seed);
		log_add(&l, samples[i]);
	}
	log_fill(&l, 300000, &seed);
	for (size_t i = 0; i < l.n; i++)
		lines += l.p[i] == '\n';
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct told *to = i ? t : whole;

		stats = read_in_steps(text_of(l.p, l.n), steps[i], to);
		assert_int_equal(stats.bytes, l.n);
		assert_int_equal(stats.reports, 4);
		assert_int_equal(stats.neighbours, 1);
		assert_true(stats.bytes_skipped > l.n / 2);
		assert_true(stats.lines_parsed < lines / 2);
		assert_string_equal(to->text, whole->text);
	}
	/* The first report's place is the one that counting gives. */
	for (size_t i = 0, line = 1; i < l.n; line += l.p[i++] == '\n')
		if (l.n - i > 60 && memcmp(l.p + i, "[ 8812.100001]", 14) == 0) {
			char expected[64];

			(void)snprintf(expected, sizeof(expected), "%zu-%zu@%zu grower", line,
				       line + 37, i);
			assert_true(strncmp(whole->text, expected, strlen(expected)) == 0);
		}
	free(l.p);
	free(whole);
	free(t);
}

static void the_same_report_is_told_once(void **state)
{
	/* The console's capture, and the journal's copy of it. */
	static const char journal[] =
		"Nov 26 12:00:01 box7 kernel: zed invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), "
		"order=0, oom_score_adj=0\n"
		"Nov 26 12:00:01 box7 kernel: Out of memory: Killed process 77 (zed) "
		"total-vm:123kB, "
		"anon-rss:99kB, file-rss:7kB, shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:0\n";
	static const char console[] =
		"[   99.000001] zed invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		"oom_score_adj=0\n"
		"[   99.000002] Out of memory: Killed process 77 (zed) total-vm:123kB, "
		"anon-rss:99kB, "
		"file-rss:7kB, shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:0\n";
	static const char later[] =
		"[  199.000001] zed invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
		"oom_score_adj=0\n"
		"[  199.000002] Out of memory: Killed process 77 (zed) total-vm:123kB, "
		"anon-rss:99kB, "
		"file-rss:7kB, shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:0\n";
	struct told *t = told_new();
	struct log l = { 0 };

	log_add(&l, console);
	log_add(&l, journal);
	log_add(&l, SAMPLE_612);
	log_add(&l, SAMPLE_612);
	read_in_steps(text_of(l.p, l.n), l.n, t);
	assert_int_equal(t->reports, 2);
	log_add(&l, later);
	read_in_steps(text_of(l.p, l.n), l.n, t);
	assert_int_equal(t->reports, 3);
	free(l.p);
	free(t);
}

static void inputs_follow_one_another(void **state)
{
	struct told *t = told_new();
	const struct oom_sink sink = { t, on_report, on_neighbour };
	_cleanup_oom_reader_ struct oom_reader *r = oom_reader_new(&sink);

	assert_int_equal(oom_reader_feed(r, "x\n\n", 3), 0);
	assert_int_equal(oom_reader_end(r), 0);
	assert_int_equal(oom_reader_feed(r, SAMPLE_2632, strlen(SAMPLE_2632)), 0);
	assert_int_equal(oom_reader_end(r), 0);
	assert_string_equal(t->text, "1-13@0 batchd none 2 313(batchd);");
	free(t);
}

/* Live: the report is told when nothing more comes, and the input goes on. */
static void idle_tells_what_is_there(void **state)
{
	struct told *t = told_new();
	const struct oom_sink sink = { t, on_report, on_neighbour };
	_cleanup_oom_reader_ struct oom_reader *r = oom_reader_new(&sink);

	assert_int_equal(oom_reader_feed(r, SAMPLE_310, strlen(SAMPLE_310)), 0);
	assert_int_equal(oom_reader_idle(r, 2500), 0);
	assert_int_equal(t->reports, 1);
	assert_int_equal(oom_reader_feed(r, SAMPLE_2632, strlen(SAMPLE_2632)), 0);
	assert_int_equal(oom_reader_idle(r, 2500), 0);
	assert_int_equal(t->reports, 2);
	free(t);
}

/* Live: a slow console holds up the printing anywhere in it. */
static void a_stalled_printing_is_one_report(void **state)
{
	struct told *t = told_new();
	const struct oom_sink sink = { t, on_report, on_neighbour };
	_cleanup_oom_reader_ struct oom_reader *r = oom_reader_new(&sink);
	const char *const sample = SAMPLE_310;
	const char *const half = strchr(sample + strlen(sample) / 2, '\n') + 1;

	assert_int_equal(oom_reader_feed(r, sample, (size_t)(half - sample)), 0);
	assert_int_equal(oom_reader_idle(r, OOM_READER_STALLED_MS - 1), 0);
	assert_int_equal(t->reports, 0);
	assert_int_equal(oom_reader_feed(r, half, strlen(half)), 0);
	assert_int_equal(oom_reader_idle(r, 2500), 0);
	assert_int_equal(t->reports, 1);

	assert_int_equal(oom_reader_feed(r, sample, (size_t)(half - sample)), 0);
	assert_int_equal(oom_reader_idle(r, OOM_READER_STALLED_MS), 0);
	assert_int_equal(t->reports, 2);
	free(t);
}

static void a_failing_sink_ends_it(void **state)
{
	struct told *t = told_new();
	const struct oom_sink sink = { t, on_report, on_neighbour };
	_cleanup_oom_reader_ struct oom_reader *r = oom_reader_new(&sink);

	t->fail = -EPIPE;
	assert_int_equal(oom_reader_feed(r, SAMPLE_310, strlen(SAMPLE_310)), 0);
	assert_int_equal(oom_reader_end(r), -EPIPE);
	free(t);
}

static void utf16_is_read(void **state)
{
	struct told *t = told_new();
	const char *in = SAMPLE_310;
	char *wide = malloc(2 * strlen(in) + 2);
	size_t n = 0;

	assert_non_null(wide);
	wide[n++] = '\xff';
	wide[n++] = '\xfe';
	for (size_t i = 0; in[i]; i++) {
		wide[n++] = in[i];
		wide[n++] = '\0';
	}
	read_in_steps(text_of(wide, n), 1, t);
	assert_string_equal(t->text, "1-14@0 httpd none 2 2201(store child);");
	free(wide);
	free(t);
}

static double seconds_for(struct text t, struct told *told)
{
	struct timespec begin, end;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	read_in_steps(t, 65536, told);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9;
}

/* Inputs that would be read again and again by a reader that looks back: four times as much may
 * cost four times as long, not sixteen. */
static void time_is_linear(void **state)
{
	static const char *const parts[] = {
		"oom-kill",
		"oom_score ",
		"[   12.345678] ",
		"] ] ] ]",
		" kernel: kernel: kernel: ",
		"[[[[[[[[",
		"zed invoked oom-killer: gfp_mask=0x1(GFP\n",
		"Node 0 free:\nNode 0 free:\n",
		"#012",
		"\xc2\xa0",
		"{\"log\":\"",
		"\n",
		"> > > > > > ",
		"total-vm:",
		"Jun 20 12:47:02 ",
		"Task in /\n",
		"1.000000]1.000000]",
	};
	struct told *t = told_new();

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct log l = { 0 };
		double small, big;

		while (l.n < 1 << 18)
			log_add(&l, parts[i]);
		small = seconds_for(text_of(l.p, l.n / 4), t);
		big = seconds_for(text_of(l.p, l.n), t);
		if (big > 9 * small + 0.25 || big > 20)
			fail_msg("\"%s\": %.3f s for a quarter, %.3f s for all", parts[i], small,
				 big);
		free(l.p);
	}
	free(t);
}

static void hostile_inputs(void **state)
{
	static const struct text rows[] = {
		TEXT("\0\0\0\0"),
		TEXT("\xff\xfe"),
		TEXT("\xff"),
		TEXT("\n"),
		TEXT("\xff\xfe\x3d\xd8"),
		TEXT("Killed process 99999999999999999999999999 (x) total-vm:1kB"),
		TEXT("Killed process -1 ("),
		TEXT("[  1] 1 1 1 1 1 1 1"),
		TEXT("[99999999999.999999] x invoked oom-killer: gfp_mask="),
		TEXT("__CURSOR=\nMESSAGE\n\x01"),
		TEXT("{\"MESSAGE\":[1,2,\"x\",99999]}\n"),
		TEXT("{\"MESSAGE\":null}\n{\"log\":{\"log\":{\"log\":\"x\"}}}\n"),
	};
	struct told *t = told_new();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t step = 1; step < 4; step++)
			read_in_steps(rows[i], step, t);
	free(t);
}

static void test_newest_first(void **state)
{
	static const struct {
		uint64_t earlier, later;
		bool newest_first;
	} rows[] = {
		{ 9, 0, true }, { 9, 2, true }, { 9, 3, false }, { 3, 0, false }, { 1, 900, false }
	};
	const struct oom_reader_stats before = { .earlier = 7, .later = 70 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct oom_reader_stats after = { .earlier = 7 + rows[i].earlier,
							.later = 70 + rows[i].later };

		assert_int_equal(oom_reader_newest_first(&before, &after), rows[i].newest_first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_of_some_eras),
		cmocka_unit_test(skipping_loses_nothing),
		cmocka_unit_test(the_same_report_is_told_once),
		cmocka_unit_test(inputs_follow_one_another),
		cmocka_unit_test(idle_tells_what_is_there),
		cmocka_unit_test(a_stalled_printing_is_one_report),
		cmocka_unit_test(a_failing_sink_ends_it),
		cmocka_unit_test(utf16_is_read),
		cmocka_unit_test(time_is_linear),
		cmocka_unit_test(test_newest_first),
		cmocka_unit_test(hostile_inputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
