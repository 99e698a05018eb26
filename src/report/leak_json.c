/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/leak_json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/json.h"
#include "report/leak_words.h"

static json_t *sized(const char *p, size_t size)
{
	return json_escaped(text_of(p, strnlen(p, size)));
}

static json_t *loss(const struct loss *l)
{
	json_t *o = json_object();

	return json_whole(o, json_put(o, "bytes", json_bytes(l->bytes)) &&
				     json_put(o, "blocks", json_bytes(l->blocks)));
}

static json_t *summary(const struct leak_report *r)
{
	json_t *o = json_object();
	bool ok = o != NULL;

	for (int c = 0; ok && c < LOSS_CLASSES; c++)
		ok = json_put(o, loss_class_name((enum loss_class)c),
			      r->summary_known ? loss(&r->total[c]) : json_null());
	return json_whole(o, ok);
}

/* A string: 64-bit addresses do not fit into the numbers of most JSON readers. */
static json_t *address(uint64_t a)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "0x%" PRIx64, a);
	return a ? json_string(text) : json_null();
}

static json_t *addresses(const struct loss_group *g)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < MIN(g->addresses, (uint32_t)LOSS_ADDRESSES); i++)
		ok = json_add(list, address(g->address[i]));
	return json_whole(list, ok);
}

static json_t *holder(const struct loss_group *g)
{
	json_t *o;

	if (g->holder == HOLDER_NONE)
		return json_null();
	o = json_object();
	return json_whole(o, json_put(o, "kind", json_string(last_holder_name(g->holder))) &&
				     json_put(o, "blocks", json_bytes(g->holder_blocks)) &&
				     json_put(o, "size_bytes",
					      g->holder_size ? json_bytes(g->holder_size)
							     : json_null()));
}

static json_t *group(const struct loss_group *g)
{
	json_t *o = json_object();
	const struct text sample =
		text_of((const char *)g->sample, MIN(g->sample_bytes, (uint32_t)LOSS_SAMPLE_SIZE));

	return json_whole(o, json_put(o, "class", json_string(loss_class_name(g->class))) &&
				     json_put(o, "bytes", json_bytes(g->loss.bytes)) &&
				     json_put(o, "blocks", json_bytes(g->loss.blocks)) &&
				     json_put(o, "size_bytes", json_bytes(g->size)) &&
				     json_put(o, "indirect", loss(&g->indirect)) &&
				     json_put(o, "type", sized(g->type, sizeof(g->type))) &&
				     json_put(o, "shape", sized(g->shape, sizeof(g->shape))) &&
				     json_put(o, "vtable", address(g->vtable)) &&
				     json_put(o, "contents", json_escaped(sample)) &&
				     json_put(o, "addresses", addresses(g)) &&
				     json_put(o, "last_holder", holder(g)) &&
				     json_put(o, "suppressed", json_boolean(g->suppressed)));
}

static json_t *groups(const struct leak_report *r)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < r->groups; i++)
		ok = json_add(list, group(&r->group[i]));
	return json_whole(list, ok);
}

static json_t *doubt_list(const struct leak_report *r)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (unsigned int i = 0; ok && i < DOUBTS; i++)
		if (r->quality.doubts & 1U << i)
			ok = json_add(list,
				      json_string(scan_doubt_name((enum scan_doubt)(1U << i))));
	return json_whole(list, ok);
}

static json_t *heuristics(const struct scan_quality *q)
{
	json_t *o = json_object();
	bool ok = o != NULL;

	for (unsigned int i = 0; ok && i < HEURISTICS; i++)
		ok = json_put(o, leak_heuristic_name(i), loss(&q->heuristic[i]));
	return json_whole(o, ok);
}

static json_t *quality(const struct leak_report *r)
{
	const struct scan_quality *q = &r->quality;
	json_t *o = json_object();

	return json_whole(o, json_put(o, "doubts", doubt_list(r)) &&
				     json_put(o, "chunks", json_bytes(q->chunks)) &&
				     json_put(o, "free", loss(&r->free)) &&
				     json_put(o, "tcache_chunks", json_bytes(q->tcache_chunks)) &&
				     json_put(o, "fastbin_chunks", json_bytes(q->fastbin_chunks)) &&
				     json_put(o, "arenas", json_bytes(q->arenas)) &&
				     json_put(o, "heaps", json_bytes(q->heaps)) &&
				     json_put(o, "mmapped", json_bytes(q->mmapped)) &&
				     json_put(o, "checks", json_bytes(q->checks)) &&
				     json_put(o, "checks_passed", json_bytes(q->checks_passed)) &&
				     json_put(o, "unwalked_bytes", json_bytes(q->unwalked_bytes)) &&
				     json_put(o, "unreadable_pages",
					      json_bytes(q->unreadable_pages)) &&
				     json_put(o, "scans", json_bytes(q->scans)) &&
				     json_put(o, "unconfirmed", loss(&q->unconfirmed)) &&
				     json_put(o, "heuristics", heuristics(q)));
}

static json_t *other_allocators(const struct allocator_info *a)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (int k = 0; ok && k < ALLOCATOR_KINDS; k++)
		if (a->others & 1U << k)
			ok = json_add(list, json_string(allocator_name((enum allocator_kind)k)));
	return json_whole(list, ok);
}

static json_t *allocator_detail(const struct allocator_info *a)
{
	json_t *o = json_object();

	return json_whole(o, json_put(o, "layout", sized(a->layout, sizeof(a->layout))) &&
				     json_put(o, "where", sized(a->where, sizeof(a->where))) &&
				     json_put(o, "live_blocks", json_boolean(a->live_blocks)) &&
				     json_put(o, "others", other_allocators(a)));
}

static json_t *cost(const struct scan_cost *c)
{
	json_t *o = json_object(), *list = json_array();
	bool ok = o && list;

	for (uint32_t i = 0; ok && i < MIN(c->pauses, (uint32_t)SCAN_PAUSES); i++)
		ok = json_add(list, json_finite(c->pause[i]));
	/* json_put consumes the list also when it fails. */
	ok = json_put(o, "pauses_seconds", list) && ok;
	return json_whole(o, ok && json_put(o, "copy_seconds", json_finite(c->copy_seconds)) &&
				     json_put(o, "analysis_seconds",
					      json_finite(c->analysis_seconds)) &&
				     json_put(o, "cpu_seconds", json_finite(c->cpu_seconds)) &&
				     json_put(o, "copied_bytes", json_bytes(c->copied_bytes)) &&
				     json_put(o, "peak_bytes",
					      c->peak_bytes ? json_bytes(c->peak_bytes)
							    : json_null()));
}

static json_t *harm_reasons(const struct harm_verdict *v)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < MIN(v->reasons, (uint32_t)HARM_REASONS); i++) {
		char sentence[256];
		struct strbuf s = STRBUF(sentence);

		harm_reason_describe(&s, &v->reason[i]);
		ok = json_add(list, json_stringn(s.buf, s.len));
	}
	return json_whole(list, ok);
}

static json_t *roots(const struct leak_report *r)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < r->holdings; i++) {
		const struct root_holding *h = &r->holding[i];
		json_t *o = json_object();

		ok = json_add(
			list,
			json_whole(o,
				   json_put(o, "kind", json_string(root_kind_name(h->kind))) &&
					   json_put(o, "address", address(h->address)) &&
					   json_put(o, "tid",
						    h->tid ? json_integer(h->tid) : json_null()) &&
					   json_put(o, "where",
						    sized(h->where, sizeof(h->where))) &&
					   json_put(o, "bytes", json_bytes(h->loss.bytes)) &&
					   json_put(o, "blocks", json_bytes(h->loss.blocks))));
	}
	return json_whole(list, ok);
}

static json_t *diff(const struct leak_report *r)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < r->diffs; i++) {
		const struct group_diff *d = &r->diff[i];
		json_t *o = json_object();

		ok = json_add(list,
			      json_whole(o, json_put(o, "change",
						     json_string(group_change_name(d->change))) &&
						    json_put(o, "before", loss(&d->before)) &&
						    json_put(o, "group", group(&d->group))));
	}
	return json_whole(list, ok);
}

static json_t *regions(const struct leak_report *r)
{
	json_t *o;

	if (!r->regions_known)
		return json_null();
	o = json_object();
	return json_whole(o, json_put(o, "pointed", loss(&r->region_pointed)) &&
				     json_put(o, "unpointed", loss(&r->region_unpointed)));
}

static json_t *harm(const struct leak_report *r)
{
	return harm_is_known(r) ? json_string(harm_name(r->harm.harm)) : json_null();
}

bool leak_json(json_t *object, const struct leak_report *r)
{
	const char *method = snapshot_method_name(r->cost.method);
	const char *why = r->cost.method_reason;

	return json_put(object, "pid", r->pid ? json_integer(r->pid) : json_null()) &&
	       json_put(object, "comm", sized(r->comm, sizeof(r->comm))) &&
	       json_put(object, "summary", summary(r)) && json_put(object, "harm", harm(r)) &&
	       json_put(object, "harm_reasons", harm_reasons(&r->harm)) &&
	       json_put(object, "lifetime_seconds", json_finite(r->lifetime_seconds)) &&
	       json_put(object, "groups", groups(r)) &&
	       json_put(object, "groups_left_out", json_bytes(r->groups_left_out)) &&
	       json_put(object, "roots", roots(r)) && json_put(object, "diff", diff(r)) &&
	       json_put(object, "pause_seconds",
			r->cost.method == SNAPSHOT_NONE || r->cost.method == SNAPSHOT_CORE
				? json_null()
				: json_finite(r->cost.pause_seconds)) &&
	       json_put(object, "method", json_string(method)) &&
	       json_put(object, "method_reason", why ? json_string(why) : json_null()) &&
	       json_put(object, "cost", cost(&r->cost)) &&
	       json_put(object, "quality", quality(r)) &&
	       json_put(object, "allocator", json_string(allocator_name(r->allocator.kind))) &&
	       json_put(object, "allocator_detail", allocator_detail(&r->allocator)) &&
	       json_put(object, "regions", regions(r));
}
