/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thin half of the replay reader: chunks to records, and the numbering of processes. */
#include "source/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/fd.h"

#define CHUNK_SIZE (256u << 10)
#define NAMES_SIZE (8u << 10) /* at first; more than one name, so doubling always suffices */

struct interned {
	uint64_t hash;
	size_t comm; /* offset into .names */
	int32_t pid;
	uint32_t comm_len;
};

struct replay {
	int fd;
	const char *name;
	bool eof;
	char *chunk; /* CHUNK_SIZE */
	size_t at, end;
	uint64_t line;	      /* of the byte at .at */
	uint64_t record_line; /* where the record in hand begins */
	const char *why;
	struct replay_header header;
	double last_time;
	bool any;
	struct interned *process;
	uint32_t count, capacity;
	uint32_t *slot; /* open addressing: index + 1 into .process, 0 = free */
	uint32_t slot_mask;
	char *names;
	size_t names_len, names_size;
	uint64_t seed;
	char comm[REPLAY_COMM_MAX];
};

/* Moves what is left to the front and reads on. 0 (also at the end of file) or negative errno. */
static int refill(struct replay *r, struct fault *f)
{
	ssize_t n;

	memmove(r->chunk, r->chunk + r->at, r->end - r->at);
	r->end -= r->at;
	r->at = 0;
	do
		n = read(r->fd, r->chunk + r->end, CHUNK_SIZE - r->end);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_errno(f, -errno, "cannot read '%s'", r->name);
	r->eof = n == 0;
	r->end += (size_t)n;
	return 0;
}

/*
 * Follows the quotes of a record over [from, t.n); *inside carries the state from line to line. A
 * quote opens only where a field begins, so that a stray quote inside a name does not swallow the
 * lines after it.
 */
static bool quotes_closed(struct text t, size_t from, bool *inside)
{
	if (!memchr(t.p + from, '"', t.n - from))
		return !*inside;
	for (size_t i = from; i < t.n; i++) {
		if (t.p[i] != '"')
			continue;
		if (*inside || i == 0 || t.p[i - 1] == ',')
			*inside = !*inside;
		else if (t.p[i - 1] == '"') /* the second of a pair reopens */
			*inside = true;
	}
	return !*inside;
}

enum record_end { RECORD_NONE, RECORD_WHOLE, RECORD_TOO_LONG };

/* Looks for one record in [at, end). *ret is without its line break; *ret_used counts it. */
static enum record_end find_record(const struct replay *r, struct text *ret, size_t *ret_used)
{
	const char *start = r->chunk + r->at;
	size_t left = r->end - r->at, from = 0;
	bool inside = false;

	while (from < left) {
		const char *nl = memchr(start + from, '\n', left - from);
		size_t len = nl ? (size_t)(nl - start) : left;

		if (len > REPLAY_RECORD_MAX)
			return RECORD_TOO_LONG;
		if (!nl && !r->eof)
			return RECORD_NONE;
		if (!nl || quotes_closed(text_of(start, len), from, &inside)) {
			*ret_used = nl ? len + 1 : len;
			*ret = text_of(start, len);
			return RECORD_WHOLE;
		}
		from = len + 1;
	}
	if (left && r->eof) { /* an open quote up to the end of the file */
		*ret_used = left;
		*ret = text_of(start, left);
		return RECORD_WHOLE;
	}
	return RECORD_NONE;
}

static void advance(struct replay *r, size_t bytes)
{
	const char *p = r->chunk + r->at, *end = p + bytes;

	r->at += bytes;
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		r->line++;
		p++;
	}
}

/* Skips to the beginning of the next physical line. */
static int skip_line(struct replay *r, struct fault *f)
{
	for (;;) {
		const char *nl = memchr(r->chunk + r->at, '\n', r->end - r->at);

		if (nl) {
			advance(r, (size_t)(nl + 1 - (r->chunk + r->at)));
			return 0;
		}
		r->at = r->end;
		if (r->eof)
			return 0;
		int e = refill(r, f);
		if (e < 0)
			return e;
	}
}

/* RECORD_* or a negative errno. */
static int next_record(struct replay *r, struct text *ret, size_t *ret_used, struct fault *f)
{
	for (;;) {
		enum record_end found = find_record(r, ret, ret_used);

		r->record_line = r->line;
		if (found != RECORD_NONE || r->eof)
			return (int)found;
		int e = refill(r, f);
		if (e < 0)
			return e;
	}
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	__uint128_t m = (__uint128_t)(h ^ v) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t hash_of(uint64_t seed, int32_t pid, struct text comm)
{
	uint64_t h = mix(seed, (uint64_t)(uint32_t)pid << 32 | comm.n);

	for (size_t i = 0; i < comm.n; i += 8) {
		uint64_t word = 0;

		memcpy(&word, comm.p + i, MIN(comm.n - i, (size_t)8));
		h = mix(h, word);
	}
	return h;
}

static int grow_slots(struct replay *r)
{
	uint32_t size = r->slot ? 2 * (r->slot_mask + 1) : 1024;
	uint32_t *slot = calloc(size, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	for (uint32_t i = 0; i < r->count; i++) {
		uint32_t at = (uint32_t)r->process[i].hash & (size - 1);

		while (slot[at])
			at = (at + 1) & (size - 1);
		slot[at] = i + 1;
	}
	free(r->slot);
	r->slot = slot;
	r->slot_mask = size - 1;
	return 0;
}

static int intern_new(struct replay *r, uint64_t hash, const struct replay_row *row)
{
	if (r->count == r->capacity) {
		uint32_t wanted = MAX(2 * r->capacity, 512u);
		struct interned *p = reallocarray(r->process, wanted, sizeof(*p));

		if (!p)
			return -ENOMEM;
		r->process = p;
		r->capacity = wanted;
	}
	if (r->names_size - r->names_len < row->comm.n) {
		char *p = reallocarray(r->names, 2, r->names_size);

		if (!p)
			return -ENOMEM;
		r->names = p;
		r->names_size *= 2;
	}
	memcpy(r->names + r->names_len, row->comm.p, row->comm.n);
	r->process[r->count++] = (struct interned){ .hash = hash,
						    .comm = r->names_len,
						    .pid = row->pid,
						    .comm_len = (uint32_t)row->comm.n };
	r->names_len += row->comm.n;
	return 0;
}

/* Sets row->process. -E2BIG past REPLAY_PROCESSES_MAX, -ENOMEM. */
static int intern(struct replay *r, struct replay_row *row)
{
	uint64_t hash = hash_of(r->seed, row->pid, row->comm);
	uint32_t at = (uint32_t)hash & r->slot_mask;

	for (; r->slot[at]; at = (at + 1) & r->slot_mask) {
		const struct interned *p = &r->process[r->slot[at] - 1];

		if (p->hash == hash && p->pid == row->pid && p->comm_len == row->comm.n &&
		    memcmp(r->names + p->comm, row->comm.p, row->comm.n) == 0) {
			row->process = r->slot[at] - 1;
			return 0;
		}
	}
	if (r->count == REPLAY_PROCESSES_MAX)
		return -E2BIG;
	if (intern_new(r, hash, row) < 0)
		return -ENOMEM;
	row->process = r->count - 1;
	r->slot[at] = r->count;
	return 2 * r->count > r->slot_mask ? grow_slots(r) : 0;
}

static int refused(struct replay *r, const char *why)
{
	r->why = why;
	return REPLAY_REFUSED;
}

/* A record in hand: REPLAY_ROW, REPLAY_REFUSED (the record is consumed either way), or -ENOMEM. */
static int take_row(struct replay *r, struct text record, size_t used, struct replay_row *ret,
		    struct fault *f)
{
	const char *why = NULL;
	int e;

	if (memchr(record.p, '\0', record.n))
		e = (why = "a NUL byte", -EBADMSG);
	else
		e = replay_row_parse(record, &r->header, r->comm, ret, &why);
	/* Broken quoting may have run over good rows: go on after its first line, not its last. */
	if (e == -EILSEQ) {
		e = skip_line(r, f);
		return e < 0 ? e : refused(r, why);
	}
	advance(r, used); /* the bytes stay where they are until the next refill */
	if (e < 0)
		return refused(r, why);
	if (r->any && ret->time_seconds < r->last_time)
		return refused(r, "time goes backwards");
	e = intern(r, ret);
	if (e == -E2BIG)
		return refused(r, "more than 1048576 processes");
	if (e < 0)
		return fault_errno(f, e, "cannot hold the processes of '%s'", r->name);
	r->any = true;
	r->last_time = ret->time_seconds;
	return REPLAY_ROW;
}

int replay_next(struct replay *r, struct replay_row *ret, struct fault *f)
{
	for (;;) {
		struct text record;
		size_t used;
		int found = next_record(r, &record, &used, f);

		if (found < 0)
			return found;
		if (found == RECORD_NONE)
			return REPLAY_END;
		if (found == RECORD_TOO_LONG) {
			int e = skip_line(r, f);

			return e < 0 ? e : refused(r, "longer than 4096 bytes");
		}
		if (record.n && record.p[record.n - 1] == '\r')
			record.n--;
		if (record.n)
			return take_row(r, record, used, ret, f);
		advance(r, used); /* an empty line says nothing */
	}
}

static int read_header(struct replay *r, struct fault *f)
{
	struct text record;
	struct fault inner = { 0 };
	size_t used;
	int found = next_record(r, &record, &used, f);

	if (found < 0)
		return found;
	if (found == RECORD_NONE)
		return fault_set(f, -EPROTO, "'%s' line 1: the file is empty", r->name);
	if (found == RECORD_TOO_LONG)
		return fault_set(f, -EPROTO, "'%s' line 1: longer than %d bytes", r->name,
				 REPLAY_RECORD_MAX);
	if (replay_header_parse(record, &r->header, &inner) < 0)
		return fault_set(f, -EPROTO, "'%s' line 1: %.200s", r->name, inner.what);
	advance(r, used);
	return 0;
}

int replay_open(int fd, const char *name, struct replay **ret, struct fault *f)
{
	_cleanup_replay_ struct replay *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return fault_errno(f, -ENOMEM, "cannot start the replay");
	r->fd = fd;
	r->name = name;
	r->line = 1;
	r->chunk = malloc(CHUNK_SIZE);
	r->names_size = NAMES_SIZE;
	r->names = malloc(r->names_size);
	if (!r->chunk || !r->names || grow_slots(r) < 0)
		return fault_errno(f, -ENOMEM, "cannot start the replay");
	/* Against a file made of names that collide; the numbering does not depend on it. */
	if (getrandom(&r->seed, sizeof(r->seed), GRND_NONBLOCK) < 0)
		r->seed = (uintptr_t)r;
	e = read_header(r, f);
	if (e < 0)
		return e;
	*ret = TAKE_PTR(r);
	return 0;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	free(r->chunk);
	free(r->process);
	free(r->slot);
	free(r->names);
	free(r);
}

struct replay_refusal replay_refusal(const struct replay *r)
{
	return (struct replay_refusal){ .line = r->record_line, .why = r->why };
}

uint32_t replay_process_count(const struct replay *r)
{
	return r->count;
}

int32_t replay_pid(const struct replay *r, uint32_t process)
{
	return r->process[process].pid;
}

struct text replay_comm(const struct replay *r, uint32_t process)
{
	return text_of(r->names + r->process[process].comm, r->process[process].comm_len);
}
