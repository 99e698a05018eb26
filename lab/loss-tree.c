/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nothing is lost: a tree of 255 nodes that hangs on a local of main. Never freed, still reachable.
 *
 *   main: root ---> [32] -+-> [32] -+-> ...
 *                         |         +-> ...
 *                         +-> [32] ...
 */
#include "lab.h"

struct node {
	struct node *left, *right;
	uint64_t value[2];
};

static struct node *grow(int depth)
{
	struct node *n = lab_zeroes(sizeof(*n));

	if (depth > 1) {
		n->left = grow(depth - 1);
		n->right = grow(depth - 1);
	}
	return n;
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Keeps a tree of 255 nodes: healthy." };
	struct node *root;

	lab_start(&lab, argc, argv);
	root = grow(8);
	lab_ready(&lab);
	return root == NULL;
}
