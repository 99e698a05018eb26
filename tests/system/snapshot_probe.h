/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What snapshot-target tells test-snapshot, in memory that both have mapped. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define PROBE_FD 9

struct probe {
	_Atomic uint64_t ready;
	_Atomic uint64_t errors;	 /* a register, errno or byte was not what it had been */
	_Atomic uint64_t sent, received; /* queued real-time signals */
	_Atomic uint64_t vector_loops, errno_loops, pipe_bytes, malloc_loops, threads_made;
	_Atomic uint64_t woken;		     /* a blocked call that must not return did */
	_Atomic uint64_t epoll_eintr;	     /* the one that does, and may */
	_Atomic uint64_t sleep_usec, sleeps; /* how long a nanosleep of SLEEP_SECONDS took */
	_Atomic uint64_t gap_usec;	     /* longest between two turns of a loop */
	_Atomic uint64_t gap_loops;
	uint64_t data, data_len, data_sum; /* a block of the heap, and the sum of its words */
};

#define SLEEP_SECONDS 3
