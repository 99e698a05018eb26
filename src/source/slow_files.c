/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/slow_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

/* A line has two paths of up to 4 KiB, with \ooo for odd bytes, and options of a page. */
#define MOUNTS_PIECE (64 * KIB)

/* Also "fuse.sshfs" and its like. fuseblk is FUSE on a disk. */
static bool is_slow(struct text type)
{
	static const char *const names[] = { "fuse",  "fuseblk", "nfs",	 "nfs4",   "cifs",
					     "smb3",  "9p",	 "ceph", "lustre", "afs",
					     "gpfs",  "beegfs",	 "coda", "ocfs2",  "gfs2",
					     "pvfs2", "virtiofs" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (text_is(type, names[i]))
			return true;
	return text_skip_prefix(&type, "fuse.");
}

static bool device_of(struct text word, uint64_t *ret)
{
	struct text major;
	uint64_t a, b;

	if (!text_next_field(&word, ':', &major) || text_u64(major, &a) < 0 ||
	    text_u64(word, &b) < 0)
		return false;
	*ret = a << 32 | b;
	return true;
}

static bool is_listed(const uint64_t *device, uint32_t count, uint64_t one)
{
	for (uint32_t i = 0; i < count; i++)
		if (device[i] == one)
			return true;
	return false;
}

/* The n-th word from here. */
static bool take_word(struct text *line, int n, struct text *ret)
{
	bool found = true;

	for (int i = 0; i < n && found; i++)
		found = text_next_word(line, ret);
	return found;
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
void slow_devices_parse(const char *buf, size_t len, uint64_t device[SLOW_DEVICES], uint32_t *count)
{
	struct text rest = text_of(buf, len), line, word;

	while (text_next_line(&rest, &line)) {
		uint64_t one;

		if (!take_word(&line, 3, &word) || !device_of(word, &one))
			continue;
		while (text_next_word(&line, &word) && !text_is(word, "-"))
			;
		if (text_next_word(&line, &word) && is_slow(word) && *count < SLOW_DEVICES &&
		    !is_listed(device, *count, one))
			device[(*count)++] = one;
	}
}

/* What follows the last line feed waits for the next piece. */
static void read_mounts(int fd, uint64_t device[SLOW_DEVICES], uint32_t *count)
{
	char buf[MOUNTS_PIECE];
	size_t len = 0;

	for (;;) {
		const ssize_t n = read(fd, buf + len, sizeof(buf) - len);
		const char *last;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		len += (size_t)n;
		last = memrchr(buf, '\n', len);
		if (!last && len == sizeof(buf))
			return;
		if (!last)
			continue;
		slow_devices_parse(buf, (size_t)(last + 1 - buf), device, count);
		len -= (size_t)(last + 1 - buf);
		memmove(buf, last + 1, len);
	}
}

static void mark(struct memory_image *m, const uint64_t *device, uint32_t count)
{
	for (uint32_t i = 0; count && i < m->mappings; i++) {
		struct mapping *map = &m->mapping[i];

		if (map->inode && is_listed(device, count, map->device))
			map->flags |= MAPPING_SLOW;
	}
}

void slow_files_mark(const struct memory_image *earlier, struct memory_image *m)
{
	uint64_t device[SLOW_DEVICES];
	uint32_t count = 0;

	for (uint32_t i = 0; i < earlier->mappings && count < SLOW_DEVICES; i++)
		if (earlier->mapping[i].flags & MAPPING_SLOW &&
		    !is_listed(device, count, earlier->mapping[i].device))
			device[count++] = earlier->mapping[i].device;
	mark(m, device, count);
}

void slow_files_find(int dirfd, struct memory_image *m)
{
	_cleanup_close_ int mounts = openat(dirfd, "mountinfo", O_RDONLY | O_CLOEXEC);
	uint64_t device[SLOW_DEVICES];
	uint32_t count = 0;

	if (mounts < 0)
		return;
	read_mounts(mounts, device, &count);
	mark(m, device, count);
}
