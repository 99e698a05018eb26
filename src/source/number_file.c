/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/number_file.h"

#include <errno.h>

#include "base/fd.h"
#include "base/text.h"

static int hex(struct text t, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t value = 0;

	if (!text_skip_prefix(&t, "0x") || !t.n || t.n > 16)
		return -EPROTO;
	for (size_t i = 0; i < t.n; i++) {
		const char *at = t.p[i] ? strchr(digits, t.p[i]) : NULL;

		if (!at)
			return -EPROTO;
		value = value << 4 | (uint64_t)(at - digits);
	}
	*ret = value;
	return 0;
}

static int plain(struct text t, uint64_t *ret)
{
	int64_t negative;

	if (text_u64(t, ret) == 0)
		return 0;
	if (text_i64(t, &negative) < 0)
		return -EPROTO;
	*ret = (uint64_t)negative;
	return 0;
}

static int one_of(struct text t, const char *yes, const char *no, uint64_t *ret)
{
	if (t.n != 1 || !t.p[0] || (!strchr(yes, t.p[0]) && !strchr(no, t.p[0])))
		return -EPROTO;
	*ret = strchr(yes, t.p[0]) ? 1 : 0;
	return 0;
}

int number_file_parse(const char *buf, size_t len, enum number_form form, uint64_t *ret)
{
	struct text in = text_of(buf, len), line = TEXT("");
	uint64_t kib;

	(void)text_next_line(&in, &line);
	line = text_trim(line);
	if (in.n)
		return -EPROTO;
	switch (form) {
	case NUMBER_PLAIN:
		return plain(line, ret);
	case NUMBER_HEX:
		return hex(line, ret);
	case NUMBER_KIB:
		if (text_u64(line, &kib) < 0 || __builtin_mul_overflow(kib, KIB, ret))
			return -EPROTO;
		return 0;
	case NUMBER_SWITCH:
		return one_of(line, "Yy1", "Nn0", ret);
	case NUMBER_ON:
		if (!line.n)
			return -EPROTO;
		*ret = text_is(line, "on");
		return 0;
	case NUMBER_NAME:
		*ret = line.n && !text_is(line, "(null)");
		return 0;
	}
	return -EPROTO;
}

enum known known_of_errno(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ENODEV || r == -EOPNOTSUPP ? ABSENT
										 : UNREADABLE;
}

static struct opt_u64 read_one(int dirfd, const struct number_file *f)
{
	char buf[256];
	size_t len;
	uint64_t value;
	int r = dirfd < 0 ? -ENOENT : file_read_at(dirfd, f->path, buf, sizeof(buf), &len);

	if (r == 0)
		r = number_file_parse(buf, len, f->form, &value);
	return r < 0 ? opt_u64_none(known_of_errno(r)) : opt_u64_of(value);
}

void number_files_read(const struct root *root, const struct number_file *table, size_t count,
		       void *base)
{
	for (size_t i = 0; i < count; i++)
		*(struct opt_u64 *)(void *)((char *)base + table[i].offset) =
			read_one(table[i].sys ? root->sys : root->proc, &table[i]);
}
