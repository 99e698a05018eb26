/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small heaps made of the input, judged with one and with two threads, and by a naive reference:
 * the algorithm of valgrind's memcheck/mc_leakcheck.c (3.19) as it stands there, with a mark stack
 * and upgrades, and every look-up a walk over all blocks.
 */
#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "judge/reach.h"

#define AREAS 4
#define BLOCKS 96
#define ROOT_WORDS 48
#define SLACK UINT64_C(24)
#define SLACK_SINGLE UINT64_C(4120)
#define VTABLES 0x10000
#define VTABLES_END 0x10080

/* Input bytes, and when they are used up a generator that they have seeded. */
struct input {
	const uint8_t *data;
	size_t left;
	uint64_t state;
};

static uint32_t next(struct input *in, uint32_t below)
{
	if (in->left > 0) {
		in->left--;
		in->state = in->state * 31 + *in->data + 1;
		return *in->data++ % below;
	}
	in->state ^= in->state << 13;
	in->state ^= in->state >> 7;
	in->state ^= in->state << 17;
	return (uint32_t)(in->state >> 32) % below;
}

enum state { UNREACHED = 0, POSSIBLE, REACHABLE, INDIRECT };
struct block {
	uint64_t start, size;
	uint8_t *copy;
	bool single, pending;
	enum state state;
	uint64_t indirect_bytes, indirect_blocks;
};
struct world {
	struct heap heap;
	uint8_t *copy[AREAS];
	struct block block[BLOCKS];
	uint32_t blocks;
	uint64_t root[ROOT_WORDS];
	struct reach_options o;
	uint32_t stack[BLOCKS], depth;
};

static bool is_vtable(void *context, uint64_t address)
{
	REQUIRE(address % 8 == 0 && address >= 4096);
	return address >= VTABLES && address < VTABLES_END && address % 16 == 0;
}

/* Blocks without an area for each: chunks of some granules, now and then a long one. */
static void add_chunks(struct world *w, struct input *in, struct heap_area *a)
{
	uint64_t at = a->start + (next(in, 8) == 0 ? GRANULE * next(in, 40) : 0);

	while (at < a->end) {
		const uint64_t step =
			GRANULE * (2 + next(in, 6) + (next(in, 12) == 0 ? 16 * next(in, 40) : 0));
		const bool used = next(in, 4) > 0 && w->blocks < BLOCKS;
		const uint64_t past = MIN(at + step, a->end);

		heap_mark(a, at, used);
		if (used)
			w->block[w->blocks++] = (struct block){
				.start = at,
				.size = past - at - (past == a->end ? 0 : a->overhead),
			};
		at += step;
	}
}

static void make_heap(struct world *w, struct input *in)
{
	/* Within a cell or a window of the next, or far off. */
	static const uint64_t gaps[] = { 0, 16, 48, 4096, 1 << 20, UINT64_C(1) << 36 };
	const uint32_t areas = 1 + next(in, AREAS);
	uint64_t at = UINT64_C(0x550000000000) + GRANULE * next(in, 200);

	if (next(in, 3) == 0)
		at = UINT64_C(0x5500000fff00) - GRANULE * next(in, 200);
	for (uint32_t i = 0; i < areas; i++) {
		const uint64_t bytes =
			GRANULE * (1 + next(in, 60) + (next(in, 16) == 0 ? 900 : 0)) +
			8 * next(in, 2);
		struct heap_area *a;

		at = (at + gaps[next(in, 6)] + GRANULE - 1) / GRANULE * GRANULE;
		w->copy[i] = calloc(1, bytes);
		REQUIRE(w->copy[i]);
		if (next(in, 4) == 0 && w->blocks < BLOCKS) {
			REQUIRE(heap_add_single(&w->heap, at, at + bytes, w->copy[i]) == 0);
			w->block[w->blocks++] =
				(struct block){ .start = at, .size = bytes, .single = true };
		} else {
			REQUIRE(heap_add_area(&w->heap, at, at + bytes, w->copy[i], 8 * next(in, 2),
					      0, &a) == 0);
			add_chunks(w, in, a);
		}
		at += bytes;
	}
	REQUIRE(heap_index(&w->heap) == 0);
	REQUIRE(w->heap.used_blocks == w->blocks);
}

static uint64_t some_word(const struct world *w, struct input *in)
{
	const struct block *b = w->blocks ? &w->block[next(in, w->blocks)] : NULL;
	const struct heap_area *a = &w->heap.area[next(in, w->heap.areas)];

	switch (b ? next(in, 16) : 15) {
	case 0:
	case 1:
	case 2:
		return b->start;
	case 3:
		return b->start + next(in, (uint32_t)MIN(b->size + 24, UINT64_C(200)));
	case 4:
		return b->start + 8 * (1 + next(in, 3));
	case 5:
		return b->size - 8 - next(in, 16);
	case 6:
		return VTABLES + 8 * next(in, 20);
	case 7:
		return a->start + 8 * next(in, (uint32_t)((a->end - a->start) / 8 + 4));
	case 8:
		return 1 + next(in, 40);
	default:
		return 0;
	}
}

static void fill(struct world *w, struct input *in)
{
	for (uint32_t i = 0; i < w->heap.areas; i++) {
		const struct heap_area *a = &w->heap.area[i];
		uint8_t *copy = NULL;

		for (uint32_t k = 0; k < AREAS; k++)
			if (w->copy[k] == a->copy)
				copy = w->copy[k];
		for (uint64_t at = 0; at + 8 <= a->end - a->start; at += 8) {
			const uint64_t word = some_word(w, in);

			memcpy(copy + at, &word, sizeof(word));
		}
		for (uint32_t k = 0; k < w->blocks; k++)
			if (w->block[k].start >= a->start && w->block[k].start < a->end)
				w->block[k].copy = copy + (w->block[k].start - a->start);
	}
	for (uint32_t i = 0; i < ROOT_WORDS; i++)
		w->root[i] = next(in, 8) == 0 ? some_word(w, in) : 0;
}

/* find_chunk_for() */
static struct block *find(struct world *w, uint64_t pointer)
{
	for (uint32_t i = 0; i < w->blocks; i++)
		if (pointer >= w->block[i].start && pointer < w->block[i].start + w->block[i].size)
			return &w->block[i];
	return NULL;
}

static uint64_t word_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* heuristic_reachedness() for a block of which exactly `size` bytes were asked for: 0 to 2; -1. */
static int exact_heuristic(const struct block *b, uint64_t pointer, uint64_t size, uint32_t wanted)
{
	const uint64_t first = b->size >= 8 ? word_at(b->copy) : 0;

	if ((wanted & HEURISTIC_STDSTRING) && pointer == b->start + 24) {
		const uint64_t capacity = word_at(b->copy + 8);

		if (24 + capacity + 1 == size && first <= capacity)
			return 0;
	}
	if ((wanted & HEURISTIC_LENGTH64) && pointer == b->start + 8 && size > 8 && first > 0 &&
	    size - 8 == first)
		return 1;
	if ((wanted & HEURISTIC_NEWARRAY) && pointer == b->start + 8 && size > 8 && first > 0 &&
	    (size - 8) % first == 0)
		return 2;
	return -1;
}

/* With a size that is only known to lie within the slack. */
static int heuristic(const struct world *w, const struct block *b, uint64_t pointer)
{
	const uint64_t slack = MIN(b->single ? SLACK_SINGLE : SLACK, b->size);
	const uint64_t at = pointer - b->start;
	int best = -1;

	for (uint64_t size = b->size - slack; size <= b->size; size++) {
		const int h = exact_heuristic(b, pointer, size, w->o.heuristics);

		if (h >= 0 && (best < 0 || h < best))
			best = h;
	}
	if (best < 0 && (w->o.heuristics & HEURISTIC_MULTIPLEINHERITANCE) && at % 8 == 0 &&
	    at + 8 <= b->size) {
		const uint64_t inner = word_at(b->copy + at), first = word_at(b->copy);

		if (inner >= 4096 && first >= 4096 && inner % 8 == 0 && first % 8 == 0 &&
		    is_vtable(NULL, inner) && is_vtable(NULL, first))
			return 3;
	}
	return best;
}

static void push(struct world *w, struct block *b)
{
	if (!b->pending) {
		b->pending = true;
		w->stack[w->depth++] = (uint32_t)(b - w->block);
	}
}

/* lc_push_without_clique_if_a_chunk_ptr() */
static void push_without_clique(struct world *w, uint64_t pointer, bool prior_definite)
{
	struct block *b = find(w, pointer);
	bool start;

	if (!b || b->state == REACHABLE)
		return;
	start = pointer == b->start || heuristic(w, b, pointer) >= 0;
	if (start && prior_definite) {
		b->state = REACHABLE;
		push(w, b);
	} else if (b->state == UNREACHED) {
		b->state = POSSIBLE;
		push(w, b);
	}
}

/* lc_push_with_clique_if_a_chunk_ptr() */
static void push_with_clique(struct world *w, uint64_t pointer, struct block *leader)
{
	struct block *b = find(w, pointer);

	if (!b || b->state != UNREACHED || b == leader)
		return;
	push(w, b);
	leader->indirect_bytes += b->size + b->indirect_bytes;
	leader->indirect_blocks += 1 + b->indirect_blocks;
	b->state = INDIRECT;
}

static void scan(struct world *w, const uint8_t *p, uint64_t bytes, bool prior_definite,
		 struct block *leader)
{
	for (uint64_t at = 0; at + 8 <= bytes; at += w->o.unaligned ? 1 : 8)
		if (leader)
			push_with_clique(w, word_at(p + at), leader);
		else
			push_without_clique(w, word_at(p + at), prior_definite);
}

static void process(struct world *w, struct block *leader)
{
	while (w->depth > 0) {
		struct block *b = &w->block[w->stack[--w->depth]];

		b->pending = false;
		scan(w, b->copy, b->size, b->state != POSSIBLE, leader);
	}
}

static bool was_lost(const struct lost_set *s, const struct block *b)
{
	for (uint64_t i = 0; i < s->count; i++)
		if (s->address[i] == b->start && s->size[i] == b->size)
			return true;
	return false;
}

static void reference(struct world *w, struct loss *unconfirmed)
{
	bool fresh[BLOCKS] = { false };

	scan(w, (const uint8_t *)w->root, sizeof(w->root), true, NULL);
	process(w, NULL);
	for (uint32_t i = 0; i < w->blocks; i++) {
		struct block *b = &w->block[i];

		fresh[i] = w->o.earlier && b->state == UNREACHED && !was_lost(w->o.earlier, b);
		if (fresh[i]) {
			unconfirmed->blocks++;
			unconfirmed->bytes += b->size;
		}
	}
	for (uint32_t i = 0; i < w->blocks; i++)
		if (fresh[i] && w->block[i].state == UNREACHED) {
			w->block[i].state = POSSIBLE;
			push(w, &w->block[i]);
			process(w, NULL);
		}
	for (uint32_t i = 0; i < w->blocks; i++)
		if (w->block[i].state == UNREACHED) {
			push(w, &w->block[i]);
			process(w, &w->block[i]);
		}
}

/* Best way in which one range leads to the block: 0 none, 1 + heuristic, 100 its start. */
static void ways(struct world *w, const uint8_t *p, uint64_t bytes, int *way)
{
	for (uint64_t at = 0; at + 8 <= bytes; at += w->o.unaligned ? 1 : 8) {
		const uint64_t word = word_at(p + at);
		const struct block *b = find(w, word);
		int *best, h;

		if (!b)
			continue;
		best = &way[b - w->block];
		h = heuristic(w, b, word);
		if (word == b->start)
			*best = 100;
		else if (h >= 0 && *best != 100 && (*best == 0 || h + 1 < *best))
			*best = h + 1;
	}
}

static void check_heuristics(struct world *w, const struct scan_quality *q)
{
	struct loss expected[HEURISTICS] = { 0 };
	int way[BLOCKS] = { 0 };

	ways(w, (const uint8_t *)w->root, sizeof(w->root), way);
	for (uint32_t i = 0; i < w->blocks; i++)
		if (w->block[i].state == REACHABLE)
			ways(w, w->block[i].copy, w->block[i].size, way);
	for (uint32_t i = 0; i < w->blocks; i++) {
		if (w->block[i].state != REACHABLE || way[i] == 100)
			continue;
		REQUIRE(way[i] > 0);
		expected[way[i] - 1].blocks++;
		expected[way[i] - 1].bytes += w->block[i].size;
	}
	for (uint32_t i = 0; i < HEURISTICS; i++)
		REQUIRE(expected[i].blocks == q->heuristic[i].blocks &&
			expected[i].bytes == q->heuristic[i].bytes);
}

static void check(struct world *w, const struct roots *roots, uint32_t threads,
		  const struct loss *unconfirmed, struct lost_set *ret_lost)
{
	static const enum loss_class classes[] = { LOSS_DEFINITE, LOSS_POSSIBLE, LOSS_REACHABLE,
						   LOSS_INDIRECT };
	struct loss total[LOSS_CLASSES], sum[LOSS_CLASSES] = { 0 };
	struct scan_quality q = { 0 };
	struct heap_block b = { .granule = UINT64_MAX };
	enum loss_class class;
	struct reach *r;
	uint32_t n = 0;

	w->o.threads = threads;
	REQUIRE(reach_judge(&w->heap, roots, &w->o, &r) == 0);
	reach_quality(r, &q);
	reach_totals(r, total);
	while (reach_next(r, UINT32_MAX, b.area, b.granule + 1, &b, &class)) {
		const struct block *k = &w->block[n++];
		const struct loss indirect = reach_indirect(r, &b);

		REQUIRE(b.address == k->start && b.size == k->size);
		REQUIRE(class == classes[k->state] && class == reach_class(r, &b));
		if (class == LOSS_DEFINITE)
			REQUIRE(indirect.bytes == k->indirect_bytes &&
				indirect.blocks == k->indirect_blocks);
		sum[class].blocks++;
		sum[class].bytes += b.size;
	}
	REQUIRE(n == w->blocks);
	REQUIRE(memcmp(sum, total, sizeof(sum)) == 0);
	REQUIRE(q.unconfirmed.blocks == unconfirmed->blocks &&
		q.unconfirmed.bytes == unconfirmed->bytes);
	check_heuristics(w, &q);
	REQUIRE(reach_lost_set(r, ret_lost) == 0);
	REQUIRE(ret_lost->count == total[LOSS_DEFINITE].blocks + total[LOSS_INDIRECT].blocks);
	reach_free(r);
}

/* Root by root; the sum of all must be what is reachable. */
static void check_holdings(struct world *w, const struct roots *roots)
{
	struct root_holding *list;
	uint64_t bytes = 0, reachable = 0;
	uint32_t n;

	REQUIRE(reach_holdings(&w->heap, roots, &w->o, UINT32_MAX, &list, &n) == 0);
	for (uint32_t i = 0; i < n; i++) {
		bytes += list[i].loss.bytes;
		REQUIRE(i == 0 || list[i - 1].loss.bytes >= list[i].loss.bytes);
	}
	free(list);
	for (uint32_t i = 0; i < w->blocks; i++)
		reachable += w->block[i].state == REACHABLE ? w->block[i].size : 0;
	REQUIRE(bytes == reachable);
}

static void reset(struct world *w)
{
	for (uint32_t i = 0; i < w->blocks; i++) {
		w->block[i].state = UNREACHED;
		w->block[i].indirect_bytes = w->block[i].indirect_blocks = 0;
	}
}

static void judge(struct world *w, const struct roots *roots, struct lost_set *ret_lost)
{
	struct lost_set lost = { 0 };
	struct loss unconfirmed = { 0 };

	reset(w);
	reference(w, &unconfirmed);
	check(w, roots, 1, &unconfirmed, ret_lost);
	check(w, roots, 2, &unconfirmed, &lost);
	REQUIRE(lost.count == ret_lost->count);
	lost_set_release(&lost);
	check_holdings(w, roots);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size, UINT64_C(0x9e3779b97f4a7c15) };
	struct lost_set first = { 0 }, second = { 0 };
	struct roots roots = ROOTS_NONE;
	static struct world w;

	w = (struct world){ .heap = HEAP_NONE };
	w.o.heuristics = next(&in, HEURISTIC_ALL + 1);
	w.o.unaligned = next(&in, 8) == 0;
	w.o.is_vtable = is_vtable;
	make_heap(&w, &in);
	fill(&w, &in);
	/* Two ranges, for the work that is shared. */
	for (uint32_t i = 0; i < 2; i++)
		REQUIRE(roots_add(&roots,
				  &(struct root_range){
					  .start = 0x1000 + i * sizeof(w.root) / 2,
					  .copy = (const uint8_t *)w.root + i * sizeof(w.root) / 2,
					  .bytes = sizeof(w.root) / 2,
					  .kind = ROOT_DATA,
				  }) == 0);
	/* An unaligned word may stand across two ranges for the reference alone. */
	if (w.o.unaligned)
		w.root[ROOT_WORDS / 2 - 1] = w.root[ROOT_WORDS / 2] = 0;
	judge(&w, &roots, &first);
	/* The second scan: some words have changed, some lost blocks were not lost before. */
	for (uint32_t i = 0; i < 4; i++)
		w.root[next(&in, ROOT_WORDS / 2 - 1)] = next(&in, 2) ? some_word(&w, &in) : 0;
	w.o.earlier = &first;
	judge(&w, &roots, &second);

	lost_set_release(&first);
	lost_set_release(&second);
	roots_release(&roots);
	heap_release(&w.heap);
	for (uint32_t i = 0; i < AREAS; i++)
		free(w.copy[i]);
	return 0;
}
