/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/oom_printing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RATES_MIN 10
#define RATE_SPREAD 0.05
/* A UART has a crystal: on consoles of 115200 baud 60 to 97 % of the lines kept within 1 %; on
 * screens and emulated UARTs 2 to 34 %. Theirs is a speed, but no baud rate. */
#define UART_SPREAD 0.01
#define RATE_MAX 1e6 /* no serial console is faster; above that it is the processor's time */
#define SLOW_SECONDS 1.0

/* Of a rate above these no report holds the machine up, and emulated UARTs that wait for nothing
 * come near 921600. */
static const uint32_t standard_rates[] = { 1200,  2400,	 4800,	9600,	14400,	19200,
					   28800, 38400, 57600, 115200, 230400, 460800 };

uint64_t oom_standard_baud(double bytes_per_second)
{
	double baud = bytes_per_second * OOM_BITS_PER_BYTE;

	for (size_t i = 0; i < ARRAY_SIZE(standard_rates); i++) {
		if (fabs(baud - standard_rates[i]) <= standard_rates[i] * 0.03)
			return standard_rates[i];
	}
	return 0;
}

/* A moment, and the bytes that were printed before it. */
struct point {
	double seconds, bytes;
};

struct course {
	struct point *point;
	double *rate; /* room for what is sorted */
	size_t n;
};

static void course_release(struct course *c)
{
	free(c->point);
	free(c->rate);
}

static int by_value(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/* One point a stamp. Backwards goes another CPU's line, or another log: that took no time. */
static bool course_of(const struct oom_report *r, struct course *ret)
{
	double seconds = 0, bytes = 0;
	uint64_t last = 0;

	*ret = (struct course){ 0 };
	if (r->line_time_count <= RATES_MIN)
		return false;
	ret->point = calloc(r->line_time_count, sizeof(*ret->point));
	ret->rate = calloc(r->line_time_count, sizeof(*ret->rate));
	for (uint32_t i = 0; i < r->line_time_count && ret->point && ret->rate; i++) {
		uint64_t at = r->line_time[i].boot_usec;

		if (ret->n && at > last)
			seconds += (double)(at - last) * 1e-6;
		if (!ret->n || at > last)
			ret->point[ret->n++] = (struct point){ seconds, bytes };
		last = at;
		bytes += r->line_time[i].console_bytes;
	}
	return ret->n > RATES_MIN;
}

/* The median of the rates of stretches of `bytes` and more, 0 for single lines; *ret_near is how
 * many of these are within `spread` of it. */
static double median_rate(struct course *c, double bytes, double spread, double *ret_near)
{
	size_t from = 0, n = 0, near = 0;
	double median;

	for (size_t i = 1; i < c->n; i++) {
		double part = c->point[i].bytes - c->point[from].bytes;

		if (part < bytes)
			continue;
		c->rate[n++] = part / (c->point[i].seconds - c->point[from].seconds);
		from = i;
	}
	*ret_near = 0;
	if (!n)
		return 0;
	qsort(c->rate, n, sizeof(*c->rate), by_value);
	median = c->rate[n / 2];
	for (size_t i = 0; i < n; i++)
		near += fabs(c->rate[i] - median) <= median * spread;
	*ret_near = (double)near / (double)n;
	return median;
}

/* ---- a UART with a buffer ---- */

/*
 * Lines wait in the line's buffer, and leave it in lumps, so that no line has its own time; 6.12
 * even stores a quarter of a report before the first byte of it is printed. But what was printed
 * lies on a straight line of the UART's rate, whenever it has caught up: in 24 reports of the
 * bench, from 9600 to 115200 baud, 77 to 100 % of the time and of the bytes were within 2 % of all
 * bytes of it; of 120 from consoles without a UART's rate at most 35 % were on that of any standard
 * rate, but for an emulated one near 460800 baud (51 %).
 */
#define ON_LINE_SPREAD 0.02
#define ON_LINE_SHARE 0.65

/* Ahead of a line of that rate by so many bytes; its part of the seconds and of the bytes. */
struct lead {
	double ahead, seconds, bytes;
};

static int by_lead(const void *a, const void *b)
{
	struct lead x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x.ahead > y.ahead) - (x.ahead < y.ahead);
}

/* The part, of time and bytes alike, that lies on one straight line of that rate. */
static double share_on_line(const struct course *c, double rate, struct lead *lead)
{
	const struct point *p = c->point, *end = &p[c->n - 1];
	const double bytes = end->bytes - p->bytes, seconds = end->seconds - p->seconds;
	double on_seconds = 0, on_bytes = 0, best = 0;
	size_t low = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct point *before = &p[i ? i - 1 : 0], *after = MIN(&p[i + 1], end);

		lead[i] = (struct lead){ p[i].bytes - rate * (p[i].seconds - p->seconds),
					 (after->seconds - before->seconds) / 2 / seconds,
					 (after->bytes - before->bytes) / 2 / bytes };
	}
	qsort(lead, c->n, sizeof(*lead), by_lead);
	for (size_t i = 0; i < c->n; i++) {
		on_seconds += lead[i].seconds;
		on_bytes += lead[i].bytes;
		for (; lead[i].ahead - lead[low].ahead > bytes * ON_LINE_SPREAD; low++) {
			on_seconds -= lead[low].seconds;
			on_bytes -= lead[low].bytes;
		}
		if (on_seconds > best && on_bytes > best)
			best = MIN(on_seconds, on_bytes);
	}
	return best;
}

static uint32_t baud_of_course(const struct course *c)
{
	struct lead *lead = calloc(c->n, sizeof(*lead));
	double best = ON_LINE_SHARE;
	uint32_t baud = 0;

	for (size_t i = 0; lead && i < ARRAY_SIZE(standard_rates); i++) {
		double rate = (double)standard_rates[i] / OOM_BITS_PER_BYTE;
		double share = share_on_line(c, rate, lead);

		if (share > best) {
			best = share;
			baud = standard_rates[i];
		}
	}
	free(lead);
	return baud;
}

/* ---- */

static void set_speed(struct oom_printing *p, double bytes_per_second, uint64_t baud)
{
	p->baud_known = true;
	p->bytes_per_second = bytes_per_second;
	p->inferred_baud = baud;
}

/* One speed, if the lines agree on one: half of them within RATE_SPREAD of the median. */
static void infer_speed(struct course *c, struct oom_printing *p)
{
	double near, exact, median = median_rate(c, 0, RATE_SPREAD, &near);
	uint64_t baud;

	median_rate(c, 0, UART_SPREAD, &exact);
	baud = exact >= 0.5 ? oom_standard_baud(median) : 0;
	if (!baud && (baud = baud_of_course(c)))
		set_speed(p, (double)baud / OOM_BITS_PER_BYTE, baud);
	else if (near >= 0.5 && median > 0 && median <= RATE_MAX)
		set_speed(p, median, baud);
}

/* Where the text waits for a line, every part of it takes its time: a guest that stood still, or
 * two logs in one, are one long gap. A sixteenth is many buffers. */
#define SLOW_PARTS 16
#define SLOW_SPREAD 0.25

static bool waits_for_line(struct course *c)
{
	const double all = c->point[c->n - 1].bytes - c->point[0].bytes;
	double near, median = median_rate(c, MAX(all / SLOW_PARTS, 256.0), SLOW_SPREAD, &near);

	return near >= 0.5 && median > 0 && all / median > SLOW_SECONDS;
}

/* Until the kill is printed: what follows (oom_reaper, the victim's exit) waits for no console. */
static void total_time(const struct oom_report *r, struct oom_printing *p)
{
	const struct oom_stamp *end = &r->last;
	uint64_t from, to;

	if (r->victim_count && opt_is_known(r->victim[r->victim_count - 1].at.boot_usec))
		end = &r->victim[r->victim_count - 1].at;
	if (opt_is_known(r->first.boot_usec) && opt_is_known(end->boot_usec)) {
		from = r->first.boot_usec.value;
		to = end->boot_usec.value;
	} else if (opt_is_known(r->first.wall_usec) && opt_is_known(r->last.wall_usec)) {
		from = r->first.wall_usec.value;
		to = r->last.wall_usec.value;
		p->coarse = true;
	} else {
		return;
	}
	/* Two stamps that are one tell no time: of one line, or in whole seconds. */
	if (to <= from)
		return;
	p->seconds_known = true;
	p->seconds = (double)(to - from) * 1e-6;
}

/*
 * Bytes of the table's rows as they are printed: the widths of its columns ("[%7d] %5d %5d %8lu
 * ..."), the name, the line end, and a prefix as long as that of the report's shortest line allows.
 */
static double table_bytes(const struct oom_report *r)
{
	static const struct {
		uint32_t column;
		uint32_t width;
	} widths[] = {
		{ OOM_COLUMN_PID, 9 },	    { OOM_COLUMN_UID, 6 },
		{ OOM_COLUMN_TGID, 6 },	    { OOM_COLUMN_TOTAL_VM, 9 },
		{ OOM_COLUMN_RSS, 9 },	    { OOM_COLUMN_RSS_ANON, 9 },
		{ OOM_COLUMN_RSS_FILE, 9 }, { OOM_COLUMN_RSS_SHMEM, 10 },
		{ OOM_COLUMN_NR_PTES, 8 },  { OOM_COLUMN_NR_PMDS, 8 },
		{ OOM_COLUMN_NR_PUDS, 8 },  { OOM_COLUMN_PGTABLES_BYTES, 9 },
		{ OOM_COLUMN_SWAPENTS, 9 }, { OOM_COLUMN_CPU, 4 },
		{ OOM_COLUMN_OOM_ADJ, 8 },  { OOM_COLUMN_OOM_SCORE_ADJ, 14 },
	};
	double row = 1 + 15 + 2; /* blank before the name, "[12345.678901] ", CR LF */
	double bytes = 0;

	for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
		row += r->columns & widths[i].column ? widths[i].width : 0;
	for (uint32_t i = 0; i < r->task_count; i++)
		bytes += row + (double)strnlen(r->task[i].comm, OOM_COMM_SIZE);
	return bytes;
}

void oom_printing_of(const struct oom_report *r, struct oom_printing *ret)
{
	struct course course;
	bool slow = false;
	double table;

	*ret = (struct oom_printing){ .task_table_seconds = NAN };
	if (r->bytes)
		ret->bytes = opt_u64_of(r->bytes);
	total_time(r, ret);
	if (course_of(r, &course)) {
		infer_speed(&course, ret);
		slow = ret->baud_known || waits_for_line(&course);
	}
	course_release(&course);
	ret->console_slow =
		slow && ret->seconds_known && !ret->coarse && ret->seconds > SLOW_SECONDS;
	if (!r->task_count || !ret->seconds_known || ret->coarse)
		return;
	table = table_bytes(r);
	if (ret->baud_known)
		ret->task_table_seconds = MIN(table / ret->bytes_per_second, ret->seconds);
	else if (r->bytes)
		ret->task_table_seconds = ret->seconds * MIN(table / (double)r->bytes, 1.0);
}
