/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/storm_sim.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "judge/sim_heap.h"
#include "judge/sim_ring.h"

#define NOBODY UINT32_MAX
#define RATELIMIT_SECONDS 5 /* mm/oom_kill.c, oom_rs */
#define RATELIMIT_BURST 10
/* One RCU stall report, see console_cost.c. */
#define RCU_REPORT_BYTES 3800
#define RCU_REPORT_LEVEL 4

enum sim_kind {
	EVENT_PROCESS = 0, /* wants memory */
	EVENT_RECORD,	   /* the holder of oom_lock is done with a record */
	EVENT_KILL,	   /* the report is out */
	EVENT_READ,	   /* a consumer is done with a record */
	EVENT_EXIT,	   /* the victim has given its memory back */
};

struct sim_process {
	double waits_since; /* < 0: does not wait */
	double held_bytes;  /* of a leaker */
	double waited, longest;
	bool dead;
	bool awaited; /* has an event */
};

/* A consumer with a time of its own: a threaded console or a log daemon. */
struct sim_consumer {
	double bytes_per_second, record_seconds;
	uint64_t next; /* sequence number */
	uint64_t lost;
	uint64_t level; /* takes records below */
	bool busy, console;
};

struct sim {
	const struct storm_sim_config *c;
	struct oom_report_size size;
	uint64_t level;
	double seconds_per_byte; /* of all synchronous consoles */
	struct sim_heap heap;
	struct sim_ring ring;
	struct sim_process *process; /* allocators, then leakers */
	uint32_t processes, waiting, alive;
	struct sim_consumer consumer[CONSOLES_MAX + STORM_SIM_READERS_MAX];
	uint32_t consumers;
	double free_bytes, chunk_bytes;
	double now;
	/* the kill that is under way */
	uint32_t holder, victim; /* NOBODY: oom_lock is free; nobody is dying */
	uint32_t part, line;	 /* the next record */
	double print_began, rcu_next;
	bool full;
	/* the rate limit */
	double window_began;
	uint32_t in_window;
	struct storm_sim_result r;
};

/* SplitMix64 (Steele, Lea, Flood 2014), to [0, 1). */
static double draw(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static bool is_leaker(const struct sim *s, uint32_t who)
{
	return who >= s->c->allocators;
}

/* --- consumers --- */

static double reading_time(const struct sim_consumer *k, const struct sim_record *record)
{
	if (k->console && record->level >= k->level)
		return 0;
	return k->record_seconds +
	       (k->bytes_per_second > 0 ? record->bytes / k->bytes_per_second : 0);
}

/* Starts the next record if there is one; what the ring dropped meanwhile is lost. */
static void consumer_go_on(struct sim *s, uint32_t i)
{
	struct sim_consumer *k = &s->consumer[i];

	if (k->next < s->ring.tail) {
		k->lost += s->ring.tail - k->next;
		k->next = s->ring.tail;
	}
	/* A daemon allocates like everybody: while memory is out it waits, too. */
	k->busy = k->next < s->ring.head && (k->console || s->free_bytes >= s->c->request_bytes);
	if (k->busy)
		sim_heap_push(&s->heap, s->now + reading_time(k, sim_ring_at(&s->ring, k->next)),
			      EVENT_READ, i);
}

static void consumer_done(struct sim *s, uint32_t i)
{
	s->consumer[i].next++;
	consumer_go_on(s, i);
}

static void consumers_wake(struct sim *s)
{
	for (uint32_t i = 0; i < s->consumers; i++)
		if (!s->consumer[i].busy)
			consumer_go_on(s, i);
}

static void append(struct sim *s, double bytes, uint32_t level)
{
	sim_ring_append(&s->ring, bytes, level);
	s->r.records++;
	consumers_wake(s);
}

/* --- the report --- */

static double part_record_bytes(const struct sim *s, uint32_t part)
{
	const struct oom_part_size *size = &s->size.part[part];

	return size->lines ? size->bytes.mid / size->lines : 0;
}

/* How long the caller is busy with a record: printk itself, and every synchronous console. */
static double record_time(const struct sim *s, double bytes, uint32_t level)
{
	return s->c->record_seconds + (level < s->level ? bytes * s->seconds_per_byte : 0);
}

/* Moves to a part that has lines and is not cut by the rate limit; false at the end. */
static bool report_has_more(struct sim *s)
{
	while (s->part < PART_COUNT &&
	       (s->line >= s->size.part[s->part].lines || (!s->full && s->part != PART_VERDICT))) {
		s->part++;
		s->line = 0;
	}
	return s->part < PART_COUNT;
}

/* The next record, begun `after` seconds from now; without one the victim dies. */
static void schedule_record(struct sim *s, double after)
{
	if (report_has_more(s)) {
		const double bytes = part_record_bytes(s, s->part);

		after += record_time(s, bytes, s->size.part[s->part].level);
		sim_heap_push(&s->heap, s->now + after, EVENT_RECORD, s->holder);
	} else {
		sim_heap_push(&s->heap, s->now + after, EVENT_KILL, s->holder);
	}
}

static uint32_t largest_leaker(const struct sim *s)
{
	uint32_t best = NOBODY;

	for (uint32_t i = s->c->allocators; i < s->processes; i++)
		if (!s->process[i].dead &&
		    (best == NOBODY || s->process[i].held_bytes > s->process[best].held_bytes))
			best = i;
	return best;
}

/* Retries take CPU time; a victim gets its fair share of what there is. */
static double runnable(const struct sim *s)
{
	const double cost = s->c->retry_cpu_seconds;

	return s->waiting * cost / (s->c->jiffy_seconds + cost);
}

static void kill_victim(struct sim *s)
{
	const double share = (1 + runnable(s)) / s->c->shape.cpus;
	struct sim_process *v;

	s->r.print_seconds += s->now - s->print_began;
	s->r.kills++;
	s->holder = NOBODY;
	s->victim = largest_leaker(s);
	v = &s->process[s->victim];
	v->dead = true;
	s->alive--;
	if (v->waits_since >= 0)
		s->waiting--;
	sim_heap_push(&s->heap, s->now + s->c->exit_cpu_seconds * MAX(share, 1.0), EVENT_EXIT,
		      s->victim);
}

/* Printing for so long that RCU complains, in the same log; returns what that takes. */
static double rcu_complains(struct sim *s)
{
	const double timeout = s->c->shape.rcu_stall_seconds;

	if (timeout <= 0 || s->now - s->print_began < s->rcu_next)
		return 0;
	s->rcu_next += 3 * timeout;
	s->r.rcu_reports++;
	append(s, RCU_REPORT_BYTES, RCU_REPORT_LEVEL);
	return record_time(s, RCU_REPORT_BYTES, RCU_REPORT_LEVEL);
}

static void record_done(struct sim *s)
{
	append(s, part_record_bytes(s, s->part), s->size.part[s->part].level);
	s->line++;
	schedule_record(s, rcu_complains(s));
}

static void take_lock(struct sim *s, uint32_t who)
{
	const double search = s->c->search_seconds * s->c->shape.tasks;

	s->holder = who;
	s->part = s->line = 0;
	s->print_began = s->now + search;
	if (s->in_window == 0 || s->print_began > s->window_began + RATELIMIT_SECONDS) {
		s->window_began = s->print_began;
		s->in_window = 0;
	}
	s->full = s->in_window < RATELIMIT_BURST;
	s->in_window += s->full;
	s->r.full_reports += s->full;
	s->rcu_next = s->c->shape.rcu_stall_seconds;
	schedule_record(s, search);
}

/* --- processes --- */

static void await(struct sim *s, uint32_t who, double at)
{
	s->process[who].awaited = true;
	sim_heap_push(&s->heap, at, EVENT_PROCESS, who);
}

static void satisfied(struct sim *s, uint32_t who, double next)
{
	struct sim_process *p = &s->process[who];

	if (p->waits_since >= 0) {
		const double waited = s->now - p->waits_since;

		p->waited += waited;
		p->longest = MAX(p->longest, waited);
		p->waits_since = -1;
		s->waiting--;
	}
	if (next >= 0)
		await(s, who, s->now + next);
}

/* An allocation fails: the first to find oom_lock free, and nobody dying, is the killer. */
static void fails(struct sim *s, uint32_t who)
{
	struct sim_process *p = &s->process[who];

	if (p->waits_since < 0) {
		p->waits_since = s->now;
		s->waiting++;
	}
	if (s->holder == NOBODY && s->victim == NOBODY && s->alive > 0)
		take_lock(s, who);
}

static void wants_memory(struct sim *s, uint32_t who)
{
	struct sim_process *p = &s->process[who];

	p->awaited = false;
	if (p->dead)
		return;
	if (is_leaker(s, who)) {
		const double got = MIN(s->free_bytes, s->chunk_bytes);

		if (got <= 0) {
			fails(s, who);
			return;
		}
		s->free_bytes -= got;
		p->held_bytes += got;
		satisfied(s, who, got / s->c->leak_bytes_per_second);
	} else if (s->free_bytes < s->c->request_bytes) {
		fails(s, who);
	} else {
		/* It frees what it had before: its share does not grow. With the last leaker dead
		 * there is nothing more to see. */
		satisfied(s, who, s->alive || s->victim != NOBODY ? s->c->period_seconds : -1);
	}
}

/* Memory is there: everybody who waits finds it at the next retry of his own. */
static void victim_gone(struct sim *s, uint32_t victim)
{
	const double cycle = s->c->jiffy_seconds + s->c->retry_cpu_seconds,
		     crowd = s->waiting * s->c->retry_cpu_seconds / s->c->shape.cpus,
		     every = MAX(cycle, crowd);

	s->victim = NOBODY;
	s->free_bytes += s->process[victim].held_bytes;
	s->process[victim].held_bytes = 0;
	consumers_wake(s);
	for (uint32_t i = 0; i < s->processes; i++) {
		const struct sim_process *p = &s->process[i];

		if (p->waits_since >= 0 && !p->dead && !p->awaited)
			await(s, i,
			      p->waits_since + ceil((s->now - p->waits_since) / every) * every);
	}
}

/* --- setting up, and the loop --- */

static void add_consumer(struct sim *s, struct sim_consumer k)
{
	s->consumer[s->consumers++] = k;
}

static int set_consumers(struct sim *s)
{
	const struct storm_sim_config *c = s->c;

	for (uint32_t i = 0; i < c->consoles->count; i++) {
		const struct console *console = &c->consoles->console[i];
		const struct console_cost cost =
			console_cost(&c->shape, &s->size, console, c->printk, s->level);
		double rate;

		if (!cost.seconds.known) {
			if (cost.synchronous)
				return -EINVAL;
			continue;
		}
		if (cost.seconds.mid <= 0)
			continue;
		rate = (double)console->bits_per_second.value /
		       (console->bits_per_character ? console->bits_per_character : 10);
		if (cost.synchronous)
			s->seconds_per_byte += 1 / rate;
		else
			add_consumer(s, (struct sim_consumer){ .bytes_per_second = rate,
							       .level = s->level,
							       .console = true });
	}
	for (uint32_t i = 0; i < c->readers && i < STORM_SIM_READERS_MAX; i++)
		add_consumer(s, (struct sim_consumer){
					.bytes_per_second = c->reader[i].bytes_per_second,
					.record_seconds = c->reader[i].record_seconds });
	return 0;
}

/* At second 0 memory is gone: the leakers have it all, and everybody asks within his period. */
static void set_processes(struct sim *s)
{
	const struct storm_sim_config *c = s->c;
	uint64_t state = c->seed;

	for (uint32_t i = 0; i < s->processes; i++) {
		struct sim_process *p = &s->process[i];

		*p = (struct sim_process){ .waits_since = -1 };
		if (is_leaker(s, i))
			/* not the same for all: the largest is the victim */
			p->held_bytes = (double)c->shape.memory_bytes / c->leakers *
					(0.95 + 0.1 * draw(&state));
		await(s, i, draw(&state) * c->period_seconds);
	}
	s->alive = c->leakers;
	/* some thousand events refill what a victim gave back */
	s->chunk_bytes = MAX((double)MIB, (double)c->shape.memory_bytes / c->leakers / 4096);
}

/* -E2BIG when there are too many events. */
static int loop(struct sim *s)
{
	struct sim_event e;

	while (sim_heap_pop(&s->heap, &e)) {
		if (s->r.events++ == s->c->events_max)
			return -E2BIG;
		if (e.seconds > s->c->limit_seconds) {
			s->now = s->c->limit_seconds;
			return 0;
		}
		s->now = MAX(s->now, e.seconds);
		switch (e.kind) {
		case EVENT_PROCESS:
			wants_memory(s, e.who);
			break;
		case EVENT_RECORD:
			record_done(s);
			break;
		case EVENT_KILL:
			kill_victim(s);
			break;
		case EVENT_READ:
			consumer_done(s, e.who);
			break;
		case EVENT_EXIT:
			victim_gone(s, e.who);
			break;
		}
		if (s->alive == 0 && s->victim == NOBODY && s->waiting == 0 && !s->r.complete) {
			s->r.complete = true;
			s->r.duration_seconds = s->now;
		}
	}
	return 0;
}

/* What is under way at the limit has lasted so long at least. */
static void cut_short(struct sim *s)
{
	s->r.duration_seconds = s->now;
	for (uint32_t i = 0; i < s->processes; i++)
		if (!s->process[i].dead)
			satisfied(s, i, -1);
	if (s->holder != NOBODY)
		s->r.print_seconds += MAX(s->now - s->print_began, 0.0);
}

static void sum_up(struct sim *s)
{
	const uint32_t n = s->c->allocators;
	double waited = 0;

	if (!s->r.complete)
		cut_short(s);
	for (uint32_t i = 0; i < n; i++) {
		s->r.stall_max_seconds = MAX(s->r.stall_max_seconds, s->process[i].longest);
		waited += s->process[i].waited;
	}
	if (n) {
		s->r.stall_mean_seconds = waited / n;
		s->r.stalled_share = waited / n / s->r.duration_seconds;
	}
	for (uint32_t i = 0; i < s->consumers; i++) {
		const struct sim_consumer *k = &s->consumer[i];

		if (k->console)
			s->r.lost_console += k->lost;
		else
			s->r.lost_daemon = MAX(s->r.lost_daemon, k->lost);
	}
}

int storm_sim_run(const struct storm_sim_config *c, struct storm_sim_result *ret)
{
	struct sim s = { .c = c, .holder = NOBODY, .victim = NOBODY };
	int r;

	if (c->leakers == 0 || c->shape.cpus == 0)
		return -EINVAL;
	oom_report_size(&c->shape, &s.size);
	s.level = storm_loglevel(c->printk);
	s.processes = c->allocators + c->leakers;
	s.heap.capacity = s.processes + CONSOLES_MAX + STORM_SIM_READERS_MAX + 2;
	s.heap.event = calloc(s.heap.capacity, sizeof(*s.heap.event));
	s.process = calloc(s.processes, sizeof(*s.process));
	r = sim_ring_init(&s.ring, c->ring_bytes);
	if (r == 0 && (!s.heap.event || !s.process))
		r = -ENOMEM;
	if (r == 0)
		r = set_consumers(&s);
	if (r == 0) {
		set_processes(&s);
		r = loop(&s);
	}
	if (r == 0) {
		sum_up(&s);
		*ret = s.r;
	}
	free(s.heap.event);
	free(s.process);
	sim_ring_release(&s.ring);
	return r;
}
