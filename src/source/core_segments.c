/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/core_parts.h"

/* User memory ends here even with five levels of page tables; above is [vsyscall]. */
#define USER_END (UINT64_C(1) << 56)
#define PATHS_MAX (UINT64_C(256) << 20) /* bytes of all paths: a long name of many segments */
/* gdb's gcore leaves out read-only files altogether (gdb/gcore.c): NT_FILE alone has them. */
#define PT_UNLISTED PT_NULL

void core_headers_release(struct core_headers *h)
{
	free(h->list);
}

uint64_t core_there(const struct core_file *c, const Elf64_Phdr *p)
{
	return p->p_offset >= c->size ? 0 : MIN(p->p_filesz, c->size - p->p_offset);
}

static int by_address(const void *a, const void *b)
{
	const Elf64_Phdr *x = a, *y = b;

	return (x->p_vaddr > y->p_vaddr) - (x->p_vaddr < y->p_vaddr);
}

/* What the names tell, as /proc/PID/maps has it. */
static uint32_t flags_of(const Elf64_Phdr *p, const char *name)
{
	static const char *const shared[] = { "/dev/shm/", "/dev/zero", "/memfd:", "/SYSV",
					      "/dev/hugepages/" };
	uint32_t flags = (p->p_flags & PF_R ? MAPPING_READ : 0) |
			 (p->p_flags & PF_W ? MAPPING_WRITE : 0) |
			 (p->p_flags & PF_X ? MAPPING_EXEC : 0);

	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		if (strncmp(name, shared[i], strlen(shared[i])) == 0)
			return flags | MAPPING_SHARED;
	}
	if (strncmp(name, "/dev/", 5) == 0)
		flags |= MAPPING_DEVICE;
	return flags;
}

static int add_mapping(struct core_file *c, const Elf64_Phdr *p, struct memory_image *m,
		       uint64_t *paths)
{
	const struct core_row *row = core_notes_row(&c->notes, p->p_vaddr);
	const char *name = row ? c->notes.name[row->name] : "";
	struct mapping *map = &m->mapping[m->mappings];

	*paths += strlen(name) + 1;
	if (*paths > PATHS_MAX)
		return -E2BIG;
	*map = (struct mapping){
		.start = p->p_vaddr,
		.end = (p->p_vaddr + p->p_memsz + IMAGE_PAGE - 1) & ~(IMAGE_PAGE - 1),
		.offset = row ? row->offset + (p->p_vaddr - row->start) : 0,
		.inode = row ? row->name + UINT64_C(1) : 0,
		.flags = flags_of(p, name),
		.path = strdup(name),
	};
	if (!map->path)
		return -ENOMEM;
	mapping_note_hugetlb(map);
	c->segment[m->mappings] = (struct core_segment){
		.offset = p->p_offset,
		.bytes = p->p_filesz,
		.name = row ? row->name : CORE_NO_NAME,
		.unlisted = p->p_type == PT_UNLISTED,
	};
	m->mappings++;
	return 0;
}

static bool is_sound(const Elf64_Phdr *p, uint64_t last_end)
{
	return p->p_vaddr % IMAGE_PAGE == 0 && p->p_memsz <= USER_END - p->p_vaddr &&
	       p->p_filesz <= p->p_memsz && p->p_vaddr >= last_end &&
	       p->p_offset <= INT64_MAX - p->p_filesz;
}

static void keep_loads(struct core_headers *h)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < h->count; i++) {
		const Elf64_Phdr *p = &h->list[i];

		if (p->p_type == PT_LOAD && p->p_memsz != 0 && p->p_vaddr < USER_END)
			h->list[kept++] = *p;
	}
	h->count = kept;
	/* They ascend in every core; only a hostile one needs this. */
	if (kept)
		qsort(h->list, kept, sizeof(*h->list), by_address);
}

/* Rows of NT_FILE that no segment tells of become segments without content. */
static int add_unlisted(const struct core_file *c, struct core_headers *h)
{
	const struct core_notes *n = &c->notes;
	uint32_t loads, at = 0;
	Elf64_Phdr *p;

	keep_loads(h);
	loads = h->count;
	p = reallocarray(h->list, (size_t)loads + n->rows + 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	h->list = p;
	for (uint32_t i = 0; i < n->rows; i++) {
		const struct core_row *row = &n->row[i];

		while (at < loads && p[at].p_vaddr + p[at].p_memsz <= row->start)
			at++;
		if (row->end > USER_END || (at < loads && p[at].p_vaddr < row->end))
			continue;
		p[h->count++] = (Elf64_Phdr){ .p_type = PT_UNLISTED,
					      .p_flags = PF_R,
					      .p_vaddr = row->start,
					      .p_memsz = row->end - row->start };
	}
	if (h->count > loads)
		qsort(p, h->count, sizeof(*p), by_address);
	return 0;
}

int core_take_segments(struct core_file *c, struct core_headers *h, const char *path,
		       struct memory_image *m, struct fault *f)
{
	uint64_t paths = 0;

	if (add_unlisted(c, h) < 0)
		return fault_errno(f, -ENOMEM, "the segments of '%s'", path);
	if (h->count == 0)
		return fault_set(f, -EPROTO, "'%s' holds no memory of a process", path);
	m->mapping = calloc(h->count, sizeof(*m->mapping));
	c->segment = calloc(h->count, sizeof(*c->segment));
	if (!m->mapping || !c->segment)
		return fault_errno(f, -ENOMEM, "the segments of '%s'", path);
	for (uint32_t i = 0; i < h->count; i++) {
		const Elf64_Phdr *p = &h->list[i];
		int err;

		if (!is_sound(p, m->mappings ? m->mapping[m->mappings - 1].end : 0))
			return fault_set(f, -EPROTO,
					 "'%s': the segment at 0x%llx overlaps another one or "
					 "contradicts itself",
					 path, (unsigned long long)p->p_vaddr);
		err = add_mapping(c, p, m, &paths);
		if (err < 0)
			return fault_errno(f, err, "the segments of '%s'", path);
		if (core_there(c, p) < p->p_filesz)
			c->notes.info.cut = true;
	}
	return 0;
}
