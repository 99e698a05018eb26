/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_gfp.h"

#include <inttypes.h>

/* The bits of one layout, 0 where it has none of that name. The first eight never moved, but for
 * 0x10. */
#define COMMON_BITS                                                                                \
	DMA = 0x1, HIGHMEM = 0x2, DMA32 = 0x4, MOVABLE = 0x8, HIGH = 0x20, IO = 0x40, FS = 0x80

enum { COMMON_BITS };

struct gfp_name {
	const char *name;
	struct kernel_version since, before; /* 0.0: as long as the layout */
	uint32_t bits[GFP_LAYOUT_COUNT];
};

/* RECLAIM | IO | FS [| HARDWALL [| HIGHMEM [| MOVABLE]]] */
#define KERNEL_(w) ((w) | IO | FS)
#define USER_(w, hardwall) (KERNEL_(w) | (hardwall))
#define HIGHUSER_(w, hardwall) (USER_(w, hardwall) | HIGHMEM)
#define MOVABLE_(w, hardwall) (HIGHUSER_(w, hardwall) | MOVABLE)
#define EACH(w, t, f, e, v)                                                                        \
	{                                                                                          \
		0, w, t, f, e, v                                                                   \
	}

/* __GFP_RECLAIM: WAIT, or DIRECT_RECLAIM | KSWAPD_RECLAIM. */
#define W 0x10
#define R44 (0x400000 | 0x2000000)
#define R410 (0x400000 | 0x1000000)
#define R418 (0x200000 | 0x400000)
#define R51 (0x400 | 0x800)
/* COMP | NOMEMALLOC | NOWARN */
#define THP_OLD (0x4000 | 0x10000 | 0x200)
#define THP_51 (0x40000 | 0x80000 | 0x2000)

/* In the order of __def_gfpflag_names: a combination goes before its parts. */
static const struct gfp_name names[] = {
	{ "GFP_TRANSHUGE",
	  { 0 },
	  { 0 },
	  EACH(MOVABLE_(W, 0x20000) | THP_OLD | 0x1000 | 0x400000,
	       MOVABLE_(0x400000, 0x20000) | THP_OLD, MOVABLE_(0x400000, 0x20000) | THP_OLD,
	       MOVABLE_(0x200000, 0x20000) | THP_OLD, MOVABLE_(0x400, 0x100000) | THP_51) },
	{ "GFP_TRANSHUGE_LIGHT",
	  { 0 },
	  { 0 },
	  EACH(0, MOVABLE_(0, 0x20000) | THP_OLD, MOVABLE_(0, 0x20000) | THP_OLD,
	       MOVABLE_(0, 0x20000) | THP_OLD, MOVABLE_(0, 0x100000) | THP_51) },
	/* With KASAN's own bits in it: 5.18+ with hardware tags, 6.4+ with them, 5.14-5.17. */
	{ "GFP_HIGHUSER_MOVABLE",
	  { 0 },
	  { 0 },
	  EACH(0, 0, 0, 0, MOVABLE_(R51, 0x100000) | 0x6000000) },
	{ "GFP_HIGHUSER_MOVABLE",
	  { 0 },
	  { 0 },
	  EACH(0, 0, 0, 0, MOVABLE_(R51, 0x100000) | 0x2000000) },
	{ "GFP_HIGHUSER_MOVABLE",
	  { 0 },
	  { 6, 10 },
	  EACH(0, 0, 0, 0, MOVABLE_(R51, 0x100000) | 0x1000000) },
	{ "GFP_HIGHUSER_MOVABLE",
	  { 0 },
	  { 0 },
	  EACH(MOVABLE_(W, 0x20000), MOVABLE_(R44, 0x20000), MOVABLE_(R410, 0x20000),
	       MOVABLE_(R418, 0x20000), MOVABLE_(R51, 0x100000)) },
	{ "GFP_HIGHUSER",
	  { 0 },
	  { 0 },
	  EACH(HIGHUSER_(W, 0x20000), HIGHUSER_(R44, 0x20000), HIGHUSER_(R410, 0x20000),
	       HIGHUSER_(R418, 0x20000), HIGHUSER_(R51, 0x100000)) },
	{ "GFP_USER",
	  { 0 },
	  { 0 },
	  EACH(USER_(W, 0x20000), USER_(R44, 0x20000), USER_(R410, 0x20000), USER_(R418, 0x20000),
	       USER_(R51, 0x100000)) },
	{ "GFP_TEMPORARY",
	  { 0 },
	  { 4, 14 },
	  EACH(KERNEL_(W) | 0x80000, KERNEL_(R44) | 0x10, KERNEL_(R410) | 0x10, 0, 0) },
	{ "GFP_KERNEL_ACCOUNT",
	  { 4, 5 },
	  { 0 },
	  EACH(0, KERNEL_(R44) | 0x100000, KERNEL_(R410) | 0x100000, KERNEL_(R418) | 0x100000,
	       KERNEL_(R51) | 0x400000) },
	{ "GFP_KERNEL",
	  { 0 },
	  { 0 },
	  EACH(KERNEL_(W), KERNEL_(R44), KERNEL_(R410), KERNEL_(R418), KERNEL_(R51)) },
	{ "GFP_NOFS", { 0 }, { 0 }, EACH(W | IO, R44 | IO, R410 | IO, R418 | IO, R51 | IO) },
	{ "GFP_ATOMIC",
	  { 0 },
	  { 6, 3 },
	  EACH(0, HIGH | 0x80000 | 0x2000000, HIGH | 0x80000 | 0x1000000, HIGH | 0x80000 | 0x400000,
	       HIGH | 0x200 | 0x800) },
	{ "GFP_ATOMIC", { 6, 3 }, { 0 }, EACH(0, 0, 0, 0, HIGH | 0x800) },
	{ "GFP_NOIO", { 0 }, { 0 }, EACH(W, R44, R410, R418, R51) },
	{ "GFP_NOWAIT", { 0 }, { 0 }, EACH(0, 0x2000000, 0x1000000, 0x400000, 0x800) },
	{ "GFP_DMA", { 0 }, { 0 }, EACH(DMA, DMA, DMA, DMA, DMA) },
	{ "__GFP_HIGHMEM", { 0 }, { 0 }, EACH(HIGHMEM, HIGHMEM, HIGHMEM, HIGHMEM, HIGHMEM) },
	{ "GFP_DMA32", { 0 }, { 0 }, EACH(DMA32, DMA32, DMA32, DMA32, DMA32) },
	{ "__GFP_HIGH", { 0 }, { 0 }, EACH(HIGH, HIGH, HIGH, HIGH, HIGH) },
	{ "__GFP_ATOMIC", { 0 }, { 6, 3 }, EACH(0, 0x80000, 0x80000, 0x80000, 0x200) },
	{ "__GFP_IO", { 0 }, { 0 }, EACH(IO, IO, IO, IO, IO) },
	{ "__GFP_FS", { 0 }, { 0 }, EACH(FS, FS, FS, FS, FS) },
	{ "__GFP_COLD", { 0 }, { 4, 15 }, EACH(0x100, 0x100, 0x100, 0, 0) },
	{ "__GFP_NOWARN", { 0 }, { 0 }, EACH(0x200, 0x200, 0x200, 0x200, 0x2000) },
	{ "__GFP_REPEAT", { 0 }, { 4, 13 }, EACH(0x400, 0x400, 0x400, 0, 0) },
	{ "__GFP_RETRY_MAYFAIL", { 4, 13 }, { 0 }, EACH(0, 0, 0x400, 0x400, 0x4000) },
	{ "__GFP_NOFAIL", { 0 }, { 0 }, EACH(0x800, 0x800, 0x800, 0x800, 0x8000) },
	{ "__GFP_NORETRY", { 0 }, { 0 }, EACH(0x1000, 0x1000, 0x1000, 0x1000, 0x10000) },
	{ "__GFP_COMP", { 0 }, { 0 }, EACH(0x4000, 0x4000, 0x4000, 0x4000, 0x40000) },
	{ "__GFP_ZERO", { 0 }, { 0 }, EACH(0x8000, 0x8000, 0x8000, 0x8000, 0x100) },
	{ "__GFP_NOMEMALLOC", { 0 }, { 0 }, EACH(0x10000, 0x10000, 0x10000, 0x10000, 0x80000) },
	{ "__GFP_MEMALLOC", { 0 }, { 0 }, EACH(0x2000, 0x2000, 0x2000, 0x2000, 0x20000) },
	{ "__GFP_HARDWALL", { 0 }, { 0 }, EACH(0x20000, 0x20000, 0x20000, 0x20000, 0x100000) },
	{ "__GFP_THISNODE", { 0 }, { 0 }, EACH(0x40000, 0x40000, 0x40000, 0x40000, 0x200000) },
	{ "__GFP_RECLAIMABLE", { 0 }, { 0 }, EACH(0x80000, 0x10, 0x10, 0x10, 0x10) },
	{ "__GFP_MOVABLE", { 0 }, { 0 }, EACH(MOVABLE, MOVABLE, MOVABLE, MOVABLE, MOVABLE) },
	{ "__GFP_KMEMCG", { 3, 8 }, { 4, 1 }, EACH(0x100000, 0, 0, 0, 0) },
	{ "__GFP_NOACCOUNT", { 4, 1 }, { 4, 5 }, EACH(0x100000, 0x100000, 0, 0, 0) },
	{ "__GFP_ACCOUNT", { 4, 5 }, { 0 }, EACH(0, 0x100000, 0x100000, 0x100000, 0x400000) },
	{ "__GFP_NOTRACK", { 0 }, { 4, 15 }, EACH(0x200000, 0x200000, 0x200000, 0, 0) },
	{ "__GFP_NO_KSWAPD", { 0 }, { 0 }, EACH(0x400000, 0, 0, 0, 0) },
	{ "__GFP_OTHER_NODE", { 0 }, { 0 }, EACH(0x800000, 0x800000, 0, 0, 0) },
	{ "__GFP_WRITE", { 0 }, { 0 }, EACH(0x1000000, 0x1000000, 0x800000, 0x100, 0x1000) },
	{ "__GFP_RECLAIM", { 0 }, { 0 }, EACH(0, R44, R410, R418, R51) },
	{ "__GFP_DIRECT_RECLAIM", { 0 }, { 0 }, EACH(0, 0x400000, 0x400000, 0x200000, 0x400) },
	{ "__GFP_KSWAPD_RECLAIM", { 0 }, { 0 }, EACH(0, 0x2000000, 0x1000000, 0x400000, 0x800) },
	{ "__GFP_ZEROTAGS", { 5, 14 }, { 0 }, EACH(0, 0, 0, 0, 0x800000) },
};

static const struct kernel_span layout_span[GFP_LAYOUT_COUNT] = {
	[GFP_LAYOUT_WAIT] = { { 0 }, { 4, 4 } },      [GFP_LAYOUT_4_4] = { { 4, 4 }, { 4, 10 } },
	[GFP_LAYOUT_4_10] = { { 4, 10 }, { 4, 18 } }, [GFP_LAYOUT_4_18] = { { 4, 18 }, { 5, 1 } },
	[GFP_LAYOUT_5_1] = { { 5, 1 }, { 0 } },
};

int kernel_version_compare(struct kernel_version a, struct kernel_version b)
{
	if (a.major != b.major)
		return a.major < b.major ? -1 : 1;
	return a.minor < b.minor ? -1 : a.minor > b.minor;
}

enum gfp_layout gfp_layout_of_version(struct kernel_version v)
{
	enum gfp_layout layout = GFP_LAYOUT_5_1;

	if (!kernel_version_known(v))
		return GFP_LAYOUT_UNKNOWN;
	while (layout > GFP_LAYOUT_WAIT && kernel_version_compare(v, layout_span[layout].since) < 0)
		layout--;
	return layout;
}

enum gfp_layout gfp_layout_of_mask(uint64_t mask)
{
	static const struct {
		enum gfp_layout layout;
		uint32_t reclaim, all; /* what must be there, and all that can be */
	} test[] = {
		{ GFP_LAYOUT_5_1, R51, 0x1fffffff },  { GFP_LAYOUT_4_18, R418, 0xffffff },
		{ GFP_LAYOUT_4_10, R410, 0x1ffffff }, { GFP_LAYOUT_4_4, R44, 0x3ffffff },
		{ GFP_LAYOUT_WAIT, W, 0x1ffffff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(test); i++) {
		if ((mask & test[i].reclaim) == test[i].reclaim && !(mask & ~(uint64_t)test[i].all))
			return test[i].layout;
	}
	return GFP_LAYOUT_UNKNOWN;
}

struct kernel_span gfp_layout_span(enum gfp_layout layout)
{
	return layout_span[layout];
}

static bool in_span(struct kernel_version v, struct kernel_version since,
		    struct kernel_version before)
{
	if (!kernel_version_known(since) && !kernel_version_known(before))
		return true;
	if (!kernel_version_known(v))
		return false;
	return kernel_version_compare(v, since) >= 0 &&
	       (!kernel_version_known(before) || kernel_version_compare(v, before) < 0);
}

struct decoding {
	uint64_t left; /* bits without a name so far */
	enum gfp_layout layout;
	struct kernel_version version;
	struct strbuf *out;
	const char *separator;
};

static void name_bits(struct decoding *d, const struct gfp_name *n)
{
	uint32_t bits = n->bits[d->layout];

	if (!bits || (d->left & bits) != bits || !in_span(d->version, n->since, n->before))
		return;
	strbuf_printf(d->out, "%s%s", d->separator, n->name);
	d->separator = "|";
	d->left &= ~(uint64_t)bits;
}

/* 6.13 made the list of the single flags from their bits, behind the combinations. */
static void name_by_bits(struct decoding *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].name[0] != '_')
			name_bits(d, &names[i]);
	}
	for (uint32_t bit = 1; bit; bit <<= 1) {
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			if (names[i].bits[d->layout] == bit)
				name_bits(d, &names[i]);
		}
	}
}

void gfp_decode(uint64_t mask, enum gfp_layout layout, struct kernel_version v, struct strbuf *out)
{
	struct decoding d = { mask, layout, v, out, "" };

	if (kernel_version_compare(v, (struct kernel_version){ 6, 13 }) >= 0) {
		name_by_bits(&d);
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			name_bits(&d, &names[i]);
	}
	if (d.left)
		strbuf_printf(out, "%s0x%" PRIx64, d.separator, d.left);
}

struct kernel_span gfp_names_span(const char *printed)
{
	static const struct {
		const char *name;
		struct kernel_span span;
	} known[] = {
		{ "__GFP_OTHER_NODE", { { 4, 6 }, { 4, 10 } } },
		{ "__GFP_REPEAT", { { 4, 6 }, { 4, 13 } } },
		{ "GFP_TEMPORARY", { { 4, 6 }, { 4, 14 } } },
		{ "__GFP_COLD", { { 4, 6 }, { 4, 15 } } },
		{ "__GFP_NOTRACK", { { 4, 6 }, { 4, 15 } } },
		{ "__GFP_RETRY_MAYFAIL", { { 4, 13 }, { 0 } } },
		{ "__GFP_ATOMIC", { { 4, 6 }, { 6, 3 } } },
		{ "__GFP_ZEROTAGS", { { 5, 14 }, { 0 } } },
	};
	struct kernel_span span = { { 4, 6 }, { 0 } };
	struct text rest = text_string(printed), name, last = { "", 0 };

	while (text_next_field(&rest, '|', &name)) {
		for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
			if (!text_is(name, known[i].name))
				continue;
			if (kernel_version_compare(known[i].span.since, span.since) > 0)
				span.since = known[i].span.since;
			if (kernel_version_known(known[i].span.before))
				span.before = known[i].span.before;
		}
		/* 6.13 took the order of the single flags from the bits: ZERO before COMP. */
		if (text_is(name, "__GFP_COMP") && text_is(last, "__GFP_ZERO"))
			span.since = (struct kernel_version){ 6, 13 };
		if (text_is(name, "__GFP_ZERO") && text_is(last, "__GFP_COMP") &&
		    !kernel_version_known(span.before))
			span.before = (struct kernel_version){ 6, 14 };
		last = name;
	}
	return span;
}

/* gfp_zone(): MOVABLE counts as a zone only together with HIGHMEM. */
static struct gfp_meaning meaning_of_bits(uint64_t mask)
{
	struct gfp_meaning m = { .zone = GFP_ZONE_NORMAL, .movable = mask & MOVABLE };

	if (mask & DMA)
		m.zone = GFP_ZONE_DMA;
	else if (mask & DMA32)
		m.zone = GFP_ZONE_DMA32;
	else if (mask & HIGHMEM)
		m.zone = mask & MOVABLE ? GFP_ZONE_MOVABLE : GFP_ZONE_HIGHMEM;
	return m;
}

struct gfp_meaning gfp_meaning_of(const char *printed, bool mask_known, uint64_t mask)
{
	static const struct {
		const char *name;
		uint32_t bits;
	} zone_name[] = {
		{ "GFP_HIGHUSER_MOVABLE", HIGHMEM | MOVABLE },
		{ "GFP_TRANSHUGE", HIGHMEM | MOVABLE },
		{ "GFP_TRANSHUGE_LIGHT", HIGHMEM | MOVABLE },
		{ "GFP_HIGHUSER", HIGHMEM },
		{ "__GFP_HIGHMEM", HIGHMEM },
		{ "__GFP_MOVABLE", MOVABLE },
		{ "GFP_DMA", DMA },
		{ "__GFP_DMA", DMA },
		{ "GFP_DMA32", DMA32 },
		{ "__GFP_DMA32", DMA32 },
	};
	struct text rest = text_string(printed), name;
	uint64_t bits = 0;

	if (!printed[0]) {
		/* 0: a page fault without a request of its own, or BPF */
		if (!mask_known || !mask)
			return (struct gfp_meaning){ 0 };
		return meaning_of_bits(mask);
	}
	while (text_next_field(&rest, '|', &name)) {
		for (size_t i = 0; i < ARRAY_SIZE(zone_name); i++) {
			if (text_is(name, zone_name[i].name))
				bits |= zone_name[i].bits;
		}
	}
	return meaning_of_bits(bits);
}
