/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/strbuf.h"
#include "base/text.h"

static int by_version(const void *a, const void *b)
{
	return strverscmp(((const struct kernel *)a)->version, ((const struct kernel *)b)->version);
}

static int cache_dir(char *buf, size_t size)
{
	const char *own = getenv("BULKHEAD_CACHE"), *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	int n;

	if (own && *own)
		n = snprintf(buf, size, "%s/vm/kernels", own);
	else if (xdg && *xdg)
		n = snprintf(buf, size, "%s/bulkhead/vm/kernels", xdg);
	else
		n = snprintf(buf, size, "%s/.cache/bulkhead/vm/kernels", home ? home : "");
	return n < (int)size ? 0 : -ENAMETOOLONG;
}

static void read_title(struct kernel *k)
{
	char path[300], text[512];
	struct text rest, line;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/about", k->dir);
	if (file_read_at(AT_FDCWD, path, text, sizeof(text), &len) < 0)
		return;
	rest = text_of(text, len);
	while (text_next_line(&rest, &line))
		if (text_skip_prefix(&line, "title ") &&
		    text_copy(text_trim(line), k->title, sizeof(k->title)) < 0)
			k->title[0] = '\0';
}

static bool read_kernel(const char *cache, const char *version, struct kernel *ret)
{
	struct kernel k = { 0 };

	if (version[0] == '.' || strlen(version) >= sizeof(k.version) ||
	    snprintf(k.dir, sizeof(k.dir), "%s/%s", cache, version) >= (int)sizeof(k.dir))
		return false;
	(void)snprintf(k.version, sizeof(k.version), "%s", version);
	(void)snprintf(k.image, sizeof(k.image), "%s/vmlinuz", k.dir);
	if (access(k.image, R_OK) < 0)
		return false;
	read_title(&k);
	*ret = k;
	return true;
}

int kernel_list(struct kernel_list *ret, struct fault *f)
{
	struct dirent *entry;
	DIR *dir;

	*ret = (struct kernel_list){ 0 };
	if (cache_dir(ret->cache, sizeof(ret->cache)) < 0)
		return fault_set(f, -ENAMETOOLONG, "the path of the cache is too long");
	dir = opendir(ret->cache);
	if (!dir)
		return errno == ENOENT ? 0 : fault_errno(f, -errno, "cannot read '%s'", ret->cache);
	while (ret->count < KERNELS_MAX && (entry = readdir(dir)))
		if (read_kernel(ret->cache, entry->d_name, &ret->kernel[ret->count]))
			ret->count++;
	(void)closedir(dir);
	qsort(ret->kernel, ret->count, sizeof(ret->kernel[0]), by_version);
	return 0;
}

static int take_path(const char *path, struct kernel *ret, struct fault *f)
{
	const char *name = strrchr(path, '/') + 1;
	struct kernel k = { 0 };

	if (access(path, R_OK) < 0)
		return fault_errno(f, -errno, "no kernel image '%s'", path);
	if (strncmp(name, "vmlinuz-", 8) == 0)
		name += 8;
	if (snprintf(k.image, sizeof(k.image), "%s", path) >= (int)sizeof(k.image) ||
	    snprintf(k.version, sizeof(k.version), "%s", name) >= (int)sizeof(k.version))
		return fault_set(f, -ENAMETOOLONG, "the path '%.80s...' is too long", path);
	*ret = k;
	return 0;
}

static int tell_missing(const struct kernel_list *list, const char *wanted, struct fault *f)
{
	char there[200];
	struct strbuf s = STRBUF(there);

	if (list->count == 0)
		return fault_set(f, -ENOENT, "no kernel in '%s': tools/vm-kernels fetches some",
				 list->cache);
	for (uint32_t i = 0; i < list->count; i++)
		strbuf_printf(&s, "%s%s", i ? ", " : "", list->kernel[i].version);
	return fault_set(f, -ENOENT, "no kernel '%.60s': there is %s", wanted, there);
}

int kernel_find(const struct kernel_list *list, const char *wanted, struct kernel *ret,
		struct fault *f)
{
	size_t len = strlen(wanted);

	if (strchr(wanted, '/'))
		return take_path(wanted, ret, f);
	for (uint32_t i = list->count; i-- > 0;) {
		const struct kernel *k = &list->kernel[i];
		/* "6.1" is not the beginning of "6.12.3". */
		bool begins = strncmp(k->version, wanted, len) == 0 &&
			      (!len || !strchr("0123456789", k->version[len]) || !k->version[len]);

		if (begins || strcmp(k->title, wanted) == 0) {
			*ret = *k;
			return 0;
		}
	}
	return tell_missing(list, wanted, f);
}
