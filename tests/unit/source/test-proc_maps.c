/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "unit.h"

#include "base/fd.h"
#include "source/memory_copy.h"

static const char real[] =
	"55d0c0a00000-55d0c0a02000 r--p 00000000 fe:00 1234567                    /usr/bin/a b\n"
	"55d0c0a02000-55d0c0a03000 r-xp 00002000 fe:00 1234567                    /usr/bin/a b\n"
	"55d0c0a03000-55d0c0a04000 r--p 00003000 fe:00 1234567                    /usr/bin/a b\n"
	"55d0c0a04000-55d0c0a05000 rw-p 00003000 fe:00 1234567                    /usr/bin/a b\n"
	"55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0                          [heap]\n"
	"7f0000000000-7f0000021000 rw-p 00000000 00:00 0 \n"
	"7f0000021000-7f0004000000 ---p 00000000 00:00 0 \n"
	"7f1000000000-7f1000001000 rw-s 00000000 00:01 17                         /dev/zero "
	"(deleted)\n"
	"7f1000001000-7f1000002000 rw-s 00000000 00:05 99                         /dev/dri/card0\n"
	"7f1000002000-7f1000003000 rw-s 00000000 00:0e 5                          "
	"anon_inode:[io_uring]\n"
	"7f1000003000-7f1000004000 r--p 00000000 00:00 0 \n"
	"7f1000010000-7f1000011000 rw-p 00000000 00:00 0 \n"
	"7f1000011000-7f1000012000 ---p 00000000 00:00 0 \n" /* within memory, below too */
	"7f1000012000-7f1000013000 rw-p 00000000 00:00 0 \n"
	"7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]\n"
	"7ffc00100000-7ffc00104000 r--p 00000000 00:00 0                          [vvar]\n"
	"7ffc00104000-7ffc00106000 r-xp 00000000 00:00 0                          [vdso]\n"
	"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n";

static void test_real(void **state)
{
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	static const bool wanted[] = { false, false, true, true, true, true, false, true,  false,
				       false, true,  true, true, true, true, false, false, false };

	assert_int_equal(memory_maps_parse(real, sizeof(real) - 1, &m), 0);
	assert_int_equal(m.mappings, ARRAY_SIZE(wanted));
	assert_string_equal(m.mapping[0].path, "/usr/bin/a b");
	assert_true(m.mapping[1].offset == 0x2000 && m.mapping[1].inode == 1234567);
	assert_true(m.mapping[1].device == (UINT64_C(0xfe) << 32));
	assert_int_equal(m.mapping[1].flags, MAPPING_READ | MAPPING_EXEC);
	assert_string_equal(m.mapping[5].path, "");
	assert_int_equal(m.mapping[7].flags, MAPPING_READ | MAPPING_WRITE | MAPPING_SHARED);
	assert_true(m.mapping[8].flags & MAPPING_DEVICE);
	assert_true(m.mapping[9].flags & MAPPING_DEVICE);
	assert_true(m.mapping[17].end == UINT64_C(0xffffffffff601000));
	for (uint32_t i = 0; i < m.mappings; i++)
		assert_int_equal(memory_is_wanted(&m, i), wanted[i]);
}

static void test_rejected(void **state)
{
	static const char *const rows[] = {
		"x\n",
		"1000-1000 rw-p 0 0:0 0\n",
		"2000-1000 rw-p 0 0:0 0\n",
		"1001-2000 rw-p 0 0:0 0\n",
		"1000-2000 rw-q 0 0:0 0\n",
		"1000-2000 rwxps 0 0:0 0\n",
		"1000-2000 rw-p 0 00 0\n",
		"1000-2000 rw-p 0 0:0 x\n",
		"1000-2000 rw-p 0 0:0\n",
		"1000-2000 rw-p\n",
		"10000000000001000-20000000000001000 rw-p 0 0:0 0\n",
		"1000-3000 rw-p 0 0:0 0\n2000-4000 rw-p 0 0:0 0\n",
		"2000-3000 rw-p 0 0:0 0\n1000-2000 rw-p 0 0:0 0\n",
		"1000-2000 rw-p 0 0:0 0\n\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct memory_image m = MEMORY_IMAGE_NONE;

		assert_int_equal(memory_maps_parse(rows[i], strlen(rows[i]), &m), -EPROTO);
		assert_null(m.mapping);
	}
}

static void note_start(void *context, uint64_t start, uint64_t end)
{
	assert_true(end == start + IMAGE_PAGE);
	*(uint64_t *)context = *(uint64_t *)context << 4 | (start >> 12 & 0xf);
}

static void test_flagged(void **state)
{
	static const char smaps[] = "7f0000001000-7f0000002000 rw-p 00000000 00:00 0 \n"
				    "Size:                  4 kB\n"
				    "VmFlags: rd wr mr mw me ac sd \n"
				    "7f0000002000-7f0000003000 rw-p 00000000 00:00 0 \n"
				    "Size:                  4 kB\n"
				    "VmFlags: rd wr mr mw me dc ac sd \n"
				    "VmFlags: dc \n" /* of no mapping */
				    "7f0000003000-7f0000004000 rw-p 00000000 00:00 0 \n"
				    "VmFlags: rd dc um\n"
				    "7f0000004000-7f0000005000 rw-p 00000000 00:00 0 \n"
				    "VmFlags: rd";
	static const struct {
		const char *flag;
		uint64_t seen;
	} rows[] = { { "dc", 0x23 }, { "um", 0x3 }, { "rd", 0x1234 }, { "wf", 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t seen = 0;

		memory_smaps_flagged(smaps, sizeof(smaps) - 1, rows[i].flag, note_start, &seen);
		assert_true(seen == rows[i].seen);
	}
	memory_smaps_flagged(smaps, 0, "dc", note_start, NULL);
}

/* Anonymous when it is private: malloc's heap may be there (glibc.malloc.hugetlb=2). */
static void test_hugetlb(void **state)
{
	static const char maps[] =
		"7f0000000000-7f0000200000 rw-p 00000000 00:10 7 /anon_hugepage (deleted)\n"
		"7f0000200000-7f0000400000 rw-s 00000000 00:10 8 /anon_hugepage (deleted)\n"
		"7f0000400000-7f0000600000 rw-p 00000000 00:11 9 /dev/hugepages/x\n"
		"7f0000600000-7f0000800000 rw-p 00000000 00:00 0 \n";
	static const struct {
		bool huge;
		uint64_t inode;
	} rows[] = { { true, 0 }, { true, 8 }, { true, 9 }, { false, 0 } };
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;

	assert_int_equal(memory_maps_parse(maps, sizeof(maps) - 1, &m), 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(!!(m.mapping[i].flags & MAPPING_HUGETLB), rows[i].huge);
		assert_true(m.mapping[i].inode == rows[i].inode);
		assert_true(memory_is_wanted(&m, i));
	}
}

static void test_own(void **state)
{
	_cleanup_close_ int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	struct fault f;

	assert_int_equal(memory_maps_read(self, &m, &f), 0);
	assert_non_null(image_find(&m, (uintptr_t)&self));
	assert_non_null(image_find(&m, (uintptr_t)test_own));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),	cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_flagged), cmocka_unit_test(test_hugetlb),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
