/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Free chunks that look like blocks in use, since the chunk behind them keeps PREV_INUSE: those of
 * the fastbins of each arena and of the tcache of each thread. A scanner that misses them is wrong
 * about 64 % of the chunks of a small program.
 *
 * The tcache is a chunk that a word at the same distance from fs_base leads to in every thread; one
 * that does so in some threads by chance, or by the program's own TLS, does not in all. Threads
 * that a fork() left behind are known by their TCB.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/glibc_parts.h"

#define TCB_ALIGN UINT64_C(64)
#define VANISHED_MOST 65536u /* no process has more threads */
#define VANISHED_ASKED 64u   /* for the slot, which one would do for */
#define TLS_SEARCH (UINT64_C(64) << 10)
#define SLOTS 64
#define THREADS_IN_INIT 2u /* that may be in tcache_init() at one moment */

struct lists {
	struct glibc_walk *w;
	const struct heap_area
		*last; /* where the last chunk was: the next one is mostly there too */
	/* Since 2.32 a link is stored as (its own address >> 12) ^ link (PROTECT_PTR). */
	bool mangled;
	uint64_t votes_plain, votes_mangled;
	/* fs_base of the threads, then what was that of a thread which is no more. */
	uint64_t *tcb;
	uint32_t live, tcbs, tcb_room;
};

/* The area in which a block in use begins at `user`; NULL when none does. */
static const struct heap_area *block_area(struct lists *l, uint64_t user)
{
	const struct heap_area *a = l->last;
	uint64_t i;

	if (user % GRANULE || user == 0)
		return NULL;
	if (!a || user < a->start || user >= a->end)
		a = heap_area_at(&l->w->ret->heap, user);
	if (!a || !a->bound || a->end - user < 16)
		return NULL;
	l->last = a;
	i = (user - a->start) / GRANULE;
	return a->bound[i / 64] & a->used[i / 64] & UINT64_C(1) << (i % 64) ? a : NULL;
}

static uint64_t word_of(const struct heap_area *a, uint64_t address)
{
	uint64_t word;

	memcpy(&word, a->copy + (address - a->start), sizeof(word));
	return word;
}

/* The header is in front of the area for its first chunk, and readable there too. */
static uint64_t chunk_size(const struct lists *l, uint64_t user)
{
	uint64_t head = 0;

	(void)image_word(l->w->image, user - 8, &head);
	return head & ~(uint64_t)CHUNK_FLAGS;
}

static void clear_used(const struct heap_area *a, uint64_t user)
{
	const uint64_t i = (user - a->start) / GRANULE;

	a->used[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

static uint64_t link_of(const struct lists *l, uint64_t stored, uint64_t at)
{
	return l->mangled ? stored ^ at >> 12 : stored;
}

/* A fastbin links chunks, a tcache links their user memory: `behind` is what to add. */
static void vote(struct lists *l, uint64_t user, uint64_t behind)
{
	const struct heap_area *a = block_area(l, user);
	uint64_t stored, plain, mangled;

	if (!a)
		return;
	stored = word_of(a, user);
	plain = stored;
	mangled = stored ^ user >> 12;
	l->votes_plain += plain == 0 || block_area(l, plain + behind);
	l->votes_mangled += mangled == 0 || block_area(l, mangled + behind);
}

/*
 * A block that is marked free is no block any more, so a list that leads back into itself ends.
 * `size` 0: of any. *key: the second word of the chunks, as long as it is the same.
 */
static uint64_t free_list(struct lists *l, uint64_t user, uint64_t behind, uint64_t size,
			  uint64_t *key, bool *same)
{
	uint64_t n = 0;

	while (true) {
		const struct heap_area *a = block_area(l, user);
		uint64_t link;

		if (!a || (size && chunk_size(l, user) != size))
			return n;
		if (*key == 0)
			*key = word_of(a, user + 8);
		*same &= *key == word_of(a, user + 8);
		clear_used(a, user);
		n++;
		link = link_of(l, word_of(a, user), user);
		if (link == 0)
			return n;
		user = link + behind;
	}
}

static uint64_t fastbin_head(const struct lists *l, uint64_t arena, uint32_t i)
{
	uint64_t chunk = 0;

	(void)image_word(l->w->image, arena + l->w->arena->fastbins + 8 * i, &chunk);
	return chunk ? chunk + CHUNK_HEAD : 0;
}

static void fastbins_of(struct lists *l, uint64_t arena, bool voting)
{
	for (uint32_t i = 0; i < GLIBC_FASTBINS; i++) {
		const uint64_t user = fastbin_head(l, arena, i);
		uint64_t key = 0;
		bool same = true;

		if (voting)
			vote(l, user, CHUNK_HEAD);
		else
			l->w->q->fastbin_chunks +=
				free_list(l, user, CHUNK_HEAD, CHUNK_MIN + 16 * i, &key, &same);
	}
}

static void fastbins(struct lists *l, bool voting)
{
	const uint64_t main = l->w->ret->main_arena;
	uint64_t a = main;

	if (l->w->arena->fastbins == 0)
		return;
	for (uint32_t n = 0; n < GLIBC_ARENAS_MAX; n++) {
		fastbins_of(l, a, voting);
		a = glibc_next_arena(l->w, a);
		if (a == main || a == 0)
			return;
	}
}

static const struct glibc_tcache_layout *tcache_layout(const struct lists *l, uint64_t user)
{
	const uint64_t size = chunk_size(l, user);

	/* A remainder of 16 bytes would be no chunk, and stays with it; 2.43 aligns it, and
	 * _int_memalign() gives back only what is more than 32. */
	for (uint32_t i = 0; i < ARRAY_SIZE(glibc_tcache_layouts); i++)
		if (size - glibc_tcache_layouts[i].chunk_size <= CHUNK_MIN)
			return &glibc_tcache_layouts[i];
	return NULL;
}

static uint64_t entry(const struct heap_area *a, const struct glibc_tcache_layout *t, uint64_t user,
		      uint32_t bin)
{
	return word_of(a, user + t->entries + 8 * bin);
}

static uint64_t bin_size(const struct glibc_tcache_layout *t, uint32_t bin)
{
	return bin < t->small_bins ? CHUNK_MIN + 16 * bin : 0;
}

/* How many lists of it lead to a chunk of their size; -1 when it is no tcache. */
static int tcache_score(struct lists *l, uint64_t user)
{
	const struct heap_area *a = block_area(l, user);
	const struct glibc_tcache_layout *t = a ? tcache_layout(l, user) : NULL;
	int score = 0;

	if (!t || a->end - user < t->chunk_size - 8)
		return -1;
	for (uint32_t i = 0; i < t->bins; i++) {
		const uint64_t head = entry(a, t, user, i);
		const uint64_t size = bin_size(t, i);

		if (head == 0)
			continue;
		if (!block_area(l, head) || (size && chunk_size(l, head) != size))
			return -1;
		score++;
	}
	return score;
}

struct slot {
	uint64_t distance; /* below fs_base */
	uint32_t threads;
	uint64_t score, lowest;
};

static bool slot_word(const struct lists *l, uint32_t tcb, uint64_t distance, uint64_t *ret)
{
	const uint64_t fs = l->tcb[tcb];

	return fs > distance && image_word(l->w->image, fs - distance, ret);
}

/* A block of the size of a tcache: tcache_init() sets the pointer before it clears the struct. */
static bool may_be_tcache(struct lists *l, uint64_t user)
{
	return block_area(l, user) && tcache_layout(l, user);
}

/*
 * False when a thread has something else there. Before a thread's first malloc it is NULL, or in
 * 2.43 leads to a constant of libc.
 */
static bool judge_slot(struct lists *l, uint32_t from, uint32_t end, struct slot *s)
{
	uint32_t unclear = 0;

	s->lowest = UINT64_MAX;
	for (uint32_t i = from; i < end; i++) {
		uint64_t word;
		int score;

		if (!slot_word(l, i, s->distance, &word) || !heap_area_at(&l->w->ret->heap, word))
			continue;
		score = tcache_score(l, word);
		if (score < 0 && (!may_be_tcache(l, word) || ++unclear > THREADS_IN_INIT))
			return false;
		if (score < 0)
			continue;
		s->threads++;
		s->score += (uint64_t)score;
		s->lowest = MIN(s->lowest, word);
	}
	return true;
}

/* The program's own block that looks like an empty tcache was allocated after it: it is higher. */
static bool is_better(const struct slot *a, const struct slot *b)
{
	if (a->threads != b->threads)
		return a->threads > b->threads;
	if (a->score != b->score)
		return a->score > b->score;
	return a->lowest < b->lowest;
}

/*
 * How far below a TCB its own TLS can reach: not over another one, which has a slot of its own. The
 * stack of a thread that fork() left behind was just below the TLS of the one that is there.
 */
static uint64_t tls_reach(const struct lists *l, uint64_t fs)
{
	uint64_t reach = TLS_SEARCH;

	for (uint32_t i = 0; i < l->tcbs; i++)
		if (l->tcb[i] < fs)
			reach = MIN(reach, fs - l->tcb[i]);
	return reach;
}

static bool find_slot(struct lists *l, uint32_t from, uint32_t end, struct slot *best)
{
	*best = (struct slot){ 0 };
	/* Mostly the first thread has one, and then it is the slot of all. */
	for (uint32_t t = from; t < end && best->threads < end - from; t++) {
		const uint64_t reach = tls_reach(l, l->tcb[t]);
		uint32_t tries = SLOTS;

		for (uint64_t d = 8; d <= reach && tries > 0; d += 8) {
			struct slot s = { .distance = d };
			uint64_t word;

			if (!slot_word(l, t, d, &word))
				break;
			if (d == best->distance || word < CHUNK_HEAD || tcache_score(l, word) < 0)
				continue;
			tries--;
			if (judge_slot(l, from, end, &s) && is_better(&s, best))
				*best = s;
		}
	}
	return best->threads > 0;
}

static void each_tcache(struct lists *l, const struct slot *s, bool voting)
{
	struct scan_quality *q = l->w->q;
	bool same = true, keyed = false;

	for (uint32_t i = 0; i < l->tcbs; i++) {
		const struct glibc_tcache_layout *t;
		const struct heap_area *a;
		uint64_t user, key = 0; /* of a process since 2.34, of a thread before */

		if (!slot_word(l, i, s->distance, &user) || tcache_score(l, user) < 0)
			continue;
		a = block_area(l, user);
		t = tcache_layout(l, user);
		for (uint32_t bin = 0; bin < t->bins; bin++) {
			const uint64_t head = entry(a, t, user, bin);

			if (voting)
				vote(l, head, 0);
			else
				q->tcache_chunks +=
					free_list(l, head, 0, bin_size(t, bin), &key, &same);
		}
		keyed |= t->keyed && key;
		if (!voting)
			clear_used(a, user);
	}
	if (!voting && keyed) {
		q->checks++;
		q->checks_passed += same;
		if (!same)
			q->doubts |= DOUBT_TCACHE;
	}
}

/* A tcache of 2.43 comes with the first free(): one that was never there is none that is missed. */
static bool may_have_tcache(const struct lists *l)
{
	struct heap_block b = { 0 };

	if (l->w->arena->fastbins)
		return l->w->image->threads > 0;
	for (bool more = heap_next(&l->w->ret->heap, 0, 0, &b); more;
	     more = heap_next(&l->w->ret->heap, b.area, b.granule + 1, &b))
		if (tcache_score(&(struct lists){ .w = l->w }, b.address) > 0)
			return true;
	return false;
}

static int add_tcb(struct lists *l, uint64_t fs)
{
	if (l->tcbs == l->tcb_room) {
		const uint32_t room = l->tcb_room ? 2 * l->tcb_room : 64;
		uint64_t *p = reallocarray(l->tcb, room, sizeof(*p));

		if (!p)
			return -ENOMEM;
		l->tcb = p;
		l->tcb_room = room;
	}
	l->tcb[l->tcbs++] = fs;
	return 0;
}

static bool is_live(const struct lists *l, uint64_t fs)
{
	for (uint32_t i = 0; i < l->live; i++)
		if (l->tcb[i] == fs)
			return true;
	return false;
}

/* sysdeps/x86_64/nptl/tls.h, tcbhead_t: tcb@0 and self@16 are its own address. */
static int vanished_in(struct glibc_walk *w, const struct glibc_span *s, void *context)
{
	const uint64_t end = MIN(s->end, s->start + IMAGE_PAGE);
	struct lists *l = context;
	int r = 0;

	for (uint64_t at = s->start; at + TCB_ALIGN <= end && r == 0; at += TCB_ALIGN)
		if (glibc_load(s, at) == at && glibc_load(s, at + 16) == at && !is_live(l, at) &&
		    l->tcbs - l->live < VANISHED_MOST)
			r = add_tcb(l, at);
	return r;
}

static int find_tcbs(struct lists *l)
{
	const struct memory_image *image = l->w->image;
	int r = 0;

	for (uint32_t i = 0; i < image->threads && r == 0; i++)
		r = add_tcb(l, image->thread[i].reg[IMAGE_FS_BASE]);
	l->live = l->tcbs;
	return r < 0 ? r : glibc_each_page(l->w, vanished_in, l);
}

/*
 * By the live threads where they have a tcache. A thread that ended has a NULL there, but may have
 * pointers of the program in its TLS, so that it takes a cached chunk to know the slot by such.
 */
static bool find_any_slot(struct lists *l, struct slot *s)
{
	const uint32_t enough = MIN(l->tcbs, l->live + VANISHED_ASKED);

	return find_slot(l, 0, l->live, s) || (find_slot(l, l->live, enough, s) && s->score > 0);
}

static void free_lists(struct lists *l)
{
	struct slot s;
	const bool found = find_any_slot(l, &s);

	fastbins(l, true);
	if (found)
		each_tcache(l, &s, true);
	l->mangled = l->votes_mangled >= l->votes_plain;
	/* The tcaches first: a list of theirs was judged by what is still in use. */
	if (found) {
		each_tcache(l, &s, false);
		l->w->ret->tcache_offset = 0 - s.distance;
	} else if (may_have_tcache(l)) {
		l->w->q->doubts |= DOUBT_TCACHE;
	}
	fastbins(l, false);
}

int glibc_free_lists(struct glibc_walk *w)
{
	struct lists l = { .w = w };
	const int r = find_tcbs(&l);

	if (r == 0)
		free_lists(&l);
	if (r == 0 && l.tcbs > l.live) {
		memmove(l.tcb, l.tcb + l.live, (l.tcbs - l.live) * sizeof(*l.tcb));
		w->ret->stray_tcb = TAKE_PTR(l.tcb);
		w->ret->stray_tcbs = l.tcbs - l.live;
	}
	free(l.tcb);
	return r;
}
