/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/psi.h"

#include <errno.h>

#include "base/fd.h"
#include "base/text.h"

static int psi_average(struct text *rest, const char *name, double *ret)
{
	struct text word;

	if (!text_next_word(rest, &word) || !text_skip_prefix(&word, name))
		return -EPROTO;
	if (text_double(word, ret) < 0 || *ret < 0 || *ret > 100)
		return -EPROTO;
	return 0;
}

static int psi_line(struct text rest, struct psi_line *line)
{
	struct psi_line l = { .present = true };
	struct text word;
	uint64_t total_usec;

	if (line->present || psi_average(&rest, "avg10=", &l.avg10) < 0 ||
	    psi_average(&rest, "avg60=", &l.avg60) < 0 ||
	    psi_average(&rest, "avg300=", &l.avg300) < 0)
		return -EPROTO;
	if (!text_next_word(&rest, &word) || !text_skip_prefix(&word, "total=") ||
	    text_u64(word, &total_usec) < 0 || text_trim(rest).n)
		return -EPROTO;
	l.total_seconds = (double)total_usec / 1e6;
	*line = l;
	return 0;
}

int psi_parse(const char *buf, size_t len, struct psi *ret)
{
	struct text in = text_of(buf, len), line;
	struct psi p = { 0 };

	while (text_next_line(&in, &line)) {
		int r = 0;

		if (text_skip_prefix(&line, "some "))
			r = psi_line(line, &p.some);
		else if (text_skip_prefix(&line, "full "))
			r = psi_line(line, &p.full);
		if (r < 0)
			return r;
	}
	if (!p.some.present)
		return -EPROTO;
	*ret = p;
	return 0;
}

int psi_read(int fd, struct psi *ret)
{
	char buf[512];
	size_t len;
	int r = fd_read_once(fd, buf, sizeof(buf), &len);

	return r < 0 ? r : psi_parse(buf, len, ret);
}
