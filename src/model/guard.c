/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/guard.h"

const char *rung_name(enum rung r)
{
	static const char *const names[RUNG_COUNT] = {
		[RUNG_NONE] = "none",
		[RUNG_NOTIFY] = "notify",
		[RUNG_STEER] = "raise_oom_score_adj",
		[RUNG_EVIDENCE] = "save_evidence",
		[RUNG_LIMIT] = "limit",
		[RUNG_TERM] = "sigterm",
		[RUNG_KILL] = "sigkill",
		[RUNG_VERIFY] = "verify",
		[RUNG_CLEAR] = "clear",
		[RUNG_QUIET] = "quiet_console",
		[RUNG_UNQUIET] = "restore_console",
	};

	return names[r];
}
