/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sampler on every captured tree: each shows what it is named for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "source/sampler.h"

struct tree {
	struct root root;
	struct sampler *s;
	const struct process_table *t;
};

static int tree_open(struct tree *x, const char *name, struct fault *f)
{
	const char *roots = getenv("BULKHEAD_ROOTS");
	struct sampler_config config = sampler_config_guard();
	char dir[4096];

	assert_non_null(roots);
	(void)snprintf(dir, sizeof(dir), "%s/%s", roots, name);
	if (root_open(dir, &x->root, f) < 0)
		fail_msg("%s", f->what);
	if (sampler_open(&x->root, &config, &x->s, f) < 0)
		fail_msg("%s", f->what);
	x->t = sampler_table(x->s);
	return sampler_pass(x->s, 1000, f);
}

static struct tree tree_of(const char *name)
{
	struct tree x = { 0 };
	struct fault f = { 0 };
	const struct pass_counts *c;

	if (tree_open(&x, name, &f) < 0)
		fail_msg("%s", f.what);
	c = &x.t->counts;
	assert_int_equal(c->listed,
			 c->read + c->kthreads + c->vanished + c->unreadable + c->over_capacity);
	return x;
}

static void tree_close(struct tree *x)
{
	sampler_free(x->s);
	root_close(&x->root);
}

static const struct process *find(const struct tree *x, const char *comm)
{
	for (uint32_t i = 0; i < x->t->high; i++)
		if (x->t->state[i] != SLOT_FREE && strcmp(x->t->process[i].comm, comm) == 0)
			return &x->t->process[i];
	fail_msg("there is no process '%s'", comm);
	return NULL;
}

static const struct cgroup *cgroup_of(const struct tree *x, const struct process *p,
				      const char *path)
{
	assert_true(p->cgroup != CGROUP_NONE);
	assert_string_equal(cgroup_path(&x->t->cgroups, p->cgroup), path);
	return &x->t->cgroups.node[p->cgroup];
}

static void test_v1_limited_leaker(void **state)
{
	struct tree x = tree_of("v1-limited-leaker");
	const struct process *leaky = find(&x, "leaky"), *steady = find(&x, "steady");
	const struct cgroup *c = cgroup_of(&x, leaky, "/bulkhead-capture/leaker.service");

	assert_int_equal(x.t->counts.read, 2);
	assert_int_equal(x.t->cgroups.version, CGROUP_V1);
	assert_true(leaky->anon_bytes > 64 * MIB && leaky->anon_bytes < 65 * MIB);
	assert_true(c->max_bytes.value == 96 * MIB && c->memsw_max_bytes.value == 128 * MIB);
	assert_true(c->usage_bytes.value >= 64 * MIB && c->usage_bytes.value <= 70 * MIB);
	assert_true(opt_is_known(c->reclaimable_bytes) && c->hierarchical);
	assert_int_equal(c->high_bytes.known, ABSENT);
	c = &x.t->cgroups.node[c->parent];
	assert_true(c->max_bytes.value == 256 * MIB);
	assert_int_equal(c->memsw_max_bytes.known, ABSENT);
	assert_int_equal(c->processes, 1);
	assert_int_equal(x.t->cgroups.node[c->parent].max_bytes.known, ABSENT);
	assert_true(steady->fields & PROCESS_RLIMIT_AS);
	assert_true(steady->rlimit_as_bytes == UINT64_C(200000) * KIB);
	assert_false(leaky->fields & PROCESS_RLIMIT_AS);
	assert_true(leaky->fields & PROCESS_OOM_SCORE_ADJ);
	assert_int_equal(x.t->host.cpus, 2);
	assert_true(x.t->host.memory_pressure.some.present);
	tree_close(&x);
}

static void test_v2_limits(void **state)
{
	struct tree x = tree_of("v2-limits");
	const struct cgroup *c = cgroup_of(&x, find(&x, "leaky"), "/system.slice/leaker.service");

	assert_int_equal(x.t->cgroups.version, CGROUP_V2);
	assert_true(c->max_bytes.value == 160 * MIB && c->high_bytes.value == 128 * MIB);
	assert_true(opt_is_known(c->swap_max_bytes) && c->swap_max_bytes.value == 0);
	assert_true(c->reclaimable_bytes.value == 12 * MIB + 204800);
	assert_true(c->oom_kill_events.value == 1);
	c = &x.t->cgroups.node[c->parent];
	assert_int_equal(c->max_bytes.known, ABSENT);
	/* memory.stat is not read where no limit asks for it */
	assert_int_equal(c->reclaimable_bytes.known, ABSENT);
	c = &x.t->cgroups.node[find(&x, "steady")->cgroup];
	assert_int_equal(c->swap_max_bytes.known, ABSENT);
	c = &x.t->cgroups.node[x.t->cgroups.node[c->parent].parent];
	assert_true(c->max_bytes.value == 64 * MIB);
	tree_close(&x);
}

static void test_v2_limited_leaker(void **state)
{
	struct tree x = tree_of("v2-limited-leaker");
	const struct process *leaky = find(&x, "lab-steady-leak");
	const struct cgroup *c = cgroup_of(&x, leaky, "/system.slice/leaker.service");

	assert_int_equal(x.t->counts.read, 2);
	assert_int_equal(x.t->cgroups.version, CGROUP_V2);
	assert_true(leaky->anon_bytes == UINT64_C(109992) * KIB);
	assert_true(c->max_bytes.value == 200 * MIB && c->high_bytes.value == 106205184);
	assert_true(c->usage_bytes.value == 114225152 && c->swap_usage_bytes.value == 0);
	assert_true(opt_is_known(c->oom_kill_events) && c->oom_kill_events.value == 0);
	assert_int_equal(c->swap_max_bytes.known, ABSENT);
	assert_int_equal(c->processes, 1);
	/* the root of a v2 tree has no memory.current */
	c = &x.t->cgroups.node[x.t->cgroups.node[c->parent].parent];
	assert_int_equal(c->parent, CGROUP_NONE);
	assert_false(opt_is_known(c->usage_bytes));
	c = &x.t->cgroups.node[find(&x, "lab-large-stead")->cgroup];
	assert_true(c->low_bytes.value == 32 * MIB);
	assert_true(x.t->host.memory_pressure.some.present);
	tree_close(&x);
}

static void test_hostile_comm(void **state)
{
	struct tree x = tree_of("hostile-comm");
	const struct process *p = find(&x, ") R 1\n\033[2J(");

	(void)cgroup_of(&x, p, "/bulkhead-capture/a b:c.scope");
	assert_true(p->anon_bytes > MIB && p->session > 0);
	tree_close(&x);
}

static void test_leader_exited(void **state)
{
	struct tree x = tree_of("leader-exited");
	const struct process *p = find(&x, "leader-gone");

	assert_false(p->zombie);
	assert_int_equal(p->threads, 2);
	assert_true(p->anon_bytes > 24 * MIB);
	tree_close(&x);
}

static void test_zram(void **state)
{
	struct tree x = tree_of("zram");
	const struct host *h = &x.t->host;

	assert_true(h->zram_size_bytes.value == UINT64_C(8388604) * KIB);
	assert_true(h->zram_free_bytes.value == UINT64_C(7340028) * KIB);
	assert_true(h->zram_data_bytes.value == GIB && h->zram_used_bytes.value == 256 * MIB);
	assert_int_equal(x.t->cgroups.version, CGROUP_VERSION_UNKNOWN);
	assert_true(find(&x, "leaky")->cgroup == CGROUP_NONE);
	tree_close(&x);
}

static void test_without_memavailable(void **state)
{
	struct tree x = { 0 };
	struct fault f = { 0 };

	assert_int_equal(tree_open(&x, "without-memavailable", &f), -EPROTO);
	assert_non_null(strstr(f.what, "MemAvailable"));
	tree_close(&x);
}

static void test_linux_4_4(void **state)
{
	struct tree x = tree_of("linux-4.4");
	const struct process *p = find(&x, "leaky");
	const struct cgroup *c = cgroup_of(&x, p, "/bulkhead-capture/leaker.service");

	assert_true(p->fields & PROCESS_ANON);
	assert_true(p->anon_bytes > 64 * MIB && p->anon_bytes < 65 * MIB);
	assert_false(p->fields & (PROCESS_SHMEM | PROCESS_FILE));
	assert_int_equal(c->memsw_max_bytes.known, ABSENT);
	assert_int_equal(c->oom_kill_events.known, ABSENT);
	assert_false(x.t->host.memory_pressure.some.present);
	tree_close(&x);
}

static void test_malformed(void **state)
{
	struct tree x = tree_of("malformed");
	const struct process *outside = &x.t->process[0], *intact = &x.t->process[1];

	/* 1001, 1002, 1003, 1005; 007, 99999999999 and 12x are no pids and not listed */
	assert_int_equal(x.t->counts.listed, 6);
	assert_int_equal(x.t->counts.unreadable, 4);
	assert_int_equal(x.t->counts.read, 2);
	assert_int_equal(x.t->high, 2);
	assert_int_equal(outside->id.pid, 1004);
	assert_true(outside->cgroup == CGROUP_NONE);
	assert_false(outside->fields &
		     (PROCESS_OOM_SCORE_ADJ | PROCESS_RLIMIT_AS | PROCESS_RLIMIT_DATA));
	assert_true(outside->fields & PROCESS_ANON);
	assert_int_equal(cgroup_of(&x, intact, "/system.slice/leaker.service")->max_bytes.known,
			 UNREADABLE);
	tree_close(&x);
}

/* Twice the same, whatever order the directory has. */
static void test_repeatable(void **state)
{
	struct tree a = tree_of("hostile-names"), b = tree_of("hostile-names");

	assert_int_equal(a.t->high, b.t->high);
	assert_true(a.t->high > 1);
	for (uint32_t i = 0; i < a.t->high; i++) {
		assert_memory_equal(&a.t->process[i], &b.t->process[i], sizeof(struct process));
		if (i)
			assert_true(a.t->process[i - 1].id.pid < a.t->process[i].id.pid);
	}
	assert_true(a.t->counts.kthreads > 0);
	tree_close(&a);
	tree_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v1_limited_leaker),
		cmocka_unit_test(test_v2_limits),
		cmocka_unit_test(test_v2_limited_leaker),
		cmocka_unit_test(test_hostile_comm),
		cmocka_unit_test(test_leader_exited),
		cmocka_unit_test(test_zram),
		cmocka_unit_test(test_without_memavailable),
		cmocka_unit_test(test_linux_4_4),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_repeatable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
