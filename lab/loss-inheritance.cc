/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of a class with two bases, known only as their second base: the pointer is to the inside,
 * where the second table of virtual functions is (valgrind's heuristic "multipleinheritance").
 *
 *   static listener[3] ---------+
 *          session: [ vtable |  v vtable | 64 bytes ]
 */
#include "lab.h"

struct connection {
	virtual ~connection() = default;
	uint64_t peer = 0;
};

struct listener {
	virtual ~listener() = default;
	uint64_t events = 0;
};

struct session : connection, listener {
	uint64_t state[8] = {};
};

static listener *registered[3];

static void set_up()
{
	for (auto &r : registered)
		r = new session;
	new session; /* the leak */
}

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Keeps three objects by their second base, loses one." };

	lab_start(&lab, argc, argv);
	set_up();
	lab_ready(&lab);
	return 0;
}
