/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pages of a process are there: PAGEMAP_SCAN, or /proc/PID/pagemap before Linux 6.7. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/fd.h"
#include "base/search.h"
#include "source/memory_copy.h"

/* include/uapi/linux/fs.h of 6.7, which Debian 12's headers do not have yet. */
#define SCAN_PRESENT (UINT64_C(1) << 3)
#define SCAN_SWAPPED (UINT64_C(1) << 4)
#define SCAN_PFNZERO (UINT64_C(1) << 5)
struct scan_region {
	uint64_t start, end, categories;
};
struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define SCAN_IOCTL _IOWR('f', 16, struct scan_arg)
#define SCAN_REGIONS 512

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT (UINT64_C(1) << 63)
#define PAGEMAP_SWAPPED (UINT64_C(1) << 62)
#define PAGEMAP_WORDS 8192
/* The words of a mapping of 16 TiB that a program only reserved would be 32 GiB of text. */
#define PAGEMAP_MAX (256 * GIB)

#define FILE_WHOLE (16 * MIB)

static bool is_special(const char *path)
{
	static const char *const names[] = { "[vvar", "[vdso]", "[vsyscall]", "[uprobes]" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strncmp(path, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static bool is_relro(const struct memory_image *m, uint32_t i)
{
	const struct mapping *a = &m->mapping[i], *b = a + 1;

	if (i + 1 == m->mappings || !a->inode || (a->flags & MAPPING_EXEC))
		return false;
	return b->start == a->end && (b->flags & MAPPING_WRITE) && a->device == b->device &&
	       a->inode == b->inode;
}

static bool is_private_memory(const struct mapping *m)
{
	return !m->inode && (m->flags & (MAPPING_WRITE | MAPPING_SHARED)) == MAPPING_WRITE;
}

/* Pages within memory that mprotect() has closed: a heap is in one piece with them. */
static bool is_guard(const struct memory_image *m, uint32_t i)
{
	const struct mapping *a = &m->mapping[i];

	return !a->inode && i > 0 && i + 1 < m->mappings && a[-1].end == a->start &&
	       a[1].start == a->end && is_private_memory(a - 1) && is_private_memory(a + 1);
}

bool memory_is_wanted(const struct memory_image *m, uint32_t i)
{
	const struct mapping *map = &m->mapping[i];

	if ((map->flags & MAPPING_DEVICE) || is_special(map->path))
		return false;
	if (map->flags & MAPPING_WRITE)
		return true;
	if (map->flags & MAPPING_SHARED)
		return false;
	if (!(map->flags & MAPPING_READ))
		return is_guard(m, i);
	return !map->inode || is_relro(m, i);
}

int page_runs_add(struct mapping *m, uint64_t start, uint64_t end)
{
	struct page_run *last = m->runs ? &m->run[m->runs - 1] : NULL;

	if (start < m->start || end > m->end || start >= end || (last && start < last->end))
		return -EPROTO;
	if (last && last->end == start) {
		last->end = end;
		return 0;
	}
	/* Room doubles at each power of two, so that it need not be kept. */
	if ((m->runs & (m->runs - 1)) == 0) {
		struct page_run *p =
			reallocarray(m->run, m->runs ? 2 * (size_t)m->runs : 1, sizeof(*p));

		if (!p)
			return -ENOMEM;
		m->run = p;
	}
	m->run[m->runs++] = (struct page_run){ start, end };
	return 0;
}

int page_runs_parse(struct mapping *m, uint64_t start, const uint64_t *word, size_t words)
{
	for (size_t i = 0; i < words; i++) {
		const uint64_t at = start + i * IMAGE_PAGE;
		int r;

		if (!(word[i] & (PAGEMAP_PRESENT | PAGEMAP_SWAPPED)))
			continue;
		r = page_runs_add(m, at, at + IMAGE_PAGE);
		if (r < 0)
			return r;
	}
	return 0;
}

static int by_scan(int fd, struct mapping *m)
{
	struct scan_region region[SCAN_REGIONS];
	struct scan_arg arg = {
		.size = sizeof(arg),
		.start = m->start,
		.end = m->end,
		.vec = (uintptr_t)region,
		.vec_len = SCAN_REGIONS,
		.category_inverted = SCAN_PFNZERO,
		.category_mask = SCAN_PFNZERO,
		.category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
		.return_mask = SCAN_PRESENT | SCAN_SWAPPED,
	};

	while (arg.start < m->end) {
		const int n = ioctl(fd, SCAN_IOCTL, &arg);
		int r = n < 0 ? -errno : 0;

		if (r == -EINTR)
			continue;
		for (int i = 0; i < n && r == 0; i++)
			r = page_runs_add(m, region[i].start, region[i].end);
		if (r < 0)
			return r;
		if (arg.walk_end <= arg.start)
			return -EPROTO;
		arg.start = arg.walk_end;
	}
	return 0;
}

static int by_pagemap(int fd, struct mapping *m)
{
	static uint64_t word[PAGEMAP_WORDS];

	if (m->end - m->start > PAGEMAP_MAX) {
		m->unreadable_pages = UINT32_MAX;
		return 0;
	}
	for (uint64_t at = m->start; at < m->end;) {
		const uint64_t pages = MIN((m->end - at) / IMAGE_PAGE, (uint64_t)PAGEMAP_WORDS);
		const ssize_t n = pread(fd, word, pages * sizeof(*word),
					(off_t)(at / IMAGE_PAGE * sizeof(*word)));
		int r;

		if (n < (ssize_t)sizeof(*word))
			return n < 0 ? -errno : -ESRCH;
		r = page_runs_parse(m, at, word, (size_t)n / sizeof(*word));
		if (r < 0)
			return r;
		at += (uint64_t)n / sizeof(*word) * IMAGE_PAGE;
	}
	return 0;
}

static int runs_of(int fd, struct mapping *m, bool *scan)
{
	int r = *scan ? by_scan(fd, m) : -ENOTTY;

	if (r != -ENOTTY && r != -EINVAL)
		return r;
	*scan = false;
	m->runs = 0;
	return by_pagemap(fd, m);
}

static void forget_runs(struct mapping *m)
{
	free(m->run);
	m->run = NULL;
	m->runs = 0;
}

static int open_pagemap(int dirfd, struct fault *f)
{
	const int fd = openat(dirfd, "pagemap", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? fault_errno(f, errno == ENOENT ? -ESRCH : -errno,
				    "cannot ask which pages of the process are there")
		      : fd;
}

/* What was never touched there is not zero. */
static bool is_taken_whole(const struct mapping *map)
{
	return map->inode && !(map->flags & MAPPING_SLOW) && map->end - map->start <= FILE_WHOLE;
}

int memory_runs_read(int dirfd, struct memory_image *m, struct fault *f)
{
	_cleanup_close_ int fd = open_pagemap(dirfd, f);
	bool scan = true;

	if (fd < 0)
		return fd;
	for (uint32_t i = 0; i < m->mappings; i++) {
		struct mapping *map = &m->mapping[i];
		int r;

		if ((map->flags & MAPPING_SHARED) || !memory_is_wanted(m, i))
			continue;
		forget_runs(map);
		if (is_taken_whole(map))
			r = page_runs_add(map, map->start, map->end);
		else
			r = runs_of(fd, map, &scan);
		if (r < 0)
			return fault_errno(f, r, "cannot ask which pages of the process are there");
	}
	return 0;
}

static bool had_pages(const struct memory_image *before, const struct mapping *m)
{
	size_t i = UPPER_BOUND(before->mapping, before->mappings, end, m->start);

	for (; i < before->mappings && before->mapping[i].start < m->end; i++) {
		const struct mapping *old = &before->mapping[i];
		const size_t k = UPPER_BOUND(old->run, old->runs, end, m->start);

		if (k < old->runs && old->run[k].start < m->end)
			return true;
	}
	return false;
}

int memory_wiped_runs_read(int dirfd, const struct memory_image *before, struct memory_image *m,
			   struct fault *f)
{
	_cleanup_close_ int fd = -1;
	bool scan = true;

	for (uint32_t i = 0; i < m->mappings; i++) {
		struct mapping *map = &m->mapping[i];

		if (map->runs || map->inode || (map->flags & MAPPING_SHARED) ||
		    !memory_is_wanted(m, i) || !had_pages(before, map))
			continue;
		if (fd < 0)
			fd = open_pagemap(dirfd, f);
		if (fd < 0)
			return fd;
		/* It may have been unmapped since: then it was not wiped. */
		if (runs_of(fd, map, &scan) < 0)
			forget_runs(map);
		map->flags |= map->runs ? MAPPING_WIPED : 0;
	}
	return 0;
}

static uint64_t runs_bytes(const struct mapping *m)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < m->runs; i++)
		bytes += m->run[i].end - m->run[i].start;
	return bytes;
}

int memory_shared_runs_read(int dirfd, struct memory_image *m, uint64_t limit, struct fault *f)
{
	_cleanup_close_ int fd = open_pagemap(dirfd, f);
	bool scan = true;

	if (fd < 0)
		return fd;
	m->shared_bytes = m->shared_left_out_bytes = 0;
	for (uint32_t i = 0; i < m->mappings; i++) {
		struct mapping *map = &m->mapping[i];
		uint64_t bytes;

		if (!(map->flags & MAPPING_SHARED) || !memory_is_wanted(m, i))
			continue;
		forget_runs(map);
		/* It may have been unmapped since: that is no error, it is left out. */
		if (runs_of(fd, map, &scan) < 0)
			forget_runs(map);
		bytes = runs_bytes(map);
		if (bytes > limit - m->shared_bytes) {
			m->shared_left_out_bytes += bytes;
			forget_runs(map);
			continue;
		}
		m->shared_bytes += bytes;
	}
	return 0;
}

uint64_t memory_runs_bytes(const struct memory_image *m)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < m->mappings; i++)
		bytes += runs_bytes(&m->mapping[i]);
	return bytes;
}
