/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/check_report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "report/json.h"
#include "report/leak_json.h"
#include "report/leak_words.h"

static int exit_status_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int check_exit_status(const struct check_view *v)
{
	return v->status_known ? exit_status_of(v->status) : 0;
}

/* "SIGTERM", in the caller's buffer; false for 0 and for what has no name. */
static bool signal_name(int signal, char *buf, size_t size)
{
	const char *abbreviation = sigabbrev_np(signal);

	if (!abbreviation)
		return false;
	(void)snprintf(buf, size, "SIG%s", abbreviation);
	return true;
}

static void live_children(FILE *out, const struct check_process *p, bool followed)
{
	if (!p->children || followed)
		return;
	fprintf(out, "\nIt had %" PRIu32 " %s when it was looked at, which %s not part of this:",
		p->children, p->children == 1 ? "child" : "children",
		p->children == 1 ? "is" : "are");
	for (uint32_t i = 0; i < MIN(p->children, (uint32_t)CHECK_LIVE_CHILDREN); i++)
		fprintf(out, "%s pid %" PRId32, i ? "," : "", p->child[i]);
	fputs(p->children > CHECK_LIVE_CHILDREN ? ", ...\n" : "\n", out);
	fputs("  'bulkhead scan PID' looks at one that lives on; --trace-children at each at its "
	      "end\n",
	      out);
}

static void how_it_ended(FILE *out, const struct check_view *v, const struct check_process *p)
{
	char name[32];

	if (!p->ended)
		fputs(v->left_running || !v->status_known
			      ? "\nlooked at while it ran; it goes on\n"
			      : "\nlooked at while it ran, and then ended\n",
		      out);
	else if (WIFSIGNALED(p->status))
		fprintf(out, "\nended by %s\n",
			signal_name(WTERMSIG(p->status), name, sizeof(name)) ? name : "a signal");
	else
		fprintf(out, "\nexit status %d\n", WEXITSTATUS(p->status));
	if (p->missing)
		fprintf(out,
			"the registers of %" PRIu32 " threads were gone already: what only they "
			"pointed to may count as lost\n",
			p->missing);
}

/* What can be said all the same: that it grew. */
static void unknown_text(FILE *out, const struct check_process *p, const char *who)
{
	fprintf(out, "%s: what it lost is not known: %s\n", who, p->fault.what);
	if (p->report.harm.harm == HARM_NONE)
		return;
	fprintf(out, "%s\n", harm_headline(&p->report));
	for (uint32_t i = 0; i < MIN(p->report.harm.reasons, (uint32_t)HARM_REASONS); i++) {
		char room[256];
		struct strbuf s = STRBUF(room);

		harm_reason_describe(&s, &p->report.harm.reason[i]);
		fprintf(out, "  %s\n", s.buf);
	}
}

static int one_text(FILE *out, const struct check_view *v, const struct check_process *p,
		    struct leak_text_options o)
{
	int r = 0;

	o.at_exit = p->ended;
	if (p->fault.err)
		unknown_text(out, p, p == v->process ? "the program" : "a child");
	else
		r = leak_text(out, &p->report, &o);
	how_it_ended(out, v, p);
	live_children(out, p, v->children);
	return r;
}

int check_text(FILE *out, const struct check_view *v, const struct leak_text_options *o)
{
	int r = 0;

	for (uint32_t i = 0; i < v->processes && r == 0; i++) {
		if (i)
			fputs("\n----\n", out);
		r = one_text(out, v, &v->process[i], *o);
	}
	if (v->children_left)
		fprintf(out, "\n%" PRIu32 " children still ran and were let go\n",
			v->children_left);
	if (v->left_out)
		fprintf(out, "\nmemory was too short to report %" PRIu32 " more processes\n",
			v->left_out);
	return r < 0 ? r : fflush(out) == EOF || ferror(out) ? -EIO : 0;
}

static json_t *signal_json(int signal)
{
	char name[32];

	return signal_name(signal, name, sizeof(name)) ? json_string(name) : json_null();
}

static json_t *child_pids(const struct check_process *p)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < MIN(p->children, (uint32_t)CHECK_LIVE_CHILDREN); i++)
		ok = json_add(list, json_integer(p->child[i]));
	return json_whole(list, ok);
}

static bool one_json(json_t *o, const struct check_process *p)
{
	const bool ended_by_signal = p->ended && WIFSIGNALED(p->status);

	return leak_json(o, &p->report) &&
	       json_put(o, "exit_status",
			p->ended ? json_integer(exit_status_of(p->status)) : json_null()) &&
	       json_put(o, "signal",
			ended_by_signal ? signal_json(WTERMSIG(p->status)) : json_null()) &&
	       json_put(o, "fault",
			p->fault.err ? json_escaped(text_string(p->fault.what)) : json_null()) &&
	       json_put(o, "missing_threads", json_bytes(p->missing)) &&
	       json_put(o, "live_children", child_pids(p));
}

static json_t *children(const struct check_view *v)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 1; ok && i < v->processes; i++) {
		json_t *o = json_object();

		ok = json_add(list, json_whole(o, o && one_json(o, &v->process[i])));
	}
	return json_whole(list, ok);
}

int check_json(FILE *out, const struct check_view *v)
{
	json_t *o = json_object();

	return json_print(
		out,
		json_whole(o, json_put(o, "schema", json_string("bulkhead.check/1")) &&
				      one_json(o, &v->process[0]) &&
				      /* After a look it is ended, and then has a status, too. */
				      json_put(o, "exit_status",
					       v->status_known ? json_integer(check_exit_status(v))
							       : json_null()) &&
				      json_put(o, "signal",
					       v->status_known && WIFSIGNALED(v->status)
						       ? signal_json(WTERMSIG(v->status))
						       : json_null()) &&
				      json_put(o, "asked_by", signal_json(v->asked)) &&
				      json_put(o, "children", children(v)) &&
				      json_put(o, "children_left", json_bytes(v->children_left))));
}
