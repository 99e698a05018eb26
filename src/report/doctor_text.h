/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `doctor` as text: a summary for a tired operator, the picture, the findings, what is not known.
 */
#pragma once

#include <stdio.h>

#include "report/doctor_view.h"
#include "report/style.h"

/* 0, or -EIO when the stream failed. */
int doctor_text(FILE *out, const struct style *style,
		const struct doctor_view *v) _must_check_ _nonnull_all_;
