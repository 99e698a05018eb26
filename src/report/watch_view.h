/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `watch` has to show at one moment; text, JSON and the terminal UI all render this. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "judge/ranking.h"
#include "model/process.h"

/* A replay that ended. */
struct watch_replay {
	const char *name; /* of the file; hostile */
	uint64_t rows, refused_rows;
	double first_seconds, last_seconds; /* NAN when there was no row */
};

struct watch_view {
	const struct ranked *row; /* in the order to show */
	uint32_t count;		  /* rows to show */
	uint32_t matching;	  /* rows before --top cut them */
	uint32_t leaking;	  /* among all that were judged, shown or not */
	double wall_seconds; /* of the pass, since the epoch; NAN when unknown (captured tree) */
	const struct process_table *table; /* NULL in a replay */
	const struct watch_replay *replay; /* NULL when live */
	const int32_t *missing;		   /* asked PIDs that are not there */
	uint32_t missing_count;
};
