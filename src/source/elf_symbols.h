/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbols and sections of an ELF file for x86-64, with libelf. The file is hostile: it is the
 * target's.
 */
#pragma once

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct elf_symbol {
	const char *name; /* hostile */
	uint64_t value, size;
	uint8_t type; /* STT_FUNC, ... */
	bool local;   /* STB_LOCAL */
};

struct elf_section {
	const char *name; /* hostile; "" when it has none */
	uint64_t address, offset, size, flags;
	bool no_bits; /* .bss: nothing of it is in the file */
};

static inline void elf_endp(Elf **elf)
{
	if (*elf)
		(void)elf_end(*elf);
	*elf = NULL;
}
#define _cleanup_elf_ _cleanup_(elf_endp)

/* `fd` must stay open while *ret is used; elf_end() ends that. -ENOEXEC: not an ELF file for
 * x86-64. */
int elf_open(int fd, Elf **ret) _must_check_ _nonnull_all_;

enum elf_table {
	ELF_DYNAMIC_SYMBOLS, /* .dynsym: exported */
	ELF_ALL_SYMBOLS,     /* .symtab, which strip removes */
};

/*
 * Calls `each` for the symbols that are defined in the file, until it returns false. The number of
 * symbols seen. A table of more than 512 MiB is left out.
 */
uint64_t elf_each_symbol(Elf *elf, enum elf_table table,
			 bool (*each)(void *context, const struct elf_symbol *s), void *context)
	_nonnull_(1, 3);

/* Sections that are in memory when the file is loaded (SHF_ALLOC), until `each` returns false. */
void elf_each_section(Elf *elf, bool (*each)(void *context, const struct elf_section *s),
		      void *context) _nonnull_(1, 2);
