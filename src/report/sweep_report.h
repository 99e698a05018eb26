/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `storm simulate` as text, JSON and a chart. */
#pragma once

#include <stdio.h>

#include "judge/storm_sweep.h"
#include "report/json.h"

/* 0, or -EIO when the stream failed. */
int sweep_text(FILE *out, const struct sweep_panel *panel,
	       uint32_t count) _must_check_ _nonnull_all_;

/* The whole object: simulated[], a value a point. */
json_t *sweep_json(const struct sweep_panel *panel, uint32_t count) _must_check_ _nonnull_all_;

/* A page of panels with logarithmic axes: the longest stall. Self-contained: no script, no font. */
int sweep_svg(FILE *out, const struct sweep_panel *panel,
	      uint32_t count) _must_check_ _nonnull_all_;
