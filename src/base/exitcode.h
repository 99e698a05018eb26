/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit codes of every command: the contract of docs and scripts. */
#pragma once

enum exitcode {
	EXITCODE_OK = 0,	    /* nothing found, or done */
	EXITCODE_FINDINGS = 1,	    /* a leak, a problem, an OOM */
	EXITCODE_USAGE = 2,	    /* the command line or the configuration is wrong */
	EXITCODE_UNDETERMINED = 3,  /* permission, target gone, unreadable input; says which */
	EXITCODE_ACTION_FAILED = 4, /* an act on the world failed */
};
