/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/watch_tui.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>

#include "report/watch_detail.h"
#include "report/watch_table.h"

static SCREEN *terminal;

/* Pair numbers: the palette of style.c, as curses wants it. */
static void init_colours(void)
{
	start_color();
	use_default_colors();
	init_pair(VERDICT_GROWING + 1, COLOR_CYAN, -1);
	init_pair(VERDICT_SUSPECT + 1, COLOR_YELLOW, -1);
	init_pair(VERDICT_LEAKING + 1, COLOR_RED, -1);
}

static attr_t attribute(enum verdict_class c, bool colour)
{
	static const attr_t plain[] = {
		[VERDICT_UNKNOWN] = A_DIM,    [VERDICT_STEADY] = A_NORMAL,
		[VERDICT_GROWING] = A_NORMAL, [VERDICT_SUSPECT] = A_BOLD,
		[VERDICT_LEAKING] = A_BOLD,
	};

	if (!colour || !has_colors() || c < VERDICT_GROWING)
		return plain[c];
	return plain[c] | COLOR_PAIR(c + 1);
}

int watch_tui_open(bool colour, const char **ret_why)
{
	/* newterm and not initscr: that one exits the program when TERM is unknown. */
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal) {
		*ret_why = "the terminal type in TERM is unknown; --batch prints plain text";
		return -ENOTTY;
	}
	(void)cbreak();
	(void)noecho();
	(void)nonl();
	(void)keypad(stdscr, TRUE);
	(void)nodelay(stdscr, TRUE);
	(void)curs_set(0);
	(void)set_escdelay(25);
	if (colour && has_colors())
		init_colours();
	return 0;
}

void watch_tui_close(void)
{
	if (!terminal)
		return;
	(void)endwin();
	delscreen(terminal);
	terminal = NULL;
}

/* Above the table: host and head; below it: account and keys. A low screen gives up the account. */
static int lines_above(void)
{
	return LINES >= 4 ? 2 : LINES >= 3 ? 1 : 0;
}

static int lines_below(void)
{
	return LINES >= 8 ? 2 : LINES >= 2 ? 1 : 0;
}

uint32_t watch_tui_page(void)
{
	return (uint32_t)MAX(LINES - lines_above() - lines_below(), 1);
}

static void put_line(int y, attr_t attr, struct strbuf *s, const struct style *style)
{
	if (y < 0 || y >= LINES)
		return;
	watch_fit(s, style);
	(void)attrset(attr);
	(void)mvaddstr(y, 0, s->buf);
	if (attr & A_REVERSE) {
		for (int x = getcurx(stdscr); x < COLS && getcury(stdscr) == y; x++)
			(void)addch(' ');
	}
	(void)attrset(A_NORMAL);
}

static void draw_table(const struct watch_screen *s, const struct watch_view *v,
		       const struct style *style)
{
	char room[WATCH_LINE_SIZE];
	struct strbuf line = STRBUF(room);
	int above = lines_above(), y = above;

	watch_table_head(&line, style, s->sort, s->reverse);
	if (above)
		put_line(above - 1, A_UNDERLINE | A_BOLD, &line, style);
	for (uint32_t i = s->top; i < v->count && i < s->top + s->page; i++, y++) {
		attr_t attr = attribute(v->row[i].verdict->class, style->colour);

		watch_table_row(&line, style, &v->row[i]);
		put_line(y, i == s->cursor ? attr | A_REVERSE : attr, &line, style);
	}
	if (!v->count) {
		strbuf_clear(&line);
		strbuf_puts(&line, s->filter_len ? "nothing matches the filter" : "no process");
		put_line(y, A_DIM, &line, style);
	}
}

static void draw_text(const struct watch_screen *s, struct text all, const struct style *style)
{
	char room[WATCH_LINE_SIZE];
	struct strbuf line = STRBUF(room);
	uint32_t lines = 0, from, page = s->page + (uint32_t)(lines_above() == 2 ? 1 : 0), n = 0;
	int y = lines_above() == 2 ? 1 : lines_above();
	struct text one;

	for (size_t i = 0; i < all.n; i++)
		lines += all.p[i] == '\n';
	from = MIN(s->scroll, lines > page ? lines - page : 0);
	while (text_next_line(&all, &one)) {
		if (n++ < from || n > from + page)
			continue;
		strbuf_clear(&line);
		strbuf_add(&line, one.p, one.n);
		put_line(y++, A_NORMAL, &line, style);
	}
}

static const struct ranked *selected(const struct watch_screen *s, const struct watch_view *v)
{
	if (s->cursor >= v->count || !process_id_equal(v->row[s->cursor].id, s->selected))
		return NULL;
	return &v->row[s->cursor];
}

static void draw_page(const struct watch_screen *s, const struct watch_view *v,
		      const struct style *style)
{
	char room[16384];
	struct strbuf text = STRBUF(room);
	const struct ranked *row = selected(s, v);

	if (s->mode == SCREEN_HELP)
		watch_help(&text, style);
	else if (row)
		watch_detail(&text, style, row);
	else
		strbuf_puts(&text, "This process has ended, or the filter hides it.\n");
	draw_text(s, text_of(text.buf, text.len), style);
}

void watch_tui_draw(const struct watch_screen *s, const struct watch_view *v,
		    const struct style *style)
{
	char room[WATCH_LINE_SIZE];
	struct strbuf line = STRBUF(room);
	struct style fit = *style;

	fit.width = (uint32_t)COLS;
	(void)erase();
	watch_summary(&line, &fit, v);
	if (lines_above() == 2)
		put_line(0, A_NORMAL, &line, &fit);
	if (s->mode == SCREEN_TABLE)
		draw_table(s, v, &fit);
	else
		draw_page(s, v, &fit);
	if (lines_below() == 2) {
		watch_account(&line, &fit, v);
		put_line(LINES - 2, A_DIM, &line, &fit);
	}
	watch_screen_footer(s, &line);
	if (lines_below())
		put_line(LINES - 1, A_REVERSE, &line, &fit);
	(void)refresh();
}

static uint32_t key_of(int kind, wint_t c)
{
	static const struct {
		wint_t curses;
		uint32_t key;
	} rows[] = {
		{ KEY_UP, KEYPRESS_UP },	 { KEY_DOWN, KEYPRESS_DOWN },
		{ KEY_PPAGE, KEYPRESS_PAGE_UP }, { KEY_NPAGE, KEYPRESS_PAGE_DOWN },
		{ KEY_HOME, KEYPRESS_HOME },	 { KEY_END, KEYPRESS_END },
		{ KEY_LEFT, KEYPRESS_LEFT },	 { KEY_RIGHT, KEYPRESS_RIGHT },
		{ KEY_ENTER, KEYPRESS_ENTER },	 { KEY_BACKSPACE, KEYPRESS_BACKSPACE },
	};

	if (kind != KEY_CODE_YES) {
		if (c == '\r' || c == '\n')
			return KEYPRESS_ENTER;
		return c == 27 ? KEYPRESS_ESCAPE : (uint32_t)c;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].curses == c)
			return rows[i].key;
	}
	return KEYPRESS_OTHER;
}

/* Keys that curses holds already, then those that come within the time. */
bool watch_tui_key(double seconds, const sigset_t *mask, uint32_t *ret_key, bool *ret_gone)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	struct timespec wait = { .tv_sec = (time_t)seconds };
	wint_t c;
	int kind = get_wch(&c);

	if (kind == ERR) {
		wait.tv_nsec = (long)((seconds - (double)wait.tv_sec) * 1e9);
		if (ppoll(&input, 1, &wait, mask) <= 0)
			return false;
		kind = get_wch(&c);
		*ret_gone = kind == ERR && (input.revents & (POLLHUP | POLLERR | POLLNVAL));
	}
	if (kind == ERR || (kind == KEY_CODE_YES && c == KEY_RESIZE))
		return false;
	*ret_key = key_of(kind, c);
	return true;
}
