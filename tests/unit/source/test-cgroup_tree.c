/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "unit.h"

#include "source/cgroup_tree.h"

static struct process_table one_process(struct process *p, uint8_t *slot, uint32_t cgroup)
{
	*p = (struct process){ .cgroup = cgroup };
	*slot = SLOT_LIVE;
	return (struct process_table){ .process = p, .state = slot, .capacity = 1, .high = 1 };
}

static void test_detection(void **state)
{
	static const struct {
		const char *file, *content;
		enum cgroup_version version;
	} rows[] = {
		{ "sys/fs/cgroup/cgroup.controllers", "cpu memory\n", CGROUP_V2 },
		{ "sys/fs/cgroup/cgroup.controllers", "cpu pids\n", CGROUP_VERSION_UNKNOWN },
		{ "sys/fs/cgroup/memory/memory.stat", "total_rss 0\n", CGROUP_V1 },
		{ "sys/fs/cgroup/unified/cgroup.controllers", "memory\n", CGROUP_V2 },
		{ "sys/kernel/x", "\n", CGROUP_VERSION_UNKNOWN },
		{ "proc/x", "\n", CGROUP_VERSION_UNKNOWN }, /* no sys at all */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake x;
		struct cgroup_tree t;

		fake_begin(&x);
		fake_file(&x, rows[i].file, rows[i].content);
		fake_open(&x);
		assert_int_equal(cgroup_tree_open(&t, &x.root, 4, 64, NULL), 0);
		assert_int_equal(t.table.version, rows[i].version);
		cgroup_tree_release(&t);
		fake_end(&x);
	}
}

static void test_numbers_v2(void **state)
{
	struct fake x;
	struct cgroup_tree t;
	struct process p;
	uint8_t slot;
	char buf[4096];
	uint32_t leaf, top;

	fake_begin(&x);
	fake_file(&x, "sys/fs/cgroup/cgroup.controllers", "memory\n");
	fake_file(&x, "sys/fs/cgroup/memory.stat", "anon 1\n");
	fake_file(&x, "sys/fs/cgroup/a.slice/memory.current", "700\n");
	fake_file(&x, "sys/fs/cgroup/a.slice/memory.max", "1000\n");
	fake_file(&x, "sys/fs/cgroup/a.slice/memory.stat", "active_file 1\ninactive_file 2\n");
	fake_file(&x, "sys/fs/cgroup/a.slice/b.service/memory.current", "600\n");
	fake_file(&x, "sys/fs/cgroup/a.slice/b.service/memory.max", "max\n");
	fake_file(&x, "sys/fs/cgroup/a.slice/b.service/memory.high", "broken\n");
	fake_file(&x, "sys/fs/cgroup/a.slice/b.service/memory.events", "oom_kill 3\n");
	fake_open(&x);
	assert_int_equal(cgroup_tree_open(&t, &x.root, 8, 256, NULL), 0);
	leaf = cgroup_tree_intern(&t, TEXT("/a.slice/b.service"));
	assert_int_equal(cgroup_tree_intern(&t, TEXT("/a.slice/b.service")), leaf);
	struct process_table table = one_process(&p, &slot, leaf);

	cgroup_tree_refresh(&t, &table, 10, 5, buf, sizeof(buf));
	top = t.table.node[leaf].parent;
	assert_string_equal(cgroup_path(&t.table, leaf), "/a.slice/b.service");
	assert_string_equal(cgroup_path(&t.table, top), "/a.slice");
	assert_string_equal(cgroup_path(&t.table, t.table.node[top].parent), "/");
	assert_int_equal(t.table.node[leaf].processes, 1);
	assert_int_equal(t.table.node[top].processes, 0);
	assert_true(t.table.node[leaf].usage_bytes.value == 600);
	assert_int_equal(t.table.node[leaf].max_bytes.known, ABSENT);
	assert_int_equal(t.table.node[leaf].high_bytes.known, UNREADABLE);
	assert_true(t.table.node[leaf].oom_kill_events.value == 3);
	assert_true(t.table.node[top].max_bytes.value == 1000);
	assert_true(t.table.node[top].reclaimable_bytes.value == 3);
	assert_true(t.table.node[top].hierarchical);

	/* the fast clock: only what is limited, only its usage */
	fake_file(&x, "sys/fs/cgroup/a.slice/memory.current", "800\n");
	fake_file(&x, "sys/fs/cgroup/a.slice/memory.max", "2000\n");
	fake_file(&x, "sys/fs/cgroup/a.slice/b.service/memory.current", "650\n");
	assert_int_equal(cgroup_tree_usage(&t, 64), 1);
	assert_true(t.table.node[top].usage_bytes.value == 800);
	assert_true(t.table.node[top].max_bytes.value == 1000);
	assert_true(t.table.node[leaf].usage_bytes.value == 600);
	/* not yet old enough; then it is */
	cgroup_tree_refresh(&t, &table, 14, 5, buf, sizeof(buf));
	assert_true(t.table.node[top].max_bytes.value == 1000);
	cgroup_tree_refresh(&t, &table, 15, 5, buf, sizeof(buf));
	assert_true(t.table.node[top].max_bytes.value == 2000);
	cgroup_tree_release(&t);
	fake_end(&x);
}

static void test_v1_without_hierarchy(void **state)
{
	struct fake x;
	struct cgroup_tree t;
	struct process p;
	uint8_t slot;
	char buf[4096];
	uint32_t leaf;

	fake_begin(&x);
	fake_file(&x, "sys/fs/cgroup/memory/memory.stat", "total_rss 0\n");
	fake_file(&x, "sys/fs/cgroup/memory/memory.use_hierarchy", "0\n");
	fake_file(&x, "sys/fs/cgroup/memory/a/memory.use_hierarchy", "1\n");
	fake_file(&x, "sys/fs/cgroup/memory/a/memory.memsw.limit_in_bytes", "5\n");
	fake_open(&x);
	assert_int_equal(cgroup_tree_open(&t, &x.root, 8, 256, NULL), 0);
	leaf = cgroup_tree_intern(&t, TEXT("/a"));
	struct process_table table = one_process(&p, &slot, leaf);

	cgroup_tree_refresh(&t, &table, 0, 5, buf, sizeof(buf));
	assert_true(t.table.node[leaf].hierarchical);
	assert_true(t.table.node[leaf].memsw_max_bytes.value == 5);
	assert_false(t.table.node[t.table.node[leaf].parent].hierarchical);
	cgroup_tree_release(&t);
	fake_end(&x);
}

/* Short-lived cgroups come and go for ever in room for a few; the long-lived one keeps its index,
 * and what does not fit is counted. */
static void test_churn(void **state)
{
	struct root root = ROOT_CLOSED;
	struct cgroup_tree t;
	struct process p[2] = { 0 };
	uint8_t slot[2] = { SLOT_LIVE, SLOT_LIVE };
	struct process_table table = { .process = p, .state = slot, .capacity = 2, .high = 2 };
	uint32_t stays;
	char buf[64], path[32];

	assert_int_equal(cgroup_tree_open(&t, &root, 4, 48, NULL), 0);
	stays = cgroup_tree_intern(&t, TEXT("/stays"));
	for (int i = 0; i < 1000; i++) {
		int n = snprintf(path, sizeof(path), "/comes-%d", i);

		p[0].cgroup = stays;
		p[1].cgroup = cgroup_tree_intern(&t, text_of(path, (size_t)n));
		assert_true(p[1].cgroup != CGROUP_NONE);
		assert_string_equal(cgroup_path(&t.table, p[1].cgroup), path);
		assert_int_equal(cgroup_tree_intern(&t, TEXT("/stays")), stays);
		assert_string_equal(cgroup_path(&t.table, stays), "/stays");
		cgroup_tree_refresh(&t, &table, i, 5, buf, sizeof(buf));
	}
	assert_int_equal(t.table.dropped, 0);
	assert_int_equal(cgroup_tree_intern(&t, TEXT("/a/b/c/d")), CGROUP_NONE);
	assert_int_equal(t.table.dropped, 1);
	assert_int_equal(
		cgroup_tree_intern(&t, TEXT("/too-long-for-the-arena-0123456789-0123456789-0123")),
		CGROUP_NONE);
	assert_string_equal(cgroup_path(&t.table, stays), "/stays");
	cgroup_tree_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detection),
		cmocka_unit_test(test_numbers_v2),
		cmocka_unit_test(test_v1_without_hierarchy),
		cmocka_unit_test(test_churn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
