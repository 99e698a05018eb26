/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/common.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum {
	COMMON_JSON = OPTION_LONG,
	COMMON_NO_COLOR,
	COMMON_ROOT,
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct common_options *o = state->input;

	switch (key) {
	case COMMON_JSON:
		o->json = true;
		return 0;
	case COMMON_NO_COLOR:
		o->no_color = true;
		return 0;
	case COMMON_ROOT:
		o->root = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* clang-format off */
#define ROW_JSON { "json", COMMON_JSON, NULL, 0, "print JSON instead of text", 0 }
/* clang-format on */

static const struct argp_option json[] = { ROW_JSON, { 0 } };
static const struct argp_option report[] = {
	ROW_JSON,
	{ "no-color", COMMON_NO_COLOR, NULL, 0, "no colour (as NO_COLOR in the environment)", 0 },
	{ 0 },
};
static const struct argp_option root[] = {
	{ "root", COMMON_ROOT, "DIR", 0,
	  "read DIR/proc and DIR/sys (a captured tree) instead of the live system", 0 },
	{ 0 },
};

const struct argp argp_json = { .options = json, .parser = parse };
const struct argp argp_report = { .options = report, .parser = parse };
const struct argp argp_root = { .options = root, .parser = parse };

/* The argument may come from a script with anything in it: quoted escaped, cut by no one. */
static void refuse(struct argp_state *state, const char *name, const char *arg, const char *want)
{
	char quoted[256];

	argp_error(state, "%s: '%s' is not %s", name, ESCAPED(quoted, text_string(arg)), want);
}

double option_seconds(struct argp_state *state, const char *name, const char *arg)
{
	double seconds = 0;

	if (text_seconds(text_string(arg), &seconds) < 0 || seconds < 0)
		refuse(state, name, arg, "a time such as 10, 250ms, 5min, 2h");
	return seconds;
}

uint64_t option_u64(struct argp_state *state, const char *name, const char *arg, uint64_t min,
		    uint64_t max)
{
	char want[96];
	uint64_t value = 0;

	if (text_u64(text_string(arg), &value) < 0 || value < min || value > max) {
		(void)snprintf(want, sizeof(want), "a whole number from %" PRIu64 " to %" PRIu64,
			       min, max);
		refuse(state, name, arg, want);
	}
	return value;
}

uint64_t option_bytes(struct argp_state *state, const char *name, const char *arg, uint64_t min,
		      uint64_t max)
{
	char want[96];
	uint64_t value = 0;

	if (text_bytes(text_string(arg), &value) < 0 || value < min || value > max) {
		(void)snprintf(want, sizeof(want),
			       "an amount such as 512M, from %" PRIu64 " MiB to %" PRIu64 " MiB",
			       min / MIB, max / MIB);
		refuse(state, name, arg, want);
	}
	return value;
}

bool colour_wanted(FILE *stream, const struct common_options *o)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(stream)) && !o->no_color && !(no && *no) && term &&
	       strcmp(term, "dumb") != 0;
}

struct style text_style(FILE *stream, const struct common_options *o)
{
	return style_of(fileno(stream), colour_wanted(stream, o));
}

void beside_us(struct strbuf *path, const char *name)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return;
	self[n] = '\0';
	strbuf_add(path, self, (size_t)(strrchr(self, '/') + 1 - self));
	strbuf_puts(path, name);
}

void complain(const char *fmt, ...)
{
	va_list ap;

	/* Data first, so that the two come in order where they share a terminal or a log. */
	(void)fflush(stdout);
	va_start(ap, fmt);
	flockfile(stderr);
	(void)fputs("bulkhead: ", stderr);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
	funlockfile(stderr);
	va_end(ap);
}

int fail(enum exitcode code, const struct fault *f)
{
	complain("%s", f->what);
	return (int)code;
}

void stdout_finish(void)
{
	const bool failed_before = ferror(stdout) != 0;

	/* ENOSPC may only come with the flush or, over a network, the close. Where the caller had
	 * closed stdout, main() put in something that takes no data: no error unless there was any.
	 */
	errno = 0;
	if (fclose(stdout) == 0 && !failed_before)
		return;
	if (errno == EPIPE)
		_exit(EXITCODE_OK);
	(void)dprintf(STDERR_FILENO, "bulkhead: cannot write to standard output: %s\n",
		      errno ? strerrordesc_np(errno) : "an earlier write failed");
	_exit(EXITCODE_UNDETERMINED);
}
