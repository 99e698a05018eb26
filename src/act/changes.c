/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include <jansson.h>

#include "base/fd.h"

/* 64 entries of at most some 500 bytes each, escaped. */
#define STATE_FILE_MAX (256 * 1024)
#define STATE_SCHEMA "bulkhead.guard.state/1"

static const char *const kind_names[] = {
	[CHANGE_OOM_SCORE_ADJ] = "oom_score_adj",
	[CHANGE_MEMORY_HIGH] = "memory.high",
	[CHANGE_UNIT_HIGH] = "MemoryHigh",
	[CHANGE_SYSCTL] = "sysctl",
};

static json_t *change_to_json(const struct change *e)
{
	return json_pack("{s:s, s:i, s:I, s:s, s:s, s:s}", "kind", kind_names[e->kind], "pid",
			 (int)e->id.pid, "starttime", (json_int_t)e->id.starttime_ticks, "path",
			 e->path, "before", e->before, "after", e->after);
}

static json_t *changes_to_json(const struct changes *c)
{
	json_t *list = json_array();
	json_t *top = json_pack("{s:s, s:s, s:o}", "schema", STATE_SCHEMA, "boot_id", c->boot_id,
				"changes", list);

	for (size_t i = 0; top && i < CHANGES_MAX; i++) {
		if (c->entry[i].kind == CHANGE_NONE)
			continue;
		if (json_array_append_new(list, change_to_json(&c->entry[i])) < 0) {
			json_decref(top);
			return NULL;
		}
	}
	return top;
}

static int write_file(const char *path, json_t *top)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	errno = 0;
	if (json_dumpfd(top, fd, JSON_INDENT(1)) < 0)
		return errno ? -errno : -ENOMEM;
	return 0;
}

static int changes_save(const struct changes *c, struct fault *f)
{
	char scratch[GUARD_PATH_SIZE + 8];
	json_t *top;
	int r;

	if (!c->file[0])
		return 0;
	top = changes_to_json(c);
	if (!top)
		return fault_errno(f, -ENOMEM, "cannot build the state file '%s'", c->file);
	(void)snprintf(scratch, sizeof(scratch), "%s.new", c->file);
	r = write_file(scratch, top);
	json_decref(top);
	if (!r && rename(scratch, c->file) < 0)
		r = -errno;
	return r < 0 ? fault_errno(f, r, "cannot write the state file '%s'", c->file) : 0;
}

static enum change_kind kind_by_name(const char *name)
{
	for (size_t i = 1; i < ARRAY_SIZE(kind_names); i++) {
		if (strcmp(kind_names[i], name) == 0)
			return (enum change_kind)i;
	}
	return CHANGE_NONE;
}

static bool copy_string(const char *from, char *to, size_t size)
{
	return text_copy(text_string(from), to, size) == 0;
}

/* Does a component say ".."? A name may hold two dots: "a..b.scope". */
static bool climbs(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2) {
		if ((p == path || p[-1] == '/') && (p[2] == '/' || !p[2]))
			return true;
	}
	return false;
}

/* The file is root's own, yet a half-restored disk can hold anything: check every part. */
static int change_from_json(json_t *item, struct change *ret)
{
	const char *kind, *path, *before, *after;
	struct change e = { 0 };
	json_int_t starttime;
	int pid;

	if (json_unpack(item, "{s:s, s:i, s:I, s:s, s:s, s:s}", "kind", &kind, "pid", &pid,
			"starttime", &starttime, "path", &path, "before", &before, "after",
			&after) < 0)
		return -EPROTO;
	e.kind = kind_by_name(kind);
	e.id = (struct process_id){ pid, (uint64_t)starttime };
	if (e.kind == CHANGE_NONE || pid < 0 || (pid == 0) != (e.kind == CHANGE_SYSCTL) ||
	    !copy_string(path, e.path, sizeof(e.path)) ||
	    !copy_string(before, e.before, sizeof(e.before)) ||
	    !copy_string(after, e.after, sizeof(e.after)))
		return -EPROTO;
	if (climbs(e.path) || (e.kind == CHANGE_SYSCTL && strcmp(e.path, CHANGE_PRINTK) != 0))
		return -EPROTO;
	*ret = e;
	return 0;
}

static int changes_from_json(struct changes *c, json_t *top, struct fault *f)
{
	const char *schema, *boot_id;
	json_t *list, *item;
	size_t i;

	if (json_unpack(top, "{s:s, s:s, s:o}", "schema", &schema, "boot_id", &boot_id, "changes",
			&list) < 0 ||
	    strcmp(schema, STATE_SCHEMA) != 0 || !json_is_array(list))
		return fault_set(f, -EPROTO, "state file '%s' is not a " STATE_SCHEMA, c->file);
	if (strcmp(boot_id, c->boot_id) != 0)
		return 0;
	json_array_foreach(list, i, item)
	{
		if (i >= CHANGES_MAX || change_from_json(item, &c->entry[i]) < 0)
			return fault_set(f, -EPROTO, "state file '%s': entry %zu is malformed",
					 c->file, i);
	}
	return 0;
}

int changes_parse(struct changes *c, const char *buf, size_t len, struct fault *f)
{
	json_error_t error;
	json_t *top = json_loadb(buf, len, JSON_REJECT_DUPLICATES, &error);
	int r;

	if (!top)
		return fault_set(f, -EPROTO, "state file '%s', line %d: not JSON", c->file,
				 error.line);
	r = changes_from_json(c, top, f);
	if (r < 0)
		memset(c->entry, 0, sizeof(c->entry));
	json_decref(top);
	return r;
}

int changes_load(struct changes *c, const char *file, const char *boot_id, struct fault *f)
{
	static char buf[STATE_FILE_MAX];
	_cleanup_close_ int fd = -1;
	size_t len;
	int r;

	memset(c, 0, sizeof(*c));
	if (!copy_string(file, c->file, sizeof(c->file)) ||
	    !copy_string(boot_id, c->boot_id, sizeof(c->boot_id)))
		return fault_set(f, -ENAMETOOLONG, "state file name '%s' is too long", file);
	if (!file[0])
		return 0;
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : fault_errno(f, -errno, "cannot open '%s'", file);
	r = fd_read_all(fd, buf, sizeof(buf), &len);
	if (r == -EFBIG)
		return fault_set(f, r, "state file '%s' is larger than any guard writes", file);
	return r < 0 ? fault_errno(f, r, "cannot read '%s'", file) : changes_parse(c, buf, len, f);
}

int changes_lock(const char *file, int *ret_fd, struct fault *f)
{
	char name[GUARD_PATH_SIZE + 8];
	int fd;

	(void)snprintf(name, sizeof(name), "%s.lock", file);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		(void)close(fd);
		return fault_set(f, -EWOULDBLOCK, "another guard holds the state file '%s'", file);
	}
	*ret_fd = fd;
	return 0;
}

int changes_add(struct changes *c, const struct change *change, struct change **ret,
		struct fault *f)
{
	for (size_t i = 0; i < CHANGES_MAX; i++) {
		int r;

		if (c->entry[i].kind != CHANGE_NONE)
			continue;
		c->entry[i] = *change;
		r = changes_save(c, f);
		if (r < 0)
			c->entry[i].kind = CHANGE_NONE;
		else if (ret)
			*ret = &c->entry[i];
		return r;
	}
	return fault_set(f, -ENOSPC, "no room for another change: %d are to be taken back",
			 CHANGES_MAX);
}

int changes_remove(struct changes *c, struct change *entry, struct fault *f)
{
	entry->kind = CHANGE_NONE;
	return changes_save(c, f);
}

struct change *changes_find(struct changes *c, enum change_kind kind, struct process_id id)
{
	for (size_t i = 0; i < CHANGES_MAX; i++) {
		if (c->entry[i].kind == kind && process_id_equal(c->entry[i].id, id))
			return &c->entry[i];
	}
	return NULL;
}
