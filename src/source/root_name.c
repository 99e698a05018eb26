/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/root_name.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/search.h"
#include "source/demangle.h"
#include "source/elf_symbols.h"

#define VARIABLES_MAX (UINT32_C(1) << 22)
#define SECTIONS_MAX 256
#define BACK_MAX 128 /* mappings between an object's first one and its last */
#define ALIASES_MAX ((size_t)16)
#define SYMBOL_SIZE 128

struct variable {
	uint64_t value, size;
	const char *name; /* libelf's */
};

/* One file. Its descriptor stays open as long as libelf may read. */
struct object {
	uint64_t device, inode;
	uint64_t link_base; /* address that its first byte was linked to */
	int fd;
	Elf *elf;		   /* NULL: it cannot be read */
	struct variable *variable; /* by value */
	uint32_t variables, room;
	struct elf_section section[SECTIONS_MAX];
	uint32_t sections;
};

struct root_names {
	const struct memory_image *image;
	int (*open_file)(void *context, const struct mapping *m);
	void *context;
	struct object *object[ROOT_NAME_FILES];
	uint32_t objects;
};

struct root_names *root_names_new(const struct memory_image *image,
				  int (*open_file)(void *context, const struct mapping *m),
				  void *context)
{
	struct root_names *n = calloc(1, sizeof(*n));

	if (n)
		*n = (struct root_names){ .image = image,
					  .open_file = open_file,
					  .context = context };
	return n;
}

static void object_free(struct object *o)
{
	elf_endp(&o->elf);
	closep(&o->fd);
	free(o->variable);
	free(o);
}

void root_names_free(struct root_names *n)
{
	if (!n)
		return;
	for (uint32_t i = 0; i < n->objects; i++)
		object_free(n->object[i]);
	free(n);
}

static bool add_variable(void *context, const struct elf_symbol *s)
{
	struct object *o = context;

	if (s->type != STT_OBJECT || s->size == 0 || !*s->name)
		return true;
	if (o->variables == o->room) {
		const uint32_t more = o->room ? 2 * o->room : 1024;
		struct variable *p = reallocarray(o->variable, more, sizeof(*p));

		if (!p)
			return false;
		o->variable = p;
		o->room = more;
	}
	o->variable[o->variables++] = (struct variable){ s->value, s->size, s->name };
	return o->variables < VARIABLES_MAX;
}

static bool add_section(void *context, const struct elf_section *s)
{
	struct object *o = context;

	/* .tbss and .tdata are templates; the addresses are not theirs. */
	if (!(s->flags & SHF_TLS) && *s->name)
		o->section[o->sections++] = *s;
	return o->sections < SECTIONS_MAX;
}

static int by_value(const void *a, const void *b)
{
	const struct variable *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static uint64_t link_base_of(Elf *elf)
{
	size_t count;
	GElf_Phdr p;

	if (elf_getphdrnum(elf, &count) < 0)
		return 0;
	for (size_t i = 0; i < count && i < UINT16_MAX; i++) {
		if (gelf_getphdr(elf, (int)i, &p) && p.p_type == PT_LOAD)
			return p.p_vaddr - p.p_offset;
	}
	return 0;
}

static void read_object(struct object *o)
{
	if (o->fd < 0 || elf_open(o->fd, &o->elf) < 0)
		return;
	o->link_base = link_base_of(o->elf);
	elf_each_section(o->elf, add_section, o);
	if (elf_each_symbol(o->elf, ELF_ALL_SYMBOLS, add_variable, o) == 0)
		(void)elf_each_symbol(o->elf, ELF_DYNAMIC_SYMBOLS, add_variable, o);
	if (o->variables)
		qsort(o->variable, o->variables, sizeof(*o->variable), by_value);
}

static const struct object *object_of(struct root_names *n, const struct mapping *m)
{
	struct object *o;

	for (uint32_t i = 0; i < n->objects; i++) {
		if (n->object[i]->inode == m->inode && n->object[i]->device == m->device)
			return n->object[i];
	}
	if (n->objects == ROOT_NAME_FILES)
		return NULL;
	o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	*o = (struct object){ .device = m->device, .inode = m->inode };
	o->fd = n->open_file(n->context, m);
	read_object(o);
	n->object[n->objects++] = o;
	return o;
}

/*
 * The mapping that a file's object begins with, for an address in its data or in the anonymous
 * memory that follows it without a gap: .bss.
 */
static const struct mapping *first_mapping(const struct memory_image *image,
					   const struct mapping *m)
{
	const struct mapping *data = m, *first = image->mapping;

	while (data->inode == 0 && data > first && data[-1].end == data->start && !*data->path)
		data--;
	if (data->inode == 0)
		return NULL;
	for (uint32_t back = 0; back < BACK_MAX; back++) {
		const struct mapping *at = data - back;

		if (at->offset == 0 && at->inode == data->inode && at->device == data->device)
			return at;
		if (at == first)
			break;
	}
	return NULL;
}

static const struct variable *find_variable(const struct object *o, uint64_t value)
{
	const size_t after = UPPER_BOUND(o->variable, o->variables, value, value);

	/* A small variable may stand within a larger one. */
	for (size_t back = 1; back <= MIN(after, ALIASES_MAX); back++) {
		const struct variable *v = &o->variable[after - back];

		if (value - v->value < v->size)
			return v;
	}
	return NULL;
}

static bool name_variable(const struct object *o, const char *file, uint64_t value, char *buf,
			  uint32_t size)
{
	const struct variable *v = find_variable(o, value);
	char plain[SYMBOL_SIZE];
	const char *name;

	if (!v)
		return false;
	name = strncmp(v->name, "_Z", 2) == 0 && demangle(v->name, plain, sizeof(plain)) ? plain
											 : v->name;
	if (value == v->value)
		(void)snprintf(buf, size, "%s: %s", file, name);
	else
		(void)snprintf(buf, size, "%s: %s+0x%llx", file, name,
			       (unsigned long long)(value - v->value));
	return true;
}

static bool name_section(const struct object *o, const char *file, uint64_t value, char *buf,
			 uint32_t size)
{
	for (uint32_t i = 0; i < o->sections; i++) {
		const struct elf_section *s = &o->section[i];

		if (value - s->address >= s->size)
			continue;
		(void)snprintf(buf, size, "%s %s+0x%llx", file, s->name,
			       (unsigned long long)(value - s->address));
		return true;
	}
	return false;
}

bool root_name(struct root_names *n, uint64_t address, char *buf, uint32_t size)
{
	const struct mapping *m = image_find(n->image, address), *first;
	const struct object *o;
	const char *file;
	uint64_t value;

	buf[0] = '\0';
	first = m ? first_mapping(n->image, m) : NULL;
	o = first ? object_of(n, first) : NULL;
	if (!o || !o->elf)
		return false;
	value = address - first->start + o->link_base;
	file = strrchr(first->path, '/');
	file = file ? file + 1 : first->path;
	return name_variable(o, file, value, buf, size) || name_section(o, file, value, buf, size);
}
