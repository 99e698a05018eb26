/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guard configuration of any bytes: what is wrong is reported, with text that is safe to print.
 */
#include "fuzz.h"

#include "source/guard_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct guard_policy policy;
	static struct config_report report;

	guard_policy_default(&policy);
	memset(&report, 0, sizeof(report));
	guard_config_parse((const char *)data, size, "fuzz.conf", &policy, &report);
	for (uint32_t i = 0; i < report.error_count && i < CONFIG_ERRORS_MAX; i++) {
		const char *text = report.error[i].text;

		REQUIRE(text[0] && memchr(text, 0, sizeof(report.error[i].text)));
		for (; *text; text++)
			REQUIRE((unsigned char)*text >= 0x20 && *text != 0x7f);
	}
	return 0;
}
