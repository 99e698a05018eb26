/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/host_reader.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "source/arcstats.h"
#include "source/meminfo.h"
#include "source/psi.h"
#include "source/swap.h"
#include "source/vmstat.h"

int cpulist_parse(struct text in, uint32_t *ret)
{
	struct text line = { 0 }, range, first_text;
	uint64_t count = 0, next = 0;

	(void)text_next_line(&in, &line);
	while (text_next_field(&line, ',', &range)) {
		uint64_t first, last;

		if (!text_next_field(&range, '-', &first_text) || text_u64(first_text, &first) < 0)
			return -EPROTO;
		last = first;
		if (range.n && text_u64(range, &last) < 0)
			return -EPROTO;
		if (first < next || last < first || last >= UINT32_MAX)
			return -EPROTO;
		count += last - first + 1;
		next = last + 1;
	}
	if (!count)
		return -EPROTO;
	*ret = (uint32_t)count;
	return 0;
}

int uptime_parse(struct text in, double *ret)
{
	struct text word;
	double up;

	if (!text_next_word(&in, &word) || text_double(word, &up) < 0 || up < 0)
		return -EPROTO;
	*ret = up;
	return 0;
}

int host_reader_open(struct host_reader *h, const struct root *root, char *buf, size_t size,
		     struct fault *f)
{
	*h = (struct host_reader){ .root = root, .pressure = -1, .buf = buf, .size = size };
	h->meminfo = openat(root->proc, "meminfo", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (h->meminfo < 0)
		return fault_errno(f, -errno, "cannot open meminfo");
	h->pressure = openat(root->proc, "pressure/memory", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return 0;
}

void host_reader_release(struct host_reader *h)
{
	closep(&h->meminfo);
	closep(&h->pressure);
}

int host_read_fast(struct host_reader *h, struct host *ret, struct fault *f)
{
	struct psi pressure = { 0 };
	int r = meminfo_read(h->meminfo, h->buf, h->size, &ret->meminfo, f);

	if (r < 0)
		return r;
	if (h->pressure < 0 || psi_read(h->pressure, &pressure) < 0)
		pressure = (struct psi){ 0 };
	ret->memory_pressure = pressure;
	return 0;
}

static void read_zram(struct host_reader *h, struct host *ret)
{
	struct zram_swap z;

	ret->zram_size_bytes = ret->zram_free_bytes = opt_u64_none(ABSENT);
	ret->zram_used_bytes = ret->zram_data_bytes = opt_u64_none(ABSENT);
	if (!ret->meminfo.swap_total_bytes.value ||
	    zram_swap_read(h->root->proc, h->root->sys, h->buf, h->size, &z) < 0 || !z.areas)
		return;
	ret->zram_size_bytes = opt_u64_of(z.size_bytes);
	ret->zram_free_bytes = opt_u64_of(z.free_bytes);
	ret->zram_used_bytes =
		z.measured ? opt_u64_of(z.zram.used_bytes) : opt_u64_none(UNREADABLE);
	ret->zram_data_bytes =
		z.measured ? opt_u64_of(z.zram.data_bytes) : opt_u64_none(UNREADABLE);
}

static void read_machine(struct host_reader *h, struct host *ret)
{
	size_t len;

	ret->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	ret->cpus = 0;
	ret->boot_seconds = 0;
	if (h->root->sys >= 0 &&
	    file_read_at(h->root->sys, "devices/system/cpu/online", h->buf, h->size, &len) == 0)
		(void)!cpulist_parse(text_of(h->buf, len), &ret->cpus);
	if (file_read_at(h->root->proc, "uptime", h->buf, h->size, &len) == 0)
		(void)!uptime_parse(text_of(h->buf, len), &ret->boot_seconds);
}

int host_read_all(struct host_reader *h, struct host *ret, struct fault *f)
{
	uint64_t shrinkable;
	int r = host_read_fast(h, ret, f);

	if (r < 0)
		return r;
	if (vmstat_read(h->root->proc, h->buf, h->size, &ret->vmstat) < 0)
		ret->vmstat = (struct vmstat){ 0 };
	ret->arc_shrinkable_bytes = opt_u64_none(ABSENT);
	if (arcstats_read(h->root->proc, h->buf, h->size, &shrinkable) == 0)
		ret->arc_shrinkable_bytes = opt_u64_of(shrinkable);
	read_zram(h, ret);
	read_machine(h, ret);
	return 0;
}
