/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch --replay: a recorded history through the same judge. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/watch.h"
#include "judge/growth.h"
#include "source/replay.h"

#define REFUSALS_SHOWN 20

/* The newest numbers of a process; the judge's own memory holds only their sum. */
struct newest {
	uint64_t anon_bytes;
	struct opt_u64 swap_bytes;
};

struct history {
	const struct watch_options *o;
	const char *name;
	struct ranking ranking;
	struct newest *newest; /* as long as ranking.capacity */
	struct watch_replay told;
	struct fault fault;
};

/* Makes room for one more process; doubles, so that each is moved a constant number of times. */
static int reserve(struct history *h, uint32_t process)
{
	uint32_t wanted = MAX(2 * h->ranking.capacity, 256u);
	struct newest *newest;

	if (process < h->ranking.capacity)
		return 0;
	newest = reallocarray(h->newest, wanted, sizeof(*newest));
	if (newest)
		h->newest = newest;
	if (!newest || ranking_reserve(&h->ranking, wanted) < 0)
		return fault_errno(&h->fault, -ENOMEM, "cannot hold the processes of '%s'",
				   h->name);
	return 0;
}

static struct headroom limit_headroom(const struct replay_row *row, uint64_t held)
{
	if (!opt_is_known(row->limit_bytes))
		return (struct headroom){ .cgroup = CGROUP_NONE };
	return (struct headroom){
		.kind = LIMIT_REPLAY,
		.cgroup = CGROUP_NONE,
		.capacity_bytes = row->limit_bytes,
		.bytes = opt_u64_of(row->limit_bytes.value > held ? row->limit_bytes.value - held
								  : 0),
	};
}

static void add_row(struct history *h, const struct replay_row *row)
{
	uint64_t held =
		row->anon_bytes + (opt_is_known(row->swap_bytes) ? row->swap_bytes.value : 0);
	struct headroom headroom = limit_headroom(row, held);

	ranking_add_named(&h->ranking, row->process,
			  &(struct sample){ .time_seconds = row->time_seconds,
					    .held_bytes = held,
					    .cpu_seconds = NAN },
			  &headroom);
	h->newest[row->process] =
		(struct newest){ .anon_bytes = row->anon_bytes, .swap_bytes = row->swap_bytes };
	h->told.last_seconds = row->time_seconds;
	if (h->told.rows++ == 0)
		h->told.first_seconds = row->time_seconds;
}

static void tell_refusal(struct history *h, const struct replay *r)
{
	struct replay_refusal refusal = replay_refusal(r);

	if (++h->told.refused_rows <= REFUSALS_SHOWN)
		complain("%s:%llu: %s; row refused", h->name, (unsigned long long)refusal.line,
			 refusal.why);
}

static int read_rows(struct history *h, struct replay *r)
{
	uint32_t known = 0;
	struct replay_row row;
	int step;

	while ((step = replay_next(r, &row, &h->fault)) > REPLAY_END) {
		if (step == REPLAY_REFUSED) {
			tell_refusal(h, r);
			continue;
		}
		if (row.process == known) {
			int e = reserve(h, known);

			if (e < 0)
				return e;
			ranking_start(&h->ranking, known++);
		}
		add_row(h, &row);
	}
	if (h->told.refused_rows > REFUSALS_SHOWN)
		complain("%s: %llu rows refused in all", h->name,
			 (unsigned long long)h->told.refused_rows);
	return step;
}

static struct ranked row_of(struct history *h, const struct replay *r, uint32_t i)
{
	const struct watched *w = &h->ranking.slot[i];

	return (struct ranked){
		.id = { .pid = replay_pid(r, i) },
		.comm = replay_comm(r, i),
		.limit = w->headroom.kind == LIMIT_REPLAY ? TEXT("limit_bytes") : TEXT(""),
		.anon_bytes = opt_u64_of(h->newest[i].anon_bytes),
		.swap_bytes = h->newest[i].swap_bytes,
		.held_bytes = w->last.held_bytes,
		.headroom = w->headroom,
		.age_seconds = series_age_seconds(&w->track.series),
		.alarm_seconds = w->alarm_seconds,
		.verdict = ranking_verdict(&h->ranking, i),
		.track = &w->track,
	};
}

/* enum exitcode, or negative errno */
static int report(struct history *h, const struct replay *r)
{
	uint32_t count = replay_process_count(r), rows = 0;
	struct ranked *row = calloc(MAX(count, 1u), sizeof(*row));
	struct watch_view v = { .replay = &h->told, .wall_seconds = NAN };
	int e;

	if (!row)
		return fault_errno(&h->fault, -ENOMEM, "cannot report on '%s'", h->name);
	for (uint32_t i = 0; i < count; i++) {
		if (watch_wants(h->o, replay_pid(r, i)))
			row[rows++] = row_of(h, r, i);
	}
	watch_arrange(h->o, row, rows, &v);
	e = watch_print(h->o, &v);
	free(row);
	if (e == 0 && h->o->pids && !rows)
		complain("%s: none of the PIDs is there", h->name);
	if (e != 0 || h->told.refused_rows || (h->o->pids && !rows))
		return EXITCODE_UNDETERMINED;
	return v.leaking ? EXITCODE_FINDINGS : EXITCODE_OK;
}

/* enum exitcode, or negative errno */
static int judge_file(struct history *h, int fd)
{
	_cleanup_replay_ struct replay *replay = NULL;
	/* How many CPUs the recorder had is not in the file: its counters are taken as exact. */
	struct growth_policy policy = growth_policy_default(0);
	int r = replay_open(fd, h->name, &replay, &h->fault);

	if (r < 0)
		return r;
	r = ranking_init(&h->ranking, 0, &policy);
	if (r < 0)
		return fault_errno(&h->fault, r, "cannot start the replay");
	r = read_rows(h, replay);
	return r < 0 ? r : report(h, replay);
}

int watch_replay(const struct watch_options *o)
{
	_cleanup_close_ int fd = -1;
	char room[1024];
	const char *name = ESCAPED(room, text_string(o->replay));
	struct history h = { .o = o, .name = name };
	int r;

	h.told = (struct watch_replay){ .name = o->replay,
					.first_seconds = NAN,
					.last_seconds = NAN };
	if (strcmp(o->replay, "-") == 0) {
		r = judge_file(&h, STDIN_FILENO);
	} else {
		fd = open(o->replay, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		r = fd >= 0 ? judge_file(&h, fd)
			    : fault_errno(&h.fault, -errno, "cannot open '%.200s'", name);
	}
	ranking_done(&h.ranking);
	free(h.newest);
	return r < 0 ? fail(EXITCODE_UNDETERMINED, &h.fault) : r;
}
