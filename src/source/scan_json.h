/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an earlier `scan --json` or `check --json` found, for `--diff`. The file may have been
 * written by anybody: its size, the number of groups and the length of each text are bounded, and
 * what does not fit is refused, never cut.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"
#include "model/leak.h"

#define SCAN_JSON_FILE_MAX ((size_t)64 << 20)
#define SCAN_JSON_GROUPS_MAX 65536

struct scan_json {
	struct loss_group *group; /* class, size, loss, indirect, shape, type, suppressed */
	uint32_t groups;
	uint64_t groups_left_out; /* a group that is new now may have been among them */
};
/* All empty; scan_json_release accepts it. */
#define SCAN_JSON_NONE ((struct scan_json){ 0 })
void scan_json_release(struct scan_json *s) _nonnull_all_;
#define _cleanup_scan_json_ _cleanup_(scan_json_release)

/*
 * -EPROTO with *f naming what is wrong where: no JSON, another schema, a group without one of its
 * keys. -E2BIG: more groups than SCAN_JSON_GROUPS_MAX. -ENOMEM.
 */
int scan_json_parse(const char *buf, size_t len, struct scan_json *ret,
		    struct fault *f) _must_check_ _nonnull_(1, 3);
int scan_json_read(const char *path, struct scan_json *ret,
		   struct fault *f) _must_check_ _nonnull_all_;
