/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A block to which only a register points, of a thread that waits in the kernel. It is in use: the
 * thread comes back. Compilers do this with every local they find a register for.
 *
 *   worker: %r12 ---> [64]
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "lab.h"

static void *worker(void *arg)
{
	void *block = lab_zeroes(64);

	lab_scrub();
	__asm__ volatile("mov %0, %%r12\n\t"
			 "movq $0, %0\n\t"
			 "movb $1, (%1)\n"
			 "1: mov %2, %%eax\n\t"
			 "syscall\n\t"
			 "jmp 1b"
			 : "+m"(block)
			 : "D"(arg), "i"(SYS_pause)
			 : "rax", "rcx", "r11", "r12", "memory");
	return NULL;
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Keeps a block by a register only: healthy." };
	static bool parked;
	pthread_t thread;

	lab_start(&lab, argc, argv);
	pthread_create(&thread, NULL, worker, &parked);
	lab_await(&parked);
	lab_ready(&lab);
	return 0;
}
