/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pictures and tables of explain's page. */
#pragma once

#include "report/explain_view.h"

void explain_html_memory(FILE *out, const struct explain_view *v) _nonnull_all_;
void explain_html_zones(FILE *out, const struct explain_view *v) _nonnull_all_;
void explain_html_tasks(FILE *out, const struct explain_view *v, uint32_t top) _nonnull_all_;
/* Nothing when there was only one report; `shown` reports, from the first, are on the page. */
void explain_html_storms(FILE *out, const struct explain_end *e, uint32_t shown) _nonnull_all_;
