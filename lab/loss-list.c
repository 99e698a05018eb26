/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of 100 nodes whose head is lost: one definite loss takes 99 others with it.
 *
 *   (nothing) -x-> [24] -> [24] -> ... -> [24]
 */
#include "lab.h"

struct node {
	struct node *next;
	uint64_t value[2];
};

static void lose(void)
{
	struct node *head = NULL;

	for (int i = 0; i < 100; i++) {
		struct node *n = lab_zeroes(sizeof(*n));

		n->next = head;
		head = n;
	}
} /* the leak: head ends here */

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses the head of a list of 100 nodes." };

	lab_start(&lab, argc, argv);
	lose();
	lab_ready(&lab);
	return 0;
}
