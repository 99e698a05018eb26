/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/reach_mark.h"

#include <errno.h>
#include <stdlib.h>

#include "judge/reach_visit.h"

/* Sparse blocks are scanned by what was present, from this size on. */
#define SPARSE_BYTES (UINT64_C(16) * IMAGE_PAGE)
/* Of a block: the processor's own prefetching takes over in longer ones. */
#define PREFETCH_BYTES UINT64_C(256)
#define CACHE_LINE 64
#define PREFETCH_PAGES 2
#define PREFETCH_WORDS 16
/* So many are looked at in one go. */
#define VISIT_WORDS 256

static _inlined_ void prefetch_cell(const struct reach_index *x, uint64_t word)
{
	const uint32_t entry = reach_entry(x, word);

	if (entry)
		__builtin_prefetch(reach_frame_cell(x, entry, word), 1);
}

static _inlined_ void visit_words(struct mark_worker *w, enum mark_mode mode, bool shared)
{
	const struct reach_index *x = w->marker->index;

	for (uint32_t i = 0; i < MIN(w->words, (uint32_t)PREFETCH_WORDS); i++)
		prefetch_cell(x, w->word[i]);
	for (uint32_t i = 0; i < w->words; i++) {
		if (i + PREFETCH_WORDS < w->words)
			prefetch_cell(x, w->word[i + PREFETCH_WORDS]);
		visit(w, mode, shared, w->word[i]);
	}
	w->words = 0;
}

static void visit_start(struct mark_worker *w)
{
	visit_words(w, MARK_START, false);
}

static void visit_start_shared(struct mark_worker *w)
{
	visit_words(w, MARK_START, true);
}

static void visit_any(struct mark_worker *w)
{
	visit_words(w, MARK_ANY, false);
}

static void visit_any_shared(struct mark_worker *w)
{
	visit_words(w, MARK_ANY, true);
}

static void visit_clique(struct mark_worker *w)
{
	visit_words(w, MARK_CLIQUE, false);
}

/* Puts aside what points into the heap. Without a branch: what is a pointer cannot be predicted. */
static void scan(struct mark_worker *w, const uint8_t *copy, uint64_t bytes)
{
	const struct reach_marker *m = w->marker;
	const uint64_t low = m->index->low, span = m->index->span;
	const uint64_t step = m->options->unaligned ? 1 : IMAGE_WORD;

	for (uint64_t at = 0; at + IMAGE_WORD <= bytes;) {
		const uint64_t past = MIN(bytes - IMAGE_WORD + 1,
					  at + (MARK_WORDS - w->words) * step);
		uint32_t n = w->words;

		for (; at < past; at += step) {
			const uint64_t word = load_word(copy + at);

			w->word[n] = word;
			n += word - low < span;
		}
		w->words = n;
		if (n >= VISIT_WORDS)
			w->visit(w);
	}
}

/* Pages that were never present hold no pointer, and reading them costs a page fault each. */
static void scan_sparse(struct mark_worker *w, const struct reach_spot *s, uint64_t size)
{
	const uint64_t end = s->start + size;
	const struct heap_area *a = s->area;
	struct page_run run;

	for (uint64_t at = s->start; heap_next_present(a, at, end, &run); at = run.end)
		scan(w, a->copy + (run.start - a->start), run.end - run.start);
}

static void scan_block(struct mark_worker *w, const struct reach_spot *s)
{
	const uint64_t size = reach_size(w->marker->index, s);

	w->found.bytes += size;
	w->found.blocks++;
	/* An unaligned word may stand across the edge of a run. */
	if (size >= SPARSE_BYTES && !w->marker->options->unaligned)
		scan_sparse(w, s, size);
	else
		scan(w, s->area->copy + (s->start - s->area->start), size);
}

static struct reach_cell *cells_of(const struct mark_worker *w, uint32_t page)
{
	return &w->marker->index->cell[(uint64_t)page * PAGE_CELLS];
}

/* The blocks of a page that are pending. */
static void scan_page(struct mark_worker *w, uint32_t page)
{
	uint32_t *flags = &w->marker->is_queued[page / 32];
	const uint32_t others = ~(UINT32_C(1) << page % 32);
	const bool shared = w->marker->threads > 1;

	/* First the flag, then what is pending: see make_pending(). */
	if (shared)
		(void)__atomic_and_fetch(flags, others, __ATOMIC_SEQ_CST);
	else
		*flags &= others;
	for (struct reach_cell *c = cells_of(w, page), *past = c + PAGE_CELLS; c < past; c++) {
		uint32_t left = __atomic_load_n(&c->pending, __ATOMIC_SEQ_CST);

		if (!left)
			continue;
		if (shared)
			left = __atomic_exchange_n(&c->pending, 0, __ATOMIC_SEQ_CST);
		else
			c->pending = 0;
		for (; left; left &= left - 1) {
			const struct reach_spot s = reach_spot_at(w->marker->index, c,
								  (uint32_t)__builtin_ctz(left));

			scan_block(w, &s);
		}
	}
}

static void prefetch_page(const struct mark_worker *w, uint32_t page)
{
	for (struct reach_cell *c = cells_of(w, page), *past = c + PAGE_CELLS; c < past; c++)
		for (uint32_t left = __atomic_load_n(&c->pending, __ATOMIC_RELAXED); left;
		     left &= left - 1) {
			const uint32_t g = (uint32_t)__builtin_ctz(left);
			const struct reach_spot s = reach_spot_at(w->marker->index, c, g);
			const uint32_t above = g == CELL_GRANULES - 1
						       ? 0
						       : c->bound & ~UINT32_C(0) << (g + 1);
			const uint64_t size =
				above ? ((uint32_t)__builtin_ctz(above) - g) * GRANULE
				      : PREFETCH_BYTES;
			const uint8_t *p = s.area->copy + (s.start - s.area->start);

			for (uint64_t at = 0; at < MIN(size, PREFETCH_BYTES); at += CACHE_LINE)
				__builtin_prefetch(p + at);
		}
}

static void enqueue(struct reach_marker *m, uint32_t page)
{
	uint64_t at = m->head + m->queued++;

	if (at >= m->room)
		at -= m->room;
	m->queue[at] = page;
}

/* What the worker found becomes everybody's. Holds the lock. */
static void publish(struct mark_worker *w)
{
	struct reach_marker *m = w->marker;

	for (uint32_t i = 0; i < w->found_pages; i++)
		enqueue(m, w->found_page[i]);
	if (w->found_pages && m->idle)
		(void)pthread_cond_broadcast(&m->more);
	w->found_pages = 0;
}

void mark_publish(struct mark_worker *w)
{
	(void)pthread_mutex_lock(&w->marker->lock);
	publish(w);
	(void)pthread_mutex_unlock(&w->marker->lock);
}

/* Its share of the queue; false when that is empty. Holds the lock. */
static bool take_queued(struct mark_worker *w)
{
	struct reach_marker *m = w->marker;
	const uint64_t share = MIN(m->queued / m->threads + 1, m->queued);
	const uint32_t n = (uint32_t)MIN(share, (uint64_t)MARK_PAGES);

	for (uint32_t i = 0; i < n; i++) {
		w->page[i] = m->queue[m->head];
		m->head = m->head + 1 == m->room ? 0 : m->head + 1;
		for (uint32_t c = 0; c < PAGE_CELLS; c += CACHE_LINE / sizeof(struct reach_cell))
			__builtin_prefetch(cells_of(w, w->page[i]) + c, 1);
	}
	m->queued -= n;
	w->next = 0;
	w->pages = n;
	return n > 0;
}

static bool take_more(struct mark_worker *w)
{
	struct reach_marker *m = w->marker;
	bool more;

	if (m->threads > 1)
		(void)pthread_mutex_lock(&m->lock);
	publish(w);
	more = take_queued(w);
	if (m->threads > 1)
		(void)pthread_mutex_unlock(&m->lock);
	return more;
}

void mark_drain(struct mark_worker *w)
{
	static void (*const visits[MARK_MODES][2])(struct mark_worker * w) = {
		[MARK_START] = { visit_start, visit_start_shared },
		[MARK_ANY] = { visit_any, visit_any_shared },
		[MARK_CLIQUE] = { visit_clique, visit_clique },
	};

	w->visit = visits[w->marker->mode][w->marker->threads > 1];
	scan(w, w->range, TAKE(w->range_bytes, 0));
	for (;;) {
		if (w->next == w->pages && !take_more(w)) {
			if (w->words == 0)
				return;
			w->visit(w);
			continue;
		}
		if (w->next + PREFETCH_PAGES < w->pages)
			prefetch_page(w, w->page[w->next + PREFETCH_PAGES]);
		scan_page(w, w->page[w->next++]);
	}
}

void mark_push(struct mark_worker *w, const uint8_t *copy, uint64_t bytes)
{
	w->range = copy;
	w->range_bytes = bytes;
}

void mark_push_block(struct mark_worker *w, const struct reach_spot *s)
{
	struct reach_marker *m = w->marker;
	const uint32_t page = page_of(m->index, s->cell);
	const uint32_t flag = UINT32_C(1) << page % 32;

	/* Other workers are at work, and may reach blocks of the same page. */
	(void)__atomic_or_fetch(&s->cell->pending, UINT32_C(1) << s->granule, __ATOMIC_SEQ_CST);
	if (!(__atomic_fetch_or(&m->is_queued[page / 32], flag, __ATOMIC_SEQ_CST) & flag))
		enqueue(m, page);
}

/* Work for a worker that has none; false at the end. Holds the lock. */
static bool take(struct mark_worker *w)
{
	struct reach_marker *m = w->marker;

	while (!m->over) {
		if (take_queued(w) || m->refill(w, m->source))
			return true;
		if (m->idle + 1 == m->threads) {
			m->over = true;
			(void)pthread_cond_broadcast(&m->more);
			return false;
		}
		m->idle++;
		(void)pthread_cond_wait(&m->more, &m->lock);
		m->idle--;
	}
	return false;
}

static void *work(void *marker)
{
	struct reach_marker *m = marker;
	struct mark_worker w = { .marker = m };
	bool more;

	for (;;) {
		(void)pthread_mutex_lock(&m->lock);
		more = take(&w);
		(void)pthread_mutex_unlock(&m->lock);
		if (!more)
			return NULL;
		mark_drain(&w);
	}
}

#define THREADS_MOST 64

void mark_run(struct reach_marker *m, enum mark_mode mode,
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
}

int marker_init(struct reach_marker *m, struct reach_index *x, const struct reach_options *o,
		uint32_t threads)
{
	const uint64_t pages = x->cells / PAGE_CELLS;

	*m = (struct reach_marker){ .index = x, .options = o, .threads = MAX(threads, 1U) };
	(void)pthread_mutex_init(&m->lock, NULL);
	(void)pthread_mutex_init(&m->vtable_lock, NULL);
	(void)pthread_cond_init(&m->more, NULL);
	if (pages > UINT32_MAX)
		return -ENOMEM;
	m->room = pages + 1;
	m->queue = lazy_alloc(m->room * sizeof(*m->queue));
	m->is_queued = calloc(pages / 32 + 1, sizeof(*m->is_queued));
	return m->queue && m->is_queued ? 0 : -ENOMEM;
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
	lazy_free(m->queue, m->room * sizeof(*m->queue));
	free(m->is_queued);
	(void)pthread_mutex_destroy(&m->lock);
	(void)pthread_mutex_destroy(&m->vtable_lock);
	(void)pthread_cond_destroy(&m->more);
}
