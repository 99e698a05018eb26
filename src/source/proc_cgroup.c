/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/proc_cgroup.h"

#include <errno.h>

#include "base/fd.h"

static bool has_controller(struct text list, const char *name)
{
	struct text one;

	while (text_next_field(&list, ',', &one))
		if (text_is(one, name))
			return true;
	return false;
}

static int check_path(struct text path)
{
	struct text component;

	if (!text_skip_prefix(&path, "/") || (path.n && memchr(path.p, '\0', path.n)))
		return -EPROTO;
	if (path.n && path.p[path.n - 1] == '/')
		return -EPROTO;
	while (text_next_field(&path, '/', &component)) {
		if (!component.n || text_is(component, "."))
			return -EPROTO;
		if (text_is(component, ".."))
			return -EXDEV;
	}
	return 0;
}

int proc_cgroup_parse(const char *buf, size_t len, enum cgroup_version version,
		      struct text *ret_path)
{
	struct text in = text_of(buf, len), line, found = { 0 };
	int r;

	while (text_next_line(&in, &line)) {
		struct text id, controllers;
		bool ours;

		/* The path itself may hold colons: only the first two separate. */
		if (!text_next_field(&line, ':', &id) || !memchr(line.p, ':', line.n))
			return -EPROTO;
		(void)text_next_field(&line, ':', &controllers);
		ours = version == CGROUP_V1 ? has_controller(controllers, "memory")
					    : text_is(id, "0") && !controllers.n;
		if (ours && found.p)
			return -EPROTO;
		if (ours)
			found = line;
	}
	if (!found.p)
		return -ENOENT;
	r = check_path(found);
	if (r < 0)
		return r;
	*ret_path = found;
	return 0;
}

int proc_cgroup_read(int dirfd, enum cgroup_version version, char *buf, size_t size,
		     struct text *ret_path)
{
	size_t len;
	int r = file_read_once_at(dirfd, "cgroup", buf, size, &len);

	return r < 0 ? r : proc_cgroup_parse(buf, len, version, ret_path);
}
