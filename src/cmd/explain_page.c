/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of --html: written beside its place, and put there when it is whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strbuf.h"
#include "cmd/explain.h"

static int refuse(const char *path, int err, struct fault *f)
{
	char room[1100];

	return fault_errno(f, err, "cannot write '%s'", ESCAPED(room, text_string(path)));
}

/* A file of no name in the directory of the page: there is room, and it may be written. */
static int scratch(const char *pattern, char *name, size_t size, mode_t mode, FILE **ret)
{
	_cleanup_close_ int fd = -1;

	if ((size_t)snprintf(name, size, "%s.XXXXXX", pattern) >= size)
		return -ENAMETOOLONG;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)fchmod(fd, mode);
	*ret = fdopen(fd, "w+");
	if (!*ret) {
		(void)unlink(name);
		return -ENOMEM;
	}
	(void)TAKE_FD(fd);
	return 0;
}

static mode_t mode_of_new(void)
{
	const mode_t mask = umask(0);

	(void)umask(mask);
	return 0666 & ~mask;
}

/* /dev/stdout and a pipe are written as they are; of a symbolic link the target is replaced. */
static int resolve(const char *path, struct explain_file *p, mode_t *ret_mode)
{
	struct stat st;

	if (strlen(path) >= sizeof(p->path) - 8)
		return -ENAMETOOLONG;
	(void)snprintf(p->path, sizeof(p->path), "%s", path);
	*ret_mode = mode_of_new();
	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	p->direct = !S_ISREG(st.st_mode);
	*ret_mode = st.st_mode & 0777;
	if (!p->direct) {
		char *real = realpath(path, NULL);

		if (!real)
			return -errno;
		(void)snprintf(p->path, sizeof(p->path), "%s", real);
		free(real);
	}
	return 0;
}

bool explain_file_is_input(const char *path, const struct explain_options *o)
{
	struct stat page, in;

	if (stat(path, &page) < 0 || !S_ISREG(page.st_mode))
		return false;
	if (!o->files && fstat(STDIN_FILENO, &in) == 0 && in.st_dev == page.st_dev &&
	    in.st_ino == page.st_ino)
		return true;
	for (int i = 0; i < o->files; i++) {
		const int r = strcmp(o->file[i], "-") == 0 ? fstat(STDIN_FILENO, &in)
							   : stat(o->file[i], &in);

		if (r == 0 && in.st_dev == page.st_dev && in.st_ino == page.st_ino)
			return true;
	}
	return false;
}

int explain_file_open(const char *path, struct explain_file *ret, struct fault *f)
{
	char body[sizeof(ret->scratch)];
	mode_t mode = 0;
	int r;

	*ret = (struct explain_file){ 0 };
	r = resolve(path, ret, &mode);
	if (r == 0 && ret->direct) {
		ret->out = fopen(path, "we");
		ret->body = tmpfile();
		r = ret->out && ret->body ? 0 : -errno;
	} else if (r == 0) {
		r = scratch(ret->path, ret->scratch, sizeof(ret->scratch), mode, &ret->out);
		if (r == 0)
			r = scratch(ret->path, body, sizeof(body), 0600, &ret->body);
		if (r == 0)
			(void)unlink(body);
	}
	if (r < 0) {
		(void)explain_file_close(ret, false, f);
		return refuse(path, r, f);
	}
	return 0;
}

int explain_file_close(struct explain_file *p, bool whole, struct fault *f)
{
	const bool made = p->out && !p->direct;
	int r = 0;

	if (p->body)
		(void)fclose(p->body);
	if (p->out && fclose(p->out) == EOF && whole)
		r = -errno;
	p->body = p->out = NULL;
	if (!made)
		return r < 0 ? refuse(p->path, r, f) : 0;
	if (whole && r == 0 && rename(p->scratch, p->path) < 0)
		r = -errno;
	if (!whole || r < 0)
		(void)unlink(p->scratch);
	return r < 0 ? refuse(p->path, r, f) : 0;
}
