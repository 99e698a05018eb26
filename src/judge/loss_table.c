/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/loss_table.h"

#include <errno.h>
#include <stdlib.h>

#include "judge/loss_shape.h"

void loss_table_release(struct loss_table *t)
{
	free(t->entry);
	free(t->by_key.slot);
	free(t->name);
	free(t->by_name.slot);
	free(t->vtable);
	free(t->by_vtable.slot);
	*t = (struct loss_table){ 0 };
}

/* Stafford's variant 13 of the finalizer of MurmurHash3. */
static uint64_t mix(uint64_t h)
{
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 31;
}

static uint64_t hash_key(const void *table, uint64_t i)
{
	const struct loss_key *k = &((const struct loss_table *)table)->entry[i].key;

	return mix(k->size ^ mix((uint64_t)k->class << 32 ^ k->type ^
				 mix(load_word((const uint8_t *)k->shape))));
}

static uint64_t hash_name(const void *table, uint64_t i)
{
	uint64_t h = 0;

	for (const char *p = ((const struct loss_table *)table)->name[i]; *p; p++)
		h = mix(h ^ (uint8_t)*p);
	return h;
}

static uint64_t hash_vtable(const void *table, uint64_t i)
{
	return mix(((const struct loss_table *)table)->vtable[i].vtable);
}

static bool same_key(const void *table, uint64_t i, uint64_t k)
{
	const struct loss_entry *e = ((const struct loss_table *)table)->entry;

	return memcmp(&e[i].key, &e[k].key, sizeof(e->key)) == 0;
}

static bool same_name(const void *table, uint64_t i, uint64_t k)
{
	const struct loss_table *t = table;

	return strcmp(t->name[i], t->name[k]) == 0;
}

static bool same_vtable(const void *table, uint64_t i, uint64_t k)
{
	const struct type_of *v = ((const struct loss_table *)table)->vtable;

	return v[i].vtable == v[k].vtable;
}

struct hash_kind {
	uint64_t (*hash)(const void *table, uint64_t i);
	bool (*same)(const void *table, uint64_t i, uint64_t k);
};
static const struct hash_kind keys = { hash_key, same_key };
static const struct hash_kind names = { hash_name, same_name };
static const struct hash_kind vtables = { hash_vtable, same_vtable };

static bool grow_slots(const struct loss_table *t, struct hash_slots *s, const struct hash_kind *k)
{
	const uint64_t room = s->room ? 2 * s->room : 256;
	uint32_t *slot;

	if (2 * (s->used + 1) <= s->room)
		return true;
	if (s->used + 1 >= UINT32_MAX)
		return false;
	slot = calloc(room, sizeof(*slot));
	if (!slot)
		return false;
	for (uint64_t i = 0; i < s->used; i++) {
		uint64_t at = k->hash(t, i) % room;

		while (slot[at])
			at = (at + 1) % room;
		slot[at] = (uint32_t)i + 1;
	}
	free(s->slot);
	s->slot = slot;
	s->room = room;
	return true;
}

/* Item `s->used` has been filled in for trial: the index of its like, or its own when there is none
 * (then it stays). UINT64_MAX: memory is short. */
static uint64_t intern(const struct loss_table *t, struct hash_slots *s, const struct hash_kind *k)
{
	const uint64_t trial = s->used;
	uint64_t at;

	if (!grow_slots(t, s, k))
		return UINT64_MAX;
	for (at = k->hash(t, trial) % s->room; s->slot[at]; at = (at + 1) % s->room)
		if (k->same(t, s->slot[at] - 1, trial))
			return s->slot[at] - 1;
	s->slot[at] = (uint32_t)++s->used;
	return trial;
}

/* The list with room for one more behind the `n` that are there; NULL: memory is short. */
static void *with_room(void *list, size_t size, uint64_t n, uint64_t *room)
{
	const uint64_t more = *room ? 2 * *room : 64;
	void *p;

	if (n < *room)
		return list;
	p = reallocarray(list, more, size);
	if (p)
		*room = more;
	return p;
}

/* 0: none; UINT32_MAX: memory is short. */
static uint32_t ask_type(struct loss_table *t, uint64_t vtable)
{
	char(*p)[LOSS_TYPE_SIZE];
	uint64_t i;

	p = with_room(t->name, sizeof(*t->name), t->by_name.used, &t->name_room);
	if (!p)
		return UINT32_MAX;
	t->name = p;
	if (!t->o->type_name(t->o->context, vtable, t->name[t->by_name.used], LOSS_TYPE_SIZE))
		return 0;
	t->name[t->by_name.used][LOSS_TYPE_SIZE - 1] = '\0';
	if (t->name[t->by_name.used][0] == '\0')
		return 0;
	i = intern(t, &t->by_name, &names);
	return i == UINT64_MAX ? UINT32_MAX : (uint32_t)i + 1;
}

static uint32_t type_at(struct loss_table *t, uint64_t vtable)
{
	const uint64_t trial = t->by_vtable.used;
	struct type_of *p;
	uint64_t i;

	p = with_room(t->vtable, sizeof(*t->vtable), trial, &t->vtable_room);
	if (!p)
		return UINT32_MAX;
	t->vtable = p;
	t->vtable[trial] = (struct type_of){ .vtable = vtable };
	i = intern(t, &t->by_vtable, &vtables);
	if (i == UINT64_MAX)
		return UINT32_MAX;
	if (i == trial)
		t->vtable[i].type = ask_type(t, vtable);
	return t->vtable[i].type;
}

struct loss_entry *loss_table_find(struct loss_table *t, const struct heap_block *b,
				   enum loss_class class)
{
	const struct heap_area *a = &t->heap->area[b->area];
	const uint8_t *copy = a->copy + (b->address - a->start);
	const uint64_t trial = t->by_key.used;
	struct loss_entry *e, *p;
	struct loss_shape shape;
	uint64_t i;

	p = with_room(t->entry, sizeof(*t->entry), trial, &t->entry_room);
	if (!p)
		return NULL;
	t->entry = p;
	loss_shape_of(t->image, &t->reach->index, copy, b->size, &shape);
	e = &t->entry[trial];
	*e = (struct loss_entry){ .key = { .size = b->size, .class = class }, .first = copy };
	for (uint32_t c = 0; t->o->type_name && c < shape.candidates && !e->key.type; c++) {
		e->key.type = type_at(t, shape.candidate[c]);
		e->vtable = shape.candidate[c];
	}
	if (e->key.type == UINT32_MAX)
		return NULL;
	if (!e->key.type) {
		e->vtable = 0;
		memcpy(e->key.shape, shape.look, sizeof(e->key.shape));
	}
	memcpy(e->shape, shape.look, sizeof(e->shape));
	i = intern(t, &t->by_key, &keys);
	return i == UINT64_MAX ? NULL : &t->entry[i];
}
