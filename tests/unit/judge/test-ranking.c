/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "unit.h"

#include "judge/growth.h"
#include "judge/ranking.h"

#define SLOTS 4

/* A machine with 1 GiB left, no cgroup numbers, and room for a few processes. */
struct machine {
	struct process process[SLOTS];
	uint8_t state[SLOTS];
	struct cgroup node[2];
	char paths[64];
	struct process_table t;
	struct ranking r;
};

static void machine_init(struct machine *m)
{
	struct growth_policy policy = growth_policy_default(2);

	*m = (struct machine){ .paths = "/\0/system.slice/db.service" };
	m->node[0] = (struct cgroup){ .parent = CGROUP_NONE, .path = 0, .alive = true };
	m->node[1] = (struct cgroup){ .parent = 0, .path = 2, .alive = true };
	m->t = (struct process_table){
		.process = m->process,
		.state = m->state,
		.capacity = SLOTS,
		.high = SLOTS,
		.cgroups = { .version = CGROUP_V2, .node = m->node, .count = 2, .paths = m->paths },
	};
	m->t.host.meminfo.total_bytes = 2 * GIB;
	m->t.host.meminfo.available_bytes = GIB;
	m->t.host.boot_seconds = 1000;
	assert_int_equal(ranking_init(&m->r, SLOTS, &policy), 0);
}

static void machine_put(struct machine *m, uint32_t slot, int32_t pid, const char *comm)
{
	m->process[slot] = (struct process){ .id = { .pid = pid, .starttime_ticks = 90000 },
					     .anon_bytes = 50 * MIB,
					     .cgroup = 1,
					     .fields = PROCESS_ANON | PROCESS_SWAP };
	strncpy(m->process[slot].comm, comm, PROCESS_COMM_SIZE - 1);
	m->state[slot] = SLOT_NEW;
}

static void machine_tick(struct machine *m, double time)
{
	m->t.time_seconds = time;
	ranking_pass(&m->r, &m->t);
	for (uint32_t i = 0; i < SLOTS; i++)
		m->state[i] = m->state[i] == SLOT_NEW ? SLOT_LIVE : m->state[i];
}

static void test_a_leak_ranks_first_and_sounds_the_alarm_once(void **state)
{
	struct machine m;
	struct ranked rows[SLOTS];
	uint32_t count = 0;

	machine_init(&m);
	machine_put(&m, 0, 10, "steady");
	machine_put(&m, 2, 11, "leaky");
	for (int t = 0; t < 40; t++) {
		machine_tick(&m, t);
		m.process[2].anon_bytes += 20 * MIB;
		m.t.host.meminfo.available_bytes -= 20 * MIB;
	}
	for (uint32_t i = 0; i < SLOTS; i++)
		count += ranked_of_slot(&m.r, &m.t, i, &rows[count]);
	assert_int_equal(count, 2);
	ranked_sort(rows, count, RANK_SCORE, false);
	assert_int_equal(rows[0].id.pid, 11);
	assert_int_equal(rows[0].verdict->class, VERDICT_LEAKING);
	/* Kept for a replay; a live row shows none. */
	assert_true(m.r.slot[2].alarm_seconds > 0 && m.r.slot[2].alarm_seconds <= 15);
	assert_true(isnan(rows[0].alarm_seconds));
	assert_true(rows[0].verdict->exhaustion_seconds.known);
	assert_true(text_is(rows[0].limit, "host"));
	assert_true(text_is(rows[0].unit, "db.service"));
	assert_true(text_is(rows[0].cgroup, "/system.slice/db.service"));
	assert_true(rows[0].age_seconds == 100);
	assert_int_equal(rows[0].swap_bytes.known, KNOWN);
	assert_int_equal(rows[0].shmem_bytes.known, ABSENT);
	assert_true(isnan(rows[1].alarm_seconds));
	ranking_done(&m.r);
}

/* A reused slot must not inherit the history of the life before. */
static void test_a_new_life_starts_anew(void **state)
{
	struct machine m;
	struct ranked row;

	machine_init(&m);
	machine_put(&m, 0, 10, "leaky");
	for (int t = 0; t < 40; t++) {
		machine_tick(&m, t);
		m.process[0].anon_bytes += 20 * MIB;
	}
	assert_true(ranked_of_slot(&m.r, &m.t, 0, &row));
	assert_int_equal(row.verdict->class, VERDICT_LEAKING);
	machine_put(&m, 0, 12, "fresh");
	machine_tick(&m, 40);
	assert_true(ranked_of_slot(&m.r, &m.t, 0, &row));
	assert_int_equal(row.verdict->class, VERDICT_UNKNOWN);
	assert_true(isnan(row.alarm_seconds));
	ranking_done(&m.r);
}

/*
 * A leak of 10 MiB/min into 1 GiB that ends after 90 min, and after a restart at the same pace. A
 * history names it (pid, comm): the second life must be called although the first stood higher,
 * and its begin is no alarm. A fall to a tenth is none.
 */
static void test_a_restart_within_a_name(void **state)
{
	struct growth_policy policy = growth_policy_default(2);
	struct ranking r = { 0 };

	assert_int_equal(ranking_init(&r, 1, &policy), 0);
	ranking_start(&r, 0);
	for (int life = 0; life < 2; life++) {
		for (int i = 0; i < 90; i++) {
			double held = (10.0 + 10.0 * i) * MIB;
			struct headroom h = { .bytes = opt_u64_of((uint64_t)(GIB - held)) };
			struct sample x = { (90 * life + i) * 60.0, (uint64_t)held, NAN };

			ranking_add_named(&r, 0, &x, &h);
			if (i < 5)
				assert_int_equal(ranking_verdict(&r, 0)->class, VERDICT_UNKNOWN);
		}
		assert_int_equal(ranking_verdict(&r, 0)->class, VERDICT_LEAKING);
		assert_true(r.slot[0].alarm_seconds < 40 * 60);
	}
	assert_float_equal(r.slot[0].track.series.first_seconds, 90 * 60, 0.1);
	ranking_add_named(&r, 0, &(struct sample){ 181 * 60, 90 * MIB, NAN }, &(struct headroom){});
	assert_float_equal(r.slot[0].track.series.first_seconds, 90 * 60, 0.1);
	ranking_done(&r);
}

static void test_what_has_no_line_and_no_sample(void **state)
{
	struct machine m;
	struct ranked row;

	machine_init(&m);
	machine_put(&m, 1, 10, "old-kernel");
	m.process[1].fields = 0;
	machine_put(&m, 2, 11, "stale");
	for (int t = 0; t < 12; t++)
		machine_tick(&m, t);
	m.state[2] = SLOT_STALE;
	machine_tick(&m, 12);
	assert_false(ranked_of_slot(&m.r, &m.t, 0, &row));
	assert_false(ranked_of_slot(&m.r, &m.t, 3, &row));
	assert_true(ranked_of_slot(&m.r, &m.t, 1, &row));
	assert_int_equal(row.verdict->class, VERDICT_UNKNOWN);
	assert_int_equal(row.anon_bytes.known, ABSENT);
	assert_true(ranked_of_slot(&m.r, &m.t, 2, &row));
	assert_true(row.unread);
	assert_int_equal(row.verdict->class, VERDICT_STEADY);
	assert_true(m.r.slot[2].last.time_seconds == 11);
	ranking_done(&m.r);
}

static const struct verdict verdicts[] = {
	{ .score = 0.9,
	  .growth_bytes_per_second = { true, 1, 5, 9 },
	  .exhaustion_seconds = { true, 1, 100, 900 } },
	{ .score = 0.1,
	  .growth_bytes_per_second = { true, 1, 50, 90 },
	  .exhaustion_seconds = { true, 1, 10, 900 } },
	{ .score = 0.1 },
};

static struct ranked row_of(int32_t pid, const char *comm, const char *unit, uint64_t held,
			    const struct verdict *v)
{
	return (struct ranked){ .id = { .pid = pid },
				.comm = text_of(comm, strlen(comm)),
				.unit = text_of(unit, strlen(unit)),
				.container = TEXT(""),
				.held_bytes = held,
				.swap_bytes =
					pid % 2 ? opt_u64_of((uint64_t)pid) : opt_u64_none(ABSENT),
				.age_seconds = pid == 3 ? NAN : 100.0 - pid,
				.alarm_seconds = NAN,
				.verdict = v };
}

static void test_orders(void **state)
{
	static const struct {
		enum rank_key key;
		bool reverse;
		int32_t pids[4];
	} rows[] = {
		{ RANK_SCORE, false, { 1, 4, 3, 2 } },	    { RANK_SCORE, true, { 4, 3, 2, 1 } },
		{ RANK_MEMORY, false, { 3, 2, 4, 1 } },	    { RANK_GROWTH, false, { 4, 1, 3, 2 } },
		{ RANK_EXHAUSTION, false, { 4, 1, 3, 2 } }, { RANK_PID, false, { 1, 2, 3, 4 } },
		{ RANK_PID, true, { 4, 3, 2, 1 } },	    { RANK_NAME, false, { 2, 4, 3, 1 } },
		{ RANK_UNIT, false, { 3, 4, 1, 2 } },	    { RANK_SWAP, false, { 3, 1, 4, 2 } },
		{ RANK_AGE, false, { 1, 2, 4, 3 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ranked r[] = { row_of(2, "a", "z", 300, &verdicts[2]),
				      row_of(4, "ab", "m", 200, &verdicts[1]),
				      row_of(1, "c", "u", 100, &verdicts[0]),
				      row_of(3, "b", "", 400, &verdicts[2]) };

		ranked_sort(r, 4, rows[i].key, rows[i].reverse);
		for (size_t k = 0; k < 4; k++)
			assert_int_equal(r[k].id.pid, rows[i].pids[k]);
	}
	ranked_sort(NULL, 0, RANK_SCORE, false);
}

static void test_key_names(void **state)
{
	static const char *const names[RANK_KEYS] = { "score",	"memory",     "swap",
						      "growth", "exhaustion", "age",
						      "pid",	"name",	      "unit" };
	enum rank_key key = RANK_KEYS;

	for (int i = 0; i < RANK_KEYS; i++) {
		assert_true(rank_key_parse(text_of(names[i], strlen(names[i])), &key));
		assert_int_equal(key, i);
	}
	key = RANK_KEYS;
	assert_false(rank_key_parse(TEXT("size"), &key));
	assert_int_equal(key, RANK_KEYS);
}

static void test_filter(void **state)
{
	struct ranked r[] = { row_of(110, "nginx", "web.service", 1, &verdicts[2]),
			      row_of(2, "POSTGRES", "db.service", 2, &verdicts[2]),
			      row_of(3, "cat", "db.service", 3, &verdicts[2]) };
	struct ranked copy[3];

	assert_true(ranked_matches(&r[0], TEXT("")));
	assert_true(ranked_matches(&r[1], TEXT("gres")));
	assert_true(ranked_matches(&r[0], TEXT("10")));
	assert_false(ranked_matches(&r[2], TEXT("cats")));
	memcpy(copy, r, sizeof(copy));
	assert_int_equal(ranked_filter(copy, 3, TEXT("DB")), 2);
	assert_int_equal(copy[0].id.pid, 2);
	assert_int_equal(copy[1].id.pid, 3);
}

static void test_reserve_keeps_what_is_known(void **state)
{
	struct growth_policy policy = growth_policy_default(0);
	struct headroom h = { .kind = LIMIT_REPLAY,
			      .cgroup = CGROUP_NONE,
			      .bytes = opt_u64_of(GIB) };
	struct ranking r;

	assert_int_equal(ranking_init(&r, 0, &policy), 0);
	assert_int_equal(ranking_reserve(&r, 2), 0);
	ranking_start(&r, 1);
	for (int t = 0; t < 12; t++)
		ranking_add(&r, 1, &(struct sample){ .time_seconds = t, .held_bytes = MIB }, &h);
	assert_int_equal(ranking_reserve(&r, 1000), 0);
	assert_int_equal(ranking_verdict(&r, 1)->class, VERDICT_STEADY);
	ranking_start(&r, 999);
	assert_int_equal(ranking_verdict(&r, 999)->class, VERDICT_UNKNOWN);
	ranking_done(&r);
	ranking_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_leak_ranks_first_and_sounds_the_alarm_once),
		cmocka_unit_test(test_a_new_life_starts_anew),
		cmocka_unit_test(test_a_restart_within_a_name),
		cmocka_unit_test(test_what_has_no_line_and_no_sample),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_key_names),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_reserve_keeps_what_is_known),
	};

	return cmocka_run_group_tests_name("ranking", tests, NULL, NULL);
}
