/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One system call made by a thread of the target, which goes back by itself whatever becomes of us.
 *
 * The registers of the thread are set once (PTRACE_SETREGS), and from then on everything leads back
 * to where it was. Below its stack pointer stand frames as the kernel's own signal delivery builds
 * them (arch/x86/kernel/signal_64.c, x64_setup_rt_frame: struct rt_sigframe), each with the address
 * of `__restore_rt` in front: a `syscall; ret` of the target makes the call, its ret takes that
 * address, and rt_sigreturn sets the registers that the frame holds (arch/x86/kernel/signal_64.c,
 * sys_rt_sigreturn):
 *
 *   low                                                              high
 *   [first: wait4(child)] [child: exit_group(0)] [last: the thread as it was] [FPU state] | SP-128
 *        ^ rsp during clone    ^ rsp of the child
 *
 * `first` waits for the child if it dies because we did; its pid is written into the frame by the
 * kernel (CLONE_PARENT_SETTID). All of it lies above the stack pointer of the thread that runs on
 * it, so a signal's handler does no harm. uc_stack has flags that sigaltstack refuses: the
 * alternate stack stays. A child that nobody holds runs into its own frame and exits.
 *
 * When we live, we take the thread back at its next stop: the original registers are set at a
 * PTRACE_EVENT_STOP, so that the kernel restarts an interrupted call as if nothing had been
 * (arch_do_signal_or_restart), and the stack gets its bytes back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/user.h>

#include "base/macro.h"
#include "model/inject_gadgets.h"
#include "model/memory_image.h"

/* arch/x86/include/uapi/asm/sigcontext.h and ucontext.h, as words. */
struct inject_frame {
	uint64_t pretcode;
	uint64_t uc_flags, uc_link;
	uint64_t ss_sp;
	uint32_t ss_flags, ss_pad;
	uint64_t ss_size;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t di, si, bp, bx, dx, ax, cx, sp, ip, flags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2, fpstate, reserved[8];
	uint64_t sigmask;
};

struct inject_frames {
	struct inject_frame first, child, last;
};

struct injection {
	int32_t tid;
	struct inject_gadgets gadgets;
	struct user_regs_struct before;
	uint64_t address; /* of the frames in the target */
	uint64_t bytes;	  /* of frames and FPU state */
	uint8_t *image;	  /* struct inject_frames, padding, FPU state; owned */
	uint8_t *saved;	  /* what was there; owned */
};
void injection_release(struct injection *i) _nonnull_all_;
#define _cleanup_injection_ _cleanup_(injection_release)

/* The thread as it was, in the form in which a call that was interrupted is made again by a
 * sigreturn. Pure. */
void inject_frame_of(const struct user_regs_struct *regs, uint64_t sigmask, uint64_t fpstate,
		     uint64_t sigreturn, struct inject_frame *ret) _nonnull_all_;
/*
 * Makes an XSAVE area of ptrace one that rt_sigreturn takes: the software bytes of
 * arch/x86/include/uapi/asm/sigcontext.h, and the end mark behind `bytes`, which must have room.
 * Returns the size with the mark, 0 when the area is too short.
 */
uint32_t inject_fpstate(uint8_t *xstate, uint32_t bytes, uint32_t room) _nonnull_all_;

/*
 * Is the memory below `sp` certainly free stack, 64 KiB of it? Below the main thread's, when it
 * lies in [stack] with that much mapped; and below another thread's, when the struct pthread that
 * fs_base points to says that both lie on one stack: its first words point to itself, and it holds
 * that stack's address and size. Never in a coroutine's.
 */
bool inject_stack_is_free(int32_t tid, const struct user_regs_struct *regs,
			  const struct memory_image *maps) _nonnull_all_;

/*
 * Reads the thread, which is in a PTRACE_EVENT_STOP, and builds its frames; nothing is changed yet.
 * -ENOTSUP with *ret_why, a constant text: it must not be used.
 */
int inject_prepare(int32_t tid, const struct memory_image *maps, const struct inject_gadgets *g,
		   struct injection *ret, const char **ret_why) _must_check_ _nonnull_all_;

/* Would being killed now make its system call return EINTR? Then another thread is better. */
bool inject_would_interrupt(const struct injection *i) _nonnull_all_;

/*
 * clone(CLONE_FILES | CLONE_FS, exit signal 0). The thread stands in its PTRACE_EVENT_CLONE, the
 * child is attached; inject_restore must follow. -EAGAIN: a signal came first and was delivered,
 * the thread is in an event stop again, with other registers. -ENOTSUP: a job-control stop came.
 * -EBUSY: clone itself refused, with its errno in *ret_child as a negative number; the thread is as
 * before. -ESRCH.
 */
int inject_fork(struct injection *i, double deadline, int32_t *ret_child,
		int32_t *ret_inside) _must_check_ _nonnull_all_;

/* wait4(inside, NULL, WNOHANG | __WALL): its result, and the thread as before. Errors as above. */
int inject_wait(struct injection *i, int32_t inside, double deadline,
		int64_t *ret_result) _must_check_ _nonnull_all_;

/* From any stop: into an event stop, with the registers and the stack that it had. */
int inject_restore(struct injection *i, double deadline) _must_check_ _nonnull_all_;
