/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

#define BUSYBOX "/bin/busybox"

struct archive {
	int fd;
	unsigned inode;
	size_t offset;
	int err; /* the first one; later writes are not tried */
};

static void put(struct archive *a, const char *bytes, size_t len)
{
	if (a->err == 0)
		a->err = fd_write_all(a->fd, bytes, len);
	a->offset += len;
}

static void pad(struct archive *a)
{
	static const char zeroes[4];

	put(a, zeroes, (4 - a->offset % 4) % 4);
}

static void put_header(struct archive *a, const char *name, unsigned mode, size_t size)
{
	char head[128];
	int n;

	a->inode++;
	n = snprintf(head, sizeof(head),
		     "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", a->inode, mode,
		     0, 0, 1, 0, (unsigned)size, 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
	put(a, head, (size_t)n);
	put(a, name, strlen(name) + 1);
	pad(a);
}

static void put_bytes(struct archive *a, const char *name, unsigned mode, const void *bytes,
		      size_t size)
{
	put_header(a, name, mode, size);
	put(a, bytes, size);
	pad(a);
}

/* Each folder on the way to a file; the same again does no harm. */
static void put_folders(struct archive *a, const char *path)
{
	char folder[PLAN_TEXT];

	for (const char *end = strchr(path, '/'); end; end = strchr(end + 1, '/')) {
		(void)snprintf(folder, sizeof(folder), "%.*s", (int)(end - path), path);
		put_header(a, folder, S_IFDIR | 0755, 0);
	}
}

static int put_file(struct archive *a, const char *name, const char *host, struct fault *f)
{
	_cleanup_close_ int fd = open(host, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fault_errno(f, -errno, "cannot put '%s' into the guest", host);
	if (!S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > (off_t)(512 * MIB))
		return fault_set(f, -EINVAL,
				 "cannot put '%s' into the guest: not a file of 1 byte to 512 MiB",
				 host);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return fault_errno(f, -errno, "cannot read '%s'", host);
	put_folders(a, name);
	put_bytes(a, name, st.st_mode & (S_IFMT | 0777), bytes, (size_t)st.st_size);
	(void)munmap(bytes, (size_t)st.st_size);
	return 0;
}

/* The modules of one list, and the list itself for the guest's init. */
static int put_modules(struct archive *a, const struct kernel *k, const char *list, struct fault *f)
{
	char host[512], guest[256], text[1024];
	struct text rest, name;
	size_t len;
	int err;

	(void)snprintf(host, sizeof(host), "%s/%s", k->dir, list);
	err = file_read_at(AT_FDCWD, host, text, sizeof(text), &len);
	if (err < 0)
		return fault_errno(f, err, "no modules for this kernel: '%s'", host);
	(void)snprintf(guest, sizeof(guest), "lib/modules/%s", list);
	put_folders(a, guest);
	put_bytes(a, guest, S_IFREG | 0644, text, len);
	rest = text_of(text, len);
	while (err == 0 && text_next_line(&rest, &name)) {
		(void)snprintf(host, sizeof(host), "%s/modules/%.*s", k->dir, (int)name.n, name.p);
		(void)snprintf(guest, sizeof(guest), "lib/modules/%.*s",
			       (int)MIN(name.n, (size_t)200), name.p);
		err = put_file(a, guest, host, f);
	}
	return err;
}

static int put_all(struct archive *a, const struct scenario *s, const struct kernel *k,
		   const struct parts *parts, struct fault *f)
{
	static const char *const folders[] = { "dev", "proc", "sys", "tmp", "run", "bin" };
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		put_header(a, folders[i], S_IFDIR | 0755, 0);
	err = put_file(a, "init", parts->guest, f);
	if (err == 0)
		err = put_file(a, "bin/busybox", BUSYBOX, f);
	put_bytes(a, "bin/sh", S_IFLNK | 0777, "busybox", strlen("busybox"));
	if (err == 0 && s->swap_bytes)
		err = put_modules(a, k, "disk.modules", f);
	if (err == 0 && s->zram_bytes)
		err = put_modules(a, k, "zram.modules", f);
	if (err == 0 && s->bulkhead)
		err = put_file(a, "bin/bulkhead", parts->bulkhead, f);
	for (int32_t i = 0; i < s->file_count && err == 0; i++)
		err = put_file(a, s->file[i].guest + 1, s->file[i].host, f);
	put_bytes(a, "plan", S_IFREG | 0644, &s->plan, sizeof(s->plan));
	put_header(a, "TRAILER!!!", 0, 0);
	return err;
}

int initramfs_make(const struct scenario *s, const struct kernel *k, const struct parts *parts,
		   int *ret_fd, struct fault *f)
{
	_cleanup_close_ int fd = memfd_create("initramfs", MFD_CLOEXEC);
	struct archive a = { .fd = fd };
	int err;

	if (fd < 0)
		return fault_errno(f, -errno, "no memory for the initramfs");
	err = put_all(&a, s, k, parts, f);
	if (err < 0)
		return err;
	if (a.err < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return fault_errno(f, a.err ? a.err : -errno, "cannot write the initramfs");
	*ret_fd = TAKE_FD(fd);
	return 0;
}
