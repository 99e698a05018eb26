/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of a log, as the grammar of OOM reports wants it: the kernel's own text, with what stood
 * before it (time, host, level, caller) taken off and remembered. source/log_frame.h makes them
 * from bytes, source/oom_grammar.h reads them.
 */
#pragma once

#include "base/text.h"
#include "model/oom_report.h"

/* Whose line it is, as far as the prefix says. */
enum log_speaker {
	LOG_SPEAKER_UNKNOWN = 0, /* no prefix, or one that does not say */
	LOG_SPEAKER_KERNEL,
	LOG_SPEAKER_OTHER, /* "dockerd[9931]:", "systemd[1]:": a message of another program */
};

struct log_line {
	struct text
		text; /* without prefix, colour codes, CR and trailing blanks; joined if wrapped */
	struct text origin; /* host: reports of two machines in one log; empty unknown */
	struct oom_stamp stamp;
	struct opt_u64 level;  /* syslog severity 0-7: "<4>", kmsg, "kern.info" */
	struct opt_u64 caller; /* of "[ T123]" or "caller=T123"; CPUs ("C97") with bit 32 set */
	enum log_speaker speaker;
	bool continued; /* a further line of the record before it: no prefix of its own */
	bool repaired;	/* joined from several lines that a mailer or terminal had wrapped */
	uint64_t number, offset; /* first raw line of it in the input, from 1; byte offset */
	uint32_t console_bytes;	 /* as the kernel prints it: "[ 12.345678] " + caller + text + CR LF
				  */
};
