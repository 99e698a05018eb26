/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gfp_mask: a number whose bits moved five times, and names that came and went. The number alone
 * dates the kernel; a kernel since 4.6 prints the names too, and those are trusted first.
 * Source: include/linux/gfp.h of 3.10, 4.9 and 4.19, the patches that moved bits in between (4.1,
 * 4.4, 4.10, 4.18, 5.14, 5.18), gfp_types.h before the enum of 6.9 and the BTF of kernels after it,
 * include/trace/events/mmflags.h before and after 6.13.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/machine.h"

/* Where the bits are. Each begins where the one before ends. */
enum gfp_layout {
	GFP_LAYOUT_UNKNOWN = 0,
	GFP_LAYOUT_WAIT, /* up to 4.3 */
	GFP_LAYOUT_4_4,
	GFP_LAYOUT_4_10,
	GFP_LAYOUT_4_18,
	GFP_LAYOUT_5_1,
	GFP_LAYOUT_COUNT,
};

enum gfp_layout gfp_layout_of_version(struct kernel_version v);
/*
 * From the bits that every request that may wait has: only such a request gets to the OOM killer.
 * UNKNOWN for 0 and for what fits none.
 */
enum gfp_layout gfp_layout_of_mask(uint64_t mask);

/* A span of kernels: since 0.0 and before 0.0 are open ends. */
struct kernel_span {
	struct kernel_version since, before;
};

/* Kernels before the layout, after it, and those that print these names. */
struct kernel_span gfp_layout_span(enum gfp_layout layout);
struct kernel_span gfp_names_span(const char *names) _nonnull_all_;

/* The names as the kernel prints them; bits without a name in hexadecimal at the end. `v` settles
 * what a layout leaves open; 0.0: then those bits stay a number. */
void gfp_decode(uint64_t mask, enum gfp_layout layout, struct kernel_version v,
		struct strbuf *out) _nonnull_all_;

/* What decides which memory a request may use. */
enum gfp_zone {
	GFP_ZONE_UNKNOWN = 0,
	GFP_ZONE_DMA,
	GFP_ZONE_DMA32,
	GFP_ZONE_NORMAL,
	GFP_ZONE_HIGHMEM,
	GFP_ZONE_MOVABLE,
};
struct gfp_meaning {
	enum gfp_zone zone; /* the highest */
	bool movable;	    /* may use CMA */
};

/* From the names, else from the number (these bits are the same everywhere). */
struct gfp_meaning gfp_meaning_of(const char *names, bool mask_known, uint64_t mask) _nonnull_all_;

/* -1, 0, 1; an unknown version (0.0) is lowest. */
int kernel_version_compare(struct kernel_version a, struct kernel_version b);
static inline bool kernel_version_known(struct kernel_version v)
{
	return v.major != 0;
}
