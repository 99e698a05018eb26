/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Harmless or dangerous: what valgrind does not say. Pure.
 *
 * none       nothing is lost, and what is held does not grow.
 * harmless   blocks are lost, but the process ended by itself: the kernel took its whole address
 *            space back (mm/mmap.c exit_mmap). Or it goes on, but what is lost is small and does
 * not grow. dangerous  it is long-lived by nature (it still runs, or was ended from outside, or
 * lived longer than HARM_LONG_SECONDS) and what it holds grew over its life: by the growth judge,
 * or because the lost bytes are HARM_LOST_BYTES or more, which were held at some time and never
 * will be used or given back.
 */
#pragma once

#include "base/macro.h"
#include "judge/track.h"
#include "model/leak.h"

#define HARM_LONG_SECONDS 600.0
#define HARM_LOST_BYTES (UINT64_C(1) << 20)

struct harm_case {
	struct loss total[LOSS_CLASSES];
	double lifetime_seconds; /* NAN: not known */
	bool ended;		 /* the process is over */
	int signal; /* that ended it from outside (TERM, INT, KILL, HUP...), 0: by itself */
	/* What it held (anon + swap) at the first and at the last sample. */
	struct opt_u64 held_first_bytes, held_last_bytes;
	double held_seconds;	      /* between the two */
	const struct verdict *growth; /* NULL: not judged */
};

void harm_judge(const struct harm_case *c, struct harm_verdict *ret) _nonnull_all_;
