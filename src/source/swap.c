/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/swap.h"

#include <errno.h>

#include "base/fd.h"
#include "base/strbuf.h"

static int kib_word(struct text *rest, uint64_t *ret_bytes)
{
	struct text word;
	uint64_t kib;

	if (!text_next_word(rest, &word) || text_u64(word, &kib) < 0 ||
	    __builtin_mul_overflow(kib, KIB, ret_bytes))
		return -EPROTO;
	return 0;
}

int swaps_next(struct text *rest, struct swap_area *ret)
{
	struct text line, type;
	struct swap_area a;

	do {
		if (!text_next_line(rest, &line))
			return 0;
	} while (text_trim(line).n == 0 || text_skip_prefix(&line, "Filename\t"));
	if (!text_next_word(&line, &a.name) || !text_next_word(&line, &type) ||
	    kib_word(&line, &a.size_bytes) < 0 || kib_word(&line, &a.used_bytes) < 0)
		return -EPROTO;
	if (a.used_bytes > a.size_bytes)
		return -EPROTO;
	*ret = a;
	return 1;
}

bool swap_area_zram(const struct swap_area *a, struct text *ret_device)
{
	struct text name = a->name, number;
	uint64_t n;

	if (!text_skip_prefix(&name, "/dev/"))
		return false;
	number = name;
	if (!text_skip_prefix(&number, "zram") || text_u64(number, &n) < 0)
		return false;
	*ret_device = name;
	return true;
}

int zram_parse(const char *buf, size_t len, struct zram *ret)
{
	struct text in = text_of(buf, len), rest = { 0 }, word;
	uint64_t number[3];

	(void)text_next_line(&in, &rest);
	for (size_t i = 0; i < ARRAY_SIZE(number); i++)
		if (!text_next_word(&rest, &word) || text_u64(word, &number[i]) < 0)
			return -EPROTO;
	*ret = (struct zram){ .data_bytes = number[0], .used_bytes = number[2] };
	return 0;
}

static int zram_read(int sys, struct text device, struct zram *ret)
{
	char path[64], buf[256];
	struct strbuf s = STRBUF(path);
	size_t len;
	int r;

	strbuf_puts(&s, "block/");
	strbuf_add(&s, device.p, device.n);
	strbuf_puts(&s, "/mm_stat");
	if (s.full)
		return -EPROTO;
	r = file_read_at(sys, path, buf, sizeof(buf), &len);
	return r < 0 ? r : zram_parse(buf, len, ret);
}

static int zram_swap_add(struct zram_swap *sum, const struct swap_area *a)
{
	sum->areas++;
	if (__builtin_add_overflow(sum->size_bytes, a->size_bytes, &sum->size_bytes) ||
	    __builtin_add_overflow(sum->free_bytes, a->size_bytes - a->used_bytes,
				   &sum->free_bytes))
		return -EPROTO;
	return 0;
}

int zram_swap_read(int proc, int sys, char *buf, size_t size, struct zram_swap *ret)
{
	struct zram_swap sum = { .measured = true };
	struct swap_area area;
	struct text rest, device;
	size_t len;
	int r = file_read_at(proc, "swaps", buf, size, &len);

	if (r < 0)
		return r;
	rest = text_of(buf, len);
	while ((r = swaps_next(&rest, &area)) > 0) {
		struct zram one;

		if (!swap_area_zram(&area, &device))
			continue;
		r = zram_swap_add(&sum, &area);
		if (r < 0)
			return r;
		if (sys < 0 || zram_read(sys, device, &one) < 0 ||
		    __builtin_add_overflow(sum.zram.data_bytes, one.data_bytes,
					   &sum.zram.data_bytes) ||
		    __builtin_add_overflow(sum.zram.used_bytes, one.used_bytes,
					   &sum.zram.used_bytes))
			sum.measured = false;
	}
	if (r < 0)
		return r;
	*ret = sum;
	return 0;
}
