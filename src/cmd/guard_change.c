/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing what can be taken back, and taking it back: oom_score_adj, memory.high, MemoryHigh=. */
#include "cmd/guard_change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "source/proc_stat.h"

#define PROC_BUFFER 4096

/* The /proc/PID directory of that very life, or -ESRCH when the pid means another by now. */
int guard_open_process(const struct guard *g, struct process_id id)
{
	char buf[PROC_BUFFER], name[16];
	_cleanup_close_ int dir = -1;
	struct proc_stat stat;
	int r;

	(void)snprintf(name, sizeof(name), "%d", id.pid);
	dir = openat(g->root.proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	r = proc_stat_read(dir, buf, sizeof(buf), &stat);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	return stat.starttime_ticks == id.starttime_ticks ? TAKE_FD(dir) : -ESRCH;
}

int guard_open_cgroup(const struct guard *g, const char *path)
{
	char name[GUARD_PATH_SIZE + 16];
	int n = snprintf(name, sizeof(name), "fs/cgroup%s", path);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(name))
		return -ENAMETOOLONG;
	fd = openat(g->root.sys, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* What the decision tells of its numbers so far, to go on with. */
struct strbuf guard_detail(struct guard *g)
{
	char *text = g->decision.detail;

	return (struct strbuf){ .buf = text,
				.len = strlen(text),
				.size = sizeof(g->decision.detail) };
}

/* A failure, told with the fault its finder has described. That the target has ended is none. */
int guard_failed(struct guard *g, int r)
{
	if (r == -ESRCH)
		return r;
	g->decision.result = RESULT_FAILED;
	if (!g->decision.fault.err)
		(void)fault_errno(&g->decision.fault, r, "failed");
	return r;
}

/* The first word: of kernel/printk the console's level alone, of the others all there is. */
static int read_value(int dir, const char *file, char ret[KNOB_SIZE], struct fault *f)
{
	int r = knob_read(dir, file, ret, f);

	if (!r)
		ret[strcspn(ret, " \t")] = '\0';
	return r;
}

/* Records, then writes: a crash between the two leaves a record whose value was never set, which
 * restores nothing. */
static int change_knob(struct guard *g, int dir, const char *file, struct change *change)
{
	struct fault *f = &g->decision.fault;
	struct change *entry = NULL;
	struct strbuf s = guard_detail(g);
	int r = read_value(dir, file, change->before, f);

	if (r < 0)
		return guard_failed(g, r);
	strbuf_printf(&s, "%s%s %s -> %s", s.len ? ", " : "", file, change->before, change->after);
	if (strcmp(change->before, change->after) == 0)
		return 0;
	if (g->policy.dry_run) {
		g->decision.result = RESULT_DRY_RUN;
		return 0;
	}
	guard_json_reset();
	r = changes_add(&g->changes, change, &entry, f);
	if (r < 0)
		return guard_failed(g, r);
	r = knob_write(dir, file, change->after, f);
	if (r < 0) {
		guard_json_reset();
		(void)changes_remove(&g->changes, entry, NULL);
		return guard_failed(g, r);
	}
	return 0;
}

int guard_set_adj(struct guard *g, struct process_id id, int64_t value)
{
	struct change change = { .kind = CHANGE_OOM_SCORE_ADJ, .id = id };
	_cleanup_close_ int dir = guard_open_process(g, id);

	if (dir < 0)
		return guard_failed(g, fault_errno(&g->decision.fault, dir, "process %d", id.pid));
	(void)snprintf(change.after, sizeof(change.after), "%lld", (long long)value);
	return change_knob(g, dir, "oom_score_adj", &change);
}

static int open_sysctl(const struct guard *g)
{
	int fd = openat(g->root.proc, "sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int guard_set_console_loglevel(struct guard *g, uint64_t level)
{
	struct change change = { .kind = CHANGE_SYSCTL, .path = CHANGE_PRINTK };
	_cleanup_close_ int dir = open_sysctl(g);

	if (dir < 0)
		return guard_failed(g, fault_errno(&g->decision.fault, dir, "'/proc/sys'"));
	(void)snprintf(change.after, sizeof(change.after), "%llu", (unsigned long long)level);
	return change_knob(g, dir, change.path, &change);
}

/* --- taking back
 * ---------------------------------------------------------------------------------- */

static const char *const change_files[] = {
	[CHANGE_OOM_SCORE_ADJ] = "oom_score_adj",
	[CHANGE_MEMORY_HIGH] = "memory.high",
};

int guard_run_systemctl(struct guard *g, const char *unit, const char *value)
{
	struct helper_request request = { .kind = HELPER_COMMAND };
	char payload[2 * GUARD_PATH_SIZE];
	struct strbuf s = STRBUF(payload);
	const char *const argv[] = { "systemctl", "set-property", "--runtime", unit };

	for (size_t i = 0; i < ARRAY_SIZE(argv); i++) {
		strbuf_puts(&s, argv[i]);
		strbuf_putc(&s, '\0');
	}
	strbuf_printf(&s, "MemoryHigh=%s", strcmp(value, "max") == 0 ? "infinity" : value);
	request.argc = ARRAY_SIZE(argv) + 1;
	request.payload_len = (uint32_t)s.len;
	return s.full ? -ENAMETOOLONG : helper_send(&g->helper, &request, payload, -1);
}

/* The value may have been changed by somebody else since: theirs is not ours to undo. */
static int restore_knob(struct guard *g, const struct change *c, int dir, const char *file)
{
	struct strbuf s = guard_detail(g);
	char present[KNOB_SIZE];
	int r = read_value(dir, file, present, &g->decision.fault);

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
		return open_sysctl(g);
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

/* The suspect's own changes; and those on critical processes, when it was the last steered one. */
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

void guard_decide_about_life(struct guard *g, struct process_id id, const char *comm,
			     enum rung action, enum decision_reason why)
{
	struct decision *d = &g->decision;

	memset(d, 0, sizeof(*d));
	d->action = action;
	d->reason = why;
	d->has_chosen = true;
	d->chosen.process.id = id;
	d->chosen.process.cgroup = CGROUP_NONE;
	memcpy(d->chosen.process.comm, comm, PROCESS_COMM_SIZE);
}

void guard_take_back(struct guard *g, const struct suspect *s, enum decision_reason why, double now)
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
