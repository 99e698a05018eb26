/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "base/arena.h"
#include "report/decision.h"

/* One cgroup with a hostile path; everything else as each test wants it. */
static struct cgroup node[2] = { { .parent = CGROUP_NONE, .alive = true },
				 { .parent = 0, .path = 2, .alive = true } };
static char paths[300] = "/\0/evil\n\033[31m.service";
static const struct process_table table = {
	.cgroups = { .version = CGROUP_V2,
		     .node = node,
		     .count = 2,
		     .capacity = 2,
		     .paths = paths,
		     .paths_len = 40,
		     .paths_size = sizeof(paths) },
};
static struct decision d;

static struct candidate full_candidate(void)
{
	struct candidate c = {
		.process = { .id = { 4194304, UINT64_C(1) << 62 },
			     .anon_bytes = UINT64_C(123456789012),
			     .cgroup = 1,
			     .oom_score_adj = -999,
			     .fields = UINT32_MAX,
			     .comm = "\033\033\033\033\033\033\033\033\033\033\033\033\033\033"
				     "\033" },
		.verdict = { .class = VERDICT_LEAKING,
			     .score = 0.987654321,
			     .growth_bytes_per_second = { true, 1.0 / 3, 2e7 / 3, 5e9 / 7 },
			     .exhaustion_seconds = { true, 1.0 / 3, 100.0 / 3, (double)INFINITY },
			     .reason_count = VERDICT_REASONS },
		.headroom = { .bytes = opt_u64_of(123 * MIB),
			      .capacity_bytes = opt_u64_of(1000 * MIB),
			      .kind = LIMIT_CGROUP,
			      .cgroup = 1 },
		.recent_bytes_per_second = 1e9 / 3,
		.badness = 1e9 / 7,
		.preferred = true,
		.excluded = "protected by [protect]",
	};

	for (uint32_t i = 0; i < VERDICT_REASONS; i++)
		c.verdict.reason[i] = (struct reason){
			.id = (enum reason_id)(REASON_FLOOR_RISES + i),
			.number = { 123456789, 987654.3, 0.12345, 1e12 },
		};
	return c;
}

static void full_decision(void)
{
	memset(&d, 0, sizeof(d));
	d.number = 7;
	d.wall_seconds = 1795424408.5;
	d.action = RUNG_TERM;
	d.reason = DECISION_EXHAUSTION;
	d.has_chosen = true;
	d.chosen = full_candidate();
	memset(d.detail, 'x', sizeof(d.detail) - 1);
	d.candidate_count = GUARD_CANDIDATES;
	for (uint32_t i = 0; i < GUARD_CANDIDATES; i++)
		d.candidate[i] = full_candidate();
}

static const char *string_of(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void test_keys(void **state)
{
	json_t *o, *c;

	full_decision();
	o = decision_to_json(&d, &table, true);
	assert_string_equal(json_object_iter_key(json_object_iter(o)), "schema");
	assert_string_equal(string_of(o, "schema"), "bulkhead.guard/1");
	assert_string_equal(string_of(o, "time"), "2026-11-23T09:00:08Z");
	assert_string_equal(string_of(o, "action"), "sigterm");
	assert_string_equal(string_of(o, "basis"), "leak");
	assert_string_equal(string_of(o, "result"), "done");
	assert_true(json_is_true(json_object_get(o, "dry_run")));
	assert_true(json_is_null(json_object_get(o, "error")));
	assert_int_equal(json_array_size(json_object_get(o, "candidates")), GUARD_CANDIDATES);
	c = json_object_get(o, "chosen");
	assert_int_equal(json_integer_value(json_object_get(c, "pid")), 4194304);
	assert_int_equal(json_integer_value(json_object_get(c, "oom_score_adj")), -999);
	assert_int_equal(json_array_size(json_object_get(c, "reasons")), VERDICT_REASONS);
	/* an infinity is no number of JSON */
	assert_true(
		json_is_null(json_object_get(json_object_get(c, "exhaustion_seconds"), "high")));
	json_decref(o);
}

/* What was not read is null, never 0. */
static void test_unknown_is_null(void **state)
{
	static const char *const keys[] = { "anon_bytes",
					    "swap_bytes",
					    "shmem_bytes",
					    "growth_bytes_per_second",
					    "exhaustion_seconds",
					    "headroom_bytes",
					    "headroom_limit",
					    "oom_score_adj",
					    "unit",
					    "cgroup",
					    "excluded" };
	json_t *o, *c;

	memset(&d, 0, sizeof(d));
	d.has_chosen = true;
	d.chosen.process.cgroup = CGROUP_NONE;
	d.chosen.recent_bytes_per_second = (double)NAN;
	o = decision_to_json(&d, &table, false);
	c = json_object_get(o, "chosen");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!json_is_null(json_object_get(c, keys[i])))
			fail_msg("'%s' is not null", keys[i]);
	}
	assert_true(json_is_null(json_object_get(c, "recent_bytes_per_second")));
	assert_true(json_is_null(json_object_get(o, "detail")));
	json_decref(o);
	d.has_chosen = false;
	o = decision_to_json(&d, &table, false);
	assert_true(json_is_null(json_object_get(o, "chosen")));
	json_decref(o);
}

/* Whatever a process is called, the sentence is one line without a control character. */
static void test_hostile_names(void **state)
{
	char text[1536];
	struct strbuf s = STRBUF(text);
	json_t *o;

	full_decision();
	memcpy(d.chosen.process.comm, "a\nb\033[2J\"\\\xff\xc2\x9b", 13);
	decision_describe(&s, &d, &table);
	assert_false(s.full);
	for (const char *p = text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
	assert_non_null(strstr(text, "a\\nb\\x1b[2J"));
	o = decision_to_json(&d, &table, false);
	assert_string_equal(string_of(json_object_get(o, "chosen"), "comm"),
			    "a\\nb\\x1b[2J\"\\\\\\xff\\xc2\\x9b");
	assert_null(strchr(string_of(json_object_get(o, "chosen"), "cgroup"), '\033'));
	json_decref(o);
}

/* Every action, reason and result has its word; a row forgotten in a table would crash here. */
static void test_every_word(void **state)
{
	char text[1536];
	struct strbuf s = STRBUF(text);

	full_decision();
	for (int action = RUNG_NOTIFY; action < RUNG_COUNT; action++) {
		for (int reason = DECISION_LEAKS; reason <= DECISION_NOT_SHORT; reason++) {
			for (int result = RESULT_DONE; result <= RESULT_SKIPPED; result++) {
				d.action = (enum rung)action;
				d.reason = (enum decision_reason)reason;
				d.result = (enum decision_result)result;
				strbuf_clear(&s);
				decision_describe(&s, &d, &table);
				assert_null(strstr(text, "(null)"));
				assert_true(s.len > 20);
			}
		}
	}
}

/* Of the console no process is chosen, and none considered. */
static void test_console(void **state)
{
	char text[512];
	struct strbuf s = STRBUF(text);
	json_t *o;

	memset(&d, 0, sizeof(d));
	d.action = RUNG_QUIET;
	d.reason = DECISION_SHORT;
	(void)snprintf(d.detail, sizeof(d.detail), "kernel/printk 7 -> 4");
	decision_describe(&s, &d, &table);
	assert_string_equal(text, "quiet_console: memory is short, and a report on a slow console "
				  "would stop the machine; kernel/printk 7 -> 4");
	o = decision_to_json(&d, &table, false);
	assert_string_equal(json_string_value(json_object_get(o, "basis")), "console");
	assert_string_equal(json_string_value(json_object_get(o, "action")), "quiet_console");
	assert_true(json_is_null(json_object_get(o, "chosen")));
	assert_int_equal(json_array_size(json_object_get(o, "candidates")), 0);
	json_decref(o);
}

static struct arena arena;

static void *from_arena(size_t size)
{
	return arena_alloc(&arena, size);
}

static void to_arena(void *p)
{
	(void)p;
}

static int count_bytes(const char *bytes, size_t size, void *arg)
{
	(void)bytes;
	*(size_t *)arg += size;
	return 0;
}

/* Guard's arena has 320 KiB, its line 48 KiB (cmd/guard_tell.c): nine full candidates fit. */
static void test_fits_into_guards_arena(void **state)
{
	static _Alignas(64) char memory[320 * 1024];
	size_t line = 0;
	json_t *o;
	int r;

	full_decision();
	memset(paths + 3, 'p', 250); /* a long path, as a container's */
	arena = (struct arena){ .buf = memory, .size = sizeof(memory) };
	json_set_alloc_funcs(from_arena, to_arena);
	o = decision_to_json(&d, &table, false);
	r = o ? json_dump_callback(o, count_bytes, &line, JSON_COMPACT) : -1;
	json_set_alloc_funcs(malloc, free);
	assert_int_equal(r, 0);
	print_message("# arena %zu bytes, line %zu bytes\n", arena.most, line);
	assert_true(arena.most < sizeof(memory) / 2);
	assert_true(line < 48 * KIB);
}

/* Too small an arena: no JSON, and no crash either. */
static void test_arena_too_small(void **state)
{
	static _Alignas(64) char memory[64 * 1024];

	full_decision();
	for (size_t size = 0; size < sizeof(memory); size += 509) {
		arena = (struct arena){ .buf = memory, .size = size };
		json_set_alloc_funcs(from_arena, to_arena);
		(void)!decision_to_json(&d, &table, false);
		json_set_alloc_funcs(malloc, free);
		assert_true(arena.most <= size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_unknown_is_null),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_every_word),
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_fits_into_guards_arena),
		cmocka_unit_test(test_arena_too_small),
	};

	/* As guard does before it arms: the seed is read once, by malloc of the libc. */
	json_object_seed(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
