/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which inputs explain reads: the files that are named, else the log that is meant. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/explain.h"

/* Somebody waits at a terminal, and does not know for what. */
#define STDIN_PATIENCE_MS 3000

static void read_file(struct explain_session *s, const char *path)
{
	struct explain_input in;
	struct fault f;

	if (explain_open_file(path, &in, &f) < 0)
		explain_unreadable(s, &f);
	else
		explain_whole(s, &in);
}

/* A pipe or a file on standard input is meant; a terminal, /dev/null and a socket are not. */
static bool stdin_is_given(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode));
}

/* ssh and cron may leave a pipe there that nobody ever writes to. */
static void read_stdin(struct explain_session *s)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	if (poll(&p, 1, STDIN_PATIENCE_MS) == 0)
		complain("reading standard input; for the messages of this boot: "
			 "bulkhead explain </dev/null");
	read_file(s, "-");
}

static void read_journal(struct explain_session *s, const char *root, bool needed)
{
	struct explain_input in;
	struct fault f;

	if (explain_open_journal(root, &in, &f) == 0)
		explain_whole(s, &in);
	else if (needed)
		explain_unreadable(s, &f);
}

static void read_boot(struct explain_session *s)
{
	struct explain_input in;
	struct fault f;
	const int r = explain_open_file(EXPLAIN_KMSG, &in, &f);

	if (r == 0)
		explain_whole(s, &in);
	else
		complain("%s; trying the journal", f.what);
	if (!s->end.reports)
		read_journal(s, NULL, r < 0);
}

/* The logs of a captured tree or of a mounted disk, the kernel's own first. */
static void read_tree(struct explain_session *s, const char *root)
{
	static const char *const names[] = { "dev/kmsg",	 "var/log/kern.log",
					     "var/log/messages", "var/log/syslog",
					     "var/log/dmesg",	 "var/log/journal" };
	char path[4096];
	struct fault f;
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		if (stat(path, &st) < 0)
			continue;
		any = true;
		if (S_ISREG(st.st_mode))
			read_file(s, path);
		else if (S_ISDIR(st.st_mode) && !s->end.reports)
			read_journal(s, root, true);
	}
	if (any)
		return;
	(void)fault_set(&f, -ENOENT,
			"--root: there is no log below it: dev/kmsg, "
			"var/log/{kern.log,messages,syslog,dmesg,journal}");
	explain_unreadable(s, &f);
}

static void read_live(struct explain_session *s)
{
	struct explain_input in;
	struct fault f;

	if (explain_open_file(EXPLAIN_KMSG, &in, &f) < 0)
		explain_unreadable(s, &f);
	else
		explain_follow(s, &in);
}

void explain_read_all(struct explain_session *s)
{
	const struct explain_options *o = s->o;

	for (int i = 0; i < o->files; i++)
		read_file(s, o->file[i]);
	if (o->files)
		return;
	if (o->live)
		read_live(s);
	else if (o->common.root)
		read_tree(s, o->common.root);
	else if (stdin_is_given())
		read_stdin(s);
	else
		read_boot(s);
}
