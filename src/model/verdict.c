/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/verdict.h"

const char *verdict_class_name(enum verdict_class c)
{
	static const char *const names[] = {
		[VERDICT_UNKNOWN] = "unknown", [VERDICT_STEADY] = "steady",
		[VERDICT_GROWING] = "growing", [VERDICT_SUSPECT] = "suspect",
		[VERDICT_LEAKING] = "leaking",
	};

	return names[c];
}
