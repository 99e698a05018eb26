/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the reports of `doctor` show. */
#pragma once

#include "model/act.h"
#include "model/finding.h"
#include "report/storm_view.h"

struct doctor_view {
	struct storm_view storm; /* machine, shape and prediction, of the machine as it was read */
	const struct diagnosis *diagnosis;
	const struct acts *acts;       /* NULL: nothing was to be done */
	const struct fault *fault;     /* what ended the acts early; NULL: nothing did */
	bool undo;		       /* what the acts are of */
	struct interval seconds_after; /* printing of one report after the acts of --fix */
	bool dry_run;
};
