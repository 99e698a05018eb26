/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/reach_mark.h"

#include <errno.h>
#include <stdlib.h>

#include "judge/reach_visit.h"

/* Of a long block or root at a time: what it points to is followed before the rest is read. */
#define SLICE_BYTES UINT64_C(4096)
/* Sparse blocks are scanned by what was present, from this size on. */
#define SPARSE_BYTES (UINT64_C(16) * IMAGE_PAGE)
/* Two lines were too few: some 20 % more CPU for random blocks of 144 bytes. The processor's own
 * prefetching takes over in longer ones. Of no locality (PREFETCHNTA): they are read once, and the
 * cells, which are not, stay in the cache: a tenth less for a random graph. */
#define PREFETCH_BYTES UINT64_C(256)
#define CACHE_LINE 64
#define DONATE_DEPTH 4
#define STACK_LEAST UINT64_C(4096)
#define SEEDS 256
_Static_assert(SEEDS + CELL_GRANULES <= STACK_LEAST, "else next_pending() puts off what it takes");
#define TAKE_MOST 256

static void fail(struct reach_marker *m)
{
	__atomic_store_n(&m->error, -ENOMEM, __ATOMIC_RELAXED);
}

static bool grow(struct mark_item **item, uint64_t *room, uint64_t needed)
{
	const uint64_t more = MAX(needed, *room ? 2 * *room : 1024);
	struct mark_item *p;

	if (needed <= *room)
		return true;
	p = reallocarray(*item, more, sizeof(*p));
	if (!p)
		return false;
	*item = p;
	*room = more;
	return true;
}

void mark_push(struct mark_worker *w, const uint8_t *copy, uint64_t bytes)
{
	if (bytes < IMAGE_WORD)
		return;
	if (w->depth == w->room && !grow(&w->stack, &w->room, w->depth + 1)) {
		fail(w->marker);
		return;
	}
	w->stack[w->depth++] = (struct mark_item){ copy, bytes };
}

/* Pages that were never present hold no pointer, and reading them costs a page fault each. */
static void push_sparse(struct mark_worker *w, const struct heap_area *a, uint64_t start,
			uint64_t end)
{
	struct page_run run;

	for (; heap_next_present(a, start, end, &run); start = run.end)
		mark_push(w, a->copy + (run.start - a->start), run.end - run.start);
}

/* First the bit, then the flag; next_pending() takes them the other way round. */
static void put_off(struct reach_marker *m, const struct reach_spot *s)
{
	if (m->threads > 1)
		(void)__atomic_or_fetch(&s->cell->pending, UINT32_C(1) << s->granule,
					__ATOMIC_SEQ_CST);
	else
		s->cell->pending |= UINT32_C(1) << s->granule;
	if (!__atomic_load_n(&m->overflowed, __ATOMIC_SEQ_CST))
		__atomic_store_n(&m->overflowed, true, __ATOMIC_SEQ_CST);
}

void mark_push_block(struct mark_worker *w, const struct reach_spot *s)
{
	const struct heap_area *a = s->area;
	const uint64_t size = reach_size(w->marker->index, s);

	if (w->depth >= w->marker->most) {
		put_off(w->marker, s);
		return;
	}
	w->found.bytes += size;
	w->found.blocks++;
	/* An unaligned word may stand across the edge of a run. */
	if (size >= SPARSE_BYTES && !w->marker->options->unaligned)
		push_sparse(w, a, s->start, s->start + size);
	else
		mark_push(w, a->copy + (s->start - a->start), size);
}

static _inlined_ void visit_oldest(struct mark_worker *w, enum mark_mode mode, bool shared)
{
	const uint32_t i = w->word_head;

	w->word_head = (i + 1) % MARK_RING;
	w->word_count--;
	visit(w, mode, shared, w->word[i], w->entry[i]);
}

static _inlined_ void scan(struct mark_worker *w, enum mark_mode mode, bool shared,
			   struct mark_item item, uint64_t step)
{
	const struct reach_index *x = w->marker->index;
	const uint64_t low = x->low, span = x->span;
	const uint64_t most = MIN(item.bytes - IMAGE_WORD + 1, SLICE_BYTES);
	uint64_t at = 0;

	for (; at < most; at += step) {
		const uint64_t word = load_word(item.copy + at);
		uint32_t entry, i;

		if (word - low >= span)
			continue;
		entry = reach_entry(x, word);
		if (!entry)
			continue;
		if (w->word_count == MARK_RING)
			visit_oldest(w, mode, shared);
		i = (w->word_head + w->word_count++) % MARK_RING;
		w->word[i] = word;
		w->entry[i] = entry;
		__builtin_prefetch(reach_frame_cell(x, entry, word), 1);
	}
	if (at < item.bytes)
		mark_push(w, item.copy + at, item.bytes - at);
}

/* From the stack into the ring, whose memory is on its way then. */
static _inlined_ void fill_ring(struct mark_worker *w)
{
	while (w->ring_count < MARK_RING && w->depth > 0) {
		const struct mark_item item = w->stack[--w->depth];

		for (uint64_t at = 0; at < MIN(item.bytes, PREFETCH_BYTES); at += CACHE_LINE)
			__builtin_prefetch(item.copy + at, 0, 0);
		w->ring[(w->ring_head + w->ring_count++) % MARK_RING] = item;
	}
}

/* Leaves the older half of the stack to workers that have nothing to do. */
static void donate(struct mark_worker *w)
{
	struct reach_marker *m = w->marker;
	const uint64_t n = w->depth / 2;

	(void)pthread_mutex_lock(&m->lock);
	if (grow(&m->pool, &m->pool_room, m->pooled + n)) {
		memcpy(&m->pool[m->pooled], w->stack, n * sizeof(*w->stack));
		m->pooled += n;
		w->depth -= n;
		memmove(w->stack, &w->stack[n], w->depth * sizeof(*w->stack));
		(void)pthread_cond_broadcast(&m->more);
	}
	(void)pthread_mutex_unlock(&m->lock);
}

static _inlined_ void drain(struct mark_worker *w, enum mark_mode mode, bool shared)
{
	const uint64_t step = w->marker->options->unaligned ? 1 : IMAGE_WORD;

	for (;;) {
		struct mark_item item;

		fill_ring(w);
		if (w->ring_count == 0) {
			if (w->word_count == 0)
				return;
			visit_oldest(w, mode, shared);
			continue;
		}
		item = w->ring[w->ring_head];
		w->ring_head = (w->ring_head + 1) % MARK_RING;
		w->ring_count--;
		scan(w, mode, shared, item, step);
		if (shared && w->depth > DONATE_DEPTH &&
		    __atomic_load_n(&w->marker->idle, __ATOMIC_RELAXED) > 0)
			donate(w);
	}
}

static void drain_start(struct mark_worker *w)
{
	drain(w, MARK_START, false);
}

static void drain_start_shared(struct mark_worker *w)
{
	drain(w, MARK_START, true);
}

static void drain_any(struct mark_worker *w)
{
	drain(w, MARK_ANY, false);
}

static void drain_any_shared(struct mark_worker *w)
{
	drain(w, MARK_ANY, true);
}

static void drain_clique(struct mark_worker *w)
{
	drain(w, MARK_CLIQUE, false);
}

static void drain_all(struct mark_worker *w)
{
	static void (*const drains[MARK_MODES][2])(struct mark_worker * w) = {
		[MARK_START] = { drain_start, drain_start_shared },
		[MARK_ANY] = { drain_any, drain_any_shared },
		[MARK_CLIQUE] = { drain_clique, drain_clique },
	};

	drains[w->marker->mode][w->marker->threads > 1](w);
}

static void push_pending(struct mark_worker *w, struct reach_cell *cell)
{
	uint32_t left = __atomic_exchange_n(&cell->pending, 0, __ATOMIC_SEQ_CST);

	for (; left; left &= left - 1) {
		const struct reach_spot s =
			reach_spot_at(w->marker->index, cell, (uint32_t)__builtin_ctz(left));

		mark_push_block(w, &s);
	}
}

/* Blocks that did not fit on a stack; false when there are none. Holds the lock. */
static bool next_pending(struct mark_worker *w)
{
	struct reach_marker *m = w->marker;
	struct reach_index *x = m->index;

	for (;;) {
		if (m->sweep == x->cells &&
		    __atomic_exchange_n(&m->overflowed, false, __ATOMIC_SEQ_CST))
			m->sweep = 0;
		if (m->sweep == x->cells)
			return w->depth > 0;
		while (m->sweep < x->cells && w->depth < SEEDS)
			if (__atomic_load_n(&x->cell[m->sweep++].pending, __ATOMIC_RELAXED))
				push_pending(w, &x->cell[m->sweep - 1]);
		if (w->depth >= SEEDS)
			return true;
	}
}

void mark_drain(struct mark_worker *w)
{
	do
		drain_all(w);
	while (next_pending(w));
}

/* Work for a worker that has none: true when its stack has some again. Holds the lock. */
static bool take(struct mark_worker *w)
{
	struct reach_marker *m = w->marker;

	while (!m->over) {
		if (m->pooled > 0) {
			const uint64_t share = m->pooled / m->threads + 1;
			const uint64_t n = MIN(MIN(share, m->pooled), (uint64_t)TAKE_MOST);

			m->pooled -= n;
			for (uint64_t i = 0; i < n; i++)
				mark_push(w, m->pool[m->pooled + i].copy,
					  m->pool[m->pooled + i].bytes);
			return true;
		}
		if (m->refill(w, m->source) || next_pending(w))
			return true;
		if (m->idle + 1 == m->threads) {
			m->over = true;
			(void)pthread_cond_broadcast(&m->more);
			return false;
		}
		__atomic_add_fetch(&m->idle, 1, __ATOMIC_RELAXED);
		(void)pthread_cond_wait(&m->more, &m->lock);
		__atomic_sub_fetch(&m->idle, 1, __ATOMIC_RELAXED);
	}
	return false;
}

static void *work(void *marker)
{
	struct mark_worker *w = malloc(sizeof(*w));
	struct reach_marker *m = marker;
	bool more;

	if (!w) {
		(void)pthread_mutex_lock(&m->lock);
		fail(m);
		m->over = true;
		(void)pthread_cond_broadcast(&m->more);
		(void)pthread_mutex_unlock(&m->lock);
		return NULL;
	}
	mark_worker_init(w, m);
	for (;;) {
		(void)pthread_mutex_lock(&m->lock);
		more = take(w);
		(void)pthread_mutex_unlock(&m->lock);
		if (!more)
			break;
		drain_all(w);
	}
	mark_worker_release(w);
	free(w);
	return NULL;
}

#define THREADS_MOST 64

int mark_run(struct reach_marker *m, enum mark_mode mode,
	     bool (*refill)(struct mark_worker *w, void *source), void *source)
{
	const uint32_t wanted = MIN(m->threads, (uint32_t)THREADS_MOST);
	pthread_t thread[THREADS_MOST];
	uint32_t made = 0;

	m->mode = mode;
	m->refill = refill;
	m->source = source;
	m->over = false;
	m->idle = 0;
	/* Nobody takes work before it is known how many there are. */
	(void)pthread_mutex_lock(&m->lock);
	while (made + 1 < wanted && pthread_create(&thread[made], NULL, work, m) == 0)
		made++;
	m->threads = made + 1;
	(void)pthread_mutex_unlock(&m->lock);
	(void)work(m);
	for (uint32_t i = 0; i < made; i++)
		(void)pthread_join(thread[i], NULL);
	return m->error;
}

void mark_worker_init(struct mark_worker *w, struct reach_marker *m)
{
	*w = (struct mark_worker){ .marker = m };
}

void mark_worker_release(struct mark_worker *w)
{
	free(w->stack);
}

void marker_init(struct reach_marker *m, struct reach_index *x, const struct reach_options *o,
		 uint32_t threads)
{
	*m = (struct reach_marker){
		.index = x,
		.options = o,
		.threads = MAX(threads, 1U),
		.sweep = x->cells,
		/* By the heap: what is searched for pending blocks is searched some hundred times
		 * at most. */
		.most = MAX(STACK_LEAST, x->cells / 64),
	};
	(void)pthread_mutex_init(&m->lock, NULL);
	(void)pthread_mutex_init(&m->vtable_lock, NULL);
	(void)pthread_cond_init(&m->more, NULL);
}

static uint64_t kind_bytes(const struct reach_marker *m)
{
	return m->index->cells * CELL_GRANULES / 8 * sizeof(*m->kind);
}

int marker_heuristics(struct reach_marker *m)
{
	if (!m->options->heuristics || m->index->cells == 0)
		return 0;
	m->kind = lazy_alloc(kind_bytes(m));
	return m->kind ? 0 : -ENOMEM;
}

void marker_release(struct reach_marker *m)
{
	lazy_free(m->kind, m->kind ? kind_bytes(m) : 0);
	free(m->pool);
	(void)pthread_mutex_destroy(&m->lock);
	(void)pthread_mutex_destroy(&m->vtable_lock);
	(void)pthread_cond_destroy(&m->more);
}
