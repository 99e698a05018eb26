/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/allocator.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "source/elf_symbols.h"
#include "source/link_order.h"

#define FILES_MAX 1024
#define TEXT_MAX (256 * MIB) /* of .rodata that is searched */
#define BIT(kind) (1u << (kind))

/* How the file's name begins. */
static const struct name_sign {
	const char *begins;
	enum allocator_kind kind;
} name_signs[] = {
	{ "libjemalloc", ALLOCATOR_JEMALLOC },
	{ "libtcmalloc", ALLOCATOR_TCMALLOC },
	{ "libmimalloc", ALLOCATOR_MIMALLOC },
	{ "libtbbmalloc_proxy", ALLOCATOR_TBB },
	{ "ld-musl-", ALLOCATOR_MUSL },
	{ "libc.musl-", ALLOCATOR_MUSL },
	{ "libasan.so", ALLOCATOR_SANITIZER },
	{ "libhwasan.so", ALLOCATOR_SANITIZER },
	{ "liblsan.so", ALLOCATOR_SANITIZER },
	{ "libtsan.so", ALLOCATOR_SANITIZER },
	{ "libclang_rt.asan", ALLOCATOR_SANITIZER },
	{ "libclang_rt.hwasan", ALLOCATOR_SANITIZER },
	{ "libclang_rt.lsan", ALLOCATOR_SANITIZER },
	{ "libclang_rt.tsan", ALLOCATOR_SANITIZER },
	{ "libclang_rt.msan", ALLOCATOR_SANITIZER },
	{ "libc.so.6", ALLOCATOR_GLIBC },
	{ "libc-2.", ALLOCATOR_GLIBC },
};

/* Symbols that the allocator alone defines; a program that uses it only refers to them. */
static const struct symbol_sign {
	const char *name;
	enum allocator_kind kind;
} symbol_signs[] = {
	{ "mallctl", ALLOCATOR_JEMALLOC },
	{ "je_mallctl", ALLOCATOR_JEMALLOC },
	{ "_rjem_mallctl", ALLOCATOR_JEMALLOC },
	{ "__rjem_mallctl", ALLOCATOR_JEMALLOC },
	{ "je_arena_init", ALLOCATOR_JEMALLOC },
	{ "tc_malloc", ALLOCATOR_TCMALLOC },
	{ "MallocExtension_GetAllocatedSize", ALLOCATOR_TCMALLOC },
	{ "TCMallocInternalMalloc", ALLOCATOR_TCMALLOC },
	{ "MallocExtension_Internal_GetNumericProperty", ALLOCATOR_TCMALLOC },
	{ "mi_malloc", ALLOCATOR_MIMALLOC },
	{ "_mi_malloc_generic", ALLOCATOR_MIMALLOC },
	{ "scalable_malloc", ALLOCATOR_TBB },
	{ "__TBB_malloc_proxy", ALLOCATOR_TBB },
	{ "__asan_init", ALLOCATOR_SANITIZER },
	{ "__hwasan_init", ALLOCATOR_SANITIZER },
	{ "__lsan_init", ALLOCATOR_SANITIZER },
	{ "__lsan_do_leak_check", ALLOCATOR_SANITIZER },
	{ "__tsan_init", ALLOCATOR_SANITIZER },
	{ "__msan_init", ALLOCATOR_SANITIZER },
	{ "runtime.mallocgc", ALLOCATOR_GO },
	{ "gnu_get_libc_version", ALLOCATOR_GLIBC },
	{ "_int_malloc", ALLOCATOR_GLIBC },
	/* musl 1.2 and its older malloc, in a static program. */
	{ "__malloc_alloc_meta", ALLOCATOR_MUSL },
	{ "__bin_chunk", ALLOCATOR_MUSL },
};

/* Messages in .rodata: what a stripped program still says of the allocator that is linked into it.
 */
static const struct text_sign {
	const char *text;
	enum allocator_kind kind;
} text_signs[] = {
	{ "<jemalloc>: ", ALLOCATOR_JEMALLOC },
	{ "malloc_consolidate(): ", ALLOCATOR_GLIBC },
	{ "mimalloc: ", ALLOCATOR_MIMALLOC },
};

struct object {
	uint32_t mapping; /* the first of the file */
	uint32_t rank;	  /* in the order of the symbol search; UINT32_MAX: not in it */
	uint32_t kinds;	  /* 1 << enum allocator_kind */
	bool program;
	bool has_malloc; /* what calls malloc from another object may get this one's */
	bool opened;
	Elf *elf; /* while it is read */
};

static bool take_symbol(void *context, const struct elf_symbol *s)
{
	struct object *o = context;

	if (strcmp(s->name, "malloc") == 0 && !s->local &&
	    (s->type == STT_FUNC || s->type == STT_GNU_IFUNC))
		o->has_malloc = true;
	for (size_t i = 0; i < ARRAY_SIZE(symbol_signs); i++) {
		if (s->name[0] == symbol_signs[i].name[0] &&
		    strcmp(s->name, symbol_signs[i].name) == 0)
			o->kinds |= BIT(symbol_signs[i].kind);
	}
	return true;
}

static void search_text(struct object *o, const struct elf_section *s)
{
	Elf_Data *data = elf_getdata_rawchunk(o->elf, (int64_t)s->offset, s->size, ELF_T_BYTE);

	for (size_t i = 0; data && i < ARRAY_SIZE(text_signs); i++) {
		if (memmem(data->d_buf, data->d_size, text_signs[i].text,
			   strlen(text_signs[i].text)))
			o->kinds |= BIT(text_signs[i].kind);
	}
}

static bool take_section(void *context, const struct elf_section *s)
{
	struct object *o = context;

	/* Go's own tables, which strip leaves; the second stands below a prefix with
	 * -buildmode=pie. */
	if (strcmp(s->name, ".go.buildinfo") == 0 || strstr(s->name, ".gopclntab"))
		o->kinds |= BIT(ALLOCATOR_GO);
	if (strcmp(s->name, ".rodata") == 0 && s->size <= TEXT_MAX && !s->no_bits)
		search_text(o, s);
	return true;
}

/* A library is asked for what it exports; a program also for what is linked into it. */
static void read_object(struct object *o, int fd)
{
	_cleanup_elf_ Elf *elf = NULL;
	uint64_t exports;

	if (elf_open(fd, &elf) < 0)
		return;
	o->elf = elf;
	o->opened = true;
	exports = elf_each_symbol(elf, ELF_DYNAMIC_SYMBOLS, take_symbol, o);
	if (o->program) {
		const bool exported = o->has_malloc;

		elf_each_section(elf, take_section, o);
		(void)elf_each_symbol(elf, ELF_ALL_SYMBOLS, take_symbol, o);
		/* Where others are loaded, only what is exported takes their calls. A table has an
		 * empty first row. */
		if (exports > 1)
			o->has_malloc = exported;
		else if (o->kinds)
			o->has_malloc = true;
	}
	o->elf = NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static uint32_t kinds_by_name(const char *path)
{
	const char *name = base_name(path);

	/* Debian's musl; glibc's file of this name is a text for the linker. */
	if (strcmp(name, "libc.so") == 0 && strstr(path, "musl"))
		return BIT(ALLOCATOR_MUSL);
	for (size_t i = 0; i < ARRAY_SIZE(name_signs); i++) {
		if (strncmp(name, name_signs[i].begins, strlen(name_signs[i].begins)) == 0)
			return BIT(name_signs[i].kind);
	}
	return 0;
}

static bool same_file(const struct mapping *a, const struct mapping *b)
{
	return a->inode == b->inode && a->device == b->device;
}

/* The files that are mapped from their beginning, in order of address. */
static uint32_t list_objects(const struct memory_image *image, struct object *list)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < image->mappings && n < FILES_MAX; i++) {
		const struct mapping *m = &image->mapping[i];
		bool seen = false;

		if (m->inode == 0 || m->offset != 0 || m->flags & (MAPPING_DEVICE | MAPPING_SHARED))
			continue;
		for (uint32_t k = 0; k < n && !seen; k++)
			seen = same_file(&image->mapping[list[k].mapping], m);
		if (!seen)
			list[n++] = (struct object){ .mapping = i, .rank = UINT32_MAX };
	}
	return n;
}

static void rank_objects(const struct memory_image *image, struct object *list, uint32_t n)
{
	uint32_t order[FILES_MAX];
	const uint32_t ordered = link_order(image, order, FILES_MAX);

	for (uint32_t k = 0; k < n; k++) {
		const struct mapping *m = &image->mapping[list[k].mapping];

		for (uint32_t i = 0; i < ordered && list[k].rank == UINT32_MAX; i++) {
			if (same_file(&image->mapping[order[i]], m))
				list[k].rank = i;
		}
		list[k].program = ordered ? list[k].rank == 0 : k == 0;
		/* No list to go by: the program, allocators that somebody chose, libc. */
		if (!ordered)
			list[k].rank = list[k].program				       ? 0
				       : kinds_by_name(m->path) & BIT(ALLOCATOR_GLIBC) ? 2
										       : 1;
	}
}

static void recognise(const struct memory_image *image,
		      int (*open_file)(void *context, const struct mapping *m), void *context,
		      struct object *o)
{
	const struct mapping *m = &image->mapping[o->mapping];
	_cleanup_close_ int fd = open_file ? open_file(context, m) : -1;

	if (fd >= 0)
		read_object(o, fd);
	/* The symbols decide where they could be read: a wrapper may have any name. */
	if (o->kinds == 0)
		o->kinds = kinds_by_name(m->path);
	if (!o->opened && o->kinds)
		o->has_malloc = true;
}

/* The allocator of an object whose signs are several (a sanitizer's, which speaks of malloc too).
 */
static enum allocator_kind kind_of(uint32_t kinds)
{
	static const enum allocator_kind order[] = {
		ALLOCATOR_SANITIZER, ALLOCATOR_JEMALLOC, ALLOCATOR_TCMALLOC, ALLOCATOR_MIMALLOC,
		ALLOCATOR_TBB,	     ALLOCATOR_GLIBC,	 ALLOCATOR_MUSL,     ALLOCATOR_GO,
	};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		if (kinds & BIT(order[i]))
			return order[i];
	}
	return ALLOCATOR_UNKNOWN;
}

static void choose(const struct memory_image *image, const struct object *list, uint32_t n,
		   struct allocator_info *ret)
{
	const struct object *best = NULL;
	uint32_t kinds = 0;

	for (uint32_t k = 0; k < n; k++) {
		const struct object *o = &list[k];

		kinds |= o->kinds;
		/* One without a sign (heaptrack's, our own tap) wraps the next one. */
		if (o->kinds && o->has_malloc && (!best || o->rank < best->rank))
			best = o;
	}
	/* Nothing that exports malloc: a static program of Go. */
	for (uint32_t k = 0; k < n && !best; k++) {
		if (list[k].kinds)
			best = &list[k];
	}
	if (!best)
		return;
	ret->kind = kind_of(best->kinds);
	ret->others = kinds & ~BIT(ret->kind);
	(void)snprintf(ret->where, sizeof(ret->where), "%s", image->mapping[best->mapping].path);
}

void allocator_recognise(const struct memory_image *image,
			 int (*open_file)(void *context, const struct mapping *m), void *context,
			 struct allocator_info *ret)
{
	struct object *list = calloc(FILES_MAX, sizeof(*list));
	uint32_t n;

	ret->kind = ALLOCATOR_UNKNOWN;
	ret->others = 0;
	ret->where[0] = '\0';
	if (!list)
		return;
	n = list_objects(image, list);
	rank_objects(image, list, n);
	for (uint32_t k = 0; k < n; k++)
		recognise(image, open_file, context, &list[k]);
	choose(image, list, n, ret);
	free(list);
}
