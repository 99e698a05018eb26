/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guard is told (its policy), what it knows of a suspect, and what it decides: plain data.
 * judge/ladder.h decides, act/ does, report/ tells; all three use these shapes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "model/headroom.h"
#include "model/policy.h"
#include "model/process.h"
#include "model/verdict.h"

/* --- policy ----------------------------------------------------------------------------- */

#define RULE_PATTERN_SIZE 128
#define RULES_MAX 32 /* per list; one more is a configuration error */

enum rule_field {
	RULE_COMM,    /* glob on comm (15 bytes, as the kernel keeps it) */
	RULE_UNIT,    /* glob on the systemd unit of the cgroup */
	RULE_CGROUP,  /* glob on the cgroup path; '*' matches '/' too */
	RULE_UID,     /* effective user id */
	RULE_SESSION, /* session id */
};

struct rule {
	enum rule_field field;
	uint32_t number;		 /* RULE_UID, RULE_SESSION */
	char pattern[RULE_PATTERN_SIZE]; /* the globs; as written for the others */
};

struct rule_list {
	struct rule rule[RULES_MAX];
	uint32_t count;
};

#define GUARD_PATH_SIZE 256

/* Adaptive console quieting, judge/quiet.h. */
enum quiet_mode {
	QUIET_AUTO = 0, /* where a slow console was found */
	QUIET_YES,
	QUIET_NO,
};

struct guard_policy {
	struct growth_policy growth;

	bool dry_run;
	double rest_seconds;	 /* full scan while nothing is short */
	double fast_seconds;	 /* full scan when exhaustion is near */
	double headroom_seconds; /* host and limited cgroups: the cheap clock */

	struct rule_list only;	   /* when not empty: all else is outside guard's business */
	struct rule_list protect;  /* never limited, never signalled */
	struct rule_list prefer;   /* goes first when the evidence is equal */
	struct rule_list critical; /* oom_score_adj kept low while a suspect is steered */
	int64_t critical_oom_score_adj;

	bool notify, steer, evidence, limit, term,
		kill;		 /* rungs; a rung switched off is passed over */
	double limit_seconds;	 /* limit when exhaustion is nearer than this */
	double term_seconds;	 /* signal when exhaustion is nearer than this... */
	double term_share;	 /* ...and less than this share of the limit is left */
	double floor_share;	 /* signal a leaker at once below this share, however slow it is */
	double grace_seconds;	 /* SIGTERM to SIGKILL */
	double verify_seconds;	 /* after a kill: how long memory may take to come back */
	double clear_seconds;	 /* a suspect is cleared when not leaking for this long */
	double evidence_seconds; /* budget for saving evidence before a signal */

	bool fallback;		 /* act when memory runs out although nothing leaks */
	bool fallback_cgroups;	 /* also inside a limited cgroup, not only on the host */
	double fallback_share;	 /* below this share of RAM + swap (or of the cgroup's limit) */
	double fallback_seconds; /* and exhaustion nearer than this at the present rate */

	enum quiet_mode quiet;	      /* lower console_loglevel while memory is short */
	uint64_t quiet_level;	      /* to this */
	double quiet_stall_seconds;   /* auto: only when a report takes longer than this to print */
	double quiet_share;	      /* short: below this share of RAM + swap... */
	double quiet_seconds;	      /* ...or exhaustion nearer than this */
	double quiet_restore_seconds; /* put back when memory has not been short for this long */

	char state_file[GUARD_PATH_SIZE];
	char decision_log[GUARD_PATH_SIZE];   /* JSON lines; empty: none */
	char evidence_dir[GUARD_PATH_SIZE];   /* empty: none is saved */
	uint64_t evidence_keep;		      /* so many of its newest entries are kept */
	char notify_command[GUARD_PATH_SIZE]; /* run by the helper with BULKHEAD_* in its
						 environment */
	bool journal;			      /* send decisions to the journal's socket */
};

/* --- what is known of a suspect ----------------------------------------------------------- */

/* The rungs of the ladder, mildest first. */
enum rung {
	RUNG_NONE = 0,
	RUNG_NOTIFY,
	RUNG_STEER,
	RUNG_EVIDENCE,
	RUNG_LIMIT,
	RUNG_TERM,
	RUNG_KILL,
	RUNG_VERIFY, /* the process has ended: did memory come back? */
	RUNG_CLEAR,  /* no leak any more: take back what was changed */
	/* Not of the ladder: no suspect is meant. */
	RUNG_QUIET,   /* console_loglevel was lowered */
	RUNG_UNQUIET, /* and put back */
	RUNG_COUNT,
};

/* "notify", "raise_oom_score_adj", ...: the `action` of the decision log. */
const char *rung_name(enum rung r);

#define GUARD_SUSPECTS 16 /* at once; the least urgent waits when there are more */

struct suspect {
	bool used;
	bool fallback; /* chosen by the burst rule, not by evidence of a leak */
	struct process_id id;
	uint32_t slot;
	uint32_t domain; /* fallback: the cgroup whose limit ran out, CGROUP_NONE: the host */
	uint32_t done;	 /* bit per rung that was climbed */
	uint32_t failed; /* bit per rung that was tried in vain */
	double exhaustion_seconds; /* at the last look; INFINITY before it */
	double since_seconds;	   /* first found leaking */
	double leaking_seconds;	   /* last found leaking */
	double evidence_seconds; /* when the evidence was asked for; meaningful with its bit in done
				  */
	bool evidence_ready;	 /* saved, or its budget is over */
	double signal_seconds;	 /* when SIGTERM went out */
	double deadline_seconds; /* when SIGKILL follows */
	double exit_seconds;	 /* when it was seen to have ended; meaningful with .exited */
	bool exited;
	uint64_t expected_bytes;   /* what its end should give back */
	uint64_t returned_bytes;   /* what has come back so far */
	uint64_t available_before; /* the limit's headroom before the signal */
	struct headroom limit;	   /* the one that was binding when it was signalled */
	char comm[PROCESS_COMM_SIZE];
};

static inline uint32_t rung_bit(enum rung r)
{
	return UINT32_C(1) << r;
}

/* Was a signal sent, or tried in vain? */
static inline bool suspect_is_signalled(const struct suspect *s)
{
	return (s->done | s->failed) & (rung_bit(RUNG_TERM) | rung_bit(RUNG_KILL));
}

/* --- a decision ------------------------------------------------------------------------------ */

/* Why a rung was climbed, or which rule chose; the text is report's. */
enum decision_reason {
	DECISION_LEAKS = 0,  /* the growth judge's verdict; see the verdict's reasons */
	DECISION_EXHAUSTION, /* a leaker, and exhaustion is nearer than the rung's limit */
	DECISION_FLOOR,	     /* a leaker, and the headroom is below the floor */
	DECISION_NO_TIME,    /* a leaker so fast that less than a full grace is left */
	DECISION_FALLBACK,   /* nothing leaks, memory runs out: the burst rule */
	DECISION_DEADLINE,   /* SIGTERM was not obeyed in time */
	DECISION_ENDED,	     /* the process ended */
	DECISION_CLEARED,    /* not leaking for long enough */
	DECISION_RELIEVED,   /* fallback: memory is no longer running out */
	DECISION_CROWDED,    /* another suspect was more urgent, and all places were taken */
	DECISION_STOPPING,   /* guard stops and takes its changes back */
	DECISION_RECOVERED,  /* a former guard left changes behind */
	DECISION_SHORT,	     /* memory is short, or will be soon: an OOM report may come */
	DECISION_NOT_SHORT,  /* memory has not been short for long enough */
};

enum decision_result {
	RESULT_DONE = 0,
	RESULT_DRY_RUN, /* all but the last call */
	RESULT_FAILED,
	RESULT_PENDING, /* handed to a helper */
	RESULT_SKIPPED, /* re-judged just before acting: no longer right */
};

/* Why a process was not eligible, NULL when it is: constant text. */
struct candidate {
	uint32_t slot;
	struct process process;
	struct verdict verdict;
	struct headroom headroom;
	double recent_bytes_per_second; /* plain difference of the last two scans */
	double badness; /* the kernel's own choice: pages, mm/oom_kill.c:oom_badness() */
	bool preferred;
	const char *excluded;
};

#define GUARD_CANDIDATES 8 /* shown with each decision, best first */

struct decision {
	uint64_t number;
	double wall_seconds;
	enum rung action;
	enum decision_reason reason;
	enum decision_result result;
	struct fault fault; /* with RESULT_FAILED */
	bool has_chosen;
	struct candidate chosen;
	bool fallback;
	char detail[256]; /* numbers of the act: "oom_score_adj 0 -> 812", escaped */
	uint32_t candidate_count;
	struct candidate candidate[GUARD_CANDIDATES];
};
