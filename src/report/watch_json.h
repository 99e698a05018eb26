/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `watch --json`: schema bulkhead.watch/1, see docs/WATCH.md. */
#pragma once

#include "report/json.h"
#include "report/watch_view.h"

/* The whole object, or NULL when memory is short. */
json_t *watch_json(const struct watch_view *v) _must_check_ _nonnull_all_;
