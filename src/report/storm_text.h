/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `storm predict` as text for people. */
#pragma once

#include <stdio.h>

#include "report/storm_view.h"

/* 0, or -EIO when the stream failed. */
int storm_text(FILE *out, const struct storm_view *v) _must_check_ _nonnull_all_;
