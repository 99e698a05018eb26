/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a configuration spread over drop-in directories, in the order in which they count:
 * by name over all directories, a name in an earlier directory masking the same one in a later one
 * (sysctl.d(5), journald.conf(5)).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

#define CONF_FILES_MAX 128
#define CONF_PATH_SIZE 256

struct conf_files {
	char path[CONF_FILES_MAX][CONF_PATH_SIZE]; /* as the directories are given, and the name */
	uint32_t count;
	bool cut; /* there are more, ones with longer names, or a directory that cannot be listed */
};

/*
 * The *.conf of the directories, which are opened relative to dirfd. A directory that is not there
 * has none. May allocate.
 */
void conf_files_list(int dirfd, const char *const *directory, size_t count,
		     struct conf_files *ret) _nonnull_all_;
