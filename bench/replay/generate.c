/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a recorded history for `watch --replay` to stdout: `generate PROCESSES DAYS STEP_SECONDS`.
 * Most processes are steady with noise or follow a daily load; each hundredth leaks. The same
 * arguments give the same bytes. Only the volume matters here: how well leaks are found is measured
 * in bench/growth.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t random_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t held(uint64_t process, double time, uint64_t *state)
{
	double base = (double)(16 + process * 37 % 500) * 0x1p20;
	double noise = (double)(random_next(state) % 256) * 4096;

	if (process % 100 == 7) /* 8 to 80 MiB an hour */
		return (uint64_t)(base + noise +
				  time / 3600 * (double)(1 + process / 100) * 0x1p23);
	if (process % 3 == 0)
		noise += base * 0.2 * (1 + sin(time / 86400 * 2 * M_PI));
	return (uint64_t)(base + noise) & ~UINT64_C(4095);
}

int main(int argc, char **argv)
{
	uint64_t state = 1, processes, limit = UINT64_C(8) << 30;
	double days, step;

	if (argc != 4) {
		(void)fputs("usage: generate PROCESSES DAYS STEP_SECONDS\n", stderr);
		return 2;
	}
	processes = strtoull(argv[1], NULL, 10);
	days = strtod(argv[2], NULL);
	step = strtod(argv[3], NULL);
	if (!processes || !(days > 0) || !(step >= 1)) {
		(void)fputs("generate: bad argument\n", stderr);
		return 2;
	}
	(void)puts("time_seconds,pid,comm,anon_bytes,swap_bytes,limit_bytes");
	for (double time = 0; time < days * 86400; time += step) {
		for (uint64_t p = 0; p < processes; p++)
			(void)printf("%.0f,%" PRIu64 ",worker-%" PRIu64 ",%" PRIu64 ",0,%" PRIu64
				     "\n",
				     time, 1000 + p, p, held(p, time, &state), limit);
	}
	return fflush(stdout) == EOF || ferror(stdout) ? 1 : 0;
}
