/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/reach_heuristics.h"

#include "judge/reach_index.h"

#define FIRST_PAGE 4096

/* Could `bytes` have been asked for, for a block of this usable size? */
static bool fits(const struct heuristic_case *c, uint64_t bytes)
{
	return bytes <= c->size && c->size - bytes <= c->slack;
}

/* length, capacity, reference count, text: a std::string that is copied on write. */
static bool is_stdstring(const struct heuristic_case *c)
{
	uint64_t length, capacity;

	if (c->pointer != c->start + 24)
		return false;
	length = load_word(c->copy);
	capacity = load_word(c->copy + 8);
	return capacity <= c->size && fits(c, 24 + capacity + 1) && length <= capacity;
}

static bool is_length64(const struct heuristic_case *c)
{
	uint64_t rest;

	if (c->pointer != c->start + 8)
		return false;
	rest = load_word(c->copy);
	return rest > 0 && rest <= c->size && fits(c, rest + 8);
}

/* The number of elements, then as many of one size of at least a byte. */
static bool is_newarray(const struct heuristic_case *c)
{
	uint64_t count;

	if (c->pointer != c->start + 8)
		return false;
	count = load_word(c->copy);
	return count > 0 && count <= c->size - 8 && (c->size - 8) % count <= c->slack;
}

static bool may_be_vtable(uint64_t address)
{
	return address % 8 == 0 && address >= FIRST_PAGE;
}

/* A base class other than the first: the object begins with a vtable, and so does the part. */
static bool is_multipleinheritance(const struct heuristic_case *c)
{
	const uint64_t at = c->pointer - c->start;
	uint64_t inner, first;

	if (!c->is_vtable || at % 8 || c->size < 8 || at > c->size - 8)
		return false;
	inner = load_word(c->copy + at);
	first = load_word(c->copy);
	return may_be_vtable(inner) && may_be_vtable(first) && c->is_vtable(c->context, inner) &&
	       c->is_vtable(c->context, first);
}

enum leak_heuristic heuristic_accepts(const struct heuristic_case *c, uint32_t wanted)
{
	/* valgrind's order: an interior pointer counts for the first that accepts it. */
	if ((wanted & HEURISTIC_STDSTRING) && is_stdstring(c))
		return HEURISTIC_STDSTRING;
	if ((wanted & HEURISTIC_LENGTH64) && is_length64(c))
		return HEURISTIC_LENGTH64;
	if ((wanted & HEURISTIC_NEWARRAY) && is_newarray(c))
		return HEURISTIC_NEWARRAY;
	if ((wanted & HEURISTIC_MULTIPLEINHERITANCE) && is_multipleinheritance(c))
		return HEURISTIC_MULTIPLEINHERITANCE;
	return (enum leak_heuristic)0;
}
