/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of the kill, and instead of one. */
#include "source/oom_open.h"
#include "source/oom_text.h"

enum oom_message oom_message_of(struct text t)
{
	static const struct {
		const char *words;
		enum oom_message message;
	} messages[] = {
		{ "emory cgroup out of memory", OOM_MESSAGE_MEMCG },
		{ "(oom_kill_allocating_task)", OOM_MESSAGE_ALLOCATING_TASK },
		{ "No available memory (MPOL_BIND)", OOM_MESSAGE_MPOL_BIND },
		{ "No available memory in cpuset", OOM_MESSAGE_CPUSET },
		{ "ut of memory", OOM_MESSAGE_GLOBAL },
		{ "ut of Memory", OOM_MESSAGE_GLOBAL }, /* up to 2.6.23 */
	};

	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		if (oom_text_has(t, messages[i].words))
			return messages[i].message;
	return OOM_MESSAGE_UNKNOWN;
}

/*
 * The name in "(x) total-vm:": it may hold parentheses and blanks. The kernel's own words behind it
 * end it, else the last parenthesis that a name can reach: a daemon that escapes makes it longer.
 */
static bool take_comm(struct text *t, struct text *ret)
{
	static const char *const ends[] = { ") total-vm:",	") vsz:",    ") score ",
					    "), now anon-rss:", "), UID ",   ") anon-rss:",
					    ") is already ",	") sharing " };
	ssize_t end = -1;
	size_t skip = 1;

	if (!text_skip_prefix(t, "("))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ends) && end < 0; i++)
		end = oom_text_find(oom_text_until(*t, OOM_COMM_SIZE - 1 + strlen(ends[i])),
				    ends[i]);
	if (end < 0)
		end = oom_text_find_last(oom_text_until(*t, OOM_COMM_SIZE), ")");
	if (end < 0) { /* cut in the name */
		end = (ssize_t)t->n;
		skip = 0;
	}
	*ret = oom_text_until(*t, (size_t)end);
	*t = oom_text_from(*t, (size_t)end + skip);
	return true;
}

/* "12 (x)", RHEL 6: "12, UID 27, (x)" */
static bool take_process(struct text *t, int64_t *ret_pid, struct text *ret_comm,
			 struct opt_u64 *ret_uid)
{
	uint64_t pid, uid;

	/* A name follows always: a number that ends the line was cut, and may be any. */
	if (!oom_take_u64(t, &pid) || pid > INT64_MAX || !t->n)
		return false;
	*ret_pid = (int64_t)pid;
	*ret_comm = (struct text){ "", 0 };
	*ret_uid = opt_u64_none(ABSENT);
	if (text_skip_prefix(t, ", UID ") && oom_take_u64(t, &uid)) {
		*ret_uid = opt_u64_of(uid);
		text_skip_prefix(t, ",");
	}
	text_skip_prefix(t, " ");
	take_comm(t, ret_comm);
	if (text_skip_prefix(t, ", UID ") && oom_take_u64(t, &uid)) /* RHEL 7 */
		*ret_uid = opt_u64_of(uid);
	return true;
}

/* *t behind the first of these words that is there. */
static bool take_process_word(struct text *t, struct text *ret_before)
{
	static const char *const words[] = { "illed process ", "ill process ", "reaped process ",
					     "to reap pid:",   "OOM victim ",  "oom killer " };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (oom_take_until(t, words[i], ret_before))
			return true;
	return false;
}

bool oom_take_process(struct text t, int64_t *ret_pid, struct text *ret_comm)
{
	struct text before;
	struct opt_u64 uid;

	return take_process_word(&t, &before) && take_process(&t, ret_pid, ret_comm, &uid);
}

/* "Out of memory: Kill process 12 (x) score 34 or sacrifice child", 2.6.24 "... or a child" */
void oom_take_choice(struct oom_open *o, struct text t)
{
	struct oom_choice choice = { .known = true };
	struct text before, comm;
	enum oom_message message;
	int64_t score;

	if (!take_process_word(&t, &before) || !take_process(&t, &choice.pid, &comm, &choice.uid))
		return;
	OOM_COPY(comm, choice.comm);
	message = oom_message_of(before);
	/* Some vendors print the task's state in between. */
	if (oom_take_until(&t, " score ", &before) && oom_take_i64(&t, &score) && t.n)
		choice.score = opt_i64_of(score);
	o->r.choice = choice;
	o->r.message = message;
}

static uint64_t *seen_word(struct oom_open *o, int64_t pid, uint64_t *ret_bit)
{
	const uint64_t at = (uint64_t)pid % OOM_VICTIM_BITS;

	*ret_bit = UINT64_C(1) << (at % 64);
	return &o->victim_seen[at / 64];
}

struct oom_victim *oom_victim_of(struct oom_open *o, int64_t pid)
{
	const uint32_t count = o->r.victim_count;
	uint64_t bit;

	if (!(*seen_word(o, pid, &bit) & bit))
		return NULL;
	/* They are asked for in the order of their kills. */
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t at = (o->victim_hint + i) % count;

		if (o->r.victim[at].pid == pid) {
			o->victim_hint = at;
			return &o->r.victim[at];
		}
	}
	return NULL;
}

/* A mailer's line may have one blank more or less: "file-rss :536kB", "shmem-rss:0kB,UID:0". */
static struct text last_word(struct text t)
{
	size_t from;

	t = text_trim(t);
	for (from = t.n; from && t.p[from - 1] != ' ' && t.p[from - 1] != ','; from--)
		;
	return oom_text_from(t, from);
}

/* "total-vm:20984kB, anon-rss:8024kB, ..., UID:0 pgtables:80kB oom_score_adj:0" */
static void take_amounts(struct oom_open *o, struct oom_victim *v, struct text t)
{
	const struct {
		const char *key;
		struct opt_u64 *to;
	} amounts[] = {
		{ "total-vm", &v->total_vm_bytes },   { "vsz", &v->total_vm_bytes },
		{ "anon-rss", &v->anon_rss_bytes },   { "file-rss", &v->file_rss_bytes },
		{ "shmem-rss", &v->shmem_rss_bytes }, { "pgtables", &v->pgtables_bytes },
	};
	struct text before;

	while (oom_take_until(&t, ":", &before)) {
		const struct text key = last_word(before);
		bool whole = true;
		uint64_t uid;
		int64_t adj;

		for (size_t i = 0; i < ARRAY_SIZE(amounts); i++)
			if (text_is(key, amounts[i].key)) {
				*amounts[i].to = oom_take_kib(&t);
				whole = amounts[i].to->known == KNOWN;
			}
		/* A number at the end of the text may be cut; this one never is last. */
		if (text_is(key, "UID") && oom_take_u64(&t, &uid) && t.n)
			v->uid = opt_u64_of(uid);
		if (text_is(key, "oom_score_adj") && oom_take_i64(&t, &adj)) {
			v->oom_score_adj = opt_i64_of(adj);
			return;
		}
		if (!whole)
			break;
	}
	t = text_trim(t);
	o->kill_cut |= t.n && !text_is(t, ".") && /* RHEL 5 ends the sentence */
		       !text_is(t, "sharing same memory");
}

static int victim_add(struct oom_open *o, int64_t pid, const struct oom_stamp *at,
		      struct oom_victim **ret)
{
	struct oom_report *r = &o->r;
	uint64_t bit;
	int status;

	*ret = oom_victim_of(o, pid);
	if (*ret)
		return 0;
	status = oom_array_add((void **)&r->victim, &r->victim_count, &o->victim_capacity,
			       OOM_VICTIMS_MAX, sizeof(**ret), (void **)ret);
	if (status < 0)
		return status;
	if (!*ret) {
		r->victims_dropped++;
		return 0;
	}
	(*ret)->pid = pid;
	(*ret)->at = *at;
	*seen_word(o, pid, &bit) |= bit;
	return 0;
}

/* "Kill process 7 (x) score 9 or sacrifice child" (up to 5.0): most likely it, and told as chosen.
 */
int oom_choose_victim(struct oom_open *o)
{
	const struct oom_choice *c = &o->r.choice;
	const struct oom_stamp no_stamp = { 0 };
	struct oom_victim *v;
	int r;

	if (o->r.victim_count || !c->known || !c->comm[0] || o->r.already_exiting ||
	    o->r.no_killable || o->r.panic[0])
		return 0;
	r = victim_add(o, c->pid, &no_stamp, &v);
	if (r < 0 || !v)
		return r;
	memcpy(v->comm, c->comm, sizeof(v->comm));
	v->uid = c->uid;
	v->chosen_only = true;
	return 0;
}

int oom_take_killed(struct oom_open *o, struct text t, const struct log_line *l)
{
	struct oom_victim *v;
	struct text before, comm;
	struct opt_u64 uid;
	int64_t pid;
	int r;

	if (!take_process_word(&t, &before) || !take_process(&t, &pid, &comm, &uid))
		return 0;
	r = victim_add(o, pid, &l->stamp, &v);
	if (r < 0 || !v)
		return r;
	OOM_COPY(comm, v->comm);
	if (uid.known == KNOWN)
		v->uid = uid;
	take_amounts(o, v, t);
	/* "UID:" made it 5.4; early kernels of that put bytes under the label kB. */
	if (v->total_vm_bytes.known == KNOWN && v->pgtables_bytes.known == KNOWN &&
	    v->pgtables_bytes.value > v->total_vm_bytes.value)
		v->pgtables_bytes = opt_u64_none(ABSENT);
	o->r.parts |= OOM_PART_KILL;
	if (o->r.message == OOM_MESSAGE_UNKNOWN)
		o->r.message = oom_message_of(before);
	o->one_line_kill |= oom_message_of(before) != OOM_MESSAGE_UNKNOWN;
	return 0;
}

/* "Out of memory: OOM victim 12 (x) is already exiting. Skip killing the task" (6.1+) */
void oom_take_exiting(struct oom_open *o, struct text t)
{
	struct oom_choice choice = { .known = true };
	struct text before, comm;

	o->r.already_exiting = true;
	o->r.parts |= OOM_PART_KILL;
	if (!take_process_word(&t, &before) || !take_process(&t, &choice.pid, &comm, &choice.uid))
		return;
	OOM_COPY(comm, choice.comm);
	o->r.message = oom_message_of(before);
	if (!o->r.choice.known)
		o->r.choice = choice;
}

/* "Tasks in /x are going to be killed due to memory.oom.group set" (4.19+) */
void oom_take_group(struct oom_open *o, struct text t)
{
	struct text path;

	o->r.group_kill = true;
	text_skip_prefix(&t, "Tasks in ");
	if (oom_take_until(&t, " are going to be killed due to memory.oom.group", &path))
		OOM_COPY_END(path, o->r.group_path);
}

void oom_take_panic(struct oom_open *o, struct text t)
{
	struct text before;

	if (!oom_take_until(&t, "not syncing: ", &before))
		return;
	OOM_COPY(text_trim(t), o->r.panic);
	o->r.no_killable |= oom_text_has(t, "no killable processes");
	o->r.parts |= OOM_PART_KILL;
}

/* "oom_reaper: reaped process 12 (x), now anon-rss:0kB, ...", "unable to reap pid:12 (x)" (4.6+) */
int oom_take_reaped(struct oom_open *o, struct text t, const struct log_line *l)
{
	struct text before, comm, skipped;
	struct oom_victim *v;
	struct opt_u64 uid;
	int64_t pid;
	int r;

	const bool unable = oom_text_has(t, "unable to reap");

	if (!take_process_word(&t, &before) || !take_process(&t, &pid, &comm, &uid))
		return 0;
	r = victim_add(o, pid, &l->stamp, &v);
	if (r < 0 || !v)
		return r;
	if (!v->comm[0])
		OOM_COPY(comm, v->comm);
	v->reaped = unable ? OOM_REAPED_UNABLE : OOM_REAPED;
	if (oom_take_until(&t, "anon-rss:", &skipped))
		v->anon_left_bytes = oom_take_kib(&t);
	o->r.parts |= OOM_PART_KILL;
	return 0;
}
