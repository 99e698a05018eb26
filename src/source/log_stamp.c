/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/log_stamp.h"

#define USEC UINT64_C(1000000)
#define BRACKET_MAX 64 /* dmesg -T in the longest locale is some 45 bytes */

static char at(struct text t, size_t i)
{
	return i < t.n ? t.p[i] : '\0';
}

static struct text from(struct text t, size_t i)
{
	return text_of(t.p + i, t.n - i);
}

static size_t blanks(struct text t)
{
	size_t i = 0;

	while (i < t.n && (t.p[i] == ' ' || t.p[i] == '\t'))
		i++;
	return i;
}

/* Up to `max` digits at the front; how many there were. */
static size_t digits(struct text t, size_t max, uint64_t *ret)
{
	size_t i = 0;

	*ret = 0;
	for (; i < max && is_digit(at(t, i)); i++)
		*ret = *ret * 10 + (uint64_t)(t.p[i] - '0');
	return is_digit(at(t, i)) ? 0 : i;
}

static bool take_number(struct text *t, size_t least, size_t most, uint64_t *ret)
{
	size_t n = digits(*t, most, ret);

	if (n < least || !n)
		return false;
	*t = from(*t, n);
	return true;
}

static inline bool take_char(struct text *t, const char *set)
{
	for (; t->n && *set; set++)
		if (t->p[0] == *set) {
			*t = from(*t, 1);
			return true;
		}
	return false;
}

/* ".123456" or ",123": microseconds, whatever the number of digits. */
static uint64_t take_fraction(struct text *t)
{
	uint64_t usec = 0, scale = USEC / 10;
	size_t i = 1;

	if ((at(*t, 0) != '.' && at(*t, 0) != ',') || !is_digit(at(*t, 1)))
		return 0;
	for (; i < 10 && is_digit(at(*t, i)); i++, scale /= 10)
		usec += (uint64_t)(t->p[i] - '0') * scale;
	*t = from(*t, i);
	return usec;
}

/* "12:47:02.123": microseconds of the day. */
static bool take_time(struct text *t, uint64_t *ret_usec)
{
	struct text rest = *t;
	uint64_t hour, minute, second;

	if (!take_number(&rest, 1, 2, &hour) || !take_char(&rest, ":") ||
	    !take_number(&rest, 2, 2, &minute) || !take_char(&rest, ":") ||
	    !take_number(&rest, 2, 2, &second) || hour > 24 || minute > 59 || second > 60)
		return false;
	*ret_usec = (hour * 3600 + minute * 60 + second) * USEC + take_fraction(&rest);
	*t = rest;
	return true;
}

static bool take_date(struct text *t, uint64_t *ret_usec)
{
	struct text rest = *t;
	uint64_t year, month, day;

	if (!take_number(&rest, 4, 4, &year) || !take_char(&rest, "-/") ||
	    !take_number(&rest, 2, 2, &month) || !take_char(&rest, "-/") ||
	    !take_number(&rest, 2, 2, &day) || year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > 31)
		return false;
	*ret_usec = log_civil_usec((unsigned int)year, (unsigned int)month, (unsigned int)day);
	*t = rest;
	return true;
}

/* "Z", "+01:00", "+0100", " +0100", "-05". */
static void take_zone(struct text *t)
{
	struct text rest = *t;
	uint64_t number;

	if (take_char(t, "Z"))
		return;
	(void)take_char(&rest, " ");
	if (!take_char(&rest, "+-") || !take_number(&rest, 2, 4, &number))
		return;
	if (take_char(&rest, ":") && !take_number(&rest, 2, 2, &number))
		return;
	*t = rest;
}

/* `t` is what is left of *from; what was taken is kept as it was written. */
static void finish(struct text *from, struct text t, uint64_t usec, bool dated,
		   struct oom_stamp *ret)
{
	size_t len = MIN((size_t)(t.p - from->p), sizeof(ret->wall_text) - 1);

	memcpy(ret->wall_text, from->p, len);
	ret->wall_text[len] = '\0';
	ret->wall_usec = dated ? opt_u64_of(usec) : opt_u64_none(ABSENT);
	*from = t;
}

/* "[2-3219.1870]" of television sets: the CPU, seconds, ten-thousandths. */
static bool take_stamp_of_cpu(struct text *t, uint64_t *ret_seconds, uint64_t *ret_usec)
{
	struct text rest = *t;
	uint64_t cpu;

	if (!take_number(&rest, 1, 3, &cpu) || !take_char(&rest, "-") ||
	    !take_number(&rest, 1, 10, ret_seconds) || !take_char(&rest, ".") ||
	    !take_number(&rest, 4, 4, ret_usec) || !take_char(&rest, "]"))
		return false;
	*ret_usec *= 100;
	*t = rest;
	return true;
}

bool log_stamp_printk(struct text *t, struct oom_stamp *ret)
{
	struct text rest = *t;
	bool open = take_char(&rest, "[");
	uint64_t seconds, usec;

	rest = from(rest, open ? blanks(rest) : 0);
	if (open && take_stamp_of_cpu(&rest, &seconds, &usec)) {
		ret->boot_usec = opt_u64_of(seconds * USEC + usec);
		*t = rest;
		return true;
	}
	if (!take_number(&rest, 1, 12, &seconds) || !take_char(&rest, ".") ||
	    !take_number(&rest, 6, 6, &usec))
		return false;
	if (take_char(&rest, ",@") && !take_number(&rest, 1, 2, &(uint64_t){ 0 }))
		return false;
	if (open && at(rest, 0) == ' ' && at(rest, 1) == '<') {
		const char *end = memchr(rest.p, '>', MIN(rest.n, (size_t)24));

		if (!end)
			return false;
		rest = from(rest, (size_t)(end - rest.p) + 1);
	}
	if (!take_char(&rest, "]"))
		return false;
	ret->boot_usec = opt_u64_of(seconds * USEC + usec);
	*t = rest;
	return true;
}

bool log_stamp_iso(struct text *t, struct oom_stamp *ret)
{
	struct text rest = *t;
	uint64_t day, usec;

	if (!take_date(&rest, &day) || !take_char(&rest, "T _") || !take_time(&rest, &usec))
		return false;
	take_zone(&rest);
	if (rest.n && is_digit(rest.p[0]))
		return false;
	finish(t, rest, day + usec, true, ret);
	return true;
}

bool log_stamp_clock(struct text *t, struct oom_stamp *ret)
{
	struct text rest = *t;
	uint64_t usec;

	if (!take_time(&rest, &usec) || at(rest, 0) != ' ')
		return false;
	finish(t, rest, usec, true, ret);
	return true;
}

bool log_stamp_unix(struct text *t, struct oom_stamp *ret)
{
	struct text rest = *t;
	uint64_t seconds, usec;

	if (!take_number(&rest, 10, 10, &seconds) || !take_char(&rest, ".") ||
	    !take_number(&rest, 6, 6, &usec) || at(rest, 0) != ' ')
		return false;
	finish(t, rest, seconds * USEC + usec, true, ret);
	return true;
}

bool log_stamp_logcat(struct text *t, struct oom_stamp *ret)
{
	struct text rest = *t;
	uint64_t month, day, usec;

	if (!take_number(&rest, 2, 2, &month) || !take_char(&rest, "-") ||
	    !take_number(&rest, 2, 2, &day) || !take_char(&rest, " ") || !take_time(&rest, &usec) ||
	    month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	finish(t, rest, log_civil_usec(0, (unsigned int)month, (unsigned int)day) + usec, true,
	       ret);
	return true;
}

static bool is_weekday(struct text word)
{
	static const char days[] = "MonTueWedThuFriSatSun";

	if (word.n < 3)
		return false;
	for (size_t i = 0; i < sizeof(days) - 1; i += 3)
		if (memcmp(word.p, days + i, 3) == 0)
			return word.n == 3;
	return false;
}

/* Weekdays are told by their place: before "2025-11-26" any short word is one. */
static bool take_dated_weekday(struct text *t, struct oom_stamp *ret)
{
	struct text rest = *t, word;
	struct oom_stamp stamp;
	size_t zone = 1;

	if (!text_next_word(&rest, &word) || word.n > 12 || at(rest, 0) != ' ' ||
	    !is_digit(at(rest, 1)))
		return false;
	rest = from(rest, 1);
	if (!log_stamp_iso(&rest, &stamp))
		return false;
	while (zone < 6 && at(rest, zone) >= 'A' && at(rest, zone) <= 'Z')
		zone++;
	if (at(rest, 0) == ' ' && zone >= 3 && at(rest, zone) == ' ')
		rest = from(rest, zone);
	finish(t, rest, stamp.wall_usec.value, true, ret);
	return true;
}

/* "20 12:47:02", "20 2025 12:47:02" or "20 12:47:02 2025" after the month. */
static bool take_day_time(struct text *t, unsigned int month, uint64_t *ret_usec)
{
	struct text rest = from(*t, blanks(*t)), later;
	uint64_t day, usec, year = 0, number;

	if (!take_number(&rest, 1, 2, &day) || day < 1 || day > 31)
		return false;
	(void)take_char(&rest, ".,");
	if (!take_char(&rest, " "))
		return false;
	rest = from(rest, blanks(rest));
	later = rest;
	if (take_number(&later, 4, 4, &number) && take_char(&later, " ")) {
		year = number;
		rest = later;
	}
	if (!take_time(&rest, &usec))
		return false;
	later = rest;
	if (!year && take_char(&later, " ") && take_number(&later, 4, 4, &number) &&
	    number >= 1970 && number < 2200 && (!later.n || at(later, 0) == ' ')) {
		year = number;
		rest = later;
	}
	*ret_usec = log_civil_usec((unsigned int)year, month, (unsigned int)day) + usec;
	*t = rest;
	return true;
}

bool log_stamp_syslog(struct text *t, struct oom_stamp *ret)
{
	struct text rest = *t, word;
	unsigned int month;
	uint64_t usec;
	size_t gap;

	if (take_dated_weekday(t, ret))
		return true;
	if (!text_next_word(&rest, &word) || word.n > 24)
		return false;
	if (is_weekday(word) && (!text_next_word(&rest, &word) || word.n > 24))
		return false;
	/* Before the search of the name: a day must follow. */
	gap = blanks(rest);
	if (!gap || !is_digit(at(rest, gap)))
		return false;
	month = log_month(word);
	if (!month || !take_day_time(&rest, month, &usec))
		return false;
	finish(t, rest, usec, true, ret);
	return true;
}

struct loose_date {
	uint64_t year, month, day, usec;
	bool timed;
	unsigned int words; /* that were none of these: a weekday, "PM" */
	bool afternoon, morning;
};

/* "Nov26" of dmesg -e. */
static bool glued_month(struct text word, struct loose_date *d)
{
	size_t i = word.n;
	uint64_t day;

	while (i && is_digit(word.p[i - 1]))
		i--;
	if (i == 0 || word.n - i > 2 || i == word.n)
		return false;
	d->month = log_month(text_of(word.p, i));
	if (!d->month)
		return false;
	(void)digits(from(word, i), 2, &day);
	d->day = day;
	return true;
}

static bool takes_month(struct text word, struct loose_date *d)
{
	d->month = log_month(word);
	return d->month || glued_month(word, d);
}

/* "12:00" of dmesg -e, which prints it where the minute changes. */
static bool short_time(struct text word, struct loose_date *d)
{
	uint64_t hour, minute;

	if (!take_number(&word, 1, 2, &hour) || !take_char(&word, ":") ||
	    !take_number(&word, 2, 2, &minute) || word.n || hour > 24 || minute > 59)
		return false;
	d->usec = (hour * 3600 + minute * 60) * USEC;
	return true;
}

static void loose_word(struct text word, struct loose_date *d)
{
	struct text rest = word;
	uint64_t number, usec;

	if (is_weekday(word)) {
		d->words++;
	} else if (take_time(&rest, &usec) && !rest.n) {
		d->usec = usec;
		d->timed = true;
	} else if (short_time(word, d)) {
		d->timed = true;
	} else if (digits(word, 4, &number) == 4 && word.n == 4 && number >= 1970) {
		d->year = number;
	} else if (digits(word, 2, &number) && word.n - digits(word, 2, &number) <= 3 && !d->day &&
		   number >= 1 && number <= 31 && (word.n <= 2 || !log_month(word))) {
		d->day = number; /* also "19." and the Chinese "26日" */
	} else if (d->month || !takes_month(word, d)) {
		d->afternoon |= text_is(word, "PM");
		d->morning |= text_is(word, "AM");
		d->words++;
	}
}

/* "[  +0.000012]", "[<    0.000012>]": the time since the line before, which is no stamp. */
static bool is_delta(struct text in)
{
	uint64_t number;

	if (take_char(&in, "<")) {
		if (!in.n || in.p[in.n - 1] != '>')
			return false;
		in.n--;
	} else {
		in = from(in, blanks(in));
		if (!take_char(&in, "+"))
			return false;
	}
	in = text_trim(in);
	return take_number(&in, 1, 9, &number) && take_char(&in, ".") &&
	       take_number(&in, 6, 6, &number) && !in.n;
}

static bool loose_stamp(struct text in, struct oom_stamp *ret)
{
	struct loose_date d = { 0 };
	struct text rest = in, word;

	while (text_next_word(&rest, &word))
		loose_word(word, &d);
	if (!d.timed || !d.day || d.words > 3 || (!d.year && !d.month))
		return false;
	if (d.afternoon && d.usec < 12 * 3600 * USEC)
		d.usec += 12 * 3600 * USEC;
	else if (d.morning && d.usec >= 12 * 3600 * USEC)
		d.usec -= 12 * 3600 * USEC;
	finish(&in, from(in, in.n),
	       log_civil_usec((unsigned int)d.year, (unsigned int)d.month, (unsigned int)d.day) +
		       d.usec,
	       d.month, ret);
	return true;
}

bool log_stamp_bracketed(struct text *t, struct oom_stamp *ret)
{
	struct text in = *t, iso;
	struct oom_stamp stamp = { 0 };
	const char *end;

	if (!take_char(&in, "["))
		return false;
	end = memchr(in.p, ']', MIN(in.n, (size_t)BRACKET_MAX));
	if (!end)
		return false;
	in.n = (size_t)(end - in.p);
	iso = in;
	if (!(log_stamp_iso(&iso, &stamp) && !iso.n)) {
		stamp = (struct oom_stamp){ 0 };
		/* Every form has a colon or a point; a row of the task table has neither. */
		if (!is_delta(in) && (!memchr(in.p, ':', in.n) || !loose_stamp(in, &stamp)))
			return false;
	}
	stamp.boot_usec = ret->boot_usec;
	*ret = stamp;
	*t = from(*t, in.n + 2);
	return true;
}
