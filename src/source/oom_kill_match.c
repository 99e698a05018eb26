/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/oom_kill_match.h"

#include "source/oom_text.h"

/* "Killed process 12 (x)" in a letter or of another program, which stamps its lines too, is no
 * kernel's: its clock, its message or amounts are. */
bool oom_kill_is_of_kernel(const struct log_line *l)
{
	return l->speaker == LOG_SPEAKER_KERNEL || opt_is_known(l->stamp.boot_usec) ||
	       oom_text_has(l->text, "-rss:") || oom_message_of(l->text) != OOM_MESSAGE_UNKNOWN;
}

/* A kill that another process was chosen for, or another limit's: the open report lost its own. */
bool oom_kill_is_of_another(const struct oom_open *o, int64_t pid, struct text comm, struct text t)
{
	const struct oom_report *r = &o->r;
	const enum oom_message message = oom_message_of(t);

	if (message == OOM_MESSAGE_UNKNOWN || !(r->parts & OOM_PART_CONSTRAINT) ||
	    (r->choice.known && (r->choice.pid == pid || r->choice.score.known == KNOWN)))
		return false;
	if (r->constraint_source == OOM_CONSTRAINT_PRINTED &&
	    r->constraint != OOM_CONSTRAINT_UNKNOWN &&
	    (r->constraint == OOM_CONSTRAINT_MEMCG) != (message == OOM_MESSAGE_MEMCG))
		return true;
	/* A thread dies in the place of a leader that has exited: it has the name, or one like it.
	 */
	return r->choice.known && comm.n && !text_is(comm, r->choice.comm);
}

/* How long after its last line a further member of a group may be killed: a slow console's line. */
#define GROUP_USEC (UINT64_C(5) * 1000000)

static bool is_within(struct opt_u64 from, struct opt_u64 to, uint64_t usec)
{
	return !opt_is_known(from) || !opt_is_known(to) || to.value <= from.value + usec;
}

/* Every member is killed with the message of the first, or with none (up to 5.0). */
bool oom_kill_is_of_group(const struct oom_open *done, const struct log_line *l)
{
	const enum oom_message message = oom_message_of(l->text);

	return done->r.group_kill &&
	       (message == OOM_MESSAGE_UNKNOWN || done->r.message == OOM_MESSAGE_UNKNOWN ||
		message == done->r.message) &&
	       is_within(done->r.last.boot_usec, l->stamp.boot_usec, GROUP_USEC) &&
	       is_within(done->r.last.wall_usec, l->stamp.wall_usec, GROUP_USEC);
}
