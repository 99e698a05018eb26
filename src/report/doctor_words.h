/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentences of doctor: what a finding means, its remedy, and what the remedy loses. */
#pragma once

#include "base/strbuf.h"
#include "model/finding.h"

void finding_describe(struct strbuf *s, const struct finding *f) _nonnull_all_;
/* The remedy in words, commands included. */
void finding_remedy(struct strbuf *s, const struct finding *f,
		    const struct diagnosis *d) _nonnull_all_;
void finding_loses(struct strbuf *s, const struct finding *f,
		   const struct diagnosis *d) _nonnull_all_;
void unknown_describe(struct strbuf *s, const struct unknown *u) _nonnull_all_;

/* What a console no longer shows of a report below this console_loglevel. */
const char *loglevel_loses(uint64_t level);
