/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/journald_conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <ini.h>

#include "base/fd.h"
#include "base/text.h"
#include "source/conf_files.h"

#define JOURNALD_FILE_MAX (64 * 1024)

void journald_conf_default(struct journald_conf *ret)
{
	*ret = (struct journald_conf){
		.rate_limit_seconds = 30,
		.rate_limit_burst = 10000,
		.rate_limit_default = true,
		.max_level_console = 6,
		.tty = "console",
	};
}

static bool set_bool(struct text v, bool *ret)
{
	static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" };
	static const char *const no[] = { "0", "no", "n", "false", "f", "off" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (text_is(v, yes[i]) || text_is(v, no[i])) {
			*ret = text_is(v, yes[i]);
			return true;
		}
	return false;
}

static bool set_level(struct text v, uint32_t *ret)
{
	static const char *const names[] = { "emerg",	"alert",  "crit", "err",
					     "warning", "notice", "info", "debug" };
	uint64_t n;

	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++)
		if (text_is(v, names[i])) {
			*ret = i;
			return true;
		}
	if (text_u64(v, &n) < 0 || n >= ARRAY_SIZE(names))
		return false;
	*ret = (uint32_t)n;
	return true;
}

static bool set_storage(struct text v, enum journald_storage *ret)
{
	static const char *const names[] = { "auto", "persistent", "volatile", "none" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (text_is(v, names[i])) {
			*ret = (enum journald_storage)i;
			return true;
		}
	return false;
}

static bool set_tty(struct text v, char tty[CONSOLE_NAME_SIZE])
{
	char name[CONSOLE_NAME_SIZE];

	if (!text_skip_prefix(&v, "/dev/") || text_copy(v, name, sizeof(name)) < 0)
		return false;
	memcpy(tty, name, sizeof(name));
	return true;
}

static int take_key(void *arg, const char *section, const char *name, const char *value)
{
	struct journald_conf *c = arg;
	struct text v = text_trim(text_string(value));
	bool good = true;

	if (strcmp(section, "Journal") != 0)
		return 1;
	if (strcmp(name, "RateLimitIntervalSec") == 0 || strcmp(name, "RateLimitInterval") == 0) {
		good = text_seconds(v, &c->rate_limit_seconds) == 0;
		c->rate_limit_default &= !good;
	} else if (strcmp(name, "RateLimitBurst") == 0) {
		good = text_u64(v, &c->rate_limit_burst) == 0;
		c->rate_limit_default &= !good;
	} else if (strcmp(name, "ForwardToConsole") == 0) {
		good = set_bool(v, &c->forward_to_console);
	} else if (strcmp(name, "MaxLevelConsole") == 0) {
		good = set_level(v, &c->max_level_console);
	} else if (strcmp(name, "TTYPath") == 0) {
		good = set_tty(v, c->tty);
	} else if (strcmp(name, "Storage") == 0) {
		good = set_storage(v, &c->storage);
	}
	c->bad += !good;
	return 1;
}

void journald_conf_parse(const char *buf, size_t len, struct journald_conf *io)
{
	/* A NUL inside ends the file for inih; len is for the contract of all parsers. */
	if (len)
		(void)ini_parse_string(buf, take_key, io);
}

/* 0, -ENOENT, or what kept it from us. *evidence is the last file that turned forwarding on. */
static int apply_file(int top, const char *path, struct journald_conf *c, struct log_daemon *d)
{
	static char buf[JOURNALD_FILE_MAX];
	bool before = c->forward_to_console;
	size_t len;
	int r = file_read_at(top, path, buf, sizeof(buf), &len);

	if (r < 0)
		return r;
	journald_conf_parse(buf, len, c);
	if (c->forward_to_console && !before)
		(void)snprintf(d->evidence, sizeof(d->evidence), "/%.70s: ForwardToConsole", path);
	return 0;
}

static int apply_files(int top, struct journald_conf *c, struct log_daemon *d)
{
	static const char *const mains[] = {
		"etc/systemd/journald.conf",	       "run/systemd/journald.conf",
		"usr/local/lib/systemd/journald.conf", "usr/lib/systemd/journald.conf",
		"lib/systemd/journald.conf",
	};
	static const char *const dropins[] = {
		"etc/systemd/journald.conf.d",		 "run/systemd/journald.conf.d",
		"usr/local/lib/systemd/journald.conf.d", "usr/lib/systemd/journald.conf.d",
		"lib/systemd/journald.conf.d",
	};
	static struct conf_files files;
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(mains) && r == -ENOENT; i++)
		r = apply_file(top, mains[i], c, d);
	conf_files_list(top, dropins, ARRAY_SIZE(dropins), &files);
	for (uint32_t i = 0; i < files.count && (r == 0 || r == -ENOENT); i++)
		r = apply_file(top, files.path[i], c, d);
	if (files.cut && (r == 0 || r == -ENOENT))
		return -EFBIG;
	return r == -ENOENT ? 0 : r;
}

static bool is_persistent(int top, enum journald_storage storage)
{
	if (storage == STORAGE_AUTO)
		return faccessat(top, "var/log/journal", F_OK, 0) == 0;
	return storage == STORAGE_PERSISTENT;
}

void journald_conf_read(const struct root *root, struct log_daemon *ret)
{
	struct journald_conf c;
	int r = root->top < 0 ? -EBADF : 0;

	journald_conf_default(&c);
	if (r == 0)
		r = apply_files(root->top, &c, ret);
	if (r < 0) {
		ret->rate_limit_burst = ret->rate_limit_seconds = ret->forwards_to_console =
			ret->persistent = opt_u64_none(UNREADABLE);
		return;
	}
	ret->rate_limit_default = c.rate_limit_default;
	if (c.rate_limit_seconds > 0 && c.rate_limit_burst) {
		ret->rate_limit_burst = opt_u64_of(c.rate_limit_burst);
		ret->rate_limit_seconds = opt_u64_of((uint64_t)(c.rate_limit_seconds + 0.5));
	}
	/* The report's records are at levels 3 to 6. */
	ret->forwards_to_console = opt_u64_of(c.forward_to_console && c.max_level_console >= 3);
	if (ret->forwards_to_console.value)
		memcpy(ret->console, c.tty, sizeof(ret->console));
	else
		ret->evidence[0] = '\0';
	ret->persistent = opt_u64_of(is_persistent(root->top, c.storage));
}
