/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/elf_note.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#define HEADERS_MAX UINT64_C(64) /* program headers looked at; what linkers make has some 13 */
#define NOTES_MAX 4096		 /* bytes of one note segment; a build-id is in the first page */

static bool take(struct text *rest, uint64_t len, struct text *ret)
{
	/* Linux pads to 4 bytes, whatever p_align says (fs/binfmt_elf.c notesize()). */
	const uint64_t padded = (len + 3) & ~UINT64_C(3);

	if (len > rest->n)
		return false;
	*ret = text_of(rest->p, len);
	/* The last one may lack its padding. */
	*rest = padded < rest->n ? text_of(rest->p + padded, rest->n - padded)
				 : text_of(rest->p + rest->n, 0);
	return true;
}

bool elf_note_next(struct text *rest, struct elf_note *ret)
{
	struct text left = *rest, name, desc;
	Elf64_Nhdr h;

	if (left.n < sizeof(h))
		return false;
	memcpy(&h, left.p, sizeof(h));
	left = text_of(left.p + sizeof(h), left.n - sizeof(h));
	if (!take(&left, h.n_namesz, &name) || !take(&left, h.n_descsz, &desc))
		return false;
	if (name.n > 0 && name.p[name.n - 1] == '\0')
		name.n--;
	*rest = left;
	*ret = (struct elf_note){ .type = h.n_type, .name = name, .desc = desc };
	return true;
}

static bool find_build_id(struct text notes, struct elf_identity *ret)
{
	struct elf_note note;

	while (elf_note_next(&notes, &note)) {
		if (note.type != NT_GNU_BUILD_ID || !text_is(note.name, "GNU") ||
		    note.desc.n == 0 || note.desc.n > BUILD_ID_SIZE)
			continue;
		memcpy(ret->build_id, note.desc.p, note.desc.n);
		ret->build_id_bytes = (uint32_t)note.desc.n;
		return true;
	}
	return false;
}

int elf_identify(int (*read)(void *context, uint64_t offset, void *buf, size_t len), void *context,
		 struct elf_identity *ret)
{
	struct elf_identity id = { 0 };
	char notes[NOTES_MAX];
	Elf64_Ehdr h;
	Elf64_Phdr p;
	int err = read(context, 0, &h, sizeof(h));

	if (err < 0)
		return err;
	if (memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 || h.e_ident[EI_CLASS] != ELFCLASS64 ||
	    h.e_ident[EI_DATA] != ELFDATA2LSB || h.e_machine != EM_X86_64 ||
	    h.e_phentsize != sizeof(p))
		return -ENOEXEC;
	id.type = h.e_type;
	for (uint64_t i = 0; i < MIN((uint64_t)h.e_phnum, HEADERS_MAX); i++) {
		err = read(context, h.e_phoff + i * sizeof(p), &p, sizeof(p));
		if (err < 0)
			return err;
		if (p.p_type != PT_NOTE || p.p_filesz > sizeof(notes) ||
		    read(context, p.p_offset, notes, p.p_filesz) < 0)
			continue;
		if (find_build_id(text_of(notes, p.p_filesz), &id))
			break;
	}
	*ret = id;
	return 0;
}
