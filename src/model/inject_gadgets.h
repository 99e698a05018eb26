/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two pieces of code of a process that lead a thread through a system call and back: plain data. */
#pragma once

#include <stdint.h>

/* Addresses in the target, in mappings that are read-only and executable. */
struct inject_gadgets {
	uint64_t syscall_ret; /* syscall; ret (0f 05 c3) */
	uint64_t sigreturn;   /* mov $15,%rax; syscall: __restore_rt of libc */
};

#define GADGET_SYSCALL_RET "\x0f\x05\xc3"
#define GADGET_SYSCALL_RET_BYTES 3
#define GADGET_SIGRETURN "\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05"
#define GADGET_SIGRETURN_BYTES 9
