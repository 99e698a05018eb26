/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/link_order.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#define HEADERS_MAX UINT64_C(64)
#define DYNAMIC_MAX 256

/* The address of struct r_debug, which the dynamic linker puts into the program's DT_DEBUG. */
static uint64_t debug_in(const struct memory_image *image, uint64_t dynamic)
{
	for (uint64_t i = 0; i < DYNAMIC_MAX; i++) {
		Elf64_Dyn d;

		if (image_read(image, dynamic + i * sizeof(d), &d, sizeof(d)) < 0 ||
		    d.d_tag == DT_NULL)
			return 0;
		if (d.d_tag == DT_DEBUG)
			return d.d_un.d_ptr;
	}
	return 0;
}

static uint64_t debug_of(const struct memory_image *image, uint64_t base)
{
	uint64_t first = UINT64_MAX, dynamic = 0;
	Elf64_Ehdr h;
	Elf64_Phdr p;

	if (image_read(image, base, &h, sizeof(h)) < 0 || memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 ||
	    h.e_phentsize != sizeof(p))
		return 0;
	for (uint64_t i = 0; i < MIN((uint64_t)h.e_phnum, HEADERS_MAX); i++) {
		if (image_read(image, base + h.e_phoff + i * sizeof(p), &p, sizeof(p)) < 0)
			return 0;
		if (p.p_type == PT_LOAD)
			first = MIN(first, p.p_vaddr & ~(IMAGE_PAGE - 1));
		if (p.p_type == PT_DYNAMIC)
			dynamic = p.p_vaddr;
	}
	return dynamic == 0 ? 0 : debug_in(image, base - first + dynamic);
}

static uint32_t follow(const struct memory_image *image, uint64_t debug, uint32_t *ret_mapping,
		       uint32_t room)
{
	struct r_debug head;
	struct link_map object;
	uint32_t n = 0;
	uint64_t at;

	if (image_read(image, debug, &head, sizeof(head)) < 0)
		return 0;
	at = (uintptr_t)head.r_map;
	/* A ring, or a chain that is longer than any, ends here too. */
	for (uint32_t steps = 0; at != 0 && steps < 2 * room && n < room; steps++) {
		const struct mapping *m;

		if (image_read(image, at, &object, sizeof(object)) < 0)
			break;
		m = image_find(image, (uintptr_t)object.l_ld);
		if (m && m->inode != 0)
			ret_mapping[n++] = (uint32_t)(m - image->mapping);
		at = (uintptr_t)object.l_next;
	}
	return n;
}

uint32_t link_order(const struct memory_image *image, uint32_t *ret_mapping, uint32_t room)
{
	for (uint32_t i = 0; i < image->mappings; i++) {
		const struct mapping *m = &image->mapping[i];
		uint64_t debug;

		/* Only programs have a DT_DEBUG. */
		if (m->inode == 0 || m->offset != 0 || m->flags & MAPPING_DEVICE)
			continue;
		debug = debug_of(image, m->start);
		if (debug != 0)
			return follow(image, debug, ret_mapping, room);
	}
	return 0;
}
