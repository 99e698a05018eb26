/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_breakdown.h"
#include "judge/oom_case.h"
#include "judge/oom_era.h"
#include "judge/oom_failure.h"
#include "judge/oom_history.h"
#include "judge/oom_printing.h"
#include "judge/oom_rank.h"

static void tell_request(const struct oom_report *r, const struct oom_era *era, struct oom_story *s)
{
	const struct oom_trigger *t = &r->trigger;
	enum gfp_layout layout;
	struct strbuf names;

	s->version = era->version;
	s->since = era->shape.since;
	s->before = era->shape.before;
	oom_copy(s->gfp_flags, sizeof(s->gfp_flags), t->gfp_flags);
	if (t->gfp_flags[0] || !opt_is_known(t->gfp_mask) || !t->gfp_mask.value)
		return;
	/* Where the bits lie is in the number itself; a vendor's version may say otherwise. */
	layout = gfp_layout_of_mask(t->gfp_mask.value);
	if (layout == GFP_LAYOUT_UNKNOWN)
		layout = gfp_layout_of_version(era->version);
	if (layout == GFP_LAYOUT_UNKNOWN)
		return;
	names = STRBUF(s->gfp_flags);
	gfp_decode(t->gfp_mask.value, layout, era->version, &names);
	s->gfp_decoded = true;
}

void oom_story_tell(const struct oom_report *r, const struct oom_history *h, struct oom_story *ret)
{
	struct oom_era era;
	struct oom_case c;

	*ret = (struct oom_story){ .cause = OOM_CAUSE_CANNOT_TELL };
	oom_era_of(r, &era);
	tell_request(r, &era, ret);
	oom_rank(r, &era, &ret->badness);
	ret->why = oom_rank_why(r, &ret->badness);
	oom_breakdown_of(r, &ret->breakdown);
	oom_failure_of(r, &ret->failure);
	oom_printing_of(r, &ret->printing);
	ret->rate_limited = oom_history_rate_limited(h, r);
	ret->victim_bytes = oom_victims_bytes(r);
	oom_case_open(r, h, ret, &c);
	oom_cause_of(&c, ret);
	oom_add_context(&c, ret);
	oom_add_advice(&c, ret);
}
