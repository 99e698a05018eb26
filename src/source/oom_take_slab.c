/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of kernel memory: unreclaimable slab (4.15+), allocation profile (6.10+). */
#include "source/oom_open.h"
#include "source/oom_text.h"

/* "kmalloc-4k              104KB        120KB"; a name holds no blank. */
int oom_take_slab(struct oom_open *o, struct text t)
{
	struct oom_memory *m = &o->r.memory;
	struct opt_u64 used, total;
	struct oom_slab *slab;
	struct text name;
	int r;

	if (!text_next_word(&t, &name))
		return 0;
	oom_skip_blanks(&t);
	used = oom_take_kib(&t);
	oom_skip_blanks(&t);
	total = oom_take_kib(&t);
	if (used.known != KNOWN || total.known != KNOWN || text_trim(t).n)
		return 0;
	r = oom_array_add((void **)&m->slab, &m->slab_count, &o->slab_capacity, OOM_SLABS_MAX,
			  sizeof(*slab), (void **)&slab);
	if (r < 0)
		return r;
	if (slab) {
		OOM_COPY(name, slab->name);
		slab->used_bytes = used.value;
		slab->total_bytes = total.value;
	}
	return 1;
}

/* string_get_size(STRING_UNITS_2): "1.25 GiB", "512 B" */
static bool take_size(struct text *t, uint64_t *ret)
{
	struct text number, unit;
	double value;
	uint64_t times;

	if (!text_next_word(t, &number) || !text_next_word(t, &unit) ||
	    text_double(number, &value) < 0)
		return false;
	if (text_is(unit, "B"))
		times = 1;
	else if (text_is(unit, "KiB"))
		times = KIB;
	else if (text_is(unit, "MiB"))
		times = MIB;
	else if (text_is(unit, "GiB"))
		times = GIB;
	else if (text_is(unit, "TiB"))
		times = KIB * GIB;
	else
		return false;
	if (value < 0 || value > 1e6)
		return false;
	*ret = (uint64_t)(value * (double)times);
	return true;
}

/* "     512 MiB   131072 mm/slub.c:2345 [module] func:alloc_slab_page" */
int oom_take_allocation(struct oom_open *o, struct text t)
{
	struct oom_memory *m = &o->r.memory;
	struct oom_allocation *a, read = { 0 };
	int r;

	if (!oom_text_has(t, " func:") || !take_size(&t, &read.bytes))
		return 0;
	oom_skip_blanks(&t);
	if (!oom_take_u64(&t, &read.calls))
		return 0;
	OOM_COPY(text_trim(t), read.where);
	r = oom_array_add((void **)&m->allocation, &m->allocation_count, &o->allocation_capacity,
			  OOM_ALLOCATIONS_MAX, sizeof(*a), (void **)&a);
	if (r < 0)
		return r;
	if (a)
		*a = read;
	return 1;
}
