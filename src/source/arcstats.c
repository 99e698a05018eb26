/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/arcstats.h"

#include <errno.h>

#include "base/fd.h"
#include "base/text.h"

/* "name type data"; type 4 is KSTAT_DATA_UINT64. The two header lines have other shapes. */
static int arcstats_value(struct text line, struct opt_u64 *ret)
{
	struct text type, data;
	uint64_t value;

	if (opt_is_known(*ret) || !text_next_word(&line, &type) || !text_is(type, "4") ||
	    !text_next_word(&line, &data) || text_u64(data, &value) < 0 || text_trim(line).n)
		return -EPROTO;
	*ret = opt_u64_of(value);
	return 0;
}

int arcstats_parse(const char *buf, size_t len, uint64_t *ret_shrinkable_bytes)
{
	struct text in = text_of(buf, len), line, name;
	struct opt_u64 size = { 0 }, c_min = { 0 };

	while (text_next_line(&in, &line)) {
		int r = 0;

		if (!text_next_word(&line, &name))
			continue;
		if (text_is(name, "size"))
			r = arcstats_value(line, &size);
		else if (text_is(name, "c_min"))
			r = arcstats_value(line, &c_min);
		if (r < 0)
			return r;
	}
	if (!opt_is_known(size) || !opt_is_known(c_min))
		return -EPROTO;
	*ret_shrinkable_bytes = size.value > c_min.value ? size.value - c_min.value : 0;
	return 0;
}

int arcstats_read(int proc, char *buf, size_t size, uint64_t *ret_shrinkable_bytes)
{
	size_t len;
	int r = file_read_at(proc, "spl/kstat/zfs/arcstats", buf, size, &len);

	return r < 0 ? r : arcstats_parse(buf, len, ret_shrinkable_bytes);
}
