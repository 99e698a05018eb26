/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One producer, many consumers: the way of an OOM report on this machine, from the OOM killer
 * through the ring buffer to the log daemons and the consoles, with what each takes and how long.
 */
#pragma once

#include "report/doctor_view.h"
#include "report/style.h"

/* Lines of at most style->width columns (0: not broken). */
void doctor_picture(struct strbuf *s, const struct style *style,
		    const struct doctor_view *v) _nonnull_all_;
