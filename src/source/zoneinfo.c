/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/zoneinfo.h"

#include <errno.h>

#include "base/fd.h"
#include "base/text.h"

int zoneinfo_parse(const char *buf, size_t len, struct zoneinfo *ret)
{
	struct text in = text_of(buf, len), line, name, value;
	struct zoneinfo z = { 0 };
	const struct {
		const char *name;
		uint64_t *sum;
	} rows[] = {
		{ "count:", &z.pcp_pages },
		{ "min", &z.min_pages },
		{ "low", &z.low_pages },
		{ "high", &z.high_pages },
	};
	struct text node, last_node = TEXT("");
	bool zone = false;

	while (text_next_line(&in, &line)) {
		struct text head = line;

		if (text_skip_prefix(&head, "Node ") && text_next_field(&head, ',', &node)) {
			zone = true;
			z.nodes +=
				node.n != last_node.n || memcmp(node.p, last_node.p, node.n) != 0;
			last_node = node;
		}
		if (!text_next_word(&line, &name))
			continue;
		if (text_is(name, "present") && text_next_word(&line, &value))
			z.populated_zones += !text_is(value, "0");
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			uint64_t pages;

			if (!text_is(name, rows[i].name))
				continue;
			if (!zone || !text_next_word(&line, &value) ||
			    text_u64(value, &pages) < 0 || text_trim(line).n ||
			    __builtin_add_overflow(*rows[i].sum, pages, rows[i].sum))
				return -EPROTO;
		}
	}
	if (!zone)
		return -EPROTO;
	*ret = z;
	return 0;
}

int zoneinfo_read(int proc, char *buf, size_t size, struct zoneinfo *ret)
{
	size_t len;
	int r = file_read_at(proc, "zoneinfo", buf, size, &len);

	return r < 0 ? r : zoneinfo_parse(buf, len, ret);
}
