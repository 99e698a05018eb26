/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/oom_known.h"

#define USEC UINT64_C(1000000)
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define SLACK (3 * USEC) /* of two daemons that stamp one line */

struct digest {
	uint64_t hash;
	uint32_t facts; /* how many numbers that differ between reports */
};

static void add_bytes(struct digest *d, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	/* FNV-1a, draft-eastlake-fnv */
	for (size_t i = 0; i < len; i++)
		d->hash = (d->hash ^ b[i]) * UINT64_C(0x100000001b3);
}

static void add_opt(struct digest *d, struct opt_u64 o)
{
	const uint64_t value = opt_is_known(o) ? o.value : UINT64_MAX;

	add_bytes(d, &value, sizeof(value));
	d->facts += opt_is_known(o) && o.value != 0;
}

static struct digest digest_of(const struct oom_report *r)
{
	struct digest d = { .hash = FNV_BASIS };
	const uint64_t counts[] = { r->task_count, r->victim_count };

	add_bytes(&d, r->trigger.comm, strlen(r->trigger.comm));
	add_opt(&d, r->trigger.gfp_mask);
	for (uint32_t i = 0; i < r->victim_count; i++) {
		const struct oom_victim *v = &r->victim[i];

		add_bytes(&d, &v->pid, sizeof(v->pid));
		add_bytes(&d, v->comm, strlen(v->comm));
		add_opt(&d, v->total_vm_bytes);
		add_opt(&d, v->anon_rss_bytes);
		add_opt(&d, v->file_rss_bytes);
	}
	add_opt(&d, r->memory.pages.value[OOM_ACTIVE_ANON]);
	add_opt(&d, r->memory.pages.value[OOM_INACTIVE_ANON]);
	add_opt(&d, r->memory.pages.value[OOM_INACTIVE_FILE]);
	add_opt(&d, r->memory.pages.value[OOM_FREE]);
	add_opt(&d, r->memcg.memory.failcnt);
	add_bytes(&d, counts, sizeof(counts));
	for (uint32_t i = 0; i < r->task_count; i++) {
		add_bytes(&d, &r->task[i].pid, sizeof(r->task[i].pid));
		add_bytes(&d, &r->task[i].rss, sizeof(r->task[i].rss));
	}
	d.facts += r->task_count;
	d.hash |= 1;
	return d;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* "db1" and "db1.example.org" are one. */
static uint64_t origin_of(const struct oom_report *r)
{
	struct digest d = { .hash = FNV_BASIS };

	if (!r->origin[0])
		return 0;
	add_bytes(&d, r->origin, strcspn(r->origin, "."));
	return d.hash | 1;
}

/* "Jun 20 12:47:02" and "2025-06-20T12:47:02Z" are of two logs: digits and letters count as one. */
static uint64_t form_of(const struct oom_report *r, uint64_t input)
{
	struct digest d = { .hash = FNV_BASIS };
	const bool facts[] = { opt_is_known(r->first.boot_usec), opt_is_known(r->first.wall_usec),
			       r->origin[0] != '\0' };
	char last = '\0';

	add_bytes(&d, &input, sizeof(input));
	add_bytes(&d, facts, sizeof(facts));
	for (const char *p = r->first.wall_text; *p; p++) {
		const char c = *p >= '0' && *p <= '9' ? '0' : (*p | 0x20) >= 'a' ? 'a' : *p;

		if (c != last)
			add_bytes(&d, &c, 1);
		last = c;
	}
	return d.hash;
}

/* Two logs of one machine may keep UTC and local time: zones differ by quarters of an hour. */
static bool same_wall(uint64_t a, uint64_t b)
{
	const uint64_t apart = distance(a, b), quarter = 900 * USEC;
	const uint64_t odd = apart % quarter;

	return apart < 26 * 3600 * USEC && (odd <= SLACK || quarter - odd <= SLACK);
}

static bool same_event(const struct oom_known_entry *a, const struct oom_known_entry *b,
		       bool telling)
{
	const uint64_t year = 366 * UINT64_C(86400) * USEC;

	if (a->origin && b->origin && a->origin != b->origin)
		return false;
	if (opt_is_known(a->boot_usec) && opt_is_known(b->boot_usec))
		return distance(a->boot_usec.value, b->boot_usec.value) < 1000;
	if (opt_is_known(a->wall_usec) && opt_is_known(b->wall_usec) &&
	    (a->wall_usec.value < year) == (b->wall_usec.value < year))
		return (a->form == b->form
				? distance(a->wall_usec.value, b->wall_usec.value) <= SLACK
				: same_wall(a->wall_usec.value, b->wall_usec.value)) &&
		       (telling || distance(a->wall_usec.value, b->wall_usec.value) == 0);
	return telling;
}

bool oom_known_again(struct oom_known *k, const struct oom_report *r)
{
	const struct digest d = digest_of(r);
	const struct oom_known_entry entry = { d.hash, r->first.boot_usec, r->first.wall_usec,
					       origin_of(r), form_of(r, k->input) };
	const uint32_t set = (uint32_t)(d.hash >> 32) % OOM_KNOWN_SETS;

	for (uint32_t i = 0; i < OOM_KNOWN_WAYS; i++)
		if (k->entry[set][i].content == d.hash &&
		    same_event(&k->entry[set][i], &entry, d.facts >= 3))
			return true;
	k->entry[set][k->next[set]] = entry;
	k->next[set] = (uint8_t)((k->next[set] + 1) % OOM_KNOWN_WAYS);
	return false;
}
