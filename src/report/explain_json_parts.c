/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/explain_json_parts.h"

#include "report/explain_facts.h"
#include "report/explain_words.h"

json_t *explain_text_json(const char *hostile)
{
	return json_escaped(text_string(hostile));
}

json_t *explain_signed_json(struct opt_i64 o)
{
	return o.known == KNOWN ? json_integer(o.value) : json_null();
}

json_t *explain_flags_json(const char *flags)
{
	struct text rest = text_string(flags), one;
	json_t *list;
	bool ok;

	if (!*flags)
		return json_null();
	list = json_array();
	ok = list != NULL;
	while (ok && text_next_field(&rest, '|', &one))
		ok = json_add(list, json_escaped(one));
	return json_whole(list, ok);
}

static json_t *page_counter_json(struct opt_u64 pages, uint64_t page)
{
	uint64_t bytes;

	if (!opt_is_known(pages) || __builtin_mul_overflow(pages.value, page, &bytes))
		return json_null();
	return json_bytes(bytes);
}

static json_t *counters_json(const struct oom_counters *c)
{
	json_t *o = json_object();
	char key[48];
	bool ok = o != NULL;

	for (int i = 0; ok && i < OOM_COUNTER_COUNT; i++) {
		if (!opt_is_known(c->value[i]))
			continue;
		(void)snprintf(key, sizeof(key), "%s_bytes", oom_counter_name((enum oom_counter)i));
		ok = json_put(o, key, json_opt(c->value[i]));
	}
	return json_whole(o, ok);
}

static json_t *zone_json(const struct oom_zone *z)
{
	json_t *o = counters_json(&z->counters), *blocks = json_array();
	bool ok = true;

	for (uint32_t i = 0; z->buddy.known && i < MIN(z->buddy.orders, (uint32_t)OOM_ORDERS_MAX);
	     i++)
		ok = json_add(blocks, json_bytes(z->buddy.blocks[i])) && ok;
	ok = json_put(o, "node", json_integer(z->node)) && ok;
	ok = json_put(o, "zone", explain_text_json(z->name)) && ok;
	ok = json_put(o, "all_unreclaimable", json_boolean(z->all_unreclaimable)) && ok;
	ok = json_put(o, "free_blocks", blocks) && ok;
	return json_whole(o, ok);
}

static json_t *zones_json(const struct oom_memory *m)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < m->zone_count; i++)
		ok = json_add(list, zone_json(&m->zone[i]));
	return json_whole(list, ok);
}

static json_t *shares_json(const struct oom_breakdown *b)
{
	json_t *o;
	char key[64];
	bool ok;

	if (!b->known)
		return json_null();
	o = json_object();
	ok = o != NULL;
	for (int i = 0; ok && i < OOM_SHARE_COUNT; i++) {
		(void)snprintf(key, sizeof(key), "%s_bytes", oom_share_name((enum oom_share)i));
		ok = json_put(o, key, json_opt(b->share_bytes[i]));
	}
	return json_whole(o, ok);
}

static json_t *services_json(const struct oom_breakdown *b)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < b->service_count; i++) {
		const struct oom_service *s = &b->service[i];
		json_t *o = json_object();

		ok = json_put(o, "comm", explain_text_json(s->comm)) &&
		     json_put(o, "processes", json_integer(s->processes)) &&
		     json_put(o, "rss_bytes", json_bytes(s->rss_bytes)) &&
		     json_put(o, "swap_bytes", json_bytes(s->swap_bytes)) &&
		     json_put(o, "anon_only", json_boolean(s->anon_only));
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

static json_t *slabs_json(const struct oom_memory *m)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < m->slab_count; i++) {
		json_t *o = json_object();

		ok = json_put(o, "name", explain_text_json(m->slab[i].name)) &&
		     json_put(o, "used_bytes", json_bytes(m->slab[i].used_bytes)) &&
		     json_put(o, "total_bytes", json_bytes(m->slab[i].total_bytes));
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

static json_t *allocations_json(const struct oom_memory *m)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < m->allocation_count; i++) {
		json_t *o = json_object();

		ok = json_put(o, "where", explain_text_json(m->allocation[i].where)) &&
		     json_put(o, "bytes", json_bytes(m->allocation[i].bytes)) &&
		     json_put(o, "calls", json_bytes(m->allocation[i].calls));
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

static json_t *hugepages_json(const struct oom_memory *m)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < m->hugepages_count; i++) {
		const struct oom_hugepages *h = &m->hugepages[i];
		json_t *o = json_object();

		ok = json_put(o, "node", h->node < 0 ? json_null() : json_integer(h->node)) &&
		     json_put(o, "size_bytes", json_bytes(h->size_bytes)) &&
		     json_put(o, "total", json_bytes(h->total)) &&
		     json_put(o, "free", json_bytes(h->free)) &&
		     json_put(o, "surplus", json_bytes(h->surplus));
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

json_t *explain_memory_json(const struct explain_view *v)
{
	const struct oom_memory *m = &v->report->memory;
	const struct oom_breakdown *b = &v->story->breakdown;
	const uint64_t page = explain_page_bytes(v->report);
	json_t *o = json_object();
	char key[48];
	bool ok = json_put(o, "page_bytes", json_opt(v->report->page_bytes)) &&
		  json_put(o, "total_bytes", json_opt(b->total_bytes)) &&
		  json_put(o, "ram_bytes", page_counter_json(m->pages_ram, page)) &&
		  json_put(o, "reserved_bytes", page_counter_json(m->pages_reserved, page)) &&
		  json_put(o, "swap_total_bytes", json_opt(m->swap_total_bytes)) &&
		  json_put(o, "swap_free_bytes", json_opt(m->swap_free_bytes)) &&
		  json_put(o, "pagecache_bytes", page_counter_json(m->pages_pagecache, page)) &&
		  json_put(o, "swapcache_bytes", page_counter_json(m->pages_swapcache, page));

	for (int i = 0; ok && i < OOM_COUNTER_COUNT; i++) {
		if (!opt_is_known(m->pages.value[i]))
			continue;
		(void)snprintf(key, sizeof(key), "%s_bytes", oom_counter_name((enum oom_counter)i));
		ok = json_put(o, key, page_counter_json(m->pages.value[i], page));
	}
	ok = ok && json_put(o, "of_memcg", json_boolean(b->of_memcg)) &&
	     json_put(o, "shares", shares_json(b)) &&
	     json_put(o, "partial", json_boolean(b->partial)) &&
	     json_put(o, "sums_disagree", json_boolean(b->sums_disagree)) &&
	     json_put(o, "tasks_rss_bytes", json_opt(b->tasks_rss_bytes)) &&
	     json_put(o, "tasks_swap_bytes", json_opt(b->tasks_swap_bytes)) &&
	     json_put(o, "services", services_json(b)) && json_put(o, "zones", zones_json(m)) &&
	     json_put(o, "hugepages", hugepages_json(m)) && json_put(o, "slabs", slabs_json(m)) &&
	     json_put(o, "allocations", allocations_json(m));
	return json_whole(o, ok);
}

static json_t *ranking_json(const struct explain_view *v)
{
	const struct oom_badness *b = &v->story->badness;
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < b->ranked_count; i++) {
		const struct oom_task *t;
		json_t *o;

		if (b->ranked[i].task >= v->report->task_count)
			continue;
		t = &v->report->task[b->ranked[i].task];
		o = json_object();
		ok = json_put(o, "pid", json_integer(t->pid)) &&
		     json_put(o, "comm", explain_text_json(t->comm)) &&
		     json_put(o, "points", json_finite(b->ranked[i].points)) &&
		     json_put(o, "eligible", json_boolean(b->ranked[i].eligible));
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

json_t *explain_badness_json(const struct explain_view *v)
{
	const struct oom_badness *b = &v->story->badness;
	json_t *o = json_object();

	return json_whole(o, json_put(o, "rule", json_string(oom_badness_rule_name(b->rule))) &&
				     json_put(o, "rule_assumed", json_boolean(b->rule_assumed)) &&
				     json_put(o, "total_pages", json_opt(b->totalpages)) &&
				     json_put(o, "victim_rank", json_opt(b->victim_rank)) &&
				     json_put(o, "printed_score",
					      explain_signed_json(b->printed_score)) &&
				     json_put(o, "computed_score",
					      explain_signed_json(b->computed_score)) &&
				     json_put(o, "adj_to_spare_victim",
					      explain_signed_json(b->adj_to_spare_victim)) &&
				     json_put(o, "adj_to_choose_rival",
					      explain_signed_json(b->adj_to_choose_rival)) &&
				     json_put(o, "ranking", ranking_json(v)));
}

json_t *explain_failure_json(const struct explain_view *v)
{
	const struct oom_failure *f = &v->story->failure;
	const struct oom_memory *m = &v->report->memory;
	const struct oom_zone *z = f->zone < m->zone_count ? &m->zone[f->zone] : NULL;
	json_t *o = json_object();

	return json_whole(o, json_put(o, "kind", json_string(oom_failure_name(f->kind))) &&
				     json_put(o, "node", z ? json_integer(z->node) : json_null()) &&
				     json_put(o, "zone",
					      z ? explain_text_json(z->name) : json_null()) &&
				     json_put(o, "free_bytes", json_opt(f->free_bytes)) &&
				     json_put(o, "min_bytes", json_opt(f->min_bytes)) &&
				     json_put(o, "mark",
					      opt_is_known(f->mark_bytes)
						      ? json_string(f->high_mark ? "high" : "min")
						      : json_null()) &&
				     json_put(o, "mark_bytes", json_opt(f->mark_bytes)) &&
				     json_put(o, "usage_bytes", json_opt(f->usage_bytes)) &&
				     json_put(o, "limit_bytes", json_opt(f->limit_bytes)) &&
				     json_put(o, "free_elsewhere_bytes",
					      json_opt(f->free_elsewhere_bytes)) &&
				     json_put(o, "swap_full", json_boolean(f->swap_full)) &&
				     json_put(o, "no_swap", json_boolean(f->no_swap)));
}

json_t *explain_missing_json(const struct oom_report *r)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	if (ok && r->cut_at_start)
		ok = json_add(list, json_string("start"));
	if (ok && r->cut_at_end)
		ok = json_add(list, json_string("end"));
	for (uint32_t rest = r->missing; ok && rest; rest &= rest - 1)
		ok = json_add(list, json_string(oom_report_part_name(
					    (enum oom_report_part)(rest & -rest))));
	return json_whole(list, ok);
}

static json_t *numbers_json(const double *number, int count)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (int i = 0; ok && i < count; i++)
		ok = json_add(list, json_finite(number[i]));
	return json_whole(list, ok);
}

json_t *explain_reasons_json(const struct oom_story *t)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < t->reason_count; i++) {
		const struct oom_reason *r = &t->reason[i];
		char room[1024];
		struct strbuf s = STRBUF(room);
		json_t *o = json_object();

		explain_reason(&s, r);
		ok = json_put(o, "id", json_string(oom_reason_name(r->id))) &&
		     json_put(o, "subject", explain_text_json(r->subject)) &&
		     json_put(o, "numbers", numbers_json(r->number, OOM_REASON_NUMBERS)) &&
		     json_put(o, "text", json_sentence(&s));
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

json_t *explain_advice_json(const struct oom_story *t)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < t->advice_count; i++) {
		const struct oom_advice *a = &t->advice[i];
		char room[1024], command_room[1024];
		struct strbuf s = STRBUF(room), command = STRBUF(command_room);
		json_t *o = json_object();

		explain_advice(&s, a);
		explain_advice_command(&command, a);
		ok = json_put(o, "id", json_string(oom_advice_name(a->id))) &&
		     json_put(o, "subject", explain_text_json(a->subject)) &&
		     json_put(o, "text", json_sentence(&s)) &&
		     json_put(o, "command", json_sentence(&command));
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

/* UINT64_MAX is "no limit": there is no number to give. */
static json_t *limit_json(struct opt_u64 o)
{
	return opt_is_known(o) && o.value == UINT64_MAX ? json_null() : json_opt(o);
}

static json_t *charge_json(const struct oom_charge *c)
{
	json_t *o;

	if (!opt_is_known(c->usage_bytes) && !opt_is_known(c->limit_bytes))
		return json_null();
	o = json_object();
	return json_whole(o, json_put(o, "usage_bytes", json_opt(c->usage_bytes)) &&
				     json_put(o, "limit_bytes", limit_json(c->limit_bytes)) &&
				     json_put(o, "failcnt", json_opt(c->failcnt)));
}

static json_t *cgroups_json(const struct oom_memcg *m)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < m->cgroup_count; i++) {
		json_t *o = json_object();

		ok = json_put(o, "path", explain_text_json(m->cgroup[i].path));
		for (int k = 0; ok && k < OOM_MEMCG_STAT_COUNT; k++) {
			char key[48];

			if (!opt_is_known(m->cgroup[i].stat[k]))
				continue;
			(void)snprintf(key, sizeof(key), "%s_bytes",
				       oom_memcg_stat_name((enum oom_memcg_stat)k));
			ok = json_put(o, key, json_opt(m->cgroup[i].stat[k]));
		}
		ok = json_add(list, o) && ok;
	}
	return json_whole(list, ok);
}

json_t *explain_memcg_json(const struct oom_memcg *m)
{
	json_t *o;

	if (!m->known)
		return json_null();
	o = json_object();
	return json_whole(o, json_put(o, "limit_path", explain_text_json(m->limit_path)) &&
				     json_put(o, "task_path", explain_text_json(m->task_path)) &&
				     json_put(o, "memory", charge_json(&m->memory)) &&
				     json_put(o, "memory_and_swap", charge_json(&m->memsw)) &&
				     json_put(o, "swap", charge_json(&m->swap)) &&
				     json_put(o, "kernel", charge_json(&m->kmem)) &&
				     json_put(o, "stats_cut", json_boolean(m->stats_cut)) &&
				     json_put(o, "cgroups", cgroups_json(m)));
}

json_t *explain_outcome_json(const struct oom_report *r)
{
	json_t *o = json_object();

	return json_whole(
		o, json_put(o, "group_kill", json_boolean(r->group_kill)) &&
			   json_put(o, "group_path", explain_text_json(r->group_path)) &&
			   json_put(o, "no_killable", json_boolean(r->no_killable)) &&
			   json_put(o, "already_exiting", json_boolean(r->already_exiting)) &&
			   json_put(o, "limit_reached_only", json_boolean(r->limit_reached_only)) &&
			   json_put(o, "panic", explain_text_json(r->panic)) &&
			   json_put(o, "chosen_comm",
				    r->choice.known ? explain_text_json(r->choice.comm)
						    : json_null()) &&
			   json_put(o, "chosen_pid",
				    r->choice.known ? json_integer(r->choice.pid) : json_null()));
}

json_t *explain_where_json(const struct explain_view *v)
{
	const struct oom_report *r = v->report;
	const struct oom_stamp *at = &r->first;
	json_t *o = json_object();

	return json_whole(o,
			  json_put(o, "input", explain_text_json(v->input)) &&
				  json_put(o, "first_line", json_bytes(r->first_line)) &&
				  json_put(o, "last_line", json_bytes(r->last_line)) &&
				  json_put(o, "first_byte", json_bytes(r->first_byte)) &&
				  json_put(o, "host", explain_text_json(r->origin)) &&
				  json_put(o, "boot_seconds",
					   opt_is_known(at->boot_usec)
						   ? json_finite((double)at->boot_usec.value / 1e6)
						   : json_null()) &&
				  json_put(o, "wall_time", explain_text_json(at->wall_text)) &&
				  json_put(o, "copies", json_integer(r->copies)));
}
