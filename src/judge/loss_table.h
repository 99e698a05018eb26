/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups of lost blocks while they are counted, found by a hash. Internal to the room. */
#pragma once

#include "judge/loss_groups.h"
#include "judge/reach_phases.h"

struct loss_key {
	uint64_t size;
	uint32_t class; /* enum loss_class */
	uint32_t type;	/* 1 + index of its name; 0: not known, and the shape tells */
	char shape[LOSS_SHAPE_WORDS];
};

/* The most frequent sizes of holders (Misra and Gries): what has more than a fifth is among them,
 * counted at most a fifth too low. */
#define HOLDER_SIZES 4
struct holder_size {
	uint64_t size, count;
};

struct loss_entry {
	struct loss_key key;
	struct loss loss, indirect;
	uint64_t vtable;
	char shape[LOSS_SHAPE_WORDS + 1]; /* of its first block */
	const uint8_t *first;		  /* copy of the first block */
	uint64_t address[LOSS_ADDRESSES];
	uint32_t addresses;
	uint64_t holders[HOLDER_LOST + 1]; /* blocks, by enum last_holder */
	struct holder_size freed[HOLDER_SIZES], lost[HOLDER_SIZES];
};

/* Open addressing: 1 + index, 0 for none. */
struct hash_slots {
	uint32_t *slot;
	uint64_t room; /* a power of two, 0 at first */
	uint64_t used;
};

/* A vtable's type, asked for once. */
struct type_of {
	uint64_t vtable;
	uint32_t type;
};

struct loss_table {
	const struct memory_image *image;
	const struct heap *heap;
	const struct reach *reach;
	const struct loss_group_options *o;
	struct loss_entry *entry;
	uint64_t entry_room; /* by_key.used are there */
	struct hash_slots by_key;
	char (*name)[LOSS_TYPE_SIZE];
	uint64_t name_room;
	struct hash_slots by_name;
	struct type_of *vtable;
	uint64_t vtable_room;
	struct hash_slots by_vtable;
};

void loss_table_release(struct loss_table *t) _nonnull_all_;

/* The group that the block belongs to, made when it is not there. NULL: memory is short. */
struct loss_entry *loss_table_find(struct loss_table *t, const struct heap_block *b,
				   enum loss_class class) _nonnull_all_;

/* Where pointers to definite and possible blocks stand that no root leads to. -ENOMEM. */
int loss_holders(struct loss_table *t, const struct roots *roots) _must_check_ _nonnull_all_;
