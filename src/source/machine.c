/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/machine.h"

#include <errno.h>
#include <fcntl.h>

#include "base/clock.h"
#include "base/fd.h"
#include "source/cmdline.h"
#include "source/consoles.h"
#include "source/host_reader.h"
#include "source/journald_conf.h"
#include "source/kernel_config.h"
#include "source/number_file.h"
#include "source/oom_settings.h"
#include "source/printk_settings.h"
#include "source/rsyslog_conf.h"
#include "source/service_limits.h"
#include "source/sysctl_d.h"
#include "source/task_census.h"
#include "source/zoneinfo.h"

/* zoneinfo: some 200 KB on 256 CPUs. */
#define SCRATCH_BYTES (1024 * 1024)
static char scratch[SCRATCH_BYTES];

bool kernel_version_parse(struct text release, struct kernel_version *ret)
{
	struct text major, rest = release;
	size_t digits = 0;
	uint64_t a, b;

	if (!text_next_field(&rest, '.', &major))
		return false;
	while (digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9')
		digits++;
	if (text_u64(major, &a) < 0 || text_u64(text_of(rest.p, digits), &b) < 0 || !a ||
	    a > UINT16_MAX || b > UINT16_MAX)
		return false;
	*ret = (struct kernel_version){ (uint32_t)a, (uint32_t)b };
	return true;
}

struct opt_u64 cpuinfo_virtual_machine(const char *buf, size_t len)
{
	struct text in = text_of(buf, len), line, word;

	while (text_next_line(&in, &line)) {
		if (!text_next_word(&line, &word) || !text_is(word, "flags"))
			continue;
		while (text_next_word(&line, &word))
			if (text_is(word, "hypervisor"))
				return opt_u64_of(1);
		return opt_u64_of(0);
	}
	return opt_u64_none(ABSENT);
}

static void read_release(const struct root *root, struct machine *m)
{
	char buf[256];
	struct text line = TEXT(""), in;
	size_t len;

	if (file_read_at(root->proc, "sys/kernel/osrelease", buf, sizeof(buf), &len) < 0)
		return;
	in = text_of(buf, len);
	(void)text_next_line(&in, &line);
	(void)!text_copy(line, m->release, sizeof(m->release));
	(void)kernel_version_parse(line, &m->kernel);
}

static void read_cmdline(const struct root *root, struct machine *m, struct cmdline *ret)
{
	size_t len;
	int r = file_read_at(root->proc, "cmdline", m->cmdline, sizeof(m->cmdline), &len);

	m->cmdline_known = r < 0 ? UNREADABLE : KNOWN;
	if (r == -ENOENT)
		m->cmdline_known = ABSENT;
	if (r < 0) {
		m->cmdline[0] = '\0';
		m->cmdline_loglevel = m->ring_bytes_cmdline = opt_u64_none(m->cmdline_known);
		return;
	}
	while (len && m->cmdline[len - 1] == '\n')
		m->cmdline[--len] = '\0';
	cmdline_parse(m->cmdline, len, ret);
	m->cmdline_loglevel = ret->loglevel;
	m->cmdline_ignore_loglevel = ret->ignore_loglevel;
	m->cmdline_keep_bootcon = ret->keep_bootcon;
	m->ring_bytes_cmdline = ret->log_buf_bytes;
}

static void read_nodes(const struct root *root, struct machine *m)
{
	struct zoneinfo z = { 0 };
	size_t len;

	if (zoneinfo_read(root->proc, scratch, sizeof(scratch), &z) < 0)
		z = (struct zoneinfo){ 0 };
	m->zones = z.populated_zones;
	m->nodes = z.nodes;
	if (root->sys >= 0 && file_read_at(root->sys, "devices/system/node/online", scratch,
					   sizeof(scratch), &len) == 0)
		(void)!cpulist_parse(text_of(scratch, len), &m->nodes);
}

static void read_host(const struct root *root, struct machine *m)
{
	struct host_reader reader;
	struct host host = { 0 };
	int r = host_reader_open(&reader, root, scratch, sizeof(scratch), NULL);

	if (r == 0)
		r = host_read_all(&reader, &host, NULL);
	m->meminfo_known = r == 0 ? KNOWN : known_of_errno(r);
	host_reader_release(&reader);
	m->meminfo = host.meminfo;
	m->memory_pressure = host.memory_pressure;
	m->zram_size_bytes = host.zram_size_bytes;
	m->cpus = host.cpus;
}

/* The first CPU's flags are in the first KiB; the whole file is long, and slow to make. */
static void read_cpuinfo(const struct root *root, struct machine *m)
{
	_cleanup_close_ int fd = openat(root->proc, "cpuinfo", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char buf[8192];
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	m->virtual_machine = n < 0 ? opt_u64_none(known_of_errno(-errno))
				   : cpuinfo_virtual_machine(buf, (size_t)n);
}

static void take_survey(const struct task_survey *s, struct machine *m)
{
	m->tasks = s->tasks;
	memcpy(m->log_daemon, s->log_daemon, sizeof(m->log_daemon));
	memcpy(m->oom_daemon, s->oom_daemon, sizeof(m->oom_daemon));
	m->oom_daemon_count = s->oom_daemon_count;
	/* Kernel threads may be missing from a list that is not whole. */
	m->printk.legacy_thread = s->legacy_thread || s->tasks.complete
					  ? opt_u64_of(s->legacy_thread)
					  : opt_u64_none(UNREADABLE);
	for (int i = 0; i < LOG_DAEMON_COUNT; i++)
		if (m->log_daemon[i].running == ABSENT && !s->tasks.complete)
			m->log_daemon[i].running = UNREADABLE;
}

static void read_log_daemons(const struct root *root, struct machine *m)
{
	struct log_daemon *d = m->log_daemon;

	if (d[LOG_DAEMON_JOURNALD].running == KNOWN)
		journald_conf_read(root, &d[LOG_DAEMON_JOURNALD]);
	if (d[LOG_DAEMON_RSYSLOG].running == KNOWN)
		rsyslog_conf_read(root, &d[LOG_DAEMON_RSYSLOG]);
	/* These two's configurations are not read. */
	for (int i = LOG_DAEMON_SYSLOG_NG; i < LOG_DAEMON_COUNT; i++)
		if (d[i].running == KNOWN)
			d[i].forwards_to_console = d[i].persistent = d[i].rate_limit_burst =
				d[i].rate_limit_seconds = opt_u64_none(UNREADABLE);
}

/*
 * A thread pr/NAME is proof of an nbcon console (or of a kernel that prints from a thread for it),
 * where /proc/consoles did not answer. Thread names are cut, so a prefix that long matches too.
 */
static void note_printk_threads(const struct task_survey *s, struct console_list *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		for (uint32_t t = 0; t < s->printk_threads; t++) {
			struct console *c = &l->console[i];

			if (l->registered != KNOWN && strcmp(c->name, s->printk_thread[t]) == 0) {
				c->registered = KNOWN;
				c->enabled = c->nbcon = true;
			}
		}
}

int machine_read(const struct root *root, const struct machine_options *options,
		 struct machine *ret, struct fault *f)
{
	static struct task_survey survey;
	static struct cmdline cmdline;
	const struct cmdline *known;
	struct held_ttys held = { .tty = survey.held_tty };
	struct kernel_config config;
	double begin = clock_thread_cpu_seconds();
	int r = task_survey_read(root, &survey, f);

	if (r < 0)
		return r;
	*ret = (struct machine){ 0 };
	take_survey(&survey, ret);
	held.count = survey.held_ttys;
	read_release(root, ret);
	read_cmdline(root, ret, &cmdline);
	known = ret->cmdline_known == KNOWN ? &cmdline : NULL;
	kernel_config_read(root, ret->release, &config);
	if (known && cmdline.loglevel_quiet && opt_is_known(config.quiet_loglevel))
		ret->cmdline_loglevel = config.quiet_loglevel;
	printk_settings_read(root, known, &config, &ret->printk);
	consoles_read(root, known, &held, options->consoles_deadline_seconds, &ret->consoles);
	note_printk_threads(&survey, &ret->consoles);
	read_nodes(root, ret);
	read_host(root, ret);
	read_cpuinfo(root, ret);
	oom_settings_read(root, &ret->oom);
	read_log_daemons(root, ret);
	sysctl_d_read(root, survey.init[0] && strcmp(survey.init, "systemd") != 0, ret);
	service_limits_read(root, &ret->services);
	ret->read_cpu_seconds = clock_thread_cpu_seconds() - begin;
	return 0;
}
