/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds every lab program to the truth that cmd/labcase.c tells of it: all cases run side by side,
 * small, for seven seconds, and what /proc/PID/status says of each must be the curve promised.
 *
 *   MiB                                             the tolerance, and why
 *   line    /    slope within 30 % of the rate      a busy machine delays a sample, not the rate
 *   flat    --   within 5 % + 2 MiB of the size     the program's own pages, libc, counter batches
 *   ends    -|   reached the size, then exit 0
 *   steps   _/-  three steps or more, flat between
 *   fills   /--  from below 70 % of the size to 80-120 %, and by the end no growth worth the name
 *   teeth   /|/  twice up to 80 % and down by half
 *
 * TAP on stdout. BULKHEAD_LAB: the folder of the programs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/labcase.h"

#define SECONDS 7.0
#define PERIOD 0.1
#define SAMPLES 80
#define SETTLED 1.5 /* the program is up and its baseline is taken */
#define SLACK ((double)(2 * MIB))

/* How a case is run here: small and fast. "rate" and "size" replace the case's own. */
struct trial {
	const char *name, *size, *rate, *interval;

	/* filled by the run */
	const struct labcase *truth;
	double size_bytes, rate_bytes;
	pid_t pid; /* 0 once reaped */
	int status, samples;
	struct sample {
		double seconds, anon, shmem, vm, threads; /* bytes */
	} sample[SAMPLES];
};

/* The cases that are not here run as the table has them. */
static struct trial trials[96] = {
	{ "exit-without-free", "64M", NULL, "1" },
	{ "exit-with-free", "64M", NULL, "1" },
	{ "dead-weight", "64M" },
	{ "steady-leak" },
	{ "fast-leak" },
	{ "stubborn-leak", NULL, "2M" },
	{ "hostile-name", NULL, "2M" },
	{ "churn-leak", "8M", "2M" },
	{ "step-leak", "8M", NULL, "1" },
	{ "mmap-leak" },
	{ "shm-leak" },
	{ "stuck-threads" },
	{ "unjoined-threads" },
	{ "bounded-cache", "24M", "12M" },
	{ "sawtooth", "16M", "16M" },
	{ "large-steady", "64M" },
	{ "warmup", "32M", "32M" },
	{ "fragmentation", "32M", NULL, "0.3" },
	{ "burst", "64M", NULL, "1" },
	/* Not so fast that it takes the processors from the others. */
	{ "loss-stress", NULL, NULL, "0.1" },
};

static int count, failures;

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

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void nap(double seconds)
{
	if (seconds > 0)
		usleep((useconds_t)(seconds * 1e6));
}

static double bytes_of(const char *amount)
{
	uint64_t bytes;

	if (!amount || text_bytes(text_of(amount, strlen(amount)), &bytes) < 0)
		return NAN;
	return (double)bytes;
}

/* Starts a lab program, with stdout in *ret_out; it dies with this test. */
static pid_t start(const char *program, const char *const args[], rlim_t address_space,
		   int *ret_out)
{
	char path[4096];
	const char *argv[LABCASE_ARGS + 16] = { path };
	int out[2], n = 1;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", getenv("BULKHEAD_LAB"), program);
	for (; args[n - 1]; n++)
		argv[n] = args[n - 1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		const int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], STDOUT_FILENO);
		dup2(quiet, STDERR_FILENO);
		if (address_space)
			setrlimit(RLIMIT_AS, &(struct rlimit){ address_space, address_space });
		execv(path, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(out[1]);
	*ret_out = out[0];
	return pid;
}

/* The case's own arguments, and the trial's after them, which win. */
static void trial_args(const struct trial *t, const char *args[LABCASE_ARGS + 7])
{
	size_t n = labcase_args(t->truth, args);
	const char *own[] = { "--size", t->size, "--rate", t->rate, "--interval", t->interval };

	for (size_t i = 0; i < ARRAY_SIZE(own); i += 2)
		if (own[i + 1]) {
			args[n++] = own[i];
			args[n++] = own[i + 1];
		}
	args[n] = NULL;
}

static struct trial *trial_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(trials) && trials[i].name; i++)
		if (strcmp(trials[i].name, name) == 0)
			return &trials[i];
	return NULL;
}

static void complete_trials(void)
{
	size_t n = 0;

	while (n < ARRAY_SIZE(trials) && trials[n].name)
		n++;
	for (size_t i = 0; i < labcase_count && n < ARRAY_SIZE(trials); i++)
		if (!trial_of(labcases[i].name))
			trials[n++].name = labcases[i].name;
}

static double status_number(const char *status, const char *key)
{
	const char *at = strstr(status, key);
	double number = 0;

	return at && sscanf(at + strlen(key), ": %lf", &number) == 1 ? number : 0;
}

/* A process without memory (a zombie) is no sample. */
static void sample(struct trial *t, double seconds)
{
	char path[64], status[4096];
	struct sample *s = &t->sample[t->samples];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", t->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, status, sizeof(status) - 1);
	close(fd);
	status[n > 0 ? n : 0] = '\0';
	if (!strstr(status, "RssAnon") || t->samples == SAMPLES)
		return;
	s->seconds = seconds;
	s->anon = 1024 * (status_number(status, "RssAnon") + status_number(status, "VmSwap"));
	s->shmem = 1024 * status_number(status, "RssShmem");
	s->vm = 1024 * status_number(status, "VmSize");
	s->threads = status_number(status, "\nThreads");
	t->samples++;
}

static void run_trials(void)
{
	double started = now();

	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		struct trial *t = &trials[i];
		const char *args[LABCASE_ARGS + 7];
		int out;

		t->truth = t->name ? labcase_find(t->name) : NULL;
		if (!t->truth)
			continue;
		t->size_bytes = t->size || t->truth->size
					? bytes_of(t->size ? t->size : t->truth->size)
					: 0; /* at most SLACK */
		t->rate_bytes = bytes_of(t->rate ? t->rate : t->truth->rate);
		trial_args(t, args);
		t->pid = start(t->truth->program, args, 0, &out);
	}
	while (now() - started < SECONDS) {
		double at = now();

		for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
			struct trial *t = &trials[i];

			if (t->pid > 0)
				sample(t, now() - started);
			if (t->pid > 0 && waitpid(t->pid, &t->status, WNOHANG) == t->pid)
				t->pid = 0;
		}
		nap(at + PERIOD - now());
	}
}

static double held(const struct trial *t, int i)
{
	return t->truth->memory == LABCASE_SHM ? t->sample[i].shmem : t->sample[i].anon;
}

static double held_last(const struct trial *t)
{
	return t->samples ? held(t, t->samples - 1) : 0;
}

static double held_most(const struct trial *t)
{
	double most = 0;

	for (int i = 0; i < t->samples; i++)
		most = fmax(most, held(t, i));
	return most;
}

/* The first sample not before `seconds`; the last one when there is none. */
static int sample_at(const struct trial *t, double seconds)
{
	int i = 0;

	while (i < t->samples - 1 && t->sample[i].seconds < seconds)
		i++;
	return i;
}

static double slope(const struct trial *t)
{
	int a = sample_at(t, SETTLED), b = t->samples - 1;

	return (held(t, b) - held(t, a)) / (t->sample[b].seconds - t->sample[a].seconds);
}

static bool is_line(const struct trial *t)
{
	printf("# %s: %.0f bytes a second, promised %.0f\n", t->name, slope(t), t->rate_bytes);
	return fabs(slope(t) / t->rate_bytes - 1) <= 0.3;
}

static bool is_flat(const struct trial *t)
{
	for (int i = sample_at(t, SETTLED); i < t->samples; i++)
		if (fabs(held(t, i) - t->size_bytes) > 0.05 * t->size_bytes + SLACK)
			return false;
	return true;
}

static bool ends(const struct trial *t)
{
	return t->pid == 0 && WIFEXITED(t->status) && WEXITSTATUS(t->status) == 0 &&
	       held_most(t) >= 0.9 * t->size_bytes;
}

static bool is_steps(const struct trial *t)
{
	int steps = 0, treads = 0, pairs = 0;

	for (int i = sample_at(t, 0) + 1; i < t->samples; i++) {
		double rise = held(t, i) - held(t, i - 1);

		pairs++;
		steps += rise > 0.8 * t->size_bytes && rise < 1.2 * t->size_bytes;
		treads += fabs(rise) < 0.05 * t->size_bytes;
	}
	printf("# %s: %d steps, %d of %d pairs flat\n", t->name, steps, treads, pairs);
	return steps >= 3 && treads >= 0.7 * pairs;
}

static bool is_fills(const struct trial *t)
{
	double first = held(t, sample_at(t, 0)), last = held_last(t);
	double late = last - held(t, sample_at(t, SECONDS * 0.7));

	printf("# %s: %.2f to %.2f of the size, %.3f of it late\n", t->name, first / t->size_bytes,
	       last / t->size_bytes, late / t->size_bytes);
	return first < 0.7 * t->size_bytes && last > 0.8 * t->size_bytes &&
	       last < 1.2 * t->size_bytes && late < 0.05 * t->size_bytes;
}

static bool is_teeth(const struct trial *t)
{
	int falls = 0;
	double least_after = INFINITY;

	for (int i = 1; i < t->samples; i++) {
		falls += held(t, i) < held(t, i - 1) - 0.5 * t->size_bytes;
		if (falls)
			least_after = fmin(least_after, held(t, i));
	}
	printf("# %s: %d falls, to %.2f of the size\n", t->name, falls,
	       least_after / t->size_bytes);
	return falls >= 2 && least_after < 0.4 * t->size_bytes &&
	       held_most(t) >= 0.8 * t->size_bytes && held_most(t) <= 1.2 * t->size_bytes;
}

static bool (*const is_curve[])(const struct trial *) = {
	[LABCASE_FLAT] = is_flat,   [LABCASE_ENDS] = ends,	[LABCASE_LINE] = is_line,
	[LABCASE_STEPS] = is_steps, [LABCASE_FILLS] = is_fills, [LABCASE_TEETH] = is_teeth,
};

static void check_curves(void)
{
	for (size_t i = 0; i < labcase_count; i++) {
		const struct labcase *c = &labcases[i];
		const struct trial *t = trial_of(c->name);
		bool lives = c->curve != LABCASE_ENDS;

		tap(t && t->samples > 5 && (t->pid > 0) == lives && is_curve[c->curve](t),
		    "%s: its memory is the curve '%s'", c->name, labcase_curve_name(c->curve));
	}
}

/* What tells the two thread leaks apart, and that shared memory is all that shm-leak takes. */
static void check_kinds(void)
{
	const struct trial *stuck = trial_of("stuck-threads"), *gone = trial_of("unjoined-threads");
	const struct trial *shm = trial_of("shm-leak");

	if (!stuck->samples || !gone->samples || !shm->samples) {
		tap(false, "the kinds of memory: a program did not run");
		return;
	}

	const struct sample *s = &stuck->sample[stuck->samples - 1];
	const struct sample *g = &gone->sample[gone->samples - 1];
	double threads = stuck->rate_bytes / stuck->size_bytes * s->seconds;

	tap(fabs(s->threads / threads - 1) < 0.3, "stuck-threads: one thread for every stack");
	tap(g->threads <= 3 && g->vm > 50 * g->anon,
	    "unjoined-threads: no thread stays, the address space runs away");
	tap(shm->sample[shm->samples - 1].anon < SLACK, "shm-leak: leaks no anonymous memory");
}

static void check_name(void)
{
	const struct trial *t = trial_of("hostile-name");
	char path[64], comm[64] = "";
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/comm", t->pid);
	FILE *f = fopen(path, "re");
	if (f) {
		n = fread(comm, 1, sizeof(comm) - 1, f);
		fclose(f);
	}
	/* The kernel keeps 15 bytes, and ends the file with a newline. */
	tap(n == strlen(") R 1\n\033[31m(x\n") && memcmp(comm, ") R 1\n\033[31m(x\n", n) == 0,
	    "hostile-name: the kernel shows the name as given");
}

static bool reaped_within(struct trial *t, double seconds)
{
	for (double end = now() + seconds; now() < end; nap(0.02))
		if (waitpid(t->pid, &t->status, WNOHANG) == t->pid) {
			t->pid = 0;
			return true;
		}
	return false;
}

static void check_term(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(trials) && trials[i].name; i++) {
		struct trial *t = &trials[i];
		bool stubborn = strcmp(t->name, "stubborn-leak") == 0;

		if (t->pid <= 0)
			continue;
		kill(t->pid, SIGTERM);
		tap(reaped_within(t, stubborn ? 0.5 : 5) != stubborn, "%s: %s SIGTERM", t->name,
		    stubborn ? "survives" : "dies of");
		if (t->pid > 0) {
			kill(t->pid, SIGKILL);
			waitpid(t->pid, &t->status, 0);
		}
	}
}

static void check_limit(void)
{
	struct trial t = { .name = "steady-leak", .truth = labcase_find("steady-leak") };
	const char *args[] = { "--size", "1M", "--rate", "64M", "--limit", "12M", NULL };
	char said[512];
	ssize_t n = 0;
	int out;

	t.pid = start("steady-leak", args, 0, &out);
	nap(2);
	sample(&t, 0);
	kill(t.pid, SIGKILL);
	waitpid(t.pid, NULL, 0);
	n = read(out, said, sizeof(said) - 1);
	close(out);
	said[n > 0 ? n : 0] = '\0';
	tap(held_last(&t) > 11.0 * (double)MIB && held_last(&t) < 13.0 * (double)MIB &&
		    strstr(said, "\nlimit reached: holding 12582912 bytes\n"),
	    "a leak stops at --limit, says so, and lives on");
}

static int exit_code(const char *program, const char *const args[])
{
	int status = 0, out;
	pid_t pid = start(program, args, 0, &out);

	waitpid(pid, &status, 0);
	close(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* For each program: the defaults are the table's, an absurd size is refused, the table knows it. */
static void check_program(const char *program)
{
	static const char *const absurd[] = { "2T", "-1", "1e300", "nan", "inf", "64X", "", "0" };
	const struct labcase *c = labcase_find(program);
	bool refused = true;
	char line[512] = "", want[512];
	int out;

	for (size_t i = 0; i < ARRAY_SIZE(absurd); i++)
		refused &=
			exit_code(program, (const char *const[]){ "--size", absurd[i], "--duration",
								  "1", NULL }) == 2;
	tap(refused, "%s: refuses an absurd size", program);

	/* In 300 MiB of address space, so that a default of 1 GiB is not taken for this. */
	pid_t pid = start(program, (const char *const[]){ NULL }, 300 * MIB, &out);
	if (read(out, line, sizeof(line) - 1) < 0)
		line[0] = '\0';
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(out);
	if (c)
		snprintf(want, sizeof(want),
			 " size_bytes=%.0f rate_bytes_per_second=%.0f interval_seconds=%s ",
			 c->size ? bytes_of(c->size) : 0, c->rate ? bytes_of(c->rate) : 0,
			 c->interval);
	tap(c && strstr(line, want), "%s: its defaults are those of the table", program);
}

static void check_programs(void)
{
	DIR *dir = opendir(getenv("BULKHEAD_LAB"));
	struct dirent *entry;
	int programs = 0;

	while (dir && (entry = readdir(dir)) != NULL) {
		struct stat st;

		if (fstatat(dirfd(dir), entry->d_name, &st, 0) < 0 || !S_ISREG(st.st_mode) ||
		    !(st.st_mode & S_IXUSR))
			continue;
		check_program(entry->d_name);
		programs++;
	}
	if (dir)
		closedir(dir);
	tap(programs >= 13, "there are programs: %d", programs);
}

int main(void)
{
	if (!getenv("BULKHEAD_LAB")) {
		printf("1..0 # SKIP BULKHEAD_LAB is not set\n");
		return 0;
	}
	complete_trials();
	run_trials();
	check_curves();
	check_kinds();
	check_name();
	check_term();
	check_limit();
	check_programs();
	printf("1..%d\n", count);
	return failures != 0;
}
