/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes that lead back: sigframes and FPU state. */
#include <cpuid.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "act/inject.h"

/* The kernel's own numbers (include/linux/errno.h); they never reach a program. */
#define ERESTARTSYS 512
#define ERESTARTNOINTR 513
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516
#define SYSCALL_BYTES 2

/* arch/x86/include/uapi/asm/ucontext.h: FP_XSTATE, SIGCONTEXT_SS, STRICT_RESTORE_SS. */
#define UC_FLAGS 7
/* No flag of sigaltstack(2): -EINVAL, which rt_sigreturn ignores (restore_altstack). */
#define SS_FLAGS_INVALID 0x40
#define EFLAGS_TRAP (UINT64_C(1) << 8)

_Static_assert(sizeof(struct inject_frame) == 312, "8 + sizeof(struct ucontext)");
_Static_assert(offsetof(struct inject_frame, r8) == 48, "uc_mcontext");
_Static_assert(offsetof(struct inject_frame, fpstate) == 232, "uc_mcontext.fpstate");
_Static_assert(offsetof(struct inject_frame, sigmask) == 304, "uc_sigmask");

static void restart_form(const struct user_regs_struct *regs, struct inject_frame *f)
{
	if ((int64_t)regs->orig_rax < 0)
		return;
	switch (-(int64_t)regs->rax) {
	case ERESTARTSYS:
	case ERESTARTNOINTR:
	case ERESTARTNOHAND:
		f->ax = regs->orig_rax;
		f->ip -= SYSCALL_BYTES;
		break;
	case ERESTART_RESTARTBLOCK:
		/* rt_sigreturn forgets the block: restart_syscall would say EINTR as well. */
		f->ax = (uint64_t)-4; /* EINTR */
		break;
	default:
		break;
	}
}

void inject_frame_of(const struct user_regs_struct *regs, uint64_t sigmask, uint64_t fpstate,
		     uint64_t sigreturn, struct inject_frame *ret)
{
	*ret = (struct inject_frame){
		.pretcode = sigreturn,
		.uc_flags = UC_FLAGS,
		.ss_flags = SS_FLAGS_INVALID,
		.r8 = regs->r8,
		.r9 = regs->r9,
		.r10 = regs->r10,
		.r11 = regs->r11,
		.r12 = regs->r12,
		.r13 = regs->r13,
		.r14 = regs->r14,
		.r15 = regs->r15,
		.di = regs->rdi,
		.si = regs->rsi,
		.bp = regs->rbp,
		.bx = regs->rbx,
		.dx = regs->rdx,
		.ax = regs->rax,
		.cx = regs->rcx,
		.sp = regs->rsp,
		.ip = regs->rip,
		.flags = regs->eflags & ~EFLAGS_TRAP,
		.cs = (uint16_t)regs->cs,
		.gs = (uint16_t)regs->gs,
		.fs = (uint16_t)regs->fs,
		.ss = (uint16_t)regs->ss,
		.fpstate = fpstate,
		.sigmask = sigmask,
	};
	restart_form(regs, ret);
}

/* The FXSAVE area, and in it where the kernel keeps its own words; then the XSAVE header. */
#define FX_BYTES 512
#define SW_RESERVED 464
#define XSTATE_HEADER_BYTES 64
#define FP_XSTATE_MAGIC1 0x46505853u
#define FP_XSTATE_MAGIC2 0x46505845u
#define XFEATURE_TILE_DATA 18

struct fx_sw_bytes {
	uint32_t magic1, extended_size;
	uint64_t xfeatures;
	uint32_t xstate_size, padding[7];
};

/*
 * The end of a state component in the standard format. AMX's tile data counts only when it is in
 * use: without its permission the kernel's frames end before it (fpstate->user_size), and a larger
 * one is restored without its vectors (check_xstate_in_sigframe).
 */
static uint32_t states_end(uint64_t features, uint64_t in_use)
{
	uint32_t end = FX_BYTES + XSTATE_HEADER_BYTES;

	for (uint32_t i = 2; i < 63; i++) {
		uint32_t size, offset, c, d;

		if (!(features >> i & 1) || (i == XFEATURE_TILE_DATA && !(in_use >> i & 1)))
			continue;
		__cpuid_count(0xd, i, size, offset, c, d);
		end = MAX(end, offset + size);
	}
	return end;
}

uint32_t inject_fpstate(uint8_t *xstate, uint32_t bytes, uint32_t room)
{
	struct fx_sw_bytes sw = { .magic1 = FP_XSTATE_MAGIC1 };
	const uint32_t magic2 = FP_XSTATE_MAGIC2;
	uint64_t features, in_use;

	if (bytes < FX_BYTES + XSTATE_HEADER_BYTES)
		return 0;
	/* ptrace gives the kernel's features in the first of these words. */
	memcpy(&features, xstate + SW_RESERVED, sizeof(features));
	memcpy(&in_use, xstate + FX_BYTES, sizeof(in_use));
	sw.xstate_size = states_end(features | in_use, in_use);
	sw.extended_size = sw.xstate_size + (uint32_t)sizeof(magic2);
	sw.xfeatures = features &
		       ~(in_use >> XFEATURE_TILE_DATA & 1 ? 0 : UINT64_C(1) << XFEATURE_TILE_DATA);
	if (sw.xstate_size > bytes || sw.extended_size > room)
		return 0;
	memcpy(xstate + SW_RESERVED, &sw, sizeof(sw));
	memcpy(xstate + sw.xstate_size, &magic2, sizeof(magic2));
	return sw.extended_size;
}
