/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/core_parts.h"

/* arch/x86/kernel/process.c arch_randomize_brk: up to 32 MiB until Linux 6.8, 1 GiB since. */
#define BRK_RANDOM (GIB + 2 * MIB)
/*
 * A program without an interpreter (static-pie, or ld.so run as a command) lies among the
 * libraries; its brk begins here instead (fs/binfmt_elf.c: ELF_ET_DYN_BASE, two thirds of 47 bits).
 */
#define AMONG_LIBRARIES UINT64_C(0x700000000000)
#define DYNAMIC_BASE UINT64_C(0x555555554000)
#define HEADERS_MAX 64
#define NEIGHBOURS_MAX 128

static int set_name(struct memory_image *m, uint64_t address, const char *name)
{
	const struct mapping *found = image_find(m, address);
	struct mapping *map;
	char *copy;

	if (!found || found->inode != 0 || *found->path)
		return 0;
	map = &m->mapping[found - m->mapping];
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	free(map->path);
	map->path = copy;
	return 0;
}

/* How far from where it was linked to the program lies. */
static uint64_t bias_of(const Elf64_Phdr *p, uint64_t count, uint64_t at_phdr)
{
	for (uint64_t i = 0; i < count; i++) {
		if (p[i].p_type == PT_PHDR)
			return at_phdr - p[i].p_vaddr;
	}
	/* A static one has none; its headers follow the first one of the file. */
	for (uint64_t i = 0; i < count; i++) {
		if (p[i].p_type == PT_LOAD && p[i].p_offset == 0)
			return at_phdr - sizeof(Elf64_Ehdr) - p[i].p_vaddr;
	}
	return 0;
}

/*
 * Where the program's memory ends, by its program headers in the core's first page or its file: the
 * kernel lets brk begin there. 0: not known.
 */
static uint64_t program_end(struct core_file *c)
{
	const struct core_notes *n = &c->notes;
	uint64_t bias, end = 0;
	Elf64_Phdr p[HEADERS_MAX];

	if (n->at_phdr == 0 || n->at_phnum == 0 || n->at_phnum > HEADERS_MAX ||
	    core_peek(c, n->at_phdr, p, n->at_phnum * sizeof(*p)) < 0)
		return 0;
	bias = bias_of(p, n->at_phnum, n->at_phdr);
	for (uint64_t i = 0; i < n->at_phnum; i++) {
		if (p[i].p_type == PT_LOAD)
			end = MAX(end, bias + p[i].p_vaddr + p[i].p_memsz);
	}
	return (end + IMAGE_PAGE - 1) & ~(IMAGE_PAGE - 1);
}

/* The same by the mappings, when the headers are gone: the program's last one, and its .bss. */
static uint64_t program_end_guess(const struct core_file *c, const struct memory_image *m)
{
	const struct mapping *program = image_find(m, c->notes.at_phdr);
	uint64_t end = 0;

	if (!program || program->inode == 0)
		return 0;
	for (uint32_t i = (uint32_t)(program - m->mapping); i < m->mappings; i++) {
		const struct mapping *map = &m->mapping[i];

		if (map->inode == program->inode || (map->inode == 0 && map->start == end))
			end = map->end;
	}
	return end;
}

static int name_heap(struct core_file *c, struct memory_image *m)
{
	uint64_t end = program_end(c);

	if (end == 0)
		end = program_end_guess(c, m);
	if (end > AMONG_LIBRARIES)
		end = DYNAMIC_BASE;
	for (uint32_t i = 0; end != 0 && i < m->mappings; i++) {
		const struct mapping *map = &m->mapping[i];

		/* Without randomisation .bss and heap may be one mapping. */
		if (map->end <= end)
			continue;
		if (map->start > end + BRK_RANDOM || map->inode != 0 ||
		    (map->flags & (MAPPING_WRITE | MAPPING_EXEC)) != MAPPING_WRITE)
			return 0;
		return set_name(m, map->start, "[heap]");
	}
	return 0;
}

/* The nearest mapping before it that its file begins with. */
static const struct mapping *beginning(const struct core_file *c, uint32_t i)
{
	for (uint32_t k = i + 1; k-- > 0 && i - k < NEIGHBOURS_MAX;) {
		if (c->segment[k].name == c->segment[i].name && c->mapping[k].offset == 0)
			return &c->mapping[k];
	}
	return NULL;
}

/* As the program headers have it; what was not changed since. */
static void find_flags(struct core_file *c, uint32_t i)
{
	const struct mapping *first = beginning(c, i);
	struct mapping *m = &c->mapping[i];
	uint64_t at, base = UINT64_MAX;
	Elf64_Phdr p[HEADERS_MAX];
	Elf64_Ehdr h;

	if (!first || core_peek(c, first->start, &h, sizeof(h)) < 0 ||
	    h.e_phentsize != sizeof(*p) || h.e_phnum > HEADERS_MAX ||
	    core_peek(c, first->start + h.e_phoff, p, h.e_phnum * sizeof(*p)) < 0)
		return;
	for (uint32_t k = 0; k < h.e_phnum; k++) {
		if (p[k].p_type == PT_LOAD)
			base = MIN(base, p[k].p_vaddr & ~(IMAGE_PAGE - 1));
	}
	at = base + (m->start - first->start);
	for (uint32_t k = 0; k < h.e_phnum; k++) {
		const uint64_t start = p[k].p_vaddr & ~(IMAGE_PAGE - 1);

		if (p[k].p_type == PT_LOAD && at >= start && at - start < p[k].p_memsz)
			m->flags |= p[k].p_flags & PF_X ? MAPPING_EXEC : 0;
	}
}

/* The kernel's clock data stands directly before its code (arch/x86/entry/vdso/vma.c). */
static int name_vdso(const struct core_file *c, struct memory_image *m)
{
	const struct mapping *code = image_find(m, c->notes.at_vdso);
	int err = set_name(m, c->notes.at_vdso, "[vdso]");

	for (const struct mapping *at = code; err == 0 && at && at > m->mapping; at--) {
		if (at[-1].end != at->start || at[-1].flags != MAPPING_READ)
			break;
		err = set_name(m, at[-1].start, "[vvar]");
	}
	return err;
}

int core_name_special(struct core_file *c, struct memory_image *m)
{
	/* The 16 random bytes lie above the initial stack pointer (fs/binfmt_elf.c). */
	const uint64_t stack = c->notes.at_random != 0 ? c->notes.at_random
			       : m->threads > 0	       ? m->thread[0].reg[IMAGE_RSP]
						       : 0;
	int err = set_name(m, stack, "[stack]");

	for (uint32_t i = 0; i < c->mappings; i++) {
		if (c->segment[i].unlisted)
			find_flags(c, i);
	}
	if (err == 0)
		err = name_vdso(c, m);
	return err < 0 ? err : name_heap(c, m);
}
