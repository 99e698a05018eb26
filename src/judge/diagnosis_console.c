/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules about consoles and printk: what one OOM report costs on each, and what makes it so. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "judge/diagnosis_rules.h"

#define PRINTK_FILE "/proc/sys/kernel/printk"
#define CMDLINE_FILE "/proc/cmdline"

/* The last console= of this name: the word's value, "ttyS1,19200n8". */
static bool cmdline_console(const struct machine *m, const char *name, struct text *ret)
{
	struct text rest = text_string(m->cmdline), word;
	bool found = false;

	while (text_next_word(&rest, &word)) {
		struct text value = word, head;

		if (!text_skip_prefix(&value, "console="))
			continue;
		word = value;
		if (!text_next_field(&value, ',', &head) || !text_is(head, name))
			continue;
		*ret = word;
		found = true;
	}
	return found;
}

/* The number after "ttyS1,": 0 when the command line gives none. */
static uint64_t cmdline_speed(struct text console)
{
	struct text name, digits;
	uint64_t speed = 0;

	(void)text_next_field(&console, ',', &name);
	digits = text_of(console.p, 0);
	while (digits.n < console.n && console.p[digits.n] >= '0' && console.p[digits.n] <= '9')
		digits.n++;
	return text_u64(digits, &speed) == 0 ? speed : 0;
}

static void evidence_cmdline(struct finding *f, const struct machine *m, const struct console *c)
{
	struct text word;

	if (cmdline_console(m, c->name, &word))
		finding_evidence(f, CMDLINE_FILE, "console=%.*s", (int)MIN(word.n, (size_t)80),
				 word.p);
}

static void evidence_speed(struct finding *f, const struct machine *m, const struct console *c)
{
	char file[CONSOLE_NAME_SIZE + 32];

	switch (c->baud_source) {
	case BAUD_OPTION:
		(void)snprintf(file, sizeof(file), "--baud %s", c->name);
		break;
	case BAUD_TERMIOS:
		(void)snprintf(file, sizeof(file), "/dev/%s (termios)", c->name);
		break;
	case BAUD_DEFAULT:
		(void)snprintf(file, sizeof(file), "driver's default for %s", c->name);
		break;
	default:
		evidence_cmdline(f, m, c);
		return;
	}
	finding_evidence_u64(f, file, c->bits_per_second);
}

/* The file shows guard's level; what is judged is the one it was, and will be. */
static void evidence_held_level(struct finding *f, const struct machine *m)
{
	finding_evidence(f, PRINTK_FILE,
			 m->guard.gone ? "%llu: left so by a guard that is gone; it was %llu"
				       : "%llu: guard holds it while memory is short; it was %llu",
			 (unsigned long long)m->guard.level.value,
			 (unsigned long long)m->printk.console_loglevel.value);
}

static void evidence_level(struct finding *f, const struct machine *m)
{
	const struct printk *p = &m->printk;

	if (opt_is_known(m->guard.level))
		evidence_held_level(f, m);
	else if (opt_is_known(p->console_loglevel) && opt_is_known(p->default_message_loglevel) &&
		 opt_is_known(p->minimum_console_loglevel) &&
		 opt_is_known(p->default_console_loglevel))
		finding_evidence(f, PRINTK_FILE, "%u %u %u %u", (unsigned)p->console_loglevel.value,
				 (unsigned)p->default_message_loglevel.value,
				 (unsigned)p->minimum_console_loglevel.value,
				 (unsigned)p->default_console_loglevel.value);
	else if (opt_is_known(p->console_loglevel))
		finding_evidence_u64(f, PRINTK_FILE, p->console_loglevel);
	else
		finding_evidence(f, PRINTK_FILE, "not known: 7 is assumed");
	if (opt_is_set(p->ignore_loglevel))
		finding_evidence(f, "/sys/module/printk/parameters/ignore_loglevel", "Y");
}

/* What lets a console print less: its level, or first what overrides the level. */
static enum remedy_id console_remedy(const struct printk *p)
{
	return opt_is_set(p->ignore_loglevel) ? REMEDY_IGNORE_LOGLEVEL : REMEDY_CONSOLE_LOGLEVEL;
}

static bool holds_up(const struct diagnosis_input *in, uint32_t i)
{
	return i < in->prediction->console_count && in->prediction->console[i].synchronous &&
	       in->prediction->console[i].seconds.known;
}

void rule_consoles_unanswered(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct console_list *list = &in->machine->consoles;
	struct finding *f;

	/* Read by a child with a deadline; any other failure is an unknown, not a sign. */
	if (list->registered != UNREADABLE || !strstr(list->why, "no answer"))
		return;
	f = finding_add(d, FINDING_CONSOLES_UNANSWERED, SEVERITY_WARNING);
	finding_evidence(f, "/proc/consoles", "%s", list->why);
}

void rule_slow_console(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct machine *m = in->machine;

	for (uint32_t i = 0; i < m->consoles.count; i++) {
		const struct console *c = &m->consoles.console[i];
		const struct console_cost *cost = &in->prediction->console[i];
		struct finding *f;

		if (!holds_up(in, i) || !(cost->seconds.mid > in->policy->warning_seconds))
			continue;
		f = finding_add(d, FINDING_SLOW_CONSOLE,
				severity_of_seconds(in, cost->seconds.mid));
		finding_subject(f, c->name);
		f->number[0] = cost->bytes.mid;
		f->number[1] = cost->seconds.mid;
		f->number[2] = cost->task_table_seconds.mid;
		f->number[3] = (double)c->bits_per_second.value;
		f->cost_seconds = cost->seconds;
		f->remedy = console_remedy(&m->printk);
		evidence_speed(f, m, c);
		evidence_level(f, m);
		finding_evidence_u64(f, "/proc/sys/vm/oom_dump_tasks", m->oom.dump_tasks);
	}
}

void rule_consoles_add_up(const struct diagnosis_input *in, struct diagnosis *d)
{
	struct interval all = { .known = true };
	double slowest = 0;
	uint32_t count = 0;
	struct finding *f;

	for (uint32_t i = 0; i < in->machine->consoles.count; i++) {
		const struct interval *one = &in->prediction->console[i].seconds;

		if (!holds_up(in, i) || !(one->mid > 0))
			continue;
		slowest = MAX(slowest, one->mid);
		all.low += one->low;
		all.mid += one->mid;
		all.high += one->high;
		count++;
	}
	/* A tenth more is not worth a word beside the slow one. */
	if (count < 2 || !(all.mid > in->policy->warning_seconds) || all.mid < 1.1 * slowest)
		return;
	f = finding_add(d, FINDING_CONSOLES_ADD_UP, severity_of_seconds(in, all.mid));
	f->number[0] = count;
	f->number[1] = all.mid;
	f->number[2] = slowest;
	f->cost_seconds = all;
	f->remedy = console_remedy(&in->machine->printk);
	for (uint32_t i = 0; i < in->machine->consoles.count; i++) {
		if (holds_up(in, i))
			finding_evidence(f, in->machine->consoles.console[i].name, "%.2f s",
					 in->prediction->console[i].seconds.mid);
	}
}

void rule_task_table(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct storm_prediction *p = in->prediction;
	struct finding *f;

	if (!p->task_table_seconds.known ||
	    !(p->task_table_seconds.mid > in->policy->warning_seconds))
		return;
	f = finding_add(d, FINDING_TASK_TABLE, severity_of_seconds(in, p->task_table_seconds.mid));
	f->number[0] = in->shape->tasks;
	f->number[1] = p->size.part[PART_TASK_TABLE].bytes.mid;
	f->number[2] = p->task_table_seconds.mid;
	f->number[3] = p->task_table_seconds.mid / p->print_seconds.mid;
	f->cost_seconds = p->task_table_seconds;
	f->remedy = console_remedy(&in->machine->printk);
	finding_evidence_u64(f, "/proc/sys/vm/oom_dump_tasks", in->machine->oom.dump_tasks);
	finding_evidence_u64(f, "processes with memory in /proc/*/statm", in->machine->tasks.tasks);
	evidence_level(f, in->machine);
}

void rule_rcu_stalls(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct interval *all = &in->prediction->print_seconds;
	struct finding *f;

	if (!all->known || !(in->shape->rcu_stall_seconds > 0) ||
	    !(all->mid > in->shape->rcu_stall_seconds))
		return;
	f = finding_add(d, FINDING_RCU_STALLS, SEVERITY_NOTICE);
	f->number[0] = all->mid;
	f->number[1] = in->shape->rcu_stall_seconds;
	f->remedy = console_remedy(&in->machine->printk);
	finding_evidence(f, "/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout", "%.0f",
			 in->shape->rcu_stall_seconds);
}

void rule_flow_control(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct machine *m = in->machine;

	for (uint32_t i = 0; i < m->consoles.count; i++) {
		const struct console *c = &m->consoles.console[i];
		const struct console_cost *cost = &in->prediction->console[i];
		struct finding *f;

		if (!c->flow_control || c->kind != CONSOLE_UART || !cost->synchronous ||
		    !(cost->bytes.known && cost->bytes.high > 0))
			continue;
		/* No seconds: whether this kernel waits is not to be seen from outside. */
		f = finding_add(d, FINDING_FLOW_CONTROL, SEVERITY_NOTICE);
		finding_subject(f, c->name);
		f->number[0] = cost->bytes.mid;
		evidence_cmdline(f, m, c);
	}
}

void rule_boot_console(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct machine *m = in->machine;

	for (uint32_t i = 0; i < m->consoles.count; i++) {
		const struct console *c = &m->consoles.console[i];
		enum severity severity = SEVERITY_NOTICE;
		struct finding *f;

		if (!c->boot || c->registered == ABSENT)
			continue;
		if (holds_up(in, i))
			severity = severity_of_seconds(in, in->prediction->console[i].seconds.mid);
		f = finding_add(d, FINDING_BOOT_CONSOLE, severity);
		finding_subject(f, c->name);
		if (holds_up(in, i))
			f->cost_seconds = in->prediction->console[i].seconds;
		if (c->boot_flag)
			finding_evidence(f, "/proc/consoles", "flag B");
		else
			evidence_cmdline(f, m, c);
		if (m->cmdline_keep_bootcon)
			finding_evidence(f, CMDLINE_FILE, "keep_bootcon");
	}
}

void rule_speed_defaulted(const struct diagnosis_input *in, struct diagnosis *d)
{
	for (uint32_t i = 0; i < in->machine->consoles.count; i++) {
		const struct console *c = &in->machine->consoles.console[i];
		struct finding *f;

		if (c->baud_source != BAUD_DEFAULT || c->registered == ABSENT)
			continue;
		f = finding_add(d, FINDING_SPEED_DEFAULTED, SEVERITY_NOTICE);
		finding_subject(f, c->name);
		f->number[0] = (double)c->bits_per_second.value;
		evidence_cmdline(f, in->machine, c);
	}
}

void rule_speed_differs(const struct diagnosis_input *in, struct diagnosis *d)
{
	for (uint32_t i = 0; i < in->machine->consoles.count; i++) {
		const struct console *c = &in->machine->consoles.console[i];
		struct text word;
		uint64_t asked;
		struct finding *f;

		if (c->baud_source != BAUD_TERMIOS || !cmdline_console(in->machine, c->name, &word))
			continue;
		asked = cmdline_speed(word);
		if (!asked || opt_is(c->bits_per_second, asked))
			continue;
		f = finding_add(d, FINDING_SPEED_DIFFERS, SEVERITY_NOTICE);
		finding_subject(f, c->name);
		f->number[0] = (double)asked;
		f->number[1] = (double)c->bits_per_second.value;
		evidence_cmdline(f, in->machine, c);
		evidence_speed(f, in->machine, c);
	}
}

void rule_ignore_loglevel(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct printk *p = &in->machine->printk;
	const struct interval all = print_seconds_known(in);
	struct finding *f;

	if (!opt_is_set(p->ignore_loglevel))
		return;
	f = finding_add(d, FINDING_IGNORE_LOGLEVEL,
			all.known ? severity_of_seconds(in, all.mid) : SEVERITY_NOTICE);
	f->number[0] = number_of(p->console_loglevel);
	f->number[1] = number_of_seconds(&all);
	f->cost_seconds = all;
	f->remedy = REMEDY_IGNORE_LOGLEVEL;
	evidence_level(f, in->machine);
	if (in->machine->cmdline_ignore_loglevel)
		finding_evidence(f, CMDLINE_FILE, "ignore_loglevel");
}

/*
 * Who has the last word on the level at the next boot: rsyslog's imklog when it starts, before it
 * sysctl.d, before it the command line, else the kernel's default. Who cannot be asked may have set
 * anything: those before it then say nothing (diagnosis_unknown.c names it).
 */
static struct opt_u64 level_at_boot(const struct machine *m, struct finding *f)
{
	const struct log_daemon *rsyslog = &m->log_daemon[LOG_DAEMON_RSYSLOG];

	if (rsyslog->running == KNOWN && rsyslog->console_loglevel.known != ABSENT) {
		finding_evidence_u64(f, rsyslog->evidence, rsyslog->console_loglevel);
		return rsyslog->console_loglevel;
	}
	if (m->persisted_loglevel.known != ABSENT) {
		finding_evidence_u64(f, m->persisted_file, m->persisted_loglevel);
		return m->persisted_loglevel;
	}
	if (m->cmdline_loglevel.known != ABSENT) {
		finding_evidence_u64(f, CMDLINE_FILE " loglevel", m->cmdline_loglevel);
		return m->cmdline_loglevel;
	}
	finding_evidence_u64(f, "default_console_loglevel", m->printk.default_console_loglevel);
	return m->printk.default_console_loglevel;
}

void rule_loglevel_at_boot(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct machine *m = in->machine;
	struct finding scratch = { 0 }, *f;
	struct opt_u64 then = level_at_boot(m, &scratch);
	struct printk printk = m->printk;
	struct interval cost;

	if (!opt_is_known(then) || !opt_is_known(m->printk.console_loglevel) ||
	    then.value <= m->printk.console_loglevel.value)
		return;
	printk.console_loglevel = then;
	cost = print_seconds_with(in, &printk, in->shape->dump_tasks);
	if (!cost.known || !(cost.mid > in->policy->warning_seconds) ||
	    in->prediction->print_seconds.mid > in->policy->warning_seconds)
		return;
	f = finding_add(d, FINDING_LOGLEVEL_AT_BOOT, severity_of_seconds(in, cost.mid));
	f->evidence_count = scratch.evidence_count;
	memcpy(f->evidence, scratch.evidence, sizeof(f->evidence));
	evidence_level(f, m);
	f->number[0] = (double)m->printk.console_loglevel.value;
	f->number[1] = (double)then.value;
	f->number[2] = cost.mid;
	f->cost_seconds = cost;
	f->remedy = REMEDY_CONSOLE_LOGLEVEL;
}

void rule_printk_delay(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct opt_u64 delay = in->machine->printk.delay_ms;
	double lines = 0, seconds;
	struct finding *f;

	if (!opt_is_set(delay))
		return;
	for (int i = 0; i < PART_COUNT; i++)
		lines += in->prediction->size.part[i].lines;
	seconds = (double)delay.value * lines / 1000;
	f = finding_add(d, FINDING_PRINTK_DELAY, severity_of_seconds(in, seconds));
	f->number[0] = (double)delay.value;
	f->number[1] = lines;
	f->number[2] = seconds;
	/* A record may hold several lines, and is delayed once: the lines are the upper end. */
	f->cost_seconds = (struct interval){ true, 0.5 * seconds, seconds, seconds };
	f->remedy = REMEDY_PRINTK_DELAY;
	finding_evidence_u64(f, "/proc/sys/kernel/printk_delay", delay);
}
