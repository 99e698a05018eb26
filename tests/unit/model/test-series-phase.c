/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>

#include "unit.h"

#include "model/series.h"

/* A timer wakes some milliseconds early or late; no bucket may be missing for that. */
static void test_a_jittering_timer_fills_every_bucket(void **state)
{
	static const double intervals[] = { 1, 5, 15, 60 };

	for (size_t n = 0; n < ARRAY_SIZE(intervals); n++) {
		unsigned int scale = 0;
		struct series s;

		while (series_scale[scale].width_seconds < intervals[n])
			scale++;
		series_init(&s);
		for (int k = 0; k < 14; k++) {
			double jitter = k % 3 == 1 ? -0.004 : k % 3 == 2 ? 0.007 : 0;

			(void)series_push(&s, &(struct sample){ .time_seconds = 1000.1 +
										k * intervals[n] +
										jitter,
								.held_bytes = 4096,
								.cpu_seconds = NAN });
		}
		assert_int_equal(s.newest[scale], 14);
		for (uint32_t i = 0; i < 14; i++)
			assert_int_equal(series_bucket(&s, scale, i), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_jittering_timer_fills_every_bucket),
	};

	return cmocka_run_group_tests_name("series-phase", tests, NULL, NULL);
}
