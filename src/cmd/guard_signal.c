/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rungs that signal: through a pidfd whose process was verified just before. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "act/pidfd.h"
#include "base/fd.h"
#include "cmd/guard_change.h"
#include "cmd/guard_rung.h"
#include "source/proc_status.h"

#define PROC_BUFFER 4096

/*
 * The last look before a signal, at the process itself: the handle first, then the identity and
 * the memory behind it. Half of the judged memory gone means that it is no longer that leak.
 */
static int verify_target(struct guard *g, struct suspect *s, int *ret_pidfd)
{
	char buf[PROC_BUFFER];
	_cleanup_close_ int pidfd = pidfd_open_process(s->id.pid);
	_cleanup_close_ int dir = -1;
	struct proc_status status;
	uint64_t held;
	int r;

	if (pidfd < 0)
		return pidfd;
	dir = guard_open_process(g, s->id);
	if (dir < 0)
		return dir;
	r = proc_status_read(dir, "status", buf, sizeof(buf), &status);
	if (r < 0)
		return r;
	held = status.rss_anon_bytes.value + status.swap_bytes.value + status.rss_shmem_bytes.value;
	if (held < process_held_bytes(&g->decision.chosen.process) / 2)
		return -ECANCELED;
	s->expected_bytes = status.rss_anon_bytes.value + status.swap_bytes.value;
	*ret_pidfd = TAKE_FD(pidfd);
	return 0;
}

static int send_signal(struct guard *g, uint32_t i, int signal)
{
	struct suspect *s = &g->suspect[i];
	int r = 0;

	if (g->pidfd[i] < 0)
		r = verify_target(g, s, &g->pidfd[i]);
	if (r < 0)
		return r;
	if (!s->exited && !s->signal_seconds) {
		s->limit = g->decision.chosen.headroom;
		s->available_before = s->limit.bytes.value;
	}
	if (g->policy.dry_run) {
		closep(&g->pidfd[i]);
		g->decision.result = RESULT_DRY_RUN;
		return 0;
	}
	r = pidfd_signal(g->pidfd[i], signal);
	/* A suspect that cannot be signalled must not keep the others waiting for its end. */
	if (r < 0 && r != -ESRCH)
		closep(&g->pidfd[i]);
	return r;
}

int guard_rung_term(struct guard *g, uint32_t i, double grace, double now)
{
	struct suspect *s = &g->suspect[i];
	int r = send_signal(g, i, SIGTERM);
	struct strbuf d = guard_detail(g);

	s->signal_seconds = now;
	s->deadline_seconds = now + grace;
	strbuf_puts(&d, "SIGKILL follows after ");
	strbuf_seconds(&d, grace);
	return r;
}

int guard_rung_kill(struct guard *g, uint32_t i, double now)
{
	struct worker_job job = { .kind = WORKER_MRELEASE, .fd = -1 };
	int r = send_signal(g, i, SIGKILL);

	g->suspect[i].signal_seconds = now;
	if (r < 0 || g->pidfd[i] < 0 || g->decision.result != RESULT_DONE)
		return r;
	/* The kernel's own reaper comes 2 s later (OOM_REAPER_DELAY), and only after its own kills.
	 */
	job.fd = fcntl(g->pidfd[i], F_DUPFD_CLOEXEC, 3);
	if (job.fd >= 0 && worker_submit(g->reaper, &job) < 0)
		g->lost_messages++;
	return 0;
}
