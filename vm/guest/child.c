/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 8192
#define EXITS 64
#define CGROUPS "/sys/fs/cgroup"

struct child {
	pid_t pid; /* 0: ended */
	enum child_kind kind;
	const char *name;
};

static struct child child[CHILDREN];
static int child_count;
static struct {
	const char *name;
	pid_t pid;
	int status;
} ended[EXITS];
static int ended_count;

pid_t child_fork(enum child_kind kind, const char *name, int oom_score_adj)
{
	char adj[16];
	pid_t pid;

	if (child_count == CHILDREN)
		guest_fail("too many children at", name);
	pid = fork();
	if (pid < 0)
		guest_fail("cannot fork", name);
	if (pid > 0) {
		child[child_count++] = (struct child){ .pid = pid, .kind = kind, .name = name };
		return pid;
	}
	(void)snprintf(adj, sizeof(adj), "%d", oom_score_adj);
	if (oom_score_adj != 0)
		(void)guest_write("/proc/self/oom_score_adj", adj);
	return 0;
}

/* Every controller that the group has, its children may use. */
static void hand_down(const char *group)
{
	char file[256], have[256], add[64];

	(void)snprintf(file, sizeof(file), "%s/cgroup.controllers", group);
	guest_read_line(file, have, sizeof(have));
	(void)snprintf(file, sizeof(file), "%s/cgroup.subtree_control", group);
	for (char *word = have; *word; word += strspn(word, " ")) {
		int len = (int)strcspn(word, " ");

		(void)snprintf(add, sizeof(add), "+%.*s", len, word);
		(void)guest_write(file, add);
		word += len;
	}
}

static void make_cgroup(const char *path)
{
	char at[PLAN_NAME + sizeof(CGROUPS)];
	const char *end = path;

	while (*end) {
		(void)snprintf(at, sizeof(at), CGROUPS "/%.*s", (int)(end - path), path);
		hand_down(at);
		end += strspn(end, "/");
		end += strcspn(end, "/");
		(void)snprintf(at, sizeof(at), CGROUPS "/%.*s", (int)(end - path), path);
		if (mkdir(at, 0755) < 0 && errno != EEXIST)
			guest_fail("cannot make the cgroup", at);
	}
}

static void set_cgroup(const char *path, const char *setting)
{
	char file[2 * PLAN_NAME + sizeof(CGROUPS) + 2];
	const char *equals = strchr(setting, '=');

	(void)snprintf(file, sizeof(file), CGROUPS "/%s/%.*s", path, (int)(equals - setting),
		       setting);
	if (!guest_write(file, equals + 1))
		guest_fail("cannot set in the cgroup", setting);
}

static void exec_program(const struct plan_program *p)
{
	char command[PLAN_TEXT + 8], procs[PLAN_NAME + 64];

	if (p->cgroup[0]) {
		(void)snprintf(procs, sizeof(procs), CGROUPS "/%s/cgroup.procs", p->cgroup);
		if (!guest_write(procs, "0"))
			_exit(126);
	}
	if (p->comm[0])
		(void)setenv(LOAD_NAME_VARIABLE, p->comm, 1);
	(void)setsid();
	(void)snprintf(command, sizeof(command), "exec %s", p->command);
	(void)execl("/bin/busybox", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

void child_program(const struct plan_program *p)
{
	if (p->cgroup[0])
		make_cgroup(p->cgroup);
	for (int i = 0; i < p->set_count; i++)
		set_cgroup(p->cgroup, p->set[i]);
	for (int i = 0; i < p->count; i++)
		if (child_fork(CHILD_PROGRAM, p->name, p->oom_score_adj) == 0)
			exec_program(p);
}

void child_reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int i = 0; i < child_count; i++) {
			if (child[i].pid != pid)
				continue;
			child[i].pid = 0;
			if (ended_count < EXITS) {
				ended[ended_count].name = child[i].name;
				ended[ended_count].pid = pid;
				ended[ended_count].status = status;
			}
			ended_count++;
		}
	}
}

int child_alive(enum child_kind kind)
{
	int n = 0;

	for (int i = 0; i < child_count; i++)
		n += child[i].pid > 0 && child[i].kind == kind;
	return n;
}

void child_tell(void)
{
	static const char *const names[CHILD_KINDS] = {
		[CHILD_TASK] = "tasks",
		[CHILD_ALLOCATOR] = "allocators",
		[CHILD_LEAKER] = "leakers",
		[CHILD_PROGRAM] = "programs",
	};

	tell_printf(",\"survivors\":{");
	for (int kind = 0; kind < CHILD_KINDS; kind++)
		tell_printf("%s\"%s\":%d", kind ? "," : "", names[kind],
			    child_alive((enum child_kind)kind));
	tell_printf("},\"exits\":[");
	for (int i = 0; i < ended_count && i < EXITS; i++) {
		int s = ended[i].status;

		tell_printf("%s{\"name\":", i ? "," : "");
		tell_string(ended[i].name, strlen(ended[i].name));
		tell_printf(",\"pid\":%d,\"signal\":%d,\"status\":%d}", ended[i].pid,
			    WIFSIGNALED(s) ? WTERMSIG(s) : 0, WIFEXITED(s) ? WEXITSTATUS(s) : 0);
	}
	tell_printf("]");
}

void child_end(void)
{
	/* From init this reaches every process but init. */
	(void)kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	child_count = ended_count = 0;
}
