/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "report/storm_view.h"
#include "report/sweep_report.h"

/* Pixels: a panel, and the plot within it. */
#define PANEL_WIDTH 560
#define PANEL_HEIGHT 400
#define LEFT 74
#define RIGHT 118 /* room for the labels at the ends of the lines */
#define TOP 46
#define BOTTOM 56
#define PLOT_WIDTH (PANEL_WIDTH - LEFT - RIGHT)
#define PLOT_HEIGHT (PANEL_HEIGHT - TOP - BOTTOM)
#define LABEL_HEIGHT 16
/* Shorter is drawn at the bottom: no stall that anybody notices. */
#define STALL_LEAST 0.01

struct scale {
	double low, high; /* log10 */
	double pixels;
};

static struct scale scale_of(double low, double high, double pixels)
{
	struct scale s = { log10(low), log10(high), pixels };

	if (s.high - s.low < 0.5) {
		s.low -= 0.5;
		s.high += 0.5;
	}
	return s;
}

static double at(const struct scale *s, double value)
{
	return (log10(value) - s->low) / (s->high - s->low) * s->pixels;
}

static double stall_of(const struct sweep_panel *p, uint32_t line, uint32_t x)
{
	return MAX(p->result[line][x].stall_max_seconds, STALL_LEAST);
}

static double all_waits_of(const struct sweep_panel *p, uint32_t line, uint32_t x)
{
	return MAX(p->result[line][x].stall_mean_seconds, STALL_LEAST);
}

/* Whole decades around all values. */
static struct scale y_scale(const struct sweep_panel *p)
{
	double low = 1e9, high = STALL_LEAST;

	for (uint32_t line = 0; line < p->line_count; line++)
		for (uint32_t x = 0; x < p->x_count; x++) {
			low = MIN(low, stall_of(p, line, x));
			high = MAX(high, stall_of(p, line, x));
			high = MAX(high, all_waits_of(p, line, x));
		}
	return scale_of(pow(10, floor(log10(low))), pow(10, ceil(log10(high * 1.01))), PLOT_HEIGHT);
}

/* A logarithmic axis has no 0. */
static double x_shown(const struct sweep_panel *p, uint32_t x)
{
	return MAX((double)p->x_value[x], 0.5);
}

static struct scale x_scale(const struct sweep_panel *p)
{
	double low = 1e18, high = 1;

	for (uint32_t x = 0; x < p->x_count; x++) {
		low = MIN(low, x_shown(p, x));
		high = MAX(high, (double)p->x_value[x]);
	}
	return scale_of(low, high, PLOT_WIDTH);
}

static void seconds_label(FILE *out, double seconds)
{
	if (seconds < 1)
		fprintf(out, "%g ms", seconds * 1000);
	else if (seconds < 60)
		fprintf(out, "%g s", seconds);
	else if (seconds < 3600)
		fprintf(out, "%.3g min", seconds / 60);
	else
		fprintf(out, "%.3g h", seconds / 3600);
}

/* Ticks that people read: a decade each below a minute, then minutes and hours. */
static void y_axis(FILE *out, const struct scale *y)
{
	static const double ticks[] = { 0.001, 0.01, 0.1,   1,	    10,	     60,
					600,   3600, 36000, 360000, 3600000, 36000000 };

	for (size_t i = 0; i < ARRAY_SIZE(ticks); i++) {
		const double pixel = PLOT_HEIGHT - at(y, ticks[i]);

		if (pixel < -0.5 || pixel > PLOT_HEIGHT + 0.5)
			continue;
		fprintf(out,
			"<line class='grid' x1='0' y1='%.1f' x2='%d' y2='%.1f'/>"
			"<text x='-8' y='%.1f' text-anchor='end' dominant-baseline='middle'>",
			pixel, PLOT_WIDTH, pixel, pixel);
		seconds_label(out, ticks[i]);
		fputs("</text>\n", out);
	}
}

static void x_axis(FILE *out, const struct sweep_panel *p, const struct scale *scale)
{
	double last = -100;

	for (uint32_t x = 0; x < p->x_count; x++) {
		const double pixel = at(scale, x_shown(p, x));

		fprintf(out, "<line class='grid' x1='%.1f' y1='0' x2='%.1f' y2='%d'/>\n", pixel,
			pixel, PLOT_HEIGHT);
		if (pixel - last < 44) /* the labels would touch */
			continue;
		last = pixel;
		fprintf(out, "<text x='%.1f' y='%d' text-anchor='middle'>%" PRIu64 "</text>\n",
			pixel, PLOT_HEIGHT + 18, p->x_value[x]);
	}
	fprintf(out, "<text class='axis' x='%d' y='%d' text-anchor='middle'>%s</text>\n",
		PLOT_WIDTH / 2, PLOT_HEIGHT + 42, sweep_param_name(p->x));
}

/* Colours that a reader who confuses red and green can tell apart (Okabe and Ito, 2008). */
static const char *const colours[SWEEP_LINES_MAX] = { "#d55e00", "#0072b2", "#009e73",
						      "#cc79a7", "#e69f00", "#56b4e9" };

typedef double metric(const struct sweep_panel *p, uint32_t line, uint32_t x);

struct plot {
	const struct sweep_panel *panel;
	struct scale x, y;
};

static double plot_x(const struct plot *plot, uint32_t x)
{
	return at(&plot->x, x_shown(plot->panel, x));
}

static void curve(FILE *out, const struct plot *plot, uint32_t line, metric *value,
		  const char *dash)
{
	fprintf(out,
		"<polyline fill='none' stroke='%s' stroke-width='2' stroke-dasharray='%s' "
		"points='",
		colours[line], dash);
	for (uint32_t x = 0; x < plot->panel->x_count; x++)
		fprintf(out, "%.1f,%.1f ", plot_x(plot, x),
			PLOT_HEIGHT - at(&plot->y, value(plot->panel, line, x)));
	fputs("'/>\n", out);
}

/* Below all that are in its way. Whole pixels keep the sums exact: none is in the way twice. */
static double label_place(const double *taken, uint32_t count, double label)
{
	label = round(label);
	for (uint32_t pass = 0; pass < count; pass++)
		for (uint32_t i = 0; i < count; i++)
			if (fabs(taken[i] - label) < LABEL_HEIGHT)
				label = taken[i] + LABEL_HEIGHT;
	return label;
}

static void lines(FILE *out, const struct plot *plot)
{
	const struct sweep_panel *p = plot->panel;
	/* labels of lines that end at one place go below each other */
	double taken[SWEEP_LINES_MAX];

	for (uint32_t line = 0; line < p->line_count; line++) {
		const double end = PLOT_HEIGHT - at(&plot->y, stall_of(p, line, p->x_count - 1));

		curve(out, plot, line, all_waits_of, "5 4");
		curve(out, plot, line, stall_of, "none");
		for (uint32_t x = 0; x < p->x_count; x++)
			fprintf(out, "<circle cx='%.1f' cy='%.1f' r='2.6' fill='%s'/>\n",
				plot_x(plot, x), PLOT_HEIGHT - at(&plot->y, stall_of(p, line, x)),
				colours[line]);
		taken[line] = label_place(taken, line, end);
		fprintf(out,
			"<text x='%d' y='%.1f' fill='%s' dominant-baseline='middle'>%s %" PRIu64
			"</text>\n",
			PLOT_WIDTH + 8, taken[line], colours[line], sweep_param_name(p->line),
			p->line_value[line]);
	}
}

/* "allocators 8, baud 19200": what neither axis has. */
static void subtitle(FILE *out, const struct sweep_panel *p)
{
	const char *between = "";

	for (uint32_t i = 0; i < SWEEP_COUNT; i++) {
		if (i == p->x || i == p->line)
			continue;
		fprintf(out, "%s%s %" PRIu64, between, sweep_param_name(i), p->value[i]);
		between = ", ";
	}
}

static void panel_svg(FILE *out, const struct sweep_panel *p, uint32_t left, uint32_t top)
{
	const struct plot plot = { p, x_scale(p), y_scale(p) };

	fprintf(out, "<g transform='translate(%" PRIu32 " %" PRIu32 ")'>\n", left + LEFT,
		top + TOP);
	fprintf(out, "<text class='title' x='0' y='-26'>by %s</text><text x='0' y='-9'>",
		sweep_param_name(p->x));
	subtitle(out, p);
	fputs("</text>\n", out);
	y_axis(out, &plot.y);
	x_axis(out, p, &plot.x);
	fprintf(out, "<rect class='frame' width='%d' height='%d'/>\n", PLOT_WIDTH, PLOT_HEIGHT);
	lines(out, &plot);
	fputs("</g>\n", out);
}

int sweep_svg(FILE *out, const struct sweep_panel *panel, uint32_t count)
{
	const uint32_t across = count > 1 ? 2 : 1, down = (count + across - 1) / across, head = 60;

	fprintf(out,
		"<svg xmlns='http://www.w3.org/2000/svg' width='%" PRIu32 "' height='%" PRIu32
		"' font-family='sans-serif' font-size='12' fill='#333'>\n"
		"<style>.grid{stroke:#ddd}.frame{fill:none;stroke:#888}.title{font-size:14px;"
		"font-weight:bold}.axis{font-size:13px}.head{font-size:17px;font-weight:bold}"
		"</style>\n"
		"<rect width='100%%' height='100%%' fill='#fff'/>\n"
		"<text class='head' x='%d' y='28'>How long an allocating process waits in a storm "
		"of OOM reports</text>\n"
		"<text x='%d' y='48'>simulated; solid: its longest wait, dashed: all its waits"
		"</text>\n",
		across * PANEL_WIDTH, head + down * PANEL_HEIGHT, LEFT, LEFT);
	for (uint32_t i = 0; i < count; i++)
		panel_svg(out, &panel[i], i % across * PANEL_WIDTH,
			  head + i / across * PANEL_HEIGHT);
	fputs("</svg>\n", out);
	return fflush(out) == EOF || ferror(out) ? -EIO : 0;
}
