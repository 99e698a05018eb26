/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/datagram.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fd.h"

int datagram_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	_cleanup_close_ int fd = -1;

	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return -EINVAL;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int notify_connect(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	return path ? datagram_connect(path) : -ENOENT;
}

int datagram_send(int fd, const char *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

void journal_field(struct strbuf *s, const char *name, const char *value, size_t len)
{
	uint64_t le_len = htole64(len);

	strbuf_puts(s, name);
	if (memchr(value, '\n', len)) {
		strbuf_putc(s, '\n');
		strbuf_add(s, (const char *)&le_len, sizeof(le_len));
	} else {
		strbuf_putc(s, '=');
	}
	strbuf_add(s, value, len);
	strbuf_putc(s, '\n');
}
