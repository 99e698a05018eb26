/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of a scenario and their values: one table. Pure; used by scenario.c only. */
#pragma once

#include "base/macro.h"
#include "base/text.h"
#include "scenario.h"

/* In plan_command.run and plan_sysctl.run while reading: of the section [run], for later runs. */
#define RUN_DEFAULTS (-2)

struct scenario_key;

/* kind: "machine", "run" or "program". NULL when there is no such key. */
const struct scenario_key *scenario_key_find(struct text kind, const char *name) _nonnull_(2);

/* The rest: NULL, or what is wrong with the value. */

/* base: the struct scenario, plan_run or plan_program that the key's kind belongs to. */
const char *scenario_key_set(const struct scenario_key *key, struct text value, struct scenario *s,
			     void *base, int32_t run) _nonnull_(1, 3, 4);
const char *scenario_add_command(struct plan *plan, int32_t run, enum plan_when when, struct text t)
	_nonnull_(1);
const char *scenario_add_sysctl(struct plan *plan, int32_t run, struct text key, struct text value)
	_nonnull_(1);
