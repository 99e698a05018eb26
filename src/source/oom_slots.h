/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reports that are being read at once, by origin and caller: which one a line belongs to, when
 * one is passed on. Bounded: a fifth pushes out the oldest.
 */
#pragma once

#include "source/oom_grammar.h"
#include "source/oom_open.h"

#define OOM_SLOTS 4
#define OOM_RECENT 64

struct oom_slots {
	struct oom_sink sink;
	struct oom_open slot[OOM_SLOTS];
	uint64_t sequence;
	uint64_t serial;	    /* of the line that is being read, from 1 */
	int64_t recent[OOM_RECENT]; /* victims of reports that were passed on; 0 none */
	uint32_t recent_next;
};

/* A new line of the input: passes on what waited long enough. */
int oom_slots_advance(struct oom_slots *s, const struct log_line *l) _must_check_ _nonnull_all_;

/* The newest report of the line's origin and caller that is being read; NULL: none. */
struct oom_open *oom_slots_find(struct oom_slots *s, const struct log_line *l) _nonnull_all_;
/* The newest whose kill was read. */
struct oom_open *oom_slots_done(struct oom_slots *s, const struct log_line *l) _nonnull_all_;
/* By victim, whoever speaks: oom_reaper is a thread of its own. */
struct oom_open *oom_slots_of_victim(struct oom_slots *s, const struct log_line *l,
				     int64_t pid) _nonnull_all_;
bool oom_slots_is_recent(const struct oom_slots *s, int64_t pid) _nonnull_all_;

int oom_slots_open(struct oom_slots *s, const struct log_line *l, enum oom_open_state state,
		   struct oom_open **ret) _must_check_ _nonnull_all_;
/* Counts the line to the report. */
int oom_slots_belongs(struct oom_slots *s, struct oom_open *o,
		      const struct log_line *l) _must_check_ _nonnull_all_;
/* The same for a line that ends it. */
int oom_slots_done_with(struct oom_slots *s, struct oom_open *o,
			const struct log_line *l) _must_check_ _nonnull_all_;
/* The same for one that another thread prints when it comes to it: no part of the printing. */
int oom_slots_trails(struct oom_slots *s, struct oom_open *o,
		     const struct log_line *l) _must_check_ _nonnull_all_;
/* Passes it on as it is; one on trial is dropped. */
int oom_slots_close(struct oom_slots *s, struct oom_open *o) _must_check_ _nonnull_all_;
/* The machine of the line starts: what it was printing before has ended. */
int oom_slots_reboot(struct oom_slots *s, const struct log_line *l) _must_check_ _nonnull_all_;
int oom_slots_idle(struct oom_slots *s) _must_check_ _nonnull_all_;
int oom_slots_end(struct oom_slots *s) _must_check_ _nonnull_all_;
bool oom_slots_any(const struct oom_slots *s) _nonnull_all_;
void oom_slots_release(struct oom_slots *s) _nonnull_all_;
