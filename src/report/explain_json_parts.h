/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of a report's JSON. New references; NULL only when memory is short. */
#pragma once

#include "report/explain_view.h"
#include "report/json.h"

json_t *explain_text_json(const char *hostile) _must_check_ _nonnull_all_;
json_t *explain_signed_json(struct opt_i64 o) _must_check_;
/* "A|B" as ["A", "B"]; null when not known. */
json_t *explain_flags_json(const char *flags) _must_check_ _nonnull_all_;
json_t *explain_memory_json(const struct explain_view *v) _must_check_ _nonnull_all_;
json_t *explain_badness_json(const struct explain_view *v) _must_check_ _nonnull_all_;
json_t *explain_failure_json(const struct explain_view *v) _must_check_ _nonnull_all_;
json_t *explain_missing_json(const struct oom_report *r) _must_check_ _nonnull_all_;
json_t *explain_reasons_json(const struct oom_story *t) _must_check_ _nonnull_all_;
json_t *explain_advice_json(const struct oom_story *t) _must_check_ _nonnull_all_;
/* null when no cgroup block is in the text. */
json_t *explain_memcg_json(const struct oom_memcg *m) _must_check_ _nonnull_all_;
/* What came instead of a kill, or with it. */
json_t *explain_outcome_json(const struct oom_report *r) _must_check_ _nonnull_all_;
/* When, on which host, and where in which input. */
json_t *explain_where_json(const struct explain_view *v) _must_check_ _nonnull_all_;
