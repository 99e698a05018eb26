/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor beside guard: has guard lowered console_loglevel for the moment, what was it before, and
 * is there still a guard to put it back? Its state file and that file's lock say so.
 */
#include <errno.h>
#include <stdio.h>

#include "act/remedy.h"
#include "base/fd.h"
#include "base/text.h"
#include "cmd/doctor.h"
#include "source/boot_id.h"
#include "source/guard_config.h"

static void load(struct guard_record *g, const char *file, const char *boot_id)
{
	struct fault f;
	const int r = changes_load(&g->changes, file, boot_id, &f);

	g->change = NULL;
	/* From a malformed one no guard restores anything. */
	g->known = r < 0 && r != -EPROTO && r != -EFBIG ? UNREADABLE : ABSENT;
	if (r < 0)
		return;
	g->change = changes_find(&g->changes, CHANGE_SYSCTL, (struct process_id){ 0 });
	if (g->change)
		g->known = KNOWN;
}

void guard_record_read(const struct root *root, struct guard_record *ret)
{
	static struct guard_policy policy;
	static struct config_report report;
	char boot_id[BOOT_ID_SIZE];
	struct fault f;

	ret->known = ABSENT;
	ret->change = NULL;
	ret->lock = -1;
	guard_policy_default(&policy);
	if (guard_config_read(NULL, &policy, &report) < 0)
		guard_policy_default(&policy);
	if (boot_id_read(root, boot_id) < 0)
		return;
	load(ret, policy.state_file, boot_id);
	/*
	 * Asked for only now: a guard that starts while the lock is ours is refused. One that is
	 * alive has it; where it cannot be had at all (a read-only file system) nobody can tell.
	 */
	if (!ret->change || changes_lock(policy.state_file, &ret->lock, &f) < 0 || ret->lock < 0)
		return;
	/* It may have ended in between, and put the level back. */
	load(ret, policy.state_file, boot_id);
	if (!ret->change)
		closep(&ret->lock);
}

void guard_record_close(struct guard_record *g)
{
	closep(&g->lock);
}

void guard_record_judge(const struct guard_record *g, struct machine *m)
{
	struct opt_u64 *level = &m->printk.console_loglevel;
	uint64_t before, after;

	m->guard =
		(struct guard_hold){ .level = opt_u64_none(g->known == KNOWN ? ABSENT : g->known) };
	if (!g->change || !opt_is_known(*level) ||
	    text_u64(text_string(g->change->before), &before) < 0 ||
	    text_u64(text_string(g->change->after), &after) < 0)
		return;
	/* What somebody has set since is the machine's own, and guard leaves it alone. */
	if (level->value != after)
		return;
	m->guard = (struct guard_hold){ .level = *level, .gone = g->lock >= 0 };
	*level = opt_u64_of(before);
}

void guard_record_world(const struct guard_record *g, struct remedy_world *w)
{
	if (!g->change)
		return;
	if (g->lock < 0) {
		w->held = remedy_knob(REMEDY_CONSOLE_LOGLEVEL);
		return;
	}
	w->left.knob = remedy_knob(REMEDY_CONSOLE_LOGLEVEL);
	(void)snprintf(w->left.before, sizeof(w->left.before), "%s", g->change->before);
	(void)snprintf(w->left.after, sizeof(w->left.after), "%s", g->change->after);
}
