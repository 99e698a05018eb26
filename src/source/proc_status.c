/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/proc_status.h"

#include <errno.h>

#include "base/fd.h"
#include "source/keyed.h"

struct raw {
	struct proc_status s;
	struct opt_u64 ppid, threads;
	bool has_uid;
};

#define ROW(member, key, unit) KEYED(struct raw, member, key, unit)
static const struct keyed table[] = {
	ROW(ppid, "PPid", KEYED_PLAIN),
	ROW(threads, "Threads", KEYED_PLAIN),
	ROW(s.vm_size_bytes, "VmSize", KEYED_KB),
	ROW(s.vm_data_bytes, "VmData", KEYED_KB),
	ROW(s.rss_bytes, "VmRSS", KEYED_KB),
	ROW(s.rss_anon_bytes, "RssAnon", KEYED_KB),
	ROW(s.rss_file_bytes, "RssFile", KEYED_KB),
	ROW(s.rss_shmem_bytes, "RssShmem", KEYED_KB),
	ROW(s.pte_bytes, "VmPTE", KEYED_KB),
	ROW(s.swap_bytes, "VmSwap", KEYED_KB),
	ROW(s.hugetlb_bytes, "HugetlbPages", KEYED_KB),
};
#undef ROW

/* "Uid:\treal\teffective\tsaved\tfs" and "State:\tS (sleeping)". */
static int status_words(struct text line, struct raw *m)
{
	struct text word;
	uint64_t uid;

	if (text_skip_prefix(&line, "Uid:")) {
		if (m->has_uid || !text_next_word(&line, &word) || !text_next_word(&line, &word) ||
		    text_u64(word, &uid) < 0 || uid > UINT32_MAX)
			return -EPROTO;
		m->s.uid = (uint32_t)uid;
		m->has_uid = true;
	} else if (text_skip_prefix(&line, "State:")) {
		if (m->s.state || !text_next_word(&line, &word) || word.n != 1 || !word.p[0])
			return -EPROTO;
		m->s.state = word.p[0];
	}
	return 0;
}

static bool parts_exceed_rss(const struct proc_status *s)
{
	uint64_t sum;

	/* Unknown parts are 0 in .value. */
	return opt_is_known(s->rss_bytes) &&
	       (__builtin_add_overflow(s->rss_anon_bytes.value, s->rss_file_bytes.value, &sum) ||
		__builtin_add_overflow(sum, s->rss_shmem_bytes.value, &sum) ||
		sum > s->rss_bytes.value);
}

int proc_status_parse(const char *buf, size_t len, struct proc_status *ret)
{
	struct text in = text_of(buf, len), line;
	struct raw m = { 0 };

	while (text_next_line(&in, &line)) {
		int r = keyed_line(line, ':', table, ARRAY_SIZE(table), &m);

		if (r == 0)
			r = status_words(line, &m);
		if (r < 0)
			return r;
	}
	if (!m.s.state || !m.has_uid || !opt_is_known(m.ppid) || !opt_is_known(m.threads) ||
	    m.ppid.value > INT32_MAX || m.threads.value > INT32_MAX || parts_exceed_rss(&m.s))
		return -EPROTO;
	m.s.ppid = (int32_t)m.ppid.value;
	m.s.threads = (uint32_t)m.threads.value;
	*ret = m.s;
	return 0;
}

int proc_status_read(int dirfd, const char *path, char *buf, size_t size, struct proc_status *ret)
{
	size_t len;
	int r = file_read_once_at(dirfd, path, buf, size, &len);

	return r < 0 ? r : proc_status_parse(buf, len, ret);
}
