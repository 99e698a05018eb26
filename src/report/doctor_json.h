/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `doctor` as JSON: the keys of docs/DOCTOR.md. */
#pragma once

#include "report/doctor_view.h"
#include "report/json.h"

/* NULL when memory is short. */
json_t *doctor_json(const struct doctor_view *v) _must_check_ _nonnull_all_;
