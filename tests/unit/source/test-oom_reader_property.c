/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever is cut from a good report, and whatever comes between its lines: the reader never
 * crashes and never names a victim that the report does not.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "source/oom_reader.h"

#include "sample_reports.h"

struct sample {
	const char *text;
	int64_t pid;
	const char *comm;
	int64_t chosen; /* it, or its parent: the victim of a text without the kill */
};

static const struct sample samples[] = {
	{ SAMPLE_612, 4711, "grower", 4711 },
	{ SAMPLE_61_MEMCG, 5150, "worker-a", 5150 },
	{ SAMPLE_310, 2201, "store child", 2200 },
	{ SAMPLE_2632, 313, "batchd", 313 },
};

/* What a break within a word could make another value of. */
struct values {
	char release[OOM_WORD_SIZE], nodemask[OOM_WORD_SIZE], mems_allowed[OOM_WORD_SIZE];
	char gfp_flags[OOM_GFP_SIZE];
	struct opt_i64 order;
	struct opt_u64 gfp_mask;
};

struct seen {
	struct values values;	    /* of the last report */
	const struct values *whole; /* these, or unknown; NULL: not compared */
	const struct sample *allowed[2];
	unsigned int reports, victims;
	bool found[2];
	const char *what; /* for the message of a failure */
	size_t at;
};

/* The name may be cut or lost with the line's end, the number may not. */
static bool is_victim(const struct sample *s, const struct oom_victim *v)
{
	if (s && v->chosen_only)
		return v->pid == s->chosen;
	return s && v->pid == s->pid && strncmp(v->comm, s->comm, strlen(v->comm)) == 0;
}

static void is_whole_or_unknown(const struct seen *s, const char *said, const char *whole)
{
	if (*said && strcmp(said, whole) != 0)
		fail_msg("%s at %zu: '%s' of '%s'", s->what, s->at, said, whole);
}

static void look_at_values(struct seen *s, const struct oom_report *r)
{
	struct values *v = &s->values;

	*v = (struct values){ .order = r->trigger.order, .gfp_mask = r->trigger.gfp_mask };
	(void)snprintf(v->release, sizeof(v->release), "%s", r->release);
	(void)snprintf(v->nodemask, sizeof(v->nodemask), "%s", r->trigger.nodemask);
	(void)snprintf(v->mems_allowed, sizeof(v->mems_allowed), "%s", r->mems_allowed);
	(void)snprintf(v->gfp_flags, sizeof(v->gfp_flags), "%s", r->trigger.gfp_flags);
	if (!s->whole)
		return;
	is_whole_or_unknown(s, v->release, s->whole->release);
	is_whole_or_unknown(s, v->nodemask, s->whole->nodemask);
	is_whole_or_unknown(s, v->mems_allowed, s->whole->mems_allowed);
	is_whole_or_unknown(s, v->gfp_flags, s->whole->gfp_flags);
	if (v->order.known == KNOWN && v->order.value != s->whole->order.value)
		fail_msg("%s at %zu: order %lld", s->what, s->at, (long long)v->order.value);
	if (opt_is_known(v->gfp_mask) && v->gfp_mask.value != s->whole->gfp_mask.value)
		fail_msg("%s at %zu: another mask", s->what, s->at);
}

static int on_report(void *arg, const struct oom_report *r)
{
	struct seen *s = arg;

	s->reports++;
	look_at_values(s, r);
	for (uint32_t i = 0; i < r->victim_count; i++) {
		const struct oom_victim *v = &r->victim[i];

		s->victims++;
		if (!is_victim(s->allowed[0], v) && !is_victim(s->allowed[1], v))
			fail_msg("%s at %zu: victim %lld (%s)", s->what, s->at, (long long)v->pid,
				 v->comm);
		for (size_t a = 0; a < ARRAY_SIZE(s->allowed); a++)
			s->found[a] |= is_victim(s->allowed[a], v);
	}
	return 0;
}

static int on_neighbour(void *arg _unused_, const struct oom_neighbour *n _unused_)
{
	return 0;
}

static void read_text(const char *text, size_t len, struct seen *s)
{
	const struct oom_sink sink = { s, on_report, on_neighbour };
	_cleanup_oom_reader_ struct oom_reader *r = oom_reader_new(&sink);

	assert_non_null(r);
	assert_int_equal(oom_reader_feed(r, text, len), 0);
	assert_int_equal(oom_reader_end(r), 0);
}

static void cut_at_the_end(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		for (size_t n = 0; n <= strlen(samples[i].text); n++) {
			struct seen s = { .allowed = { &samples[i] },
					  .what = "cut at the end",
					  .at = n };

			read_text(samples[i].text, n, &s);
		}
}

static void cut_at_the_start(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		for (size_t n = 0; n <= strlen(samples[i].text); n++) {
			struct seen s = { .allowed = { &samples[i] },
					  .what = "cut at the start",
					  .at = n };

			read_text(samples[i].text + n, strlen(samples[i].text) - n, &s);
		}
}

static void a_part_is_missing(void **state)
{
	static char text[1 << 14];
	uint32_t seed = 3;

	for (int round = 0; round < 3000; round++) {
		const struct sample *sample = &samples[round % ARRAY_SIZE(samples)];
		const size_t len = strlen(sample->text);
		struct seen s = { .allowed = { sample }, .what = "a part is missing" };
		size_t from, n;

		seed = seed * 1664525 + 1013904223;
		from = (seed >> 8) % len;
		seed = seed * 1664525 + 1013904223;
		/* Whole lines, as a rate limit drops them. */
		while (from && sample->text[from - 1] != '\n')
			from--;
		n = MIN((size_t)(seed >> 8) % 2000, len - from);
		while (from + n < len && n && sample->text[from + n - 1] != '\n')
			n++;
		memcpy(text, sample->text, from);
		memcpy(text + from, sample->text + from + n, len - from - n);
		s.at = from;
		read_text(text, len - n, &s);
	}
}

/* Two reports and other lines, line by line in any order that keeps each one's own. */
static size_t shuffle(const struct sample *a, const struct sample *b, uint32_t seed, char *out)
{
	static const char *const other[] = {
		"[ 8812.100002][    C0] usb 1-1: USB disconnect, device number 4\n",
		"Nov 26 12:00:01 box7 app[7]: killed process 9 (told by an app)\n",
		"Jun 20 12:47:02 old1 kernel: eth0: link up\n",
		"\n",
		"and then, as you can see, it went wrong\n",
	};
	struct text rest[2] = { text_of(a->text, strlen(a->text)),
				text_of(b->text, strlen(b->text)) },
		    line;
	size_t n = 0;

	while (rest[0].n || rest[1].n) {
		seed = seed * 1664525 + 1013904223;
		if ((seed >> 24) % 6 == 0) {
			const char *o = other[(seed >> 16) % ARRAY_SIZE(other)];

			memcpy(out + n, o, strlen(o));
			n += strlen(o);
		} else if (text_next_line(&rest[seed >> 31], &line)) {
			memcpy(out + n, line.p, line.n);
			n += line.n;
			out[n++] = '\n';
		}
	}
	return n;
}

static void interleaved(void **state)
{
	static char text[1 << 16];

	for (uint32_t round = 0; round < 800; round++) {
		const struct sample *a = &samples[round % 4], *b = &samples[round / 4 % 4];
		struct seen s = { .allowed = { a, b }, .what = "interleaved", .at = round };

		if (a == b)
			continue;
		read_text(text, shuffle(a, b, round, text), &s);
		/* Neither kill is lost: each line says whose it is. */
		assert_true(s.found[0] && s.found[1]);
	}
}

/* At the last blank that fits, as mails are; `hard` within words, as terminals do. */
static size_t wrap(const char *from, size_t width, bool hard, char *out)
{
	struct text rest = text_of(from, strlen(from)), line;
	size_t n = 0;

	while (text_next_line(&rest, &line)) {
		while (line.n > width) {
			const char *blank = hard ? NULL : memrchr(line.p + 1, ' ', width - 1);
			const size_t len = blank ? (size_t)(blank - line.p) : width;

			memcpy(out + n, line.p, len);
			n += len;
			out[n++] = '\n';
			line = text_of(line.p + len + (blank != NULL),
				       line.n - len - (blank != NULL));
		}
		memcpy(out + n, line.p, line.n);
		n += line.n;
		out[n++] = '\n';
	}
	return n;
}

static void wrapped(void **state)
{
	static char text[1 << 16];

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct seen whole = { .allowed = { &samples[i] }, .what = "not wrapped" };

		read_text(samples[i].text, strlen(samples[i].text), &whole);
		for (size_t width = 40; width < 120; width++) {
			struct seen s = { .allowed = { &samples[i] },
					  .whole = &whole.values,
					  .what = "wrapped",
					  .at = width };

			read_text(text, wrap(samples[i].text, width, false, text), &s);
			assert_int_equal(s.reports, 1);
			assert_true(s.found[0]);
		}
	}
}

/* From 60 on nothing is lost either: no terminal is narrower. */
static void wrapped_within_words(void **state)
{
	static char text[1 << 16];

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct seen whole = { .allowed = { &samples[i] }, .what = "not wrapped" };

		read_text(samples[i].text, strlen(samples[i].text), &whole);
		assert_true(whole.values.release[0] && whole.values.order.known == KNOWN);
		for (size_t width = 60; width < 140; width++) {
			struct seen s = { .allowed = { &samples[i] },
					  .whole = &whole.values,
					  .what = "wrapped within words",
					  .at = width };

			read_text(text, wrap(samples[i].text, width, true, text), &s);
			assert_int_equal(s.reports, 1);
			assert_true(s.found[0]);
			if (s.values.order.known != KNOWN ||
			    strcmp(s.values.release, whole.values.release) != 0)
				fail_msg("sample %zu, width %zu: order or release '%s' lost", i,
					 width, s.values.release);
		}
	}
}

#define NAMES 256

static int on_named(void *arg, const struct oom_report *r)
{
	char *names = arg;

	for (uint32_t i = 0; i < r->task_count; i++) {
		const size_t n = strlen(names);

		(void)snprintf(names + n, NAMES - n, "%s;", r->task[i].comm);
	}
	return 0;
}

/* A row is whole without the rest of its name: that other lines were broken there tells. */
static void names_go_on(void **state)
{
	static const char report[] =
		"[  912.300001] owl: night invoked oom-killer: gfp_mask=0x140dca("
		"GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0, oom_score_adj=0\n"
		"[  912.300002] CPU: 3 PID: 2071 Comm: owl: night Not tainted 6.1.77-nest #4\n"
		"[  912.300003] Tasks state (memory values in pages):\n"
		"[  912.300004] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents "
		"oom_score_adj name\n"
		"[  912.300005] [    414]     0   414    12011     1890    110592        0"
		"             0 owl: night\n"
		"[  912.300006] [   2071]     0  2071   481222   465999   3801088        0"
		"             0 VM 2/KVM watch\n"
		"[  912.300007] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,"
		"mems_allowed=0,global_oom,task_memcg=/nest,task=VM 2/KVM watch,pid=2071,uid=7\n"
		"[  912.300008] Out of memory: Killed process 2071 (VM 2/KVM watch) "
		"total-vm:1924888kB, anon-rss:1863996kB, file-rss:8kB, shmem-rss:0kB, UID:7 "
		"pgtables:3712kB oom_score_adj:0\n";
	static char text[4096];

	for (size_t width = 60; width < 110; width++)
		for (int hard = 0; hard < 2; hard++) {
			char names[NAMES] = "";
			const struct oom_sink sink = { names, on_named, on_neighbour };
			_cleanup_oom_reader_ struct oom_reader *r = oom_reader_new(&sink);

			assert_non_null(r);
			assert_int_equal(oom_reader_feed(r, text, wrap(report, width, hard, text)),
					 0);
			assert_int_equal(oom_reader_end(r), 0);
			if (strcmp(names, "owl: night;VM 2/KVM watch;") != 0)
				fail_msg("width %zu, %s: '%s'", width, hard ? "hard" : "soft",
					 names);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_at_the_end),    cmocka_unit_test(cut_at_the_start),
		cmocka_unit_test(a_part_is_missing), cmocka_unit_test(interleaved),
		cmocka_unit_test(wrapped),	     cmocka_unit_test(wrapped_within_words),
		cmocka_unit_test(names_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
