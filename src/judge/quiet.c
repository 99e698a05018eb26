/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/quiet.h"

#include <math.h>

#include "judge/ladder.h"

/* A forecast of this little is believed whatever is left. */
#define BURST_SECONDS 3
/* Else a forecast counts when no more than this share is left. */
#define FORECAST_SHARE 0.5

#define FILL_BYTES_PER_SECOND (6.0 * (double)GIB)
#define LOOK_SECONDS_MIN 0.1
#define LOOK_SECONDS_MAX 1.0

static bool is_short(const struct guard_policy *policy, const struct domain *d)
{
	double left = headroom_share(&d->headroom), seconds = domain_seconds(d);

	if (d->cgroup == CGROUP_NONE && left <= policy->quiet_share)
		return true;
	return seconds <= fmin(BURST_SECONDS, policy->quiet_seconds) ||
	       (seconds <= policy->quiet_seconds && left <= FORECAST_SHARE);
}

const struct domain *quiet_short_domain(const struct guard_policy *policy,
					const struct domain *domain, uint32_t count)
{
	const struct domain *nearest = NULL;

	for (uint32_t i = 0; i < count; i++) {
		if (is_short(policy, &domain[i]) &&
		    (!nearest || domain_seconds(&domain[i]) < domain_seconds(nearest)))
			nearest = &domain[i];
	}
	return nearest;
}

bool quiet_is_wanted(const struct quiet_input *in)
{
	if (in->ignore_loglevel || in->policy->quiet == QUIET_NO)
		return false;
	return in->policy->quiet == QUIET_YES || in->unknown_consoles ||
	       in->saved_seconds > in->policy->quiet_stall_seconds;
}

enum quiet_step quiet_next(const struct quiet_input *in)
{
	const bool is_over =
		in->now_seconds - in->short_seconds >= in->policy->quiet_restore_seconds;

	if (in->lowered)
		return is_over || in->policy->quiet == QUIET_NO ? QUIET_RESTORE : QUIET_NONE;
	if (!opt_is_known(in->console_loglevel) ||
	    in->console_loglevel.value <= in->policy->quiet_level || !quiet_is_wanted(in))
		return QUIET_NONE;
	return quiet_short_domain(in->policy, in->domain, in->domain_count) ? QUIET_LOWER
									    : QUIET_NONE;
}

double quiet_look_seconds(const struct guard_policy *policy, const struct domain *host)
{
	double left, shortage;

	if (!opt_is_known(host->headroom.bytes) || !opt_is_known(host->headroom.capacity_bytes))
		return LOOK_SECONDS_MAX;
	left = (double)host->headroom.bytes.value;
	shortage = policy->quiet_share * (double)host->headroom.capacity_bytes.value;
	return fmin(LOOK_SECONDS_MAX,
		    fmax(LOOK_SECONDS_MIN, (left - shortage) / FILL_BYTES_PER_SECOND));
}
