/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF notes (elf(5)): of a core dump, and the build-id of a file. Plain bytes, hostile. Not
 * libelf's: a note segment may be cut, and a build-id is also read from the one page of a file that
 * a core dump holds, which libelf takes for a broken file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/macro.h"
#include "base/text.h"

struct elf_note {
	uint32_t type;
	struct text name; /* without its NUL */
	struct text desc;
};

/*
 * Takes the next note off *rest. False at the end, and when what is left holds no whole note: then
 * rest->n is not 0.
 */
bool elf_note_next(struct text *rest, struct elf_note *ret) _must_check_ _nonnull_all_;

#define BUILD_ID_SIZE 64

/* Of an ELF file for x86-64. */
struct elf_identity {
	uint16_t type; /* ET_DYN, ET_EXEC */
	uint8_t build_id[BUILD_ID_SIZE];
	uint32_t build_id_bytes; /* 0: it has none */
};

/*
 * `read` gives bytes of the file by offset: 0 or negative errno. -ENOEXEC: no ELF file for x86-64;
 * else what `read` returned for the headers. What cannot be read of the notes is no build-id.
 */
int elf_identify(int (*read)(void *context, uint64_t offset, void *buf, size_t len), void *context,
		 struct elf_identity *ret) _must_check_ _nonnull_(1, 3);
