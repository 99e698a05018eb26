/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "source/core_parts.h"
#include "source/elf_note.h"

static const struct mapping *find(const struct core_file *c, uint64_t address)
{
	const struct memory_image m = { .mapping = c->mapping, .mappings = c->mappings };

	return image_find(&m, address);
}

static int from_file(void *context, uint64_t offset, void *buf, size_t len)
{
	const int *fd = context;
	ssize_t n;

	if (offset > INT64_MAX - len)
		return -EFAULT;
	do
		n = pread(*fd, buf, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EFAULT;
}

/* The beginning of a file as it was mapped: its first page, which the kernel puts into a core
 * (coredump_filter, bit 4). */
struct first_page {
	const struct core_file *core;
	const struct core_segment *segment;
};

static int from_core(void *context, uint64_t offset, void *buf, size_t len)
{
	const struct first_page *p = context;

	if (offset > p->segment->bytes || len > p->segment->bytes - offset)
		return -EFAULT;
	return core_bytes(p->core, p->segment->offset + offset, buf, len);
}

/* What the core holds of the file's beginning; false when it holds none. */
static bool identity_in_core(const struct core_file *c, uint32_t name, struct elf_identity *ret)
{
	for (uint32_t i = 0; i < c->mappings; i++) {
		struct first_page p = { c, &c->segment[i] };

		if (c->segment[i].name == name && c->mapping[i].offset == 0 &&
		    elf_identify(from_core, &p, ret) == 0)
			return true;
	}
	return false;
}

/*
 * O_PATH first: opening a device or a FIFO to see what it is may already do something. The names
 * are the core's, so they must not lead out of the sysroot.
 */
static int open_regular(int sysroot, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	char self[64];
	struct stat st;
	_cleanup_close_ int at = (int)syscall(SYS_openat2, sysroot, path, &how, sizeof(how));
	int fd;

	if (at < 0 && errno == ENOSYS && *path == '/')
		at = openat(sysroot, path + 1, O_PATH | O_CLOEXEC);
	if (at < 0 || fstat(at, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOEXEC;
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	fd = open(self, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

static int open_checked(const struct core_file *c, uint32_t name)
{
	struct elf_identity then, now;
	_cleanup_close_ int fd = open_regular(c->sysroot, c->notes.name[name]);
	int err;

	if (fd < 0)
		return fd;
	err = elf_identify(from_file, &fd, &now);
	if (err < 0)
		return -ENOEXEC;
	if (identity_in_core(c, name, &then) &&
	    (then.type != now.type || then.build_id_bytes != now.build_id_bytes ||
	     memcmp(then.build_id, now.build_id, now.build_id_bytes) != 0))
		return -ESTALE;
	return TAKE_FD(fd);
}

/* The slot's descriptor, or why there is none. With the lock held. */
static int opened(struct core_file *c, uint32_t name)
{
	struct core_open *slot;

	for (size_t i = 0; i < ARRAY_SIZE(c->open); i++) {
		if (c->open[i].name == name)
			return c->open[i].fd;
	}
	slot = &c->open[c->next++ % ARRAY_SIZE(c->open)];
	closep(&slot->fd);
	*slot = (struct core_open){ .name = name, .fd = open_checked(c, name) };
	return slot->fd;
}

static int peek_file(struct core_file *c, const struct mapping *m, uint32_t name, uint64_t address,
		     void *buf, size_t len)
{
	uint64_t offset;
	int fd, err;

	/* What the core has some of was written since, and is in no file. A device is never read.
	 */
	if (name == CORE_NO_NAME || m->flags & (MAPPING_SHARED | MAPPING_DEVICE) ||
	    (m->flags & MAPPING_WRITE && c->segment[m - c->mapping].bytes > 0) ||
	    __builtin_add_overflow(m->offset, address - m->start, &offset))
		return -EFAULT;
	(void)pthread_mutex_lock(&c->lock);
	fd = opened(c, name);
	err = fd < 0 ? fd : from_file(&fd, offset, buf, len);
	(void)pthread_mutex_unlock(&c->lock);
	return err;
}

int core_peek(void *context, uint64_t address, void *buf, size_t len)
{
	struct core_file *c = context;
	const struct mapping *m = find(c, address);
	const struct core_segment *s;
	uint64_t at;

	if (!m || len > m->end - address)
		return -EFAULT;
	s = &c->segment[m - c->mapping];
	at = address - m->start;
	if (at < s->bytes && len <= s->bytes - at && core_bytes(c, s->offset + at, buf, len) == 0)
		return 0;
	return peek_file(c, m, s->name, address, buf, len);
}

int core_file_open(void *context, const struct mapping *m)
{
	struct core_file *c = context;
	const struct mapping *own = find(c, m->start);

	if (!own || c->segment[own - c->mapping].name == CORE_NO_NAME)
		return -EFAULT;
	return open_checked(c, c->segment[own - c->mapping].name);
}
