/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "fake.h"
#include "unit.h"

#include "source/service_limits.h"

static void node(const struct fake *x, const char *path, const char *current, const char *max)
{
	char file[256];

	(void)snprintf(file, sizeof(file), "sys/fs/cgroup/%s/memory.current", path);
	fake_file(x, file, current);
	(void)snprintf(file, sizeof(file), "sys/fs/cgroup/%s/memory.max", path);
	fake_file(x, file, max);
}

/*
 *  /system.slice             max
 *    a.service               1000   max      unlimited
 *    b.service               5000   8000     its own limit
 *    c.service               3000   max      unlimited, the largest
 *      inner.service         9000   max      c's affair
 *  /bound.slice              limit 100
 *    below.slice
 *      d.service             7      max      bound by bound.slice
 */
static void test_v2(void **state)
{
	struct fake x = { 0 };
	struct service_limits s;

	fake_begin(&x);
	fake_file(&x, "sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
	node(&x, "system.slice", "9000\n", "max\n");
	node(&x, "system.slice/a.service", "1000\n", "max\n");
	node(&x, "system.slice/b.service", "5000\n", "8000\n");
	node(&x, "system.slice/c.service", "3000\n", "max\n");
	node(&x, "system.slice/c.service/inner.service", "9000\n", "max\n");
	node(&x, "bound.slice", "50\n", "100\n");
	node(&x, "bound.slice/below.slice/d.service", "7\n", "max\n");
	fake_open(&x);
	service_limits_read(&x.root, &s);
	assert_true(opt_is_known(s.services) && s.services.value == 4);
	assert_int_equal(s.unlimited, 2);
	assert_int_equal(s.unlimited_bytes, 4000);
	assert_string_equal(s.largest, "/system.slice/c.service");
	assert_int_equal(s.largest_bytes, 3000);
	fake_end(&x);
}

/* v1: a parent's limit holds only with use_hierarchy. */
static void test_v1(void **state)
{
	struct fake x = { 0 };
	struct service_limits s;

	fake_begin(&x);
	fake_file(&x, "sys/fs/cgroup/memory/memory.stat", "");
	fake_file(&x, "sys/fs/cgroup/memory/p/memory.limit_in_bytes", "100\n");
	fake_file(&x, "sys/fs/cgroup/memory/p/memory.use_hierarchy", "0\n");
	fake_file(&x, "sys/fs/cgroup/memory/p/x.service/memory.limit_in_bytes",
		  "9223372036854771712\n");
	fake_file(&x, "sys/fs/cgroup/memory/p/x.service/memory.usage_in_bytes", "5\n");
	fake_open(&x);
	service_limits_read(&x.root, &s);
	assert_true(s.services.value == 1 && s.unlimited == 1 && s.unlimited_bytes == 5);
	fake_file(&x, "sys/fs/cgroup/memory/p/memory.use_hierarchy", "1\n");
	service_limits_read(&x.root, &s);
	assert_true(s.services.value == 1 && s.unlimited == 0 && !s.largest[0]);
	fake_end(&x);
}

static void test_none(void **state)
{
	struct fake x = { 0 };
	struct service_limits s;

	fake_begin(&x);
	fake_open(&x);
	service_limits_read(&x.root, &s);
	assert_int_equal(s.services.known, ABSENT);
	fake_end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v2),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
