/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/meminfo.h"

#include <errno.h>

#include "base/fd.h"
#include "source/keyed.h"

struct raw {
	struct opt_u64 total, free, available;
	struct meminfo rest;
};

#define ROW(member, key) KEYED(struct raw, member, key, KEYED_KB)
static const struct keyed table[] = {
	ROW(total, "MemTotal"),
	ROW(free, "MemFree"),
	ROW(available, "MemAvailable"),
	ROW(rest.cached_bytes, "Cached"),
	ROW(rest.swap_total_bytes, "SwapTotal"),
	ROW(rest.swap_free_bytes, "SwapFree"),
	ROW(rest.zswap_bytes, "Zswap"),
	ROW(rest.zswapped_bytes, "Zswapped"),
	ROW(rest.anon_bytes, "AnonPages"),
	ROW(rest.shmem_bytes, "Shmem"),
	ROW(rest.slab_reclaimable_bytes, "SReclaimable"),
	ROW(rest.slab_unreclaimable_bytes, "SUnreclaim"),
	ROW(rest.kernel_stack_bytes, "KernelStack"),
	ROW(rest.pagetables_bytes, "PageTables"),
	ROW(rest.commit_limit_bytes, "CommitLimit"),
	ROW(rest.committed_bytes, "Committed_AS"),
	ROW(rest.percpu_bytes, "Percpu"),
	ROW(rest.hugetlb_bytes, "Hugetlb"),
};
#undef ROW

static int check_whole(const struct raw *m, struct fault *f)
{
	const struct {
		struct opt_u64 part, whole;
		const char *says;
	} rows[] = {
		{ m->free, m->total, "MemFree is larger than MemTotal" },
		{ m->available, m->total, "MemAvailable is larger than MemTotal" },
		{ m->rest.swap_free_bytes, m->rest.swap_total_bytes,
		  "SwapFree is larger than SwapTotal" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (opt_is_known(rows[i].part) != opt_is_known(rows[i].whole))
			return fault_set(f, -EPROTO, "meminfo has one swap line without the other");
		if (rows[i].part.value > rows[i].whole.value)
			return fault_set(f, -EPROTO, "meminfo contradicts itself: %s",
					 rows[i].says);
	}
	return 0;
}

int meminfo_parse(const char *buf, size_t len, struct meminfo *ret, struct fault *f)
{
	struct raw m = { 0 };
	int r = keyed_parse(text_of(buf, len), ':', table, ARRAY_SIZE(table), &m);

	if (r < 0)
		return fault_set(f, r, "meminfo has a double line or one that is not 'NAME: N kB'");
	if (!opt_is_known(m.total) || !m.total.value)
		return fault_set(f, -EPROTO, "meminfo has no MemTotal");
	if (!opt_is_known(m.free))
		return fault_set(f, -EPROTO, "meminfo has no MemFree");
	if (!opt_is_known(m.available))
		return fault_set(f, -EPROTO,
				 "meminfo has no MemAvailable; it came with Linux 3.14");
	r = check_whole(&m, f);
	if (r < 0)
		return r;
	*ret = m.rest;
	ret->total_bytes = m.total.value;
	ret->free_bytes = m.free.value;
	ret->available_bytes = m.available.value;
	return 0;
}

int meminfo_read(int fd, char *buf, size_t size, struct meminfo *ret, struct fault *f)
{
	size_t len;
	int r = fd_read_once(fd, buf, size, &len);

	if (r < 0)
		return fault_errno(f, r, "cannot read meminfo");
	return meminfo_parse(buf, len, ret, f);
}
