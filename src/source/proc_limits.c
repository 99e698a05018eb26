/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/proc_limits.h"

#include <errno.h>

#include "base/fd.h"
#include "base/text.h"

static int limits_row(struct text rest, struct opt_u64 *ret)
{
	struct text soft, hard, unit;
	uint64_t value;

	if (!text_next_word(&rest, &soft) || !text_next_word(&rest, &hard) ||
	    !text_next_word(&rest, &unit) || !text_is(unit, "bytes"))
		return -EPROTO;
	if (text_is(soft, "unlimited"))
		return 0;
	if (text_u64(soft, &value) < 0)
		return -EPROTO;
	*ret = opt_u64_of(value);
	return 0;
}

int proc_limits_parse(const char *buf, size_t len, struct proc_limits *ret)
{
	struct text in = text_of(buf, len), line;
	struct proc_limits l = { 0 };
	int as = 0, data = 0;

	while (text_next_line(&in, &line)) {
		int r = 0;

		if (text_skip_prefix(&line, "Max data size "))
			r = data++ ? -EPROTO : limits_row(line, &l.data_bytes);
		else if (text_skip_prefix(&line, "Max address space "))
			r = as++ ? -EPROTO : limits_row(line, &l.as_bytes);
		if (r < 0)
			return r;
	}
	if (!as || !data)
		return -EPROTO;
	*ret = l;
	return 0;
}

int proc_limits_read(int dirfd, char *buf, size_t size, struct proc_limits *ret)
{
	size_t len;
	int r = file_read_once_at(dirfd, "limits", buf, size, &len);

	return r < 0 ? r : proc_limits_parse(buf, len, ret);
}
