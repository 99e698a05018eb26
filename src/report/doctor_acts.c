/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/doctor_acts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "report/doctor_words.h"

static const struct {
	const char *word, *sentence;
} results[] = {
	[ACT_DONE] = { "done", "done" },
	[ACT_DRY_RUN] = { "dry_run", "would do" },
	[ACT_ALREADY] = { "already", "is so already" },
	[ACT_SKIPPED] = { "skipped", "skipped" },
	[ACT_HELD] = { "held", "left alone" },
	[ACT_CHANGED_SINCE] = { "changed_since", "left alone" },
	[ACT_FAILED] = { "failed", "FAILED" },
};

static void add_value(struct strbuf *s, bool absent, const char *value)
{
	if (absent)
		strbuf_puts(s, "(no file)");
	else
		strbuf_escape(s, text_string(value));
}

static const char *reason_of(const struct act *a)
{
	switch (a->result) {
	case ACT_HELD:
		return "guard holds it lowered while memory is short, and will restore it; do it "
		       "again then";
	case ACT_CHANGED_SINCE:
		return "somebody else has changed it since, and it is no longer doctor's";
	case ACT_SKIPPED:
	case ACT_FAILED:
		return a->fault.what;
	default:
		break;
	}
	if (a->undo)
		return "what was there before";
	if (a->left)
		return "a guard that is gone had lowered it; --undo comes back to what it was "
		       "before that";
	if (a->drop_in)
		return "the same after the next boot";
	return a->remedy == REMEDY_OOM_DUMP_TASKS ? "a report without the task table"
						  : "a shorter time at each report";
}

static void act_line(FILE *out, const struct act *a)
{
	char room[1024];
	struct strbuf s = STRBUF(room);

	strbuf_printf(&s, "%s: %s", results[a->result].sentence, a->file);
	if (a->result != ACT_SKIPPED) {
		strbuf_puts(&s, ": ");
		add_value(&s, a->before_absent, a->before);
		if (a->result != ACT_ALREADY) {
			strbuf_puts(&s, " -> ");
			add_value(&s, a->after_absent, a->after);
		}
	}
	if (a->result != ACT_ALREADY)
		strbuf_printf(&s, " (%s)", reason_of(a));
	fprintf(out, "%s\n", s.buf);
}

static void outlook(FILE *out, const struct doctor_view *v)
{
	const struct diagnosis *d = v->diagnosis;
	char room[256];
	struct strbuf s = STRBUF(room);

	strbuf_puts(&s, "an OOM report printed for ");
	storm_seconds(&s, d->seconds_now.mid);
	strbuf_puts(&s, v->dry_run ? ", and would for " : ", and now does for ");
	storm_seconds(&s, v->seconds_after.mid);
	fprintf(out, "%s%s\n", s.buf, d->undetermined ? ", as far as is known" : "");
}

/* Only of what is so now, or would be: each knob has its new value. */
static bool looks_ahead(const struct doctor_view *v)
{
	bool all = !v->undo && !v->fault && !acts_failed(v->acts) && v->acts->count;

	for (uint32_t i = 0; i < v->acts->count; i++) {
		const struct act *a = &v->acts->act[i];

		all &= a->drop_in || a->result != ACT_SKIPPED;
	}
	return all && storm_time_known(&v->storm) && v->seconds_after.known;
}

int doctor_acts_text(FILE *out, const struct doctor_view *v)
{
	for (uint32_t i = 0; i < v->acts->count; i++)
		act_line(out, &v->acts->act[i]);
	if (!v->acts->count && !v->fault)
		fputs(v->undo ? "nothing to undo\n" : "nothing to do\n", out);
	else if (looks_ahead(v))
		outlook(out, v);
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}

static json_t *value(bool absent, const char *text)
{
	return absent ? json_null() : json_escaped(text_string(text));
}

json_t *doctor_acts_json(const struct acts *acts)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < acts->count; i++) {
		const struct act *a = &acts->act[i];
		json_t *o = json_object();

		ok = json_put(o, "remedy", json_string(remedy_name(a->remedy))) &&
		     json_put(o, "file", json_string(a->file)) &&
		     json_put(o, "before", value(a->before_absent, a->before)) &&
		     json_put(o, "after", value(a->after_absent, a->after)) &&
		     json_put(o, "undo", json_boolean(a->undo)) &&
		     json_put(o, "result", json_string(results[a->result].word)) &&
		     json_put(o, "reason", json_string(reason_of(a)));
		ok = json_add(list, o) && ok;
	}
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}
