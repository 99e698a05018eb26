/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/watch_screen.h"

#define CTRL(c) ((c)&0x1f)

static void follow(struct watch_screen *s, const struct ranked *rows)
{
	if (s->cursor < s->count)
		s->selected = rows[s->cursor].id;
}

static void keep_visible(struct watch_screen *s)
{
	uint32_t page = MAX(s->page, 1u);

	if (s->cursor < s->top)
		s->top = s->cursor;
	if (s->cursor >= s->top + page)
		s->top = s->cursor - page + 1;
	if (s->top + page > s->count)
		s->top = s->count > page ? s->count - page : 0;
}

uint32_t watch_screen_update(struct watch_screen *s, struct ranked *rows, uint32_t count,
			     uint32_t page)
{
	s->count = s->filter_len ? ranked_filter(rows, count, watch_screen_filter(s)) : count;
	s->page = page;
	ranked_sort(rows, s->count, s->sort, s->reverse);
	for (uint32_t i = 0; i < s->count; i++) {
		if (process_id_equal(rows[i].id, s->selected))
			s->cursor = i;
	}
	s->cursor = MIN(s->cursor, s->count ? s->count - 1 : 0);
	/* In the detail the selection stays on a process that ended, and says so. */
	if (s->mode != SCREEN_DETAIL)
		follow(s, rows);
	keep_visible(s);
	return s->count;
}

static bool edit(struct watch_screen *s, uint32_t key)
{
	switch (key) {
	case KEYPRESS_ENTER:
		s->editing = false;
		return false;
	case KEYPRESS_ESCAPE:
		s->editing = false;
		s->filter_len = 0;
		return true;
	case KEYPRESS_BACKSPACE:
	case CTRL('h'):
	case 0x7f:
		s->filter_len -= s->filter_len > 0;
		return true;
	case CTRL('u'):
		s->filter_len = 0;
		return true;
	default:
		if (key < 0x20 || key >= 0x7f || s->filter_len == SCREEN_FILTER_SIZE)
			return false;
		s->filter[s->filter_len++] = (char)key;
		return true;
	}
}

/* Where a movement key leads from `at`, of `count` places. */
static bool moved(uint32_t key, uint32_t page, uint32_t count, uint32_t *at)
{
	uint32_t last = count ? count - 1 : 0, half = MAX(page / 2, 1u);
	int64_t to = *at;

	switch (key) {
	case KEYPRESS_UP:
	case 'k':
		to -= 1;
		break;
	case KEYPRESS_DOWN:
	case 'j':
		to += 1;
		break;
	case CTRL('u'):
		to -= half;
		break;
	case CTRL('d'):
		to += half;
		break;
	case KEYPRESS_PAGE_UP:
	case CTRL('b'):
		to -= MAX(page, 1u);
		break;
	case KEYPRESS_PAGE_DOWN:
	case CTRL('f'):
		to += MAX(page, 1u);
		break;
	case KEYPRESS_HOME:
	case 'g':
		to = 0;
		break;
	case KEYPRESS_END:
	case 'G':
		to = last;
		break;
	default:
		return false;
	}
	*at = (uint32_t)MIN(MAX(to, (int64_t)0), (int64_t)last);
	return true;
}

/* Keys that choose an order; the same key again turns it round. */
static const struct {
	char key;
	enum rank_key sort;
} sort_keys[] = {
	{ 'S', RANK_SCORE },  { 'M', RANK_MEMORY },	{ 'W', RANK_SWAP },
	{ 'R', RANK_GROWTH }, { 'E', RANK_EXHAUSTION }, { 'A', RANK_AGE },
	{ 'P', RANK_PID },    { 'N', RANK_NAME },	{ 'U', RANK_UNIT },
};

static bool set_sort(struct watch_screen *s, enum rank_key sort)
{
	s->reverse = s->sort == sort && !s->reverse;
	s->sort = sort;
	return true;
}

static bool table_key(struct watch_screen *s, uint32_t key)
{
	for (size_t i = 0; i < ARRAY_SIZE(sort_keys); i++) {
		if (key == (uint32_t)sort_keys[i].key)
			return set_sort(s, sort_keys[i].sort);
	}
	switch (key) {
	case 's':
	case '>':
	case KEYPRESS_RIGHT:
		s->reverse = false;
		s->sort = (s->sort + 1) % RANK_KEYS;
		return true;
	case '<':
	case KEYPRESS_LEFT:
		s->reverse = false;
		s->sort = (s->sort + RANK_KEYS - 1) % RANK_KEYS;
		return true;
	case 'r':
		s->reverse = !s->reverse;
		return true;
	case '/':
		s->editing = true;
		return false;
	case KEYPRESS_ESCAPE:
		s->filter_len = 0;
		return true;
	case KEYPRESS_ENTER:
		s->mode = s->count ? SCREEN_DETAIL : SCREEN_TABLE;
		s->scroll = 0;
		return false;
	default:
		return false;
	}
}

/* Text of unknown length: the renderer stops at its end. */
#define TEXT_LINES_MAX 512

bool watch_screen_key(struct watch_screen *s, uint32_t key, const struct ranked *rows)
{
	if (s->editing)
		return edit(s, key);
	switch (key) {
	case 'q':
	case CTRL('c'):
		s->quit = s->mode == SCREEN_TABLE || key == CTRL('c');
		s->mode = SCREEN_TABLE;
		return false;
	case 'p':
	case ' ':
		s->paused = !s->paused;
		return false;
	case '?':
	case 'h':
		s->mode = s->mode == SCREEN_HELP ? SCREEN_TABLE : SCREEN_HELP;
		s->scroll = 0;
		return false;
	default:
		break;
	}
	if (s->mode == SCREEN_TABLE) {
		if (!moved(key, s->page, s->count, &s->cursor))
			return table_key(s, key);
		follow(s, rows);
		keep_visible(s);
		return false;
	}
	if (key == KEYPRESS_ESCAPE || key == KEYPRESS_ENTER)
		s->mode = SCREEN_TABLE;
	else
		(void)moved(key, s->page, TEXT_LINES_MAX, &s->scroll);
	return false;
}

void watch_screen_footer(const struct watch_screen *s, struct strbuf *out)
{
	static const char *const keys[] = {
		[SCREEN_TABLE] =
			"q quit  ? help  Enter details  / filter  s sort  r reverse  p pause",
		[SCREEN_DETAIL] = "q back  j/k scroll  p pause  ? help",
		[SCREEN_HELP] = "q back  j/k scroll",
	};

	strbuf_clear(out);
	if (s->editing) {
		strbuf_puts(out, "filter: ");
		strbuf_add(out, s->filter, s->filter_len);
		strbuf_puts(out, "_  Enter keep  Esc clear");
		return;
	}
	if (s->paused)
		strbuf_puts(out, "PAUSED  ");
	strbuf_puts(out, keys[s->mode]);
	if (s->filter_len) {
		strbuf_puts(out, "  filter: ");
		strbuf_add(out, s->filter, s->filter_len);
	}
}
