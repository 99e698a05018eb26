/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard daemon's state and the parts of its loop. guard_start.c starts, guard_run.c waits,
 * guard_clock.c scans when it is time, guard_decide.c turns a scan into steps of the ladder and
 * guard_attend.c waits for what they do, guard_act.c takes the steps (guard_helper.c,
 * guard_brake.c, guard_signal.c, guard_change.c and guard_restore.c), guard_tell.c tells of them.
 * guard_quiet.c keeps a slow console out of the way. One instance, of fixed size; nothing in it is
 * allocated after guard_arm().
 */
#pragma once

#include "act/changes.h"
#include "act/helper.h"
#include "act/worker.h"
#include "base/root.h"
#include "judge/console_cost.h"
#include "judge/fallback.h"
#include "judge/ladder.h"
#include "judge/rule.h"
#include "judge/watchlist.h"
#include "model/guard.h"
#include "source/sampler.h"

#define GUARD_DOMAINS 64 /* the host and the limited cgroups that guard's fast clock looks at */

struct guard_options {
	const char *config; /* NULL: the system's */
	bool dry_run, json;
	double duration_seconds; /* INFINITY: until a signal */
};

/* What adaptive console quieting knows (guard_quiet.c). */
struct guard_console {
	struct console_list list; /* as of the start: consoles do not come and go */
	struct printk printk;	  /* .console_loglevel, .ignore_loglevel: as last read */
	struct oom_report_shape shape;
	struct interval print_seconds; /* of one report at that level */
	double saved_seconds;	       /* of these, what quiet_level would save */
	uint32_t unknown_consoles;
	bool lowered; /* also in a dry run, so that it is told once */
	double short_seconds, retry_seconds;
};

struct guard {
	struct guard_options options;
	struct guard_policy policy;
	struct guard_self self;

	struct root root;
	struct sampler *sampler;
	struct watchlist watch;

	struct domain domain[GUARD_DOMAINS];
	uint32_t domain_count;
	double domain_seconds; /* when they were last looked at */

	struct suspect suspect[GUARD_SUSPECTS];
	int pidfd[GUARD_SUSPECTS]; /* of the signalled ones, -1 else */
	bool skipped;		   /* in this scan a reason to act had just gone */
	uint32_t suspects_refused; /* leaking, but no room: said in STATUS */

	struct guard_console console;
	struct changes changes;
	struct worker *reaper, *limiter; /* mrelease; memory.high: neither waits for the other */
	struct helper helper;

	int epoll, timer, signals, psi, notify, journal, log, state_lock;
	double last_scan_seconds, next_scan_seconds, next_limits_seconds, end_seconds;
	double watchdog_seconds, next_watchdog_seconds; /* 0: no watchdog asked for */
	bool stop, reload;

	struct decision decision; /* the one being made; kept here because it is large */
	uint64_t decisions, failures, lost_messages, scans;
	double scan_cpu_seconds;
	double slow_scan_seconds; /* pace of the present, for the ladder */
};

/* guard_domain.c */
/* The domain of this cgroup (CGROUP_NONE: the host), or NULL. */
struct domain *guard_domain(struct guard *g, uint32_t cgroup) _nonnull_all_;
/* Recomputes the domains' headroom and loss from the sampler's present numbers. */
void guard_update_domains(struct guard *g, double now) _nonnull_all_;
/* After a scan and guard_update_domains: what each limit lost since the scan before. */
void guard_domains_scanned(struct guard *g, double elapsed) _nonnull_all_;
/* The nearest of all exhaustions guard sees; INFINITY when none is. */
double guard_nearest_exhaustion(const struct guard *g) _nonnull_all_;
/* Of the limit that binds, at the rate all its processes use it up; INFINITY when not known. */
double guard_binding_seconds(struct guard *g, const struct headroom *h) _nonnull_all_;
/* Is the memory this limit loses now taken by others than the process in this slot? */
bool guard_is_bystander(struct guard *g, uint32_t slot, const struct headroom *h) _nonnull_all_;

/* guard_suspect.c */
/* Is the suspect's process still in the table? */
bool guard_suspect_is_present(const struct guard *g, const struct suspect *s) _nonnull_all_;
/* NULL when there is no place, and none of the others is less urgent. */
struct suspect *guard_suspect_add(struct guard *g, uint32_t slot, bool fallback,
				  double now) _nonnull_all_;
/* Forgets those that ended by themselves. */
void guard_suspects_follow(struct guard *g, double now) _nonnull_all_;
/* Makes suspects of all that are leaking and in scope. */
void guard_suspects_find(struct guard *g, double now) _nonnull_all_;

/* guard_candidate.c */
/* Begins g->decision for a suspect that is in the table: the chosen one with its numbers of now. */
void guard_decision_begin(struct guard *g, const struct suspect *s, double now) _nonnull_all_;
/* Begins g->decision about a process that need not be in the table any more. */
void guard_decide_about_life(struct guard *g, struct process_id id, const char *comm,
			     enum rung action, enum decision_reason why) _nonnull_all_;
/* Adds the best of the others, once it is clear that there is something to tell. */
void guard_decision_candidates(struct guard *g, double now) _nonnull_all_;

/* guard_decide.c */
/* After a scan: finds suspects, climbs the ladder for each, falls back when it must. */
void guard_decide(struct guard *g, double now) _nonnull_all_;
/* Climbs for suspect i as far as the ladder says now. */
void guard_suspect_climb(struct guard *g, uint32_t i, double now) _nonnull_all_;

/* guard_attend.c */
/* Between scans: deadlines, ended processes, memory coming back. */
void guard_attend(struct guard *g, double now) _nonnull_all_;
/* The time of the next deadline of a suspect; INFINITY when none waits. */
double guard_next_deadline(const struct guard *g) _nonnull_all_;

/* guard_act.c */
/* Takes one step for suspect i, decides its result, tells of it. */
void guard_act(struct guard *g, uint32_t i, struct ladder_step step, double now) _nonnull_all_;

/* guard_helper.c */
/* Results of workers and helper that have come in. */
void guard_take_results(struct guard *g) _nonnull_all_;

/* guard_restore.c */
/* Takes back every change made for this suspect. */
void guard_take_back(struct guard *g, const struct suspect *s,
		     enum decision_reason why) _nonnull_all_;
/* Takes back all changes: when stopping, or those of an earlier guard. */
void guard_take_back_all(struct guard *g, enum decision_reason why) _nonnull_all_;

/* guard_quiet.c */
/* Before arming: which consoles there are, how fast, and how large a report would be. */
void guard_quiet_start(struct guard *g) _nonnull_all_;
/* After a scan: what a report would cost with the processes and the levels of now. */
void guard_quiet_scanned(struct guard *g) _nonnull_all_;
/* After guard_update_domains: lowers console_loglevel, or puts it back. */
void guard_quiet_attend(struct guard *g, double now) _nonnull_all_;
/* Until the host must be looked at again for quieting's sake; INFINITY when there is no need. */
double guard_quiet_look_seconds(struct guard *g) _nonnull_all_;

/* guard_tell.c */
int guard_tell_open(struct guard *g, struct fault *f) _must_check_ _nonnull_all_;
/* Tells of g->decision everywhere: stdout, decision log, journal. Counts what was lost. */
void guard_tell(struct guard *g) _nonnull_all_;
/*
 * Takes back what jansson was given: nothing built before may be used again. Before each save of
 * the state file, since many in a row (one per critical process) would not fit.
 */
void guard_json_reset(void);
/* The JSON line of g->decision in *ret_len bytes of static memory; NULL when it does not fit. */
const char *guard_decision_json(struct guard *g, size_t *ret_len) _nonnull_all_;
void guard_tell_status(struct guard *g, const char *state) _nonnull_all_;

/* guard_start.c */
/* Everything but a scan: what follows may still fail. */
int guard_start(struct guard *g, struct fault *f) _must_check_ _nonnull_all_;
/* From here on guard must live with what it has. */
void guard_arm(struct guard *g) _nonnull_all_;

/* guard_clock.c */
/*
 * The first scan runs before arming: it touches the code and the memory of the usual path, and
 * tells an operator at once what cannot be read.
 */
int guard_first_scan(struct guard *g, struct fault *f) _must_check_ _nonnull_all_;
/* What is due now. */
void guard_tick(struct guard *g) _nonnull_all_;
/* Sets g->timer to when something is due next. */
void guard_set_timer(struct guard *g) _nonnull_all_;
/* The kernel has told of memory pressure. */
void guard_stalled(struct guard *g) _nonnull_all_;

/* guard_run.c */
/* Runs until stopped; returns enum exitcode. *policy is copied and not used afterwards. */
int guard_run(const struct guard_options *options, const struct guard_policy *policy) _nonnull_all_;
