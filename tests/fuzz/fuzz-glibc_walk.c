/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A heap of which the input breaks some words, and the registers of its thread: the walk and the
 * roots end, stay within the image, and what they say holds together.
 *
 * Input: a byte that picks the layout, then records of 8 bytes: where (mapping, offset) and what (a
 * number, or an address near something).
 */
#include "fuzz.h"

#include "../unit/source/glibc_sample.h"
#include "source/glibc_walk.h"
#include "source/heap_roots.h"

#define RECORD 8
#define RECORDS_MAX 64

static uint16_t half(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint64_t value_of(const struct memory_image *m, const uint8_t *p)
{
	static const uint64_t number[] = { 0, 1, 0x10, 0x11, 0x21, 0x1002, UINT64_MAX, UINT64_MAX - 15,
					   UINT64_C(1) << 63, UINT64_C(0x7fffffffffff) };
	const struct mapping *map = &m->mapping[p[0] % m->mappings];

	switch (p[1] % 4) {
	case 0:
		return map->start + half(p + 2) % (map->end - map->start + 64);
	case 1:
		return (map->start + half(p + 2) % (map->end - map->start)) & ~UINT64_C(15);
	case 2:
		return number[p[2] % ARRAY_SIZE(number)];
	default:
		return half(p + 2);
	}
}

static void apply(struct memory_image *m, const uint8_t *p)
{
	const uint32_t which = p[0] % (m->mappings + 1);
	const uint64_t value = value_of(m, p + 4);

	if (which == m->mappings) {
		m->thread[0].reg[p[1] % IMAGE_REGISTERS] = value;
		return;
	}
	sample_put(m, m->mapping[which].start + half(p + 2) % (m->mapping[which].end - m->mapping[which].start),
		   value);
}

static void check_heap(const struct memory_image *m, const struct heap *h)
{
	struct heap_block b = { 0 };
	uint64_t blocks = 0, bytes = 0;

	for (uint32_t i = 0; i < h->areas; i++) {
		const struct heap_area *a = &h->area[i];
		const uint64_t len = a->end - a->start;

		REQUIRE(a->start < a->end && a->start % GRANULE == 0);
		REQUIRE(image_at(m, a->start, len) == a->copy);
		REQUIRE(i == 0 || h->area[i - 1].end <= a->start);
	}
	for (bool more = heap_next(h, 0, 0, &b); more; more = heap_next(h, b.area, b.granule + 1, &b)) {
		struct heap_block same;

		blocks++;
		bytes += b.size;
		if (b.size)
			REQUIRE(heap_block_at(h, b.address, &same) && same.size == b.size);
	}
	REQUIRE(blocks == h->used_blocks && bytes == h->used_bytes);
}

static void check_roots(const struct memory_image *m, const struct glibc_heap *g)
{
	struct roots r = ROOTS_NONE;

	REQUIRE(heap_roots(m, g, &r) == 0);
	for (uint32_t i = 0; i < r.ranges + r.deads; i++) {
		const struct root_range *range = i < r.ranges ? &r.range[i] : &r.dead[i - r.ranges];

		REQUIRE(range->bytes && range->bytes % 8 == 0 && range->start % 8 == 0);
		REQUIRE((range->kind == ROOT_DEAD_STACK) == (i >= r.ranges));
		if (range->mapping == UINT32_MAX)
			continue;
		REQUIRE(image_at(m, range->start, range->bytes) == range->copy);
	}
	roots_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct glibc_sample rows[] = {
		{ .arena = 0, .par = 0, .tcache = 0, .has_tcache = true },
		{ .arena = 1, .par = 0, .tcache = 1, .has_tcache = true },
		{ .arena = 1, .par = 1, .tcache = 1, .has_tcache = true, .mangled = true, .long_info = true },
		{ .arena = 2, .par = 1, .tcache = 2, .has_tcache = true, .mangled = true, .long_info = true },
	};
	struct memory_image m;
	struct glibc_heap g = { 0 };
	struct scan_quality q = { 0 };

	if (size == 0)
		return 0;
	glibc_sample_make(&rows[data[0] % ARRAY_SIZE(rows)], &m);
	for (size_t i = 1, n = 0; size - i >= RECORD && n < RECORDS_MAX; i += RECORD, n++)
		apply(&m, data + i);
	if (glibc_walk(&m, &g, &q) == 0) {
		check_heap(&m, &g.heap);
		check_roots(&m, &g);
		glibc_heap_release(&g);
	}
	check_roots(&m, NULL);
	memory_image_release(&m);
	return 0;
}
