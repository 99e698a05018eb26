/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results for a person: a line a run, below a heading. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "base/macro.h"

/* One object of a session's events, in their order. */
void table_print(FILE *out, const json_t *event) _nonnull_all_;
