/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/leak.h"

#include <stdlib.h>

void leak_report_release(struct leak_report *r)
{
	free(r->group);
	free(r->holding);
	free(r->diff);
	*r = (struct leak_report){ 0 };
}

const char *loss_class_name(enum loss_class c)
{
	static const char *const names[LOSS_CLASSES] = {
		[LOSS_DEFINITE] = "definitely_lost", [LOSS_INDIRECT] = "indirectly_lost",
		[LOSS_POSSIBLE] = "possibly_lost",   [LOSS_REACHABLE] = "still_reachable",
		[LOSS_SUPPRESSED] = "suppressed",
	};

	return c < LOSS_CLASSES ? names[c] : "unknown";
}

const char *allocator_name(enum allocator_kind kind)
{
	static const char *const names[ALLOCATOR_KINDS] = {
		[ALLOCATOR_UNKNOWN] = "unknown",
		[ALLOCATOR_GLIBC] = "glibc",
		[ALLOCATOR_JEMALLOC] = "jemalloc",
		[ALLOCATOR_TCMALLOC] = "tcmalloc",
		[ALLOCATOR_TBB] = "tbbmalloc",
		[ALLOCATOR_MIMALLOC] = "mimalloc",
		[ALLOCATOR_MUSL] = "musl",
		[ALLOCATOR_SANITIZER] = "sanitizer",
		[ALLOCATOR_GO] = "go",
	};

	return kind < ALLOCATOR_KINDS ? names[kind] : "unknown";
}

const char *harm_name(enum harm harm)
{
	static const char *const names[] = { "none", "harmless", "dangerous" };

	return (size_t)harm < ARRAY_SIZE(names) ? names[harm] : "unknown";
}
