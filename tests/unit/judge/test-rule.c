/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "judge/rule.h"
#include "processes.h"

static bool matches(enum rule_field field, const char *pattern, uint32_t number)
{
	struct machine *m = machine();
	struct process *p = add(m, "post)\ngres", 2, 1);
	struct rule r = { .field = field, .number = number };

	(void)snprintf(r.pattern, sizeof(r.pattern), "%s", pattern);
	return rule_matches(&r, p, &m->t);
}

static void test_fields(void **state)
{
	assert_true(matches(RULE_COMM, "post*", 0));
	assert_true(matches(RULE_COMM, "post)?gres", 0));
	assert_false(matches(RULE_COMM, "post", 0));
	assert_true(matches(RULE_UNIT, "db.service", 0));
	assert_true(matches(RULE_UNIT, "db.*", 0));
	assert_false(matches(RULE_UNIT, "system.slice", 0)); /* the last unit of the path */
	assert_true(matches(RULE_CGROUP, "/system.slice/*", 0));
	assert_true(matches(RULE_CGROUP, "/*.service", 0)); /* a star crosses slashes */
	assert_false(matches(RULE_CGROUP, "/system.slice", 0));
	assert_true(matches(RULE_UID, "", 1000));
	assert_false(matches(RULE_UID, "", 0));
	assert_true(matches(RULE_SESSION, "", 7));
	assert_false(matches(RULE_SESSION, "", 8));
}

static void test_without_a_cgroup(void **state)
{
	struct machine *m = machine();
	struct process *p = add(m, "x", CGROUP_NONE, 1);
	struct rule r = { .field = RULE_CGROUP, .pattern = "*" };

	assert_false(rule_matches(&r, p, &m->t));
	r.field = RULE_UNIT;
	assert_false(rule_matches(&r, p, &m->t));
}

static void add_rule(struct rule_list *l, const char *comm)
{
	struct rule *r = &l->rule[l->count++];

	r->field = RULE_COMM;
	(void)snprintf(r->pattern, sizeof(r->pattern), "%s", comm);
}

static void test_excluded(void **state)
{
	static struct guard_policy policy;
	const struct guard_self self = { .pid = 50, .helper_pid = 51 };
	struct machine *m = machine();
	struct process *p = add(m, "leaky", 2, 1);

	memset(&policy, 0, sizeof(policy));
	assert_null(guard_excluded(&policy, &self, p, &m->t));
	p->id.pid = 1;
	assert_string_equal(guard_excluded(&policy, &self, p, &m->t), "init");
	p->id.pid = 50;
	assert_string_equal(guard_excluded(&policy, &self, p, &m->t), "guard itself");
	p->id.pid = 51;
	assert_string_equal(guard_excluded(&policy, &self, p, &m->t), "guard itself");
	p->id.pid = 100;
	p->zombie = true;
	assert_string_equal(guard_excluded(&policy, &self, p, &m->t), "already ended");
	p->zombie = false;
	p->oom_score_adj = -1000;
	assert_string_equal(guard_excluded(&policy, &self, p, &m->t), "oom_score_adj is -1000");
	p->oom_score_adj = -999;
	assert_null(guard_excluded(&policy, &self, p, &m->t));
	/* unknown is not -1000 */
	p->oom_score_adj = -1000;
	p->fields &= ~(uint32_t)PROCESS_OOM_SCORE_ADJ;
	assert_null(guard_excluded(&policy, &self, p, &m->t));

	add_rule(&policy.only, "other");
	assert_string_equal(guard_excluded(&policy, &self, p, &m->t), "outside of [scope]");
	add_rule(&policy.only, "leak*");
	assert_null(guard_excluded(&policy, &self, p, &m->t));
	add_rule(&policy.critical, "leaky");
	assert_string_equal(guard_excluded(&policy, &self, p, &m->t), "critical by [critical]");
	add_rule(&policy.protect, "leaky");
	assert_string_equal(guard_excluded(&policy, &self, p, &m->t), "protected by [protect]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_without_a_cgroup),
		cmocka_unit_test(test_excluded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
