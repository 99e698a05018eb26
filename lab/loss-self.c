/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three lost blocks that point to themselves, as an empty list head does. A pointer to a block that
 * only the block itself holds keeps nothing.
 *
 *   [48]<-+   [48]<-+   [48]<-+
 *    +----+    +----+    +----+
 */
#include "lab.h"

struct head {
	struct head *next, *prev;
	uint64_t value[4];
};

static void lose(void)
{
	for (int i = 0; i < 3; i++) {
		struct head *h = lab_zeroes(sizeof(*h));

		h->next = h->prev = h;
	}
} /* the leak */

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses three blocks that point to themselves." };

	lab_start(&lab, argc, argv);
	lose();
	lab_ready(&lab);
	return 0;
}
