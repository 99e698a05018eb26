/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/elf_symbols.h"

#include <errno.h>
#include <gelf.h>

#define TABLE_MAX (512 * MIB)

int elf_open(int fd, Elf **ret)
{
	_cleanup_elf_ Elf *elf = NULL;
	GElf_Ehdr header;

	(void)elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64)
		return -ENOEXEC;
	*ret = TAKE_PTR(elf);
	return 0;
}

static bool is_bounded(Elf *elf, size_t section)
{
	GElf_Shdr h;
	Elf_Scn *scn = elf_getscn(elf, section);

	return scn && gelf_getshdr(scn, &h) && h.sh_size <= TABLE_MAX;
}

static uint64_t each_of(Elf *elf, Elf_Scn *scn, const GElf_Shdr *h,
			bool (*each)(void *context, const struct elf_symbol *s), void *context)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	const size_t count = data ? data->d_size / sizeof(Elf64_Sym) : 0;

	for (size_t i = 0; i < count && i <= INT32_MAX; i++) {
		GElf_Sym sym;
		struct elf_symbol s;

		if (!gelf_getsym(data, (int)i, &sym) || sym.st_shndx == SHN_UNDEF)
			continue;
		s = (struct elf_symbol){
			.name = elf_strptr(elf, h->sh_link, sym.st_name),
			.value = sym.st_value,
			.size = sym.st_size,
			.type = GELF_ST_TYPE(sym.st_info),
			.local = GELF_ST_BIND(sym.st_info) == STB_LOCAL,
		};
		if (s.name && !each(context, &s))
			return i + 1;
	}
	return count;
}

uint64_t elf_each_symbol(Elf *elf, enum elf_table table,
			 bool (*each)(void *context, const struct elf_symbol *s), void *context)
{
	const uint32_t type = table == ELF_ALL_SYMBOLS ? SHT_SYMTAB : SHT_DYNSYM;
	Elf_Scn *scn = NULL;
	GElf_Shdr h;

	/* A file has one table of a kind. */
	while ((scn = elf_nextscn(elf, scn))) {
		if (gelf_getshdr(scn, &h) && h.sh_type == type && h.sh_size <= TABLE_MAX &&
		    is_bounded(elf, h.sh_link))
			return each_of(elf, scn, &h, each, context);
	}
	return 0;
}

void elf_each_section(Elf *elf, bool (*each)(void *context, const struct elf_section *s),
		      void *context)
{
	Elf_Scn *scn = NULL;
	size_t names;
	GElf_Shdr h;

	if (elf_getshdrstrndx(elf, &names) < 0 || !is_bounded(elf, names))
		return;
	while ((scn = elf_nextscn(elf, scn))) {
		struct elf_section s;

		if (!gelf_getshdr(scn, &h) || !(h.sh_flags & SHF_ALLOC))
			continue;
		s = (struct elf_section){
			.name = elf_strptr(elf, names, h.sh_name),
			.address = h.sh_addr,
			.offset = h.sh_offset,
			.size = h.sh_size,
			.flags = h.sh_flags,
			.no_bits = h.sh_type == SHT_NOBITS,
		};
		if (!s.name)
			s.name = "";
		if (!each(context, &s))
			return;
	}
}
