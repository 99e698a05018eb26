/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where /proc and /sys are: the live system, or a captured tree (`--root DIR`, made by
 * tools/capture-root). Nothing else opens a path below /proc or /sys.
 */
#pragma once

#include <stdbool.h>

#include "base/fault.h"
#include "base/macro.h"

struct root {
	int proc;  /* directory descriptor of proc */
	int sys;   /* directory descriptor of sys, -1 when the tree has none */
	int top;   /* of the tree itself ("/" when live), for etc, boot, usr/lib and run */
	bool live; /* the running system, not a captured tree */
};

#define ROOT_CLOSED ((struct root){ .proc = -1, .sys = -1, .top = -1 })

/*
 * Opens the live system (dir NULL) or DIR/proc and DIR/sys. A missing proc is -ENOENT with a
 * fault naming it; a missing sys is allowed. root_close accepts a closed root.
 */
int root_open(const char *dir, struct root *ret, struct fault *f) _must_check_ _nonnull_(2);
void root_close(struct root *r) _nonnull_all_;
#define _cleanup_root_ _cleanup_(root_close)
