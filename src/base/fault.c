/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fault_fill(struct fault *f, int err, const char *fmt, va_list ap)
{
	if (!f)
		return;
	f->err = err;
	(void)vsnprintf(f->what, sizeof(f->what), fmt, ap);
}

int fault_set(struct fault *f, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fault_fill(f, err, fmt, ap);
	va_end(ap);
	return err;
}

int fault_errno(struct fault *f, int err, const char *fmt, ...)
{
	va_list ap;
	size_t used;

	va_start(ap, fmt);
	fault_fill(f, err, fmt, ap);
	va_end(ap);
	if (!f)
		return err;
	used = strlen(f->what);
	/* strerrordesc_np returns constant text: no locale, no allocation (guard calls this). */
	const char *why = strerrordesc_np(-err);
	(void)snprintf(f->what + used, sizeof(f->what) - used, ": %s", why ? why : "unknown error");
	return err;
}
