/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/gadgets.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"

#define PIECE (64 * KIB)
#define OVERLAP (GADGET_SIGRETURN_BYTES - 1)

static bool may_hold_code(const struct mapping *m)
{
	const uint32_t want = MAPPING_READ | MAPPING_EXEC;

	if ((m->flags & (want | MAPPING_WRITE | MAPPING_SHARED | MAPPING_DEVICE)) != want)
		return false;
	return m->inode || strcmp(m->path, "[vdso]") == 0;
}

static bool is_libc(const struct mapping *m)
{
	const char *name = strrchr(m->path, '/');

	return name && (strncmp(name, "/libc.so", 8) == 0 || strncmp(name, "/libc-", 6) == 0 ||
			strncmp(name, "/ld-musl", 8) == 0);
}

static void look(const uint8_t *buf, size_t len, uint64_t address, struct inject_gadgets *g)
{
	const uint8_t *at;

	if (!g->syscall_ret) {
		at = memmem(buf, len, GADGET_SYSCALL_RET, GADGET_SYSCALL_RET_BYTES);
		g->syscall_ret = at ? address + (uint64_t)(at - buf) : 0;
	}
	if (!g->sigreturn) {
		at = memmem(buf, len, GADGET_SIGRETURN, GADGET_SIGRETURN_BYTES);
		g->sigreturn = at ? address + (uint64_t)(at - buf) : 0;
	}
}

static bool complete(const struct inject_gadgets *g)
{
	return g->syscall_ret && g->sigreturn;
}

static void search(int mem, const struct mapping *m, struct inject_gadgets *g)
{
	static uint8_t buf[PIECE];

	for (uint64_t at = m->start; at < m->end && !complete(g);) {
		const size_t want = MIN(PIECE, m->end - at);
		const ssize_t n = pread(mem, buf, want, (off_t)at);

		if (n <= 0)
			return;
		look(buf, (size_t)n, at, g);
		/* A gadget may lie across two pieces. */
		at += (size_t)n > OVERLAP && at + (size_t)n < m->end ? (size_t)n - OVERLAP
								     : (size_t)n;
	}
}

int gadgets_find(int dirfd, const struct memory_image *m, struct inject_gadgets *ret,
		 struct fault *f)
{
	struct inject_gadgets g = { 0 };
	_cleanup_close_ int mem = openat(dirfd, "mem", O_RDONLY | O_CLOEXEC);

	if (mem < 0)
		return fault_errno(f, -errno, "cannot open the memory of the process");
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < m->mappings && !complete(&g); i++)
			if (may_hold_code(&m->mapping[i]) && is_libc(&m->mapping[i]) == !pass)
				search(mem, &m->mapping[i], &g);
	if (!complete(&g))
		return fault_set(f, -ENOENT, "the process has no code of a libc to fork it with");
	*ret = g;
	return 0;
}
