/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Harmless or dangerous: what valgrind does not say. Pure.
 *
 * Lost are definitely, indirectly and possibly lost bytes, surely lost the first two. A process is
 * long-lived by nature when it still runs, was ended from outside, or lived for HARM_LONG_SECONDS.
 *
 * dangerous  long-lived by nature, and one of:
 *            - HARM_LOST_BYTES or more are surely lost, and it did not end by itself: they will
 *              never be used again nor given back;
 *            - what it holds grew by HARM_GROWTH_BYTES or more after it had settled, and at least
 *              half as much is lost: it leaks on;
 *            - the growth judge says leaking or suspect.
 * unknown    none of these, but HARM_LOST_BYTES or more are possibly lost, and it did not end by
 *            itself. Of programs that lose nothing, that is how PHP's hash tables (1.6 MiB in an
 *            idle loop), Rust's, Python's objects and the pages of sqlite3 look: all pointers to
 *            them lead to their inside.
 * harmless   bytes are lost, or HARM_LOST_BYTES or more are still held at its end, but none of the
 *            above: it ended by itself and the kernel took its whole address space back
 *            (mm/mmap.c exit_mmap), or what is lost is small and does not grow.
 * none       nothing is lost, and little is held at its end.
 */
#pragma once

#include "base/macro.h"
#include "judge/track.h"
#include "model/leak.h"

#define HARM_LONG_SECONDS 600.0
#define HARM_LOST_BYTES (UINT64_C(1) << 20)
/* Eight pages: what RssAnon tells exactly on kernels that sum its counters (6.17). */
#define HARM_GROWTH_BYTES (UINT64_C(32) << 10)

struct harm_case {
	struct loss total[LOSS_CLASSES];
	bool losses_unknown;	 /* the blocks could not be enumerated: only growth counts */
	double lifetime_seconds; /* NAN: not known */
	bool ended;		 /* the process is over */
	int signal; /* that ended it from outside (TERM, INT, KILL, HUP...), 0: by itself */
	int crash;  /* a signal of its own (SEGV, ABRT) that ended it, 0: it called exit */
	/*
	 * What it held (anon + swap) when it had settled, after a quarter of its life say, and at
	 * the last sample.
	 */
	struct opt_u64 held_first_bytes, held_last_bytes;
	double held_seconds;	      /* between the two */
	const struct verdict *growth; /* NULL: not judged */
};

/*
 * The reasons decide first to last. With losses_unknown and no growth the verdict is HARM_NONE with
 * no reason: nothing can be said.
 */
void harm_judge(const struct harm_case *c, struct harm_verdict *ret) _nonnull_all_;
