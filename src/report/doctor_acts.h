/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `doctor --fix` and `--undo` did, or would do: a line a file. */
#pragma once

#include <stdio.h>

#include "report/doctor_view.h"
#include "report/json.h"

/* 0, or -EIO when the stream failed. */
int doctor_acts_text(FILE *out, const struct doctor_view *v) _must_check_ _nonnull_all_;
json_t *doctor_acts_json(const struct acts *acts) _must_check_ _nonnull_all_;
