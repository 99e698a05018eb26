/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "unit.h"

#include "judge/growth.h"
#include "judge/watchlist.h"
#include "processes.h"

static void pass(struct watchlist *w, struct machine *m, double now)
{
	struct growth_policy p = growth_policy_default(2);

	m->t.time_seconds = now;
	watchlist_feed(w, &m->t, &p);
}

static void test_recent(void **state)
{
	struct machine *m = machine();
	struct watchlist w;
	struct process *p = add(m, "x", 0, 100);

	assert_int_equal(watchlist_init(&w, 16), 0);
	m->state[0] = SLOT_NEW;
	pass(&w, m, 10);
	assert_true(w.recent[0] == 0); /* the first scan knows no time before it */
	m->state[0] = SLOT_LIVE;
	p->anon_bytes += 10 * MIB;
	pass(&w, m, 12);
	assert_true(fabs((double)w.recent[0] - 5.0 * MIB) < 4096);
	p->swap_bytes = 6 * MIB;
	p->anon_bytes -= 16 * MIB;
	pass(&w, m, 14);
	assert_true(fabs((double)w.recent[0] + 5.0 * MIB) < 4096);
	watchlist_release(&w);
}

/* A slot outlives its process: what the next one does is its own. */
static void test_a_new_life_starts_anew(void **state)
{
	struct machine *m = machine();
	struct watchlist w;
	struct process *p = add(m, "x", 0, 100);

	assert_int_equal(watchlist_init(&w, 16), 0);
	m->state[0] = SLOT_NEW;
	for (int t = 0; t < 100; t++) {
		p->anon_bytes += 20 * MIB;
		pass(&w, m, 10 + t);
		m->state[0] = SLOT_LIVE;
	}
	assert_true(w.track[0].series.samples == 100);
	m->state[0] = SLOT_NEW;
	p->anon_bytes = MIB;
	pass(&w, m, 200);
	assert_int_equal(w.track[0].series.samples, 1);
	assert_int_equal(track_class(&w.track[0]), VERDICT_UNKNOWN);
	/* Whatever a life that began since the last scan holds, it took since then. */
	assert_true(fabs((double)w.recent[0] - (double)MIB / 91) < 4096);
	watchlist_release(&w);
}

/* ... also when the first look at the new life could not read its memory. */
static void test_a_new_life_that_cannot_be_read(void **state)
{
	struct machine *m = machine();
	struct watchlist w;
	struct process *p = add(m, "x", 0, 1000);

	assert_int_equal(watchlist_init(&w, 16), 0);
	m->state[0] = SLOT_NEW;
	pass(&w, m, 1);
	m->state[0] = SLOT_LIVE;
	pass(&w, m, 2);
	m->state[0] = SLOT_NEW;
	p->fields = 0;
	p->anon_bytes = 0;
	pass(&w, m, 3);
	assert_int_equal(w.track[0].series.samples, 0);
	m->state[0] = SLOT_LIVE;
	p->fields = PROCESS_ANON;
	p->anon_bytes = 1500 * MIB;
	pass(&w, m, 4);
	assert_int_equal(w.track[0].series.samples, 1);
	assert_true(w.recent[0] == 0); /* nothing to compare with */
	watchlist_release(&w);
}

static void test_what_was_not_read_is_not_fed(void **state)
{
	struct machine *m = machine();
	struct watchlist w;

	(void)add(m, "stale", 0, 1);
	(void)add(m, "free", 0, 1);
	m->state[0] = SLOT_STALE;
	m->state[1] = SLOT_FREE;
	assert_int_equal(watchlist_init(&w, 16), 0);
	pass(&w, m, 1);
	assert_int_equal(w.track[0].series.samples, 0);
	assert_int_equal(w.track[1].series.samples, 0);
	watchlist_release(&w);
	watchlist_release(&w); /* a released one is fine */
}

/* Guard's promise for its own size, 704 bytes of it the track. */
static void test_a_slot_is_small(void **state)
{
	struct watchlist w;

	assert_true(sizeof(*w.track) + sizeof(*w.recent) <= 708);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recent),
		cmocka_unit_test(test_a_new_life_starts_anew),
		cmocka_unit_test(test_a_new_life_that_cannot_be_read),
		cmocka_unit_test(test_what_was_not_read_is_not_fed),
		cmocka_unit_test(test_a_slot_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
