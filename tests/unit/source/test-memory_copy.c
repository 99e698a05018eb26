/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page runs and copies, of a forked child whose memory is known. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "base/fd.h"
#include "base/strbuf.h"
#include "source/gadgets.h"
#include "source/memory_copy.h"

#define PAGES 64

/* Page 3 and 10 are written, the rest was never touched; the page after is PROT_NONE. */
static uint8_t *area;

static pid_t fork_idle(int *ret_dir)
{
	char path[32];
	struct strbuf s = STRBUF(path);
	const pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	strbuf_printf(&s, "/proc/%d", pid);
	*ret_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return pid;
}

static pid_t child_of_known_memory(int *ret_dir)
{
	area = mmap(NULL, (PAGES + 1) * IMAGE_PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(area != MAP_FAILED);
	(void)madvise(area, PAGES * IMAGE_PAGE, MADV_NOHUGEPAGE);
	memset(area + 3 * IMAGE_PAGE, 0xab, IMAGE_PAGE);
	memset(area + 10 * IMAGE_PAGE, 0xcd, IMAGE_PAGE);
	mprotect(area + PAGES * IMAGE_PAGE, IMAGE_PAGE, PROT_NONE);
	return fork_idle(ret_dir);
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	munmap(area, (PAGES + 1) * IMAGE_PAGE);
}

static void test_copied(void **state)
{
	static const enum memory_reader readers[] = { MEMORY_BY_PROC_MEM, MEMORY_BY_VM_READV };
	_cleanup_close_ int dir = -1;
	const pid_t pid = child_of_known_memory(&dir);

	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
		const uint64_t at = (uintptr_t)area;
		const struct mapping *map;
		const uint8_t *copy;
		struct fault f;

		assert_int_equal(memory_maps_read(dir, &m, &f), 0);
		assert_int_equal(memory_runs_read(dir, &m, &f), 0);
		assert_int_equal(memory_shared_runs_read(dir, &m, 0, &f), 0);
		/* What a sanitizer reserves is terabytes, of which little is there. */
		for (uint32_t k = 0; k < m.mappings; k++)
			if (!(m.mapping[k].start <= at && at < m.mapping[k].end))
				m.mapping[k].runs = 0;
		assert_int_equal(memory_copy(dir, pid, readers[i], &m, NULL, NULL, &f), 0);
		map = image_find(&m, at);
		assert_non_null(map);
		assert_true(m.copied_bytes == memory_runs_bytes(&m) && m.unreadable_pages == 0);
		copy = image_at(&m, at, PAGES * IMAGE_PAGE);
		assert_non_null(copy);
		assert_memory_equal(copy, area, PAGES * IMAGE_PAGE);
		for (uint32_t k = 0; k < map->runs; k++) {
			/* Page 4 to 9 of the area are in no run. */
			assert_false(map->run[k].start < at + 10 * IMAGE_PAGE &&
				     map->run[k].end > at + 4 * IMAGE_PAGE);
		}
	}
	end_child(pid);
}

static struct memory_image runs_of(int dir)
{
	struct memory_image m = MEMORY_IMAGE_NONE;
	struct fault f;

	assert_int_equal(memory_maps_read(dir, &m, &f), 0);
	assert_int_equal(memory_runs_read(dir, &m, &f), 0);
	return m;
}

static struct mapping *mapping_at(struct memory_image *m, const void *address)
{
	return (struct mapping *)(uintptr_t)image_find(m, (uintptr_t)address);
}

/* The first half is empty in the fork, the other was given back just before it. */
static void test_wiped(void **state)
{
	_cleanup_close_ int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int dir = -1;
	struct fault f;
	const size_t half = PAGES / 2 * IMAGE_PAGE;
	uint64_t wiped = 0;
	pid_t pid;

	area = mmap(NULL, (PAGES + 1) * IMAGE_PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(area != MAP_FAILED);
	memset(area, 0xab, 2 * half);
	assert_int_equal(madvise(area, half, MADV_WIPEONFORK), 0);
	_cleanup_image_ struct memory_image before = runs_of(self);
	assert_int_equal(madvise(area + half, half, MADV_DONTNEED), 0);
	pid = fork_idle(&dir);
	_cleanup_image_ struct memory_image m = runs_of(dir);

	assert_int_equal(mapping_at(&m, area)->runs, 0);
	assert_int_equal(memory_wiped_runs_read(self, &before, &m, &f), 0);
	for (uint32_t i = 0; i < m.mappings; i++)
		wiped += !!(m.mapping[i].flags & MAPPING_WIPED);
	assert_int_equal(wiped, 1);
	assert_true(mapping_at(&m, area)->flags & MAPPING_WIPED);
	assert_int_equal(memory_wiped_copy(self, &m, NULL, NULL, &f), 0);
	assert_true(m.copied_bytes == half);
	assert_memory_equal(image_at(&m, (uintptr_t)area, half), area, half);
	/* The fork's own is not asked for it. */
	for (uint32_t i = 0; i < m.mappings; i++)
		m.mapping[i].runs = m.mapping[i].flags & MAPPING_WIPED ? m.mapping[i].runs : 0;
	assert_int_equal(memory_copy(dir, pid, MEMORY_BY_PROC_MEM, &m, NULL, NULL, &f), 0);
	assert_memory_equal(image_at(&m, (uintptr_t)area, half), area, half);
	end_child(pid);
}

static bool always(void *context)
{
	++*(int *)context;
	return true;
}

static void test_stopped_and_gone(void **state)
{
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	_cleanup_close_ int dir = -1;
	const pid_t pid = child_of_known_memory(&dir);
	struct mapping *map;
	struct fault f;
	int asked = 0;

	assert_int_equal(memory_maps_read(dir, &m, &f), 0);
	map = (struct mapping *)(uintptr_t)image_find(&m, (uintptr_t)area);
	assert_int_equal(page_runs_add(map, (uintptr_t)area, (uintptr_t)area + IMAGE_PAGE), 0);
	/* Less than 32 MiB: nobody is asked. */
	assert_int_equal(memory_copy(dir, pid, MEMORY_BY_PROC_MEM, &m, always, &asked, &f), 0);
	assert_int_equal(asked, 0);
	end_child(pid);
	assert_int_equal(memory_copy(dir, pid, MEMORY_BY_PROC_MEM, &m, NULL, NULL, &f), -ESRCH);
	assert_int_equal(memory_maps_read(dir, &m, &f), -ESRCH);
}

static uint64_t unreadable_here(void)
{
	_cleanup_close_ int dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	struct fault f;

	assert_true(memory_maps_read(dir, &m, &f) == 0 && memory_runs_read(dir, &m, &f) == 0);
	for (uint32_t i = 0; i < m.mappings; i++) {
		if (m.mapping[i].start <= (uintptr_t)area && m.mapping[i].end > (uintptr_t)area)
			continue;
		free(m.mapping[i].run);
		m.mapping[i].run = NULL;
		m.mapping[i].runs = 0;
	}
	assert_int_equal(memory_copy(dir, getpid(), MEMORY_BY_PROC_MEM, &m, NULL, NULL, &f), 0);
	return m.unreadable_pages;
}

/* Between two pages that are there, one that is a guard, as in the stacks of glibc 2.42. */
static void test_guard_region(void **state)
{
	(void)state;
	area = mmap(NULL, 3 * IMAGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	assert_true(area != MAP_FAILED);
	memset(area, 1, 3 * IMAGE_PAGE);
	if (madvise(area + IMAGE_PAGE, IMAGE_PAGE, 102 /* MADV_GUARD_INSTALL */) < 0) {
		print_message("no MADV_GUARD_INSTALL before Linux 6.13\n");
		skip();
	}
	assert_true(unreadable_here() == 0);
	munmap(area, 3 * IMAGE_PAGE);
}

static void test_runs(void **state)
{
	struct mapping m = { .start = 0x1000, .end = 0x100000 };
	static const uint64_t there = UINT64_C(1) << 63, swapped = UINT64_C(1) << 62;
	const uint64_t word[] = { 0, there, there | 5, swapped, 0, 0x7fffff, there };

	assert_int_equal(page_runs_parse(&m, 0x1000, word, ARRAY_SIZE(word)), 0);
	assert_int_equal(m.runs, 2);
	assert_true(m.run[0].start == 0x2000 && m.run[0].end == 0x5000);
	assert_true(m.run[1].start == 0x7000 && m.run[1].end == 0x8000);
	assert_int_equal(page_runs_add(&m, 0x7000, 0x9000), -EPROTO);
	assert_int_equal(page_runs_add(&m, 0xff000, 0x101000), -EPROTO);
	assert_int_equal(page_runs_add(&m, 0x9000, 0x9000), -EPROTO);
	assert_int_equal(page_runs_add(&m, 0x8000, 0x9000), 0);
	assert_true(m.runs == 2 && m.run[1].end == 0x9000);
	free(m.run);
}

static void test_adopted(void **state)
{
	struct mapping old = { .start = 0x10000, .end = 0x20000 },
		       now = { .start = 0x10000, .end = 0x40000 };
	struct memory_image a = { .mapping = &old, .mappings = 1 };
	struct memory_image b = { .mapping = &now, .mappings = 1 };

	assert_int_equal(page_runs_add(&old, 0x11000, 0x12000), 0);
	assert_int_equal(memory_prefault(&a, NULL, NULL), 0);
	memory_adopt(&b, &a);
	assert_null(old.copy);
	assert_non_null(now.copy);
	now.copy[0x2ffff] = 1;
	assert_int_equal(munmap(now.copy, 0x30000), 0);
	free(old.run);
}

static void test_gadgets(void **state)
{
	_cleanup_close_ int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	struct inject_gadgets g;
	struct fault f;

	assert_int_equal(memory_maps_read(self, &m, &f), 0);
	assert_int_equal(gadgets_find(self, &m, &g, &f), 0);
	assert_memory_equal((const void *)(uintptr_t)g.syscall_ret, GADGET_SYSCALL_RET,
			    GADGET_SYSCALL_RET_BYTES);
	assert_memory_equal((const void *)(uintptr_t)g.sigreturn, GADGET_SIGRETURN,
			    GADGET_SIGRETURN_BYTES);
	assert_true(image_find(&m, g.sigreturn)->flags & MAPPING_EXEC);
	assert_int_equal(gadgets_find(self, &(struct memory_image){ 0 }, &g, &f), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copied),	     cmocka_unit_test(test_stopped_and_gone),
		cmocka_unit_test(test_guard_region), cmocka_unit_test(test_runs),
		cmocka_unit_test(test_wiped),	     cmocka_unit_test(test_adopted),
		cmocka_unit_test(test_gadgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
