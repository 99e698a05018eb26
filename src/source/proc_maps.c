/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mappings of a process: /proc/PID/maps. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/text.h"
#include "source/memory_copy.h"

/* vm.max_map_count is 65,530 by default and may be raised; 256 MiB are some 2 million lines. */
#define MAPS_MAX (256 * MIB)

static bool take_hex(struct text *t, uint64_t *ret)
{
	uint64_t value = 0;
	size_t n = 0;

	for (; n < t->n && n < 17; n++) {
		const char c = t->p[n];
		uint64_t digit;

		if (is_digit(c))
			digit = (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = 10 + (uint64_t)(c - 'a');
		else
			break;
		value = value << 4 | digit;
	}
	if (n == 0 || n > 16)
		return false;
	*t = text_of(t->p + n, t->n - n);
	*ret = value;
	return true;
}

static bool take_range(struct text t, struct mapping *m)
{
	return take_hex(&t, &m->start) && text_skip_prefix(&t, "-") && take_hex(&t, &m->end) &&
	       t.n == 0 && m->start < m->end && !(m->start % IMAGE_PAGE) && !(m->end % IMAGE_PAGE);
}

static bool take_flags(struct text t, struct mapping *m)
{
	static const struct {
		char set, clear;
		uint32_t flag;
	} letters[] = { { 'r', '-', MAPPING_READ },
			{ 'w', '-', MAPPING_WRITE },
			{ 'x', '-', MAPPING_EXEC },
			{ 's', 'p', MAPPING_SHARED } };

	if (t.n != ARRAY_SIZE(letters))
		return false;
	for (size_t i = 0; i < t.n; i++) {
		if (t.p[i] != letters[i].set && t.p[i] != letters[i].clear)
			return false;
		m->flags |= t.p[i] == letters[i].set ? letters[i].flag : 0;
	}
	return true;
}

static bool take_device(struct text t, struct mapping *m)
{
	uint64_t major, minor;

	if (!take_hex(&t, &major) || !text_skip_prefix(&t, ":") || !take_hex(&t, &minor) || t.n)
		return false;
	m->device = major << 32 | minor;
	return true;
}

/* What is mapped of a driver may change or block by being looked at. */
static bool is_device(struct text path)
{
	static const char *const memory[] = { "/dev/zero", "/dev/shm/", "/dev/hugepages/" };
	static const char *const other[] = { "/dev/", "anon_inode:", "socket:", "/dmabuf:" };
	struct text t = path;

	for (size_t i = 0; i < ARRAY_SIZE(memory); i++)
		if (text_skip_prefix(&t, memory[i]))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		if (text_skip_prefix(&t, other[i]))
			return true;
	return false;
}

static int parse_line(struct text line, struct mapping *m)
{
	struct text range, flags, offset, device, inode;

	if (!text_next_word(&line, &range) || !take_range(range, m) ||
	    !text_next_word(&line, &flags) || !take_flags(flags, m) ||
	    !text_next_word(&line, &offset) || !take_hex(&offset, &m->offset) || offset.n ||
	    !text_next_word(&line, &device) || !take_device(device, m) ||
	    !text_next_word(&line, &inode) || text_u64(inode, &m->inode) < 0)
		return -EPROTO;
	while (text_skip_prefix(&line, " "))
		;
	if (memchr(line.p, 0, line.n))
		return -EPROTO;
	m->flags |= is_device(line) ? MAPPING_DEVICE : 0;
	m->path = strndup(line.p, line.n);
	if (!m->path)
		return -ENOMEM;
	mapping_note_hugetlb(m);
	return 0;
}

static struct mapping *next_mapping(struct memory_image *m, uint32_t *room)
{
	if (m->mappings == *room) {
		const uint32_t more = *room ? 2 * *room : 64;
		struct mapping *p = reallocarray(m->mapping, more, sizeof(*p));

		if (!p)
			return NULL;
		m->mapping = p;
		*room = more;
	}
	m->mapping[m->mappings] = (struct mapping){ 0 };
	return &m->mapping[m->mappings];
}

int memory_maps_parse(const char *buf, size_t len, struct memory_image *ret)
{
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	struct text rest = text_of(buf, len), line;
	uint32_t room = 0;
	uint64_t end = 0;

	while (text_next_line(&rest, &line)) {
		struct mapping *map = next_mapping(&m, &room);
		int r = map ? parse_line(line, map) : -ENOMEM;

		if (r < 0)
			return r;
		m.mappings++;
		if (map->start < end)
			return -EPROTO;
		end = map->end;
	}
	*ret = TAKE(m, MEMORY_IMAGE_NONE);
	return 0;
}

/* Grows: how long maps is cannot be asked. */
static int read_whole(int fd, char **ret, size_t *ret_len)
{
	size_t size = 64 * KIB, len = 0;
	char *buf = malloc(size);

	for (;;) {
		ssize_t n = buf ? read(fd, buf + len, size - len) : -1;

		if (n <= 0) {
			const int r = !buf ? -ENOMEM : n < 0 ? -errno : 0;

			if (n < 0 && buf && errno == EINTR)
				continue;
			if (r < 0) {
				free(buf);
				return r;
			}
			*ret = buf;
			*ret_len = len;
			return 0;
		}
		len += (size_t)n;
		if (len == size) {
			char *more = size < MAPS_MAX ? realloc(buf, size *= 2) : NULL;

			if (!more)
				free(buf);
			buf = more;
		}
	}
}

static void freep(char **p)
{
	free(*p);
}

int memory_maps_read(int dirfd, struct memory_image *ret, struct fault *f)
{
	_cleanup_close_ int fd = openat(dirfd, "maps", O_RDONLY | O_CLOEXEC);
	_cleanup_(freep) char *buf = NULL;
	size_t len = 0;
	int r = fd < 0 ? -errno : read_whole(fd, &buf, &len);

	if (r == -ENOENT)
		r = -ESRCH;
	if (r < 0)
		return fault_errno(f, r, "cannot read the mappings of the process");
	if (len == 0)
		return fault_set(f, -ESRCH,
				 "the process has no memory: it is a kernel thread, a "
				 "zombie, or has just ended");
	r = memory_maps_parse(buf, len, ret);
	return r < 0 ? fault_errno(f, r, "cannot understand the mappings of the process") : 0;
}

void memory_smaps_flagged(const char *buf, size_t len, const char *flag,
			  void (*found)(void *context, uint64_t start, uint64_t end), void *context)
{
	struct text rest = text_of(buf, len), line, word;
	struct mapping m = { 0 };

	while (text_next_line(&rest, &line)) {
		if (!text_next_word(&line, &word))
			continue;
		if (take_range(word, &m) || !text_skip_prefix(&word, "VmFlags:"))
			continue;
		while (m.end && text_next_word(&line, &word))
			if (word.n == 2 && memcmp(word.p, flag, 2) == 0)
				found(context, m.start, m.end);
		m = (struct mapping){ 0 };
	}
}

int memory_smaps_read(int dirfd, const char *flag,
		      void (*found)(void *context, uint64_t start, uint64_t end), void *context)
{
	_cleanup_close_ int fd = openat(dirfd, "smaps", O_RDONLY | O_CLOEXEC);
	_cleanup_(freep) char *buf = NULL;
	size_t len = 0;
	int r = fd < 0 ? -errno : read_whole(fd, &buf, &len);

	if (r == 0)
		memory_smaps_flagged(buf, len, flag, found, context);
	return r;
}

struct asked {
	uint64_t start;
	bool yes;
};

static void is_it(void *context, uint64_t start, uint64_t end)
{
	struct asked *a = context;

	(void)end;
	a->yes |= start == a->start;
}

bool memory_is_kept_from_fork(int dirfd, uint64_t start)
{
	struct asked a = { start, false };

	return memory_smaps_read(dirfd, "dc", is_it, &a) == 0 && a.yes;
}

struct missing {
	const struct memory_image *m;
	uint64_t pages;
};

static void add_missing(void *context, uint64_t start, uint64_t end)
{
	struct missing *of = context;
	const struct mapping *map = image_find(of->m, start);
	uint64_t pages = (end - start) / IMAGE_PAGE;

	if (!map || map->start != start || map->end != end ||
	    !memory_is_wanted(of->m, (uint32_t)(map - of->m->mapping)))
		return;
	for (uint32_t i = 0; i < map->runs; i++)
		pages -= (map->run[i].end - map->run[i].start) / IMAGE_PAGE;
	of->pages += pages;
}

uint64_t memory_missing_pages(int dirfd, const struct memory_image *m)
{
	struct missing of = { m, 0 };

	return memory_smaps_read(dirfd, "um", add_missing, &of) == 0 ? of.pages : 0;
}
