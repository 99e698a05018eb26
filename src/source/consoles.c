/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/consoles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "source/tty_line.h"

#define CONSOLES_FILE_MAX 8192

/* Others say nothing that we use (p: CON_PRINTBUFFER, a: CON_ANYTIME), or are of a later kernel. */
static void set_flag(struct console *c, char flag)
{
	c->enabled |= flag == 'E';
	c->preferred |= flag == 'C';
	c->boot |= flag == 'B';
	c->boot_flag |= flag == 'B';
	c->nbcon |= flag == 'N';
	c->braille |= flag == 'b';
}

/* "ttyS0                -W- (EC p a)    4:64" */
static int parse_line(struct text line, struct console *ret)
{
	struct console c = { .registered = KNOWN };
	struct text name, ops, flags;

	if (!text_next_word(&line, &name) || !text_next_word(&line, &ops) || ops.n != 3 ||
	    !text_skip_prefix(&line, " (") || !memchr(line.p, ')', line.n))
		return -EPROTO;
	if (text_copy(name, c.name, sizeof(c.name)) < 0 || !text_next_field(&line, ')', &flags))
		return -EPROTO;
	for (size_t i = 0; i < flags.n; i++)
		set_flag(&c, flags.p[i]);
	*ret = c;
	return 0;
}

/* A kernel that has no such flag any more prints on all that are registered. */
static void enable_all(struct console_list *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (l->console[i].enabled)
			return;
	for (uint32_t i = 0; i < l->count; i++)
		l->console[i].enabled = true;
}

int consoles_parse(const char *buf, size_t len, struct console_list *ret)
{
	struct console_list l = { .registered = KNOWN };
	struct text in = text_of(buf, len), line;

	while (text_next_line(&in, &line)) {
		struct console c;
		int r = parse_line(line, &c);

		if (r < 0)
			return r;
		if (l.count < CONSOLES_MAX)
			l.console[l.count++] = c;
		else
			l.dropped++;
	}
	enable_all(&l);
	*ret = l;
	return 0;
}

static void set_why(struct console *c, const char *why)
{
	(void)snprintf(c->why, sizeof(c->why), "%s", why);
}

/* What the tty said replaces what the command line said. */
static void apply_line(struct console *c, const struct serial_line *line)
{
	c->bits_per_second = opt_u64_of(line->bits_per_second);
	c->bits_per_character = line->bits_per_character;
	c->baud_source = BAUD_TERMIOS;
	c->why[0] = '\0';
}

/* The options of console=; -EINVAL and -ERANGE leave the speed unknown. */
static void apply_options(struct console *c, const struct cmdline_console *word)
{
	struct text options = text_string(word->options);
	struct serial_line line;
	int r = serial_options_parse(options, &line);
	struct strbuf why = STRBUF(c->why);

	c->flow_control = line.flow_control;
	c->bits_per_character = line.bits_per_character;
	if (r == 0) {
		c->bits_per_second = opt_u64_of(line.bits_per_second);
		c->baud_source = BAUD_CMDLINE;
		return;
	}
	strbuf_puts(&why, "command line: '");
	strbuf_escape(&why, text_of(options.p, MIN(options.n, (size_t)20)));
	strbuf_puts(&why, r == -ERANGE ? "' is no speed of a serial line" : "' names no speed");
}

static void fill_speed(struct console *c, const struct cmdline_console *word,
		       const struct console_driver *driver)
{
	c->bits_per_second = opt_u64_none(ABSENT);
	if (word && word->options_cut) {
		set_why(c, "command line: the options of console= are too long to be any");
	} else if (word && word->options[0]) {
		apply_options(c, word);
	} else if (word && driver->default_baud) {
		c->bits_per_second = opt_u64_of(driver->default_baud);
		c->bits_per_character = 10;
		c->baud_source = BAUD_DEFAULT;
	} else if (word) {
		set_why(c, driver->why);
	} else {
		set_why(c,
			"not on the command line: firmware or the driver chose it and its speed");
	}
}

static void fill(struct console *c, const struct cmdline_console *word)
{
	const struct console_driver *driver = console_driver_find(text_string(c->name));

	c->on_cmdline = word;
	if (word) {
		c->boot |= word->boot;
		c->braille |= word->braille;
	}
	c->kind = driver ? driver->kind : CONSOLE_UNKNOWN;
	if (!driver)
		set_why(c, "bulkhead does not know this driver");
	else if (driver->kind == CONSOLE_UART)
		fill_speed(c, word, driver);
	if (driver && driver->kind == CONSOLE_UART && !c->bits_per_character)
		c->bits_per_character = 10;
}

static const struct cmdline_console *find_word(const struct cmdline *cmdline, const char *name)
{
	for (uint32_t i = 0; cmdline && i < cmdline->count; i++)
		if (strcmp(cmdline->console[i].name, name) == 0)
			return &cmdline->console[i];
	return NULL;
}

static bool is_listed(const struct console_list *l, const char *name)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (strcmp(l->console[i].name, name) == 0)
			return true;
	return false;
}

void consoles_merge(struct console_list *list, const struct cmdline *cmdline)
{
	for (uint32_t i = 0; i < list->count; i++)
		fill(&list->console[i], find_word(cmdline, list->console[i].name));
	list->dropped += cmdline ? cmdline->dropped : 0;
	list->no_console = cmdline && cmdline->no_console;
	for (uint32_t i = 0; cmdline && i < cmdline->count; i++) {
		const struct cmdline_console *word = &cmdline->console[i];
		struct console *c = &list->console[list->count];

		if (is_listed(list, word->name))
			continue;
		if (list->count == CONSOLES_MAX) {
			list->dropped++;
			continue;
		}
		*c = (struct console){ .registered = list->registered == KNOWN || word->driver_taken
							     ? ABSENT
							     : UNREADABLE };
		(void)!text_copy(text_string(word->name), c->name, sizeof(c->name));
		fill(c, word);
		list->count++;
	}
}

/* In the child: only calls that are safe after fork. */
static int copy_consoles(int out, void *arg)
{
	const int *proc = arg;
	char buf[CONSOLES_FILE_MAX];
	size_t len;
	int r = file_read_at(*proc, "consoles", buf, sizeof(buf), &len);

	return r < 0 ? r : fd_write_all(out, buf, len);
}

static void not_read(struct console_list *l, enum known why_known, const char *why)
{
	*l = (struct console_list){ .registered = why_known };
	(void)snprintf(l->why, sizeof(l->why), "%s", why);
}

/* -ETIMEDOUT when the kernel did not answer; anything else is in *ret. */
static int read_registered(const struct root *root, double deadline_seconds,
			   struct console_list *ret)
{
	char buf[CONSOLES_FILE_MAX], why[CONSOLE_WHY_SIZE];
	int proc = root->proc, r;
	size_t len = 0;

	if (root->live && deadline_seconds <= 0) {
		not_read(ret, UNREADABLE, "not asked: it waits for console_lock");
		return 0;
	}
	if (root->live)
		r = deadline_run(deadline_seconds, copy_consoles, &proc, proc, buf, sizeof(buf),
				 &len);
	else
		r = file_read_at(proc, "consoles", buf, sizeof(buf), &len);
	if (r == 0 && consoles_parse(buf, len, ret) == 0)
		return 0;
	if (r == 0)
		(void)snprintf(why, sizeof(why), "/proc/consoles has a line that is none");
	else if (r == -ETIMEDOUT)
		(void)snprintf(why, sizeof(why), "/proc/consoles: no answer within %g s",
			       deadline_seconds);
	else
		(void)snprintf(why, sizeof(why), "/proc/consoles: %s", strerrordesc_np(-r));
	not_read(ret, r == -ENOENT ? ABSENT : UNREADABLE, why);
	return r == -ETIMEDOUT ? r : 0;
}

static bool is_held(const struct root *root, const char *name, const struct held_ttys *held)
{
	char path[CONSOLE_NAME_SIZE + 8];
	struct stat st;

	(void)snprintf(path, sizeof(path), "dev/%s", name);
	if (strchr(name, '/') || fstatat(root->top, path, &st, 0) < 0)
		return false;
	for (uint32_t i = 0; i < held->count; i++) {
		const uint32_t nr = held->tty[i];

		/* new_decode_dev, include/linux/kdev_t.h */
		if (makedev((nr & 0xfff00) >> 8, (nr & 0xff) | ((nr >> 12) & 0xfff00)) ==
		    st.st_rdev)
			return true;
	}
	return false;
}

static bool is_worth_asking(const struct root *root, const struct console *c,
			    const struct held_ttys *held, double deadline_seconds)
{
	if (c->kind != CONSOLE_UART || c->boot)
		return false;
	if (!root->live)
		return true;
	return deadline_seconds > 0 &&
	       (c->baud_source != BAUD_CMDLINE || is_held(root, c->name, held));
}

void consoles_read(const struct root *root, const struct cmdline *cmdline,
		   const struct held_ttys *held, double deadline_seconds, struct console_list *ret)
{
	const double until = clock_boot_seconds() + deadline_seconds;
	double left = deadline_seconds;

	if (read_registered(root, deadline_seconds, ret) == -ETIMEDOUT)
		left = 0;
	consoles_merge(ret, cmdline);
	for (uint32_t i = 0; i < ret->count; i++) {
		struct console *c = &ret->console[i];
		struct serial_line line;
		int r;

		if (root->live && left > 0)
			left = until - clock_boot_seconds();
		if (!is_worth_asking(root, c, held, left))
			continue;
		r = tty_line_read(root, c->name, left, &line);
		if (r == 0)
			apply_line(c, &line);
		else if (r == -ETIMEDOUT)
			left = 0;
	}
}
