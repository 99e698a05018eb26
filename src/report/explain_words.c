/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables. What needs more than a table is in explain_story.c. */
#include "report/explain_words.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "report/sentence.h"

static const char *const causes[OOM_CAUSE_COUNT] = {
	[OOM_CAUSE_CANNOT_TELL] = "cannot tell whose fault it was",
	[OOM_CAUSE_LEAKER_KILLED] = "the leaker was killed",
	[OOM_CAUSE_INNOCENT_KILLED] = "an innocent process was killed",
	[OOM_CAUSE_LIMIT_TOO_SMALL] = "the limit is too small for the load",
	[OOM_CAUSE_KERNEL_LEAK] = "the kernel itself holds the memory",
	[OOM_CAUSE_FORK_BOMB] = "too many processes, each of them small",
	[OOM_CAUSE_FRAGMENTATION] = "memory was free, but in pieces that are too small",
	[OOM_CAUSE_BURST] = "a burst of demand, no leak",
	[OOM_CAUSE_SHMEM] = "shared memory or tmpfs holds the memory: no kill frees it",
	[OOM_CAUSE_MANUAL] = "asked for by hand (SysRq-f)",
};

const char *explain_cause_words(enum oom_cause c)
{
	return causes[c];
}

const char *explain_confidence_words(double confidence)
{
	static const struct {
		double least;
		const char *words;
	} rows[] = {
		{ 0.9, "almost certain" },
		{ 0.7, "likely" },
		{ 0.45, "possible" },
		{ 0, "a guess" },
	};
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(rows) && !(confidence >= rows[i].least))
		i++;
	return rows[i].words;
}

const char *explain_share_words(enum oom_share s)
{
	static const char *const words[OOM_SHARE_COUNT] = {
		[OOM_SHARE_PROCESSES] = "processes (anonymous)",
		[OOM_SHARE_FILE] = "page cache",
		[OOM_SHARE_SHMEM] = "shared memory, tmpfs",
		[OOM_SHARE_SLAB_RECLAIMABLE] = "slab, reclaimable",
		[OOM_SHARE_SLAB_UNRECLAIMABLE] = "slab, unreclaimable",
		[OOM_SHARE_PAGETABLES] = "page tables",
		[OOM_SHARE_KERNEL_STACK] = "kernel stacks",
		[OOM_SHARE_PERCPU] = "per-CPU",
		[OOM_SHARE_SOCK] = "sockets",
		[OOM_SHARE_KERNEL_OTHER] = "kernel, other",
		[OOM_SHARE_HUGETLB] = "huge pages (hugetlb)",
		[OOM_SHARE_UNEVICTABLE_OTHER] = "unevictable, other",
		[OOM_SHARE_FREE] = "free",
		[OOM_SHARE_UNACCOUNTED] = "unaccounted (drivers, vmalloc)",
	};

	return words[s];
}

const char *explain_badness_words(enum oom_badness_rule r)
{
	static const char *const words[] = {
		[OOM_BADNESS_UNKNOWN] = "not known for this kernel",
		[OOM_BADNESS_CHILDREN] = "total_vm, children, run time and nice (up to 2.6.35): "
					 "not computable from a log",
		[OOM_BADNESS_PERMILLE] = "thousandths of memory, oom_score_adj added (2.6.36-3.4)",
		[OOM_BADNESS_ROOT_30] = "pages + oom_score_adj, 30/1000 less for root (3.5-3.13)",
		[OOM_BADNESS_ROOT_3_PERCENT] = "pages + oom_score_adj, 3 % less for root "
					       "(3.14-4.16)",
		[OOM_BADNESS_PLAIN] = "rss + swap + page tables + oom_score_adj (4.17-5.8)",
		[OOM_BADNESS_SIGNED] = "rss + swap + page tables + oom_score_adj (5.9 and later)",
	};

	return words[r];
}

const char *explain_part_words(enum oom_report_part part)
{
	static const char *const words[] = {
		"who asked (invoked oom-killer)",
		"the kernel's release (CPU line)",
		"the call trace",
		"the memory counters",
		"the cgroup's counters",
		"the zones",
		"RAM and swap totals",
		"the header of the task table",
		"the task table",
		"the oom-kill: line",
		"the kill line",
	};

	return words[__builtin_ctz(part)];
}

/*
 * report/sentence.h has the notation; judge/oom_story.h the numbers of each. What stands between
 * two
 * '|' is left out when a number of it is not known.
 */
static const char *const reasons[OOM_REASON_COUNT] = {
	[OOM_REASON_VICTIM_LARGEST] =
		"the victim held {0b}|, {1p} of the memory of all processes|, "
		"{2p} of the total|",
	[OOM_REASON_VICTIM_SMALL] = "the victim held only {0b}|, {1p} of the total|",
	[OOM_REASON_LARGER_PROCESS] =
		"{x}| (pid {1n})| is larger: {0b}| with oom_score_adj {2n}|; the "
		"victim held {3b}|",
	[OOM_REASON_SERVICE_LARGER] = "the {1n} processes named {x} together hold {0b}; the victim "
				      "held {2b}",
	[OOM_REASON_GREW_BETWEEN] = "{x} grew from {0b} to {1b}| within {2s}|",
	[OOM_REASON_KILLED_BEFORE] =
		"kills of {x} before in this log: {0n}|, the last {1s} earlier|",
	[OOM_REASON_SAME_SIZE_AGAIN] =
		"{x} held as much when it was killed before, {0b}|, {1s} earlier|",
	[OOM_REASON_AT_LIMIT] = "cgroup {x} is at its limit|: {0b} of {1b}|, refused {2n} times|",
	[OOM_REASON_LIMIT_SMALL] = "a limit of {0b} is little for any program and its libraries",
	[OOM_REASON_HOST_HAS_MEMORY] = "the machine itself still has {0b} free or in its cache",
	[OOM_REASON_SLAB] = "unreclaimable slab of the kernel: {0b}|, {1p} of the total|",
	[OOM_REASON_SLAB_CACHE] = "slab cache {x}: {0b}",
	[OOM_REASON_ALLOCATION_SITE] = "allocated at {x}: {0b}",
	[OOM_REASON_UNACCOUNTED] = "{0b}|, {1p} of the total,| are in no counter of the report: "
				   "drivers, vmalloc, a balloon",
	[OOM_REASON_CGROUP_KERNEL] = "the kernel holds {0b} for the cgroup|, {1p} of the total|, "
				     "beside slab, stacks and "
				     "page tables: pipes, vmalloc, pages of drivers",
	[OOM_REASON_CGROUP_UNNAMED] =
		"{0b}|, {1p} of the total,| are charged to the cgroup and in none of its "
		"statistics: memory of the kernel, which this one does not name",
	[OOM_REASON_SOCKETS] = "buffers of sockets: {0b}|, {1p} of the total|",
	[OOM_REASON_PAGETABLES] = "page tables: {0b}|, {1p} of the total|",
	[OOM_REASON_SHMEM] = "shared memory and tmpfs: {0b}|, {1p} of the total|",
	[OOM_REASON_HUGETLB] = "{0b} are reserved for huge pages, {1b} of it unused",
	[OOM_REASON_MANY_PROCESSES] = "{0n} of {1n} processes are named {x}",
	[OOM_REASON_ORDER] = "an order-{0n} request needs {1b} in one piece: {2b} were free, the "
			     "largest piece {3b}",
	[OOM_REASON_ZONE_LOW] = "zone {x} ran out, not memory|: {2b} are free where this request "
				"may not go|",
	[OOM_REASON_CMA_FREE] = "zone {x} ran out, not memory|: {2b} are free for CMA alone|",
	[OOM_REASON_PAGE_FAULT] =
		"a page fault failed with {0b} free: a driver refused (VM_FAULT_OOM), or the limit "
		"of kernel memory of a cgroup",
	[OOM_REASON_SWAP_FULL] = "swap is full|: {1b} free of {0b}|",
	[OOM_REASON_NO_SWAP] = "there is no swap",
	[OOM_REASON_CACHE_LEFT] =
		"{0b} of page cache were left|, {1b} of it dirty or being written|",
	[OOM_REASON_ADJ] = "oom_score_adj {0n} of {x} gave it {1n} points, its size {2n}",
	[OOM_REASON_PROTECTED] = "{x} is larger, {0b}, and protected by oom_score_adj {1n}",
	[OOM_REASON_TABLE_INCOMPLETE] = "the task table is not whole: {0n} rows are in the text",
	[OOM_REASON_NO_TABLE] = "no task table: how large the others were is not known",
	[OOM_REASON_NO_MEMORY_INFO] = "no memory counters: where the memory was is not known",
	[OOM_REASON_SYSRQ] = "somebody asked for it: SysRq-f or /proc/sysrq-trigger",
	[OOM_REASON_UNABLE_TO_REAP] = "the kernel could not reap {x}: its memory stayed taken",
	[OOM_REASON_NO_KILLABLE] = "no process was left that may be killed",
	[OOM_REASON_PANICKED] = "the kernel panicked",
	[OOM_REASON_SUPPRESSED] = "{0n} messages were dropped by the rate limit just before",
	[OOM_REASON_RATE_LIMITED] = "the kernel printed the kill alone: it had printed ten reports "
				    "within 5 s (its rate limit)",
	[OOM_REASON_OUTLIER] = "{x} holds {0b}|, the {2n} others of its name {1b} on average|",
	[OOM_REASON_ONE_REPORT_ONLY] = "the log shows the size of {x}, not its growth: a second "
				       "report or 'bulkhead watch' would tell a leak from a need",
	[OOM_REASON_SEVERAL_VICTIMS] = "processes of different names were killed within seconds",
	[OOM_REASON_SUMS_DISAGREE] = "the task table sums up to {0b} anonymous, the memory "
				     "counters to {1b}",
	[OOM_REASON_CHOSEN_BY_KERNEL] = "the kernel chose {x} ({0b}); nothing else is in the text "
					"to weigh it against",
};

/* {x} in a command: the name when it is safe to paste, else the word in .instead. */
static const struct {
	const char *what, *command, *instead;
} advices[OOM_ADVICE_COUNT] = {
	[OOM_ADVICE_FIND_LEAK] = { "find out why {x} grows", "bulkhead watch $(pgrep -x {x})",
				   "NAME" },
	[OOM_ADVICE_LIMIT_LEAKER] = { "give {x} a limit of its own, so that only it suffers",
				      "systemctl set-property $(ps -o unit= -C {x} | head -n 1) "
				      "MemoryHigh=N MemoryMax=N",
				      "NAME" },
	[OOM_ADVICE_PROTECT] = { "protect {x}: OOMScoreAdjust= of its service; for now",
				 "for p in $(pgrep -x {x}); do echo -500 "
				 ">/proc/$p/oom_score_adj; done",
				 "NAME" },
	[OOM_ADVICE_RAISE_LIMIT] = { "raise the memory limit of {x}|, now {0b}|, or shrink the "
				     "load",
				     "systemctl set-property {x} MemoryMax=N", "UNIT" },
	[OOM_ADVICE_READ_SLABINFO] = { "see which slab cache grows", "slabtop -o -s c | head -n 20",
				       "" },
	[OOM_ADVICE_TMPFS] = { "find what fills tmpfs or shared memory, and give tmpfs a size=",
			       "df -h -t tmpfs; ipcs -m", "" },
	[OOM_ADVICE_PIDS_MAX] = { "limit how many processes {x} may start",
				  "systemctl set-property UNIT TasksMax=N", "" },
	[OOM_ADVICE_COMPACTION] = { "let the kernel put free memory together (order {0n})",
				    "cat /proc/buddyinfo; sysctl vm.compact_memory=1", "" },
	[OOM_ADVICE_ADD_SWAP] = { "add some swap: a leak then shows before it kills",
				  "fallocate -l 2G /swapfile && chmod 600 /swapfile && mkswap "
				  "/swapfile && swapon /swapfile",
				  "" },
	[OOM_ADVICE_CONSOLE] = { "a slow console held the machine up for {0t}: print less on it",
				 "bulkhead doctor --fix", "" },
	[OOM_ADVICE_DUMP_TASKS] = { "let the kernel print the task table next time",
				    "sysctl vm.oom_dump_tasks=1", "" },
	[OOM_ADVICE_FULL_LOG] = { "the text is cut: read the whole log (of the boot before: -b -1)",
				  "journalctl -k -b | bulkhead explain -", "" },
	[OOM_ADVICE_CPUSET] = { "the memory nodes of cpuset {x} are full: widen its cpuset.mems",
				"grep -rs --include=cpuset.mems . /sys/fs/cgroup | grep /{x}/",
				"NAME" },
	[OOM_ADVICE_MEMPOLICY] = { "the nodes of its memory policy are full: allow {x} more "
				   "(numactl, NUMAPolicy= of its service)",
				   "numactl --hardware; numastat -p {x}", "NAME" },
	[OOM_ADVICE_HUGEPAGES] = { "memory reserved for huge pages serves nothing else",
				   "grep Huge /proc/meminfo; sysctl vm.nr_hugepages", "" },
	[OOM_ADVICE_GUARD] = { "let guard act before the kernel must", "bulkhead guard --dry-run",
			       "" },
	[OOM_ADVICE_DIRTY] = { "much was waiting to be written: let writing begin earlier",
			       "sysctl vm.dirty_background_ratio=5 vm.dirty_ratio=10", "" },
	[OOM_ADVICE_KERNEL_PAGES] = { "see who takes pages: vmalloc, drivers, pipes, sockets, a "
				      "balloon",
				      "sort -rnk 2 /proc/vmallocinfo | head; sort -rg "
				      "/proc/allocinfo | head; cat /proc/net/sockstat",
				      "" },
	[OOM_ADVICE_PAGETABLES] = { "see whose page tables these are; with huge pages they are "
				    "smaller",
				    "grep VmPTE /proc/[0-9]*/status | sort -rnk 2 | head", "" },
	[OOM_ADVICE_SOCKETS] = { "see which sockets hold it", "ss -tmp; cat /proc/net/sockstat",
				 "" },
	[OOM_ADVICE_ZONE] = { "more memory does not help: only zone {x} ran out",
			      "cat /proc/buddyinfo; grep -A 9 zone /proc/zoneinfo", "" },
	[OOM_ADVICE_CMA] = { "keep less for CMA (cma= of the kernel's command line)",
			     "grep Cma /proc/meminfo; cat /proc/cmdline", "" },
	[OOM_ADVICE_PAGE_FAULT] = { "see who refused: a cgroup's limit of kernel memory, or a "
				    "driver",
				    "grep -rsv --include=memory.kmem.failcnt '^0$' "
				    "/sys/fs/cgroup/memory",
				    "" },
};

/* A number of {0b} and the like is not known. */
static bool lacks_number(const char *part, const double *numbers)
{
	for (const char *p = strchr(part, '{'); p; p = strchr(p + 1, '{'))
		if (p[1] != 'x' && !isfinite(numbers[p[1] - '0']))
			return true;
	return false;
}

static void add_sentence(struct strbuf *s, const char *sentence, const double *numbers,
			 const char *subject)
{
	struct text rest = text_string(sentence), part;
	bool optional = false;
	char room[256];

	for (; text_next_field(&rest, '|', &part); optional = true) {
		struct strbuf one = STRBUF(room);

		strbuf_add(&one, part.p, part.n);
		if (!optional || !lacks_number(room, numbers))
			sentence_add(s, room, numbers, text_string(subject));
	}
}

void explain_reason(struct strbuf *s, const struct oom_reason *r)
{
	const char *nobody = r->id == OOM_REASON_AT_LIMIT ? "(not named)" : "it";

	if (reasons[r->id])
		add_sentence(s, reasons[r->id], r->number, *r->subject ? r->subject : nobody);
}

void explain_advice(struct strbuf *s, const struct oom_advice *a)
{
	const char *nobody = a->id == OOM_ADVICE_RAISE_LIMIT ? "the cgroup" : "it";

	add_sentence(s, advices[a->id].what, a->number, *a->subject ? a->subject : nobody);
}

/* A name that a shell takes as it is; what a log says may have been chosen by an attacker. */
static bool safe_to_paste(const char *name)
{
	if (!*name || *name == '-')
		return false;
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("_./:@+-", *p))
			return false;
	return true;
}

/* systemd's unit of a cgroup: the last part that has the ending of one. */
static const char *unit_of(const char *path)
{
	static const char *const endings[] = { ".service", ".scope", ".slice" };
	const char *name = strrchr(path, '/');
	const size_t n = strlen(path);

	name = name ? name + 1 : path;
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		const size_t m = strlen(endings[i]);

		if (n > m && strcmp(path + n - m, endings[i]) == 0)
			return name;
	}
	return "";
}

void explain_advice_command(struct strbuf *s, const struct oom_advice *a)
{
	const char *subject = a->subject;

	if (a->id == OOM_ADVICE_RAISE_LIMIT) {
		subject = unit_of(a->subject);
		if (!*subject && *a->subject == '/' && safe_to_paste(a->subject)) {
			strbuf_printf(s,
				      a->number[1] == 1 ? "echo N >/sys/fs/cgroup/memory%s/"
							  "memory.limit_in_bytes"
							: "echo N >/sys/fs/cgroup%s/memory.max",
				      a->subject);
			return;
		}
	}
	if (!safe_to_paste(subject))
		subject = advices[a->id].instead;
	sentence_add(s, advices[a->id].command, a->number, text_string(subject));
}
