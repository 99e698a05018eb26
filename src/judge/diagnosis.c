/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/diagnosis.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "judge/diagnosis_rules.h"

/* include/linux/printk.h, CONSOLE_LOGLEVEL_DEFAULT: what a kernel has that nobody told otherwise.
 */
#define LOGLEVEL_DEFAULT 7
/* At 4 a console prints the verdict (level 3, KERN_ERR) and nothing else of a report. */
#define LOGLEVEL_VERDICT 4
/* Below the verdict's own level nothing of a report reaches a console. */
#define LOGLEVEL_LEAST 3

_Static_assert(FINDINGS_MAX >= FINDING_COUNT + 5 * CONSOLES_MAX + 3 * LOG_DAEMON_COUNT,
	       "every rule at its fullest must fit");

struct diagnosis_policy diagnosis_policy_default(void)
{
	return (struct diagnosis_policy){
		.warning_seconds = 1,
		.critical_seconds = 5,
		.unkillable_notice_share = 0.10,
		.unkillable_warning_share = 0.50,
		.min_free_share = 0.05,
		.min_free_bytes = MIB,
	};
}

struct finding *finding_add(struct diagnosis *d, enum finding_id id, enum severity severity)
{
	struct finding *f = &d->finding[MIN(d->finding_count, (uint32_t)FINDINGS_MAX - 1)];

	d->finding_count = MIN(d->finding_count + 1, (uint32_t)FINDINGS_MAX);
	*f = (struct finding){ .id = id, .severity = severity };
	return f;
}

void finding_subject(struct finding *f, const char *subject)
{
	(void)snprintf(f->subject, sizeof(f->subject), "%s", subject);
}

void finding_evidence(struct finding *f, const char *file, const char *fmt, ...)
{
	struct evidence *e = &f->evidence[f->evidence_count];
	va_list ap;

	if (f->evidence_count == FINDING_EVIDENCE)
		return;
	f->evidence_count++;
	(void)snprintf(e->file, sizeof(e->file), "%s", file);
	va_start(ap, fmt);
	(void)vsnprintf(e->value, sizeof(e->value), fmt, ap);
	va_end(ap);
}

void finding_evidence_u64(struct finding *f, const char *file, struct opt_u64 value)
{
	if (opt_is_known(value))
		finding_evidence(f, file, "%llu", (unsigned long long)value.value);
}

enum severity severity_of_seconds(const struct diagnosis_input *in, double seconds)
{
	const uint32_t assumed = in->assumptions & (1u << ASSUMED_LOGLEVEL | 1u << ASSUMED_TASKS);

	if (seconds > in->policy->critical_seconds && !assumed)
		return SEVERITY_CRITICAL;
	return seconds > in->policy->warning_seconds ? SEVERITY_WARNING : SEVERITY_NOTICE;
}

static void predict_with(const struct diagnosis_input *in, const struct printk *printk,
			 bool dump_tasks, struct storm_prediction *ret)
{
	struct oom_report_shape shape = *in->shape;

	shape.dump_tasks = dump_tasks;
	storm_predict(&shape, &in->machine->consoles, printk, ret);
}

struct interval print_seconds_with(const struct diagnosis_input *in, const struct printk *printk,
				   bool dump_tasks)
{
	struct storm_prediction p;

	predict_with(in, printk, dump_tasks, &p);
	return p.print_seconds;
}

/* The sum over no console that is known is 0, which nobody has measured. */
static struct interval known_seconds(const struct diagnosis_input *in,
				     const struct storm_prediction *p)
{
	const struct interval unknown = { 0 };

	return storm_consoles_known(in->machine) && storm_print_known(p) ? p->print_seconds
									 : unknown;
}

struct interval print_seconds_known(const struct diagnosis_input *in)
{
	return known_seconds(in, in->prediction);
}

/*
 * The highest level, `highest` or lower, at which one report is printed within the warning
 * threshold, at the high estimate too: a level higher keeps more on the console for the person who
 * looks at it.
 */
static uint64_t loglevel_within(const struct diagnosis_input *in, uint64_t highest)
{
	struct printk printk = in->machine->printk;

	printk.ignore_loglevel = opt_u64_of(0);
	printk.delay_ms = opt_u64_of(0); /* no level shortens that */
	for (uint64_t level = highest; level > LOGLEVEL_LEAST; level--) {
		struct interval cost;

		printk.console_loglevel = opt_u64_of(level);
		cost = print_seconds_with(in, &printk, in->shape->dump_tasks);
		if (cost.known && cost.high <= in->policy->warning_seconds)
			return level;
	}
	return MIN(highest, (uint64_t)LOGLEVEL_LEAST);
}

static bool asked_for(const struct diagnosis *d, enum remedy_id id)
{
	for (uint32_t i = 0; i < d->finding_count; i++) {
		if (d->finding[i].remedy == id && d->finding[i].severity >= SEVERITY_WARNING)
			return true;
	}
	return false;
}

struct interval diagnosis_seconds_after(const struct diagnosis_input *in, const struct diagnosis *d,
					const bool fixed[REMEDY_COUNT])
{
	struct printk printk = in->machine->printk;
	struct storm_prediction p;

	if (fixed[REMEDY_CONSOLE_LOGLEVEL])
		printk.console_loglevel = d->remedy[REMEDY_CONSOLE_LOGLEVEL].after;
	if (fixed[REMEDY_IGNORE_LOGLEVEL])
		printk.ignore_loglevel = opt_u64_of(0);
	if (fixed[REMEDY_PRINTK_DELAY])
		printk.delay_ms = opt_u64_of(0);
	predict_with(in, &printk, in->shape->dump_tasks && !fixed[REMEDY_OOM_DUMP_TASKS], &p);
	return known_seconds(in, &p);
}

/*
 * The level of now where it is low enough. Where a speed is not known its seconds say nothing: only
 * the last line of a report is worth the risk.
 */
static uint64_t level_wanted(const struct diagnosis_input *in, const struct diagnosis *d)
{
	const struct opt_u64 now = in->machine->printk.console_loglevel;
	uint64_t level = LOGLEVEL_DEFAULT;

	for (uint32_t i = 0; i < d->unknown_count; i++) {
		if (d->unknown[i].id == UNKNOWN_CONSOLE && d->unknown[i].decisive)
			level = LOGLEVEL_VERDICT;
	}
	return loglevel_within(in, opt_is_known(now) ? MIN(level, now.value) : level);
}

static void propose(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct printk *p = &in->machine->printk;
	const uint64_t level = level_wanted(in, d);
	bool fixed[REMEDY_COUNT];

	d->remedy[REMEDY_CONSOLE_LOGLEVEL].before = p->console_loglevel;
	d->remedy[REMEDY_CONSOLE_LOGLEVEL].after = opt_u64_of(level);
	d->remedy[REMEDY_IGNORE_LOGLEVEL].before = p->ignore_loglevel;
	d->remedy[REMEDY_IGNORE_LOGLEVEL].after = opt_u64_of(0);
	d->remedy[REMEDY_PRINTK_DELAY].before = p->delay_ms;
	d->remedy[REMEDY_PRINTK_DELAY].after = opt_u64_of(0);
	d->remedy[REMEDY_OOM_DUMP_TASKS].before = in->machine->oom.dump_tasks;
	d->remedy[REMEDY_OOM_DUMP_TASKS].after = opt_u64_of(0);
	for (int i = 0; i < REMEDY_COUNT; i++)
		d->remedy[i].proposed = i != REMEDY_NONE && asked_for(d, (enum remedy_id)i);
	/* With ignore_loglevel gone the level counts again, and may be too high itself. */
	if (d->remedy[REMEDY_IGNORE_LOGLEVEL].proposed && opt_is_known(p->console_loglevel) &&
	    level < p->console_loglevel.value)
		d->remedy[REMEDY_CONSOLE_LOGLEVEL].proposed = true;

	for (int i = 0; i < REMEDY_COUNT; i++)
		fixed[i] = d->remedy[i].proposed;
	d->seconds_now = in->prediction->print_seconds;
	d->seconds_fixed = diagnosis_seconds_after(in, d, fixed);
}

static diagnosis_rule *const rules[] = {
	rule_consoles_unanswered,
	rule_slow_console,
	rule_consoles_add_up,
	rule_task_table,
	rule_rcu_stalls,
	rule_flow_control,
	rule_boot_console,
	rule_speed_defaulted,
	rule_speed_differs,
	rule_ignore_loglevel,
	rule_loglevel_at_boot,
	rule_printk_delay,
	rule_ring_too_small,
	rule_no_log_daemon,
	rule_log_rate_limit,
	rule_log_to_console,
	rule_log_not_kept,
	rule_task_table_off,
	rule_panic,
	rule_kills_allocating_task,
	rule_hung_task_panic,
	rule_unkillable_mass,
	rule_overcommit_always,
	rule_min_free,
	rule_swap,
	rule_lru_min_ttl,
	rule_psi_off,
	rule_sysrq_off,
	rule_no_watchdog,
	rule_oom_daemon,
	rule_services_unlimited,
};

/* Worst first; among equals what costs more, then the order of the table. Few: insertion. */
static bool goes_before(const struct finding *a, const struct finding *b)
{
	const double cost_a = a->cost_seconds.known ? a->cost_seconds.mid : 0,
		     cost_b = b->cost_seconds.known ? b->cost_seconds.mid : 0;

	if (a->severity != b->severity)
		return a->severity > b->severity;
	return cost_a > cost_b;
}

static void arrange(struct diagnosis *d)
{
	for (uint32_t i = 0; i < d->finding_count; i++) {
		d->by_severity[d->finding[i].severity]++;
		for (uint32_t k = i; k && goes_before(&d->finding[k], &d->finding[k - 1]); k--) {
			const struct finding moved = d->finding[k];

			d->finding[k] = d->finding[k - 1];
			d->finding[k - 1] = moved;
		}
	}
}

void diagnose(const struct diagnosis_input *in, struct diagnosis *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		rules[i](in, ret);
	diagnosis_unknowns(in, ret);
	propose(in, ret);
	arrange(ret);
}
