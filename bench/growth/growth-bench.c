/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The quality of the growth judge on labelled series, beside the usual detectors, from one run.
 * growth-bench [--quick] [--part tune|held|fresh] [--series N] [--seed N] [--json]; --speed: only
 * the cost of track_feed.
 */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gen.h"
#include "judge/growth.h"
#include "judge/track.h"
#include "tally.h"

#define HEALTHY_DAYS 9
#define KINDS_MAX 32

/* How one series is observed. */
struct view {
	double limit_bytes, interval, gaps;
	double others, others_phase; /* share of the limit that others take, by the hour */
	bool limit_known;
};

struct report {
	struct healthy_tally healthy[KINDS_MAX], healthy_known, healthy_unknown;
	struct leak_tally leak[KINDS_MAX], leak_known, leak_unknown;
	unsigned int skipped; /* leaks that did not exhaust memory within the time simulated */
};

struct run {
	struct track track;
	struct rivals rivals;
	struct rng r;
	double gap_until;
};

static bool verbose; /* name every false alarm and every leak found late, on stderr */

static const struct growth_policy *policy(void)
{
	static struct growth_policy p;

	if (p.urgency_factor == 0)
		p = growth_policy_default(8);
	return &p;
}

static struct view draw_view(struct rng *r, double tte)
{
	static const double slow[] = { 10, 15, 30, 60, 60, 60, 60, 300 };
	static const double fast[] = { 1, 5, 10, 10, 15, 30, 30, 60 };
	struct view v = { .limit_bytes = rng_log_range(r, 512.0 * MIB, 64.0 * GIB) };

	v.interval = (tte < 6 * HOUR ? fast : slow)[rng_u64(r) % 8];
	if (tte < 2 * DAY && v.interval > 60)
		v.interval = 60;
	if (tte < 2 * HOUR && v.interval > 30)
		v.interval = 30;
	v.gaps = rng_unit(r) < 0.25 ? 0.05 : 0;
	if (rng_unit(r) < 0.25)
		v.others = rng_range(r, 0.03, 0.12);
	v.others_phase = rng_range(r, 0, DAY);
	v.limit_known = rng_unit(r) >= 0.125;
	return v;
}

static double others_at(const struct view *v, double t)
{
	return v->others * day_curve(t + v->others_phase);
}

/* The next sample's time: jittered, and sometimes after a gap. */
static double next_time(struct run *run, const struct view *v, double t)
{
	t += v->interval * (1 + 0.02 * rng_normal(&run->r));
	if (v->gaps > 0) {
		double length = rng_log_range(&run->r, 5 * MINUTE, 4 * HOUR);
		double mean = 61 * MINUTE; /* of that distribution */

		if (rng_unit(&run->r) < v->gaps / (1 - v->gaps) * v->interval / mean)
			t += length;
	}
	return t;
}

static struct headroom headroom_at(const struct view *v, double t, double held)
{
	double left = v->limit_bytes * (1 - others_at(v, t)) - held;

	return (struct headroom){
		.bytes =
			v->limit_known ? opt_u64_of((uint64_t)fmax(0, left)) : opt_u64_none(ABSENT),
		.kind = v->limit_known ? LIMIT_REPLAY : LIMIT_UNKNOWN,
	};
}

static void run_healthy(const struct healthy_kind *kind, uint64_t seed, struct report *rep,
			struct healthy_tally *kept)
{
	struct run run = { .r = { seed * 31 + 7 } };
	struct gen g = { .r = { seed } };
	struct view v = draw_view(&run.r, HEALTHY_DAYS * DAY);
	struct healthy_tally one = { .series = 1 };
	bool was[RIVALS] = { false };
	struct verdict last;
	struct headroom h;
	double t = 0, end = HEALTHY_DAYS * DAY;

	kind->init(&g);
	track_init(&run.track);
	for (double dt = v.interval; t < end; dt = next_time(&run, &v, t) - t, t += dt) {
		double share = fmin(0.98 - v.others, fmax(0.005, kind->step(&g, t, dt)));
		double held = share * v.limit_bytes;
		struct sample x = { t, (uint64_t)held, NAN };
		enum verdict_class before = track_class(&run.track);

		h = headroom_at(&v, t, held);
		track_feed(&run.track, &x, &h, policy());
		if (before != VERDICT_LEAKING && track_class(&run.track) == VERDICT_LEAKING) {
			*(t < DAY ? &one.first : &one.after) += 1;
			if (verbose && t >= DAY)
				fprintf(stderr,
					"false: %s, seed %llu, at %.2f h, window %u s, interval "
					"%.0f, limit %s, others %.2f\n",
					kind->name, (unsigned long long)seed, t / HOUR,
					run.track.window_seconds, v.interval,
					v.limit_known ? "known" : "unknown", v.others);
		}
		if (!rivals_feed(&run.rivals, t, held, v.limit_bytes))
			continue;
		for (int i = 0; i < RIVALS; i++) {
			one.rival[i] += t >= DAY && run.rivals.alarm[i] && !was[i];
			was[i] = run.rivals.alarm[i];
		}
	}
	one.days_first = 1;
	one.days_after = HEALTHY_DAYS - 1;
	one.flagged = one.after > 0;
	track_verdict(&run.track, &h, policy(), t, &last);
	one.final_class[last.class] = 1;
	healthy_add(kept, &one);
	if (!kind->limit_of_knowledge)
		healthy_add(v.limit_known ? &rep->healthy_known : &rep->healthy_unknown, &one);
}

struct forecast {
	double at;
	struct interval exhaustion;
};

static void check_forecast(const struct forecast *f, double exhausted, unsigned int *count,
			   unsigned int *covered)
{
	if (f->at <= 0)
		return;
	*count += 1;
	*covered += f->exhaustion.known && f->at + f->exhaustion.low <= exhausted &&
		    exhausted <= f->at + f->exhaustion.high;
}

static void run_leak(const struct part *part, const struct leak_kind *kind, uint64_t seed,
		     struct report *rep, struct leak_tally *kept)
{
	struct run run = { .r = { seed * 31 + 7 } };
	struct gen g = { .r = { seed } }, back = { .r = { seed ^ UINT64_C(0xbac) } };
	double tte = rng_log_range(&run.r, kind->shortest_tte, 10 * DAY);
	double start = rng_range(&run.r, kind->start_low_days, kind->start_high_days) * DAY;
	struct view v = draw_view(&run.r, tte);
	double room = 0.75 - v.others, found = -1, rival_found[RIVALS] = { 0 }, t = 0;
	double background = rng_range(&run.r, 0.1, 0.5);
	const struct healthy_kind *under;
	static struct leak_tally one;
	static struct forecast seen[20000];
	unsigned int forecasts = 0;
	bool exhausted = false;

	memset(&one, 0, sizeof(one));
	do
		under = &part->healthy[rng_u64(&run.r) % part->healthy_count];
	while (under->limit_of_knowledge || strstr(under->name, "near its limit"));
	/* A short leak cannot wait for the daily round; it starts early and is sampled fast. */
	if (tte < 6 * HOUR)
		start = fmin(start, DAY);
	if (kind->gaps > 0)
		v.gaps = kind->gaps;
	under->init(&back);
	kind->init(&g, tte);
	track_init(&run.track);
	for (double dt = v.interval; t < start + 2.2 * tte;
	     dt = next_time(&run, &v, t) - t, t += dt) {
		double leaked = t > start ? kind->step(&g, t - start, dt) * room : 0;
		double held = (leaked + background * fmax(0.005, under->step(&back, t, dt))) *
			      v.limit_bytes;
		struct sample x = { t, (uint64_t)held, NAN };
		enum verdict_class before = track_class(&run.track);
		struct headroom h = headroom_at(&v, t, held);
		struct verdict w;

		if (held >= v.limit_bytes * (1 - others_at(&v, t))) {
			exhausted = true;
			break;
		}
		track_feed(&run.track, &x, &h, policy());
		if (track_class(&run.track) == VERDICT_LEAKING) {
			one.early += before != VERDICT_LEAKING && t <= start;
			if (found < 0 && t > start)
				found = t;
			if (t > start && v.limit_known &&
			    (forecasts == 0 || t - seen[forecasts - 1].at > tte / 200) &&
			    forecasts < ARRAY_SIZE(seen)) {
				track_verdict(&run.track, &h, policy(), t, &w);
				seen[forecasts++] = (struct forecast){ t, w.exhaustion_seconds };
			}
		}
		if (rivals_feed(&run.rivals, t, held, v.limit_bytes) && t > start)
			for (int i = 0; i < RIVALS; i++)
				if (rival_found[i] == 0 && run.rivals.alarm[i])
					rival_found[i] = t;
	}
	if (!exhausted || t - start > 11 * DAY) {
		rep->skipped++;
		return;
	}
	one.series = 1;
	one.early_days = start / DAY;
	one.final_leaking = track_class(&run.track) == VERDICT_LEAKING;
	if (found >= 0) {
		unsigned int i = 0;

		one.found = 1;
		one.fraction[0] = (found - start) / (t - start);
		one.third = one.fraction[0] <= 1.0 / 3;
		if (forecasts > 0)
			check_forecast(&seen[0], t, &one.intervals, &one.covered);
		while (i < forecasts && seen[i].at < (found + t) / 2)
			i++;
		if (i < forecasts)
			check_forecast(&seen[i], t, &one.mid_intervals, &one.mid_covered);
	}
	for (int i = 0; i < RIVALS; i++)
		one.rival_third[i] =
			rival_found[i] > 0 && (rival_found[i] - start) / (t - start) <= 1.0 / 3;
	if (verbose && !one.third)
		fprintf(stderr,
			"missed: %s over %s, seed %llu, tte %.2f d, interval %.0f, limit %s, "
			"fraction %.2f, background %.2f\n",
			kind->name, under->name, (unsigned long long)seed, (t - start) / DAY,
			v.interval, v.limit_known ? "known" : "unknown",
			found < 0 ? 9.99 : one.fraction[0], background);
	leak_add(kept, &one);
	leak_add(v.limit_known ? &rep->leak_known : &rep->leak_unknown, &one);
}

static void run_part(const struct part *part, unsigned int series, uint64_t seed,
		     struct report *rep)
{
	for (unsigned int k = 0; k < part->healthy_count; k++)
		for (unsigned int i = 0; i < series; i++)
			run_healthy(&part->healthy[k], part->seed + seed * 1000003 + k * 10007 + i,
				    rep, &rep->healthy[k]);
	for (unsigned int k = 0; k < part->leak_count; k++)
		for (unsigned int i = 0; i < series; i++)
			run_leak(part, &part->leak[k],
				 part->seed + seed * 1000003 + 500009 + k * 10007 + i, rep,
				 &rep->leak[k]);
}

static void healthy_row(const char *name, const struct healthy_tally *h)
{
	struct range ci = poisson_interval(h->after);
	double per = h->days_after > 0 ? 1000 / h->days_after : 0;

	printf("%-24s %6.0f %5u %7.2f [%5.2f,%6.2f] %5u ", name, h->days_after, h->after,
	       h->after * per, ci.low * per, ci.high * per, h->first);
	for (int i = 0; i < RIVALS; i++)
		printf(" %9.1f", h->rival[i] * per);
	printf("   %u/%u/%u/%u\n", h->final_class[4], h->final_class[3], h->final_class[2],
	       h->final_class[1]);
}

static void leak_row(const char *name, struct leak_tally *l)
{
	struct range ci = wilson_interval(l->third, l->series);
	double n = fmax(1, l->series);

	printf("%-24s %5u %6.1f%% [%4.1f,%5.1f] %6.1f%% %5.2f %5.2f %4.0f%% %4.0f%% %4.0f%% ", name,
	       l->series, 100 * l->third / n, 100 * ci.low, 100 * ci.high, 100 * l->found / n,
	       leak_fraction(l, 0.5), leak_fraction(l, 0.9), 100 * l->final_leaking / n,
	       100 * l->covered / fmax(1, l->intervals),
	       100 * l->mid_covered / fmax(1, l->mid_intervals));
	for (int i = 0; i < RIVALS; i++)
		printf(" %7.1f%%", 100 * l->rival_third[i] / n);
	printf("\n");
}

static void print_text(const struct part *part, struct report *rep)
{
	printf("part %s\n\n%-24s %6s %5s %7s %14s %5s ", part->name, "healthy", "p-days", "alarm",
	       "/1000pd", "95% CI", "<24h");
	for (int i = 0; i < RIVALS; i++)
		printf(" %9.9s", rival_name[i]);
	printf("   final leaking/suspect/growing/steady\n");
	for (unsigned int k = 0; k < part->healthy_count; k++)
		if (!part->healthy[k].limit_of_knowledge)
			healthy_row(part->healthy[k].name, &rep->healthy[k]);
	healthy_row("ALL, limit known", &rep->healthy_known);
	healthy_row("ALL, no limit known", &rep->healthy_unknown);
	for (unsigned int k = 0; k < part->healthy_count; k++)
		if (part->healthy[k].limit_of_knowledge) {
			printf("not counted above, for over a day the same as a leak:\n");
			healthy_row(part->healthy[k].name, &rep->healthy[k]);
		}
	printf("\n%-24s %5s %7s %12s %7s %5s %5s %5s %5s %5s ", "leaks", "n", "by 1/3", "95% CI",
	       "ever", "med", "p90", "final", "ETA", "ETA/2");
	for (int i = 0; i < RIVALS; i++)
		printf(" %8.8s", rival_name[i]);
	printf("\n");
	for (unsigned int k = 0; k < part->leak_count; k++)
		leak_row(part->leak[k].name, &rep->leak[k]);
	leak_row("ALL, limit known", &rep->leak_known);
	leak_row("ALL, no limit known", &rep->leak_unknown);
	printf("alarms before the leak began: %u in %.0f process-days; %u leaks did not "
	       "exhaust\n\n",
	       rep->leak_known.early + rep->leak_unknown.early,
	       rep->leak_known.early_days + rep->leak_unknown.early_days, rep->skipped);
}

static json_t *healthy_json(const char *name, const struct healthy_tally *h)
{
	struct range ci = poisson_interval(h->after);
	double per = h->days_after > 0 ? 1000 / h->days_after : 0;
	json_t *o = json_pack("{s:s, s:f, s:i, s:f, s:[f,f], s:i}", "kind", name, "process_days",
			      h->days_after, "alarms", h->after, "alarms_per_1000_process_days",
			      h->after * per, "interval95", ci.low * per, ci.high * per,
			      "alarms_first_24h", h->first);

	for (int i = 0; i < RIVALS; i++)
		json_object_set_new(o, rival_name[i], json_real(h->rival[i] * per));
	return o;
}

static json_t *leak_json(const char *name, struct leak_tally *l)
{
	struct range ci = wilson_interval(l->third, l->series);
	double n = fmax(1, l->series);
	json_t *o =
		json_pack("{s:s, s:i, s:f, s:[f,f], s:f, s:f, s:f, s:f, s:f}", "kind", name,
			  "series", l->series, "recall_by_third", l->third / n, "interval95",
			  ci.low, ci.high, "recall", l->found / n, "fraction_median",
			  leak_fraction(l, 0.5), "fraction_p90", leak_fraction(l, 0.9),
			  "exhaustion_coverage", l->covered / fmax(1, l->intervals),
			  "exhaustion_coverage_midway", l->mid_covered / fmax(1, l->mid_intervals));

	for (int i = 0; i < RIVALS; i++)
		json_object_set_new(o, rival_name[i], json_real(l->rival_third[i] / n));
	return o;
}

static json_t *part_json(const struct part *part, struct report *rep)
{
	json_t *healthy = json_array(), *leaks = json_array();

	for (unsigned int k = 0; k < part->healthy_count; k++)
		json_array_append_new(healthy,
				      healthy_json(part->healthy[k].name, &rep->healthy[k]));
	for (unsigned int k = 0; k < part->leak_count; k++)
		json_array_append_new(leaks, leak_json(part->leak[k].name, &rep->leak[k]));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "part", part->name, "healthy",
			 healthy, "leaks", leaks, "healthy_total",
			 healthy_json("all, limit known", &rep->healthy_known),
			 "healthy_total_no_limit",
			 healthy_json("all, no limit known", &rep->healthy_unknown), "leaks_total",
			 leak_json("all, limit known", &rep->leak_known), "leaks_total_no_limit",
			 leak_json("all, no limit known", &rep->leak_unknown));
}

/* Every sample of many processes through track_feed, all in memory, generators not timed. */
static void speed(void)
{
	enum { TRACKS = 256, SAMPLES = 7 * 1440 };
	static struct track track[TRACKS];
	static uint64_t held[TRACKS][SAMPLES];
	struct headroom h = { .bytes = opt_u64_of(8 * GIB) };
	struct timespec a, b;
	double seconds;

	for (unsigned int i = 0; i < TRACKS; i++) {
		const struct healthy_kind *kind = &part_tune.healthy[i % part_tune.healthy_count];
		struct gen g = { .r = { i } };

		kind->init(&g);
		track_init(&track[i]);
		for (unsigned int j = 0; j < SAMPLES; j++)
			held[i][j] = (uint64_t)(fmax(0, kind->step(&g, j * 60.0, 60)) * 8.0 * GIB);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (unsigned int j = 0; j < SAMPLES; j++)
		for (unsigned int i = 0; i < TRACKS; i++) {
			struct sample x = { j * 60.0, held[i][j], NAN };

			track_feed(&track[i], &x, &h, policy());
		}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	seconds = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	printf("track_feed: %.1f million samples/s, %.0f ns each (60 s sampling, %d processes, "
	       "7 days, %zu bytes each)\n",
	       TRACKS * (double)SAMPLES / seconds / 1e6, seconds / (TRACKS * (double)SAMPLES) * 1e9,
	       TRACKS, sizeof(struct track));
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "quick", no_argument, NULL, 'q' },
		{ "part", required_argument, NULL, 'p' },
		{ "series", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "speed", no_argument, NULL, 'v' },
		{ "verbose", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const struct part *parts[] = { &part_tune, &part_held, &part_fresh };
	const char *only = NULL;
	unsigned int series = 200;
	uint64_t seed = 1;
	bool json = false;
	json_t *all = json_array();
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'q':
			series = 12;
			break;
		case 'p':
			only = optarg;
			break;
		case 'n':
			series = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 'j':
			json = true;
			break;
		case 'V':
			verbose = true;
			break;
		case 'v':
			speed();
			return 0;
		default:
			return 2;
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
		static struct report rep;

		if (only && strcmp(only, parts[i]->name) != 0)
			continue;
		memset(&rep, 0, sizeof(rep));
		run_part(parts[i], series, seed, &rep);
		if (json)
			json_array_append_new(all, part_json(parts[i], &rep));
		else
			print_text(parts[i], &rep);
	}
	if (json) {
		json_t *o =
			json_pack("{s:s, s:o}", "schema", "bulkhead.bench-growth/1", "parts", all);

		json_dumpf(o, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(4));
		printf("\n");
		json_decref(o);
	} else {
		json_decref(all);
		speed();
	}
	return 0;
}
