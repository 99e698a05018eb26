/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/kernel_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/text.h"
#include "source/number_file.h"

/* Distributions' configurations have some 300 KB. */
#define CONFIG_FILE_MAX (1024 * 1024)

static int number_of(struct text value, uint64_t max, struct opt_u64 *ret)
{
	uint64_t n;

	if (text_u64(value, &n) < 0 || n > max)
		return -EPROTO;
	*ret = opt_u64_of(n);
	return 0;
}

static int take_option(struct text name, struct text value, struct kernel_config *c)
{
	if (text_is(name, "LOG_BUF_SHIFT"))
		return number_of(value, 30, &c->log_buf_shift);
	if (text_is(name, "LOG_CPU_MAX_BUF_SHIFT"))
		return number_of(value, 30, &c->log_cpu_buf_shift);
	if (text_is(name, "CONSOLE_LOGLEVEL_QUIET"))
		return number_of(value, 15, &c->quiet_loglevel);
	if (text_is(name, "PRINTK_CALLER"))
		c->printk_caller = opt_u64_of(text_is(value, "y"));
	return 0;
}

int kernel_config_parse(const char *buf, size_t len, struct kernel_config *ret)
{
	struct kernel_config c = { .printk_caller = { .value = 0, .known = KNOWN } };
	struct text in = text_of(buf, len), line, name;
	bool any = false;

	while (text_next_line(&in, &line)) {
		if (!text_skip_prefix(&line, "CONFIG_"))
			continue;
		any = true;
		if (text_next_field(&line, '=', &name) && take_option(name, line, &c) < 0)
			return -EPROTO;
	}
	if (!any)
		return -EPROTO;
	*ret = c;
	return 0;
}

static void all_unknown(struct kernel_config *c, enum known why)
{
	c->printk_caller = c->log_buf_shift = c->log_cpu_buf_shift = c->quiet_loglevel =
		opt_u64_none(why);
}

static void freep(char **p)
{
	free(*p);
}

void kernel_config_read(const struct root *root, const char *release, struct kernel_config *ret)
{
	static const char *const places[] = {
		"boot/config-%s",
		"usr/lib/modules/%s/config",
		"lib/modules/%s/config",
	};
	_cleanup_(freep) char *buf = malloc(CONFIG_FILE_MAX);
	int worst = faccessat(root->proc, "config.gz", F_OK, 0) == 0 ? -EACCES : -ENOENT;

	for (size_t i = 0; buf && *release && !strchr(release, '/') && i < ARRAY_SIZE(places);
	     i++) {
		char path[160];
		size_t len;
		int r;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(path, sizeof(path), places[i], release);
#pragma GCC diagnostic pop
		r = root->top < 0 ? -ENOENT
				  : file_read_at(root->top, path, buf, CONFIG_FILE_MAX, &len);
		if (r == 0 && kernel_config_parse(buf, len, ret) == 0)
			return;
		if (r != -ENOENT)
			worst = -EIO;
	}
	all_unknown(ret, known_of_errno(worst));
}

struct opt_u64 ring_bytes_of(const struct kernel_config *c, struct opt_u64 log_buf_len,
			     uint32_t possible_cpus)
{
	uint64_t built_in, extra, bytes;

	if (!opt_is_known(c->log_buf_shift))
		return opt_u64_none(c->log_buf_shift.known);
	built_in = bytes = UINT64_C(1) << c->log_buf_shift.value;
	/* One that is not larger counts as none (log_buf_len_update). */
	if (opt_is_known(log_buf_len) && log_buf_len.value > built_in)
		return log_buf_len;
	if (opt_is_known(c->log_cpu_buf_shift)) {
		if (!possible_cpus)
			return opt_u64_none(UNREADABLE);
		extra = (possible_cpus - UINT64_C(1)) << c->log_cpu_buf_shift.value;
		for (; extra > built_in / 2 && bytes < built_in + extra; bytes <<= 1)
			;
	}
	return opt_u64_of(bytes);
}
