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

uint64_t oom_standard_baud(double bytes_per_second)
{
	static const uint32_t rates[] = { 1200,	  2400,	  4800,	  9600,	   14400,
					  19200,  28800,  38400,  57600,   115200,
					  230400, 460800, 921600, 1500000, 3000000 };
	double baud = bytes_per_second * OOM_BITS_PER_BYTE;

	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		if (fabs(baud - rates[i]) <= rates[i] * 0.03)
			return rates[i];
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/* Bytes a second of each record: from its stamp to the next one. */
static size_t record_rates(const struct oom_report *r, double *rate)
{
	size_t n = 0;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i + 1 < r->line_time_count; i++) {
		uint64_t from = r->line_time[i].boot_usec, to = r->line_time[i + 1].boot_usec;

		bytes += r->line_time[i].console_bytes;
		if (to == from)
			continue;
		/* Backwards: two logs in one, or another CPU's line */
		if (to > from)
			rate[n++] = (double)bytes / ((double)(to - from) * 1e-6);
		bytes = 0;
	}
	return n;
}

/* One speed, if the lines agree on one: half of them within RATE_SPREAD of the median. */
static void infer_speed(const struct oom_report *r, struct oom_printing *p)
{
	double *rate, median;
	size_t n, near = 0, exact = 0;

	if (r->line_time_count <= RATES_MIN)
		return;
	rate = calloc(r->line_time_count, sizeof(*rate));
	if (!rate)
		return;
	n = record_rates(r, rate);
	if (n >= RATES_MIN) {
		qsort(rate, n, sizeof(*rate), by_value);
		median = rate[n / 2];
		for (size_t i = 0; i < n; i++) {
			near += fabs(rate[i] - median) <= median * RATE_SPREAD;
			exact += fabs(rate[i] - median) <= median * UART_SPREAD;
		}
		if (near * 2 >= n && median <= RATE_MAX && median > 0) {
			p->baud_known = true;
			p->bytes_per_second = median;
			p->inferred_baud = exact * 2 >= n ? oom_standard_baud(median) : 0;
		}
	}
	free(rate);
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
	if (to < from)
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
	double table;

	*ret = (struct oom_printing){ 0 };
	if (r->bytes)
		ret->bytes = opt_u64_of(r->bytes);
	total_time(r, ret);
	infer_speed(r, ret);
	ret->console_slow = ret->seconds_known && !ret->coarse && ret->baud_known &&
			    ret->seconds > SLOW_SECONDS;
	if (!r->task_count || !ret->seconds_known || ret->coarse)
		return;
	table = table_bytes(r);
	if (ret->baud_known)
		ret->task_table_seconds = MIN(table / ret->bytes_per_second, ret->seconds);
	else if (r->bytes)
		ret->task_table_seconds = ret->seconds * MIN(table / (double)r->bytes, 1.0);
}
