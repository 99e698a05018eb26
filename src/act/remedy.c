/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/remedy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"

/* After 99-sysctl.conf, the usual link to /etc/sysctl.conf, in the order systemd-sysctl reads. */
#define DROP_IN(name) "etc/sysctl.d/99-zz-bulkhead-" name ".conf"

static const struct {
	const char *knob, *drop_in, *key, *comment;
	bool letter; /* the kernel prints Y or N */
} rows[REMEDY_COUNT] = {
	[REMEDY_CONSOLE_LOGLEVEL] = { "proc/sys/kernel/printk", DROP_IN("printk"), "kernel.printk",
				      "So that the consoles print less of an OOM report, and the "
				      "machine stands still for less\n# time. The kernel's ring "
				      "buffer and the log files keep all of it." },
	[REMEDY_IGNORE_LOGLEVEL] = { "sys/module/printk/parameters/ignore_loglevel", "", "", "",
				     true },
	[REMEDY_PRINTK_DELAY] = { "proc/sys/kernel/printk_delay", DROP_IN("printk-delay"),
				  "kernel.printk_delay",
				  "So that no record of an OOM report waits for its own sake." },
	[REMEDY_OOM_DUMP_TASKS] = { "proc/sys/vm/oom_dump_tasks", DROP_IN("oom-dump-tasks"),
				    "vm.oom_dump_tasks",
				    "So that an OOM report has no table of all tasks, neither on a "
				    "console nor in any log." },
};

const char *remedy_knob(enum remedy_id id)
{
	return rows[id].knob;
}

/* kernel.printk holds four numbers; only the first is ours, and writing one number sets only it. */
static int knob_get(int top, const char *file, struct remedy_value *ret)
{
	struct remedy_value v = { 0 };
	struct text rest, word;
	size_t len;
	int r = file_read_at(top, file, v.text, sizeof(v.text), &len);

	if (r < 0)
		return r;
	rest = text_of(v.text, len);
	if (!text_next_line(&rest, &word))
		return -EPROTO;
	rest = word;
	if (!text_next_word(&rest, &word))
		return -EPROTO;
	memset(ret, 0, sizeof(*ret));
	return text_copy(word, ret->text, ACT_VALUE_SIZE);
}

static int knob_put(struct remedy_world *w, const char *file, const struct remedy_value *v)
{
	_cleanup_close_ int fd = -1;
	int r = remedy_step(&w->steps);

	if (r < 0)
		return r;
	fd = openat(w->top, file, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	r = fd < 0 ? -errno : fd_write_all(fd, v->text, strlen(v->text));
	return r < 0 ? r : remedy_step(&w->steps);
}

static int get(struct remedy_world *w, const struct remedy_change *c, struct remedy_value *ret)
{
	return c->drop_in ? remedy_file_get(w->top, c->file, ret) : knob_get(w->top, c->file, ret);
}

static int put(struct remedy_world *w, const struct remedy_change *c, const struct remedy_value *v)
{
	return c->drop_in ? remedy_file_put(w->top, c->file, v, &w->steps)
			  : knob_put(w, c->file, v);
}

/* What an act shows of a value: a knob's word, or the last line of a drop-in, its setting. */
static void show(const struct remedy_value *v, char ret[ACT_VALUE_SIZE])
{
	struct text rest = text_string(v->text), line, last = TEXT("");

	while (text_next_line(&rest, &line)) {
		if (text_trim(line).n)
			last = text_trim(line);
	}
	last.n = MIN(last.n, (size_t)ACT_VALUE_SIZE - 1);
	if (text_copy(last, ret, ACT_VALUE_SIZE) < 0)
		ret[0] = '\0';
}

static struct act *act_add(struct acts *acts, const struct remedy_change *c,
			   const struct remedy_value *before, const struct remedy_value *after)
{
	struct act *a = &acts->act[MIN(acts->count, (uint32_t)ACTS_MAX - 1)];

	acts->count = MIN(acts->count + 1, (uint32_t)ACTS_MAX);
	*a = (struct act){ .remedy = c->remedy,
			   .drop_in = c->drop_in,
			   .before_absent = before->absent,
			   .after_absent = after->absent };
	(void)snprintf(a->file, sizeof(a->file), "/%s", c->file);
	show(before, a->before);
	show(after, a->after);
	return a;
}

static void act_fail(struct act *a, int err)
{
	a->result = ACT_FAILED;
	(void)fault_errno(&a->fault, err, "cannot change '%s'", a->file);
}

static bool is_ours(const struct remedy_change *c, const struct remedy_value *now)
{
	return remedy_value_equal(now, &c->before) || remedy_value_equal(now, &c->last) ||
	       remedy_value_equal(now, &c->after);
}

/*
 * A change that failed late (the directory could not be synced) is there all the same: its record
 * goes only when the old value is seen in its place.
 */
static bool is_unmade(struct remedy_world *w, const struct remedy_change *c)
{
	struct remedy_value now = { 0 };

	return get(w, c, &now) == 0 && remedy_value_equal(&now, &c->last);
}

/*
 * What is there, or would be had a guard that is gone taken its own change back. True in the latter
 * case.
 */
static bool see_through(const struct remedy_world *w, const struct remedy_change *c,
			const struct remedy_value *now, struct remedy_value *ret)
{
	const bool left = !c->drop_in && w->left.knob && strcmp(w->left.knob, c->file) == 0 &&
			  strcmp(w->left.after, now->text) == 0;

	*ret = *now;
	if (left)
		(void)snprintf(ret->text, sizeof(ret->text), "%s", w->left.before);
	return left;
}

/* Records the change, then makes it. What was not made is not kept. */
static int change_make(struct remedy_world *w, struct remedy_state *s, struct remedy_change *want,
		       const struct remedy_value *now, struct act *a, struct fault *f)
{
	static struct remedy_value own;
	struct remedy_change *c = remedy_state_find(s, want->file);
	const bool known = c != NULL;
	int r;

	if (!c)
		c = remedy_state_add(s, want->file);
	if (!c)
		return fault_set(f, -ENOSPC, "the state of 'doctor --fix' is full");
	a->left = see_through(w, want, now, &own);
	/* What somebody else has set since is what --undo must come back to. */
	if (!known || !is_ours(c, &own))
		c->before = own;
	c->remedy = want->remedy;
	c->drop_in = want->drop_in;
	c->last = *now;
	c->after = want->after;
	r = remedy_state_save(s, f);
	if (r < 0)
		return r;
	r = put(w, c, &c->after);
	if (r == -ECANCELED)
		return fault_errno(f, r, "stopped at '%s'", a->file);
	if (r < 0) {
		act_fail(a, r);
		if (known || !is_unmade(w, c))
			return 0;
		remedy_state_remove(s, c);
		return remedy_state_save(s, f);
	}
	w->left.taken |= a->left;
	return 0;
}

static int apply_file(struct remedy_world *w, struct remedy_state *s, struct remedy_change *want,
		      struct acts *acts, struct fault *f)
{
	struct remedy_value now = { 0 }, own;
	int r = get(w, want, &now);
	struct act *a = act_add(acts, want, &now, &want->after);

	if (r == -ENOENT || (want->drop_in && r == -ENOTDIR)) {
		a->result = ACT_SKIPPED;
		(void)fault_set(&a->fault, r, "this kernel has no such file");
	} else if (r < 0) {
		act_fail(a, r);
	} else if (!want->drop_in && w->held && strcmp(w->held, want->file) == 0) {
		a->result = ACT_HELD;
	} else if (remedy_value_equal(&now, &want->after) && !see_through(w, want, &now, &own)) {
		a->result = ACT_ALREADY;
	} else if (w->dry_run) {
		a->result = ACT_DRY_RUN;
	} else {
		r = change_make(w, s, want, &now, a, f);
		/* Not recorded, so not made. */
		if (r < 0)
			act_fail(a, r);
		return r;
	}
	return 0;
}

static void value_of(const struct remedy_order *o, struct remedy_value *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (rows[o->remedy].letter)
		(void)snprintf(ret->text, sizeof(ret->text), "%s", o->value ? "Y" : "N");
	else
		(void)snprintf(ret->text, sizeof(ret->text), "%" PRIu64, o->value);
}

static void content_of(const struct remedy_order *o, struct remedy_value *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->mode = 0644;
	(void)snprintf(ret->text, sizeof(ret->text),
		       "# Written by 'bulkhead doctor --fix'; 'bulkhead doctor --undo' takes it "
		       "back.\n# %s\n%s = %" PRIu64 "\n",
		       rows[o->remedy].comment, rows[o->remedy].key, o->value);
}

static bool has_drop_in_dir(int top)
{
	return faccessat(top, "etc/sysctl.d", F_OK, 0) == 0;
}

static int apply_order(struct remedy_world *w, struct remedy_state *s, const struct remedy_order *o,
		       struct acts *acts, struct fault *f)
{
	static struct remedy_change want; /* 12 KiB */
	struct act *a;
	int r;

	memset(&want, 0, sizeof(want));
	want.remedy = o->remedy;
	(void)snprintf(want.file, sizeof(want.file), "%s", rows[o->remedy].knob);
	value_of(o, &want.after);
	r = apply_file(w, s, &want, acts, f);
	if (r < 0 || !rows[o->remedy].drop_in[0])
		return r;
	want.drop_in = true;
	(void)snprintf(want.file, sizeof(want.file), "%s", rows[o->remedy].drop_in);
	content_of(o, &want.after);
	if (has_drop_in_dir(w->top))
		return apply_file(w, s, &want, acts, f);
	want.last.absent = true;
	a = act_add(acts, &want, &want.last, &want.after);
	a->result = ACT_SKIPPED;
	(void)fault_set(&a->fault, -ENOENT, "no /etc/sysctl.d: the change ends with this boot");
	return 0;
}

int remedies_apply(struct remedy_world *w, const struct remedy_order *orders, uint32_t count,
		   struct acts *ret, struct fault *f)
{
	static struct remedy_state s; /* 100 KiB */
	int r = remedy_state_open(w->top, !w->dry_run, &w->steps, &s, f);

	ret->count = 0;
	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = apply_order(w, &s, &orders[i], ret, f);
	remedy_state_close(&s);
	return r;
}

/* The state file is root's own, yet a half-restored disk can hold anything. */
static bool names_its_file(const struct remedy_change *c)
{
	const char *file = c->drop_in ? rows[c->remedy].drop_in : rows[c->remedy].knob;

	/* A remedy without a drop-in has "" there, and no file has that name. */
	return file[0] && strcmp(c->file, file) == 0;
}

/* The scratch file that a crash before its rename left. */
static void drop_scratch(struct remedy_world *w, const struct remedy_change *c)
{
	char scratch[REMEDY_FILE_SIZE + 8];

	(void)snprintf(scratch, sizeof(scratch), "%s.new", c->file);
	if (c->drop_in && !w->dry_run)
		(void)unlinkat(w->top, scratch, 0);
}

/* True when the change is taken back, or is no longer ours, and so to be forgotten. */
static bool undo_file(struct remedy_world *w, const struct remedy_change *c, struct acts *acts,
		      int *ret_err)
{
	struct remedy_value now = { 0 }, own;
	int r = get(w, c, &now);
	struct act *a = act_add(acts, c, &now, &c->before);

	a->undo = true;
	*ret_err = 0;
	drop_scratch(w, c);
	if (r < 0 && r != -ENOENT) {
		act_fail(a, r);
		return false;
	}
	if (r == -ENOENT) {
		a->result = ACT_SKIPPED;
		(void)fault_set(&a->fault, r, "this kernel has no such file");
		return true;
	}
	if (!c->drop_in && w->held && strcmp(w->held, c->file) == 0) {
		a->result = ACT_HELD;
		return false;
	}
	a->left = see_through(w, c, &now, &own);
	if (!is_ours(c, &own)) {
		a->result = ACT_CHANGED_SINCE;
		return true;
	}
	if (remedy_value_equal(&now, &c->before)) {
		a->result = ACT_ALREADY;
		w->left.taken |= a->left && !w->dry_run;
		return true;
	}
	if (w->dry_run) {
		a->result = ACT_DRY_RUN;
		return false;
	}
	r = put(w, c, &c->before);
	w->left.taken |= a->left && r == 0;
	if (r == -ECANCELED)
		*ret_err = r;
	else if (r < 0)
		act_fail(a, r);
	return r == 0;
}

static int undo_all(struct remedy_world *w, struct remedy_state *s, struct acts *acts,
		    struct fault *f)
{
	for (uint32_t i = s->count; i > 0; i--) {
		struct remedy_change *c = &s->change[i - 1];
		int r = 0;

		if (!names_its_file(c))
			return fault_set(f, -EPROTO,
					 "the state names '/%s', which is no file of '%s'", c->file,
					 remedy_name(c->remedy));
		if (!undo_file(w, c, acts, &r) || w->dry_run) {
			if (r < 0)
				return fault_errno(f, r, "stopped at '/%s'", c->file);
			continue;
		}
		remedy_state_remove(s, c);
		r = remedy_state_save(s, f);
		if (r < 0)
			return r;
	}
	return 0;
}

int remedies_undo(struct remedy_world *w, struct acts *ret, struct fault *f)
{
	static struct remedy_state s;
	int r = remedy_state_open(w->top, false, &w->steps, &s, f);

	ret->count = 0;
	if (r == 0)
		r = undo_all(w, &s, ret, f);
	/* A crash before the first state file was whole left its scratch file. */
	if (r == 0 && s.dir >= 0 && !s.count && !w->dry_run)
		r = remedy_state_save(&s, f);
	remedy_state_close(&s);
	return r;
}
