/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every form of a one-number file, and the four numbers of kernel.printk. */
#include "fuzz.h"

#include "source/number_file.h"
#include "source/printk_settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct printk p = { 0 };
	uint64_t value;

	for (int form = NUMBER_PLAIN; form <= NUMBER_NAME; form++)
		if (number_file_parse(in, size, (enum number_form)form, &value) == 0)
			REQUIRE(form < NUMBER_SWITCH || value <= 1);
	REQUIRE((printk_levels_parse(in, size, &p) == 0) == opt_is_known(p.console_loglevel));

	return 0;
}
