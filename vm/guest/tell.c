/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* A command's output, each byte as \u00xx, and what stands around it. */
static char line[6 * PLAN_OUTPUT + 4096];
static size_t used;
static int fast = -1;

void tell_open(void)
{
	struct termios t;

	(void)mkdir("/dev", 0755);
	(void)mount("dev", "/dev", "devtmpfs", 0, NULL);
	/* No /dev/console in the initramfs: init starts without descriptors. */
	for (int fd = 0; fd >= 0 && fd < 3;)
		fd = open("/dev/null", O_RDWR);
	fast = open("/dev/ttyS0", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fast < 0 || tcgetattr(fast, &t) < 0)
		guest_power_off();
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL;
	(void)cfsetospeed(&t, B115200);
	(void)tcsetattr(fast, TCSANOW, &t);
}

void tell_bytes(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && used < sizeof(line) - 1; i++)
		line[used++] = bytes[i];
}

void tell_printf(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line + used, sizeof(line) - used, fmt, ap);
	va_end(ap);
	if (n > 0)
		used = used + (size_t)n < sizeof(line) ? used + (size_t)n : sizeof(line) - 1;
}

void tell_string(const char *text, size_t len)
{
	tell_bytes("\"", 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		/* JSON has \u0000, but what reads it may end a string there. */
		if (!c)
			tell_bytes("\\ufffd", 6);
		else if (c < ' ' || c == '"' || c == '\\' || c >= 0x7f)
			tell_printf("\\u%04x", c);
		else
			tell_bytes(&text[i], 1);
	}
	tell_bytes("\"", 1);
}

void tell_end(void)
{
	size_t sent = 0;

	line[used++] = '\n';
	while (sent < used) {
		ssize_t n = write(fast, line + sent, used - sent);

		if (n < 0 && errno != EINTR)
			break; /* nobody is left to tell it to */
		sent += n > 0 ? (size_t)n : 0;
	}
	used = 0;
}

void tell_wait(void)
{
	if (fast >= 0)
		(void)tcdrain(fast);
}
