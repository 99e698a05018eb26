/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/leak_words.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "report/sentence.h"

void leak_number(struct strbuf *s, uint64_t n)
{
	char digits[24];
	const int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			strbuf_putc(s, ',');
		strbuf_putc(s, digits[i]);
	}
}

void leak_loss(struct strbuf *s, const struct loss *l)
{
	leak_number(s, l->bytes);
	strbuf_puts(s, " bytes in ");
	leak_number(s, l->blocks);
	strbuf_puts(s, " blocks");
}

static const char *const harm_sentences[HARM_REASON_IDS] = {
	[HARM_NOTHING_LOST] = "nothing is lost",
	[HARM_ENDED_BY_ITSELF] =
		"it ended by itself after {0t} and the kernel took its whole address space back",
	[HARM_SHORT_LIVED] = "it lived for {0t}",
	[HARM_STILL_RUNNING] = "it still runs, after {0t}: the {1b} that it lost it will neither "
			       "use again nor give back",
	[HARM_ENDED_FROM_OUTSIDE] =
		"it did not end by itself but was told to by {x} after {0t}: it "
		"would have gone on, with {2b} lost",
	[HARM_GREW] = "what it holds grew from {0b} to {1b} in {2t}",
	[HARM_DID_NOT_GROW] = "what it holds did not grow: {0b}, and {1b} after {2t}",
	[HARM_GROWTH_VERDICT] = "its memory is judged '{x}': it grew by {1r} for {2s}",
	[HARM_ONLY_POSSIBLE] =
		"to {0b} lead only pointers to the inside of blocks: they are lost, or that is how "
		"the program keeps them (hash tables, pools and interpreters do); what grows from "
		"scan to scan is lost",
	[HARM_SMALL] = "only {0b} are lost so far; from {1b} on that would be dangerous",
};

/* 0: none. */
static int signal_of(double number)
{
	return number > 0 && number < NSIG ? (int)number : 0;
}

void harm_reason_describe(struct strbuf *s, const struct harm_reason *r)
{
	const char *sentence = NULL, *subject = "";
	char name[32] = "a signal";
	int signal = 0;

	if ((unsigned int)r->id < HARM_REASON_IDS)
		sentence = harm_sentences[r->id];
	if (!sentence)
		return;
	if (r->id == HARM_ENDED_FROM_OUTSIDE)
		signal = signal_of(r->number[1]);
	else if (r->id == HARM_ENDED_BY_ITSELF)
		signal = signal_of(r->number[2]);
	if (signal || r->id == HARM_ENDED_FROM_OUTSIDE) {
		const char *abbreviation = sigabbrev_np(signal);

		if (abbreviation)
			(void)snprintf(name, sizeof(name), "SIG%s", abbreviation);
		subject = name;
	} else if (r->id == HARM_GROWTH_VERDICT) {
		subject = verdict_class_name((enum verdict_class)r->number[0]);
	}
	if (r->id == HARM_ENDED_BY_ITSELF && signal)
		sentence = "{x} ended it after {0t} and the kernel took its whole address space "
			   "back";
	/* Of an allocator whose blocks are not known nobody knows what is lost. */
	if (r->id == HARM_STILL_RUNNING && isnan(r->number[1]))
		sentence = "it still runs, after {0t}";
	if (r->id == HARM_ENDED_FROM_OUTSIDE && isnan(r->number[2]))
		sentence = "it did not end by itself but was told to by {x} after {0t}";
	sentence_add(s, sentence, r->number, text_string(subject));
}

bool harm_is_known(const struct leak_report *r)
{
	const struct loss *t = r->total;

	if (r->harm.harm == HARM_UNKNOWN)
		return false;
	return r->harm.reasons > 0 || r->harm.harm != HARM_NONE ||
	       (r->summary_known && !t[LOSS_DEFINITE].blocks && !t[LOSS_INDIRECT].blocks &&
		!t[LOSS_POSSIBLE].blocks);
}

const char *harm_headline(const struct leak_report *r)
{
	if (harm_is_known(r))
		return r->harm.harm == HARM_NONE ? "no leak" : harm_name(r->harm.harm);
	if (!r->summary_known)
		return "not known";
	return r->total[LOSS_DEFINITE].blocks ? "lost blocks" : "possibly lost";
}

static const struct {
	const char *name, *sentence;
} doubts[DOUBTS] = {
	{ "arena_busy", "a thread was inside malloc or free: blocks in flight may count as lost; "
			"scan again to be sure" },
	{ "system_mem", "the chunks of an arena do not add up to what glibc says it has: some "
			"blocks may not be counted" },
	{ "mmapped", "the large blocks found are not as many as glibc says: one may be missing, or "
		     "be too many" },
	{ "walk", "{0b} of the heap could not be walked, and its blocks are not counted: the "
		  "program may have overwritten the allocator's headers (run it under valgrind)" },
	{ "tcache",
	  "the cache of freed blocks of the threads was not found: freed blocks may count "
	  "as lost" },
	{ "unreadable", "{1n} pages could not be read: a pointer in them was not seen, so blocks "
			"may count as lost that are not" },
	{ "single_scan",
	  "the lost blocks are from one look: one that was in flight counts as lost; "
	  "a second scan confirms" },
	{ "other_allocator",
	  "another allocator is in the process, too: its blocks are not counted, "
	  "and pointers in them are seen as roots" },
	{ "shared", "shared memory was left out, or not frozen: a block that only it points to may "
		    "count as lost" },
	{ "no_second_look",
	  "there could be no second look to confirm what is lost (standard error says why): a "
	  "block that was in flight counts as lost" },
};

static unsigned int bit_of(enum scan_doubt doubt)
{
	unsigned int bit = 0;

	while (bit + 1 < DOUBTS && !((unsigned int)doubt & 1U << bit))
		bit++;
	return bit;
}

void scan_doubt_describe(struct strbuf *s, enum scan_doubt doubt, const struct leak_report *r)
{
	const double numbers[] = { (double)r->quality.unwalked_bytes,
				   (double)r->quality.unreadable_pages };

	sentence_add(s, doubts[bit_of(doubt)].sentence, numbers, TEXT(""));
}

const char *scan_doubt_name(enum scan_doubt doubt)
{
	return doubts[bit_of(doubt)].name;
}

static const char *look_words(char look)
{
	static const struct {
		char look;
		const char *words;
	} rows[] = {
		{ LOOK_ZERO, "zero" },
		{ LOOK_HEAP, "heap pointer" },
		{ LOOK_FREED, "pointer to freed" },
		{ LOOK_CODE, "code pointer" },
		{ LOOK_DATA, "data pointer" },
		{ LOOK_TEXT, "text" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].look == look)
			return rows[i].words;
	return "number";
}

void loss_shape_describe(struct strbuf *s, const char *shape)
{
	for (size_t i = 0, run; shape[i]; i += run) {
		for (run = 1; shape[i + run] == shape[i];)
			run++;
		if (i)
			strbuf_puts(s, ", ");
		if (run > 1)
			strbuf_printf(s, "%zu x ", run);
		strbuf_puts(s, look_words(shape[i]));
	}
}

static const struct {
	const char *name, *words;
} holders[] = {
	[HOLDER_NONE] = { "none", "nowhere" },
	[HOLDER_FREED] = { "freed", "freed memory" },
	[HOLDER_DEAD_STACK] = { "dead_stack", "the stack of a function that has returned" },
	[HOLDER_LOST] = { "lost", "another lost block" },
};

const char *last_holder_words(enum last_holder holder)
{
	return (size_t)holder < ARRAY_SIZE(holders) ? holders[holder].words : "nowhere";
}

const char *last_holder_name(enum last_holder holder)
{
	return (size_t)holder < ARRAY_SIZE(holders) ? holders[holder].name : "none";
}

const char *snapshot_method_name(enum snapshot_method method)
{
	static const char *const names[] = { "none", "fork", "copy", "core", "exit" };

	return (size_t)method < ARRAY_SIZE(names) ? names[method] : "none";
}

const char *group_change_name(enum group_change change)
{
	static const char *const names[] = { "new", "grew", "same", "shrank", "gone" };

	return (size_t)change < ARRAY_SIZE(names) ? names[change] : "same";
}

const char *leak_heuristic_name(unsigned int bit)
{
	static const char *const names[HEURISTICS] = { "stdstring", "length64", "newarray",
						       "multipleinheritance" };

	return bit < HEURISTICS ? names[bit] : "none";
}

const char *allocator_advice(enum allocator_kind kind)
{
	static const char *const advice[ALLOCATOR_KINDS] = {
		[ALLOCATOR_UNKNOWN] = "no allocator was recognised; 'bulkhead watch' still tells "
				      "whether the process grows",
		[ALLOCATOR_GLIBC] = "glibc is there, but its heap was not found or is not used yet",
		[ALLOCATOR_JEMALLOC] =
			"jemalloc has a profiler of its own, where it was built with it: "
			"MALLOC_CONF=prof:true,prof_leak:true,prof_final:true",
		[ALLOCATOR_TCMALLOC] =
			"gperftools' tcmalloc has a profiler of its own: HEAPPROFILE=FILE",
		[ALLOCATOR_MIMALLOC] = "mimalloc tells its totals at the end with "
				       "MIMALLOC_SHOW_STATS=1",
		[ALLOCATOR_TBB] = "without libtbbmalloc_proxy malloc is glibc's, which can be "
				  "scanned",
		[ALLOCATOR_MUSL] = "musl keeps the state of its blocks out of reach of a scan; a "
				   "build for glibc can be scanned",
		[ALLOCATOR_SANITIZER] =
			"the program has LeakSanitizer in it, which reports by itself when it ends",
		[ALLOCATOR_GO] = "Go collects garbage: its runtime/pprof heap profile tells what "
				 "is kept, and by whom",
	};

	return (unsigned int)kind < ALLOCATOR_KINDS ? advice[kind] : advice[ALLOCATOR_UNKNOWN];
}
