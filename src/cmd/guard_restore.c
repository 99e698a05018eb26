/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking back what guard has changed, unless somebody else has changed it since. */
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "cmd/guard_change.h"

static const char *const change_files[] = {
	[CHANGE_OOM_SCORE_ADJ] = "oom_score_adj",
	[CHANGE_MEMORY_HIGH] = "memory.high",
};

/* The value may have been changed by somebody else since: theirs is not ours to undo. */
static int restore_knob(struct guard *g, const struct change *c, int dir, const char *file)
{
	struct strbuf s = guard_detail(g);
	char present[KNOB_SIZE];
	int r = guard_knob_read(dir, file, present, &g->decision.fault);

	if (r < 0)
		return r;
	if (strcmp(present, c->after) != 0) {
		strbuf_printf(&s, "%s%s is %s, not the %s guard set: left alone", s.len ? ", " : "",
			      file, present, c->after);
		return 0;
	}
	strbuf_printf(&s, "%s%s %s -> %s", s.len ? ", " : "", file, c->after, c->before);
	return knob_write(dir, file, c->before, &g->decision.fault);
}

static int open_owner(const struct guard *g, const struct change *c)
{
	switch (c->kind) {
	case CHANGE_SYSCTL:
		return guard_open_sysctl(g);
	case CHANGE_MEMORY_HIGH:
		return guard_open_cgroup(g, c->path);
	default:
		return guard_open_process(g, c->id);
	}
}

static int restore(struct guard *g, const struct change *c)
{
	_cleanup_close_ int dir = -1;

	if (c->kind == CHANGE_UNIT_HIGH) {
		struct strbuf s = guard_detail(g);

		strbuf_printf(&s, "%sMemoryHigh -> %s", s.len ? ", " : "", c->before);
		return guard_run_systemctl(g, c->path, c->before);
	}
	dir = open_owner(g, c);
	/* Its owner is gone, and the change with it. */
	if (dir == -ESRCH || dir == -ENOENT)
		return 0;
	return dir < 0 ? dir
		       : restore_knob(g, c, dir,
				      c->kind == CHANGE_SYSCTL ? c->path : change_files[c->kind]);
}

static void take_back(struct guard *g, struct change *c)
{
	int r = restore(g, c);

	if (r == -ESRCH || r == -ENOENT || r == -ENODEV)
		r = 0;
	guard_json_reset();
	if (r < 0)
		(void)guard_failed(g, r);
	else
		(void)changes_remove(&g->changes, c, NULL);
}

static bool anybody_is_steered(const struct guard *g, const struct suspect *except)
{
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		const struct suspect *s = &g->suspect[i];

		if (s != except && s->used && (s->done & rung_bit(RUNG_STEER)))
			return true;
	}
	return false;
}

static bool change_is_a_suspects(const struct guard *g, const struct change *c)
{
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++) {
		if (g->suspect[i].used && process_id_equal(g->suspect[i].id, c->id))
			return true;
	}
	return false;
}

void guard_take_back_changes(struct guard *g, const struct suspect *s)
{
	bool last = !anybody_is_steered(g, s);

	for (size_t i = 0; i < CHANGES_MAX; i++) {
		struct change *c = &g->changes.entry[i];

		if (c->kind == CHANGE_NONE || c->kind == CHANGE_SYSCTL)
			continue;
		if (process_id_equal(c->id, s->id) || (last && !change_is_a_suspects(g, c)))
			take_back(g, c);
	}
}

void guard_take_back(struct guard *g, const struct suspect *s, enum decision_reason why)
{
	guard_decide_about_life(g, s->id, s->comm, RUNG_CLEAR, why);
	g->decision.fallback = s->fallback;
	guard_take_back_changes(g, s);
	guard_tell(g);
}

void guard_restore_console(struct guard *g, enum decision_reason why)
{
	struct change *c = changes_find(&g->changes, CHANGE_SYSCTL, (struct process_id){ 0, 0 });

	memset(&g->decision, 0, sizeof(g->decision));
	g->decision.action = RUNG_UNQUIET;
	g->decision.reason = why;
	if (c)
		take_back(g, c);
	else
		g->decision.result = RESULT_DRY_RUN;
	guard_tell(g);
}

void guard_take_back_all(struct guard *g, enum decision_reason why)
{
	static const char nameless[PROCESS_COMM_SIZE];

	for (size_t i = 0; i < CHANGES_MAX; i++) {
		struct change *c = &g->changes.entry[i];

		if (c->kind == CHANGE_NONE)
			continue;
		if (c->kind == CHANGE_SYSCTL) {
			guard_restore_console(g, why);
			continue;
		}
		guard_decide_about_life(g, c->id, nameless, RUNG_CLEAR, why);
		take_back(g, c);
		guard_tell(g);
	}
}
