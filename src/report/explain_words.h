/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentences of explain: what a verdict, a reason and an advice of the judge mean. */
#pragma once

#include "base/strbuf.h"
#include "report/explain_view.h"

/* "the leaker was killed" */
const char *explain_cause_words(enum oom_cause c);
/* "almost certain", "likely", "possible", "a guess" */
const char *explain_confidence_words(double confidence);
/* "active memory of processes", the legend of a share. */
const char *explain_share_words(enum oom_share s);
/* Which rule of the kernel: "rss + swap + page tables + oom_score_adj (4.17 and later)". */
const char *explain_badness_words(enum oom_badness_rule r);
const char *explain_part_words(enum oom_report_part part);

/* One line each, for the story: who died, of what; who asked; why it was refused; ... */
void explain_headline(struct strbuf *s, const struct explain_view *v) _nonnull_all_;
void explain_asked(struct strbuf *s, const struct explain_view *v) _nonnull_all_;
void explain_refused(struct strbuf *s, const struct explain_view *v) _nonnull_all_;
void explain_killed(struct strbuf *s, const struct explain_view *v) _nonnull_all_;
void explain_verdict(struct strbuf *s, const struct explain_view *v) _nonnull_all_;
/* Nothing when printing did not hurt and `always` is not set, or its time is not known. */
void explain_printing(struct strbuf *s, const struct explain_view *v, bool always) _nonnull_all_;
/* Nothing when the text is whole. */
void explain_missing(struct strbuf *s, const struct explain_view *v) _nonnull_all_;

void explain_reason(struct strbuf *s, const struct oom_reason *r) _nonnull_all_;
/* What to do, and why; then the commands to type, one a line, from explain_advice_command. */
void explain_advice(struct strbuf *s, const struct oom_advice *a) _nonnull_all_;
/* NULL-free: "" when there is nothing to type. Names of the log in it are quoted for a shell. */
void explain_advice_command(struct strbuf *s, const struct oom_advice *a) _nonnull_all_;
