/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "unit.h"

#include "source/slow_files.h"

static void test_mountinfo(void **state)
{
	static const char mounts[] =
		"22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
		"23 22 0:21 / /home rw shared:2 master:3 - nfs4 server:/home rw,vers=4.2\n"
		"24 22 0:22 / /mnt/fuse\\040x rw - fuse.sshfs host:/ rw\n"
		"25 22 0:23 / /nfs rw - tmpfs nfs rw\n"
		"26 22 0:21 /a /home/a rw - nfs4 server:/home rw\n" /* the same again */
		"27 22 0:24 / /x rw - fusectl fusectl rw\n"
		"28 22 0:25 / /y rw -\n"
		"29 22 x:26 / /z rw - nfs a rw\n"
		"30 22 0:27 / /v rw - 9p a rw"; /* cut, and whole for all that */
	static const uint64_t expected[] = { 21, 22, 27 };
	uint64_t device[SLOW_DEVICES] = { 0 };
	uint32_t count = 0;

	slow_devices_parse(mounts, sizeof(mounts) - 1, device, &count);
	assert_int_equal(count, ARRAY_SIZE(expected));
	assert_memory_equal(device, expected, sizeof(expected));
}

static void test_many(void **state)
{
	uint64_t device[SLOW_DEVICES];
	uint32_t count = 0;
	char line[64];

	for (int i = 0; i < 2 * SLOW_DEVICES; i++) {
		const int n = snprintf(line, sizeof(line), "1 2 7:%d / / rw - nfs a rw\n", i);

		slow_devices_parse(line, (size_t)n, device, &count);
	}
	assert_int_equal(count, SLOW_DEVICES);
	assert_true(device[SLOW_DEVICES - 1] == (UINT64_C(7) << 32 | (SLOW_DEVICES - 1)));
}

static void test_marked(void **state)
{
	struct mapping then[] = { { .device = 5, .inode = 1, .flags = MAPPING_SLOW },
				  { .device = 6, .inode = 1 } };
	struct mapping now[] = { { .device = 6, .inode = 2 },
				 { .device = 5, .inode = 2 },
				 { .device = 5, .inode = 0 } };
	struct memory_image a = { .mapping = then, .mappings = 2 },
			    b = { .mapping = now, .mappings = 3 };

	slow_files_mark(&a, &b);
	assert_int_equal(now[0].flags, 0);
	assert_int_equal(now[1].flags, MAPPING_SLOW);
	assert_int_equal(now[2].flags, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mountinfo),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
