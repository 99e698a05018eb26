/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "act/remedy_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/fd.h"
#include "base/text.h"

#define STATE_SCHEMA "bulkhead.doctor.state/1"
#define STATE_PATH "/" REMEDY_STATE_DIR "/" REMEDY_STATE_FILE
/* Eight changes of three contents each, escaped. */
#define STATE_FILE_MAX (512 * 1024)

int remedy_step(struct remedy_steps *steps)
{
	return steps->left && --steps->left == 0 ? -ECANCELED : 0;
}

bool remedy_value_equal(const struct remedy_value *a, const struct remedy_value *b)
{
	return a->absent == b->absent &&
	       (a->absent || (a->mode == b->mode && strcmp(a->text, b->text) == 0));
}

static int sync_dir(int dir)
{
	return fsync(dir) < 0 && errno != EINVAL ? -errno : 0;
}

static int scratch_write(int dir, const char *scratch, const struct remedy_value *v,
			 struct remedy_steps *steps)
{
	_cleanup_close_ int fd = -1;
	int r;

	/* Of an earlier crash; O_EXCL then never writes through what somebody planted. */
	if (unlinkat(dir, scratch, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, scratch, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = remedy_step(steps);
	if (r == 0)
		r = fd_write_all(fd, v->text, strlen(v->text));
	if (r == 0 && fchmod(fd, v->mode) < 0)
		r = -errno;
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

int remedy_file_put(int dir, const char *name, const struct remedy_value *v,
		    struct remedy_steps *steps)
{
	char scratch[REMEDY_FILE_SIZE + 8];
	int r = remedy_step(steps);

	if (r < 0)
		return r;
	(void)snprintf(scratch, sizeof(scratch), "%s.new", name);
	if (v->absent) {
		/* The scratch file of a crash goes with it. */
		(void)unlinkat(dir, scratch, 0);
		if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
			return -errno;
	} else {
		r = scratch_write(dir, scratch, v, steps);
		if (r == 0)
			r = remedy_step(steps);
		if (r == 0 && renameat(dir, scratch, dir, name) < 0)
			r = -errno;
		if (r < 0) {
			if (r != -ECANCELED)
				(void)unlinkat(dir, scratch, 0);
			return r;
		}
	}
	r = sync_dir(dir);
	return r < 0 ? r : remedy_step(steps);
}

int remedy_file_get(int dir, const char *name, struct remedy_value *ret)
{
	_cleanup_close_ int fd =
		openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct remedy_value v = { 0 };
	struct stat st;
	size_t len;
	int r;

	if (fd < 0 && errno == ENOENT) {
		*ret = (struct remedy_value){ .absent = true };
		return 0;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	r = fd_read_all(fd, v.text, sizeof(v.text), &len);
	if (r < 0)
		return r;
	/* Kept as a string: what holds a NUL could not be restored. */
	if (strlen(v.text) != len)
		return -EILSEQ;
	v.mode = st.st_mode & 07777;
	*ret = v;
	return 0;
}

static json_t *value_to_json(const struct remedy_value *v)
{
	return v->absent ? json_null()
			 : json_pack("{s:s, s:i}", "text", v->text, "mode", (int)v->mode);
}

static json_t *state_to_json(const struct remedy_state *s)
{
	json_t *list = json_array();
	json_t *top = json_pack("{s:s, s:o}", "schema", STATE_SCHEMA, "changes", list);

	for (uint32_t i = 0; top && i < s->count; i++) {
		const struct remedy_change *c = &s->change[i];
		json_t *item =
			json_pack("{s:s, s:b, s:s, s:o, s:o, s:o}", "remedy",
				  remedy_name(c->remedy), "drop_in", c->drop_in, "file", c->file,
				  "before", value_to_json(&c->before), "last",
				  value_to_json(&c->last), "after", value_to_json(&c->after));

		if (json_array_append_new(list, item) < 0) {
			json_decref(top);
			return NULL;
		}
	}
	return top;
}

static int state_write(struct remedy_state *s, json_t *top)
{
	struct remedy_steps *steps = s->steps;
	_cleanup_close_ int fd = -1;
	int r = remedy_step(steps);

	if (r < 0)
		return r;
	fd = openat(s->dir, REMEDY_STATE_FILE ".new",
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = remedy_step(steps);
	if (r < 0)
		return r;
	errno = 0;
	if (json_dumpfd(top, fd, JSON_INDENT(1)) < 0)
		return errno ? -errno : -ENOMEM;
	if (fsync(fd) < 0)
		return -errno;
	r = remedy_step(steps);
	if (r < 0)
		return r;
	if (renameat(s->dir, REMEDY_STATE_FILE ".new", s->dir, REMEDY_STATE_FILE) < 0)
		return -errno;
	r = sync_dir(s->dir);
	return r < 0 ? r : remedy_step(steps);
}

int remedy_state_save(struct remedy_state *s, struct fault *f)
{
	json_t *top;
	int r;

	if (!s->count) {
		(void)unlinkat(s->dir, REMEDY_STATE_FILE ".new", 0);
		if (unlinkat(s->dir, REMEDY_STATE_FILE, 0) < 0 && errno != ENOENT)
			return fault_errno(f, -errno, "cannot remove '%s'", STATE_PATH);
		return sync_dir(s->dir);
	}
	top = state_to_json(s);
	if (!top)
		return fault_set(f, -EILSEQ,
				 "cannot record what is there now in '%s': it is not UTF-8 text",
				 STATE_PATH);
	r = state_write(s, top);
	json_decref(top);
	/* A full disk need not keep half a file. */
	if (r < 0 && r != -ECANCELED)
		(void)unlinkat(s->dir, REMEDY_STATE_FILE ".new", 0);
	return r < 0 ? fault_errno(f, r, "cannot write '%s'", STATE_PATH) : 0;
}

static bool copy_string(const char *from, char *to, size_t size)
{
	return text_copy(text_string(from), to, size) == 0;
}

static int value_from_json(json_t *item, struct remedy_value *ret)
{
	struct remedy_value v = { 0 };
	const char *text;
	int mode;

	if (json_is_null(item)) {
		*ret = (struct remedy_value){ .absent = true };
		return 0;
	}
	if (json_unpack(item, "{s:s, s:i}", "text", &text, "mode", &mode) < 0 || mode < 0 ||
	    mode > 07777 || !copy_string(text, v.text, sizeof(v.text)))
		return -EPROTO;
	v.mode = (uint32_t)mode;
	*ret = v;
	return 0;
}

static int change_from_json(json_t *item, struct remedy_change *c)
{
	json_t *before, *last, *after;
	const char *remedy, *file;
	int drop_in;

	if (json_unpack(item, "{s:s, s:b, s:s, s:o, s:o, s:o}", "remedy", &remedy, "drop_in",
			&drop_in, "file", &file, "before", &before, "last", &last, "after",
			&after) < 0)
		return -EPROTO;
	c->remedy = remedy_by_name(remedy);
	c->drop_in = drop_in;
	if (c->remedy == REMEDY_NONE || !copy_string(file, c->file, sizeof(c->file)) ||
	    value_from_json(before, &c->before) < 0 || value_from_json(last, &c->last) < 0 ||
	    value_from_json(after, &c->after) < 0)
		return -EPROTO;
	return 0;
}

int remedy_state_parse(const char *buf, size_t len, struct remedy_state *ret, struct fault *f)
{
	json_t *top = json_loadb(buf, len, JSON_REJECT_DUPLICATES, NULL), *list, *item;
	const char *schema;
	int r = 0;
	size_t i;

	ret->count = 0;
	if (!top || json_unpack(top, "{s:s, s:o}", "schema", &schema, "changes", &list) < 0 ||
	    strcmp(schema, STATE_SCHEMA) != 0 || !json_is_array(list))
		r = fault_set(f, -EPROTO, "'%s' is not a " STATE_SCHEMA, STATE_PATH);
	else
		json_array_foreach(list, i, item)
		{
			if (i >= REMEDY_CHANGES_MAX ||
			    change_from_json(item, &ret->change[i]) < 0) {
				r = fault_set(f, -EPROTO, "'%s': change %zu is malformed",
					      STATE_PATH, i);
				break;
			}
			ret->count++;
		}
	json_decref(top);
	if (r < 0)
		ret->count = 0;
	return r;
}

static int open_state_dir(int top, bool make, int *ret)
{
	static const char *const parts[] = { "var", "var/lib", REMEDY_STATE_DIR };
	int fd;

	for (size_t i = 0; make && i < ARRAY_SIZE(parts); i++) {
		if (mkdirat(top, parts[i], 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	fd = openat(top, REMEDY_STATE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

static int read_state(struct remedy_state *s, struct fault *f)
{
	static char buf[STATE_FILE_MAX];
	_cleanup_close_ int fd =
		openat(s->dir, REMEDY_STATE_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	size_t len;
	int r;

	if (fd < 0)
		return errno == ENOENT ? 0 : fault_errno(f, -errno, "cannot open '%s'", STATE_PATH);
	r = fd_read_all(fd, buf, sizeof(buf), &len);
	return r < 0 ? fault_errno(f, r, "cannot read '%s'", STATE_PATH)
		     : remedy_state_parse(buf, len, s, f);
}

int remedy_state_open(int top, bool make, struct remedy_steps *steps, struct remedy_state *ret,
		      struct fault *f)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->dir = -1;
	ret->steps = steps;
	r = open_state_dir(top, make, &ret->dir);
	if (r == -ENOENT && !make)
		return 0;
	if (r < 0)
		return fault_errno(f, r, "cannot open '/" REMEDY_STATE_DIR "'");
	if (flock(ret->dir, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		r = fault_set(f, -EWOULDBLOCK, "another 'bulkhead doctor' is at work in '%s'",
			      "/" REMEDY_STATE_DIR);
	else
		r = read_state(ret, f);
	if (r < 0)
		remedy_state_close(ret);
	return r;
}

void remedy_state_close(struct remedy_state *s)
{
	closep(&s->dir);
}

struct remedy_change *remedy_state_find(struct remedy_state *s, const char *file)
{
	for (uint32_t i = 0; i < s->count; i++) {
		if (strcmp(s->change[i].file, file) == 0)
			return &s->change[i];
	}
	return NULL;
}

struct remedy_change *remedy_state_add(struct remedy_state *s, const char *file)
{
	struct remedy_change *c = &s->change[s->count];

	if (s->count == REMEDY_CHANGES_MAX)
		return NULL;
	memset(c, 0, sizeof(*c));
	(void)snprintf(c->file, sizeof(c->file), "%s", file);
	s->count++;
	return c;
}

void remedy_state_remove(struct remedy_state *s, struct remedy_change *c)
{
	const size_t after = (size_t)(&s->change[s->count] - (c + 1));

	memmove(c, c + 1, after * sizeof(*c));
	s->count--;
}
