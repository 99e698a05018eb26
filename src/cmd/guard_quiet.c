/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adaptive console quieting: console_loglevel is lowered while memory is short, so that an OOM
 * report goes past a slow console into the ring buffer and the logs, and is put back afterwards.
 * judge/quiet.h has the rule; the change is recorded like every other (guard_change.c), so that
 * it is taken back on stop and after a crash too.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/common.h"
#include "cmd/guard_change.h"
#include "cmd/guard_reload.h"
#include "judge/oom_shape.h"
#include "judge/quiet.h"
#include "report/decision.h"
#include "source/machine.h"
#include "source/number_file.h"
#include "source/printk_settings.h"

/* All of the reading, some 30 ms usually. */
#define SURVEY_SECONDS 3

/* What the surveying child hands over. */
struct survey {
	struct console_list list;
	struct printk printk;
	struct oom_report_shape shape;
	struct fault fault;
};

static _Noreturn void survey_child(const struct guard *g, struct survey *s)
{
	static struct machine machine;
	const struct machine_options options = { MACHINE_CONSOLES_SECONDS };

	if (machine_read(&g->root, &options, &machine, &s->fault) < 0)
		_exit(1);
	s->list = machine.consoles;
	s->printk = machine.printk;
	(void)oom_report_shape_of(&machine, &s->shape);
	_exit(0);
}

static int survey(struct guard *g, struct survey *shared)
{
	pid_t pid = fork();
	int r;

	if (pid == 0)
		survey_child(g, shared);
	r = pid < 0 ? -errno : guard_child_wait(pid, SURVEY_SECONDS);
	if (r < 0 && shared->fault.err)
		return r;
	if (r < 0)
		return fault_errno(&shared->fault, r, "reading them failed");
	g->console.list = shared->list;
	g->console.printk = shared->printk;
	g->console.shape = shared->shape;
	return 0;
}

static bool is_ignored(const struct printk *p)
{
	return opt_is_known(p->ignore_loglevel) && p->ignore_loglevel.value;
}

/* In a child: a tty may hang, and the megabyte that reading takes need not stay locked. */
void guard_quiet_start(struct guard *g)
{
	struct survey *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED) {
		complain("the consoles are not known (no memory); [console] quiet = auto does "
			 "nothing");
		return;
	}
	if (survey(g, shared) < 0)
		complain("the consoles are not known (%s); [console] quiet = auto does nothing",
			 shared->fault.what);
	else if (is_ignored(&g->console.printk) && g->policy.quiet != QUIET_NO)
		complain("ignore_loglevel is set: every message goes to the consoles, and "
			 "[console] quiet cannot help");
	(void)munmap(shared, sizeof(*shared));
}

static const struct number_file ignore_loglevel =
	NUMBER_FILE(struct printk, ignore_loglevel, 1, "module/printk/parameters/ignore_loglevel",
		    NUMBER_SWITCH);

/* The levels of now; unknown when they cannot be read. */
static void read_levels(const struct root *root, struct printk *ret)
{
	char buf[64];
	size_t len;

	if (file_read_once_at(root->proc, "sys/" CHANGE_PRINTK, buf, sizeof(buf), &len) < 0 ||
	    printk_levels_parse(buf, len, ret) < 0)
		ret->console_loglevel = opt_u64_none(UNREADABLE);
	number_files_read(root, &ignore_loglevel, 1, ret);
}

static struct interval print_seconds(const struct guard_console *c, const struct printk *printk)
{
	struct storm_prediction p;

	storm_predict(&c->shape, &c->list, printk, &p);
	return p.print_seconds;
}

/* Two predictions of 8 us each: an operator may change the levels at any time, so they are read
 * where they count. */
static void price(struct guard *g)
{
	struct guard_console *c = &g->console;
	struct storm_prediction p;
	struct printk quiet;

	read_levels(&g->root, &c->printk);
	storm_predict(&c->shape, &c->list, &c->printk, &p);
	quiet = c->printk;
	quiet.console_loglevel = opt_u64_of(g->policy.quiet_level);
	c->print_seconds = p.print_seconds;
	c->unknown_consoles = p.unknown_consoles;
	c->saved_seconds = p.print_seconds.mid - print_seconds(c, &quiet).mid;
}

void guard_quiet_scanned(struct guard *g)
{
	const struct pass_counts *counts = &sampler_table(g->sampler)->counts;

	/* The kernel's table has those, too, that guard has no place for. */
	g->console.shape.tasks = (double)counts->read + counts->over_capacity;
	price(g);
}

static struct quiet_input input_of(const struct guard *g, double now)
{
	return (struct quiet_input){ .policy = &g->policy,
				     .domain = g->domain,
				     .domain_count = g->domain_count,
				     .console_loglevel = g->console.printk.console_loglevel,
				     .ignore_loglevel = is_ignored(&g->console.printk),
				     .saved_seconds = g->console.saved_seconds,
				     .unknown_consoles = g->console.unknown_consoles,
				     .lowered = g->console.lowered,
				     .short_seconds = g->console.short_seconds,
				     .now_seconds = now };
}

static void describe(struct guard *g, const struct domain *d)
{
	struct strbuf s = guard_detail(g);
	const struct headroom *h = &d->headroom;

	if (opt_is_known(h->bytes)) {
		strbuf_puts(&s, "; ");
		strbuf_bytes(&s, (double)h->bytes.value);
		strbuf_puts(&s, " of ");
		limit_describe(&s, h, &sampler_table(g->sampler)->cgroups);
		strbuf_puts(&s, " left");
	}
	if (isfinite(domain_seconds(d))) {
		strbuf_puts(&s, ", exhausted in ");
		strbuf_seconds(&s, domain_seconds(d));
	}
	if (g->console.print_seconds.known) {
		strbuf_puts(&s, ", a report would print for ");
		strbuf_seconds(&s, g->console.print_seconds.mid);
	}
}

static void lower(struct guard *g, const struct domain *d, double now)
{
	memset(&g->decision, 0, sizeof(g->decision));
	g->decision.action = RUNG_QUIET;
	g->decision.reason = DECISION_SHORT;
	if (guard_set_console_loglevel(g, g->policy.quiet_level) < 0)
		g->console.retry_seconds = now + g->policy.quiet_restore_seconds;
	else
		g->console.lowered = true;
	describe(g, d);
	guard_tell(g);
}

static void restore(struct guard *g, double now)
{
	struct guard_console *c = &g->console;

	guard_restore_console(g, DECISION_NOT_SHORT);
	c->lowered = g->decision.result == RESULT_FAILED;
	if (c->lowered)
		c->retry_seconds = now + g->policy.quiet_restore_seconds;
	/* For how often the host is looked at from now on. */
	price(g);
}

void guard_quiet_attend(struct guard *g, double now)
{
	struct guard_console *c = &g->console;
	const struct domain *d = quiet_short_domain(&g->policy, g->domain, g->domain_count);
	struct quiet_input in;
	enum quiet_step step;

	if (d)
		c->short_seconds = now;
	if (now < c->retry_seconds || !(d || c->lowered))
		return;
	if (!c->lowered)
		price(g);
	in = input_of(g, now);
	step = quiet_next(&in);
	if (step == QUIET_RESTORE)
		restore(g, now);
	else if (step == QUIET_LOWER && d)
		lower(g, d, now);
}

double guard_quiet_look_seconds(struct guard *g)
{
	struct quiet_input in = input_of(g, 0);
	const struct domain *host = guard_domain(g, CGROUP_NONE);

	if (g->console.lowered || !host || !quiet_is_wanted(&in))
		return (double)INFINITY;
	return quiet_look_seconds(&g->policy, host);
}
