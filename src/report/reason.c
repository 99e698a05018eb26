/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/reason.h"

#include "report/sentence.h"

/* {0b}: number 0 as bytes; report/sentence.h has the kinds. */
static const char *const sentences[REASON_COUNT] = {
	[REASON_NONE] = "no reason",
	[REASON_TOO_YOUNG] = "seen for {0s}; a judgement needs {1s}",
	[REASON_BELOW_NOISE] = "grew {0b} in {2s}, below the noise of the counters ({1b})",
	[REASON_TOO_LITTLE] = "grew {0b} in {2s}, less than the {1b} that tell in {3b}",
	[REASON_NO_TREND] = "no steady rise: {0n} of {1n} steps up in {2s}",
	[REASON_FLOOR_RISES] = "its lowest level rose by {0b} in {1s}, {2n} of {3n} steps up",
	[REASON_SPREAD] = "the growth is spread over {1s}: the largest step is {0p} of it",
	[REASON_ONE_STEP] = "one step makes {0p} of the growth in {1s}: a jump, not a leak",
	[REASON_NO_DECELERATION] = "it does not slow down: {1r} at first, {0r} now",
	[REASON_DECELERATES] = "it slows down: {1r} at first, {0r} now, as a filling cache does",
	[REASON_NEW_GROUND] =
		"new ground: its lowest level, {0b}, is above the highest before, {1b}",
	[REASON_NO_EARLIER] = "its lowest level is {0b} now; it was not seen before these {1s}",
	[REASON_OLD_GROUND] = "old ground: {0b} is not above the {1b} it has held before",
	[REASON_MOSTLY_OLD] =
		"mostly old ground: only {0b} of the {1b} is above all it held before",
	[REASON_GIVES_BACK] = "it may come down again: it grew by {0b}, and gave back {1b} before",
	[REASON_URGENT] = "memory runs out in {0s}, on the evidence of {1s}",
	[REASON_NOT_URGENT] = "memory would last {0s}, long for the evidence of {1s}",
	[REASON_RUNAWAY] = "runaway: {0r} without a break for {2s}, memory runs out in {1s}",
	[REASON_PERSISTS] = "the evidence has held for {0s}",
	[REASON_NO_LIMIT] = "no limit known; it holds {0b}",
};

void reason_describe(struct strbuf *s, const struct reason *r)
{
	const char *p = (unsigned int)r->id < REASON_COUNT ? sentences[r->id] : NULL;

	if (p)
		sentence_add(s, p, r->number, TEXT(""));
	else
		strbuf_printf(s, "reason %d", (int)r->id);
}

json_t *reasons_json(const struct verdict *v)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < v->reason_count; i++) {
		char sentence[256];
		struct strbuf s = STRBUF(sentence);

		reason_describe(&s, &v->reason[i]);
		ok = json_add(list, json_stringn(s.buf, s.len));
	}
	return json_whole(list, ok);
}
