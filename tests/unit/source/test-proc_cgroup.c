/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "unit.h"

#include "source/proc_cgroup.h"

static void test_paths(void **state)
{
	static const struct {
		enum cgroup_version version;
		const char *in, *path;
	} rows[] = {
		{ CGROUP_V2, "0::/\n", "/" },
		{ CGROUP_V2, "0::/user.slice/a b:c\n", "/user.slice/a b:c" },
		{ CGROUP_V1, "9:name=systemd:/x\n4:memory:/docker/abc\n0::/y\n", "/docker/abc" },
		{ CGROUP_V2, "9:name=systemd:/x\n4:memory:/docker/abc\n0::/y\n", "/y" },
		{ CGROUP_V1, "3:cpu,memory,pids:/a\n", "/a" },
		{ CGROUP_V2, "0::/a::b:memory:/c\n", "/a::b:memory:/c" },
		{ CGROUP_V2, "0::/\x1b[2J\xff\n", "/\x1b[2J\xff" },
		{ CGROUP_V2, "0::/a..b/..c/.../x..\n", "/a..b/..c/.../x.." },
		{ CGROUP_V2, "0::/gone (deleted)\n", "/gone (deleted)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text path;

		assert_int_equal(proc_cgroup_parse(rows[i].in, strlen(rows[i].in), rows[i].version,
						   &path),
				 0);
		assert_true(text_is(path, rows[i].path));
	}
}

static void test_rejected(void **state)
{
	static const struct {
		enum cgroup_version version;
		const char *in;
		int r;
	} rows[] = {
		{ CGROUP_V2, "", -ENOENT },
		{ CGROUP_V1, "0::/a\n", -ENOENT },
		{ CGROUP_V1, "3:mem:/a\n4:memoryx:/b\n5:name=memory:/c\n", -ENOENT },
		{ CGROUP_V2, "0::/../a\n", -EXDEV },
		{ CGROUP_V2, "0::/..\n", -EXDEV },
		{ CGROUP_V2, "0::/a/../../etc\n", -EXDEV },
		{ CGROUP_V2, "0::/a/./b\n", -EPROTO },
		{ CGROUP_V2, "0::/a//b\n", -EPROTO },
		{ CGROUP_V2, "0::/a/\n", -EPROTO },
		{ CGROUP_V2, "0::a\n", -EPROTO },
		{ CGROUP_V2, "0::\n", -EPROTO },
		{ CGROUP_V2, "0:\n", -EPROTO },
		{ CGROUP_V2, "0\n", -EPROTO },
		{ CGROUP_V2, "0::/a\n0::/b\n", -EPROTO },
		{ CGROUP_V1, "3:memory:/a\n4:memory:/b\n", -EPROTO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text path = TEXT("before");
		int r = proc_cgroup_parse(rows[i].in, strlen(rows[i].in), rows[i].version, &path);

		if (r != rows[i].r)
			fail_msg("row %zu gives %d", i, r);
		assert_true(text_is(path, "before"));
	}
	struct text path;

	assert_int_equal(proc_cgroup_parse("0::/a\0b\n", 8, CGROUP_V2, &path), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_rejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
