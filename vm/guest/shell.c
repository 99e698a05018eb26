/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND_SECONDS 60.0

static const char *const when_names[] = {
	[PLAN_BEFORE] = "before",
	[PLAN_TRIGGER] = "trigger",
	[PLAN_AFTER] = "after",
};

static pid_t start(const char *command, int out)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)setsid();
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(out, STDERR_FILENO);
	(void)execl("/bin/busybox", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/*
 * Until the command ends. What it left running may keep the pipe open, so that its end alone does
 * not tell. Past the limit of time it is killed: a hung command is a result, too.
 */
static int collect(pid_t pid, int in, char *output, size_t *used, bool *cut)
{
	double until = guest_now() + COMMAND_SECONDS;
	char more[4096];
	int status = 0;
	bool over = false;

	for (;;) {
		struct pollfd p = { .fd = in, .events = POLLIN };
		ssize_t n = poll(&p, 1, over ? 0 : 20) > 0 ? read(in, more, sizeof(more)) : -1;
		size_t keep = n > 0 ? (size_t)n : 0;

		if (keep > PLAN_OUTPUT - *used) {
			keep = PLAN_OUTPUT - *used;
			*cut = true;
		}
		memcpy(output + *used, more, keep);
		*used += keep;
		if (over && n <= 0)
			return status;
		over = over || waitpid(pid, &status, WNOHANG) == pid;
		if (!over && guest_now() > until)
			(void)kill(-pid, SIGKILL);
	}
}

void shell_run(int run, const struct plan_command *c)
{
	static char output[PLAN_OUTPUT];
	double start_seconds = guest_now();
	int ends[2], status;
	size_t used = 0;
	bool cut = false;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		guest_fail("no pipe for", c->text);
	pid = start(c->text, ends[1]);
	(void)close(ends[1]);
	if (pid < 0)
		guest_fail("cannot fork", c->text);
	status = collect(pid, ends[0], output, &used, &cut);
	(void)close(ends[0]);
	tell_printf("{\"event\":\"command\",\"run\":%d,\"when\":\"%s\",\"command\":", run,
		    when_names[c->when]);
	tell_string(c->text, strlen(c->text));
	if (WIFEXITED(status))
		tell_printf(",\"status\":%d,\"signal\":0", WEXITSTATUS(status));
	else
		tell_printf(",\"status\":null,\"signal\":%d", WTERMSIG(status));
	tell_printf(",\"seconds\":%.3f,\"cut\":%s,\"output\":", guest_now() - start_seconds,
		    cut ? "true" : "false");
	tell_string(output, used);
	tell_printf("}");
	tell_end();
}
