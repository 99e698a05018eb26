/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `storm predict` as JSON (docs/STORM.md has the keys). */
#pragma once

#include "report/json.h"
#include "report/storm_view.h"

/* The value of "predicted"; NULL when memory is short. */
json_t *storm_json_predicted(const struct storm_view *v) _must_check_ _nonnull_all_;
/* The whole object; "measured" is null. */
json_t *storm_json(const struct storm_view *v) _must_check_ _nonnull_all_;
