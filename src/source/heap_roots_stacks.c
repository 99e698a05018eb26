/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread of glibc: its stack block ends with its static TLS and struct pthread, which fs_base
 * points to (nptl/allocatestack.c, sysdeps/x86_64/nptl/tls.h: tcb@0, dtv@8, self@16).
 *
 * What is not certain stays a root: a wrong root hides a leak, a missing one invents it. The bounds
 * of a stack are taken from struct pthread (stackblock, stackblock_size: two words of which the sum
 * ends the page run that struct pthread is in), since VMAs of neighbours merge, and glibc 2.42
 * makes guard pages within a VMA (MADV_GUARD_INSTALL).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/heap_roots_parts.h"

#define RED_ZONE UINT64_C(128)
#define TCB_ALIGN UINT64_C(64)
#define PTHREAD_HEADER UINT64_C(0x200) /* less than its tcbhead_t and padding */
#define PTHREAD_MOST UINT64_C(0x1000)
#define TLS_MOST (UINT64_C(1) << 20)
#define USER_SPACE (UINT64_C(1) << 47)
#define DTV_MOST 65536

struct place {
	uint64_t fs, sp;    /* sp: red zone included */
	uint64_t low, high; /* the stack block; 0, 0: not known */
	bool is_lent;	    /* by the program (pthread_attr_setstack), or one without guard pages */
	uint64_t tls;	    /* where its static TLS begins; fs when not known */
	int32_t tid;
};

void root_labels_release(struct root_labels *l)
{
	free(l->label);
	free(l->dtv);
	free(l->dtv_tid);
	free(l->in_heap);
	*l = (struct root_labels){ 0 };
}

static int add(struct root_label **list, uint32_t *n, uint32_t *room, struct root_label label)
{
	if (label.start >= label.end)
		return 0;
	if (*n == *room) {
		const uint32_t more = *room ? 2 * *room : 64;
		struct root_label *p = reallocarray(*list, more, sizeof(*p));

		if (!p)
			return -ENOMEM;
		*list = p;
		*room = more;
	}
	(*list)[(*n)++] = label;
	return 0;
}

static int add_label(struct root_labels *l, uint64_t start, uint64_t end, enum root_kind kind,
		     int32_t tid)
{
	return add(&l->label, &l->labels, &l->room,
		   (struct root_label){ start & ~UINT64_C(7), end & ~UINT64_C(7), kind, tid });
}

static int add_dtv(struct root_labels *l, uint64_t block, int32_t tid)
{
	if (l->dtvs == l->dtv_room) {
		const uint32_t more = l->dtv_room ? 2 * l->dtv_room : 64;
		uint64_t *p = reallocarray(l->dtv, more, sizeof(*p));
		int32_t *t;

		if (!p)
			return -ENOMEM;
		l->dtv = p;
		t = reallocarray(l->dtv_tid, more, sizeof(*t));
		if (!t)
			return -ENOMEM;
		l->dtv_tid = t;
		l->dtv_room = more;
	}
	l->dtv[l->dtvs] = block;
	l->dtv_tid[l->dtvs++] = tid;
	return 0;
}

/* The lowest static TLS block of the thread, by its dtv: pairs of (val, to_free). */
static uint64_t static_tls(const struct memory_image *image, uint64_t fs, uint64_t floor)
{
	uint64_t dtv, count, val, lowest = fs;

	if (!image_word(image, fs + 8, &dtv) || !image_word(image, dtv - 16, &count))
		return fs;
	for (uint64_t i = 1; i <= MIN(count, (uint64_t)DTV_MOST); i++) {
		if (!image_word(image, dtv + 16 * i, &val))
			break;
		if (val < lowest && val >= floor && fs - val < TLS_MOST)
			lowest = val;
	}
	return lowest;
}

static void stack_bounds(const struct memory_image *image, struct place *p)
{
	for (uint64_t at = PTHREAD_HEADER; at < PTHREAD_MOST; at += 8) {
		uint64_t block, size, guard;

		if (!image_word(image, p->fs + at, &block) ||
		    !image_word(image, p->fs + at + 8, &size))
			return;
		if (block == 0 || block % IMAGE_PAGE || size == 0 || size % IMAGE_PAGE ||
		    block >= p->fs || size > USER_SPACE || block + size <= p->fs + at ||
		    block + size - p->fs > 2 * PTHREAD_MOST)
			continue;
		p->low = block;
		p->high = block + size;
		/* .guardsize, the next word */
		p->is_lent = !image_word(image, p->fs + at + 16, &guard) || guard == 0;
		return;
	}
}

static struct place place_of(const struct memory_image *image, uint64_t fs, uint64_t sp,
			     int32_t tid)
{
	struct place p = { .fs = fs, .sp = sp, .tls = fs, .tid = tid };
	const struct mapping *m = image_find(image, sp);

	stack_bounds(image, &p);
	if (p.high == 0 && m && strcmp(m->path, "[stack]") == 0) {
		p.low = m->start;
		p.high = m->end;
	}
	p.tls = static_tls(image, fs, sp > p.low && sp < p.high && fs < p.high && sp < fs ? sp : 0);
	return p;
}

/* The stack of a thread that runs in a block: from its stack pointer to the block's end. */
static int label_in_heap(const struct glibc_heap *g, const struct place *p, uint64_t rsp,
			 struct root_labels *l)
{
	struct heap_block b;

	if (!g || !heap_block_at(&g->heap, rsp, &b))
		return 0;
	return add(&l->in_heap, &l->in_heaps, &l->in_heap_room,
		   (struct root_label){ MAX(p->sp & ~UINT64_C(7), b.address),
					(b.address + b.size) & ~UINT64_C(7), ROOT_STACK, p->tid });
}

static int label_live(const struct memory_image *image, const struct glibc_heap *g,
		      const struct image_thread *t, struct root_labels *l)
{
	const uint64_t sp = t->reg[IMAGE_RSP];
	/* What is below the pointer is alive for a leaf function only, which makes no call. */
	const uint64_t zone = t->in_syscall ? 0 : RED_ZONE;
	const uint64_t fs = t->reg[IMAGE_FS_BASE];
	const struct place p = place_of(image, fs, sp > zone ? sp - zone : sp, t->tid);
	const bool on_own = p.sp >= p.low && p.sp < p.high;
	const struct mapping *m = image_find(image, fs);
	uint64_t dtv;
	int r = 0;

	if (m && fs > PTHREAD_MOST)
		r = add_label(l, MAX(p.tls, m->start),
			      (p.high > fs && p.low < fs)
				      ? p.high
				      : MIN(m->end, (fs & ~(IMAGE_PAGE - 1)) + IMAGE_PAGE),
			      ROOT_TLS, t->tid);
	if (r == 0 && m && image_word(image, fs + 8, &dtv) && dtv > 16)
		r = add_dtv(l, dtv - 16, t->tid);
	/*
	 * On an alternate signal stack the frame below, on the thread's own, has its stack pointer
	 * in the sigframe: then all of its own stack counts.
	 */
	if (r == 0)
		r = add_label(l, on_own ? p.sp : p.low, p.high, ROOT_STACK, t->tid);
	if (r == 0 && on_own)
		r = add_label(l, p.low, p.sp, ROOT_DEAD_STACK, t->tid);
	if (r == 0 && !on_own)
		r = label_in_heap(g, &p, sp, l);
	return r;
}

static bool is_live(const struct memory_image *image, uint64_t fs)
{
	for (uint32_t i = 0; i < image->threads; i++)
		if (image->thread[i].reg[IMAGE_FS_BASE] == fs)
			return true;
	return false;
}

static int32_t tid_at(const struct memory_image *image, uint64_t fs, uint64_t offset)
{
	uint64_t word;

	/* Not read: nothing that could pass for a thread that ended. */
	return image_word(image, fs + offset, &word) ? (int32_t)(uint32_t)word : INT32_MAX;
}

/*
 * Where struct pthread has the tid, which the kernel clears when the thread ends: 0x2d0 until now.
 * By the tids that we know; in a container they have others, but all a plausible one there.
 */
static uint64_t tid_offset(const struct memory_image *image)
{
	static const uint64_t usual = 0x2d0;
	bool plausible = image->threads > 0;

	for (uint64_t at = PTHREAD_HEADER; at < 0x400; at += 8) {
		bool all = image->threads > 0;

		for (uint32_t i = 0; i < image->threads && all; i++)
			all = tid_at(image, image->thread[i].reg[IMAGE_FS_BASE], at) ==
			      image->thread[i].tid;
		if (all)
			return at;
	}
	for (uint32_t i = 0; i < image->threads && plausible; i++) {
		const int32_t tid = tid_at(image, image->thread[i].reg[IMAGE_FS_BASE], usual);

		plausible = tid > 0 && tid <= 1 << 22;
	}
	return plausible ? usual : 0;
}

/*
 * Has pthread_join() still to collect it? Then .result is all that knows what the thread returned.
 * nptl/descr.h of 2.31 to 2.43: .cancelhandling is 0x38 behind .tid. A thread that ends sets
 * EXITING in it, __nptl_free_tcb() TERMINATED, when it was joined or detached.
 */
static bool is_joinable(const struct memory_image *image, uint64_t tid)
{
	static const uint64_t distance = 0x38, exiting = 0x10, terminated = 0x20;
	uint64_t flags;

	return image_word(image, tid + distance, &flags) &&
	       (flags & (exiting | terminated)) == exiting;
}

/* A struct pthread whose thread is no more: its stack is kept for the next one, or until it is
 * joined. */
static int label_ended(const struct memory_image *image, uint64_t fs, uint64_t tid_at_offset,
		       struct root_labels *l)
{
	const bool joinable = is_joinable(image, fs + tid_at_offset);
	struct place p = { .fs = fs };
	uint64_t dtv;
	int r = 0;

	if (tid_at(image, fs, tid_at_offset) > 0 || is_live(image, fs))
		return 0;
	stack_bounds(image, &p);
	/* What the program lent it may have used for something else since it was joined. */
	if (p.high == 0 || (p.is_lent && !joinable))
		return 0;
	/* allocate_stack() takes the dtv over for the next thread. */
	if (image_word(image, fs + 8, &dtv) && dtv > 16)
		r = add_dtv(l, dtv - 16, 0);
	if (r == 0 && joinable)
		r = add_label(l, fs, p.high, ROOT_TLS, 0);
	return r < 0 ? r : add_label(l, p.low, p.high, ROOT_DEAD_STACK, 0);
}

static bool is_tcb(const uint8_t *at, uint64_t address)
{
	uint64_t tcb, self;

	memcpy(&tcb, at, sizeof(tcb));
	memcpy(&self, at + 16, sizeof(self));
	return tcb == address && self == address;
}

static int find_ended_in(const struct memory_image *image, const struct mapping *m, uint64_t tid,
			 struct root_labels *l)
{
	int r = 0;

	for (uint32_t i = 0; i < m->runs; i++)
		for (uint64_t at = m->run[i].start; at < m->run[i].end && r == 0; at += TCB_ALIGN)
			if (is_tcb(m->copy + (at - m->start), at))
				r = label_ended(image, at, tid, l);
	return r;
}

/* The walk of the heap has found them: not in blocks, which may hold what a stack once held. */
static int label_strays(const struct memory_image *image, const struct glibc_heap *g, uint64_t tid,
			struct root_labels *l)
{
	int r = 0;

	for (uint32_t i = 0; i < g->stray_tcbs && r == 0; i++)
		r = label_ended(image, g->stray_tcb[i], tid, l);
	return r;
}

static int find_ended(const struct memory_image *image, const struct glibc_heap *g, uint64_t tid,
		      struct root_labels *l)
{
	int r = 0;

	if (g)
		return label_strays(image, g, tid, l);
	for (uint32_t i = 0; i < image->mappings && r == 0; i++) {
		const struct mapping *m = &image->mapping[i];

		if (m->copy && !m->inode && m->flags & MAPPING_WRITE &&
		    !(m->flags & MAPPING_SHARED))
			r = find_ended_in(image, m, tid, l);
	}
	return r;
}

int root_labels_find(const struct memory_image *image, const struct glibc_heap *g,
		     struct root_labels *ret)
{
	_cleanup_labels_ struct root_labels l = { 0 };
	uint64_t tid;
	int r;

	for (uint32_t i = 0; i < image->threads; i++) {
		r = label_live(image, g, &image->thread[i], &l);
		if (r < 0)
			return r;
	}
	tid = tid_offset(image);
	r = tid ? find_ended(image, g, tid, &l) : 0;
	if (r < 0)
		return r;
	*ret = TAKE(l, (struct root_labels){ 0 });
	return 0;
}
