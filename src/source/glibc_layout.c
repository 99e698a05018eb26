/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/glibc_layout.h"

const struct glibc_arena_layout glibc_arena_layouts[3] = {
	{ "2.23-2.26", .fastbins = 0x08, .top = 0x58, .bins = 0x68, .next = 0x868,
	  .system_mem = 0x880, .size = 0x890 },
	{ "2.27-2.42", .fastbins = 0x10, .top = 0x60, .bins = 0x70, .next = 0x870,
	  .system_mem = 0x888, .size = 0x898 },
	{ "2.43", .fastbins = 0, .top = 0x08, .bins = 0x18, .next = 0x818, .system_mem = 0x830,
	  .size = 0x840, .mmapped_short = true, .par = 1 },
};

const struct glibc_par_layout glibc_par_layouts[2] = {
	/* until 2.34 */
	{ .n_mmaps = -0x20,
	  .max_n_mmaps = -0x18,
	  .mmapped_mem = -0x10,
	  .max_mmapped_mem = -0x08,
	  .start = -0x48 },
	/* since 2.35, which has hp_pagesize and its like before them */
	{ .n_mmaps = -0x24,
	  .max_n_mmaps = -0x1c,
	  .mmapped_mem = -0x10,
	  .max_mmapped_mem = -0x08,
	  .start = -0x60 },
};

const struct glibc_tcache_layout glibc_tcache_layouts[3] = {
	{ .chunk_size = 0x250, .bins = 64, .entries = 0x40, .small_bins = 64, .count_bytes = 1 },
	{ .chunk_size = 0x290,
	  .bins = 64,
	  .entries = 0x80,
	  .small_bins = 64,
	  .count_bytes = 2,
	  .keyed = true },
	{ .chunk_size = 0x300,
	  .bins = 76,
	  .entries = 0x98,
	  .small_bins = 64,
	  .count_bytes = 2,
	  .keyed = true },
};
