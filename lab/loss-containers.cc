/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * C++ containers: a map of strings that is lost as a whole, a vector and a string that are kept,
 * and an array with destructors: new[] puts the number of elements before the first and hands out
 * what is behind it, an interior pointer (valgrind's heuristic "newarray").
 *
 *   -x-> map [48] -> 100 nodes [72] -> 100 texts [41]
 *   static vector -> [800]   static text -> [101]   static array -> [8 | 10 elements of 24]
 */
#include <map>
#include <string>
#include <vector>

#include "lab.h"

struct element {
	uint64_t value[3] = {};
	~element()
	{
		value[0] = 1;
	}
};

static std::vector<uint64_t> *vector;
static std::string *text;
static element *array;

static void lose()
{
	auto map = new std::map<uint64_t, std::string>;

	for (uint64_t i = 0; i < 100; i++)
		map->emplace(i, std::string(40, 'x'));
} /* the leak */

static void keep()
{
	/* In static memory, never destroyed: exit must leave them as they are. */
	alignas(8) static char place[2][64];

	vector = new (place[0]) std::vector<uint64_t>(100);
	text = new (place[1]) std::string(100, 'y');
	array = new element[10];
}

int main(int argc, char **argv)
{
	struct lab lab = {
		.about = "Loses a map of 100 strings; keeps a vector, a string, an array."
	};

	lab_start(&lab, argc, argv);
	lose();
	keep();
	lab_ready(&lab);
	return 0;
}
