/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks held by global variables of each kind, and one whose global was overwritten.
 *
 *   .data  initialised ---> [100]
 *   .bss   zeroed --------> [200]      overwritten --x--> [400] lost
 *   .bss   in a function -> [300]             +---------> [500]
 */
#include "lab.h"

static void *initialised = &initialised;
static void *zeroed;
static void *overwritten;

static void set_up(void)
{
	static void *in_a_function;

	initialised = lab_zeroes(100);
	zeroed = lab_zeroes(200);
	in_a_function = lab_zeroes(300);
	overwritten = lab_zeroes(400);
	overwritten = lab_zeroes(500); /* the leak: the 400 bytes */
	__asm__ volatile("" : : "r"(in_a_function) : "memory");
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Keeps four blocks by globals and loses one." };

	lab_start(&lab, argc, argv);
	set_up();
	lab_ready(&lab);
	return 0;
}
