/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_era.h"

/* Lines and columns, the most telling first: a rule that contradicts those before it is of a
 * backport, and is left out. Sources: docs/EXPLAIN.md. */
struct shape_rule {
	bool (*seen)(const struct oom_report *r);
	struct kernel_span span;
};

static bool columns(const struct oom_report *r, uint32_t with, uint32_t without)
{
	return r->columns && !r->columns_assumed && (r->columns & with) == with &&
	       !(r->columns & without);
}

static bool splits_rss(const struct oom_report *r)
{
	return columns(r, OOM_COLUMN_RSS_ANON, 0);
}

static bool pgtables_only(const struct oom_report *r)
{
	return columns(r, OOM_COLUMN_PGTABLES_BYTES, OOM_COLUMN_RSS_ANON);
}

static bool has_puds(const struct oom_report *r)
{
	return columns(r, OOM_COLUMN_NR_PUDS, 0);
}

static bool has_pmds(const struct oom_report *r)
{
	return columns(r, OOM_COLUMN_NR_PMDS, OOM_COLUMN_NR_PUDS);
}

static bool has_ptes(const struct oom_report *r)
{
	return columns(r, OOM_COLUMN_NR_PTES, OOM_COLUMN_NR_PMDS);
}

static bool has_adj_and_score(const struct oom_report *r)
{
	return columns(r, OOM_COLUMN_OOM_ADJ | OOM_COLUMN_OOM_SCORE_ADJ, 0);
}

static bool has_adj_only(const struct oom_report *r)
{
	return columns(r, OOM_COLUMN_OOM_ADJ, OOM_COLUMN_OOM_SCORE_ADJ);
}

static bool has_constraint_line(const struct oom_report *r)
{
	return r->constraint_source == OOM_CONSTRAINT_PRINTED;
}

static bool has_sacrifice_line(const struct oom_report *r)
{
	/* The line of 5.0 names the choice too, but no score. */
	return r->choice.known && r->choice.score.known == KNOWN;
}

static bool prints_trigger_adj(const struct oom_report *r)
{
	return r->trigger.oom_adj.known == KNOWN;
}

static bool prints_nodemask(const struct oom_report *r)
{
	return r->trigger.nodemask[0] != '\0';
}

static bool victim_pgtables(const struct oom_report *r)
{
	return r->victim_count && opt_is_known(r->victim[0].pgtables_bytes);
}

static bool victim_shmem_only(const struct oom_report *r)
{
	return r->victim_count && opt_is_known(r->victim[0].shmem_rss_bytes) &&
	       !opt_is_known(r->victim[0].pgtables_bytes);
}

static bool victim_no_shmem(const struct oom_report *r)
{
	return r->victim_count && opt_is_known(r->victim[0].file_rss_bytes) &&
	       !opt_is_known(r->victim[0].shmem_rss_bytes);
}

static bool reaped(const struct oom_report *r)
{
	return r->victim_count && r->victim[0].reaped != OOM_REAPED_UNKNOWN;
}

static bool counter(const struct oom_report *r, enum oom_counter c)
{
	return opt_is_known(r->memory.pages.value[c]);
}

static bool has_sec_pagetables(const struct oom_report *r)
{
	return counter(r, OOM_SEC_PAGETABLES);
}

static bool has_unstable(const struct oom_report *r)
{
	return counter(r, OOM_UNSTABLE);
}

static bool has_free_pcp(const struct oom_report *r)
{
	return counter(r, OOM_FREE_PCP);
}

static bool has_slabs(const struct oom_report *r)
{
	return r->memory.slab_count || r->memory.slab_not_dumped;
}

static bool has_allocations(const struct oom_report *r)
{
	return r->memory.allocation_count;
}

static bool exiting(const struct oom_report *r)
{
	return r->already_exiting;
}

static const struct shape_rule shape_rules[] = {
	{ splits_rss, { { 6, 8 }, { 0 } } },
	{ pgtables_only, { { 4, 15 }, { 6, 8 } } },
	{ has_puds, { { 4, 14 }, { 4, 15 } } },
	{ has_pmds, { { 4, 0 }, { 4, 15 } } },
	{ has_ptes, { { 3, 8 }, { 4, 0 } } },
	{ has_adj_and_score, { { 2, 6 }, { 3, 8 } } },
	{ has_adj_only, { { 2, 6 }, { 3, 0 } } },
	{ has_sacrifice_line, { { 0 }, { 5, 1 } } },
	{ victim_pgtables, { { 5, 4 }, { 0 } } },
	{ has_constraint_line, { { 5, 0 }, { 0 } } },
	{ has_allocations, { { 6, 10 }, { 0 } } },
	{ has_sec_pagetables, { { 6, 1 }, { 0 } } },
	{ exiting, { { 6, 1 }, { 0 } } },
	{ has_unstable, { { 0 }, { 5, 8 } } },
	{ prints_nodemask, { { 4, 10 }, { 5, 0 } } },
	{ prints_trigger_adj, { { 0 }, { 3, 7 } } },
	{ has_slabs, { { 4, 15 }, { 0 } } },
	{ reaped, { { 4, 6 }, { 0 } } },
	{ victim_shmem_only, { { 4, 5 }, { 5, 4 } } },
	{ victim_no_shmem, { { 0 }, { 4, 5 } } },
	{ has_free_pcp, { { 4, 1 }, { 0 } } },
};

/* Narrows *s; false, and *s as it was, when nothing would be left. */
static bool narrow(struct kernel_span *s, struct kernel_span by)
{
	struct kernel_span n = *s;

	if (kernel_version_compare(by.since, n.since) > 0)
		n.since = by.since;
	if (kernel_version_known(by.before) &&
	    (!kernel_version_known(n.before) || kernel_version_compare(by.before, n.before) < 0))
		n.before = by.before;
	if (kernel_version_known(n.before) && kernel_version_compare(n.since, n.before) >= 0)
		return false;
	*s = n;
	return true;
}

/* The last release before `v`: the last of a major one is history. */
static struct kernel_version release_before(struct kernel_version v)
{
	static const struct kernel_version last[] = {
		{ 2, 6 }, { 3, 19 }, { 4, 20 }, { 5, 19 }, { 6, 19 }
	};

	if (v.minor)
		return (struct kernel_version){ v.major, v.minor - 1 };
	for (size_t i = 0; i < ARRAY_SIZE(last); i++) {
		if (last[i].major + 1 == v.major)
			return last[i];
	}
	return (struct kernel_version){ 0 };
}

void oom_era_of(const struct oom_report *r, struct oom_era *ret)
{
	const struct oom_trigger *t = &r->trigger;
	struct oom_era e = { .version = r->version };
	bool contradicted = false;

	for (size_t i = 0; i < ARRAY_SIZE(shape_rules); i++) {
		if (shape_rules[i].seen(r))
			contradicted |= !narrow(&e.shape, shape_rules[i].span);
	}
	if (t->gfp_flags[0])
		contradicted |= !narrow(&e.shape, gfp_names_span(t->gfp_flags));
	else if (opt_is_known(t->gfp_mask))
		contradicted |=
			!narrow(&e.shape, gfp_layout_span(gfp_layout_of_mask(t->gfp_mask.value)));
	e.version_told = kernel_version_known(r->version);
	if (!e.version_told && kernel_version_known(e.shape.before))
		e.version = release_before(e.shape.before);
	else if (e.version_told)
		e.vendor = contradicted || kernel_version_compare(e.version, e.shape.since) < 0 ||
			   (kernel_version_known(e.shape.before) &&
			    kernel_version_compare(e.version, e.shape.before) >= 0);
	*ret = e;
}

/* 2.6.36 and 2.6.32 are both 2.6 in a struct kernel_version. */
static bool before_2_6_36(const struct oom_report *r)
{
	struct text rest = text_of(r->release, strnlen(r->release, sizeof(r->release)));
	uint64_t patch = 0;

	if (!text_skip_prefix(&rest, "2.6."))
		return false;
	for (size_t i = 0; i < rest.n && i < 3 && rest.p[i] >= '0' && rest.p[i] <= '9'; i++)
		patch = patch * 10 + (uint64_t)(rest.p[i] - '0');
	return patch < 36;
}

/* The first rule of the newest kernel that may have printed it. */
static enum oom_badness_rule rule_of_version(struct kernel_version v)
{
	static const struct {
		struct kernel_version since;
		enum oom_badness_rule rule;
	} rules[] = {
		{ { 5, 9 }, OOM_BADNESS_SIGNED },	   { { 4, 17 }, OOM_BADNESS_PLAIN },
		{ { 3, 14 }, OOM_BADNESS_ROOT_3_PERCENT }, { { 3, 5 }, OOM_BADNESS_ROOT_30 },
		{ { 2, 6 }, OOM_BADNESS_PERMILLE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (kernel_version_compare(v, rules[i].since) >= 0)
			return rules[i].rule;
	}
	return OOM_BADNESS_UNKNOWN;
}

/* Within the shape: RHEL 8 calls itself 4.18 and prints as 5.x does. */
static struct kernel_version clamp_version(struct kernel_version v, struct kernel_span s)
{
	if (kernel_version_compare(v, s.since) < 0)
		return s.since;
	if (kernel_version_known(s.before) && kernel_version_compare(v, s.before) >= 0)
		return release_before(s.before);
	return v;
}

enum oom_badness_rule oom_era_badness(const struct oom_report *r, const struct oom_era *era,
				      bool *ret_assumed)
{
	struct kernel_version newest = { UINT32_MAX, 0 };
	enum oom_badness_rule rule, oldest;

	*ret_assumed = false;
	if (has_adj_only(r) || (before_2_6_36(r) && !(r->columns & OOM_COLUMN_OOM_SCORE_ADJ) &&
				r->trigger.oom_score_adj.known != KNOWN))
		return OOM_BADNESS_CHILDREN;
	if (era->version_told)
		return rule_of_version(clamp_version(era->version, era->shape));
	if (kernel_version_known(era->shape.before))
		newest = release_before(era->shape.before);
	rule = rule_of_version(newest);
	oldest = rule_of_version(kernel_version_known(era->shape.since)
					 ? era->shape.since
					 : (struct kernel_version){ 2, 6 });
	*ret_assumed = rule != oldest;
	return rule;
}

bool oom_era_last_of_equals(const struct oom_era *era)
{
	return !kernel_version_known(era->version) ||
	       kernel_version_compare(era->version, (struct kernel_version){ 5, 3 }) >= 0;
}
