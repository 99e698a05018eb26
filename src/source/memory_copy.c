/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/memory_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "base/fd.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif
#define HUGE (2 * MIB)
#define PIECE (4 * MIB)
#define LOOK_EVERY (32 * MIB)

struct copier {
	int dirfd, mem;
	int32_t pid;
	enum memory_reader by;
	bool (*stop)(void *context);
	void *context;
	uint64_t since_look;
};

static int give_copy(struct mapping *m)
{
	int r = m->copy ? 0 : mapping_reserve(m);

	if (r < 0)
		return r;
	/* Huge pages save the faults of the copy, but only where they will be filled. */
	for (uint32_t i = 0; i < m->runs; i++) {
		const uintptr_t base = (uintptr_t)m->copy - m->start;
		const uintptr_t from = (base + m->run[i].start + HUGE - 1) & ~(HUGE - 1);
		const uintptr_t to = (base + m->run[i].end) & ~(HUGE - 1);

		if (from < to)
			(void)madvise(m->copy + (from - (uintptr_t)m->copy), to - from,
				      MADV_HUGEPAGE);
	}
	return 0;
}

static void touch(uint8_t *p, uint64_t len)
{
	if (madvise(p, len, MADV_POPULATE_WRITE) == 0)
		return;
	for (uint64_t at = 0; at < len; at += IMAGE_PAGE)
		*(volatile uint8_t *)(p + at) = 0;
}

static int prefault_run(const struct mapping *m, struct page_run run, bool (*stop)(void *context),
			void *context)
{
	for (uint64_t at = run.start; at < run.end; at += MIN(LOOK_EVERY, run.end - at)) {
		touch(m->copy + (at - m->start), MIN(LOOK_EVERY, run.end - at));
		if (run.end - at >= LOOK_EVERY && stop && stop(context))
			return -EINTR;
	}
	return 0;
}

int memory_prefault(struct memory_image *m, bool (*stop)(void *context), void *context)
{
	for (uint32_t i = 0; i < m->mappings; i++) {
		struct mapping *map = &m->mapping[i];
		int r = map->runs ? give_copy(map) : 0;

		for (uint32_t k = 0; k < map->runs && r == 0; k++)
			r = prefault_run(map, map->run[k], stop, context);
		if (r < 0)
			return r;
	}
	return 0;
}

static struct mapping *begins_at(struct memory_image *m, uint64_t start)
{
	for (uint32_t low = 0, high = m->mappings; low < high;) {
		const uint32_t mid = low + (high - low) / 2;

		if (m->mapping[mid].start == start)
			return &m->mapping[mid];
		if (m->mapping[mid].start < start)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void memory_adopt(struct memory_image *m, struct memory_image *earlier)
{
	for (uint32_t i = 0; i < m->mappings; i++) {
		struct mapping *map = &m->mapping[i], *old = begins_at(earlier, map->start);
		void *p;

		if (map->copy || !old || !old->copy)
			continue;
		p = old->copy;
		if (old->end != map->end)
			p = mremap(old->copy, old->end - old->start, map->end - map->start,
				   MREMAP_MAYMOVE);
		if (p == MAP_FAILED)
			continue;
		map->copy = p;
		old->copy = NULL;
	}
}

static ssize_t read_piece(const struct copier *c, uint8_t *to, uint64_t address, size_t len)
{
	struct iovec local = { to, len }, remote = { (void *)(uintptr_t)address, len };
	ssize_t n = -1;

	if (c->by == MEMORY_BY_VM_READV)
		n = process_vm_readv(c->pid, &local, 1, &remote, 1, 0);
	/* What that refuses (PROT_NONE), the other may give: it is a debugger's way. */
	return n > 0 ? n
		     : pread(c->mem, to, c->by == MEMORY_BY_VM_READV ? IMAGE_PAGE : len,
			     (off_t)address);
}

/*
 * MADV_GUARD_INSTALL (Linux 6.13; glibc 2.42 makes the guard pages of its stacks so): within a
 * writable mapping, told as swapped by PAGEMAP_SCAN, and there is nothing to read. Bit 58 of
 * pagemap says so since 6.15 (Documentation/admin-guide/mm/pagemap.rst).
 */
static bool is_guard_region(const struct copier *c, uint64_t address)
{
	_cleanup_close_ int fd = openat(c->dirfd, "pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t word;

	return fd >= 0 &&
	       pread(fd, &word, sizeof(word), (off_t)(address / IMAGE_PAGE * sizeof(word))) ==
		       sizeof(word) &&
	       word >> 58 & 1;
}

static int copy_run(struct copier *c, struct mapping *m, struct page_run run, uint64_t *copied)
{
	for (uint64_t at = run.start; at < run.end;) {
		const size_t want = MIN(PIECE, run.end - at);
		const ssize_t n = read_piece(c, m->copy + (at - m->start), at, want);

		if (n == 0 || (n < 0 && errno == ESRCH))
			return -ESRCH;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EIO && errno != EFAULT && errno != ENOMEM)
			return -errno;
		if (n < 0) {
			m->unreadable_pages += !is_guard_region(c, at);
			at = (at / IMAGE_PAGE + 1) * IMAGE_PAGE;
			continue;
		}
		at += (uint64_t)n;
		*copied += (uint64_t)n;
		c->since_look += (uint64_t)n;
		if (c->stop && c->since_look >= LOOK_EVERY) {
			c->since_look = 0;
			if (c->stop(c->context))
				return -EINTR;
		}
	}
	return 0;
}

static int copy_mapping(struct copier *c, struct mapping *m, uint64_t *copied)
{
	struct copier by = *c;
	int r = m->runs ? give_copy(m) : 0;

	/*
	 * A page of a file may have to be fetched: one that a userfaultfd has to fill is refused by
	 * /proc/PID/mem, while process_vm_readv waits for whoever fills it (mm/gup.c:
	 * FOLL_UNLOCKABLE; fs/userfaultfd.c: FAULT_FLAG_ALLOW_RETRY), which may stand still with
	 * the process.
	 */
	if (m->inode)
		by.by = MEMORY_BY_PROC_MEM;
	for (uint32_t k = 0; k < m->runs && r == 0; k++)
		r = copy_run(&by, m, m->run[k], copied);
	c->since_look = by.since_look;
	return r;
}

static int copy_those(struct copier *c, bool wiped, struct memory_image *m, struct fault *f)
{
	int r = c->mem < 0 ? -errno : 0;

	for (uint32_t i = 0; i < m->mappings && r == 0; i++) {
		struct mapping *map = &m->mapping[i];

		if (wiped != !!(map->flags & MAPPING_WIPED))
			continue;
		r = copy_mapping(c, map, &m->copied_bytes);
		m->unreadable_pages += map->unreadable_pages;
	}
	if (r == -ENOENT)
		r = -ESRCH;
	return r < 0 ? fault_errno(f, r, "cannot copy the memory of the process") : 0;
}

int memory_copy(int dirfd, int32_t pid, enum memory_reader by, struct memory_image *m,
		bool (*stop)(void *context), void *context, struct fault *f)
{
	_cleanup_close_ int mem = openat(dirfd, "mem", O_RDONLY | O_CLOEXEC);
	struct copier c = { dirfd, mem, pid, by, stop, context, 0 };

	return copy_those(&c, false, m, f);
}

int memory_wiped_copy(int dirfd, struct memory_image *m, bool (*stop)(void *context), void *context,
		      struct fault *f)
{
	_cleanup_close_ int mem = openat(dirfd, "mem", O_RDONLY | O_CLOEXEC);
	struct copier c = { dirfd, mem, 0, MEMORY_BY_PROC_MEM, stop, context, 0 };

	for (uint32_t i = 0; i < m->mappings; i++)
		if (m->mapping[i].flags & MAPPING_WIPED)
			return copy_those(&c, true, m, f);
	return 0;
}
