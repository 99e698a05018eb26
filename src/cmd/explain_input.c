/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where explain reads from: files, standard input, /dev/kmsg, the journal. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/explain.h"

/* drivers/char/mem.c: the minor of /dev/kmsg */
#define KMSG_MAJOR 1
#define KMSG_MINOR 11
/* CONSOLE_EXT_LOG_MAX (kernel/printk/printk.c) was 8192 up to 6.3, then PRINTK_MESSAGE_MAX 2048. */
#define KMSG_RECORD_MAX 8192

static int unreadable(const char *path, int err, struct fault *f)
{
	char room[1100];

	return fault_errno(f, err, "cannot read '%s'", ESCAPED(room, text_string(path)));
}

static void set_name(struct explain_input *in, const char *name)
{
	struct strbuf s = STRBUF(in->name);
	const size_t n = strlen(name);

	/* The end of a long path says most. */
	strbuf_puts(&s, n < sizeof(in->name) ? name : name + n - sizeof(in->name) + 1);
}

static int open_path(const char *path, struct explain_input *ret, struct fault *f)
{
	struct explain_input in = EXPLAIN_INPUT_CLOSED;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	char room[1100];

	if (fd < 0 || fstat(fd, &st) < 0)
		return unreadable(path, -errno, f);
	if (S_ISDIR(st.st_mode))
		return fault_set(f, -EISDIR, "'%s' is a directory: name the log files in it",
				 ESCAPED(room, text_string(path)));
	in.kmsg = S_ISCHR(st.st_mode) && major(st.st_rdev) == KMSG_MAJOR &&
		  minor(st.st_rdev) == KMSG_MINOR;
	/* A kmsg that nobody may read opens, and refuses to be read. */
	if (in.kmsg && fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return unreadable(path, -errno, f);
	in.fd = TAKE_FD(fd);
	set_name(&in, path);
	*ret = in;
	return 0;
}

static int open_stdin(struct explain_input *ret, struct fault *f)
{
	struct explain_input in = EXPLAIN_INPUT_CLOSED;
	struct stat st;

	in.fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (in.fd < 0)
		return fault_errno(f, -errno, "cannot read standard input");
	if (fstat(in.fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		closep(&in.fd);
		return fault_set(f, -EISDIR, "standard input is a directory");
	}
	set_name(&in, "standard input");
	*ret = in;
	return 0;
}

int explain_open_file(const char *path, struct explain_input *ret, struct fault *f)
{
	return strcmp(path, "-") == 0 ? open_stdin(ret, f) : open_path(path, ret, f);
}

int explain_open_journal(const char *root, struct explain_input *ret, struct fault *f)
{
	static const char *const live[] = { "journalctl", "-k",		"-b", "-a",
					    "-q",	  "--no-pager", "-o", "short-monotonic",
					    NULL };
	char directory[4096];
	const char *const captured[] = { "journalctl", "-k",	    "-a", "-q",	     "--no-pager",
					 "-o",	       "short-iso", "-D", directory, NULL };
	struct explain_input in = EXPLAIN_INPUT_CLOSED;
	posix_spawn_file_actions_t actions;
	int ends[2], r;

	(void)snprintf(directory, sizeof(directory), "%s/var/log/journal", root ? root : "");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault_errno(f, -errno, "cannot make a pipe for journalctl");
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(&in.child, "journalctl", &actions, NULL,
			 (char *const *)(uintptr_t)(root ? captured : live), environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[1]);
	if (r) {
		(void)close(ends[0]);
		return fault_errno(f, -r, "cannot start journalctl");
	}
	in.fd = ends[0];
	set_name(&in, "the journal");
	*ret = in;
	return 0;
}

/* "6,1234,5678,-;text": the records between the expected number and this one are gone. */
static void count_lost(struct explain_input *in, struct text record)
{
	struct text field = TEXT("");
	uint64_t number;

	for (int i = 0; i < 2; i++)
		(void)text_next_field(&record, ',', &field);
	if (text_u64(field, &number) < 0)
		return;
	if (opt_is_known(in->next) && number > in->next.value)
		in->lost += number - in->next.value;
	in->next = opt_u64_of(number + 1);
}

/* Records until there are no more or `buf` may not hold another. */
static int read_records(struct explain_input *in, char *buf, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (size - len >= KMSG_RECORD_MAX) {
		const ssize_t n = read(in->fd, buf + len, size - len);

		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n < 0 && errno != EAGAIN && !len)
			return -errno;
		if (n <= 0)
			break;
		count_lost(in, text_of(buf + len, (size_t)n));
		len += (size_t)n;
	}
	*ret_len = len;
	return len ? 0 : -EAGAIN;
}

static int wait_for(const struct explain_input *in, int timeout_ms, const sigset_t *mask)
{
	struct pollfd p[] = { { .fd = in->fd, .events = POLLIN },
			      { .fd = in->watch_stdout ? STDOUT_FILENO : -1 } };
	const struct timespec wait = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };
	const int r = ppoll(p, ARRAY_SIZE(p), timeout_ms < 0 ? NULL : &wait, mask);

	if (r < 0)
		return -errno;
	return p[1].revents ? -EPIPE : r == 0 ? -EAGAIN : 0;
}

int explain_read(struct explain_input *in, char *buf, size_t size, int timeout_ms,
		 const sigset_t *mask, size_t *ret_len)
{
	ssize_t n;
	int r;

	if (in->kmsg) {
		r = read_records(in, buf, size, ret_len);
		if (r != -EAGAIN || timeout_ms == 0)
			return r;
		r = wait_for(in, timeout_ms, mask);
		return r < 0 ? r : read_records(in, buf, size, ret_len);
	}
	if (timeout_ms >= 0) {
		r = wait_for(in, timeout_ms, mask);
		if (r < 0)
			return r;
	}
	do
		n = read(in->fd, buf, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_len = (size_t)n;
	return 0;
}

/* It has ended, or will at its next write; one that hangs is ended. */
int explain_close(struct explain_input *in)
{
	const struct timespec step = { 0, 10000000L };
	int status = 0;
	pid_t gone = 0;

	closep(&in->fd);
	if (!in->child)
		return 0;
	for (int i = 0; i < 200 && gone == 0; i++) {
		gone = waitpid(in->child, &status, WNOHANG);
		if (gone == 0)
			(void)nanosleep(&step, NULL);
	}
	if (gone == 0) {
		(void)kill(in->child, SIGKILL);
		(void)waitpid(in->child, &status, 0);
		status = 0;
	}
	in->child = 0;
	/* SIGPIPE: it had more to say than anybody wanted to read. */
	return status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE) ? 0 : -EIO;
}

int explain_packed(const char *name, struct text begin, struct fault *f)
{
	static const struct {
		const char *magic;
		size_t n;
		const char *what, *command;
	} rows[] = {
		{ "\x1f\x8b", 2, "compressed (gzip)", "zcat" },
		{ "\xfd"
		  "7zXZ",
		  5, "compressed (xz)", "xzcat" },
		{ "\x28\xb5\x2f\xfd", 4, "compressed (zstd)", "zstdcat" },
		{ "BZh", 3, "compressed (bzip2)", "bzcat" },
		{ "\x04\x22\x4d\x18", 4, "compressed (lz4)", "lz4cat" },
		{ "LPKSHHRH", 8, "a file of the journal", "journalctl -k --file" },
	};
	char room[1100];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (begin.n >= rows[i].n && memcmp(begin.p, rows[i].magic, rows[i].n) == 0)
			return fault_set(f, -EPROTO, "'%s' is %s: %s FILE | bulkhead explain -",
					 ESCAPED(room, text_string(name)), rows[i].what,
					 rows[i].command);
	return 0;
}
