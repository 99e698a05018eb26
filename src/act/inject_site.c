/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which thread may be used, and where its frames go. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "act/inject.h"
#include "act/seize.h"
#include "act/tracee.h"
#include "base/fd.h"

#define ROOM_BELOW (64 * KIB)
#define RED_ZONE 128
#define USER_CS 0x33 /* 64-bit code */
/* glibc's struct pthread is 0x900 bytes in 2.36; its stackblock stands at 0x690. musl's is 200. */
#define PTHREAD_WORDS (0xc00 / 8)
#define STACK_MAX (64 * GIB)
#define ERESTART_RESTARTBLOCK 516

/* Linux 5.13 and 6.4; not in Debian 12's headers, the second. */
#ifndef PTRACE_GET_RSEQ_CONFIGURATION
#define PTRACE_GET_RSEQ_CONFIGURATION 0x420f
#endif
#define GET_SYSCALL_USER_DISPATCH_CONFIG 0x4211
struct rseq_place {
	uint64_t address;
	uint32_t size, signature, flags, pad;
};
struct dispatch_config {
	uint64_t mode, selector, offset, len;
};

void injection_release(struct injection *i)
{
	free(i->image);
	free(i->saved);
	*i = (struct injection){ 0 };
}

static ssize_t peek(int32_t tid, uint64_t address, void *buf, size_t len)
{
	struct iovec local = { buf, len }, remote = { (void *)(uintptr_t)address, len };

	return process_vm_readv(tid, &local, 1, &remote, 1, 0);
}

static bool is_room(const struct memory_image *maps, uint64_t sp)
{
	const uint32_t want = MAPPING_READ | MAPPING_WRITE;
	const struct mapping *m = sp > ROOM_BELOW ? image_find(maps, sp - ROOM_BELOW) : NULL;

	return m && sp < m->end && (m->flags & (want | MAPPING_SHARED | MAPPING_DEVICE)) == want &&
	       !m->inode;
}

static bool is_stack_of(uint64_t start, uint64_t size, uint64_t sp, uint64_t pthread)
{
	return !(start % IMAGE_PAGE) && !(size % IMAGE_PAGE) && size >= ROOM_BELOW &&
	       size <= STACK_MAX && start <= sp - ROOM_BELOW && pthread >= start &&
	       pthread - start <= size && sp < pthread;
}

/* Both libcs keep map and size as two words, one behind the other. */
static bool is_on_own_stack(int32_t tid, const struct user_regs_struct *r)
{
	uint64_t word[PTHREAD_WORDS];
	const ssize_t n = peek(tid, r->fs_base, word, sizeof(word));
	const size_t words = n > 0 ? (size_t)n / sizeof(*word) : 0;

	if (words < 4 || (word[0] != r->fs_base && word[2] != r->fs_base))
		return false;
	for (size_t i = 0; i + 1 < words; i++)
		if (is_stack_of(word[i], word[i + 1], r->rsp, r->fs_base))
			return true;
	return false;
}

bool inject_stack_is_free(int32_t tid, const struct user_regs_struct *regs,
			  const struct memory_image *maps)
{
	const struct mapping *m = image_find(maps, regs->rsp);

	if (!m || !is_room(maps, regs->rsp))
		return false;
	return strcmp(m->path, "[stack]") == 0 || is_on_own_stack(tid, regs);
}

/*
 * Inside a restartable sequence the kernel looks at the instruction pointer when the thread goes
 * on: set elsewhere, it takes the sequence for done (kernel/rseq.c, rseq_ip_fixup), and back in the
 * middle of it nothing would abort it.
 */
static bool is_in_rseq(int32_t tid, uint64_t ip)
{
	struct rseq_place place;
	uint64_t cs = 0;
	struct {
		uint32_t version, flags;
		uint64_t start, length, abort;
	} section;

	if (ptrace(PTRACE_GET_RSEQ_CONFIGURATION, tid, (void *)sizeof(place), &place) < 0 ||
	    !place.address)
		return false;
	if (peek(tid, place.address + 8, &cs, sizeof(cs)) != (ssize_t)sizeof(cs) || !cs)
		return false;
	return peek(tid, cs, &section, sizeof(section)) != (ssize_t)sizeof(section) ||
	       ip - section.start < section.length;
}

static bool is_dispatched(int32_t tid)
{
	struct dispatch_config c = { 0 };

	return ptrace(GET_SYSCALL_USER_DISPATCH_CONFIG, tid, (void *)sizeof(c), &c) == 0 && c.mode;
}

/* Of the thread: a filter may be its alone. */
static const char *forbidden_by_status(int32_t tid)
{
	struct fault f;
	char buf[TRACEE_STATUS_SIZE];
	struct text features;
	size_t len;
	_cleanup_close_ int dir = tracee_proc(tid, &f);

	if (dir < 0 || file_read_once_at(dir, "status", buf, sizeof(buf), &len) < 0)
		return "the process has ended";
	/* A kernel without seccomp has no such line. */
	if (tracee_number(buf, "Seccomp", 0) != 0)
		return "a seccomp filter might kill the process";
	if (tracee_field(buf, "x86_Thread_features", &features) &&
	    memmem(features.p, features.n, "shstk", 5))
		return "the process has a shadow stack";
	return NULL;
}

static const char *forbidden(int32_t tid, const struct user_regs_struct *regs,
			     const struct memory_image *maps, const struct inject_gadgets *g)
{
	uint8_t ret[GADGET_SYSCALL_RET_BYTES], sig[GADGET_SIGRETURN_BYTES];

	if (regs->cs != USER_CS)
		return "it is a 32-bit thread";
	if (!inject_stack_is_free(tid, regs, maps))
		return "no thread has a stack of its own with room";
	if (peek(tid, g->syscall_ret, ret, sizeof(ret)) != (ssize_t)sizeof(ret) ||
	    memcmp(ret, GADGET_SYSCALL_RET, sizeof(ret)) != 0 ||
	    peek(tid, g->sigreturn, sig, sizeof(sig)) != (ssize_t)sizeof(sig) ||
	    memcmp(sig, GADGET_SIGRETURN, sizeof(sig)) != 0)
		return "the code to fork with has been unmapped";
	if (is_in_rseq(tid, regs->rip))
		return "the thread is in a restartable sequence";
	if (is_dispatched(tid))
		return "system calls of the process are dispatched to itself";
	return forbidden_by_status(tid);
}

static int build(struct injection *i, struct image_thread *t, uint64_t sigmask)
{
	struct inject_frames *frames;
	uint32_t fp_bytes = 0;
	uint64_t top = i->before.rsp - RED_ZONE, fp, offset;
	uint8_t *xstate = t->xstate ? realloc(t->xstate, t->xstate_bytes + 8) : NULL;

	if (!xstate)
		return -ENOTSUP;
	t->xstate = xstate;
	fp_bytes = inject_fpstate(xstate, t->xstate_bytes, t->xstate_bytes + 8);
	if (!fp_bytes)
		return -ENOTSUP;
	fp = (top - fp_bytes) & ~UINT64_C(63);
	i->address = (fp - sizeof(*frames)) & ~UINT64_C(63);
	offset = fp - i->address;
	i->bytes = offset + fp_bytes;
	i->image = calloc(1, i->bytes);
	i->saved = malloc(i->bytes);
	if (!i->image || !i->saved)
		return -ENOMEM;
	memcpy(i->image + offset, xstate, fp_bytes);
	frames = (struct inject_frames *)(void *)i->image;
	inject_frame_of(&i->before, sigmask, fp, i->gadgets.sigreturn, &frames->last);
	return peek(i->tid, i->address, i->saved, i->bytes) == (ssize_t)i->bytes ? 0 : -ENOTSUP;
}

static void drop_xstate(struct image_thread *t)
{
	free(t->xstate);
}

int inject_prepare(int32_t tid, const struct memory_image *maps, const struct inject_gadgets *g,
		   struct injection *ret, const char **ret_why)
{
	_cleanup_injection_ struct injection i = { .tid = tid, .gadgets = *g };
	_cleanup_(drop_xstate) struct image_thread t = { 0 };
	uint64_t sigmask;
	int r = thread_registers(tid, &t);

	if (r < 0)
		return r;
	memcpy(&i.before, t.reg, sizeof(i.before));
	*ret_why = forbidden(tid, &i.before, maps, g);
	if (*ret_why)
		return -ENOTSUP;
	if (ptrace(PTRACE_GETSIGMASK, tid, (void *)sizeof(sigmask), &sigmask) < 0)
		return -errno;
	*ret_why = "the processor's vector state cannot be kept";
	r = build(&i, &t, sigmask);
	if (r == 0)
		*ret = TAKE(i, (struct injection){ 0 });
	return r;
}

bool inject_would_interrupt(const struct injection *i)
{
	return (int64_t)i->before.orig_rax >= 0 && (int64_t)i->before.rax == -ERESTART_RESTARTBLOCK;
}
