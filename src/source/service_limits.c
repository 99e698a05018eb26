/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/service_limits.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "source/cgroup_files.h"
#include "source/cgroup_tree.h"

/* systemd's trees are some six deep; containers in containers some more. */
#define DEPTH_MAX 16

struct walk {
	struct service_limits *ret;
	enum cgroup_version version;
	uint64_t count;
	char path[512];
	struct strbuf at;
};

static void note_service(struct walk *w, int dirfd, bool bound)
{
	struct cgroup c = { 0 };

	w->count++;
	if (bound)
		return;
	w->ret->unlimited++;
	cgroup_usage_read(dirfd, w->version, &c);
	if (!opt_is_known(c.usage_bytes))
		return;
	w->ret->unlimited_bytes += c.usage_bytes.value;
	if (c.usage_bytes.value <= w->ret->largest_bytes && w->ret->largest[0])
		return;
	if (text_copy(text_of(w->at.buf, w->at.len), w->ret->largest, sizeof(w->ret->largest)) == 0)
		w->ret->largest_bytes = c.usage_bytes.value;
}

static bool is_service(const char *name)
{
	size_t len = strlen(name), suffix = strlen(".service");

	return len > suffix && strcmp(name + len - suffix, ".service") == 0;
}

static void walk_children(struct walk *w, int dirfd, bool bound, uint32_t depth);

static void walk_child(struct walk *w, int parent, const char *name, bool bound, uint32_t depth)
{
	_cleanup_close_ int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t len = w->at.len;
	struct cgroup c = { 0 };

	if (fd < 0)
		return;
	strbuf_putc(&w->at, '/');
	strbuf_puts(&w->at, name);
	cgroup_limits_read(fd, w->version, &c);
	if (is_service(name))
		note_service(w, fd, bound || cgroup_is_limited(&c));
	else if (depth < DEPTH_MAX)
		walk_children(w, fd, c.hierarchical && (bound || cgroup_is_limited(&c)), depth + 1);
	w->at.len = len;
	w->at.buf[len] = '\0';
	w->at.full = false;
}

static void walk_children(struct walk *w, int dirfd, bool bound, uint32_t depth)
{
	_cleanup_closedir_ DIR *dir = NULL;

	if (dir_open_at(dirfd, ".", &dir) < 0)
		return;
	for (const struct dirent *e; (e = readdir(dir));)
		if (e->d_name[0] != '.' && (e->d_type == DT_DIR || e->d_type == DT_UNKNOWN))
			walk_child(w, dirfd, e->d_name, bound, depth);
}

void service_limits_read(const struct root *root, struct service_limits *ret)
{
	struct walk w = { .ret = ret };
	_cleanup_close_ int dir = cgroup_hierarchy_open(root, &w.version);

	*ret = (struct service_limits){ 0 };
	if (dir < 0)
		return;
	w.at = STRBUF(w.path);
	walk_children(&w, dir, false, 0);
	ret->services = opt_u64_of(w.count);
}
