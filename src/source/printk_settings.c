/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/printk_settings.h"

#include <errno.h>
#include <sys/klog.h>

#include "base/fd.h"
#include "source/host_reader.h"
#include "source/number_file.h"

#define SYSLOG_ACTION_SIZE_BUFFER 10

#define KERNEL(member, file, form) NUMBER_FILE(struct printk, member, 0, "sys/kernel/" file, form)
#define PARAMETER(member, file)                                                                    \
	NUMBER_FILE(struct printk, member, 1, "module/printk/parameters/" file, NUMBER_SWITCH)
static const struct number_file files[] = {
	KERNEL(delay_ms, "printk_delay", NUMBER_PLAIN),
	KERNEL(ratelimit_seconds, "printk_ratelimit", NUMBER_PLAIN),
	KERNEL(ratelimit_burst, "printk_ratelimit_burst", NUMBER_PLAIN),
	KERNEL(devkmsg_on, "printk_devkmsg", NUMBER_ON),
	PARAMETER(ignore_loglevel, "ignore_loglevel"),
	PARAMETER(timestamps, "time"),
	PARAMETER(console_no_auto_verbose, "console_no_auto_verbose"),
};
#undef KERNEL
#undef PARAMETER

int printk_levels_parse(const char *buf, size_t len, struct printk *ret)
{
	struct text in = text_of(buf, len), line = TEXT(""), word;
	uint64_t level[4];

	(void)text_next_line(&in, &line);
	for (size_t i = 0; i < ARRAY_SIZE(level); i++) {
		int64_t n;

		if (!text_next_word(&line, &word) || text_i64(word, &n) < 0)
			return -EPROTO;
		level[i] = n < 0 ? 0 : (uint64_t)n;
	}
	if (in.n || text_trim(line).n)
		return -EPROTO;
	ret->console_loglevel = opt_u64_of(level[0]);
	ret->default_message_loglevel = opt_u64_of(level[1]);
	ret->minimum_console_loglevel = opt_u64_of(level[2]);
	ret->default_console_loglevel = opt_u64_of(level[3]);
	return 0;
}

static void read_levels(int proc, struct printk *ret)
{
	char buf[128];
	size_t len;
	int r = file_read_at(proc, "sys/kernel/printk", buf, sizeof(buf), &len);

	if (r == 0)
		r = printk_levels_parse(buf, len, ret);
	if (r < 0)
		ret->console_loglevel = ret->default_message_loglevel =
			ret->minimum_console_loglevel = ret->default_console_loglevel =
				opt_u64_none(known_of_errno(r));
}

static uint32_t possible_cpus(int sys)
{
	char buf[1024];
	size_t len;
	uint32_t cpus;

	if (sys < 0 ||
	    file_read_at(sys, "devices/system/cpu/possible", buf, sizeof(buf), &len) < 0 ||
	    cpulist_parse(text_of(buf, len), &cpus) < 0)
		return 0;
	return cpus;
}

static struct opt_u64 ring_bytes(const struct root *root, const struct cmdline *cmdline,
				 const struct kernel_config *config)
{
	int size;

	if (!root->live)
		return ring_bytes_of(config,
				     cmdline ? cmdline->log_buf_bytes : opt_u64_none(ABSENT),
				     possible_cpus(root->sys));
	size = klogctl(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0);
	return size > 0 ? opt_u64_of((uint64_t)size) : opt_u64_none(UNREADABLE);
}

void printk_settings_read(const struct root *root, const struct cmdline *cmdline,
			  const struct kernel_config *config, struct printk *ret)
{
	struct printk p = { .legacy_thread = ret->legacy_thread, .caller = config->printk_caller };

	number_files_read(root, files, ARRAY_SIZE(files), &p);
	read_levels(root->proc, &p);
	p.ring_bytes = ring_bytes(root, cmdline, config);
	if (opt_is_known(p.ring_bytes))
		p.ring_source = root->live ? RING_SYSLOG : RING_CONFIG;
	*ret = p;
}
