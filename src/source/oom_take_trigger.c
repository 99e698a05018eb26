/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/strbuf.h"
#include "source/oom_open.h"
#include "source/oom_text.h"

/* The name in front of " invoked oom-killer", without what of a prefix may still stand there. */
static struct text comm_before(struct text t)
{
	static const char *const marks[] = { "] ", ": ", " " };

	t = text_trim(t);
	for (size_t i = 0; i < ARRAY_SIZE(marks) && t.n > OOM_COMM_LEN; i++) {
		ssize_t at = oom_text_find_last(t, marks[i]);

		/* "CPU 0/KVM" keeps its blank: only a name that is too long lost one. */
		if (at >= 0)
			t = oom_text_from(t, (size_t)at + strlen(marks[i]));
	}
	return t;
}

/*
 * "0x100cca(GFP_HIGHUSER_MOVABLE)", to the comma; a blank in it is of a broken line. A mask that
 * ends the line may be cut.
 */
static void take_gfp(struct oom_trigger *trigger, struct text t)
{
	char buf[sizeof(trigger->gfp_flags) + 32];
	const bool whole = oom_text_has(t, ",");
	struct text names = TEXT("");
	uint64_t mask;

	(void)text_next_field(&t, ',', &names);
	t = oom_text_without_blanks(names, buf, sizeof(buf));
	if (!oom_take_hex(&t, &mask) || (!whole && !t.n))
		return;
	trigger->gfp_mask = opt_u64_of(mask);
	if (text_skip_prefix(&t, "(") && oom_take_until(&t, ")", &names))
		OOM_COPY(names, trigger->gfp_flags);
}

/* The number behind `key`, which has a place of its own in every era. */
static struct opt_i64 number_after(struct text t, const char *key)
{
	struct opt_i64 number = { .known = ABSENT };
	const ssize_t at = oom_text_find(t, key);
	int64_t value;

	if (at < 0)
		return number;
	t = oom_text_from(t, (size_t)at + strlen(key));
	oom_skip_blanks(&t);
	if (oom_take_i64(&t, &value))
		number = opt_i64_of(value);
	return number;
}

static void take_nodemask(struct oom_trigger *trigger, struct text t)
{
	char buf[sizeof(trigger->nodemask)];
	struct text skipped, mask;

	if (oom_take_until(&t, "nodemask=", &skipped) && oom_take_until(&t, ", order=", &mask))
		OOM_COPY(oom_text_without_blanks(mask, buf, sizeof(buf)), trigger->nodemask);
}

/* A comma always follows: at the end of the text, or before a blank, it may lack a digit. */
static void take_order(struct oom_trigger *trigger, struct text t)
{
	struct text skipped, value;
	char buf[24];
	int64_t order;

	if (oom_take_until(&t, "order=", &skipped) && oom_take_until(&t, ",", &value) &&
	    text_i64(oom_text_without_blanks(value, buf, sizeof(buf)), &order) == 0)
		trigger->order = opt_i64_of(order);
}

void oom_take_trigger(struct oom_open *o, struct text t)
{
	struct oom_trigger *trigger = &o->r.trigger;
	const ssize_t at = oom_line_invoked(t);
	struct text skipped;

	trigger->known = true;
	o->r.parts |= OOM_PART_TRIGGER;
	if (at > 0)
		OOM_COPY(comm_before(oom_text_until(t, (size_t)at)), trigger->comm);
	if (at > 0)
		t = oom_text_from(t, (size_t)at);
	take_nodemask(trigger, t);
	take_order(trigger, t);
	trigger->oom_score_adj = number_after(t, "oom_score_adj=");
	trigger->oom_adj = number_after(t, "oom_adj=");
	if (trigger->oom_adj.known != KNOWN)
		trigger->oom_adj = number_after(t, "oomkilladj=");
	if (oom_take_until(&t, "gfp_mask=", &skipped))
		take_gfp(trigger, t);
}

/* "java cpuset=NAME mems_allowed=0-1", up to 4.20 */
void oom_take_cpuset(struct oom_open *o, struct text t)
{
	const ssize_t mems = oom_text_find_last(t, " mems_allowed=");
	ssize_t cpuset;

	if (mems < 0)
		return;
	oom_take_nodes(oom_text_from(t, (size_t)mems + strlen(" mems_allowed=")), o->r.mems_allowed,
		       sizeof(o->r.mems_allowed));
	t = oom_text_until(t, (size_t)mems);
	cpuset = oom_text_find(t, " cpuset=");
	if (cpuset >= 0)
		OOM_COPY_END(oom_text_from(t, (size_t)cpuset + strlen(" cpuset=")), o->r.cpuset);
}

static struct opt_u64 unsigned_after(struct text t, const char *key)
{
	struct opt_i64 number = number_after(t, key);

	return number.known == KNOWN && number.value >= 0 ? opt_u64_of((uint64_t)number.value)
							  : opt_u64_none(ABSENT);
}

/* "G   B          T": the flags that are not set are blanks. */
static void take_taint(struct oom_report *r, struct text t)
{
	struct strbuf flags = STRBUF(r->taint);
	struct text word;

	while (text_next_word(&t, &word) && flags.len + word.n + 2 < flags.size) {
		if (flags.len)
			strbuf_putc(&flags, ' ');
		strbuf_add(&flags, word.p, word.n);
	}
}

/*
 * Taint flags and release of print_tainted() and init_utsname()->release: "Tainted: G  W  5.4.0
 * #1". The number of the build follows always, or the release may be cut; a blank in it is of a
 * broken line.
 */
static void take_release(struct oom_report *r, struct text t)
{
	struct text flags = t, rest, word = TEXT(""), number;
	const ssize_t end = oom_text_find(t, " #");
	char release[sizeof(r->release)];
	uint64_t major, minor;
	size_t begin;

	if (end < 0)
		return;
	t = oom_text_until(t, (size_t)end);
	rest = t;
	while (text_next_word(&rest, &word) && !is_digit(word.p[0]))
		;
	if (!is_digit(word.p[0]))
		return;
	begin = (size_t)(word.p - t.p);
	number = word = oom_text_without_blanks(oom_text_from(t, begin), release, sizeof(release));
	if (!oom_take_u64(&number, &major) || !text_skip_prefix(&number, ".") ||
	    !oom_take_u64(&number, &minor) || major > 99 || minor > 99)
		return;
	OOM_COPY(word, r->release);
	r->version = (struct kernel_version){ .major = (uint32_t)major, .minor = (uint32_t)minor };
	if (text_skip_prefix(&flags, "Tainted: "))
		take_taint(r, text_of(flags.p, (size_t)(t.p + begin - flags.p)));
}

/* The first word behind the name: it holds at most 15 bytes, but any. */
static ssize_t comm_end(struct text t)
{
	static const char *const marks[] = { " Kdump: ", " Not tainted", " Tainted: " };
	ssize_t end = -1;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		const ssize_t at = oom_text_find(t, marks[i]);

		if (at >= 0 && (end < 0 || at < end))
			end = at;
	}
	return end;
}

/* A host without a tag behind it looks like the begin of the name: "db1 mysqld invoked". */
static bool is_rest_of(struct text comm, const char *name)
{
	const struct text t = text_string(name);

	return comm.n && comm.n < t.n && t.p[t.n - comm.n - 1] == ' ' &&
	       memcmp(t.p + t.n - comm.n, comm.p, comm.n) == 0;
}

void oom_take_cpu(struct oom_open *o, struct text t)
{
	struct oom_report *r = &o->r;
	struct text ids, comm;
	ssize_t at;

	if (!oom_take_until(&t, "Comm: ", &ids) && !oom_take_until(&t, "comm: ", &ids))
		return;
	r->parts |= OOM_PART_CPU;
	r->trigger.cpu = unsigned_after(ids, "CPU: ");
	r->trigger.uid = unsigned_after(ids, "UID: ");
	r->trigger.pid = unsigned_after(ids, "PID: ");
	if (r->trigger.pid.known != KNOWN)
		r->trigger.pid = unsigned_after(ids, "Pid: ");
	at = comm_end(t);
	comm = at < 0 ? t : oom_text_until(t, (size_t)at);
	if (!r->trigger.comm[0] || is_rest_of(comm, r->trigger.comm))
		OOM_COPY(comm, r->trigger.comm);
	if (at < 0)
		return;
	t = oom_text_from(t, (size_t)at + 1);
	text_skip_prefix(&t, "Kdump: loaded ");
	take_release(r, t);
}

void oom_take_hardware(struct oom_open *o, struct text t)
{
	text_skip_prefix(&t, "Hardware name:");
	OOM_COPY(text_trim(t), o->r.hardware);
}

static bool is_name(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '.' ||
	       c == '$';
}

/*
 * "dump_stack+0x45/0x56", "[<c04>] (show_stack) from [<c08>] (dump_stack+0x18/0x1c)",
 * "show_stack from dump_header+0x68/0x254": the function that was called is first.
 */
static struct text frame_name(struct text t)
{
	const ssize_t from = oom_text_find(t, " from ");
	size_t end = from > 0 ? (size_t)from : (size_t)oom_line_frame(t), begin;

	if (from > 0) {
		const ssize_t plus = oom_text_find(oom_text_until(t, end), "+0x");

		if (plus > 0)
			end = (size_t)plus;
		else if (t.p[end - 1] == ')')
			end--;
	}
	for (begin = end; begin && is_name(t.p[begin - 1]); begin--)
		;
	/* powerpc with function descriptors: ".dump_stack" */
	while (begin < end && t.p[begin] == '.')
		begin++;
	return text_of(t.p + begin, end - begin);
}

static void add_frame(char (*frame)[OOM_FRAME_SIZE], uint32_t *count, struct text name)
{
	if (*count >= OOM_FRAMES_MAX)
		return;
	OOM_COPY(name, frame[*count]);
	++*count;
}

void oom_take_frame(struct oom_open *o, struct text t)
{
	struct oom_report *r = &o->r;
	struct text name = frame_name(t);

	if (!name.n)
		return;
	r->parts |= OOM_PART_STACK;
	if (name.p >= t.p + 2 && name.p[-2] == '?') {
		add_frame(o->unsure, &o->unsure_count, name);
	} else {
		add_frame(r->frame, &r->frame_count, name);
	}
}
