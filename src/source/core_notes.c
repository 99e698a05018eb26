/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>

#include "base/search.h"
#include "source/core_parts.h"
#include "source/elf_note.h"

#define XSTATE_MAX (UINT32_C(1) << 16) /* with AMX it is 11 KiB */
#define PAGE_MAX GIB

_Static_assert(sizeof(((struct elf_prstatus *)0)->pr_reg) == 8 * IMAGE_REGISTERS, "registers");

void core_notes_release(struct core_notes *n)
{
	for (uint32_t i = 0; i < n->threads; i++)
		free(n->thread[i].xstate);
	free(n->thread);
	free(n->row);
	free((void *)n->name);
	free(n->bytes);
	*n = CORE_NOTES_NONE;
}

static int take_thread(struct core_notes *n, struct text desc)
{
	struct elf_prstatus status;
	struct image_thread t = { 0 };

	if (desc.n < sizeof(status))
		return -EPROTO;
	if (n->threads == n->thread_room) {
		const uint32_t more = n->thread_room ? 2 * n->thread_room : 16;
		struct image_thread *p = reallocarray(n->thread, more, sizeof(*p));

		if (!p)
			return -ENOMEM;
		n->thread = p;
		n->thread_room = more;
	}
	memcpy(&status, desc.p, sizeof(status));
	t.tid = status.pr_pid;
	memcpy(t.reg, &status.pr_reg, sizeof(t.reg));
	/* -1 outside of system calls (arch/x86/entry/entry_64.S). */
	t.in_syscall = (int64_t)t.reg[IMAGE_ORIG_RAX] >= 0;
	if (n->threads == 0) {
		n->info.died_tid = t.tid;
		n->info.signal = status.pr_cursig;
	}
	n->thread[n->threads++] = t;
	return 0;
}

/* Follows the NT_PRSTATUS of its thread, both in the kernel's cores and in gdb's. */
static int take_xstate(struct core_notes *n, struct text desc)
{
	struct image_thread *t = n->threads ? &n->thread[n->threads - 1] : NULL;

	if (!t || t->xstate || desc.n == 0 || desc.n > XSTATE_MAX)
		return 0;
	t->xstate = malloc(desc.n);
	if (!t->xstate)
		return -ENOMEM;
	memcpy(t->xstate, desc.p, desc.n);
	t->xstate_bytes = (uint32_t)desc.n;
	return 0;
}

static int take_psinfo(struct core_notes *n, struct text desc)
{
	struct elf_prpsinfo info;

	if (desc.n < sizeof(info))
		return -EPROTO;
	memcpy(&info, desc.p, sizeof(info));
	n->info.pid = info.pr_pid;
	memcpy(n->info.comm, info.pr_fname, sizeof(n->info.comm) - 1);
	return 0;
}

static int take_auxv(struct core_notes *n, struct text desc)
{
	Elf64_auxv_t a;

	for (; desc.n >= sizeof(a); desc = text_of(desc.p + sizeof(a), desc.n - sizeof(a))) {
		memcpy(&a, desc.p, sizeof(a));
		if (a.a_type == AT_PHDR)
			n->at_phdr = a.a_un.a_val;
		else if (a.a_type == AT_PHNUM)
			n->at_phnum = a.a_un.a_val;
		else if (a.a_type == AT_RANDOM)
			n->at_random = a.a_un.a_val;
		else if (a.a_type == AT_SYSINFO_EHDR)
			n->at_vdso = a.a_un.a_val;
	}
	return 0;
}

/* "count, page size, {start, end, offset in pages}..." and the names (fs/binfmt_elf.c
 * fill_files_note). */
static int take_row(struct core_row *row, const char *at, uint64_t page, struct text *names)
{
	const char *end = memchr(names->p, '\0', names->n);
	uint64_t v[3];

	memcpy(v, at, sizeof(v));
	if (!end || end - names->p > 2 * PATH_MAX || v[0] >= v[1] ||
	    __builtin_mul_overflow(v[2], page, &row->offset))
		return -EPROTO;
	row->start = v[0];
	row->end = v[1];
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct core_row *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static int take_files(struct core_notes *n, struct text desc)
{
	const size_t row_size = 3 * sizeof(uint64_t);
	struct text names;
	uint64_t head[2];

	if (n->row || desc.n < sizeof(head))
		return n->row ? 0 : -EPROTO;
	memcpy(head, desc.p, sizeof(head));
	/* Each row has at least the NUL of its name. */
	if (head[0] > (desc.n - sizeof(head)) / (row_size + 1) || head[0] > CORE_SEGMENTS_MAX ||
	    head[1] == 0 || head[1] > PAGE_MAX)
		return -EPROTO;
	n->row = calloc(head[0] + 1, sizeof(*n->row));
	n->name = calloc(head[0] + 1, sizeof(*n->name));
	if (!n->row || !n->name)
		return -ENOMEM;
	desc = text_of(desc.p + sizeof(head), desc.n - sizeof(head));
	names = text_of(desc.p + head[0] * row_size, desc.n - head[0] * row_size);
	for (uint32_t i = 0; i < head[0]; i++) {
		struct core_row *row = &n->row[i];
		const int err = take_row(row, desc.p + i * row_size, head[1], &names);
		size_t length;

		if (err < 0)
			return err;
		/* The mappings of one file follow each other. */
		if (n->names == 0 || strcmp(n->name[n->names - 1], names.p) != 0)
			n->name[n->names++] = names.p;
		row->name = n->names - 1;
		length = strlen(names.p) + 1;
		names = text_of(names.p + length, names.n - length);
		n->rows++;
	}
	qsort(n->row, n->rows, sizeof(*n->row), by_start);
	n->info.names_known = true;
	return 0;
}

static const struct note_reader {
	const char *name;
	uint32_t type;
	int (*take)(struct core_notes *n, struct text desc);
} readers[] = {
	{ "CORE", NT_PRSTATUS, take_thread }, { "LINUX", NT_X86_XSTATE, take_xstate },
	{ "CORE", NT_PRPSINFO, take_psinfo }, { "CORE", NT_AUXV, take_auxv },
	{ "CORE", NT_FILE, take_files },
};

static int take_note(struct core_notes *n, const struct elf_note *note)
{
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		if (note->type == readers[i].type && text_is(note->name, readers[i].name))
			return readers[i].take(n, note->desc);
	}
	return 0;
}

/* The leader goes first: its stack pointer and TLS are the ones that are asked for. */
static void leader_first(struct core_notes *n)
{
	for (uint32_t i = 1; i < n->threads; i++) {
		if (n->thread[i].tid != n->info.pid)
			continue;
		const struct image_thread leader = n->thread[i];

		memmove(n->thread + 1, n->thread, i * sizeof(*n->thread));
		n->thread[0] = leader;
		return;
	}
}

int core_notes_parse(struct core_notes *n, const char *path, struct fault *f)
{
	struct text rest = text_of(n->bytes, n->length);
	struct elf_note note;

	while (elf_note_next(&rest, &note)) {
		const int err = take_note(n, &note);

		if (err == -EPROTO)
			return fault_set(f, err, "'%s': note type 0x%x contradicts itself", path,
					 note.type);
		if (err < 0)
			return fault_errno(f, err, "the notes of '%s'", path);
	}
	leader_first(n);
	return 0;
}

const struct core_row *core_notes_row(const struct core_notes *n, uint64_t address)
{
	const size_t after = UPPER_BOUND(n->row, n->rows, start, address);

	return after && n->row[after - 1].end > address ? &n->row[after - 1] : NULL;
}
