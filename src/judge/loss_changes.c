/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups of lost blocks after they are made: suppressed, cut, compared. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/loss_groups.h"

static void move(struct leak_report *r, enum loss_class from, const struct loss *what)
{
	/* Indirect blocks may have been moved with their leader before: never below nothing. */
	const struct loss moved = { MIN(r->total[from].bytes, what->bytes),
				    MIN(r->total[from].blocks, what->blocks) };

	r->total[from].bytes -= moved.bytes;
	r->total[from].blocks -= moved.blocks;
	r->total[LOSS_SUPPRESSED].bytes += moved.bytes;
	r->total[LOSS_SUPPRESSED].blocks += moved.blocks;
}

void loss_groups_suppress(struct leak_report *report,
			  bool (*matches)(void *context, const struct loss_group *g), void *context)
{
	for (uint32_t i = 0; i < report->groups; i++) {
		struct loss_group *g = &report->group[i];

		if (g->suppressed || g->class > LOSS_POSSIBLE || !matches(context, g))
			continue;
		g->suppressed = true;
		move(report, g->class, &g->loss);
		if (g->class == LOSS_DEFINITE)
			move(report, LOSS_INDIRECT, &g->indirect);
	}
}

void loss_groups_limit(struct leak_report *report, uint32_t limit)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < report->groups; i++) {
		if (report->group[i].suppressed)
			continue;
		if (kept == limit)
			report->groups_left_out++;
		else if (kept++ != i)
			report->group[kept - 1] = report->group[i];
	}
	report->groups = kept;
}

static int compare_key(const struct loss_group *a, const struct loss_group *b)
{
	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	if (a->type[0] || b->type[0])
		return strncmp(a->type, b->type, sizeof(a->type));
	return strncmp(a->shape, b->shape, sizeof(a->shape));
}

/* References, so that the groups themselves stay in their order. */
struct group_ref {
	const struct loss_group *group;
};

static int by_key(const void *x, const void *y)
{
	const struct group_ref *a = x, *b = y;
	const int c = compare_key(a->group, b->group);

	return c ? c : (a->group > b->group) - (a->group < b->group);
}

static struct group_ref *sorted(const struct loss_group *group, uint32_t n)
{
	struct group_ref *p = calloc(n + UINT64_C(1), sizeof(*p));

	for (uint32_t i = 0; p && i < n; i++)
		p[i].group = &group[i];
	if (p && n > 0)
		qsort(p, n, sizeof(*p), by_key);
	return p;
}

static struct group_diff gone(const struct loss_group *before)
{
	return (struct group_diff){ .group = *before,
				    .before = before->loss,
				    .change = CHANGE_GONE };
}

static struct group_diff changed(const struct loss_group *now, const struct loss_group *before)
{
	struct group_diff d = { .group = *now, .before = before->loss, .change = CHANGE_SAME };

	if (now->loss.bytes != before->loss.bytes)
		d.change = now->loss.bytes > before->loss.bytes ? CHANGE_GREW : CHANGE_SHRANK;
	return d;
}

static int64_t growth(const struct group_diff *d)
{
	const uint64_t now = d->change == CHANGE_GONE ? 0 : d->group.loss.bytes;

	return (int64_t)(now - d->before.bytes);
}

static int by_growth(const void *x, const void *y)
{
	const struct group_diff *a = x, *b = y;

	if (growth(a) != growth(b))
		return growth(a) > growth(b) ? -1 : 1;
	return compare_key(&a->group, &b->group);
}

/* Both lists ascend: the one that comes first alone, or both together. */
static uint32_t merge(const struct group_ref *now, uint32_t nows, const struct group_ref *before,
		      uint32_t befores, struct group_diff *ret)
{
	uint32_t n = 0;

	for (uint32_t i = 0, k = 0; i < nows || k < befores;) {
		int c = i == nows ? 1 : -1;

		if (i < nows && k < befores)
			c = compare_key(now[i].group, before[k].group);
		if (c > 0)
			ret[n++] = gone(before[k++].group);
		else if (c < 0)
			ret[n++] = (struct group_diff){ .group = *now[i++].group,
							.change = CHANGE_NEW };
		else
			ret[n++] = changed(now[i++].group, before[k++].group);
	}
	return n;
}

int loss_groups_diff(struct leak_report *now, const struct loss_group *before,
		     uint32_t before_count)
{
	const uint64_t most = (uint64_t)now->groups + before_count;
	struct group_ref *a = sorted(now->group, now->groups);
	struct group_ref *b = sorted(before, before_count);
	struct group_diff *diff = calloc(most + 1, sizeof(*diff));
	int r = -ENOMEM;

	if (a && b && diff) {
		free(now->diff);
		now->diffs = merge(a, now->groups, b, before_count, diff);
		now->diff = TAKE_PTR(diff);
		if (now->diffs > 0)
			qsort(now->diff, now->diffs, sizeof(*now->diff), by_growth);
		r = 0;
	}
	free(diff);
	free(a);
	free(b);
	return r;
}
