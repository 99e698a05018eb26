/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/proc_children.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/text.h"

int proc_children_parse(const char *buf, size_t len, int32_t *pid, uint32_t size, uint32_t *count)
{
	struct text rest = text_of(buf, len), word;
	uint64_t value;

	while (text_next_word(&rest, &word)) {
		if (text_u64(word, &value) < 0 || value < 1 || value > INT32_MAX)
			return -EPROTO;
		if (*count < size)
			pid[*count] = (int32_t)value;
		(*count)++;
	}
	return 0;
}

int proc_children_read(int proc, int32_t tid, int32_t *pid, uint32_t size, uint32_t *count)
{
	char path[64], buf[4096];
	size_t len;
	int r;

	(void)snprintf(path, sizeof(path), "task/%" PRId32 "/children", tid);
	r = file_read_at(proc, path, buf, sizeof(buf), &len);
	return r < 0 ? r : proc_children_parse(buf, len, pid, size, count);
}
