/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/ranking.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "judge/headroom.h"

#define RESTART_FALL 16

int ranking_init(struct ranking *r, uint32_t slots, const struct growth_policy *policy)
{
	*r = (struct ranking){ .policy = *policy };
	return ranking_reserve(r, slots);
}

int ranking_reserve(struct ranking *r, uint32_t slots)
{
	struct watched *slot;

	if (slots <= r->capacity)
		return 0;
	/* calloc at first: 65,536 slots cost only the pages that processes use. */
	slot = r->slot ? reallocarray(r->slot, slots, sizeof(*slot)) : calloc(slots, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	r->slot = slot;
	r->capacity = slots;
	return 0;
}

void ranking_done(struct ranking *r)
{
	free(TAKE_PTR(r->slot));
	r->capacity = 0;
}

void ranking_start(struct ranking *r, uint32_t slot)
{
	struct watched *w = &r->slot[slot];

	*w = (struct watched){ .alarm_seconds = NAN };
	track_init(&w->track);
}

void ranking_add(struct ranking *r, uint32_t slot, const struct sample *x, const struct headroom *h)
{
	struct watched *w = &r->slot[slot];

	if (!w->sampled)
		w->first_held_bytes = x->held_bytes;
	w->last = *x;
	w->headroom = *h;
	w->sampled = true;
	if (!track_feed(&w->track, x, h, &r->policy))
		return;
	w->stale = true;
	if (isnan(w->alarm_seconds) && track_class(&w->track) == VERDICT_LEAKING)
		w->alarm_seconds = x->time_seconds;
}

static bool begins_a_life(const struct watched *w, const struct sample *x)
{
	return w->sampled && x->time_seconds > w->last.time_seconds &&
	       x->held_bytes < w->last.held_bytes / RESTART_FALL &&
	       x->held_bytes / 2 <= w->first_held_bytes;
}

void ranking_add_named(struct ranking *r, uint32_t slot, const struct sample *x,
		       const struct headroom *h)
{
	struct watched *w = &r->slot[slot];
	double alarm = w->alarm_seconds;

	if (begins_a_life(w, x)) {
		ranking_start(r, slot);
		w->alarm_seconds = alarm;
	}
	ranking_add(r, slot, x, h);
}

void ranking_pass(struct ranking *r, const struct process_table *t)
{
	for (uint32_t i = 0; i < MIN(t->high, r->capacity); i++) {
		const struct process *p = &t->process[i];
		struct headroom h;

		if (t->state[i] == SLOT_NEW)
			ranking_start(r, i);
		else if (t->state[i] != SLOT_LIVE)
			continue;
		if (!(p->fields & PROCESS_ANON))
			continue;
		h = headroom_of(p, t);
		ranking_add(r, i,
			    &(struct sample){
				    .time_seconds = t->time_seconds,
				    .held_bytes = process_held_bytes(p),
				    .cpu_seconds = p->fields & PROCESS_CPU ? p->cpu_seconds : NAN },
			    &h);
	}
}

const struct verdict *ranking_verdict(struct ranking *r, uint32_t slot)
{
	struct watched *w = &r->slot[slot];

	/* Without a verdict yet the reason is the age, which every sample changes. */
	if (w->sampled && (w->stale || w->verdict.class == VERDICT_UNKNOWN)) {
		track_verdict(&w->track, &w->headroom, &r->policy, w->last.time_seconds,
			      &w->verdict);
		w->stale = false;
	}
	return &w->verdict;
}

static struct opt_u64 field_of(const struct process *p, enum process_field bit, uint64_t value)
{
	return p->fields & bit ? opt_u64_of(value) : opt_u64_none(ABSENT);
}

/* USER_HZ, the tick of /proc/PID/stat: 100 in the ABI of every architecture but alpha and ia64. */
#define TICKS_PER_SECOND 100.0

static void fill_place(const struct process *p, const struct process_table *t, struct ranked *row)
{
	row->cgroup = cgroup_path_text(&t->cgroups, p->cgroup);
	row->unit = cgroup_name(&t->cgroups, p->cgroup);
	if (!cgroup_path_container(row->cgroup, &row->container))
		row->container = (struct text){ "", 0 };
}

bool ranked_of_slot(struct ranking *r, const struct process_table *t, uint32_t slot,
		    struct ranked *ret)
{
	const struct process *p = &t->process[slot];
	const struct watched *w = &r->slot[slot];

	if (t->state[slot] == SLOT_FREE)
		return false;
	*ret = (struct ranked){
		.id = p->id,
		.comm = text_of(p->comm, strnlen(p->comm, sizeof(p->comm))),
		.anon_bytes = field_of(p, PROCESS_ANON, p->anon_bytes),
		.swap_bytes = field_of(p, PROCESS_SWAP, p->swap_bytes),
		.shmem_bytes = field_of(p, PROCESS_SHMEM, p->shmem_bytes),
		.held_bytes = process_held_bytes(p),
		.headroom = headroom_of(p, t),
		.age_seconds = t->host.boot_seconds > 0
				       ? MAX(t->host.boot_seconds - (double)p->id.starttime_ticks /
									    TICKS_PER_SECOND,
					     0.0)
				       : NAN,
		.alarm_seconds =
			NAN, /* on the boot clock: means nothing to a reader of a live table */
		.verdict = ranking_verdict(r, slot),
		.track = &w->track,
		.unread = t->state[slot] == SLOT_STALE,
	};
	ret->limit = limit_name(&ret->headroom, &t->cgroups);
	fill_place(p, t, ret);
	return true;
}

static const char *const key_names[RANK_KEYS] = {
	[RANK_SCORE] = "score",
	[RANK_MEMORY] = "memory",
	[RANK_SWAP] = "swap",
	[RANK_GROWTH] = "growth",
	[RANK_EXHAUSTION] = "exhaustion",
	[RANK_AGE] = "age",
	[RANK_PID] = "pid",
	[RANK_NAME] = "name",
	[RANK_UNIT] = "unit",
};

bool rank_key_parse(struct text name, enum rank_key *ret)
{
	for (int i = 0; i < RANK_KEYS; i++) {
		if (!text_is(name, key_names[i]))
			continue;
		*ret = (enum rank_key)i;
		return true;
	}
	return false;
}

static int order(double a, double b)
{
	return (a > b) - (a < b);
}

/* Bigger first; what is not known comes last. */
static double growth_of(const struct ranked *x)
{
	const struct interval *g = &x->verdict->growth_bytes_per_second;

	return g->known ? g->mid : -INFINITY;
}

static double soon_of(const struct ranked *x)
{
	const struct interval *e = &x->verdict->exhaustion_seconds;

	return e->known ? -e->mid : -INFINITY;
}

static double swap_of(const struct ranked *x)
{
	return opt_is_known(x->swap_bytes) ? (double)x->swap_bytes.value : -1;
}

static int order_text(struct text a, struct text b)
{
	int c = memcmp(a.p ? a.p : "", b.p ? b.p : "", MIN(a.n, b.n));

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Negative when x comes first. */
static int compare_key(const struct ranked *x, const struct ranked *y, enum rank_key key)
{
	switch (key) {
	case RANK_MEMORY:
		return order((double)y->held_bytes, (double)x->held_bytes);
	case RANK_SWAP:
		return order(swap_of(y), swap_of(x));
	case RANK_GROWTH:
		return order(growth_of(y), growth_of(x));
	case RANK_EXHAUSTION:
		return order(soon_of(y), soon_of(x));
	case RANK_AGE:
		return order(isnan(y->age_seconds) ? -1 : y->age_seconds,
			     isnan(x->age_seconds) ? -1 : x->age_seconds);
	case RANK_PID:
		return order(x->id.pid, y->id.pid);
	case RANK_NAME:
		return order_text(x->comm, y->comm);
	case RANK_UNIT:
		return order_text(x->unit, y->unit);
	case RANK_SCORE:
	case RANK_KEYS:
		break;
	}
	return order(y->verdict->score, x->verdict->score);
}

struct sort_context {
	enum rank_key key;
	int sign;
};

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct sort_context *c = context;
	const struct ranked *x = a, *y = b;
	static const enum rank_key ties[] = { RANK_SCORE, RANK_GROWTH, RANK_MEMORY, RANK_PID,
					      RANK_NAME };
	int d = c->sign * compare_key(x, y, c->key);

	for (size_t i = 0; !d && i < ARRAY_SIZE(ties); i++)
		d = compare_key(x, y, ties[i]);
	return d;
}

void ranked_sort(struct ranked *rows, uint32_t count, enum rank_key key, bool reverse)
{
	struct sort_context context = { .key = key, .sign = reverse ? -1 : 1 };

	if (count)
		qsort_r(rows, count, sizeof(*rows), compare_rows, &context);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool contains(struct text hay, struct text needle)
{
	for (size_t at = 0; at + needle.n <= hay.n; at++) {
		size_t i = 0;

		while (i < needle.n && lower(hay.p[at + i]) == lower(needle.p[i]))
			i++;
		if (i == needle.n)
			return true;
	}
	return false;
}

bool ranked_matches(const struct ranked *row, struct text needle)
{
	char digits[16];
	int n = snprintf(digits, sizeof(digits), "%d", (int)row->id.pid);

	return contains(row->comm, needle) || contains(row->unit, needle) ||
	       contains(row->container, needle) || contains(text_of(digits, (size_t)n), needle);
}

uint32_t ranked_filter(struct ranked *rows, uint32_t count, struct text needle)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (ranked_matches(&rows[i], needle))
			rows[kept++] = rows[i];
	}
	return kept;
}
