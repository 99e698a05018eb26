/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/log_join.h"

/* Where mailers break lines: RFC 3676 wants 78 at most, most programs 72 or 76, quoting adds. */
#define MAIL_LEAST 64
#define MAIL_MOST 100
#define TERMINAL 80

static bool same_as_last(const struct log_join *j, const struct log_line *l)
{
	if (l->text.n != j->last_len || !l->text.n || memcmp(l->text.p, j->last, j->last_len) != 0)
		return false;
	if (opt_is_known(l->stamp.boot_usec) && opt_is_known(j->last_boot_usec))
		return l->stamp.boot_usec.value == j->last_boot_usec.value;
	/* Without a timestamp only for lines that no report has twice. */
	return j->sink->whole(l->text);
}

static int pass_on(struct log_join *j, const struct log_line *l)
{
	if (same_as_last(j, l))
		return 0;
	j->last_len = l->text.n <= sizeof(j->last) ? l->text.n : 0;
	if (j->last_len)
		memcpy(j->last, l->text.p, j->last_len);
	j->last_boot_usec = l->stamp.boot_usec;
	return j->sink->line(j->sink->arg, l);
}

static struct text with(struct log_join *j, struct text head, bool blank, struct text tail)
{
	char *end = j->joined + head.n;

	if (head.p != j->joined)
		memcpy(j->joined, head.p, head.n);
	if (blank)
		*end++ = ' ';
	memcpy(end, tail.p, tail.n);
	return text_of(j->joined, head.n + blank + tail.n);
}

static bool makes_sense(const struct log_join *j, struct text t)
{
	return j->sink->whole(t) || j->sink->open(t);
}

static bool has_blank(struct text t)
{
	return memchr(t.p, ' ', t.n) != NULL;
}

/* No mailer leaves a line as long if it could break it: a terminal did, perhaps within a word. */
static bool looks_hard(const struct log_piece *before)
{
	return before->wrap.width == TERMINAL ||
	       (before->wrap.width > MAIL_MOST && has_blank(before->line.text));
}

/* "oom_score_adj=90", "0": nobody prints a number of a few digits alone. */
static bool number_goes_on(const struct log_piece *before, const struct log_piece *next)
{
	const struct text head = before->line.text, tail = next->line.text;
	size_t digits = 0;

	while (digits < tail.n && tail.p[digits] >= '0' && tail.p[digits] <= '9')
		digits++;
	return digits == tail.n && digits < 5 && head.n && head.p[head.n - 1] >= '0' &&
	       head.p[head.n - 1] <= '9' && !before->wrap.padded && !next->indented;
}

/* A path that goes on where both parts are whole: "limit of /kubepo", "ds/burstable/pod7". */
static bool path_goes_on(const struct log_piece *before, const struct log_piece *next)
{
	const struct text head = before->line.text, tail = next->line.text;
	const char *blank = memrchr(head.p, ' ', head.n);

	return looks_hard(before) && blank && blank + 1 < head.p + head.n && blank[1] == '/' &&
	       !has_blank(tail) && memchr(tail.p, '/', tail.n);
}

/* Would the next word have fitted on the line before? Then no mailer broke it there. */
static bool broken_by_mailer(const struct log_piece *before, const struct log_piece *next)
{
	struct text rest = next->line.text, word = { 0 };

	(void)text_next_word(&rest, &word);
	return before->wrap.width <= MAIL_MOST && before->wrap.width + 1 + word.n > MAIL_LEAST;
}

/* Of two ways that both make sense, the one that the grammar takes for whole. */
static bool other_way_is_better(struct log_join *j, struct text all, bool blank, struct text tail)
{
	const struct text one = with(j, all, blank, tail);
	bool whole, sense;

	if (j->sink->whole(one))
		return false;
	sense = j->sink->open(one);
	whole = j->sink->whole(with(j, all, !blank, tail));
	return whole || !sense;
}

struct joining {
	uint32_t whole; /* number of pieces in the longest join that is whole; 1: none */
	size_t len;	/* of that text */
	uint32_t width; /* of the terminal that broke it within a word; 0: none did */
};

/*
 * Joins the pieces one by one; where both ways make sense, without a blank if `hard`. What a
 * terminal broke, a mailer may have broken again: the terminal's width is that of the pieces
 * together.
 */
static struct joining join_all(struct log_join *j, bool hard)
{
	struct text all = j->piece[0].line.text;
	struct joining best = { .whole = 1, .len = all.n };
	bool whole_so_far = j->sink->whole(all);
	uint32_t width = 0, edge = j->piece[0].wrap.lead + j->piece[0].wrap.width;

	for (uint32_t i = 1; i < j->count; i++) {
		const struct log_piece *before = &j->piece[i - 1], *next = &j->piece[i];
		const struct text tail = next->line.text;
		const bool at_edge = edge == j->hard_width;
		bool blank = next->indented || before->wrap.padded ||
			     !(at_edge || before->wrap.width == TERMINAL || hard);

		if (!next->indented && !before->wrap.padded &&
		    other_way_is_better(j, all, blank, tail))
			blank = !blank;
		if (whole_so_far && j->sink->open(tail))
			break;
		if (whole_so_far && !(blank ? broken_by_mailer(before, next)
					    : at_edge || path_goes_on(before, next) ||
						      number_goes_on(before, next)))
			break;
		if (!blank && (!width || at_edge))
			width = edge;
		edge = at_edge || (!blank && !j->hard_width) ? next->wrap.width
							     : edge + next->wrap.width;
		all = with(j, all, blank, tail);
		whole_so_far = j->sink->whole(all);
		if (whole_so_far)
			best = (struct joining){ .whole = i + 1, .len = all.n, .width = width };
		else if (!j->sink->open(all))
			break;
	}
	return best;
}

/* Pieces of one width but for the last: a terminal. */
static bool all_look_hard(const struct log_join *j)
{
	for (uint32_t i = 1; i + 1 < j->count; i++)
		if (j->piece[i].wrap.width != j->piece[0].wrap.width)
			return false;
	return j->count > 2 || looks_hard(&j->piece[0]);
}

static struct joining best_joining(struct log_join *j)
{
	const bool hard = all_look_hard(j);
	const struct joining first = join_all(j, hard);
	struct joining second;

	if (first.whole == j->count)
		return first;
	second = join_all(j, !hard);
	if (second.whole > first.whole)
		return second;
	return first.whole > 1 ? join_all(j, hard) : first; /* .joined is the second's */
}

static void point_to_own(struct log_piece *p)
{
	p->line.origin.p = p->origin;
}

static void drop_pieces(struct log_join *j, uint32_t n)
{
	j->count -= n;
	memmove(j->piece, j->piece + n, j->count * sizeof(j->piece[0]));
	for (uint32_t i = 0; i < j->count; i++)
		point_to_own(&j->piece[i]);
	if (!j->count)
		j->used = 0;
}

/*
 * A name that goes on, where the line is whole without its rest: it fills the width at which other
 * lines of this log were broken, and what follows is no line of its own.
 */
static bool fills_the_width(struct log_join *j, const struct log_piece *first, struct text second,
			    bool indented)
{
	const uint32_t width = first->wrap.lead + first->wrap.width;
	struct text rest = second, word = { 0 };

	if (!j->hard_width && !(j->soft_width && first->own && !indented))
		return false;
	(void)text_next_word(&rest, &word);
	if (width != j->hard_width && (j->hard_width || width + 1 + word.n <= j->soft_width))
		return false;
	return j->sink->whole(first->line.text) && !makes_sense(j, second);
}

/*
 * May the first piece go on in the second? Also where too little of a record is left before the
 * wrap for the grammar to know it: "[   12.345678] Killed", "process 77 (cron) ...".
 */
static bool may_begin(struct log_join *j, const struct log_piece *first, struct text second,
		      bool indented)
{
	const struct text head = first->line.text;

	if (head.n > LOG_JOIN_WIDTH)
		return false;
	if (j->sink->open(head) || fills_the_width(j, first, second, indented))
		return true;
	return first->own && first->wrap.width <= MAIL_MOST && !j->sink->whole(head) &&
	       (makes_sense(j, with(j, head, true, second)) ||
		makes_sense(j, with(j, head, false, second)));
}

/* A mailer's lines are of any length up to its own. */
static void learn_soft_width(struct log_join *j, uint32_t pieces)
{
	for (uint32_t i = 0; i + 1 < pieces; i++)
		if (has_blank(j->piece[i].line.text))
			j->soft_width = MAX(j->soft_width, j->piece[i].wrap.width);
}

/* Passes on one line: as many of the first pieces as make one. */
static int resolve_one(struct log_join *j)
{
	struct log_line line = j->piece[0].line;
	struct joining best = { .whole = 1 };
	int r;

	if (j->count > 1 && may_begin(j, &j->piece[0], j->piece[1].line.text, j->piece[1].indented))
		best = best_joining(j);
	if (best.whole > 1) {
		line.console_bytes += (uint32_t)(best.len - line.text.n);
		line.text = text_of(j->joined, best.len);
		line.repaired = true;
		j->hard_width = best.width ? best.width : j->hard_width;
		if (!best.width)
			learn_soft_width(j, best.whole);
	}
	r = pass_on(j, &line);
	drop_pieces(j, best.whole);
	return r;
}

int log_join_flush(struct log_join *j)
{
	int r = 0;

	while (r == 0 && j->count)
		r = resolve_one(j);
	return r;
}

static void keep(struct log_join *j, const struct log_prefix *p, const struct log_wrap *wrap)
{
	struct log_piece *piece = &j->piece[j->count++];
	const struct text text = p->line.text, origin = p->line.origin;

	piece->line = p->line;
	piece->own = p->own;
	piece->indented = p->indented;
	piece->wrap = *wrap;
	piece->line.origin.n = MIN(origin.n, sizeof(piece->origin));
	if (piece->line.origin.n)
		memcpy(piece->origin, origin.p, piece->line.origin.n);
	point_to_own(piece);
	piece->line.text = text_of(j->text + j->used, text.n);
	memcpy(j->text + j->used, text.p, text.n);
	j->used += (uint32_t)text.n;
}

/* May the line belong to what waits? A line that is whole stands for itself. */
static bool may_continue(struct log_join *j, const struct log_prefix *p)
{
	const struct text text = p->line.text;

	if (!j->count || p->own || j->count == LOG_JOIN_PIECES || text.n > LOG_JOIN_WIDTH)
		return false;
	if (j->count == 1 && !may_begin(j, &j->piece[0], text, p->indented))
		return false;
	return !j->sink->whole(text);
}

int log_join_add(struct log_join *j, const struct log_prefix *p, const struct log_wrap *wrap)
{
	int r = 0;

	if (!may_continue(j, p))
		r = log_join_flush(j);
	if (r == 0)
		keep(j, p, wrap);
	return r;
}
