/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The blocks that target.c has, as test-glibc.c reads them in its memory. */
#pragma once

#include <stdint.h>

#define BOOK_BLOCKS 100000
#define BOOK_THREADS 4
#define BOOK_SLOTS 5000

struct book_block {
	uint64_t address, size; /* address 0: none */
};

struct book {
	uint32_t blocks;
	uint32_t threads, ended_threads; /* besides main */
	uint32_t flight[BOOK_THREADS];	 /* 1 + slot that malloc has just now */
	struct book_block block[BOOK_BLOCKS];
};
