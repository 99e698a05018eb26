/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/helper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/fd.h"

int helper_start(const struct helper_config *config, struct helper *ret, struct fault *f)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fault_errno(f, -errno, "cannot make the helper's channel");
	pid = fork();
	if (pid < 0) {
		int r = -errno;

		closep(&pair[0]);
		closep(&pair[1]);
		return fault_errno(f, r, "cannot fork the helper");
	}
	if (pid == 0) {
		closep(&pair[0]);
		(void)prctl(PR_SET_NAME, "bulkhead-helper");
		helper_serve(pair[1], config);
		_exit(0);
	}
	closep(&pair[1]);
	*ret = (struct helper){ .fd = pair[0], .pid = pid };
	return 0;
}

int helper_send(const struct helper *h, const struct helper_request *request, const char *payload,
		int process_fd)
{
	struct iovec parts[2] = {
		{ .iov_base = (void *)(uintptr_t)request, .iov_len = sizeof(*request) },
		{ .iov_base = (void *)(uintptr_t)payload, .iov_len = request->payload_len },
	};
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = payload ? 2 : 1 };

	if (h->fd < 0)
		return -EPIPE;
	if (process_fd >= 0) {
		struct cmsghdr *c;

		message.msg_control = control.buf;
		message.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &process_fd, sizeof(int));
	}
	return sendmsg(h->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int helper_take(const struct helper *h, struct helper_reply *ret)
{
	ssize_t n;

	if (h->fd < 0)
		return -EPIPE;
	n = recv(h->fd, ret, sizeof(*ret), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n == (ssize_t)sizeof(*ret) ? 1 : -EPIPE;
}

void helper_stop(struct helper *h)
{
	closep(&h->fd);
}
