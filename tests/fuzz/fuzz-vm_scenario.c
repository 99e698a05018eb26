/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is accepted has runs, and every name and index in it is within bounds. */
#include "fuzz.h"

#include <string.h>

#include "vm/run/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scenario s;
	static struct scenario_report report;
	const struct plan *plan = &s.plan;

	if (scenario_parse(text_of((const char *)data, size), NULL, 0, &s, &report) < 0) {
		REQUIRE(report.error_count > 0);
		return 0;
	}
	REQUIRE(plan->run_count > 0 && plan->run_count <= PLAN_RUNS);
	REQUIRE(s.cpus >= 1 && s.cpus <= PLAN_CPUS && s.nodes >= 1 && s.nodes <= PLAN_NODES);
	for (int32_t i = 0; i < plan->run_count; i++) {
		REQUIRE(memchr(plan->run[i].name, '\0', PLAN_NAME));
		REQUIRE(plan->run[i].console_loglevel >= 1);
	}
	for (int32_t i = 0; i < plan->command_count; i++)
		REQUIRE(plan->command[i].run < plan->run_count &&
			memchr(plan->command[i].text, '\0', PLAN_TEXT));
	for (int32_t i = 0; i < plan->program_count; i++)
		for (int32_t n = 0; n < plan->program[i].set_count; n++)
			REQUIRE(strchr(plan->program[i].set[n], '='));
	return 0;
}
