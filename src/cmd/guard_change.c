/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing what can be taken back: oom_score_adj, memory.high, MemoryHigh=, console_loglevel. */
#include "cmd/guard_change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "source/proc_stat.h"

#define PROC_BUFFER 4096

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

struct strbuf guard_detail(struct guard *g)
{
	char *text = g->decision.detail;

	return (struct strbuf){ .buf = text,
				.len = strlen(text),
				.size = sizeof(g->decision.detail) };
}

int guard_failed(struct guard *g, int r)
{
	if (r == -ESRCH)
		return r;
	g->decision.result = RESULT_FAILED;
	if (!g->decision.fault.err)
		(void)fault_errno(&g->decision.fault, r, "failed");
	return r;
}

int guard_knob_read(int dir, const char *file, char ret[KNOB_SIZE], struct fault *f)
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
	int r = guard_knob_read(dir, file, change->before, f);

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

int guard_open_sysctl(const struct guard *g)
{
	int fd = openat(g->root.proc, "sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int guard_set_console_loglevel(struct guard *g, uint64_t level)
{
	struct change change = { .kind = CHANGE_SYSCTL, .path = CHANGE_PRINTK };
	_cleanup_close_ int dir = guard_open_sysctl(g);

	if (dir < 0)
		return guard_failed(g, fault_errno(&g->decision.fault, dir, "'/proc/sys'"));
	(void)snprintf(change.after, sizeof(change.after), "%llu", (unsigned long long)level);
	return change_knob(g, dir, change.path, &change);
}

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
