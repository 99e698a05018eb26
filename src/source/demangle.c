/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/demangle.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <libiberty/demangle.h>

struct output {
	jmp_buf enough;
	char *buf;
	size_t size, length;
	bool full;
};

/*
 * The only way to stop the demangler. It allocates nothing on this path (libiberty/cp-demangle.c:
 * arrays on the stack, CP_DYNAMIC_ARRAYS), so the jump leaks nothing.
 */
static void take(const char *text, size_t length, void *opaque)
{
	struct output *o = opaque;
	const size_t room = o->size - 1 - o->length, n = MIN(length, room);

	memcpy(o->buf + o->length, text, n);
	o->length += n;
	if (n == length)
		return;
	o->full = true;
	longjmp(o->enough, 1);
}

bool demangle(const char *mangled, char *buf, size_t size)
{
	/* DMGL_NO_RECURSE_LIMIT must never be among them. */
	const int options = DMGL_PARAMS | DMGL_ANSI | DMGL_TYPES;
	struct output o = { .buf = buf, .size = size };

	if (strnlen(mangled, DEMANGLE_LENGTH_MAX + 1) > DEMANGLE_LENGTH_MAX || !*mangled)
		return false;
	if (setjmp(o.enough) == 0 &&
	    (!cplus_demangle_v3_callback(mangled, options, take, &o) || o.length == 0))
		return false;
	buf[o.length] = '\0';
	if (o.full)
		memcpy(buf + size - 4, "...", 4);
	return true;
}
