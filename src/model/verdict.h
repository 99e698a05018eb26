/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the growth judge says of one process: the same verdict is shown by watch, printed as JSON
 * and acted on by guard.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum verdict_class {
	VERDICT_UNKNOWN = 0, /* too young or too few samples */
	VERDICT_STEADY,
	VERDICT_GROWING, /* grows, but as load, warm-up or a filling cache do; or exhaustion is far
			    away */
	VERDICT_SUSPECT, /* grows like a leak; the evidence is not yet enough for its urgency */
	VERDICT_LEAKING,
};

/* low <= mid <= high. `known` false: nothing can be said; not zero. high may be INFINITY. */
struct interval {
	bool known;
	double low, mid, high;
};

/* Each reason has up to REASON_NUMBERS numbers, in the order its text (report/reason.c) uses. */
#define REASON_NUMBERS 4
enum reason_id {
	REASON_NONE = 0,
	/* filled by the growth judge; see judge/growth.h for the meaning and numbers of each */
	REASON_TOO_YOUNG,	/* age_seconds, needed_seconds */
	REASON_BELOW_NOISE,	/* growth_bytes, noise_floor_bytes, window_seconds */
	REASON_TOO_LITTLE,	/* above that noise: growth_bytes, bytes that would count,
				   window_seconds, bytes at its start */
	REASON_NO_TREND,	/* rising_steps, steps, window_seconds */
	REASON_FLOOR_RISES,	/* growth_bytes of the lower envelope, window_seconds, rising_steps,
				   steps */
	REASON_SPREAD,		/* largest_step_share 0-1, window_seconds */
	REASON_ONE_STEP,	/* largest_step_share 0-1, window_seconds */
	REASON_NO_DECELERATION, /* slope second half, slope first half, bytes per second */
	REASON_DECELERATES,	/* slope second half, slope first half, bytes per second */
	REASON_NEW_GROUND,	/* floor_bytes now, highest_before_bytes */
	REASON_NO_EARLIER,	/* floor_bytes now, window_seconds: nothing is known before that */
	REASON_OLD_GROUND,	/* floor_bytes now, highest_before_bytes: not above it */
	REASON_MOSTLY_OLD,	/* new_bytes: growth above all before, growth_bytes */
	REASON_GIVES_BACK,	/* growth_bytes, bytes given back before */
	REASON_URGENT,		/* exhaustion_seconds, window_seconds of evidence */
	REASON_NOT_URGENT,	/* exhaustion_seconds, window_seconds of evidence */
	REASON_RUNAWAY,	 /* rate bytes per second, exhaustion_seconds, seconds of unbroken rise */
	REASON_PERSISTS, /* seconds since the evidence first held */
	REASON_NO_LIMIT, /* no limit known: urgency from the size alone; held_bytes */
	REASON_COUNT,
};

struct reason {
	enum reason_id id;
	double number[REASON_NUMBERS];
};

#define VERDICT_REASONS 8

struct verdict {
	enum verdict_class class;
	double score; /* 0-1, for ranking; leaking >= 0.8, suspect >= 0.5 */
	struct interval growth_bytes_per_second;
	struct interval exhaustion_seconds; /* known only with growth and a known headroom */
	double window_seconds;		    /* of the scale that decided; 0 when none did */
	uint32_t reason_count;
	struct reason reason[VERDICT_REASONS];
};

/* "leaking", "suspect", ...: the words of cli.md. */
const char *verdict_class_name(enum verdict_class c);
