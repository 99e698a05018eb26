/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A leak report as JSON: the keys that scan and check share; see cli.md. */
#pragma once

#include <jansson.h>

#include "model/leak.h"

/* Puts summary, groups, pause_seconds, quality, allocator, ... into the object. False: no memory.
 */
bool leak_json(json_t *object, const struct leak_report *r) _must_check_ _nonnull_all_;
