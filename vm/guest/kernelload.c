/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fills the kernel's own memory: the process that makes it do so stays small, and the OOM
 * killer looks for a large one.
 */
#include "guest.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAGE 4096
#define PIPE_PAGES 16 /* PIPE_DEF_BUFFERS */
#define PIPES_MAX 65536
#define HIGH_ORDER_PIPE_BYTES (512 * PAGE) /* its pipe_buffer array is an order-3 block */

static void allow_files(void)
{
	const struct rlimit all = { .rlim_cur = 2 * PIPES_MAX, .rlim_max = 2 * PIPES_MAX };

	if (setrlimit(RLIMIT_NOFILE, &all) < 0)
		load_give_up("setrlimit");
}

/*
 * [LIMIT_BYTES]: messages of one byte to a socket that nobody reads. Each is an sk_buff and its
 * data, some 768 bytes of slab that only the reader can give back.
 */
void load_socket_filler(const long long *number)
{
	int ends[2], room = 1 << 30;
	long long held = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ||
	    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		load_give_up("socketpair");
	while (number[0] == 0 || held < number[0]) {
		if (send(ends[0], "x", 1, MSG_NOSIGNAL) != 1)
			guest_sleep(0.02);
		held += 768;
	}
	for (;;)
		pause();
}

static void make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		load_give_up("pipe2");
}

/* [LIMIT_BYTES]: pipes full to the brim. Their pages are in no counter of Mem-Info. */
void load_pipe_filler(const long long *number)
{
	static const char full[PIPE_PAGES * PAGE];
	long long held = 0;
	int ends[2];

	allow_files();
	for (int i = 0; i < PIPES_MAX && (number[0] == 0 || held < number[0]); i++) {
		make_pipe(ends);
		while (write(ends[1], full, sizeof(full)) < 0)
			guest_sleep(0.02);
		held += (long long)sizeof(full);
	}
	for (;;)
		pause();
}

static void fill_alternately(const int *a, const int *b)
{
	static const char page[PAGE];

	for (int i = 0; i < PIPE_PAGES; i++) {
		(void)!write(a[1], page, sizeof(page));
		(void)!write(b[1], page, sizeof(page));
	}
}

/*
 * FILL_BYTES: takes so much in single pages and gives every other one back, which leaves half of it
 * free and no two free pages beside each other; then asks for blocks of eight pages.
 */
void load_fragmenter(const long long *number)
{
	static int give_back[PIPES_MAX][2];
	int ends[2], pairs = (int)(number[0] / (2LL * PIPE_PAGES * PAGE));

	allow_files();
	for (int i = 0; i < pairs && i < PIPES_MAX / 4; i++) {
		make_pipe(give_back[i]);
		make_pipe(ends);
		fill_alternately(give_back[i], ends);
	}
	for (int i = 0; i < pairs && i < PIPES_MAX / 4; i++) {
		(void)close(give_back[i][0]);
		(void)close(give_back[i][1]);
	}
	for (;;) {
		make_pipe(ends);
		while (fcntl(ends[1], F_SETPIPE_SZ, HIGH_ORDER_PIPE_BYTES) < 0)
			guest_sleep(0.02);
	}
}
