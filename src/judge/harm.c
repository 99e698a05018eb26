/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/harm.h"

#include <math.h>

static void because(struct harm_verdict *v, enum harm_reason_id id, double a, double b, double c)
{
	if (v->reasons < HARM_REASONS)
		v->reason[v->reasons++] = (struct harm_reason){ id, { a, b, c } };
}

static uint64_t surely_lost_bytes(const struct harm_case *c)
{
	return c->total[LOSS_DEFINITE].bytes + c->total[LOSS_INDIRECT].bytes;
}

static uint64_t lost_bytes(const struct harm_case *c)
{
	return surely_lost_bytes(c) + c->total[LOSS_POSSIBLE].bytes;
}

static bool grew(const struct harm_case *c)
{
	uint64_t growth;

	if (!opt_is_known(c->held_first_bytes) || !opt_is_known(c->held_last_bytes) ||
	    c->held_last_bytes.value < c->held_first_bytes.value)
		return false;
	growth = c->held_last_bytes.value - c->held_first_bytes.value;
	return growth >= HARM_GROWTH_BYTES && lost_bytes(c) >= growth / 2;
}

static bool judged_growing(const struct harm_case *c)
{
	return c->growth && c->growth->class >= VERDICT_SUSPECT;
}

static void say_held(const struct harm_case *c, struct harm_verdict *v)
{
	const uint64_t first = c->held_first_bytes.value, last = c->held_last_bytes.value;

	if (opt_is_known(c->held_first_bytes) && opt_is_known(c->held_last_bytes))
		because(v, last >= first + HARM_GROWTH_BYTES ? HARM_GREW : HARM_DID_NOT_GROW,
			(double)first, (double)last, c->held_seconds);
}

static void say_judged(const struct harm_case *c, struct harm_verdict *v)
{
	const struct interval *rate = &c->growth->growth_bytes_per_second;

	because(v, HARM_GROWTH_VERDICT, (double)c->growth->class, rate->known ? rate->mid : NAN,
		c->growth->window_seconds);
}

/* Why it is a process that would go on; false: it is none. */
static bool say_long_lived(const struct harm_case *c, struct harm_verdict *v)
{
	/* Where the sure ones are reason enough, no others are called lost for good. */
	const uint64_t sure = surely_lost_bytes(c),
		       bytes = sure >= HARM_LOST_BYTES ? sure : lost_bytes(c);
	const double lost = c->losses_unknown ? NAN : (double)bytes;

	if (!c->ended)
		because(v, HARM_STILL_RUNNING, c->lifetime_seconds, lost, 0);
	else if (c->signal)
		because(v, HARM_ENDED_FROM_OUTSIDE, c->lifetime_seconds, c->signal, lost);
	else
		return c->lifetime_seconds >= HARM_LONG_SECONDS;
	return true;
}

static bool dangerous(const struct harm_case *c, struct harm_verdict *ret)
{
	struct harm_verdict v = { .harm = HARM_DANGEROUS };
	const bool long_lived = say_long_lived(c, &v), by_itself = c->ended && !c->signal;
	const bool much =
		!c->losses_unknown && !by_itself && surely_lost_bytes(c) >= HARM_LOST_BYTES;
	const bool more = !c->losses_unknown && grew(c), judged = judged_growing(c);

	if (!long_lived || !(much || more || judged))
		return false;
	if (by_itself)
		because(&v, HARM_ENDED_BY_ITSELF, c->lifetime_seconds,
			c->losses_unknown ? NAN : (double)lost_bytes(c), c->crash);
	if (more)
		say_held(c, &v);
	if (judged)
		say_judged(c, &v);
	*ret = v;
	return true;
}

static void not_dangerous(const struct harm_case *c, uint64_t lost, uint64_t held,
			  struct harm_verdict *v)
{
	v->harm = HARM_HARMLESS;
	if (c->ended && !c->signal) {
		because(v, HARM_ENDED_BY_ITSELF, c->lifetime_seconds, (double)(lost + held),
			c->crash);
		return;
	}
	if (lost >= HARM_LOST_BYTES) {
		v->harm = HARM_UNKNOWN;
		because(v, HARM_ONLY_POSSIBLE, (double)c->total[LOSS_POSSIBLE].bytes, 0, 0);
	} else {
		because(v, HARM_SMALL, (double)lost, (double)HARM_LOST_BYTES, 0);
	}
	say_held(c, v);
}

void harm_judge(const struct harm_case *c, struct harm_verdict *ret)
{
	const uint64_t lost = lost_bytes(c), held = c->total[LOSS_REACHABLE].bytes;

	*ret = (struct harm_verdict){ .harm = HARM_NONE };
	if (dangerous(c, ret) || c->losses_unknown)
		return;
	if (lost || (c->ended && !c->signal && held >= HARM_LOST_BYTES))
		not_dangerous(c, lost, held, ret);
	else
		because(ret, HARM_NOTHING_LOST, (double)held, 0, 0);
}
