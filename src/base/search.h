/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binary search in an array that ascends by one of its members. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * How many of the elements have a member <= value: the index of the first that has a greater one,
 * `count` when none has. Inline, so that a search by a constant size and offset costs no multiply.
 */
static inline size_t upper_bound(const void *array, size_t count, size_t size, size_t offset,
				 uint64_t value)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		uint64_t at;

		memcpy(&at, (const char *)array + mid * size + offset, sizeof(at));
		if (at <= value)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Of `count` elements at `array`, by a member that is a uint64_t. */
#define UPPER_BOUND(array, count, member, value)                                                   \
	({                                                                                         \
		_Static_assert(_Generic((array)->member, uint64_t : 1, default : 0),               \
			       "the member is a uint64_t");                                        \
		upper_bound((array), (count), sizeof(*(array)),                                    \
			    offsetof(__typeof__(*(array)), member), (value));                      \
	})
