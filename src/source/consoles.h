/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The consoles of the machine: /proc/consoles, the kernel command line and the ttys, merged.
 * Reading /proc/consoles takes console_lock, which is held for as long as a slow console prints:
 * live it is read in a child with a deadline, or not at all.
 */
#pragma once

#include "base/root.h"
#include "model/console.h"
#include "source/cmdline.h"
#include "source/console_driver.h"

/*
 * /proc/consoles (fs/proc/consoles.c), in the kernel's order. Fills names and flags, and
 * .registered. -EPROTO: a line without "-W- (flags)". Flags that we do not know are passed over;
 * where no line has an E, all are enabled.
 */
int consoles_parse(const char *buf, size_t len,
		   struct console_list *ret) _must_check_ _nonnull_all_;

/*
 * Pure: joins what the command line names (NULL: unreadable) with what is registered. *list holds
 * what consoles_parse gave, or is empty with .registered and .why saying that the file was not
 * read. Consoles that only the command line names come last; of several of one driver only the
 * first is taken (.driver_taken of source/cmdline.h), the others are ABSENT whatever was read.
 * Kinds, speeds of the command line and the drivers' defaults are filled in; an unknown speed or
 * driver says why.
 */
void consoles_merge(struct console_list *list, const struct cmdline *cmdline) _nonnull_(1);

/*
 * Asking a live tty opens it, and closing it again as the last user lowers DTR on most lines. So
 * one whose speed the command line gives is asked only when `held` says that somebody has it open,
 * who may have changed the speed.
 */
struct held_ttys {
	const uint32_t *tty; /* device numbers as in proc_stat.h */
	uint32_t count;
};

/*
 * All of it. deadline_seconds bounds all questions to the kernel that may hang, together; once one
 * had no answer no tty is asked. 0: ask none of them. Never an error: what did not answer is
 * unknown, and says why.
 */
void consoles_read(const struct root *root, const struct cmdline *cmdline,
		   const struct held_ttys *held, double deadline_seconds, struct console_list *ret)
	_nonnull_(1, 3, 5);
