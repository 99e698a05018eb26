/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The blocks that target.c has, as test-glibc.c reads them in its memory. */
#pragma once

#include <stdint.h>

#define BOOK_BLOCKS 100000
#define BOOK_THREADS 4
#define BOOK_SLOTS 5000

/* Added to the addresses, or the book would be what knows the blocks. */
#define BOOK_HIDE UINT64_C(0x5500000000000000)

enum book_fate {
	FATE_ANY = 0,
	FATE_REACHED, /* some root leads to it */
	FATE_LOST,
};

struct book_block {
	uint64_t address, size; /* address 0: none */
	enum book_fate fate;
};

struct book {
	uint32_t blocks;
	uint32_t threads, ended_threads; /* besides main */
	uint32_t flight[BOOK_THREADS];	 /* 1 + slot that malloc has just now */
	struct book_block block[BOOK_BLOCKS];
};
