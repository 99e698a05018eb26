/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_case.h"

#include <string.h>

#include "judge/oom_nodes.h"

/* An unknown part counts nothing, unless all are unknown. */
static double plus(double a, double b)
{
	if (isnan(a))
		return b;
	return isnan(b) ? a : a + b;
}

static struct opt_u64 cgroup_stat(const struct oom_report *r, enum oom_memcg_stat s)
{
	return r->memcg.cgroup_count ? r->memcg.cgroup[0].stat[s] : opt_u64_none(ABSENT);
}

static double unwritten(const struct oom_report *r, bool memcg)
{
	if (memcg)
		return plus(opt_number(cgroup_stat(r, OOM_MEMCG_DIRTY)),
			    opt_number(cgroup_stat(r, OOM_MEMCG_WRITEBACK)));
	return plus(plus(opt_number(oom_memory_bytes(r, OOM_DIRTY)),
			 opt_number(oom_memory_bytes(r, OOM_WRITEBACK))),
		    opt_number(oom_memory_bytes(r, OOM_UNSTABLE)));
}

/* A cpuset or a policy leaves a part of the machine, which is what was full. */
static double usable(const struct oom_report *r, const struct oom_breakdown *b)
{
	const char *list = oom_allowed_nodes(r);
	double whole = opt_number(b->total_bytes), nodes;

	if (!list[0])
		return whole;
	nodes = opt_number(oom_zones_sum(r, OOM_PRESENT, list));
	return nodes < whole || isnan(whole) ? nodes : whole;
}

/* The table has only those who may use these nodes; without its rss_anon, what lies on them. */
static double resident_on_nodes(const struct oom_report *r, const struct oom_breakdown *b)
{
	const char *list = oom_allowed_nodes(r);
	double anon = NAN, shmem = 0;

	if (opt_is_known(b->tasks_anon_bytes))
		return opt_number(b->tasks_anon_bytes);
	for (uint32_t i = 0; i < r->memory.node_count; i++) {
		const struct opt_u64 *v = r->memory.node[i].counters.value;

		if (!oom_node_in(list, r->memory.node[i].id))
			continue;
		anon = plus(anon,
			    plus(opt_number(v[OOM_ACTIVE_ANON]), opt_number(v[OOM_INACTIVE_ANON])));
		shmem += opt_is_known(v[OOM_SHMEM]) ? (double)v[OOM_SHMEM].value : 0;
	}
	return anon > shmem ? anon - shmem : anon;
}

static double larger(double a, double b)
{
	return isnan(a) || b > a ? b : a;
}

/* Counters drift against each other, and the lists lack what is locked: the larger sum counts, and
 * a part is never more than the whole. */
static void amounts(const struct oom_report *r, const struct oom_breakdown *b, struct oom_case *c)
{
	bool narrow = c->total < c->whole;
	double swap = opt_number(b->swap_used_bytes);

	if (narrow || isnan(swap))
		swap = larger(opt_number(b->tasks_swap_bytes), narrow ? NAN : swap);
	c->resident = narrow ? resident_on_nodes(r, b)
			     : larger(opt_number(b->share_bytes[OOM_SHARE_PROCESSES]),
				      opt_number(b->tasks_anon_bytes));
	if (!isnan(c->resident))
		c->held = larger(plus(c->resident, swap), c->victim);
	if (c->resident > c->total)
		c->resident = c->total;
	if (!isnan(c->total))
		c->room = larger(plus(c->total, swap), c->victim);
}

/* Where the table has no swap entries (up to 3.7) the victim's size is in its score: what it holds
 * and oom_score_adj, in thousandths of all. */
static double victim_by_score(const struct oom_report *r, const struct oom_badness *b, double size)
{
	uint32_t row = r->victim_count ? oom_task_find(r, r->victim[0].pid) : OOM_NO_TASK;
	double points;

	if (r->columns & OOM_COLUMN_SWAPENTS || row == OOM_NO_TASK ||
	    b->printed_score.known != KNOWN || !opt_is_known(b->totalpages) ||
	    r->choice.pid != r->victim[0].pid)
		return size;
	points = (double)b->printed_score.value;
	if (r->columns & OOM_COLUMN_OOM_SCORE_ADJ)
		points -= r->task[row].oom_score_adj;
	points *= (double)b->totalpages.value / 1000 * (double)oom_page_bytes(r);
	return points > size ? points : size;
}

/* What no process gives back when it dies; a pool of huge pages is as large as somebody set it. */
static double largest_of_no_process(const struct oom_breakdown *b)
{
	static const enum oom_share shares[] = { OOM_SHARE_SHMEM,      OOM_SHARE_SLAB_UNRECLAIMABLE,
						 OOM_SHARE_PAGETABLES, OOM_SHARE_KERNEL_OTHER,
						 OOM_SHARE_SOCK,       OOM_SHARE_UNACCOUNTED };
	double most = 0;

	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		if (opt_is_known(b->share_bytes[shares[i]]))
			most = MAX(most, (double)b->share_bytes[shares[i]].value);
	return most;
}

static void size_of_rows(const struct oom_report *r, struct oom_case *c)
{
	if (r->victim_count)
		c->victim_row = oom_task_find(r, r->victim[0].pid);
	if (c->victim_row != OOM_NO_TASK)
		c->victim_row_size = (double)oom_task_bytes(r, &r->task[c->victim_row]);
	for (uint32_t i = 0; i < r->task_count; i++) {
		double size = (double)oom_task_bytes(r, &r->task[i]);

		if (i == c->victim_row || (c->other != OOM_NO_TASK && size <= c->other_size) ||
		    r->task[i].victim)
			continue;
		c->other = i;
		c->other_size = size;
	}
}

static void size_of_names(const struct oom_report *r, const struct oom_breakdown *b,
			  struct oom_case *c)
{
	const char *victim = oom_victim_name(r);
	double rss = opt_number(b->tasks_rss_bytes), scale = 1;

	if (!(r->columns & OOM_COLUMN_RSS_ANON) && rss > 0) {
		double all = plus(opt_number(b->share_bytes[OOM_SHARE_PROCESSES]),
				  plus(opt_number(b->share_bytes[OOM_SHARE_SHMEM]), c->file));

		if (all < rss)
			scale = all / rss;
	}
	for (uint32_t i = 0; i < b->service_count; i++) {
		const struct oom_service *s = &b->service[i];
		double size = (double)s->rss_bytes * scale + (double)s->swap_bytes;

		if (victim[0] && strcmp(s->comm, victim) == 0) {
			c->victim_name_size = size;
			c->victim_names = s->processes;
		} else if (s->processes > 1 && !c->service) {
			c->service = s;
			c->service_size = size;
		}
	}
}

static void look_back(const struct oom_report *r, const struct oom_history *h, struct oom_case *c)
{
	double size = oom_kill_size(c);

	if (r->victim_count)
		c->grown =
			oom_history_growth(h, r, r->victim[0].pid, r->victim[0].comm, &c->growth);
	if (c->other != OOM_NO_TASK)
		c->other_grown = oom_history_growth(h, r, r->task[c->other].pid,
						    r->task[c->other].comm, &c->other_growth);
	c->kills = oom_history_kills(h, r, oom_victim_name(r), size > 0 ? (uint64_t)size : 0);
}

void oom_case_open(const struct oom_report *r, const struct oom_history *h,
		   const struct oom_story *s, struct oom_case *ret)
{
	const struct oom_breakdown *b = &s->breakdown;
	struct oom_case c = {
		.report = r,
		.history = h,
		.story = s,
		.whole = opt_number(b->total_bytes),
		.total = usable(r, b),
		.room = NAN,
		.held = NAN,
		.victim = opt_number(s->victim_bytes),
		.file = opt_number(b->share_bytes[OOM_SHARE_FILE]),
		.memcg = oom_of_memcg(r),
		.victim_row = OOM_NO_TASK,
		.victim_row_size = NAN,
		.victim_name_size = NAN,
		.other = OOM_NO_TASK,
		.other_size = NAN,
		.service_size = NAN,
	};

	c.victim = victim_by_score(r, &s->badness, c.victim);
	amounts(r, b, &c);
	/* A fragment without counters: RAM and swap, by the score that was printed. */
	if (isnan(c.total) && opt_is_known(s->badness.totalpages))
		c.total = c.room = (double)s->badness.totalpages.value * (double)oom_page_bytes(r);
	if (isnan(c.whole))
		c.whole = c.total;
	c.other_than_processes = largest_of_no_process(b);
	c.free = opt_number(b->share_bytes[OOM_SHARE_FREE]);
	c.unwritten = unwritten(r, c.memcg);
	size_of_rows(r, &c);
	size_of_names(r, b, &c);
	c.victim_family = c.victim_name_size > c.victim ? c.victim_name_size : c.victim;
	look_back(r, h, &c);
	*ret = c;
}

double oom_ramp(double x, double low, double high)
{
	if (!(x > low))
		return 0;
	return x >= high ? 1 : (x - low) / (high - low);
}

double oom_confidence(const struct oom_hypothesis *h)
{
	return (1 - h->doubt) * h->against;
}

void oom_support(struct oom_hypothesis *h, double weight, enum oom_reason_id id,
		 const char *subject, const double numbers[OOM_REASON_NUMBERS])
{
	struct oom_reason *reason;

	if (!(weight > 0))
		return;
	h->doubt *= 1 - MIN(weight, 1.0);
	if (id == OOM_REASON_NONE || h->reason_count == OOM_HYPOTHESIS_REASONS)
		return;
	reason = &h->reason[h->reason_count++];
	*reason = (struct oom_reason){ .id = id };
	oom_copy_end(reason->subject, sizeof(reason->subject), subject ? subject : "");
	for (int i = 0; i < OOM_REASON_NUMBERS; i++)
		reason->number[i] = numbers ? numbers[i] : NAN;
}

void oom_oppose(struct oom_hypothesis *h, double weight)
{
	if (weight > 0)
		h->against *= 1 - MIN(weight, 1.0);
}
