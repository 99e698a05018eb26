/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Feeds a fuzz target its seeds and some thousands of mutations of them, the same ones every run:
 * the part of fuzzing that fits into `make test` and needs no clang. An argument is the directory
 * of seeds; without seeds it starts from the empty input.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/macro.h"

#define SEED_CAP (1u << 20)
#define MUTATIONS 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state = 1;

/* xorshift64*: the same numbers on every machine. */
static uint64_t next_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(2685821657736338717);
}

/* A copy of exactly `size` bytes, so that a read past the end hits the sanitizer's red zone. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		abort();
	memcpy(exact, data, size);
	(void)LLVMFuzzerTestOneInput(exact, size);
	free(exact);
}

static size_t mutate(uint8_t *data, size_t size)
{
	static const uint8_t telling[] = { 0, '\n', ' ', ')', '(', '-', '9', 0xff, '\\', ',', '/' };

	for (unsigned edits = 1 + next_random() % 4; edits > 0 && size > 0; edits--) {
		const size_t at = next_random() % size, n = 1 + next_random() % 16;

		switch (next_random() % 4) {
		case 0:
			data[at] = (uint8_t)next_random();
			break;
		case 1:
			data[at] = telling[next_random() % sizeof(telling)];
			break;
		case 2:
			size = at;
			break;
		default:
			memmove(data + at, data + at + MIN(n, size - at),
				size - at - MIN(n, size - at));
			size -= MIN(n, size - at);
		}
	}
	return size;
}

static void run_seed(const uint8_t *seed, size_t size)
{
	static uint8_t work[SEED_CAP];
	/* Long seeds cost more; the bytes fed stay bounded. */
	const unsigned rounds =
		(unsigned)MIN((size_t)MUTATIONS, 64 + ((size_t)64 << 20) / (size + 1));

	feed(seed, size);
	for (unsigned i = 0; i < rounds; i++) {
		memcpy(work, seed, size);
		feed(work, mutate(work, size));
	}
}

int main(int argc, char **argv)
{
	static char seed[SEED_CAP];
	unsigned seeds = 0;
	DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;

	run_seed((const uint8_t *)"", 0);
	for (struct dirent *e; dir && (e = readdir(dir));) {
		size_t len;

		if (e->d_type != DT_REG)
			continue;
		if (file_read_at(dirfd(dir), e->d_name, seed, sizeof(seed), &len) < 0) {
			printf("not ok %u - %s cannot be read whole\n1..%u\n", seeds + 1, e->d_name,
			       seeds + 1);
			return 1;
		}
		run_seed((const uint8_t *)seed, len);
		printf("ok %u - %s\n", ++seeds, e->d_name);
		(void)fflush(stdout);
	}
	if (dir)
		(void)closedir(dir);
	if (seeds == 0)
		printf("not ok 1 - no seeds in %s\n", argc > 1 ? argv[1] : "(no directory)");
	printf("1..%u\n", seeds ? seeds : 1);
	return seeds ? 0 : 1;
}
