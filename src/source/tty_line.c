/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/tty_line.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/strbuf.h"

int stty_parse(const char *buf, size_t len, struct serial_line *ret)
{
	struct text in = text_of(buf, len), line, word;
	struct serial_line l = { 0 };
	uint64_t data = 0;
	bool parity = false, two_stops = false;

	if (!text_skip_prefix(&in, "speed ") || !text_next_field(&in, ' ', &word) ||
	    text_u64(word, &l.bits_per_second) < 0 || !text_skip_prefix(&in, "baud") ||
	    l.bits_per_second < BAUD_MIN || l.bits_per_second > BAUD_MAX)
		return -EPROTO;
	while (text_next_line(&in, &line))
		while (text_next_word(&line, &word)) {
			if (text_is(word, "parenb"))
				parity = true;
			else if (text_is(word, "cstopb"))
				two_stops = true;
			else if (text_is(word, "crtscts"))
				l.flow_control = true;
			else if (word.n == 3 && text_skip_prefix(&word, "cs"))
				if (text_u64(word, &data) < 0 || data < 5 || data > 8)
					return -EPROTO;
		}
	if (!data)
		return -EPROTO;
	l.bits_per_character = 2 + (uint32_t)data + parity + two_stops;
	*ret = l;
	return 0;
}

struct ask {
	int top;
	const char *path;
};

/* In the child: only calls that are safe after fork. */
static int ask_termios(int out, void *arg)
{
	const struct ask *a = arg;
	struct termios2 t;
	int fd = openat(a->top, a->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, TCGETS2, &t) < 0)
		return -errno;
	return fd_write_all(out, (const char *)&t, sizeof(t));
}

static int line_of_termios(const struct termios2 *t, struct serial_line *ret)
{
	static const uint32_t data[] = { [CS5] = 5, [CS6] = 6, [CS7] = 7, [CS8] = 8 };

	if (t->c_ospeed < BAUD_MIN || t->c_ospeed > BAUD_MAX)
		return -EPROTO;
	*ret = (struct serial_line){
		.bits_per_second = t->c_ospeed,
		.bits_per_character = 2 + data[t->c_cflag & CSIZE] + !!(t->c_cflag & PARENB) +
				      !!(t->c_cflag & CSTOPB),
		.flow_control = t->c_cflag & CRTSCTS,
	};
	return 0;
}

static int read_live(const struct root *root, const char *path, double deadline_seconds,
		     struct serial_line *ret)
{
	struct ask ask = { root->top, path };
	struct termios2 t;
	char buf[sizeof(t) + 1];
	size_t len;
	int r = deadline_run(deadline_seconds, ask_termios, &ask, root->top, buf, sizeof(buf),
			     &len);

	if (r < 0)
		return r;
	if (len != sizeof(t))
		return -EPROTO;
	memcpy(&t, buf, sizeof(t));
	return line_of_termios(&t, ret);
}

int tty_line_read(const struct root *root, const char *name, double deadline_seconds,
		  struct serial_line *ret)
{
	char path[64], buf[4096];
	struct strbuf s = STRBUF(path);
	size_t len;
	int r;

	strbuf_puts(&s, "dev/");
	strbuf_puts(&s, name);
	strbuf_puts(&s, root->live ? "" : ".stty");
	if (s.full || strchr(name, '/') || root->top < 0)
		return -ENOENT;
	if (root->live)
		return read_live(root, path, deadline_seconds, ret);
	r = file_read_at(root->top, path, buf, sizeof(buf), &len);
	return r < 0 ? r : stty_parse(buf, len, ret);
}
