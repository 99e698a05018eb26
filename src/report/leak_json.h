/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leak report as JSON: the keys that scan and check share. Unknown is null: the four classes
 * when the blocks could not be enumerated, `pause_seconds` of a core, `harm` when nothing
 * can be said. Addresses are strings. source/scan_json.h reads `groups` back.
 */
#pragma once

#include <jansson.h>

#include "model/leak.h"

/*
 * Puts pid, comm, summary, harm, harm_reasons, lifetime_seconds, groups, groups_left_out, roots,
 * diff, pause_seconds, method, method_reason, cost, quality, allocator, allocator_detail and
 * regions into the object. False: no memory.
 */
bool leak_json(json_t *object, const struct leak_report *r) _must_check_ _nonnull_all_;
