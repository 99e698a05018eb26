/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/task_census.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/text.h"
#include "source/number_file.h"
#include "source/proc_stat.h"
#include "source/proc_statm.h"
#include "source/proc_status.h"
#include "source/process_reader.h"

#define OOM_SCORE_ADJ_MIN (-1000)
/* PROC_PID_INIT_INO, include/linux/proc_ns.h: fixed, and so the way to tell the first namespace. */
#define FIRST_PID_NAMESPACE "pid:[4026531836]"

struct pass {
	struct task_survey *survey;
	uint64_t comm_bytes; /* sum */
	uint64_t largest_unkillable;
	uint64_t tasks;
	bool seen_init, seen_kthread;
	bool init_counted;	    /* as a row of the table */
	_Alignas(8) char buf[8192]; /* getdents64 writes structures into it */
};

static const char *const log_names[LOG_DAEMON_COUNT] = {
	[LOG_DAEMON_JOURNALD] = "systemd-journal", /* -d: the 16th byte */
	[LOG_DAEMON_RSYSLOG] = "rsyslogd",
	[LOG_DAEMON_SYSLOG_NG] = "syslog-ng",
	[LOG_DAEMON_KLOGD] = "klogd",
};

static const char *const oom_names[] = {
	"earlyoom", "systemd-oomd", "oomd", "nohang", "low-memory-moni", "bulkhead",
};

/* `bulkhead guard`, and not this very command. */
static bool is_guard(int dirfd, int32_t pid)
{
	_cleanup_close_ int fd = openat(dirfd, "cmdline", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char buf[256];
	struct text in, word = TEXT("");
	/* Of a long one the beginning is enough. */
	ssize_t n = pid == getpid() || fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (n <= 0)
		return false;
	in = text_of(buf, (size_t)n);
	(void)text_next_field(&in, '\0', &word);
	return text_next_field(&in, '\0', &word) && text_is(word, "guard");
}

/* NSpid has a number for each pid namespace, from ours inwards: two are a container's. */
static bool in_inner_namespace(struct pass *p, int dirfd)
{
	struct text in, line, pid;
	size_t len;

	if (file_read_at(dirfd, "status", p->buf, sizeof(p->buf), &len) < 0)
		return false;
	in = text_of(p->buf, len);
	while (text_next_line(&in, &line))
		if (text_skip_prefix(&line, "NSpid:"))
			return text_next_word(&line, &pid) && text_trim(line).n;
	return false;
}

static bool has_suffix(struct text t, const char *suffix)
{
	const size_t n = strlen(suffix);

	return t.n >= n && memcmp(t.p + t.n - n, suffix, n) == 0;
}

/*
 * systemd-journal-remote, -upload and -gatewayd have the same 15 bytes of name, and each journal
 * namespace has a journald of its own: their services are others.
 */
static bool is_other_service(struct pass *p, int dirfd)
{
	bool other = false;
	struct text in, line;
	size_t len;

	if (file_read_at(dirfd, "cgroup", p->buf, sizeof(p->buf), &len) < 0)
		return false;
	in = text_of(p->buf, len);
	while (text_next_line(&in, &line)) {
		if (has_suffix(line, "/systemd-journald.service"))
			return false;
		other |= has_suffix(line, ".service");
	}
	return other;
}

static bool is_log_daemon(struct pass *p, int dirfd, enum log_daemon_kind kind)
{
	return !in_inner_namespace(p, dirfd) &&
	       !(kind == LOG_DAEMON_JOURNALD && is_other_service(p, dirfd));
}

static void note_daemon(struct pass *p, int dirfd, const struct proc_stat *st)
{
	struct task_survey *s = p->survey;

	for (size_t i = 0; i < ARRAY_SIZE(log_names); i++)
		if (strcmp(st->comm, log_names[i]) == 0 &&
		    is_log_daemon(p, dirfd, (enum log_daemon_kind)i)) {
			s->log_daemon[i].running = KNOWN;
			s->log_daemon[i].pid = st->pid;
		}
	for (size_t i = 0; i < ARRAY_SIZE(oom_names); i++) {
		struct oom_daemon *d = &s->oom_daemon[s->oom_daemon_count];

		if (s->oom_daemon_count == OOM_DAEMONS_MAX || strcmp(st->comm, oom_names[i]) != 0)
			continue;
		if (strcmp(st->comm, "bulkhead") == 0 && !is_guard(dirfd, st->pid))
			continue;
		memcpy(d->comm, st->comm, sizeof(d->comm));
		d->pid = st->pid;
		s->oom_daemon_count++;
	}
}

static void note_tty(struct task_survey *s, uint32_t tty)
{
	for (uint32_t i = 0; i < s->held_ttys; i++)
		if (s->held_tty[i] == tty)
			return;
	if (tty && s->held_ttys < HELD_TTYS_MAX)
		s->held_tty[s->held_ttys++] = tty;
}

static void note_kthread(struct task_survey *s, const struct proc_stat *st)
{
	struct text name = text_string(st->comm);

	if (!text_skip_prefix(&name, "pr/"))
		return;
	if (text_is(name, "legacy"))
		s->legacy_thread = true;
	else if (s->printk_threads < PRINTK_THREADS_MAX &&
		 text_copy(name, s->printk_thread[s->printk_threads], PROCESS_COMM_SIZE) == 0)
		s->printk_threads++;
}

/* Has it memory of its own? statm is all zeros without. Kernels and trees without one: status. */
static int has_memory(struct pass *p, int dirfd, const struct proc_stat *st, bool *ret)
{
	struct proc_statm m;
	struct proc_status status;
	char path[48] = "status";
	int32_t tid;
	int r = proc_statm_read(dirfd, &m);

	/* A leader that called pthread_exit: the kernel asks its other threads, and so do we. */
	if (st->state == 'Z') {
		r = process_other_thread(dirfd, st->pid, p->buf, sizeof(p->buf), &tid);
		if (r < 0)
			return 0;
		(void)snprintf(path, sizeof(path), "task/%d/status", tid);
	} else if (r == 0) {
		*ret = m.size_pages;
		return 0;
	}
	r = proc_status_read(dirfd, path, p->buf, sizeof(p->buf), &status);
	if (r == 0)
		*ret = opt_is_known(status.vm_size_bytes);
	return r;
}

static void note_unkillable(struct pass *p, int dirfd, const struct proc_stat *st)
{
	struct task_census *t = &p->survey->tasks;
	struct proc_status status;
	int16_t adj;
	size_t len;
	uint64_t bytes = 0;

	if (file_read_at(dirfd, "oom_score_adj", p->buf, sizeof(p->buf), &len) < 0 ||
	    oom_score_adj_parse(p->buf, len, &adj) < 0 || adj != OOM_SCORE_ADJ_MIN)
		return;
	t->unkillable++;
	if (proc_status_read(dirfd, "status", p->buf, sizeof(p->buf), &status) == 0)
		bytes = status.rss_bytes.value + status.swap_bytes.value;
	t->unkillable_bytes += bytes;
	if (bytes > p->largest_unkillable || !t->unkillable_largest[0]) {
		p->largest_unkillable = bytes;
		memcpy(t->unkillable_largest, st->comm, sizeof(t->unkillable_largest));
	}
}

static int read_process(struct pass *p, int dirfd)
{
	struct proc_stat st;
	bool memory = false;
	int r = proc_stat_read(dirfd, p->buf, sizeof(p->buf), &st);

	if (r < 0)
		return r;
	if (st.pid == 1) {
		p->seen_init = true;
		memcpy(p->survey->init, st.comm, sizeof(p->survey->init));
	}
	if (st.flags & PROC_STAT_KTHREAD) {
		p->seen_kthread = true;
		note_kthread(p->survey, &st);
		return 0;
	}
	r = has_memory(p, dirfd, &st, &memory);
	if (r < 0)
		return r;
	note_daemon(p, dirfd, &st);
	note_tty(p->survey, st.tty_nr);
	if (!memory)
		return 0;
	p->tasks++;
	p->comm_bytes += strlen(st.comm);
	p->init_counted |= st.pid == 1;
	note_unkillable(p, dirfd, &st);
	return 0;
}

static void take_entry(struct pass *p, int proc, const char *name)
{
	uint64_t pid;

	if (text_u64(text_string(name), &pid) < 0 || !pid || pid > INT32_MAX)
		return;

	_cleanup_close_ int dirfd = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dirfd < 0 || read_process(p, dirfd) < 0)
		p->survey->tasks.unreadable++;
}

static bool in_first_pid_namespace(const struct root *root)
{
	char buf[64];
	ssize_t n = readlinkat(root->proc, "self/ns/pid", buf, sizeof(buf));

	return n > 0 && text_is(text_of(buf, (size_t)n), FIRST_PID_NAMESPACE);
}

/*
 * dump_tasks has no row for the global init (oom_unkillable_task, mm/oom_kill.c); the process 1 of
 * another pid namespace has one. A captured tree tells the two apart by the kernel's threads, which
 * only the first namespace has.
 */
static void leave_out_init(const struct root *root, struct pass *p)
{
	const bool other = root->live ? !in_first_pid_namespace(root)
				      : p->survey->tasks.complete && !p->seen_kthread;

	if (!p->init_counted || other)
		return;
	p->tasks--;
	p->comm_bytes -= strlen(p->survey->init);
}

static bool is_complete(const struct root *root, const struct pass *p)
{
	char buf[256];
	size_t len;

	if (root->live)
		return p->seen_init && in_first_pid_namespace(root);
	return root->top >= 0 && file_read_at(root->top, "captured", buf, sizeof(buf), &len) == 0 &&
	       text_is(text_trim(text_of(buf, len ? len - 1 : 0)), "processes all");
}

int task_survey_read(const struct root *root, struct task_survey *ret, struct fault *f)
{
	struct pass p = { .survey = ret };
	_cleanup_closedir_ DIR *dir = NULL;
	int r = dir_open_at(root->proc, ".", &dir);

	*ret = (struct task_survey){ 0 };
	if (r < 0)
		return fault_errno(f, r, "cannot list /proc");
	for (const struct dirent *e; (e = readdir(dir));)
		take_entry(&p, root->proc, e->d_name);
	ret->tasks.complete = is_complete(root, &p);
	leave_out_init(root, &p);
	ret->tasks.tasks = p.tasks ? opt_u64_of(p.tasks) : opt_u64_none(UNREADABLE);
	ret->tasks.comm_bytes = p.tasks ? (double)p.comm_bytes / (double)p.tasks : 0;
	return 0;
}
