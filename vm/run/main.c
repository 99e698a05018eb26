/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm-run: carries out a scenario in a virtual machine with a real kernel and a slow console.
 * docs/VM.md has the scenario's keys and the result's.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/exitcode.h"
#include "base/fault.h"
#include "base/fd.h"
#include "kernel.h"
#include "scenario.h"
#include "session.h"
#include "table.h"

#define SETTINGS_MAX 64
#define SCENARIO_MAX (256 * KIB)

struct options {
	const char *scenario, *kernel, *keep;
	const char *set[SETTINGS_MAX];
	uint32_t set_count;
	bool json, list, quiet;
};

enum { OPTION_JSON = 0x100, OPTION_KERNEL, OPTION_SET, OPTION_KEEP, OPTION_LIST, OPTION_QUIET };

static const struct argp_option option_table[] = {
	{ "json", OPTION_JSON, NULL, 0, "print one JSON object a line" },
	{ "kernel", OPTION_KERNEL, "VERSION", 0,
	  "boot this one: a version, its beginning, or the path of an image" },
	{ "set", OPTION_SET, "SECTION.KEY=VALUE", 0,
	  "change the scenario; the section 'run' means every run" },
	{ "keep", OPTION_KEEP, "DIR", 0, "write console and kernel log of each run there" },
	{ "list-kernels", OPTION_LIST, NULL, 0, "print the kernels there are, and end" },
	{ "quiet", OPTION_QUIET, NULL, 0, "do not tell the progress" },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case OPTION_JSON:
		o->json = true;
		return 0;
	case OPTION_KERNEL:
		o->kernel = arg;
		return 0;
	case OPTION_SET:
		if (o->set_count == SETTINGS_MAX)
			argp_error(state, "more than %d --set", SETTINGS_MAX);
		o->set[o->set_count++] = arg;
		return 0;
	case OPTION_KEEP:
		o->keep = arg;
		return 0;
	case OPTION_LIST:
		o->list = true;
		return 0;
	case OPTION_QUIET:
		o->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->scenario)
			argp_error(state, "one scenario at a time");
		o->scenario = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->scenario && !o->list)
			argp_error(state, "which scenario? '-' is standard input");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* What the session's hooks need. */
struct output {
	bool json, quiet, any_invalid, failed, keep_failed;
	int signals, timeout_ms;
};

/*
 * Gives up when a signal came, or when nobody read for as long as the whole may take: QEMU would
 * run on. What is free in a pipe that poll calls writable is PIPE_BUF at least, so no write blocks.
 */
static int put(const struct output *o, int fd, struct text text)
{
	while (text.n) {
		struct pollfd p[] = { { .fd = fd, .events = POLLOUT },
				      { .fd = o->signals, .events = POLLIN } };
		int ready = poll(p, 2, o->timeout_ms);
		ssize_t n;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return ready < 0 ? -errno : -ETIMEDOUT;
		if (p[1].revents)
			return -EINTR;
		n = write(fd, text.p, MIN(text.n, (size_t)PIPE_BUF));
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		text = text_of(text.p + MAX(n, (ssize_t)0), text.n - (size_t)MAX(n, (ssize_t)0));
	}
	return 0;
}

static void print_event(void *arg, json_t *object)
{
	struct output *o = arg;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (json_is_false(json_object_get(object, "valid")))
		o->any_invalid = true;
	if (out && !o->json)
		table_print(out, object);
	else if (out && (json_dumpf(object, out, JSON_COMPACT) < 0 || fputc('\n', out) == EOF))
		o->failed = true;
	/* After a line that failed, a later one would be taken for the whole. */
	if (!out || fclose(out) != 0 || o->failed || put(o, STDOUT_FILENO, text_of(text, len)) < 0)
		o->failed = true;
	free(text);
	json_decref(object);
}

static void say(const struct output *o, const char *text)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "vm-run: %s\n", text);

	(void)!put(o, STDERR_FILENO, text_of(line, MIN((size_t)n, sizeof(line) - 1)));
}

static void print_progress(void *arg, const char *text)
{
	const struct output *o = arg;

	if (!o->quiet)
		say(o, text);
}

static void print_warning(void *arg, const char *text)
{
	say(arg, text);
}

static int list_kernels(const struct kernel_list *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		(void)printf("%s\t%s\n", list->kernel[i].version, list->kernel[i].title);
	if (fflush(stdout) != 0) {
		(void)fprintf(stderr, "vm-run: cannot write to standard output: %s\n",
			      strerror(errno));
		return EXITCODE_ACTION_FAILED;
	}
	if (list->count == 0)
		(void)fprintf(stderr, "vm-run: no kernel in '%s': tools/vm-kernels fetches some\n",
			      list->cache);
	return list->count ? EXITCODE_OK : EXITCODE_UNDETERMINED;
}

static int read_scenario(const struct options *o, struct scenario *ret)
{
	static char text[SCENARIO_MAX];
	static struct scenario_report report;
	const bool from_stdin = strcmp(o->scenario, "-") == 0;
	const char *name = from_stdin ? "standard input" : o->scenario;
	size_t len;
	int err = from_stdin ? fd_read_all(STDIN_FILENO, text, sizeof(text), &len)
			     : file_read_at(AT_FDCWD, o->scenario, text, sizeof(text), &len);

	if (err < 0) {
		(void)fprintf(stderr, "vm-run: cannot read '%s': %s\n", name, strerror(-err));
		return EXITCODE_USAGE;
	}
	if (scenario_parse(text_of(text, len), o->set, o->set_count, ret, &report) == 0)
		return EXITCODE_OK;
	for (uint32_t i = 0; i < MIN(report.error_count, (uint32_t)SCENARIO_ERRORS); i++) {
		const struct scenario_error *e = &report.error[i];

		if (e->line)
			(void)fprintf(stderr, "%s:%u: %s\n", name, e->line, e->text);
		else
			(void)fprintf(stderr, "%s: %s\n", name, e->text);
	}
	return EXITCODE_USAGE;
}

/*
 * Beside this program: the guest's. Above it in the build tree: the static bulkhead, which a
 * sanitised build lacks; $BULKHEAD_STATIC names another.
 */
static void find_parts(struct parts *ret)
{
	const char *bulkhead = getenv("BULKHEAD_STATIC");
	char self[200] = "";
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	(void)snprintf(ret->guest, sizeof(ret->guest), "%s/vm-guest", self);
	if (bulkhead && *bulkhead)
		(void)snprintf(ret->bulkhead, sizeof(ret->bulkhead), "%s", bulkhead);
	else
		(void)snprintf(ret->bulkhead, sizeof(ret->bulkhead), "%s/../bulkhead-static", self);
}

/* SIGINT, SIGTERM and SIGHUP become readable, so that QEMU is ended before vm-run is. */
static int catch_signals(sigset_t *ret)
{
	(void)sigemptyset(ret);
	(void)sigaddset(ret, SIGINT);
	(void)sigaddset(ret, SIGTERM);
	(void)sigaddset(ret, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, ret, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	/* Whoever started it is gone: nobody reads the result. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	return signalfd(-1, ret, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The shell that waits should see that a signal ended this. */
static void end_by_signal(const struct output *o, const char *what, const sigset_t *set)
{
	struct signalfd_siginfo info = { .ssi_signo = SIGTERM };

	(void)!read(o->signals, &info, sizeof(info));
	say(o, what); /* once the signal is taken: only another one keeps it from that */
	(void)signal((int)info.ssi_signo, SIG_DFL);
	(void)raise((int)info.ssi_signo);
	(void)sigprocmask(SIG_UNBLOCK, set, NULL);
}

/* What a boot of minutes would end with is known before. */
static bool make_keep(const char *dir)
{
	_cleanup_close_ int fd = -1;

	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return false;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

static int carry_out(const struct options *o, const struct scenario *s, const struct kernel *k)
{
	struct fault f = { 0 };
	sigset_t set;
	_cleanup_close_ int signals = catch_signals(&set);
	struct output output = {
		.json = o->json,
		.quiet = o->quiet,
		.signals = signals,
		.timeout_ms = (int)MIN(s->timeout_seconds * 1000, (double)INT32_MAX),
	};
	const struct session_hooks hooks = {
		.arg = &output,
		.event = print_event,
		.progress = print_progress,
		.warn = print_warning,
		.signals = signals,
		.keep = o->keep ? o->keep : "",
		.keep_failed = &output.keep_failed,
	};
	struct parts parts;
	char text[160];
	int err;

	if (signals < 0) {
		(void)fprintf(stderr, "vm-run: cannot catch signals: %s\n", strerror(errno));
		return EXITCODE_ACTION_FAILED;
	}
	if (o->keep && !make_keep(o->keep)) {
		(void)fprintf(stderr, "vm-run: cannot write to '%s': %s\n", o->keep,
			      strerror(errno));
		return EXITCODE_ACTION_FAILED;
	}
	find_parts(&parts);
	(void)snprintf(text, sizeof(text), "booting %s", k->version);
	print_progress(&output, text);
	err = session_run(s, k, &parts, &hooks, &f);
	if (err == -EINTR)
		end_by_signal(&output, f.what, &set);
	else if (err < 0)
		say(&output, f.what);
	if (output.failed)
		say(&output, "cannot write to standard output");
	if (output.failed || output.keep_failed)
		return EXITCODE_ACTION_FAILED;
	return err < 0 || output.any_invalid ? EXITCODE_UNDETERMINED : EXITCODE_OK;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		option_table, parse_option, "SCENARIO.ini",
		"Carries out a scenario in a virtual machine: a real kernel, software emulation, a "
		"console of a given speed. Exit status: 0 done, 2 usage or a wrong scenario, 3 a "
		"run is not valid or could not be made, 4 the result could not be written."
	};
	static struct scenario scenario;
	struct options o = { 0 };
	struct kernel_list kernels;
	struct kernel kernel;
	struct fault f = { 0 };
	int status;

	argp_err_exit_status = EXITCODE_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.scenario) {
		status = read_scenario(&o, &scenario);
		if (status != EXITCODE_OK)
			return status;
	}
	if (kernel_list(&kernels, &f) == 0 && o.list)
		return list_kernels(&kernels);
	if (f.err ||
	    kernel_find(&kernels, o.kernel ? o.kernel : scenario.kernel, &kernel, &f) < 0) {
		(void)fprintf(stderr, "vm-run: %s\n", f.what);
		return EXITCODE_UNDETERMINED;
	}
	return carry_out(&o, &scenario, &kernel);
}
