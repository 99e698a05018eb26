/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper's side: evidence files and commands. Runs in its own process; may block and allocate.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include "act/helper.h"
#include "act/knob.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"

#define EVIDENCE_FILE_MAX (256 * 1024)
#define EVIDENCE_FREE_MIN (16 * MIB) /* never the file that fills a disk */
#define COMMAND_SECONDS 30

static char copy_buffer[EVIDENCE_FILE_MAX];

struct evidence_file {
	const char *name; /* below the source directory */
	const char *save_as;
};

/*
 * In this order: what is read without a lock of the target first; what takes its mmap_lock
 * (smaps_rollup walks its page tables, about 0.1 s per GiB of 4 KiB pages; cmdline) last, so that a
 * hang there costs nothing that was to be had.
 */
static const struct evidence_file process_files[] = {
	{ "status", "status" },
	{ "stat", "stat" },
	{ "statm", "statm" },
	{ "cgroup", "cgroup" },
	{ "limits", "limits" },
	{ "oom_score", "oom_score" },
	{ "io", "io" },
	{ "oom_score_adj", "oom_score_adj" },
	{ "wchan", "wchan" },
	{ "cmdline", "cmdline" },
	{ "smaps_rollup", "smaps_rollup" },
};
static const struct evidence_file host_files[] = {
	{ "meminfo", "host-meminfo" },
	{ "vmstat", "host-vmstat" },
	{ "zoneinfo", "host-zoneinfo" },
	{ "pressure/memory", "host-pressure-memory" },
};
static const struct evidence_file cgroup_files[] = {
	{ "memory.stat", "cgroup-memory.stat" },
	{ "memory.current", "cgroup-memory.current" },
	{ "memory.max", "cgroup-memory.max" },
	{ "memory.high", "cgroup-memory.high" },
	{ "memory.swap.current", "cgroup-memory.swap.current" },
	{ "memory.swap.max", "cgroup-memory.swap.max" },
	{ "memory.pressure", "cgroup-memory.pressure" },
	{ "memory.events", "cgroup-memory.events" },
	{ "memory.usage_in_bytes", "cgroup-memory.usage_in_bytes" },
	{ "memory.limit_in_bytes", "cgroup-memory.limit_in_bytes" },
};

static int save_bytes(int dir, const char *name, const char *bytes, size_t len)
{
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd_write_all(fd, bytes, len);
}

static void save_files(int from, int to, const struct evidence_file *files, size_t count,
		       struct helper_reply *reply)
{
	for (size_t i = 0; i < count; i++) {
		size_t len;

		if (file_read_at(from, files[i].name, copy_buffer, sizeof(copy_buffer), &len) < 0 ||
		    save_bytes(to, files[i].save_as, copy_buffer, len) < 0)
			reply->missing++;
		else
			reply->saved++;
	}
}

/* "20261123T081502Z-1234-comm": what evidence_name() in cmd makes. */
static int is_evidence_name(const struct dirent *e)
{
	return strlen(e->d_name) > 17 && e->d_name[8] == 'T' && e->d_name[15] == 'Z' &&
	       e->d_name[16] == '-';
}

/* Only plain files that lie directly inside: nothing else was ever put there by us. */
static void remove_entry(int base, const char *name)
{
	int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		closep(&fd);
		return;
	}
	while ((e = readdir(dir)))
		(void)unlinkat(dirfd(dir), e->d_name, 0);
	(void)closedir(dir);
	(void)unlinkat(base, name, AT_REMOVEDIR);
}

/* Names begin with the time: in alphabetic order the oldest come first. */
static void keep_newest(int base, const char *path, uint64_t keep)
{
	struct dirent **names;
	int count = scandir(path, &names, is_evidence_name, alphasort);

	for (int i = 0; i < count; i++) {
		if ((uint64_t)(count - i) > keep)
			remove_entry(base, names[i]->d_name);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static int save_evidence(const struct helper_config *config, const struct helper_request *request,
			 const char *payload, int process_fd, struct helper_reply *reply)
{
	_cleanup_close_ int base = -1;
	_cleanup_close_ int dir = -1;
	_cleanup_close_ int cgroup = -1;
	struct strbuf path = STRBUF(reply->path);
	struct statvfs space;

	strbuf_printf(&path, "%s/%s", config->evidence_dir, request->name);
	base = open(config->evidence_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (base < 0 || fstatvfs(base, &space) < 0)
		return -errno;
	if ((uint64_t)space.f_bavail * space.f_frsize < EVIDENCE_FREE_MIN)
		return -ENOSPC;
	if (mkdirat(base, request->name, 0700) < 0)
		return -errno;
	dir = openat(base, request->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (save_bytes(dir, "decision.json", payload, request->payload_len) == 0)
		reply->saved++;
	save_files(config->proc_fd, dir, host_files, ARRAY_SIZE(host_files), reply);
	if (request->cgroup[0] && config->sys_fd >= 0)
		cgroup =
			openat(config->sys_fd, request->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup >= 0)
		save_files(cgroup, dir, cgroup_files, ARRAY_SIZE(cgroup_files), reply);
	save_files(process_fd, dir, process_files, ARRAY_SIZE(process_files), reply);
	keep_newest(base, config->evidence_dir, config->evidence_keep);
	return 0;
}

/* Fire and forget: SIGCHLD is ignored, so the kernel reaps; alarm(2) survives exec and bounds it.
 */
static int run_command(const struct helper_request *request, char *payload)
{
	char *strings[64] = { NULL };
	size_t count = 0;
	pid_t pid;

	for (char *p = payload; p < payload + request->payload_len && count + 1 < 64;
	     p += strlen(p) + 1)
		strings[count++] = p;
	if (!request->argc || request->argc >= count + 1)
		return -EINVAL;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid)
		return 0;
	for (size_t i = request->argc; i < count; i++)
		(void)putenv(strings[i]);
	strings[request->argc] = NULL;
	(void)signal(SIGCHLD, SIG_DFL);
	(void)alarm(COMMAND_SECONDS);
	(void)execvp(strings[0], strings);
	_exit(127);
}

static int receive(int channel, struct helper_request *request, char *payload, int *ret_fd)
{
	struct iovec parts[2] = {
		{ .iov_base = request, .iov_len = sizeof(*request) },
		{ .iov_base = payload, .iov_len = HELPER_PAYLOAD_MAX },
	};
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr message = { .msg_iov = parts,
				  .msg_iovlen = 2,
				  .msg_control = control.buf,
				  .msg_controllen = sizeof(control.buf) };
	ssize_t n = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	*ret_fd = -1;
	if (n < (ssize_t)sizeof(*request))
		return -EPIPE;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	request->payload_len = (uint32_t)((size_t)n - sizeof(*request));
	payload[request->payload_len] = '\0';
	return 0;
}

void helper_serve(int channel, const struct helper_config *config)
{
	static char payload[HELPER_PAYLOAD_MAX + 1];
	struct helper_request request;
	sigset_t none;
	int process_fd;

	/* A unit with OOMScoreAdjust=-1000 hands that on; only guard is to be spared. */
	(void)!knob_write(config->proc_fd, "self/oom_score_adj", "0", NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGCHLD, SIG_IGN);
	/* Ctrl-C reaches the whole foreground group; the helper ends when guard closes the channel.
	 */
	(void)signal(SIGINT, SIG_IGN);
	while (receive(channel, &request, payload, &process_fd) == 0) {
		struct helper_reply reply = { .tag = request.tag, .kind = request.kind };
		double begin = clock_boot_seconds();

		if (request.kind == HELPER_EVIDENCE)
			reply.result = save_evidence(config, &request, payload, process_fd, &reply);
		else
			reply.result = run_command(&request, payload);
		closep(&process_fd);
		reply.seconds = clock_boot_seconds() - begin;
		(void)send(channel, &reply, sizeof(reply), MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}
