/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * std::shared_ptr in a ring: each keeps the other's count above zero for ever. The leak that smart
 * pointers do not prevent; std::weak_ptr does.
 *
 *   10 times:  [parent] <---> [child]
 */
#include <memory>

#include "lab.h"

struct node {
	std::shared_ptr<node> other;
	uint64_t value[4] = {};
};

static void lose()
{
	for (int i = 0; i < 10; i++) {
		auto parent = std::make_shared<node>(), child = std::make_shared<node>();

		parent->other = child;
		child->other = parent;
	}
} /* the leak */

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses ten pairs that hold each other by shared_ptr." };

	lab_start(&lab, argc, argv);
	lose();
	lab_ready(&lab);
	return 0;
}
