/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/core_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/strbuf.h"
#include "source/core_parts.h"

int core_bytes(const struct core_file *c, uint64_t offset, void *buf, size_t len)
{
	for (size_t done = 0; done < len;) {
		const uint64_t at = offset + done;
		ssize_t n;

		if (at < offset || at >= c->size)
			return -ENODATA;
		n = pread(c->fd, (char *)buf + done, len - done, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA;
		done += (size_t)n;
	}
	return 0;
}

static const struct packing {
	const char *magic;
	size_t length;
	const char *name, *command;
} packings[] = {
	{ "\x28\xb5\x2f\xfd", 4, "zstd", "zstd -dc" },
	{ "\x04\x22\x4d\x18", 4, "lz4", "lz4 -dc" },
	{ "\xfd\x37\x7a\x58\x5a", 5, "xz", "xz -dc" },
	{ "\x1f\x8b", 2, "gzip", "gzip -dc" },
	{ "BZh", 3, "bzip2", "bzip2 -dc" },
};

static int refuse_head(const Elf64_Ehdr *h, const char *path, struct fault *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(packings); i++) {
		const struct packing *p = &packings[i];

		if (memcmp(h, p->magic, p->length) == 0)
			return fault_set(
				f, -ENOEXEC,
				"'%s' is compressed with %s; decompress it first: '%s %s > core', "
				"or 'coredumpctl dump PID -o FILE'",
				path, p->name, p->command, path);
	}
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
		return fault_set(f, -ENOEXEC, "'%s' is no core dump: it is not an ELF file", path);
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
	    h->e_machine != EM_X86_64)
		return fault_set(
			f, -ENOEXEC,
			"'%s' is of another machine (ELF class %u, machine %u); only x86-64 "
			"can be read",
			path, h->e_ident[EI_CLASS], h->e_machine);
	if (h->e_type != ET_CORE)
		return fault_set(f, -ENOEXEC, "'%s' is an ELF file, but no core dump", path);
	if (h->e_phentsize != sizeof(Elf64_Phdr))
		return fault_set(f, -EPROTO, "'%s': program headers of %u bytes", path,
				 h->e_phentsize);
	return 0;
}

/*
 * More than 65534 segments: the number is in sh_info of section 0, which stands at the end of the
 * file (fs/binfmt_elf.c fill_extnum_info). A core that is cut has lost it; but the first header is
 * PT_NOTE, and its data begins where the headers end.
 */
static int count_segments(const struct core_file *c, const Elf64_Ehdr *h, uint64_t *ret)
{
	Elf64_Shdr section;
	Elf64_Phdr first;
	int err;

	*ret = h->e_phnum;
	if (h->e_phnum != PN_XNUM)
		return 0;
	if (h->e_shoff != 0 && core_bytes(c, h->e_shoff, &section, sizeof(section)) == 0) {
		*ret = section.sh_info;
		return 0;
	}
	err = core_bytes(c, h->e_phoff, &first, sizeof(first));
	if (err < 0)
		return err;
	if (first.p_type != PT_NOTE || first.p_offset < h->e_phoff)
		return -EPROTO;
	*ret = (first.p_offset - h->e_phoff) / sizeof(first);
	return 0;
}

static int read_headers(const struct core_file *c, const char *path, struct core_headers *ret,
			struct fault *f)
{
	uint64_t count;
	Elf64_Ehdr h = { 0 };
	int err = core_bytes(c, 0, &h, sizeof(h));

	if (err < 0 && err != -ENODATA)
		return fault_errno(f, err, "cannot read '%s'", path);
	/* A compressed one may be shorter than a header: the magic decides. */
	if (err == -ENODATA && core_bytes(c, 0, &h, MIN(c->size, (uint64_t)sizeof(h))) < 0)
		return fault_set(f, -EIO, "cannot read '%s'", path);
	err = refuse_head(&h, path, f);
	if (err < 0)
		return err;
	if (count_segments(c, &h, &count) < 0)
		return fault_set(f, -EPROTO, "'%s' is cut: its number of segments is lost", path);
	if (count > CORE_SEGMENTS_MAX)
		return fault_set(f, -E2BIG, "'%s' says it has %llu segments, more than %u", path,
				 (unsigned long long)count, CORE_SEGMENTS_MAX);
	if (count == 0 || h.e_phoff > c->size || c->size - h.e_phoff < count * sizeof(*ret->list))
		return fault_set(f, -EPROTO, "'%s' is cut within its table of segments", path);
	ret->list = calloc(count, sizeof(*ret->list));
	if (!ret->list)
		return fault_errno(f, -ENOMEM, "the segments of '%s'", path);
	ret->count = (uint32_t)count;
	err = core_bytes(c, h.e_phoff, ret->list, count * sizeof(*ret->list));
	return err < 0 ? fault_errno(f, err, "cannot read the segments of '%s'", path) : 0;
}

static int read_notes(struct core_file *c, const struct core_headers *h, const char *path,
		      struct fault *f)
{
	struct core_notes *n = &c->notes;
	uint64_t total = 0;
	int err;

	for (uint32_t i = 0; i < h->count; i++) {
		if (h->list[i].p_type == PT_NOTE)
			total += (core_there(c, &h->list[i]) + 3) & ~UINT64_C(3);
		if (total > CORE_NOTES_MAX)
			return fault_set(f, -E2BIG, "'%s' has more than %llu MiB of notes", path,
					 (unsigned long long)(CORE_NOTES_MAX / MIB));
	}
	n->bytes = calloc(1, total + 1);
	if (!n->bytes)
		return fault_errno(f, -ENOMEM, "the notes of '%s'", path);
	for (uint32_t i = 0; i < h->count; i++) {
		const uint64_t len = core_there(c, &h->list[i]);

		if (h->list[i].p_type != PT_NOTE)
			continue;
		err = core_bytes(c, h->list[i].p_offset, n->bytes + n->length, len);
		if (err < 0)
			return fault_errno(f, err, "cannot read the notes of '%s'", path);
		n->length += (len + 3) & ~UINT64_C(3);
	}
	err = core_notes_parse(n, path, f);
	if (err == 0 && n->threads == 0)
		return fault_set(
			f, -EPROTO,
			"'%s' tells of no thread, so nothing can be told of its memory; a core "
			"of gdb that is cut has lost that",
			path);
	return err;
}

static int fill(struct core_file *c, const char *path, struct memory_image *m, struct fault *f)
{
	_cleanup_(core_headers_release) struct core_headers h = { 0 };
	int err = read_headers(c, path, &h, f);

	if (err == 0)
		err = read_notes(c, &h, path, f);
	if (err == 0)
		err = core_take_segments(c, &h, path, m, f);
	if (err < 0)
		return err;
	m->thread = TAKE_PTR(c->notes.thread);
	m->threads = TAKE(c->notes.threads, 0);
	m->pid = c->notes.info.pid;
	m->from_core = true;
	m->peek = core_peek;
	m->context = c;
	c->mapping = m->mapping;
	c->mappings = m->mappings;
	err = core_name_special(c, m);
	if (err == 0)
		err = core_copy(c, m);
	return err < 0 ? fault_errno(f, err, "the memory in '%s'", path) : 0;
}

static void core_file_free(struct core_file *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(c->open); i++)
		closep(&c->open[i].fd);
	closep(&c->fd);
	closep(&c->sysroot);
	core_notes_release(&c->notes);
	free(c->segment);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

static int open_core(struct core_file *c, const char *path, const char *shown, const char *sysroot,
		     struct fault *f)
{
	struct stat st;

	c->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (c->fd < 0 || fstat(c->fd, &st) < 0)
		return fault_errno(f, -errno, "cannot open '%s'", shown);
	if (!S_ISREG(st.st_mode))
		return fault_set(f, -ENOEXEC, "'%s' is no core dump: it is not a regular file",
				 shown);
	c->size = (uint64_t)st.st_size;
	c->sysroot = open(*sysroot ? sysroot : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->sysroot < 0) {
		const int r = -errno;
		char room[200];

		return fault_errno(f, r, "cannot open the directory '%s'",
				   ESCAPED(room, text_string(sysroot)));
	}
	return 0;
}

int core_file_read(const char *path, const char *sysroot, struct memory_image *ret, struct fault *f)
{
	struct core_file *c = calloc(1, sizeof(*c));
	struct memory_image m = MEMORY_IMAGE_NONE;
	char room[200];
	const char *shown = ESCAPED(room, text_string(path));
	int err;

	if (!c)
		return fault_errno(f, -ENOMEM, "the core dump");
	c->fd = c->sysroot = -1;
	(void)pthread_mutex_init(&c->lock, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(c->open); i++)
		c->open[i] = (struct core_open){ .name = CORE_NO_NAME, .fd = -1 };
	err = open_core(c, path, shown, sysroot, f);
	if (err == 0)
		err = fill(c, shown, &m, f);
	if (err < 0) {
		core_file_free(c);
		memory_image_release(&m);
		return err;
	}
	*ret = m;
	return 0;
}

const struct core_info *core_file_info(const struct memory_image *m)
{
	const struct core_file *c = m->context;

	return &c->notes.info;
}

void core_file_done(struct memory_image *m)
{
	if (m->context)
		core_file_free(m->context);
	m->context = NULL;
	m->peek = NULL;
}
