/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guard's domains: the limits that can run out, how fast they do, and who makes them. */
#include <math.h>

#include "cmd/guard_run.h"
#include "judge/headroom.h"

/* Shrinking is smoothed over some 4 s: a page cache that fills and empties is not a loss. */
#define LOSS_SMOOTH_SECONDS 4.0

static struct headroom domain_headroom(const struct process_table *t, uint32_t cgroup)
{
	return cgroup == CGROUP_NONE ? headroom_of_host(t) : headroom_of_cgroup(t, cgroup);
}

static void domain_update(struct domain *d, const struct process_table *t, double elapsed)
{
	struct headroom before = d->headroom;
	double weight = fmin(1, elapsed / LOSS_SMOOTH_SECONDS), loss;

	d->headroom = domain_headroom(t, d->cgroup);
	if (!opt_is_known(before.bytes) || !opt_is_known(d->headroom.bytes) || elapsed <= 0)
		return;
	loss = ((double)before.bytes.value - (double)d->headroom.bytes.value) / elapsed;
	d->loss_bytes_per_second += weight * (loss - d->loss_bytes_per_second);
	/* Somebody ended and gave back what 4 s of loss would take: what was before tells nothing.
	 */
	if (-loss * elapsed > d->loss_bytes_per_second * LOSS_SMOOTH_SECONDS)
		d->loss_bytes_per_second = fmin(0, d->loss_bytes_per_second);
}

struct domain *guard_domain(struct guard *g, uint32_t cgroup)
{
	for (uint32_t i = 0; i < g->domain_count; i++) {
		if (g->domain[i].cgroup == cgroup)
			return &g->domain[i];
	}
	return NULL;
}

static bool cgroup_is_limited(const struct cgroup *c)
{
	return c->alive && (opt_is_known(c->max_bytes) || opt_is_known(cgroup_high(c)) ||
			    opt_is_known(c->memsw_max_bytes));
}

/* Domains whose cgroup is gone make room; new limited cgroups come in while there is some. */
static void domains_follow(struct guard *g, const struct process_table *t)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < g->domain_count; i++) {
		uint32_t c = g->domain[i].cgroup;

		if (c == CGROUP_NONE ||
		    (c < t->cgroups.count && cgroup_is_limited(&t->cgroups.node[c])))
			g->domain[kept++] = g->domain[i];
	}
	g->domain_count = kept;
	if (!guard_domain(g, CGROUP_NONE) && g->domain_count < GUARD_DOMAINS)
		g->domain[g->domain_count++] = (struct domain){ .cgroup = CGROUP_NONE };
	for (uint32_t c = 0; c < t->cgroups.count && g->domain_count < GUARD_DOMAINS; c++) {
		if (cgroup_is_limited(&t->cgroups.node[c]) && !guard_domain(g, c))
			g->domain[g->domain_count++] = (struct domain){ .cgroup = c };
	}
}

void guard_update_domains(struct guard *g, double now)
{
	const struct process_table *t = sampler_table(g->sampler);
	double elapsed = g->domain_seconds > 0 ? now - g->domain_seconds : 0;

	domains_follow(g, t);
	for (uint32_t i = 0; i < g->domain_count; i++)
		domain_update(&g->domain[i], t, elapsed);
	g->domain_seconds = now;
}

void guard_domains_scanned(struct guard *g, double elapsed)
{
	for (uint32_t i = 0; i < g->domain_count; i++) {
		struct domain *d = &g->domain[i];

		d->scan_loss_bytes_per_second = 0;
		if (elapsed > 0 && opt_is_known(d->scan_bytes) && opt_is_known(d->headroom.bytes))
			d->scan_loss_bytes_per_second =
				((double)d->scan_bytes.value - (double)d->headroom.bytes.value) /
				elapsed;
		d->scan_bytes = d->headroom.bytes;
	}
}

double guard_nearest_exhaustion(const struct guard *g)
{
	const struct process_table *t = sampler_table(g->sampler);
	double nearest = INFINITY;

	for (uint32_t i = 0; i < g->domain_count; i++)
		nearest = fmin(nearest, domain_seconds(&g->domain[i]));
	/* Also a suspect that has just stopped: the sooner it is looked at, the sooner it is
	 * cleared. */
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		if (g->suspect[i].used && g->suspect[i].slot < t->high)
			nearest = fmin(nearest, g->suspect[i].exhaustion_seconds);
	}
	for (uint32_t i = 0; i < t->high; i++) {
		struct headroom h;

		/* Only a process that grew since the last scan can be near its own limit. */
		if (!slot_is_read(t, i) || !(g->watch.recent[i] > 0))
			continue;
		h = headroom_of(&t->process[i], t);
		if (opt_is_known(h.bytes))
			nearest = fmin(nearest, (double)h.bytes.value / (double)g->watch.recent[i]);
	}
	return nearest;
}

static struct domain *binding_domain(struct guard *g, const struct headroom *h)
{
	if (h->kind != LIMIT_HOST && h->kind != LIMIT_CGROUP)
		return NULL;
	return guard_domain(g, h->kind == LIMIT_HOST ? CGROUP_NONE : h->cgroup);
}

double guard_binding_seconds(struct guard *g, const struct headroom *h)
{
	const struct domain *d = binding_domain(g, h);

	return d ? domain_seconds(d) : INFINITY;
}

/* An eighth of what the fastest takes is a part: workers of one pool leak side by side. */
#define PART_OF_FASTEST 0.125

bool guard_is_bystander(struct guard *g, uint32_t slot, const struct headroom *h)
{
	const struct process_table *t = sampler_table(g->sampler);
	const struct domain *d = binding_domain(g, h);
	double fastest = 0;

	if (!d || !(d->loss_bytes_per_second > 0))
		return false;
	for (uint32_t i = 0; i < t->high; i++) {
		if (slot_is_read(t, i) && domain_holds(d, &t->process[i], t))
			fastest = fmax(fastest, (double)g->watch.recent[i]);
	}
	return (double)g->watch.recent[slot] < fastest * PART_OF_FASTEST;
}
