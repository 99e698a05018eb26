/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cannot be seized, and why a seizure was refused, in words. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>

#include "act/seize.h"
#include "act/tracee.h"
#include "base/fd.h"
#include "base/text.h"

static int check_class(int dir, int32_t pid, struct fault *f)
{
	_cleanup_close_ int exe = openat(dir, "exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char ident[EI_NIDENT];

	/* Not readable: the registers will tell. */
	if (exe < 0 || pread(exe, ident, sizeof(ident), 0) != (ssize_t)sizeof(ident))
		return 0;
	if (memcmp(ident, ELFMAG, SELFMAG) == 0 && ident[EI_CLASS] != ELFCLASS64)
		return fault_set(f, -ENOTSUP,
				 "process %d is a 32-bit program; only x86-64 ones can be scanned",
				 pid);
	return 0;
}

int seize_check(int dir, int32_t pid, struct fault *f)
{
	char status[TRACEE_STATUS_SIZE];
	struct text state, size;
	size_t len;
	int r = file_read_once_at(dir, "status", status, sizeof(status), &len);

	if (pid == getpid())
		return fault_set(f, -EINVAL, "process %d is this one; it cannot stop itself", pid);
	if (r < 0)
		return fault_errno(f, r == -ENOENT ? -ESRCH : r, "cannot read /proc/%d/status",
				   pid);
	if (tracee_number(status, "Tgid", (uint64_t)pid) != (uint64_t)pid)
		return fault_set(f, -ESRCH, "%d is a thread of process %u; give the process", pid,
				 (unsigned)tracee_number(status, "Tgid", 0));
	if (!tracee_field(status, "State", &state) || !state.n)
		return fault_set(f, -EPROTO, "/proc/%d/status has no State", pid);
	if (tracee_number(status, "Kthread", 0) == 1)
		return fault_set(f, -EINVAL, "process %d is a kernel thread; it has no heap", pid);
	if (tracee_number(status, "Threads", 1) <= 1 && (state.p[0] == 'Z' || state.p[0] == 'X'))
		return fault_set(f, -ESRCH,
				 "process %d is a zombie; its memory has been given back", pid);
	/* "Kthread" came with Linux 6.8. */
	if (!tracee_field(status, "VmSize", &size) && state.p[0] != 'Z')
		return fault_set(f, -EINVAL,
				 "process %d has no memory of its own; it is a kernel thread", pid);
	return check_class(dir, pid, f);
}

static int refused_by_scope(const struct seize_refusal *why, struct fault *f)
{
	if (strcmp(why->scope, "3") == 0)
		return fault_set(
			f, why->err,
			"process %d cannot be stopped: kernel.yama.ptrace_scope is 3, which "
			"forbids it to everyone until the next boot",
			why->pid);
	return fault_set(
		f, why->err,
		"process %d cannot be stopped: kernel.yama.ptrace_scope is %s; run this as "
		"root, with CAP_SYS_PTRACE",
		why->pid, why->scope);
}

int seize_refused(const struct seize_refusal *why, struct fault *f)
{
	const bool root = why->own_uid == 0;

	if (why->tracer)
		return fault_set(f, why->err,
				 "process %d is traced by process %d (%s) already; end that first",
				 why->pid, why->tracer, *why->tracer_comm ? why->tracer_comm : "?");
	if (strcmp(why->scope, "3") == 0 || (strcmp(why->scope, "2") == 0 && !root))
		return refused_by_scope(why, f);
	if (why->other_user_namespace)
		return fault_set(f, why->err,
				 "process %d is in another user namespace, where this process has "
				 "no CAP_SYS_PTRACE; run this as root of the host",
				 why->pid);
	if (why->target_uid != why->own_uid && !root)
		return fault_set(f, why->err,
				 "process %d belongs to user %u; run this as that user, or as root",
				 why->pid, why->target_uid);
	if (!why->dumpable && !root)
		return fault_set(f, why->err,
				 "process %d is not dumpable (it changed its user, or asked for it "
				 "with PR_SET_DUMPABLE); run this as root",
				 why->pid);
	if (strcmp(why->scope, "1") == 0 && !root)
		return refused_by_scope(why, f);
	return fault_set(f, why->err,
			 "process %d cannot be stopped: not permitted; CAP_SYS_PTRACE is missing "
			 "(container?), or a security module forbids it",
			 why->pid);
}
