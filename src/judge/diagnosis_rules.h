/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of judge/diagnosis.c, one function each; a rule adds what it finds, or nothing. Private
 * to the diagnosis.
 */
#pragma once

#include <math.h>

#include "judge/diagnosis.h"

typedef void diagnosis_rule(const struct diagnosis_input *in, struct diagnosis *d);

/* Adds an empty finding; never NULL (FINDINGS_MAX holds all rules at their fullest). */
struct finding *finding_add(struct diagnosis *d, enum finding_id id, enum severity severity)
	__attribute__((returns_nonnull));
void finding_subject(struct finding *f, const char *subject);
/* "file = value"; the fifth and later ones are dropped. */
void finding_evidence(struct finding *f, const char *file, const char *fmt, ...)
	_printf_format_(3, 4);
/* A number as evidence, when it is known. */
void finding_evidence_u64(struct finding *f, const char *file, struct opt_u64 value);

static inline bool opt_is(struct opt_u64 o, uint64_t value)
{
	return opt_is_known(o) && o.value == value;
}

static inline bool opt_is_set(struct opt_u64 o)
{
	return opt_is_known(o) && o.value != 0;
}

/* By the printing thresholds of the policy; below both: a notice. Seconds that stand on an assumed
 * level or number of tasks make no more than a warning. */
enum severity severity_of_seconds(const struct diagnosis_input *in, double seconds);

extern const char *const log_daemon_names[LOG_DAEMON_COUNT];

/* Printing of one report with kernel.printk as given, as far as it is known: at least 0. */
struct interval print_seconds_with(const struct diagnosis_input *in, const struct printk *printk,
				   bool dump_tasks);
/* Of the machine as it is; not known where neither the consoles nor a speed of them is. */
struct interval print_seconds_known(const struct diagnosis_input *in);

/* A number of a sentence: what is not known is shown as "?", never as 0. */
static inline double number_of(struct opt_u64 o)
{
	return opt_is_known(o) ? (double)o.value : (double)NAN;
}

static inline double number_of_seconds(const struct interval *i)
{
	return i->known ? i->mid : (double)NAN;
}

diagnosis_rule rule_consoles_unanswered, rule_slow_console, rule_consoles_add_up, rule_task_table,
	rule_rcu_stalls, rule_flow_control, rule_boot_console, rule_speed_defaulted,
	rule_speed_differs, rule_ignore_loglevel, rule_loglevel_at_boot, rule_printk_delay;
diagnosis_rule rule_ring_too_small, rule_no_log_daemon, rule_log_rate_limit, rule_log_to_console,
	rule_log_not_kept;
diagnosis_rule rule_task_table_off, rule_panic, rule_kills_allocating_task, rule_hung_task_panic,
	rule_unkillable_mass, rule_overcommit_always, rule_min_free, rule_swap, rule_lru_min_ttl,
	rule_psi_off, rule_sysrq_off, rule_no_watchdog, rule_oom_daemon, rule_services_unlimited;

/* What is not known, into d->unknown. */
void diagnosis_unknowns(const struct diagnosis_input *in, struct diagnosis *d);
