/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells of decisions without allocating: jansson gets an arena, texts have fixed room. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "act/datagram.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/fd.h"
#include "cmd/guard_run.h"
#include "report/decision.h"

/*
 * Nine candidates with their reasons take some 60 KiB as jansson objects and 12 KiB as text
 * (tests/unit/cmd measures it). Untouched pages cost nothing.
 */
static char arena_memory[320 * 1024];
static struct arena arena = { .buf = arena_memory, .size = sizeof(arena_memory) };
static char line_memory[HELPER_PAYLOAD_MAX - 1];

#define GUARD_MESSAGE_ID "c3ddfba92ce24486956dacb858344301" /* of all decisions, for journalctl */

static void *arena_malloc(size_t size)
{
	return arena_alloc(&arena, size);
}

static void arena_free(void *p)
{
	/* all at once, by arena_reset */
}

void guard_json_reset(void)
{
	arena_reset(&arena);
}

int guard_tell_open(struct guard *g, struct fault *f)
{
	const char *log = g->policy.decision_log;

	g->log = g->journal = -1;
	g->notify = notify_connect();
	if (g->policy.journal)
		g->journal = datagram_connect("/run/systemd/journal/socket");
	if (log[0]) {
		g->log =
			open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW,
			     0640);
		if (g->log < 0)
			return fault_errno(f, -errno,
					   "cannot open the decision log '%s'; set [guard] "
					   "decision_log",
					   log);
	}
	/* gmtime_r() allocates once, for the name of the time zone: now, not under pressure. */
	tzset();
	/* jansson seeds its hash from /dev/urandom on first use. */
	json_object_seed(0);
	json_set_alloc_funcs(arena_malloc, arena_free);
	return 0;
}

static int append_json(const char *bytes, size_t size, void *arg)
{
	struct strbuf *s = arg;

	strbuf_add(s, bytes, size);
	return s->full ? -1 : 0;
}

static bool dump_decision(struct guard *g, struct strbuf *s)
{
	json_t *o;
	int r;

	strbuf_clear(s);
	arena_reset(&arena);
	o = decision_to_json(&g->decision, sampler_table(g->sampler), g->policy.dry_run);
	r = o ? json_dump_callback(o, append_json, s, JSON_COMPACT) : -1;
	strbuf_putc(s, '\n');
	arena_reset(&arena);
	return r == 0 && !s->full;
}

/*
 * Nine cgroup paths of PATH_MAX bytes, escaped, do not fit: an unprivileged process could choose
 * them to keep its own end out of the log. Who was chosen is told then, with fewer of the others.
 */
const char *guard_decision_json(struct guard *g, size_t *ret_len)
{
	struct strbuf s = STRBUF(line_memory);

	while (!dump_decision(g, &s)) {
		if (!g->decision.candidate_count)
			return NULL;
		g->decision.candidate_count /= 2;
		g->lost_messages++;
	}
	*ret_len = s.len;
	return line_memory;
}

static void count_lost(struct guard *g, int r)
{
	if (r < 0)
		g->lost_messages++;
}

static void tell_journal(struct guard *g, const char *message, const char *json, size_t json_len)
{
	static char memory[sizeof(line_memory) + 2048];
	struct strbuf s = STRBUF(memory);
	const struct decision *d = &g->decision;
	char number[32];
	struct strbuf n = STRBUF(number);

	journal_field(&s, "MESSAGE", message, strlen(message));
	journal_field(&s, "MESSAGE_ID", GUARD_MESSAGE_ID, strlen(GUARD_MESSAGE_ID));
	journal_field(&s, "PRIORITY", d->result == RESULT_FAILED ? "3" : "4", 1);
	journal_field(&s, "SYSLOG_IDENTIFIER", "bulkhead", 8);
	journal_field(&s, "BULKHEAD_ACTION", rung_name(d->action), strlen(rung_name(d->action)));
	journal_field(&s, "BULKHEAD_DRY_RUN", g->policy.dry_run ? "1" : "0", 1);
	if (d->has_chosen) {
		strbuf_printf(&n, "%d", d->chosen.process.id.pid);
		journal_field(&s, "BULKHEAD_PID", number, n.len);
	}
	journal_field(&s, "BULKHEAD_DECISION", json, json_len);
	if (!s.full)
		count_lost(g, datagram_send(g->journal, s.buf, s.len));
}

/* A pipe that polls writable takes this much without blocking (PIPE_BUF). */
#define STDOUT_CHUNK 4096
#define STDOUT_PATIENCE_MS 100

/*
 * stdout may be a pipe nobody reads or a stopped terminal: guard must not block on it. What is not
 * taken within the patience is lost and counted; the decision log is the record.
 */
static void tell_stdout(struct guard *g, const char *bytes, size_t len)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (len) {
		size_t n = MIN(len, (size_t)STDOUT_CHUNK);

		if (poll(&p, 1, STDOUT_PATIENCE_MS) <= 0 || fd_write_all(p.fd, bytes, n) < 0) {
			g->lost_messages++;
			return;
		}
		bytes += n;
		len -= n;
	}
}

void guard_tell(struct guard *g)
{
	struct decision *d = &g->decision;
	char message[1536];
	struct strbuf s = STRBUF(message);
	const char *json;
	size_t len = 0;

	d->number = ++g->decisions;
	d->wall_seconds = clock_wall_seconds();
	if (d->result == RESULT_FAILED)
		g->failures++;
	decision_describe(&s, d, sampler_table(g->sampler));
	json = guard_decision_json(g, &len);
	if (!json)
		g->lost_messages++;
	if (json && g->log >= 0)
		count_lost(g, fd_write_all(g->log, json, len));
	if (json && g->journal >= 0)
		tell_journal(g, message, json, len - 1);
	if (json && g->options.json) {
		tell_stdout(g, json, len);
		return;
	}
	strbuf_putc(&s, '\n');
	tell_stdout(g, message, s.len);
}

void guard_tell_status(struct guard *g, const char *state)
{
	char memory[512];
	struct strbuf s = STRBUF(memory);
	const struct process_table *t = sampler_table(g->sampler);
	uint32_t suspects = 0;

	if (g->notify < 0)
		return;
	for (uint32_t i = 0; i < GUARD_SUSPECTS; i++)
		suspects += g->suspect[i].used;
	strbuf_puts(&s, state);
	strbuf_printf(&s, "STATUS=%u processes, %u suspects%s, %llu decisions, %llu failed\n",
		      t->counts.read, suspects + g->suspects_refused,
		      g->policy.dry_run ? ", dry run" : "", (unsigned long long)g->decisions,
		      (unsigned long long)g->failures);
	count_lost(g, datagram_send(g->notify, s.buf, s.len));
}
