/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/cgroup.h"

#include <string.h>

#include "base/macro.h"

/* Takes the last component off *path; false when there is none. */
static bool pop_component(struct text *path, struct text *ret)
{
	const char *slash = path->n ? memrchr(path->p, '/', path->n) : NULL;
	size_t start = slash ? (size_t)(slash - path->p) + 1 : 0;

	if (!path->n)
		return false;
	*ret = text_of(path->p + start, path->n - start);
	path->n = slash ? start - 1 : 0;
	return true;
}

static bool has_suffix(struct text t, const char *suffix)
{
	size_t n = strlen(suffix);

	return t.n > n && memcmp(t.p + t.n - n, suffix, n) == 0;
}

struct text cgroup_path_text(const struct cgroup_table *t, uint32_t index)
{
	const char *path = index == CGROUP_NONE ? "" : cgroup_path(t, index);

	return text_string(path);
}

struct text cgroup_name(const struct cgroup_table *t, uint32_t index)
{
	const struct text path = cgroup_path_text(t, index);
	struct text unit;

	return cgroup_path_unit(path, &unit) ? unit : path;
}

bool cgroup_path_unit(struct text path, struct text *ret_unit)
{
	static const char *const suffixes[] = { ".service", ".scope", ".slice",
						".socket",  ".mount", ".swap" };
	struct text component;

	while (pop_component(&path, &component)) {
		for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
			if (!has_suffix(component, suffixes[i]))
				continue;
			*ret_unit = component;
			return true;
		}
	}
	return false;
}

static bool is_lower_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/*
 * The id in one component: "ID" (cgroupfs driver), or "RUNTIME-ID.scope" (systemd driver: docker-,
 * cri-containerd-, crio-, libpod-). Helpers of a container carry its id behind a further word
 * (crio-conmon-ID, libpod-conmon-ID): they are not in the container.
 */
static bool component_container(struct text c, struct text *ret_id)
{
	static const char *const prefixes[] = { "docker-", "cri-containerd-", "crio-", "libpod-" };

	if (has_suffix(c, ".scope"))
		c.n -= strlen(".scope");
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (text_skip_prefix(&c, prefixes[i]))
			break;
	if (c.n != 64 && c.n != 32)
		return false;
	for (size_t i = 0; i < c.n; i++)
		if (!is_lower_hex(c.p[i]))
			return false;
	*ret_id = c;
	return true;
}

bool cgroup_path_container(struct text path, struct text *ret_id)
{
	struct text component;

	/* The innermost: a container may run containers. */
	while (pop_component(&path, &component))
		if (component_container(component, ret_id))
			return true;
	return false;
}
