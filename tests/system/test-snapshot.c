/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots of snapshot-target, which notices whatever they do to it: 100 of each way, one killed
 * at every step of its way (tracee_step), and every refusal. TAP on stdout; needs root.
 * BULKHEAD_SNAPSHOT_TARGET: the program.
 *
 * A step is named by its number: the run that dies at step N, for each N until one does not die.
 * After each the target must run on as if nothing had been: its counters move, it is not stopped,
 * not traced, has no zombie; the last in a while, since a watcher does it, which needs its turns
 * of the processor: over 2 s with a load of 20 on 2 cores.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "act/tracee.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/scan_snapshot.h"
#include "snapshot_probe.h"

#define SHARED_LIMIT (64 * MIB)
#define TIMEOUT 5.0
#define RECOVERY_SECONDS 10.0

static int count, failures;
static struct root root;

static void tap(bool good, const char *fmt, ...) _printf_format_(2, 3);
static void tap(bool good, const char *fmt, ...)
{
	va_list ap;

	failures += !good;
	printf("%s %d - ", good ? "ok" : "not ok", ++count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

static void nap(double seconds)
{
	usleep((useconds_t)(seconds * 1e6));
}

struct target {
	pid_t pid;
	struct probe *probe;
};

static struct target start(const char *mode, const char *mib, const char *threads)
{
	struct target t = { 0 };
	const int fd = memfd_create("probe", 0);

	if (fd < 0 || ftruncate(fd, 4096) < 0)
		abort();
	t.probe = mmap(NULL, sizeof(*t.probe), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	t.pid = fork();
	if (t.pid == 0) {
		dup2(fd, PROBE_FD);
		execl(getenv("BULKHEAD_SNAPSHOT_TARGET"), "snapshot-target", mode, mib, threads,
		      NULL);
		_exit(127);
	}
	close(fd);
	for (int i = 0; i < 2000 && !t.probe->ready; i++)
		nap(0.005);
	if (!t.probe->ready) {
		printf("Bail out! the target '%s' did not start\n", mode);
		exit(1);
	}
	/* It is ready first, and then its leader ends. */
	if (strcmp(mode, "headless") == 0)
		nap(0.05);
	return t;
}

static void end(struct target *t)
{
	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		waitpid(t->pid, NULL, 0);
	}
	munmap(t->probe, sizeof(*t->probe));
	*t = (struct target){ 0 };
}

struct taken {
	int result;
	struct memory_image image;
	struct scan_cost cost;
	struct fault fault;
};

static struct taken take(pid_t pid, enum scan_way way)
{
	const struct scan_snapshot_options o = { way, TIMEOUT, SHARED_LIMIT };
	struct taken t = { .image = MEMORY_IMAGE_NONE, .cost = { .pause_seconds = NAN } };

	t.result = scan_snapshot(&root, pid, &o, &t.image, &t.cost, &t.fault);
	return t;
}

static void drop(struct taken *t)
{
	scan_snapshot_done(&t->image);
}

static bool status_number(pid_t pid, const char *name, uint64_t *ret, char *ret_state)
{
	char path[64], buf[TRACEE_STATUS_SIZE];
	struct text state;
	size_t len;
	struct strbuf s = STRBUF(path);

	strbuf_printf(&s, "%d/status", pid);
	if (file_read_once_at(root.proc, path, buf, sizeof(buf), &len) < 0)
		return false;
	*ret = tracee_number(buf, name, 0);
	*ret_state = tracee_field(buf, "State", &state) && state.n ? state.p[0] : '?';
	return true;
}

/* How many processes of state Z the target is the parent of; *ret_all counts the others too. */
static int zombies_of(pid_t parent, int *ret_all)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	int zombies = 0;

	*ret_all = 0;
	for (const struct dirent *d; (d = readdir(proc));) {
		uint64_t pid, ppid;
		char state;

		if (text_u64(text_of(d->d_name, strlen(d->d_name)), &pid) < 0 ||
		    !status_number((pid_t)pid, "PPid", &ppid, &state) || ppid != (uint64_t)parent)
			continue;
		*ret_all += 1;
		zombies += state == 'Z';
	}
	return zombies;
}

/* A leader may have ended while its threads live. */
static bool is_at_ease(pid_t pid)
{
	uint64_t tracer, threads;
	char state;

	return status_number(pid, "TracerPid", &tracer, &state) && tracer == 0 &&
	       status_number(pid, "Threads", &threads, &state) &&
	       (state == 'S' || state == 'R' || (state == 'Z' && threads > 1));
}

/* Every thread, not only the leader. */
static bool threads_at_ease(pid_t pid)
{
	char path[32];
	struct strbuf s = STRBUF(path);
	bool good = true;

	strbuf_printf(&s, "/proc/%d/task", pid);
	_cleanup_closedir_ DIR *task = opendir(path);

	for (const struct dirent *d; task && (d = readdir(task));) {
		uint64_t tid, tracer;
		char state;

		if (text_u64(text_of(d->d_name, strlen(d->d_name)), &tid) == 0 &&
		    status_number((pid_t)tid, "TracerPid", &tracer, &state))
			good &= tid == (uint64_t)pid ||
				(tracer == 0 && (state == 'S' || state == 'R' || state == 'D'));
	}
	return task && good && is_at_ease(pid);
}

struct counters {
	uint64_t received, vectors, errnos, pipes, mallocs;
};

static struct counters counters_of(const struct probe *p)
{
	return (struct counters){ p->received, p->vector_loops, p->errno_loops, p->pipe_bytes,
				  p->malloc_loops };
}

static bool all_moved(struct counters a, struct counters b)
{
	return b.received > a.received && b.vectors > a.vectors && b.errnos > a.errnos &&
	       b.pipes > a.pipes && b.mallocs > a.mallocs;
}

static bool moves(const struct probe *p)
{
	const struct counters before = counters_of(p);

	for (int i = 0; i < 400; i++) {
		nap(0.005);
		if (all_moved(before, counters_of(p)))
			return true;
	}
	return false;
}

static bool is_unharmed(const struct probe *p)
{
	return p->errors == 0 && p->woken == 0;
}

/* All that were sent arrive, once sender and receiver have had a moment. */
static bool signals_arrive(const struct probe *p)
{
	const uint64_t sent = p->sent;

	for (int i = 0; i < 400 && p->received < sent; i++)
		nap(0.005);
	return p->received >= sent && p->received <= p->sent + 1;
}

static bool same_data(const struct memory_image *m, const struct probe *p)
{
	const uint64_t *data = image_at(m, p->data, p->data_len);
	uint64_t sum = 0;

	for (uint64_t i = 0; data && i < p->data_len / sizeof(*data); i++)
		sum += data[i] ^ i;
	return data && sum == p->data_sum;
}

static bool has_registers(const struct memory_image *m)
{
	for (uint32_t i = 0; i < m->threads; i++) {
		const struct image_thread *t = &m->thread[i];

		if (!image_at(m, t->reg[IMAGE_RSP], 8) || !image_find(m, t->reg[IMAGE_RIP]) ||
		    t->xstate_bytes < 576)
			return false;
	}
	return m->threads > 0;
}

static void test_equal(void)
{
	struct target t = start("plain", "64", "4");
	static const struct {
		enum scan_way way;
		enum snapshot_method method;
		const char *name;
	} ways[] = { { SCAN_AUTO, SNAPSHOT_FORK, "auto" },
		     { SCAN_FORK, SNAPSHOT_FORK, "fork" },
		     { SCAN_COPY, SNAPSHOT_COPY, "copy" } };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct taken x = take(t.pid, ways[i].way);
		uint8_t code[4];
		struct memory_image *m = &x.image;

		tap(x.result == 0 && x.cost.method == ways[i].method && m->unreadable_pages == 0,
		    "%s: taken (%s)", ways[i].name, x.result ? x.fault.what : x.cost.method_reason);
		tap(x.result == 0 && same_data(m, t.probe) && has_registers(m) && m->threads == 5,
		    "%s: 64 MiB of heap, and the registers of 5 threads, are those of the process",
		    ways[i].name);
		tap(x.result == 0 && image_read(m, m->thread[0].reg[IMAGE_RIP], code, 4) == 0,
		    "%s: code is looked up later", ways[i].name);
		tap(x.cost.pauses == (ways[i].method == SNAPSHOT_FORK ? 2 : 1) &&
			    x.cost.pause_seconds > 0 && x.cost.pause_seconds < 1,
		    "%s: pauses told (%.2f ms)", ways[i].name, x.cost.pause_seconds * 1e3);
		drop(&x);
	}
	end(&t);
	t = start("plain", "1", "4");
	struct taken x = take(t.pid, SCAN_AUTO);
	tap(x.result == 0 && x.cost.method == SNAPSHOT_COPY && same_data(&x.image, t.probe),
	    "a small process is copied at once (%s)", x.cost.method_reason);
	drop(&x);
	end(&t);
}

#define TURNS 100

static void test_disturbance(enum scan_way way, const char *name, const char *mode)
{
	struct target t = start(mode, "4", "0");
	double longest = 0;
	int bad = 0, all;

	for (int i = 0; i < TURNS; i++) {
		struct taken x = take(t.pid, way);

		if (x.result < 0 && bad++ == 0)
			printf("# %s\n", x.fault.what);
		bad += x.result == 0 && !same_data(&x.image, t.probe);
		longest = fmax(longest, x.cost.pause_seconds);
		drop(&x);
	}
	tap(bad == 0, "%s: %d snapshots of all threads, longest pause %.2f ms", name, TURNS,
	    longest * 1e3);
	for (int i = 0; i < 8 * SLEEP_SECONDS && !t.probe->sleeps; i++)
		nap(0.25);
	tap(is_unharmed(t.probe),
	    "%s: no register, errno or byte changed (%d), no blocked call returned (%d)", name,
	    (int)t.probe->errors, (int)t.probe->woken);
	tap(signals_arrive(t.probe), "%s: all of %d signals arrived", name, (int)t.probe->sent);
	tap(llabs((long long)t.probe->sleep_usec - SLEEP_SECONDS * 1000000LL) < 300000,
	    "%s: a sleep of %d s took %.3f s", name, SLEEP_SECONDS,
	    (double)t.probe->sleep_usec / 1e6);
	tap(threads_at_ease(t.pid) && moves(t.probe) && zombies_of(t.pid, &all) == 0 && all == 1,
	    "%s: every thread runs on, and has no child but its own", name);
	end(&t);
}

static int step_to_die_at, steps;
static const char **step_name;

static void die_at_step(const char *name)
{
	if (++steps == step_to_die_at) {
		if (step_name)
			*step_name = name; /* shared: the parent sees it */
		raise(SIGKILL);
	}
}

/* False when it came to its end before that step. */
static bool die_in(pid_t pid, enum scan_way way, int step)
{
	int status;
	const pid_t child = fork();

	if (child == 0) {
		step_to_die_at = step;
		tracee_step = die_at_step;
		_exit(take(pid, way).result < 0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static bool recovers(const struct target *t, double *ret_seconds)
{
	const double begin = clock_boot_seconds();
	int all = 0;

	while (clock_boot_seconds() - begin < RECOVERY_SECONDS) {
		if (threads_at_ease(t->pid) && zombies_of(t->pid, &all) == 0 && all == 1) {
			*ret_seconds = clock_boot_seconds() - begin;
			return true;
		}
		nap(0.002);
	}
	return false;
}

static void test_killed(enum scan_way way, const char *name, const char *mode)
{
	struct target t = start(mode, "4", "0");
	int step = 1, bad = 0;
	double slowest = 0;

	step_name = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (; step < 1000 && die_in(t.pid, way, step); step++) {
		double seconds = 0;
		const bool good = recovers(&t, &seconds) && moves(t.probe) &&
				  is_unharmed(t.probe) && signals_arrive(t.probe);

		slowest = fmax(slowest, seconds);
		if (good)
			continue;
		int all, zombies = zombies_of(t.pid, &all);
		printf("# step %d (%s): at ease %d, zombies %d of %d, errors %d, woken %d\n", step,
		       *step_name, threads_at_ease(t.pid), zombies, all, (int)t.probe->errors,
		       (int)t.probe->woken);
		if (++bad == 5)
			break;
	}
	tap(bad == 0 && step > 20 && step < 1000,
	    "%s: killed at each of %d steps, the target runs on; all in order within %.2f s", name,
	    step - 1, slowest);
	munmap(step_name, 4096);
	step_name = NULL;
	end(&t);
}

static void test_seccomp(void)
{
	struct target t = start("seccomp", "32", "2");
	struct taken x = take(t.pid, SCAN_AUTO), y = take(t.pid, SCAN_FORK);

	tap(x.result == 0 && x.cost.method == SNAPSHOT_COPY && same_data(&x.image, t.probe) &&
		    strstr(x.cost.method_reason, "seccomp"),
	    "a process with a filter that kills is copied: %s", x.cost.method_reason);
	tap(y.result == -ENOTSUP && strstr(y.fault.what, "seccomp") && threads_at_ease(t.pid),
	    "and not forked when that is asked for: %s", y.fault.what);
	drop(&x);
	drop(&y);
	end(&t);
}

static void test_job_control(void)
{
	struct target t = start("plain", "32", "2");
	uint64_t tracer = 1;
	char state = '?';
	uint64_t loops;

	kill(t.pid, SIGSTOP);
	nap(0.05);
	loops = t.probe->gap_loops;
	struct taken x = take(t.pid, SCAN_AUTO);
	nap(0.05);
	tap(x.result == 0 && x.cost.method == SNAPSHOT_COPY && same_data(&x.image, t.probe),
	    "a stopped process is copied: %s", x.cost.method_reason);
	const bool known = status_number(t.pid, "TracerPid", &tracer, &state);
	tap(known && tracer == 0 && state == 'T' && t.probe->gap_loops == loops,
	    "and stays stopped (%c)", state);
	kill(t.pid, SIGCONT);
	nap(0.1);
	tap(threads_at_ease(t.pid) && t.probe->gap_loops > loops, "and goes on with SIGCONT");
	drop(&x);
	end(&t);
}

static void test_traced(void)
{
	struct target t = start("plain", "1", "1");
	int go[2];

	if (pipe(go) < 0)
		abort();
	const pid_t tracer = fork();
	if (tracer == 0) {
		char byte;

		prctl(PR_SET_NAME, "bad\nname");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ptrace(PTRACE_SEIZE, t.pid, 0, 0);
		if (write(go[1], "x", 1) == 1)
			for (;;)
				pause();
		_exit(read(go[0], &byte, 1) != 1);
	}
	char byte;
	if (read(go[0], &byte, 1) != 1)
		abort();
	struct taken x = take(t.pid, SCAN_AUTO);
	tap(x.result == -EPERM && strstr(x.fault.what, "traced by process") &&
		    strstr(x.fault.what, "bad\\nname"),
	    "another tracer is named: %s", x.fault.what);
	kill(tracer, SIGKILL);
	waitpid(tracer, NULL, 0);
	drop(&x);
	end(&t);
}

static void test_traced_for_a_moment(void)
{
	struct target t = start("plain", "1", "1");
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		abort();
	const pid_t tracer = fork();
	if (tracer == 0) {
		ptrace(PTRACE_SEIZE, t.pid, 0, 0);
		if (write(ready[1], "x", 1) == 1)
			nap(0.1);
		_exit(0);
	}
	if (read(ready[0], &byte, 1) != 1)
		abort();
	struct taken x = take(t.pid, SCAN_AUTO);
	tap(x.result == 0, "a tracer that goes within 0.1 s is waited for (%s)",
	    x.result < 0 ? x.fault.what : "taken");
	waitpid(tracer, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	drop(&x);
	end(&t);
}

/* As an ordinary user, in a child. The fault comes back through a pipe. */
static struct taken take_as(uid_t uid, pid_t pid)
{
	int out[2];
	struct taken x = { 0 };

	if (pipe(out) < 0)
		abort();
	const pid_t child = fork();
	if (child == 0) {
		if (setgid(uid) < 0 || setuid(uid) < 0)
			_exit(1);
		x = take(pid, SCAN_AUTO);
		_exit(write(out[1], &x, sizeof(x)) != sizeof(x));
	}
	close(out[1]);
	if (read(out[0], &x, sizeof(x)) != sizeof(x))
		x.result = 1;
	waitpid(child, NULL, 0);
	close(out[0]);
	x.image = MEMORY_IMAGE_NONE;
	return x;
}

static void test_refusals(void)
{
	struct target t = start("plain", "1", "1");
	struct taken x = take_as(65534, t.pid);

	tap(x.result < 0 && strstr(x.fault.what, "root"), "another user's: %s", x.fault.what);
	end(&t);
	t = start("nodump", "16", "1");
	x = take(t.pid, SCAN_AUTO);
	tap(x.result == 0 && same_data(&x.image, t.probe),
	    "root may take one that is not dumpable");
	drop(&x);
	end(&t);
	x = take(getpid(), SCAN_AUTO);
	tap(x.result == -EINVAL, "this process itself: %s", x.fault.what);
	x = take(2, SCAN_AUTO);
	tap(x.result < 0 && strstr(x.fault.what, "kernel thread"), "kthreadd: %s", x.fault.what);
	x = take(4194304, SCAN_AUTO);
	tap(x.result == -ESRCH, "no process: %s", x.fault.what);

	const pid_t zombie = fork();
	if (zombie == 0)
		_exit(0);
	nap(0.05);
	x = take(zombie, SCAN_AUTO);
	tap(x.result == -ESRCH && strstr(x.fault.what, "zombie"), "a zombie: %s", x.fault.what);
	waitpid(zombie, NULL, 0);
}

static void test_spawning(void)
{
	struct target t = start("spawn", "16", "0");
	int bad = 0, all;

	for (int i = 0; i < 60; i++) {
		struct taken x = take(t.pid, i % 2 ? SCAN_COPY : SCAN_FORK);

		if (x.result < 0 && x.result != -ENOTSUP && bad++ == 0)
			printf("# %s\n", x.fault.what);
		drop(&x);
	}
	const uint64_t made = t.probe->threads_made;
	nap(0.2);
	tap(bad == 0 && t.probe->threads_made > made && is_at_ease(t.pid) &&
		    zombies_of(t.pid, &all) == 0,
	    "60 snapshots of a process that makes threads all the time (%d so far)", (int)made);
	end(&t);
}

static void test_ending(void)
{
	const double begin = clock_boot_seconds();
	int done = 0, gone = 0, other = 0;

	for (int i = 0; i < 20; i++) {
		struct target t = start("short", "16", "1");

		nap(0.001 * i);
		struct taken x = take(t.pid, i % 2 ? SCAN_COPY : SCAN_FORK);
		if (x.result < 0 && x.result != -ESRCH && other == 0)
			printf("# %s\n", x.fault.what);
		done += x.result == 0;
		gone += x.result == -ESRCH;
		other += x.result < 0 && x.result != -ESRCH;
		drop(&x);
		end(&t);
	}
	const double seconds = clock_boot_seconds() - begin;
	tap(other == 0 && seconds < 10,
	    "a process that ends meanwhile is taken (%d) or gone (%d), and not waited for (%.1f s)",
	    done, gone, seconds);
}

/* The target has no zombie, within two seconds. */
static bool is_reaped(pid_t pid)
{
	int all;

	for (int i = 0; i < 100; i++) {
		if (zombies_of(pid, &all) == 0)
			return true;
		nap(0.02);
	}
	return false;
}

static int reap_stops;

static void count_reap_stops(const char *name)
{
	reap_stops += strcmp(name, "reaper went") == 0;
}

static void test_storm(void)
{
	struct target t = start("storm", "16", "0");
	int bad = 0;

	tracee_step = count_reap_stops;

	for (int i = 0; i < 30; i++) {
		struct taken x = take(t.pid, SCAN_FORK);

		if ((x.result < 0 || x.fault.err) && bad++ == 0)
			printf("# %s\n", x.fault.what);
		drop(&x);
	}
	tracee_step = NULL;
	tap(bad == 0 && is_reaped(t.pid) && threads_at_ease(t.pid) && reap_stops == 30,
	    "30 forks of a process with a signal each 100 us, reaped by %d stops", reap_stops);
	end(&t);
}

static void test_dontfork(void)
{
	struct target t = start("dontfork", "16", "0");
	struct taken x = take(t.pid, SCAN_AUTO), y = take(t.pid, SCAN_FORK);

	tap(x.result == 0 && x.cost.method == SNAPSHOT_COPY && same_data(&x.image, t.probe) &&
		    strstr(x.cost.method_reason, "MADV_DONTFORK"),
	    "memory that a forked copy lacks: %s", x.cost.method_reason);
	tap(y.result == -ENOTSUP && strstr(y.fault.what, "MADV_DONTFORK"),
	    "and said when a fork is asked for: %s", y.fault.what);
	drop(&x);
	drop(&y);
	end(&t);
}

static struct target *struck;

static void kill_watcher(const char *name)
{
	char path[64], list[256] = "";
	size_t len;

	if (strcmp(name, "end") != 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	if (file_read_at(AT_FDCWD, path, list, sizeof(list), &len) < 0)
		return;
	for (char *at = list, *end; *at; at = end) {
		const long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		if (pid != struck->pid)
			kill((pid_t)pid, SIGKILL);
	}
	nap(0.05);
}

static void send_usr1(const char *name)
{
	if (strcmp(name, "end") != 0)
		return;
	kill(struck->pid, SIGUSR1);
	nap(0.1);
	for (int i = 0; i < 500 && !struck->probe->ready; i++)
		nap(0.01);
}

/* What becomes of the target, or of the watcher, while its memory is being copied. */
static void test_struck(const char *mode, void (*strike)(const char *name), const char *what)
{
	struct target t = start(mode, "16", "0");

	struck = &t;
	tracee_step = strike;
	struct taken x = take(t.pid, SCAN_FORK);
	tracee_step = NULL;
	tap(x.result == 0 && is_reaped(t.pid) && threads_at_ease(t.pid), "%s: reaped (%s)", what,
	    x.fault.err ? x.fault.what : "at once");
	drop(&x);
	end(&t);
}

int main(void)
{
	struct fault f;

	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	if (root_open(NULL, &root, &f) < 0 || !getenv("BULKHEAD_SNAPSHOT_TARGET"))
		return 1;
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	test_equal();
	test_disturbance(SCAN_FORK, "fork", "full");
	test_disturbance(SCAN_COPY, "copy", "full");
	test_disturbance(SCAN_FORK, "fork of a process whose leader has ended", "headless");
	test_killed(SCAN_FORK, "fork", "full");
	test_killed(SCAN_COPY, "copy", "full");
	test_killed(SCAN_FORK, "fork of a process whose leader has ended", "headless");
	test_seccomp();
	test_job_control();
	test_traced();
	test_traced_for_a_moment();
	test_refusals();
	test_spawning();
	test_ending();
	test_storm();
	test_dontfork();
	test_struck("plain", kill_watcher, "somebody kills the watcher");
	test_struck("vfork", send_usr1, "the process waits for a vfork");
	test_struck("exec", send_usr1, "the process executes itself");
	printf("1..%d\n", count);
	return failures != 0;
}
