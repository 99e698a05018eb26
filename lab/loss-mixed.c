/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All four of valgrind's classes at once.
 *
 *   main: whole  ---> [100] -> [100]                         still reachable
 *   main: middle ------+
 *                   [..v..]                                  possibly lost
 *          -x-> [300] -+-> [40]                              definitely, indirectly lost
 *                      +-> [40] -> [40]
 */
#include "lab.h"

static void lose(void)
{
	void **head = lab_zeroes(300);
	void **second = lab_zeroes(40);

	head[0] = lab_zeroes(40);
	head[1] = second;
	second[0] = lab_zeroes(40);
} /* the leak */

static void keep(void **whole, char **middle)
{
	*whole = lab_zeroes(100);
	*(void **)*whole = lab_zeroes(100);
	*middle = (char *)lab_zeroes(200) + 80;
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Has blocks of each of the four classes." };
	void *whole;
	char *middle;

	lab_start(&lab, argc, argv);
	lose();
	keep(&whole, &middle);
	lab_ready(&lab);
	return whole == middle;
}
