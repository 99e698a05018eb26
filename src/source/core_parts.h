/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of core_file.h share; nobody else includes it. */
#pragma once

#include <elf.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"
#include "base/text.h"
#include "model/memory_image.h"
#include "source/core_file.h"

#define CORE_NO_NAME UINT32_MAX

/* A row of NT_FILE. */
struct core_row {
	uint64_t start, end, offset; /* bytes */
	uint32_t name;		     /* in core_notes.name */
};

/* What the notes tell. The names are NUL-terminated within `bytes`. */
struct core_notes {
	char *bytes; /* owned: all notes, one after the other */
	uint64_t length;
	struct core_info info;
	struct image_thread *thread;
	uint32_t threads, thread_room;
	struct core_row *row; /* ascending */
	uint32_t rows;
	const char **name; /* distinct */
	uint32_t names;
	/* NT_AUXV; 0: not told. */
	uint64_t at_phdr, at_phnum, at_random, at_vdso;
};
#define CORE_NOTES_NONE ((struct core_notes){ 0 })
void core_notes_release(struct core_notes *n) _nonnull_all_;

/* Reads what is in .bytes. 0, -EPROTO or -ENOMEM. `path` is for the fault. */
int core_notes_parse(struct core_notes *n, const char *path,
		     struct fault *f) _must_check_ _nonnull_all_;
/* The row that holds the address, or NULL. */
const struct core_row *core_notes_row(const struct core_notes *n, uint64_t address) _nonnull_all_;

/* Where a mapping's bytes are in the core; parallel to memory_image.mapping. */
struct core_segment {
	uint64_t offset, bytes; /* bytes: of the mapping's start that the header promises */
	uint32_t name;		/* CORE_NO_NAME: anonymous */
	bool unlisted;		/* of NT_FILE only: its flags are not told */
};

/* A file that was opened; a ring of them, so that a core of 60000 names opens no 60000 files. */
#define CORE_OPEN_FILES 64
struct core_open {
	uint32_t name; /* CORE_NO_NAME: the slot is free */
	int fd;	       /* or negative errno: cannot be used */
};

/* memory_image.context. */
struct core_file {
	int fd;
	uint64_t size;
	int sysroot;
	struct core_notes notes;
	struct core_segment *segment;
	struct mapping *mapping; /* image->mapping, which outlives moves of *image */
	uint32_t mappings;
	pthread_mutex_t lock; /* of open and next */
	struct core_open open[CORE_OPEN_FILES];
	uint32_t next;
};

/* Bytes of the core at an offset: 0, -EIO, -ENODATA past its end. */
int core_bytes(const struct core_file *c, uint64_t offset, void *buf,
	       size_t len) _must_check_ _nonnull_all_;

struct core_headers {
	Elf64_Phdr *list;
	uint32_t count;
};
void core_headers_release(struct core_headers *h) _nonnull_all_;
/* Bytes of the segment that the file has. */
uint64_t core_there(const struct core_file *c, const Elf64_Phdr *p) _nonnull_all_;
/* core_segments.c: the mappings, and c->segment. */
int core_take_segments(struct core_file *c, struct core_headers *h, const char *path,
		       struct memory_image *m, struct fault *f) _must_check_ _nonnull_all_;

/* core_copy.c: takes the copies that are wanted, counts what is missing. 0 or -ENOMEM. */
int core_copy(const struct core_file *c, struct memory_image *m) _must_check_ _nonnull_all_;

/* core_peek.c */
int core_peek(void *context, uint64_t address, void *buf, size_t len);
/* core_names.c: "[heap]", "[stack]", "[vdso]", and flags that are not told. 0 or -ENOMEM. */
int core_name_special(struct core_file *c, struct memory_image *m) _must_check_ _nonnull_all_;
