/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The raw texts of a session, for --keep. File names hold the number and the name of the run. */
#pragma once

#include "base/fault.h"
#include "base/macro.h"
#include "compare.h"
#include "console.h"
#include "record.h"

/*
 * NN-NAME.kmsg: the records as `dmesg` would print them with their level ("<4>[    1.234567]
 * text"). NN-NAME.console: the bytes of the run on the wire. Puts the first one's path into
 * kmsg_file.
 */
int keep_run(const char *dir, int32_t number, const char *name, const struct records *r,
	     const struct wire *wire, char *kmsg_file, size_t size,
	     struct fault *f) _must_check_ _nonnull_all_;

/*
 * console.txt: everything that came over the wire; of a boot that is made once more (its number
 * from 1) console-boot1.txt. 0: the last boot.
 */
int keep_console(const char *dir, int failed_boot,
		 const struct console *c) _must_check_ _nonnull_all_;
