/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

#define TEXT_MAX ((size_t)(64 * MIB))
#define LINES_MAX ((size_t)MIB)

/* So long may the reader be late and still make up for it; a line that stood still longer was idle.
 */
#define CATCH_UP_SECONDS 0.005
/* It wakes up at most this often: at 115200 baud a sleep for each byte would cost a core. */
#define WAKE_SECONDS 0.001

struct console {
	int fd, stop; /* stop: an eventfd */
	pthread_t thread;
	bool running;
	double char_seconds;
	bool realtime;
	/* Reserved, not taken: pages come as they are written. One writer; the counts publish. */
	char *text;
	struct wire_line *line;
	_Atomic uint32_t text_len, line_count;
	_Atomic bool at_end, overflowed;
	struct wire_line open; /* the line that has not ended yet */
};

int console_send_buffer(int baud)
{
	if (baud == 0 || baud > 57600)
		return 0;
	return baud > 9600 ? 65536 : 32768;
}

static double now_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void sleep_until(double seconds)
{
	struct timespec ts = { .tv_sec = (time_t)seconds };

	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static void keep(struct console *c, const char *bytes, size_t n, double last_seconds)
{
	uint32_t len = atomic_load_explicit(&c->text_len, memory_order_relaxed);
	uint32_t lines = atomic_load_explicit(&c->line_count, memory_order_relaxed);

	if (len + n > TEXT_MAX || lines + n > LINES_MAX) {
		atomic_store(&c->overflowed, true);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		double at = last_seconds - (double)(n - 1 - i) * c->char_seconds;

		if (c->open.len == 0 && c->open.first_seconds == 0)
			c->open = (struct wire_line){ .text = len, .first_seconds = at };
		c->text[len++] = bytes[i];
		if (bytes[i] == '\n') {
			c->open.last_seconds = at;
			c->line[lines++] = c->open;
			c->open = (struct wire_line){ 0 };
		} else {
			c->open.len++;
		}
	}
	atomic_store_explicit(&c->text_len, len, memory_order_release);
	atomic_store_explicit(&c->line_count, lines, memory_order_release);
}

/* Until a byte is there; false when told to stop. */
static bool wait_for_byte(struct console *c)
{
	struct pollfd p[] = { { .fd = c->fd, .events = POLLIN },
			      { .fd = c->stop, .events = POLLIN } };

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	return p[1].revents == 0;
}

/*
 * One character after the other, on deadlines that do not move when a wake-up is late: else the
 * line would be slower than its speed by the lateness of each.
 */
static void *read_throttled(void *arg)
{
	struct console *c = arg;
	size_t batch = (size_t)fmax(1, WAKE_SECONDS / c->char_seconds);
	double due = 0;
	bool idle = true;
	char buf[256];

	batch = MIN(batch, sizeof(buf));
	while (wait_for_byte(c)) {
		/* After a pause the line needs a whole character before the first one is there. */
		size_t want = idle ? 1 : batch;
		double now = now_seconds();
		ssize_t n;

		if (idle || due < now - CATCH_UP_SECONDS)
			due = idle ? now : now - CATCH_UP_SECONDS;
		due += (double)want * c->char_seconds;
		sleep_until(due);
		n = recv(c->fd, buf, want, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			break;
		idle = n < (ssize_t)want;
		if (n > 0)
			keep(c, buf, (size_t)n, now_seconds());
	}
	atomic_store(&c->at_end, true);
	return NULL;
}

static void *read_at_once(void *arg)
{
	struct console *c = arg;
	char buf[4096];

	while (wait_for_byte(c)) {
		ssize_t n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			break;
		if (n > 0)
			keep(c, buf, (size_t)n, now_seconds());
	}
	atomic_store(&c->at_end, true);
	return NULL;
}

static void *reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int start_thread(struct console *c)
{
	const struct sched_param fifo = { .sched_priority = 10 };
	int err = pthread_create(&c->thread, NULL,
				 c->char_seconds > 0 ? read_throttled : read_at_once, c);

	if (err != 0)
		return -err;
	c->running = true;
	c->realtime = pthread_setschedparam(c->thread, SCHED_FIFO, &fifo) == 0;
	return 0;
}

int console_start(int fd, int baud, struct console **ret, struct fault *f)
{
	struct console *c = calloc(1, sizeof(*c));
	int err = -ENOMEM;

	if (!c) {
		(void)close(fd);
		return fault_errno(f, err, "cannot read the console");
	}
	c->fd = fd;
	c->char_seconds = baud ? 10.0 / baud : 0;
	c->stop = eventfd(0, EFD_CLOEXEC);
	c->text = reserve(TEXT_MAX);
	c->line = reserve(LINES_MAX * sizeof(*c->line));
	if (c->stop >= 0 && c->text && c->line)
		err = start_thread(c);
	if (err < 0) {
		console_stop(c);
		return fault_errno(f, err, "cannot read the console");
	}
	*ret = c;
	return 0;
}

void console_stop(struct console *c)
{
	const uint64_t one = 1;

	if (!c)
		return;
	if (c->running) {
		(void)!write(c->stop, &one, sizeof(one));
		(void)pthread_join(c->thread, NULL);
	}
	closep(&c->fd);
	closep(&c->stop);
	if (c->text)
		(void)munmap(c->text, TEXT_MAX);
	if (c->line)
		(void)munmap(c->line, LINES_MAX * sizeof(*c->line));
	free(c);
}

double console_char_seconds(const struct console *c)
{
	return c->char_seconds;
}

bool console_is_realtime(const struct console *c)
{
	return c->realtime;
}

bool console_at_end(const struct console *c)
{
	return atomic_load(&c->at_end);
}

bool console_overflowed(const struct console *c)
{
	return atomic_load(&c->overflowed);
}

struct wire console_wire(const struct console *c)
{
	return (struct wire){ .line = c->line,
			      .count = atomic_load(&c->line_count),
			      .text = c->text };
}

uint32_t console_text_bytes(const struct console *c)
{
	return atomic_load(&c->text_len);
}
