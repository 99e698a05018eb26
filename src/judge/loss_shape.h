/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words of a block look like. Internal to the room. */
#pragma once

#include "judge/reach_index.h"
#include "model/leak.h"
#include "model/memory_image.h"

struct loss_shape {
	char look[LOSS_SHAPE_WORDS + 1]; /* enum word_look, NUL-terminated */
	/* Words that point into mapped files, at multiples of 8: a vtable may stand there. */
	uint64_t candidate[LOSS_SHAPE_WORDS];
	uint32_t candidates;
};

void loss_shape_of(const struct memory_image *image, const struct reach_index *x,
		   const uint8_t *copy, uint64_t size, struct loss_shape *ret) _nonnull_all_;

/* Begins with 4 printable bytes or more. */
bool loss_is_text(const uint8_t *p, uint64_t size) _nonnull_all_;
