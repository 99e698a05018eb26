/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/vmstat.h"

#include <errno.h>

#include "base/fd.h"
#include "source/keyed.h"

/* allocstall was one counter up to 4.9 and is one a zone since. */
struct raw {
	struct vmstat v;
	struct opt_u64 stall, stall_dma, stall_dma32, stall_normal, stall_movable, stall_device,
		stall_high;
};

#define ROW(member, key) KEYED(struct raw, member, key, KEYED_PLAIN)
static const struct keyed table[] = {
	ROW(v.oom_kill, "oom_kill"),
	ROW(v.pswpin, "pswpin"),
	ROW(v.pswpout, "pswpout"),
	ROW(v.pgmajfault, "pgmajfault"),
	ROW(v.workingset_refault_anon, "workingset_refault_anon"),
	ROW(stall, "allocstall"),
	ROW(stall_dma, "allocstall_dma"),
	ROW(stall_dma32, "allocstall_dma32"),
	ROW(stall_normal, "allocstall_normal"),
	ROW(stall_movable, "allocstall_movable"),
	ROW(stall_device, "allocstall_device"),
	ROW(stall_high, "allocstall_high"),
};
#undef ROW

int vmstat_parse(const char *buf, size_t len, struct vmstat *ret)
{
	struct raw m = { 0 };
	int r = keyed_parse(text_of(buf, len), ' ', table, ARRAY_SIZE(table), &m);

	if (r < 0)
		return r;
	const struct opt_u64 stalls[] = { m.stall,	  m.stall_dma,	   m.stall_dma32,
					  m.stall_normal, m.stall_movable, m.stall_device,
					  m.stall_high };

	for (size_t i = 0; i < ARRAY_SIZE(stalls); i++) {
		if (!opt_is_known(stalls[i]))
			continue;
		if (__builtin_add_overflow(m.v.allocstall.value, stalls[i].value,
					   &m.v.allocstall.value))
			return -EPROTO;
		m.v.allocstall.known = KNOWN;
	}
	*ret = m.v;
	return 0;
}

int vmstat_read(int proc, char *buf, size_t size, struct vmstat *ret)
{
	size_t len;
	int r = file_read_at(proc, "vmstat", buf, size, &len);

	return r < 0 ? r : vmstat_parse(buf, len, ret);
}
