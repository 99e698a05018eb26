/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/style.h"

#include <langinfo.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct style style_of(int fd, bool colour)
{
	struct style s = { .colour = colour, .utf8 = true };
	struct winsize w;

	if (!isatty(fd))
		return s;
	s.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	if (ioctl(fd, TIOCGWINSZ, &w) == 0)
		s.width = w.ws_col;
	return s;
}

/* Red and green are never the only difference: bold red, yellow, cyan, nothing, dim. */
static const struct {
	const char *mark, *on;
} looks[] = {
	[VERDICT_UNKNOWN] = { "? ", "\033[2m" },    [VERDICT_STEADY] = { "  ", "" },
	[VERDICT_GROWING] = { "+ ", "\033[36m" },   [VERDICT_SUSPECT] = { "! ", "\033[33m" },
	[VERDICT_LEAKING] = { "!!", "\033[1;31m" },
};

const char *style_mark(enum verdict_class c)
{
	return looks[c].mark;
}

const char *style_on(const struct style *s, enum verdict_class c)
{
	return s->colour ? looks[c].on : "";
}

const char *style_off(const struct style *s, enum verdict_class c)
{
	return s->colour && *looks[c].on ? "\033[0m" : "";
}
