/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an earlier `scan --json` or `check --json` found, for `--diff`. The file may have been
 * written by anybody: its size, the number of groups and the length of each text are bounded, and
 * what does not fit is refused, never cut.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/macro.h"
#include "model/leak.h"

#define SCAN_JSON_FILE_MAX ((size_t)64 << 20)
#define SCAN_JSON_GROUPS_MAX 65536

struct scan_json {
	struct loss_group *group; /* for free() */
	uint32_t count;
	bool reachable; /* --show-reachable: its groups are there, too */
	bool partial; /* groups were left out or suppressed: one that is not there may have been */
};

/*
 * Of each group class, size, loss, indirect, shape, type and suppressed are filled. -EPROTO with *f
 * naming what is wrong where: no JSON, another schema, a group without one of its keys. -E2BIG:
 * more groups than SCAN_JSON_GROUPS_MAX. -ENOMEM.
 */
int scan_json_parse(const char *buf, size_t len, struct scan_json *ret,
		    struct fault *f) _must_check_ _nonnull_(1, 3);
/* -EFBIG: the file is larger than SCAN_JSON_FILE_MAX. */
int scan_json_read(const char *path, struct scan_json *ret,
		   struct fault *f) _must_check_ _nonnull_all_;
