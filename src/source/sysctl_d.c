/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/sysctl_d.h"

#include <errno.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/text.h"
#include "source/conf_files.h"

#define SYSCTL_FILE_MAX (64 * 1024)

static const char *const directories[] = {
	"etc/sysctl.d",	    "run/sysctl.d", "usr/local/lib/sysctl.d",
	"usr/lib/sysctl.d", "lib/sysctl.d",
};

/* "kernel.printk" and "kernel/printk" are the same. */
static bool key_is(struct text key, const char *dotted)
{
	size_t i;

	for (i = 0; i < key.n && dotted[i]; i++)
		if ((key.p[i] == '/' ? '.' : key.p[i]) != dotted[i])
			return false;
	return i == key.n && !dotted[i];
}

static void assign(struct text value, struct opt_u64 *io)
{
	struct text word;
	uint64_t n;

	if (text_next_word(&value, &word) && text_u64(word, &n) == 0)
		*io = opt_u64_of(n);
}

void sysctl_parse(const char *buf, size_t len, struct sysctl_values *io)
{
	struct text in = text_of(buf, len), line, key;

	while (text_next_line(&in, &line)) {
		line = text_trim(line);
		(void)text_skip_prefix(&line, "-");
		if (!line.n || line.p[0] == '#' || line.p[0] == ';' ||
		    !text_next_field(&line, '=', &key))
			continue;
		key = text_trim(key);
		if (key_is(key, "kernel.printk"))
			assign(line, &io->loglevel);
		else if (key_is(key, "vm.oom_dump_tasks"))
			assign(line, &io->dump_tasks);
	}
}

static void note(struct opt_u64 value, const char *path, struct opt_u64 *ret,
		 char file[MACHINE_SYSCTL_FILE_SIZE])
{
	if (value.known == ABSENT)
		return;
	*ret = value;
	(void)snprintf(file, MACHINE_SYSCTL_FILE_SIZE, "/%.255s", path);
}

static void apply_file(int top, const char *path, struct machine *m)
{
	static char buf[SYSCTL_FILE_MAX];
	struct sysctl_values v = { 0 };
	size_t len;
	int r = file_read_at(top, path, buf, sizeof(buf), &len);

	if (r == 0)
		sysctl_parse(buf, len, &v);
	else if (r != -ENOENT)
		v.loglevel = v.dump_tasks = opt_u64_none(UNREADABLE);
	note(v.loglevel, path, &m->persisted_loglevel, m->persisted_file);
	note(v.dump_tasks, path, &m->persisted_dump_tasks, m->persisted_dump_tasks_file);
}

void sysctl_d_read(const struct root *root, bool conf_last, struct machine *ret)
{
	static struct conf_files files;

	ret->persisted_loglevel = ret->persisted_dump_tasks = opt_u64_none(ABSENT);
	ret->persisted_file[0] = ret->persisted_dump_tasks_file[0] = '\0';
	if (root->top < 0)
		return;
	conf_files_list(root->top, directories, ARRAY_SIZE(directories), &files);
	for (uint32_t i = 0; i < files.count; i++)
		apply_file(root->top, files.path[i], ret);
	if (files.cut)
		ret->persisted_loglevel = ret->persisted_dump_tasks = opt_u64_none(UNREADABLE);
	if (conf_last)
		apply_file(root->top, "etc/sysctl.conf", ret);
}
