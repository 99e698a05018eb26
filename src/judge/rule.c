/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/rule.h"

#include <fnmatch.h>
#include <string.h>

static bool glob_matches_text(const char *pattern, struct text t)
{
	char buf[GUARD_PATH_SIZE];

	return text_copy(t, buf, sizeof(buf)) == 0 && fnmatch(pattern, buf, 0) == 0;
}

bool rule_matches(const struct rule *r, const struct process *p, const struct process_table *t)
{
	const struct text path = cgroup_path_text(&t->cgroups, p->cgroup);
	struct text unit;

	switch (r->field) {
	case RULE_COMM:
		return fnmatch(r->pattern, p->comm, 0) == 0;
	case RULE_UNIT:
		return path.n && cgroup_path_unit(path, &unit) &&
		       glob_matches_text(r->pattern, unit);
	case RULE_CGROUP:
		return path.n && fnmatch(r->pattern, path.p, 0) == 0;
	case RULE_UID:
		return p->uid == r->number;
	case RULE_SESSION:
		return p->session == (int32_t)r->number;
	}
	return false;
}

bool rule_list_matches(const struct rule_list *l, const struct process *p,
		       const struct process_table *t)
{
	for (uint32_t i = 0; i < l->count; i++) {
		if (rule_matches(&l->rule[i], p, t))
			return true;
	}
	return false;
}

const char *guard_excluded(const struct guard_policy *policy, const struct guard_self *self,
			   const struct process *p, const struct process_table *t)
{
	if (p->id.pid == 1)
		return "init";
	if (p->id.pid == self->pid || p->id.pid == self->helper_pid)
		return "guard itself";
	if (p->zombie)
		return "already ended";
	if ((p->fields & PROCESS_OOM_SCORE_ADJ) && p->oom_score_adj == -1000)
		return "oom_score_adj is -1000";
	if (policy->only.count && !rule_list_matches(&policy->only, p, t))
		return "outside of [scope]";
	if (rule_list_matches(&policy->protect, p, t))
		return "protected by [protect]";
	if (rule_list_matches(&policy->critical, p, t))
		return "critical by [critical]";
	return NULL;
}
