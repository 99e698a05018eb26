/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/cxx_type.h"

#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "source/demangle.h"

#define VTABLE_MAX_CHECK 20 /* as valgrind */
#define SLOTS_LOG2 16
#define NAME_SLOTS_LOG2 12
#define NAME_SIZE 160
/* A class is no larger; what a vtable of a base subobject holds in offset-to-top. */
#define OFFSET_MAX (INT64_C(1) << 40)

/*
 * Direct-mapped: a heap asks for few vtables a million times each, and hostile memory for a million
 * others, which then only cost time. A vtable slot is the address, which is aligned, and the answer
 * in its low bits: read and written in one piece, without a lock.
 */
#define ANSWER_KNOWN 1
#define ANSWER_YES 2

struct name_slot {
	uint64_t vtable;      /* 0: free */
	char name[NAME_SIZE]; /* "" : it has none */
};

struct cxx_types {
	const struct memory_image *image;
	pthread_mutex_t lock; /* of name, and around .peek */
	_Atomic uint64_t vtable[1 << SLOTS_LOG2];
	struct name_slot name[1 << NAME_SLOTS_LOG2];
};

struct cxx_types *cxx_types_new(const struct memory_image *image)
{
	struct cxx_types *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->image = image;
	(void)pthread_mutex_init(&t->lock, NULL);
	return t;
}

void cxx_types_free(struct cxx_types *t)
{
	if (!t)
		return;
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

static size_t slot_of(uint64_t address, unsigned log2)
{
	/* Fibonacci hashing: Knuth, vol. 3, 6.4. */
	return (size_t)((address >> 3) * UINT64_C(11400714819323198485) >> (64 - log2));
}

static bool is_file(const struct mapping *m)
{
	return m && m->inode != 0 && !(m->flags & MAPPING_DEVICE);
}

static const struct mapping *file_mapping(const struct cxx_types *t, uint64_t address,
					  uint32_t flag)
{
	const struct mapping *m = image_find(t->image, address);

	return is_file(m) && m->flags & flag ? m : NULL;
}

static bool find_vtable(const struct cxx_types *t, uint64_t address)
{
	const struct mapping *m = file_mapping(t, address, MAPPING_READ);
	uint64_t word[VTABLE_MAX_CHECK];
	uint64_t words, functions = 0;

	if (!m || m->flags & MAPPING_SHARED)
		return false;
	words = MIN((m->end - address) / IMAGE_WORD, (uint64_t)VTABLE_MAX_CHECK);
	if (image_read(t->image, address, word, words * IMAGE_WORD) < 0)
		return false;
	for (uint64_t i = 0; i < words; i++) {
		if (word[i] == 0)
			continue;
		if (!file_mapping(t, word[i], MAPPING_EXEC))
			return false;
		if (++functions == 2)
			return true;
	}
	return false;
}

bool cxx_is_vtable(void *types, uint64_t address)
{
	struct cxx_types *t = types;
	_Atomic uint64_t *slot = &t->vtable[slot_of(address, SLOTS_LOG2)];
	uint64_t seen;
	bool yes;

	if (address % IMAGE_WORD != 0 || address < IMAGE_PAGE)
		return false;
	seen = atomic_load_explicit(slot, memory_order_relaxed);
	if ((seen & ANSWER_KNOWN) && (seen & ~UINT64_C(7)) == address)
		return seen & ANSWER_YES;
	/* Most of what is asked: numbers, and pointers to the heap. No lock, and no slot, for
	 * those. */
	if (!file_mapping(t, address, MAPPING_READ))
		return false;
	(void)pthread_mutex_lock(&t->lock);
	yes = find_vtable(t, address);
	(void)pthread_mutex_unlock(&t->lock);
	atomic_store_explicit(slot, address | ANSWER_KNOWN | (yes ? ANSWER_YES : 0),
			      memory_order_relaxed);
	return yes;
}

/* A NUL-terminated text of a file mapping, or false. `buf` has DEMANGLE_LENGTH_MAX + 1 bytes. */
static bool read_text(const struct cxx_types *t, uint64_t address, char *buf)
{
	const struct mapping *m = file_mapping(t, address, MAPPING_READ);
	uint64_t length = 0;

	while (m && length < DEMANGLE_LENGTH_MAX && address + length < m->end) {
		/* To the end of the page: the next one may not be readable. */
		const uint64_t at = address + length;
		const uint64_t page = MIN(IMAGE_PAGE - at % IMAGE_PAGE, m->end - at);
		const uint64_t n = MIN(page, DEMANGLE_LENGTH_MAX - length);

		if (image_read(t->image, at, buf + length, n) < 0)
			return false;
		if (memchr(buf + length, '\0', n))
			return true;
		length += n;
	}
	return false;
}

/* The types that can have a vtable: nested, local, of std, and plain names; bytes above 0x7f are
 * identifiers in UTF-8. */
static bool is_class_name(const char *name)
{
	if (!(*name >= '1' && *name <= '9') && !strchr("NSZ", *name))
		return false;
	for (; *name; name++) {
		const unsigned char c = (unsigned char)*name;

		if (c < 0x80 && !isalnum(c) && c != '_' && c != '.' && c != '$')
			return false;
	}
	return true;
}

/*
 * The type_info that the vtable names: what is before the address point is offset-to-top and its
 * address. 0: none. The vtable itself, and that of the type_info, may lie in .bss: a program's copy
 * of a library's (R_X86_64_COPY).
 */
static uint64_t find_type_info(const struct cxx_types *t, uint64_t vtable)
{
	uint64_t before[2];
	int64_t offset;

	if (vtable % IMAGE_WORD != 0 || vtable < IMAGE_PAGE ||
	    image_read(t->image, vtable - sizeof(before), before, sizeof(before)) < 0)
		return 0;
	offset = (int64_t)before[0];
	if (offset > 0 || offset < -OFFSET_MAX || offset % IMAGE_WORD != 0 ||
	    before[1] % IMAGE_WORD != 0)
		return 0;
	return file_mapping(t, before[1], MAPPING_READ) ? before[1] : 0;
}

static bool find_name(const struct cxx_types *t, uint64_t vtable, char name[NAME_SIZE])
{
	const uint64_t type_info = find_type_info(t, vtable);
	char mangled[DEMANGLE_LENGTH_MAX + 1];
	const char *type = mangled;
	uint64_t word[2];

	if (type_info == 0 || image_read(t->image, type_info, word, sizeof(word)) < 0 ||
	    !image_find(t->image, word[0]) || !read_text(t, word[1], mangled))
		return false;
	/* gcc marks a class of one file with it (gcc/cp/rtti.cc tinfo_name). */
	if (*type == '*')
		type++;
	return is_class_name(type) && demangle(type, name, NAME_SIZE);
}

static bool copy_name(const char *name, char *buf, uint32_t size)
{
	const size_t length = strlen(name);

	if (length == 0)
		return false;
	memcpy(buf, name, MIN(length + 1, (size_t)size));
	if (length >= size)
		memcpy(buf + size - 4, "...", 4);
	return true;
}

bool cxx_type_name(void *types, uint64_t vtable, char *buf, uint32_t size)
{
	struct cxx_types *t = types;
	struct name_slot *slot = &t->name[slot_of(vtable, NAME_SLOTS_LOG2)];
	bool yes;

	if (vtable == 0)
		return false;
	(void)pthread_mutex_lock(&t->lock);
	if (slot->vtable != vtable) {
		if (!find_name(t, vtable, slot->name))
			slot->name[0] = '\0';
		slot->vtable = vtable;
	}
	yes = copy_name(slot->name, buf, size);
	(void)pthread_mutex_unlock(&t->lock);
	return yes;
}
