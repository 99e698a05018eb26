/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/cgroup_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>

#include "base/fd.h"
#include "source/cgroup_files.h"
#include "source/pid_index.h"

static int open_dir(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool lists_memory(int dir)
{
	char buf[1024];
	size_t len;

	return file_read_at(dir, "cgroup.controllers", buf, sizeof(buf), &len) == 0 &&
	       cgroup_controllers_have_memory(text_of(buf, len));
}

/*
 * Unified first, then v1, then the v2 tree of a hybrid machine: a controller is in one hierarchy
 * only, so the first that has `memory` is the one.
 */
int cgroup_hierarchy_open(const struct root *root, enum cgroup_version *ret)
{
	static const struct {
		const char *dir;
		enum cgroup_version version;
	} places[] = {
		{ "fs/cgroup", CGROUP_V2 },
		{ "fs/cgroup/memory", CGROUP_V1 },
		{ "fs/cgroup/unified", CGROUP_V2 },
	};

	for (size_t i = 0; root->sys >= 0 && i < ARRAY_SIZE(places); i++) {
		_cleanup_close_ int dir = open_dir(root->sys, places[i].dir);
		bool found = dir >= 0;

		if (found && places[i].version == CGROUP_V2)
			found = lists_memory(dir);
		else if (found)
			found = faccessat(dir, "memory.stat", F_OK, 0) == 0;
		if (!found)
			continue;
		*ret = places[i].version;
		return TAKE_FD(dir);
	}
	*ret = CGROUP_VERSION_UNKNOWN;
	return -1;
}

int cgroup_tree_open(struct cgroup_tree *t, const struct root *root, uint32_t max_cgroups,
		     uint32_t path_bytes, struct fault *f)
{
	uint32_t size = pid_index_size(max_cgroups);

	*t = (struct cgroup_tree){ .dir = -1, .index_mask = size - 1 };
	t->table.node = calloc(max_cgroups, sizeof(*t->table.node));
	t->table.paths = calloc(path_bytes, 1);
	t->spare_paths = calloc(path_bytes, 1);
	t->index = calloc(size, sizeof(*t->index));
	if (!t->table.node || !t->table.paths || !t->spare_paths || !t->index) {
		cgroup_tree_release(t);
		return fault_errno(f, -ENOMEM, "cannot allocate room for %u cgroups", max_cgroups);
	}
	t->table.capacity = max_cgroups;
	t->table.paths_size = path_bytes;
	t->dir = cgroup_hierarchy_open(root, &t->table.version);
	return 0;
}

void cgroup_tree_release(struct cgroup_tree *t)
{
	closep(&t->dir);
	free(t->table.node);
	free(t->table.paths);
	free(t->spare_paths);
	free(t->index);
	*t = (struct cgroup_tree){ .dir = -1 };
}

static uint32_t path_hash(struct text path)
{
	uint32_t h = UINT32_C(2166136261); /* FNV-1a */

	for (size_t i = 0; i < path.n; i++)
		h = (h ^ (uint8_t)path.p[i]) * UINT32_C(16777619);
	return h;
}

/* The place of the path in the index, or the empty one where it would go. */
static uint32_t index_probe(const struct cgroup_tree *t, struct text path)
{
	uint32_t i = path_hash(path) & t->index_mask;

	while (t->index[i] && !text_is(path, cgroup_path(&t->table, t->index[i] - 1)))
		i = (i + 1) & t->index_mask;
	return i;
}

/* Drops what no process is in, and moves the remaining paths together. */
static void collect(struct cgroup_tree *t)
{
	struct cgroup_table *c = &t->table;
	uint32_t len = 0;

	memset(t->index, 0, (t->index_mask + (size_t)1) * sizeof(*t->index));
	for (uint32_t i = 0; i < c->count; i++) {
		const char *path = cgroup_path(c, i);
		size_t n = strlen(path);

		if (!c->node[i].alive) {
			c->node[i] = (struct cgroup){ .parent = CGROUP_NONE };
			continue;
		}
		memcpy(t->spare_paths + len, path, n + 1);
		c->node[i].path = len;
		len += (uint32_t)n + 1;
	}
	char *full = c->paths;

	c->paths = t->spare_paths;
	t->spare_paths = full;
	c->paths_len = len;
	for (uint32_t i = 0; i < c->count; i++)
		if (c->node[i].alive) {
			const char *path = cgroup_path(c, i);

			t->index[index_probe(t, text_string(path))] = i + 1;
		}
	t->free_hint = 0;
}

/* A free node, or CGROUP_NONE. A node that was ever used is free only after collect(). */
static uint32_t take_node(struct cgroup_tree *t)
{
	struct cgroup_table *c = &t->table;

	for (; t->free_hint < c->count; t->free_hint++)
		if (!c->node[t->free_hint].indexed)
			return t->free_hint;
	return c->count < c->capacity ? c->count++ : CGROUP_NONE;
}

static uint32_t add_node(struct cgroup_tree *t, struct text path, uint32_t parent)
{
	struct cgroup_table *c = &t->table;
	uint32_t i = CGROUP_NONE;

	for (int attempt = 0; attempt < 2 && i == CGROUP_NONE; attempt++) {
		if (attempt)
			collect(t);
		if (path.n + 1 <= c->paths_size - c->paths_len)
			i = take_node(t);
	}
	if (i == CGROUP_NONE)
		return CGROUP_NONE;
	c->node[i] = (struct cgroup){ .parent = parent,
				      .path = c->paths_len,
				      .alive = true,
				      .indexed = true,
				      .hierarchical = true,
				      .read_seconds = -INFINITY };
	memcpy(c->paths + c->paths_len, path.p, path.n);
	c->paths[c->paths_len + path.n] = '\0';
	c->paths_len += (uint32_t)path.n + 1;
	t->index[index_probe(t, path)] = i + 1;
	return i;
}

/* Finds or adds one path whose parent has been done. Marked alive: collect() must not take it. */
static uint32_t intern_one(struct cgroup_tree *t, struct text path, uint32_t parent)
{
	uint32_t found = t->index[index_probe(t, path)];
	struct cgroup *node = found ? &t->table.node[found - 1] : NULL;

	if (!node)
		return add_node(t, path, parent);
	if (!node->alive)
		node->read_seconds = -INFINITY;
	node->alive = true;
	return found - 1;
}

uint32_t cgroup_tree_intern(struct cgroup_tree *t, struct text path)
{
	uint32_t found = t->index[index_probe(t, path)], parent;

	if (found && t->table.node[found - 1].alive)
		return found - 1;
	parent = intern_one(t, TEXT("/"), CGROUP_NONE);
	for (size_t n = 1; n < path.n && parent != CGROUP_NONE; n++) {
		const char *slash = memchr(path.p + n, '/', path.n - n);

		n = slash ? (size_t)(slash - path.p) : path.n;
		parent = intern_one(t, text_of(path.p, n), parent);
	}
	if (parent == CGROUP_NONE)
		t->table.dropped++;
	return parent;
}

static void mark_alive(struct cgroup_table *c, const struct process_table *p)
{
	for (uint32_t i = 0; i < c->count; i++) {
		c->node[i].alive = false;
		c->node[i].processes = 0;
	}
	for (uint32_t i = 0; i < p->high; i++) {
		uint32_t at = p->process[i].cgroup;

		if (p->state[i] == SLOT_FREE || at == CGROUP_NONE)
			continue;
		c->node[at].processes++;
		for (; at != CGROUP_NONE && !c->node[at].alive; at = c->node[at].parent)
			c->node[at].alive = true;
	}
}

static int open_node(const struct cgroup_tree *t, uint32_t i)
{
	const char *path = cgroup_path(&t->table, i);

	return open_dir(t->dir, path[1] ? path + 1 : ".");
}

void cgroup_tree_refresh(struct cgroup_tree *t, const struct process_table *p, double now_seconds,
			 double max_age_seconds, char *buf, size_t size)
{
	struct cgroup_table *c = &t->table;

	mark_alive(c, p);
	for (uint32_t i = 0; i < c->count && t->dir >= 0; i++) {
		struct cgroup *node = &c->node[i];

		if (!node->alive || now_seconds - node->read_seconds < max_age_seconds)
			continue;

		_cleanup_close_ int dir = open_node(t, i);

		/* Gone or forbidden: the rows become ABSENT or UNREADABLE by the same path. */
		cgroup_files_read(dir, c->version, buf, size, node);
		node->read_seconds = now_seconds;
	}
}

uint32_t cgroup_tree_usage(struct cgroup_tree *t, uint32_t max)
{
	struct cgroup_table *c = &t->table;
	uint32_t done = 0;

	for (uint32_t seen = 0; seen < c->count && done < max; seen++) {
		uint32_t i = t->usage_next < c->count ? t->usage_next : 0;

		t->usage_next = i + 1;
		if (!c->node[i].alive || !cgroup_is_limited(&c->node[i]))
			continue;

		_cleanup_close_ int dir = open_node(t, i);

		cgroup_usage_read(dir, c->version, &c->node[i]);
		done++;
	}
	return done;
}
