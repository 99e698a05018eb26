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

/*
 * *ret: `count` groups for free(), of which class, size, loss, indirect, shape, type and suppressed
 * are filled. -EPROTO with *f naming what is wrong where: no JSON, another schema, a group without
 * one of its keys. -E2BIG: more groups than SCAN_JSON_GROUPS_MAX. -ENOMEM.
 */
int scan_json_parse(const char *buf, size_t len, struct loss_group **ret, uint32_t *ret_count,
		    struct fault *f) _must_check_ _nonnull_(1, 3, 4);
/* -EFBIG: the file is larger than SCAN_JSON_FILE_MAX. */
int scan_json_read(const char *path, struct loss_group **ret, uint32_t *ret_count,
		   struct fault *f) _must_check_ _nonnull_all_;
