/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/suppressions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source/whole_file.h"

void suppressions_release(struct suppressions *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		free(s->item[i].pattern);
	free(s->item);
	*s = SUPPRESSIONS_NONE;
}

static int append(struct suppressions *s, struct text pattern, uint32_t line)
{
	char *copy;

	/* Doubles at each power of two. */
	if ((s->count & (s->count - 1)) == 0) {
		void *p = reallocarray(s->item, s->count ? 2 * (size_t)s->count : 1,
				       sizeof(*s->item));

		if (!p)
			return -ENOMEM;
		s->item = p;
	}
	copy = strndup(pattern.p, pattern.n);
	if (!copy)
		return -ENOMEM;
	s->item[s->count++] = (struct suppression){ .pattern = copy, .line = line };
	return 0;
}

static int parse_line(struct suppressions *s, struct text line, uint32_t number, struct fault *f)
{
	line = text_trim(line);
	if (!line.n || line.p[0] == '#')
		return 0;
	if (memchr(line.p, '\0', line.n))
		return fault_set(f, -EPROTO, "line %" PRIu32 " of the suppressions has a NUL byte",
				 number);
	if (!text_skip_prefix(&line, "leak:"))
		return fault_set(f, -EPROTO,
				 "line %" PRIu32 " of the suppressions does not begin with 'leak:'",
				 number);
	if (!line.n)
		return fault_set(f, -EPROTO,
				 "line %" PRIu32 " of the suppressions has no pattern: it would "
				 "hide everything",
				 number);
	if (s->count == SUPPRESSIONS_MAX)
		return fault_set(f, -E2BIG, "there are more than %d suppressions",
				 SUPPRESSIONS_MAX);
	return append(s, line, number);
}

int suppressions_parse(const char *buf, size_t len, struct suppressions *ret, struct fault *f)
{
	_cleanup_suppressions_ struct suppressions s = SUPPRESSIONS_NONE;
	struct text rest = text_of(buf, len), line;
	uint32_t number = 0;

	while (text_next_line(&rest, &line)) {
		int r = parse_line(&s, line, ++number, f);

		if (r == -ENOMEM)
			return fault_errno(f, r, "cannot keep the suppressions");
		if (r < 0)
			return r;
	}
	*ret = TAKE(s, SUPPRESSIONS_NONE);
	return 0;
}

int suppressions_read(const char *path, struct suppressions *ret, struct fault *f)
{
	char *buf;
	size_t len;
	int r = whole_file_read(path, SUPPRESSIONS_FILE_MAX, &buf, &len, f);

	if (r < 0)
		return r;
	r = suppressions_parse(buf, len, ret, f);
	free(buf);
	return r;
}

static bool pattern_matches(const char *pattern, const char *text)
{
	bool at_front = *pattern == '^', any = false;

	if (!*text)
		return false;
	pattern += at_front;
	while (*pattern && *pattern != '$') {
		const size_t piece = strcspn(pattern, "*$");
		const char *place;

		if (!piece) {
			any = true;
			at_front = false;
			pattern++;
			continue;
		}
		place = *text ? memmem(text, strlen(text), pattern, piece) : NULL;
		if (!place || (at_front && place != text))
			return false;
		text = place + piece;
		pattern += piece;
		at_front = any = false;
	}
	return !*pattern || !*text || any;
}

bool suppressions_match(struct suppressions *s, const char *text)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (pattern_matches(s->item[i].pattern, text)) {
			s->item[i].used++;
			return true;
		}
	return false;
}
