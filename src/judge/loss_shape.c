/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/loss_shape.h"

#define FIRST_PAGE 4096
/* glibc gives up to 24 bytes more than was asked for: words of them are what was there before. */
#define SLACK_WORDS 3
/* A text of fewer bytes is as likely a number. */
#define TEXT_END_BYTES 3
#define TEXT_BYTES 4

static bool is_printable(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t';
}

static uint64_t printable_bytes(const uint8_t *p, uint64_t size)
{
	uint64_t n = 0;

	while (n < size && is_printable(p[n]))
		n++;
	return n;
}

bool loss_is_text(const uint8_t *p, uint64_t size)
{
	return printable_bytes(p, size) >= TEXT_BYTES;
}

static enum word_look look_at_pointer(const struct memory_image *image, const struct reach_index *x,
				      uint64_t word, struct loss_shape *s)
{
	const struct mapping *m;
	struct reach_spot spot;

	if (word - x->low < x->span) {
		if (reach_find(x, word, &spot))
			return LOOK_HEAP;
		if (reach_area_of(x, word))
			return LOOK_FREED;
	}
	m = word >= FIRST_PAGE ? image_find(image, word) : NULL;
	if (!m)
		return LOOK_NUMBER;
	if (m->flags & MAPPING_EXEC)
		return LOOK_CODE;
	if (m->path && m->path[0] == '/' && word % IMAGE_WORD == 0)
		s->candidate[s->candidates++] = word;
	return LOOK_DATA;
}

static enum word_look look_at(const struct memory_image *image, const struct reach_index *x,
			      const uint8_t *p, bool in_text, struct loss_shape *s)
{
	const uint64_t word = load_word(p);
	enum word_look look;
	uint64_t text;

	if (word == 0)
		return LOOK_ZERO;
	text = printable_bytes(p, IMAGE_WORD);
	if (text == IMAGE_WORD)
		return LOOK_TEXT;
	look = look_at_pointer(image, x, word, s);
	if (look != LOOK_NUMBER)
		return look;
	if (in_text && p[text] == 0)
		return LOOK_TEXT;
	/* The text alone: what follows its NUL is zero. */
	return text >= TEXT_END_BYTES && word >> (8 * text) == 0 ? LOOK_TEXT : LOOK_NUMBER;
}

/* A text and what was there before it: one shape for texts of all lengths. */
static bool is_text_alone(const char *look, uint64_t words, uint64_t all_words)
{
	uint64_t n = 0;

	while (n < words && look[n] == LOOK_TEXT)
		n++;
	return n > 0 && (n == words || all_words - n <= SLACK_WORDS);
}

void loss_shape_of(const struct memory_image *image, const struct reach_index *x,
		   const uint8_t *copy, uint64_t size, struct loss_shape *ret)
{
	const uint64_t all_words = size / IMAGE_WORD;
	const uint64_t words = MIN(all_words, (uint64_t)LOSS_SHAPE_WORDS);
	bool in_text = false;

	*ret = (struct loss_shape){ 0 };
	for (uint64_t i = 0; i < words; i++) {
		const uint8_t *p = copy + i * IMAGE_WORD;

		ret->look[i] = (char)look_at(image, x, p, in_text, ret);
		in_text = ret->look[i] == LOOK_TEXT && memchr(p, 0, IMAGE_WORD) == NULL;
	}
	if (is_text_alone(ret->look, words, all_words)) {
		memset(ret->look, 0, sizeof(ret->look));
		ret->look[0] = LOOK_TEXT;
	}
}
