/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which swap is zram, and what that costs: /proc/swaps and /sys/block/zramN/mm_stat. SwapFree
 * counts a zram device at its logical size; a page stored there still takes RAM.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/text.h"

/* One line of /proc/swaps. */
struct swap_area {
	struct text name; /* as the kernel escapes it (\040); points into the buffer */
	uint64_t size_bytes, used_bytes;
};

/*
 * Takes the next area off *rest, skipping the header line. 1 with *ret, 0 at the end, -EPROTO for
 * a line that is none or says used > size.
 */
int swaps_next(struct text *rest, struct swap_area *ret) _must_check_ _nonnull_all_;

/* "zramN" when the area's name is a zram device, else false. */
bool swap_area_zram(const struct swap_area *a, struct text *ret_device) _nonnull_all_;

struct zram {
	uint64_t data_bytes; /* orig_data_size: what was stored */
	uint64_t used_bytes; /* mem_used_total: the RAM it takes, allocator waste included */
};

/* -EPROTO when there are fewer than three numbers (kernels before 4.1 have no mm_stat). */
int zram_parse(const char *buf, size_t len, struct zram *ret) _must_check_ _nonnull_all_;

/* Sums over the swap areas that are zram. All 0 and areas 0: there is none. */
struct zram_swap {
	uint32_t areas;
	uint64_t size_bytes, free_bytes; /* logical */
	bool measured;			 /* mm_stat of every area was read */
	struct zram zram;
};

/* `sys` may be -1: then .measured is false. -ENOENT when /proc/swaps is not there. */
int zram_swap_read(int proc, int sys, char *buf, size_t size, struct zram_swap *ret) _must_check_
	_nonnull_(3, 5);
