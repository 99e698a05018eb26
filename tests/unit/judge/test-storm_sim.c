/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "judge/sim_heap.h"
#include "judge/sim_ring.h"
#include "judge/storm_sim.h"

/* The VM of docs/STORM.md with `workers` idle processes, on a line of 19200 baud. */
struct world {
	struct console_list consoles;
	struct printk printk;
	struct storm_sim_config config;
};

static struct world *world(uint32_t workers, uint32_t allocators, uint32_t leakers, bool dump,
			   uint64_t loglevel)
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	w.consoles.count = 1;
	w.consoles.console[0] = (struct console){ .kind = CONSOLE_UART,
						  .registered = KNOWN,
						  .enabled = true,
						  .bits_per_second = opt_u64_of(19200),
						  .bits_per_character = 10 };
	w.printk.console_loglevel = opt_u64_of(loglevel);
	w.config = (struct storm_sim_config){
		.shape = { .kernel = { 6, 1 },
			   .tasks = workers + allocators + leakers + 6.0,
			   .comm_bytes = 10.4,
			   .cpus = 2,
			   .nodes = 1,
			   .zones = 2,
			   .memory_bytes = 400 * MIB,
			   .dump_tasks = dump,
			   .timestamps = true,
			   .rcu_stall_seconds = 21 },
		.consoles = &w.consoles,
		.printk = &w.printk,
		.allocators = allocators,
		.leakers = leakers,
	};
	storm_sim_defaults(&w.config);
	w.config.ring_bytes = 8.0 * MIB;
	return &w;
}

static struct storm_sim_result simulate(const struct world *w)
{
	struct storm_sim_result r;

	assert_int_equal(storm_sim_run(&w->config, &r), 0);
	assert_true(r.complete);
	return r;
}

/*
 * Measured in the VM (docs/STORM.md), 8 allocators, 200 workers: kills, from the first line to the
 * last leaker dead, and the sum of the gaps of an allocating process. The tolerance is the spread
 * of the repetitions and the half second by which the bench and its busy host wake up late.
 */
static void test_measured_storms(void **state)
{
	static const struct {
		uint32_t leakers;
		bool dump;
		uint64_t loglevel;
		double gaps_low, gaps_high; /* of the repetitions */
		double tolerance;
	} rows[] = {
		{ 1, true, 7, 13.7, 15.8, 0.5 },   { 4, true, 7, 57.1, 60.1, 3 },
		{ 4, false, 7, 10.4, 13.7, 1 },	   { 16, false, 7, 42.6, 55.0, 3 },
		{ 16, true, 7, 231.7, 231.7, 12 }, { 4, true, 4, 0.24, 1.3, 0.5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct storm_sim_result r =
			simulate(world(200, 8, rows[i].leakers, rows[i].dump, rows[i].loglevel));

		assert_int_equal(r.kills, rows[i].leakers);
		assert_true(r.stall_mean_seconds >= rows[i].gaps_low - rows[i].tolerance);
		assert_true(r.stall_mean_seconds <= rows[i].gaps_high + rows[i].tolerance);
	}
	/* 1000 workers and RCU stall reports: 60.8 s on the wire */
	const struct storm_sim_result long_one = simulate(world(1000, 8, 1, true, 7));

	assert_near(long_one.print_seconds, 60.8, 6);
	assert_int_equal(long_one.rcu_reports, 1);
}

/* One kill: the same as the closed formula, which knows nothing of events. */
static void test_agrees_with_prediction(void **state)
{
	const struct world *w = world(200, 8, 1, true, 7);
	const struct storm_sim_result r = simulate(w);
	struct storm_prediction p;

	storm_predict(&w->config.shape, &w->consoles, &w->printk, &p);
	assert_near(r.print_seconds / p.print_seconds.mid, 1, 0.01);
	assert_true(r.stall_max_seconds > p.stall_seconds.low);
	assert_true(r.stall_max_seconds < p.stall_seconds.high);
}

/* Where stall reports draw stall reports, too: in order of magnitude. */
static void test_agrees_on_a_slow_line(void **state)
{
	static const uint64_t bauds[] = { 50, 300, 600 };

	for (size_t i = 0; i < ARRAY_SIZE(bauds); i++) {
		struct world *w = world(200, 8, 1, true, 7);
		struct storm_prediction p;
		struct storm_sim_result r;

		w->consoles.console[0].bits_per_second = opt_u64_of(bauds[i]);
		r = simulate(w);
		storm_predict(&w->config.shape, &w->consoles, &w->printk, &p);
		assert_near(r.print_seconds / p.print_seconds.mid, 1, 0.25);
	}
}

static void test_deterministic(void **state)
{
	const struct storm_sim_result a = simulate(world(200, 100, 4, true, 7)),
				      b = simulate(world(200, 100, 4, true, 7));

	assert_memory_equal(&a, &b, sizeof(a));
}

/* What relieves, relieves; what makes it worse, makes it worse. */
static void test_directions(void **state)
{
	const double base = simulate(world(200, 8, 4, true, 7)).stall_mean_seconds;
	struct world *w = world(200, 8, 4, true, 7);

	assert_true(simulate(world(2000, 8, 4, true, 7)).stall_mean_seconds > base * 5);
	assert_true(simulate(world(200, 8, 8, true, 7)).stall_mean_seconds > base * 1.5);
	assert_true(simulate(world(200, 500, 4, true, 7)).stall_mean_seconds > base * 1.5);
	assert_true(simulate(world(200, 8, 4, false, 7)).stall_mean_seconds < base / 2);
	assert_true(simulate(world(200, 8, 4, true, 4)).stall_mean_seconds < base / 10);
	w = world(200, 8, 4, true, 7);
	w->consoles.console[0].nbcon = true;
	assert_true(simulate(w).stall_mean_seconds < base / 10);
}

/* A quiet console leaves all to the ring: large enough it keeps everything, else what is lost is
 * counted. */
static void test_ring_overrun(void **state)
{
	struct world *w = world(10000, 8, 4, true, 3);

	assert_true(simulate(w).lost_daemon == 0);
	w->config.ring_bytes = 128.0 * KIB;
	assert_true(simulate(w).lost_daemon > 10000);

	w = world(10000, 8, 1, true, 7);
	w->consoles.console[0].nbcon = true;
	assert_true(simulate(w).lost_console == 0);
	w->config.ring_bytes = 128.0 * KIB;
	assert_true(simulate(w).lost_console > 5000);
}

static void test_bad_configurations(void **state)
{
	struct world *w = world(10, 0, 1, true, 7);
	struct storm_sim_result r;

	/* nobody else allocates: nobody waits, the leaker dies all the same */
	r = simulate(w);
	assert_int_equal(r.kills, 1);
	assert_true(r.stall_mean_seconds == 0);
	w->config.leakers = 0;
	assert_int_equal(storm_sim_run(&w->config, &r), -EINVAL);
	w = world(10, 1, 1, true, 7);
	w->consoles.console[0].bits_per_second = opt_u64_none(ABSENT);
	assert_int_equal(storm_sim_run(&w->config, &r), -EINVAL);
	/* far beyond every clock: ends at the limit and says so */
	w = world(100000, 8, 1, true, 7);
	w->config.limit_seconds = 10;
	assert_int_equal(storm_sim_run(&w->config, &r), 0);
	assert_false(r.complete);
	/* that is how long it has lasted by then */
	assert_near(r.duration_seconds, 10, 1e-9);
	assert_near(r.stall_max_seconds, 10, 0.1);
	assert_near(r.stall_mean_seconds, 10, 0.1);
	assert_near(r.print_seconds, 10, 0.2);
	assert_int_equal(r.kills, 0);
	/* more work than is wanted */
	w = world(100, 8, 1, true, 7);
	w->config.events_max = simulate(w).events;
	assert_int_equal(storm_sim_run(&w->config, &r), 0);
	w->config.events_max--;
	assert_int_equal(storm_sim_run(&w->config, &r), -E2BIG);
}

static void test_heap_and_ring(void **state)
{
	struct sim_event room[8], e;
	struct sim_heap h = { .event = room, .capacity = 8 };
	static const double times[] = { 3, 1, 2, 1, 5, 0.5, 2, 4 };
	double last = 0;
	uint32_t last_who = 0;
	struct sim_ring r;

	for (uint32_t i = 0; i < ARRAY_SIZE(times); i++)
		sim_heap_push(&h, times[i], 0, i);
	for (uint32_t i = 0; i < ARRAY_SIZE(times); i++) {
		assert_true(sim_heap_pop(&h, &e));
		assert_true(e.seconds > last || (e.seconds == last && e.who > last_who));
		last = e.seconds;
		last_who = e.who;
	}
	assert_false(sim_heap_pop(&h, &e));

	assert_int_equal(sim_ring_init(&r, 100), 0);
	for (int i = 0; i < 10; i++)
		sim_ring_append(&r, 40, 6);
	assert_int_equal(r.head, 10);
	assert_int_equal(r.tail, 8);
	sim_ring_append(&r, 1000, 6); /* larger than the ring: it alone is left */
	assert_int_equal(r.head - r.tail, 1);
	sim_ring_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measured_storms),
		cmocka_unit_test(test_agrees_with_prediction),
		cmocka_unit_test(test_agrees_on_a_slow_line),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_directions),
		cmocka_unit_test(test_ring_overrun),
		cmocka_unit_test(test_bad_configurations),
		cmocka_unit_test(test_heap_and_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
