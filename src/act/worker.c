/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "act/pidfd.h"
#include "base/clock.h"
#include "base/fd.h"

/*
 * Jobs and results travel as whole records through pipes: records below PIPE_BUF are atomic, and
 * a pipe needs no memory at the time of use.
 */
struct worker {
	int job_pipe[2], result_pipe[2];
	sem_t running; /* posted once, by the thread */
	atomic_bool busy;
};

#define WORKER_STACK_BYTES (64 * 1024)

static int worker_do(const struct worker_job *job)
{
	switch (job->kind) {
	case WORKER_MRELEASE:
		return pidfd_mrelease(job->fd);
	case WORKER_KNOB_WRITE:
		return knob_write(job->fd, job->file, job->value, NULL);
	}
	return -EINVAL;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct worker_job job;

	(void)sem_post(&w->running);
	while (read(w->job_pipe[0], &job, sizeof(job)) == (ssize_t)sizeof(job)) {
		double begin = clock_boot_seconds();
		struct worker_result result = { .tag = job.tag, .kind = job.kind };

		result.result = worker_do(&job);
		closep(&job.fd);
		result.seconds = clock_boot_seconds() - begin;
		atomic_store(&w->busy, false);
		/* A full pipe loses a result nobody took for 600 jobs: not worth blocking for. */
		if (fd_write_all(w->result_pipe[1], (const char *)&result, sizeof(result)) < 0)
			continue;
	}
	return NULL;
}

/* Signals belong to the main thread, which waits for them in its loop. */
static int thread_start(struct worker *w)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int r;

	(void)sigfillset(&all);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, WORKER_STACK_BYTES);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&thread, &attr, worker_main, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	/* What the start of a thread allocates (a sanitizer does) is over before guard arms. */
	while (!r && sem_wait(&w->running) < 0 && errno == EINTR)
		;
	return -r;
}

int worker_start(struct worker **ret, struct fault *f)
{
	struct worker *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return fault_errno(f, -ENOMEM, "cannot start the worker thread");
	if (pipe2(w->job_pipe, O_CLOEXEC) < 0 ||
	    pipe2(w->result_pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		r = fault_errno(f, -errno, "cannot make the worker's pipes");
		free(w);
		return r;
	}
	(void)sem_init(&w->running, 0, 0);
	r = thread_start(w);
	if (r < 0) {
		free(w);
		return fault_errno(f, r, "cannot start the worker thread");
	}
	*ret = w;
	return 0;
}

int worker_fd(const struct worker *w)
{
	return w->result_pipe[0];
}

int worker_submit(struct worker *w, const struct worker_job *job)
{
	int fd = job->fd;
	int r;

	if (atomic_exchange(&w->busy, true)) {
		closep(&fd);
		return -EBUSY;
	}
	r = fd_write_all(w->job_pipe[1], (const char *)job, sizeof(*job));
	if (r < 0) {
		atomic_store(&w->busy, false);
		closep(&fd);
	}
	return r;
}

int worker_take(struct worker *w, struct worker_result *ret)
{
	return read(w->result_pipe[0], ret, sizeof(*ret)) == (ssize_t)sizeof(*ret);
}

void worker_stop(struct worker *w, double seconds)
{
	struct pollfd p = { .events = POLLIN };

	if (!w)
		return;
	p.fd = w->result_pipe[0];
	if (atomic_load(&w->busy))
		(void)poll(&p, 1, (int)(seconds * 1000));
	/* Closing the job pipe ends an idle thread; one that blocks keeps its memory, so none is
	 * freed. */
	closep(&w->job_pipe[1]);
}
