/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=A,mems_allowed=0,oom_memcg=/B,
 * task_memcg=/C,task=x,pid=1,uid=0" (5.0+, dump_oom_victim()). Paths and names may hold commas and
 * any of these words, so it is read from the right; the kernel leaves out what its configuration
 * lacks, and the text may end anywhere.
 */
#include "source/oom_open.h"
#include "source/oom_text.h"

/* Takes ",key=value" off the end; false when it is not there. */
static bool take_last(struct text *t, const char *key, struct text *ret)
{
	const ssize_t at = oom_text_find_last(*t, key);

	if (at < 0)
		return false;
	*ret = oom_text_from(*t, (size_t)at + strlen(key));
	*t = oom_text_until(*t, (size_t)at);
	return true;
}

/* A name of up to 15 bytes may hold ",task=" itself: the leftmost that leaves so many. */
static bool take_task(struct text *t, struct text *ret)
{
	static const char key[] = ",task=";
	const size_t window = OOM_COMM_LEN + sizeof(key) - 1;
	const size_t from = t->n > window ? t->n - window : 0;
	const ssize_t at = oom_text_find(oom_text_from(*t, from), key);

	if (at < 0)
		return take_last(t, key, ret);
	*ret = oom_text_from(*t, from + (size_t)at + sizeof(key) - 1);
	*t = oom_text_until(*t, from + (size_t)at);
	return true;
}

/* Another word than the four is one of a kernel that is not known yet, or of a BPF policy: whatever
 * else the report says, it is not known what that means. A word that ends the text may be cut. */
static bool is_constraint(struct text t)
{
	if (!text_skip_prefix(&t, "CONSTRAINT_") || !t.n)
		return false;
	for (size_t i = 0; i < t.n; i++)
		if (!(t.p[i] >= 'A' && t.p[i] <= 'Z') && !(t.p[i] >= '0' && t.p[i] <= '9') &&
		    t.p[i] != '_')
			return false;
	return true;
}

static void take_name(struct oom_report *r, struct text t, bool whole)
{
	static const struct {
		const char *name;
		enum oom_constraint constraint;
	} names[] = {
		{ "CONSTRAINT_NONE", OOM_CONSTRAINT_NONE },
		{ "CONSTRAINT_CPUSET", OOM_CONSTRAINT_CPUSET },
		{ "CONSTRAINT_MEMORY_POLICY", OOM_CONSTRAINT_MEMPOLICY },
		{ "CONSTRAINT_MEMCG", OOM_CONSTRAINT_MEMCG },
	};

	OOM_COPY(t, r->constraint_text);
	if (whole && is_constraint(t))
		r->constraint_source = OOM_CONSTRAINT_PRINTED;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (text_is(t, names[i].name)) {
			r->constraint = names[i].constraint;
			r->constraint_source = OOM_CONSTRAINT_PRINTED;
		}
}

/* task=, pid= and uid=. A pid that ends the text may be cut: only what has a successor counts. */
static void take_victim(struct oom_report *r, struct text *t)
{
	struct text uid = TEXT(""), pid = TEXT(""), task;
	const bool has_uid = take_last(t, ",uid=", &uid);
	const bool has_pid = take_last(t, ",pid=", &pid);
	struct oom_choice choice = { .known = true };
	int64_t value;

	if (!has_pid)
		return; /* what "task=" has may be cut too */
	if (!take_task(t, &task))
		return;
	if (!has_uid || text_i64(pid, &choice.pid) < 0 || choice.pid < 0)
		return;
	OOM_COPY(task, choice.comm);
	/* "%d": nobody's 4294967294 is -2. */
	if (text_i64(uid, &value) == 0)
		choice.uid = opt_u64_of((uint32_t)value);
	if (!r->choice.known)
		r->choice = choice;
}

/* True: it names the cgroup whose limit it was. */
static bool take_cgroups(struct oom_report *r, struct text *t, bool whole)
{
	struct text path;

	if (take_last(t, ",task_memcg=", &path) && whole)
		OOM_COPY_END(path, r->memcg.task_path);
	if (oom_text_ends(*t, ",global_oom")) {
		r->global_oom = true;
		t->n -= strlen(",global_oom");
		return false;
	}
	if (!take_last(t, ",oom_memcg=", &path))
		return false;
	OOM_COPY_END(path, r->memcg.limit_path);
	r->memcg.known = true;
	return true;
}

static void take_line(struct oom_open *o, struct text t)
{
	struct oom_report *r = &o->r;
	struct text name, value, skipped;
	bool whole, of_memcg;

	if (!oom_take_until(&t, "constraint=", &skipped))
		return;
	if (t.n)
		r->parts |= OOM_PART_CONSTRAINT;
	whole = oom_text_has(t, ",uid=") || oom_text_has(t, ",task=");
	take_victim(r, &t);
	of_memcg = take_cgroups(r, &t, whole);
	if (take_last(&t, ",mems_allowed=", &value))
		oom_take_nodes(value, r->mems_allowed, sizeof(r->mems_allowed));
	whole = oom_text_has(t, ",");
	if (!text_next_field(&t, ',', &name))
		return;
	take_name(r, name, whole);
	/* 5.0 says CONSTRAINT_NONE of a cgroup's limit too (ef8444ea01d7), beside its path. */
	if (r->constraint == OOM_CONSTRAINT_NONE && of_memcg)
		r->constraint = OOM_CONSTRAINT_MEMCG;
	if (!text_skip_prefix(&t, "nodemask="))
		return;
	if (oom_take_until(&t, ",cpuset=", &value)) {
		OOM_COPY(value, r->trigger.nodemask);
		OOM_COPY_END(t, r->cpuset);
	} else {
		OOM_COPY(t, r->trigger.nodemask);
	}
}

/*
 * A line without blanks of its own is what mailers break anywhere: ",task_m emcg=". Where a word of
 * the kernel's is only there without the blanks, they are not the kernel's.
 */
#define LINE_SIZE 2048

void oom_take_constraint(struct oom_open *o, struct text t)
{
	static const char *const words[] = { ",nodemask=",  ",cpuset=",	    ",mems_allowed=",
					     ",oom_memcg=", ",task_memcg=", ",task=",
					     ",pid=",	    ",uid=" };
	char squeezed[LINE_SIZE];
	struct text without = text_of(squeezed, 0);

	if (t.n >= sizeof(squeezed) || !oom_text_has(t, " ")) {
		take_line(o, t);
		return;
	}
	for (size_t i = 0; i < t.n; i++)
		if (t.p[i] != ' ')
			squeezed[without.n++] = t.p[i];
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!oom_text_has(t, words[i]) && oom_text_has(without, words[i])) {
			take_line(o, without);
			return;
		}
	take_line(o, t);
}
