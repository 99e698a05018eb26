/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of five nodes that nothing else points to. Each is held by its neighbour, so counting
 * references does not find it. One of them has to stand for all: the definite loss.
 *
 *   +-> [40] -> [40] -> [40] -> [40] -> [40] -+
 *   +-----------------------------------------+
 */
#include "lab.h"

struct node {
	struct node *next;
	uint64_t value[4];
};

static void lose(void)
{
	struct node *first = lab_zeroes(sizeof(*first)), *last = first;

	for (int i = 1; i < 5; i++) {
		last->next = lab_zeroes(sizeof(*last));
		last = last->next;
	}
	last->next = first;
} /* the leak */

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses a ring of five nodes." };

	lab_start(&lab, argc, argv);
	lose();
	lab_ready(&lab);
	return 0;
}
