/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentences of a leak report, the same in text and JSON: reasons, doubts, shapes, allocators.
 */
#pragma once

#include "base/strbuf.h"
#include "model/leak.h"

/* "1,073,741,824": thousands as valgrind prints them. */
void leak_number(struct strbuf *s, uint64_t n) _nonnull_all_;
/* "16 bytes in 1 blocks", always plural, as valgrind. */
void leak_loss(struct strbuf *s, const struct loss *l) _nonnull_all_;

void harm_reason_describe(struct strbuf *s, const struct harm_reason *r) _nonnull_all_;
/* False: blocks are lost, or nobody knows, and nobody judged it: "none" would be wrong. */
bool harm_is_known(const struct leak_report *r) _nonnull_all_;
/* "no leak", "harmless", "dangerous"; "lost blocks" where only their harm is not known, "not known"
 * without a summary. */
const char *harm_headline(const struct leak_report *r) _nonnull_all_;

/* What is wrong, and what to do. */
void scan_doubt_describe(struct strbuf *s, enum scan_doubt doubt,
			 const struct leak_report *r) _nonnull_all_;
/* "arena_busy", ... */
const char *scan_doubt_name(enum scan_doubt doubt);

/* "heap pointer, 2 x zero, text"; nothing for an empty shape. */
void loss_shape_describe(struct strbuf *s, const char *shape) _nonnull_all_;
/* "freed memory", "a dead stack", ... */
const char *last_holder_words(enum last_holder holder);
/* "none", "freed", "dead_stack", "lost". */
const char *last_holder_name(enum last_holder holder);
/* "fork", "copy", "core", "exit", "none". */
const char *snapshot_method_name(enum snapshot_method method);
/* "new", "grew", "same", "shrank", "gone". */
const char *group_change_name(enum group_change change);
/* valgrind's names of the heuristics, by bit number. */
const char *leak_heuristic_name(unsigned int bit);
/* What a person can do whose allocator's blocks cannot be enumerated. */
const char *allocator_advice(enum allocator_kind kind);
