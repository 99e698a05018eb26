/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/proc_stat.h"

#include <errno.h>

#include "base/fd.h"
#include "base/text.h"

/* Field numbers of proc(5); the array below starts at field 4. */
enum {
	FIELD_PPID = 4,
	FIELD_SESSION = 6,
	FIELD_TTY = 7,
	FIELD_FLAGS = 9,
	FIELD_UTIME = 14,
	FIELD_STIME = 15,
	FIELD_STARTTIME = 22,
};

static int field_pid(struct text t, int32_t *ret)
{
	int64_t v;

	/* A parent or session outside our pid namespace shows as 0; a kernel thread has session 0
	 * and tools that fake /proc use -1. */
	if (text_i64(t, &v) < 0 || v < -1 || v > INT32_MAX)
		return -EPROTO;
	*ret = (int32_t)v;
	return 0;
}

static int field_u32(struct text t, uint32_t *ret)
{
	uint64_t v;

	if (text_u64(t, &v) < 0 || v > UINT32_MAX)
		return -EPROTO;
	*ret = (uint32_t)v;
	return 0;
}

static int take_comm(struct text *rest, char comm[PROCESS_COMM_SIZE])
{
	const char *end = memrchr(rest->p, ')', rest->n);
	size_t len;

	if (!text_skip_prefix(rest, "(") || !end || end < rest->p)
		return -EPROTO;
	len = (size_t)(end - rest->p);
	if (memchr(rest->p, '\0', len))
		return -EPROTO;
	memset(comm, 0, PROCESS_COMM_SIZE);
	memcpy(comm, rest->p, MIN(len, (size_t)PROCESS_COMM_SIZE - 1));
	*rest = text_of(end + 1, rest->n - len - 1);
	return 0;
}

/* The controlling terminal, printed as a signed number; 0: none. */
static int field_tty(struct text t, uint32_t *ret)
{
	int64_t v;

	if (text_i64(t, &v) < 0 || v < INT32_MIN || v > UINT32_MAX)
		return -EPROTO;
	*ret = (uint32_t)v;
	return 0;
}

static int take_numbers(struct text rest, struct proc_stat *s)
{
	struct text field[FIELD_STARTTIME + 1];

	for (int i = FIELD_PPID; i <= FIELD_STARTTIME; i++)
		if (!text_next_word(&rest, &field[i]))
			return -EPROTO;
	/* starttime is never the last field: a file cut short must not pass for another life. */
	if (!rest.n || field_pid(field[FIELD_PPID], &s->ppid) < 0 ||
	    field_pid(field[FIELD_SESSION], &s->session) < 0 ||
	    field_tty(field[FIELD_TTY], &s->tty_nr) < 0 ||
	    field_u32(field[FIELD_FLAGS], &s->flags) < 0)
		return -EPROTO;
	if (text_u64(field[FIELD_UTIME], &s->utime) < 0 ||
	    text_u64(field[FIELD_STIME], &s->stime) < 0 ||
	    text_u64(field[FIELD_STARTTIME], &s->starttime_ticks) < 0)
		return -EPROTO;
	return 0;
}

int proc_stat_parse(const char *buf, size_t len, struct proc_stat *ret)
{
	struct text rest = text_of(buf, len), pid, state;
	struct proc_stat s = { 0 };
	int r;

	if (!text_next_field(&rest, ' ', &pid) || field_pid(pid, &s.pid) < 0 || s.pid <= 0)
		return -EPROTO;
	r = take_comm(&rest, s.comm);
	if (r < 0)
		return r;
	if (!text_next_word(&rest, &state) || state.n != 1)
		return -EPROTO;
	s.state = state.p[0];
	r = take_numbers(rest, &s);
	if (r < 0)
		return r;
	*ret = s;
	return 0;
}

int proc_stat_read(int dirfd, char *buf, size_t size, struct proc_stat *ret)
{
	size_t len;
	int r = file_read_once_at(dirfd, "stat", buf, size, &len);

	return r < 0 ? r : proc_stat_parse(buf, len, ret);
}
