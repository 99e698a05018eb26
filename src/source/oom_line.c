/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/oom_line.h"

#include "source/oom_text.h"

struct line_word {
	const char *begins; /* the line */
	const char *holds;  /* further on; NULL: nothing more needed */
	enum oom_line_kind kind;
};

/* Texts: mm/oom_kill.c, mm/page_alloc.c, mm/show_mem.c, mm/memcontrol.c, lib/dump_stack.c and
 * mm/slab_common.c of 2.6.24 to 7.x; leading blanks are off. */
static const struct line_word words[] = {
	{ "CPU: ", "Comm: ", OOM_LINE_CPU },
	{ "CPU ", " hi:", OOM_LINE_PER_CPU },
	{ "CPU ", "Hot: hi:", OOM_LINE_PER_CPU },
	{ "cpu ", " hot: ", OOM_LINE_PER_CPU },
	{ "cpu ", " cold: ", OOM_LINE_PER_CPU },
	{ "Pid: ", ", comm: ", OOM_LINE_CPU },
	{ "Hardware name:", NULL, OOM_LINE_HARDWARE },
	{ "Workqueue: ", NULL, OOM_LINE_STACK },
	{ "Sched_ext: ", NULL, OOM_LINE_STACK },
	{ "Tainted: [", NULL, OOM_LINE_STACK },
	{ "COMPACTION is disabled", NULL, OOM_LINE_COMPACTION },
	{ "oom_policy=", NULL, OOM_LINE_COMPACTION },

	{ "Mem-Info:", NULL, OOM_LINE_MEM_INFO },
	{ "Mem-info:", NULL, OOM_LINE_MEM_INFO },
	{ "active_anon:", NULL, OOM_LINE_COUNTERS },
	{ "Active_anon:", NULL, OOM_LINE_COUNTERS },
	{ "Active:", " inactive:", OOM_LINE_COUNTERS },
	{ "active_file:", NULL, OOM_LINE_COUNTERS },
	{ "inactive_file:", NULL, OOM_LINE_COUNTERS },
	{ "unevictable:", NULL, OOM_LINE_COUNTERS },
	{ "slab_reclaimable:", NULL, OOM_LINE_COUNTERS },
	{ "mapped:", NULL, OOM_LINE_COUNTERS },
	{ "sec_pagetables:", NULL, OOM_LINE_COUNTERS },
	{ "kernel_misc_reclaimable:", NULL, OOM_LINE_COUNTERS },
	{ "free_cma:", NULL, OOM_LINE_COUNTERS },
	{ "free:", "free_pcp:", OOM_LINE_COUNTERS },
	{ "free:", "slab", OOM_LINE_COUNTERS },
	{ "lowmem_reserve[]:", NULL, OOM_LINE_RESERVE },
	{ "hugepages_total=", NULL, OOM_LINE_HUGEPAGES },
	{ "Swap cache stats: ", NULL, OOM_LINE_TOTAL },
	{ "Swap cache: add ", NULL, OOM_LINE_TOTAL },
	{ "Free pages:", "kB", OOM_LINE_TOTAL },
	{ "Free swap ", "kB", OOM_LINE_TOTAL },
	{ "Free swap:", "kB", OOM_LINE_TOTAL },
	{ "Total swap ", "kB", OOM_LINE_TOTAL },
	{ "Memory allocations", ":", OOM_LINE_ALLOCATIONS },

	{ "Task in ", " killed as a result of limit of", OOM_LINE_MEMCG_TASK },
	{ "Memory limit reached of cgroup /", NULL, OOM_LINE_MEMCG_LIMIT_REACHED },
	{ "memory: usage ", NULL, OOM_LINE_MEMCG_USAGE },
	{ "memory+swap: usage ", NULL, OOM_LINE_MEMCG_USAGE },
	{ "swap: usage ", NULL, OOM_LINE_MEMCG_USAGE },
	{ "kmem: usage ", NULL, OOM_LINE_MEMCG_USAGE },
	{ "Memory cgroup stats", ":", OOM_LINE_MEMCG_STATS },
	{ "Memory cgroup stats for /", NULL, OOM_LINE_MEMCG_STATS },
	{ "Memory cgroup min protection ", NULL, OOM_LINE_MEMCG_PROTECTION },

	{ "Unreclaimable slab info:", NULL, OOM_LINE_SLAB },
	{ "Name ", " Used ", OOM_LINE_SLAB_HEADER },
	{ "excessive unreclaimable slab but cannot dump stats", NULL, OOM_LINE_SLAB_NOT_DUMPED },

	{ "Tasks state (memory values in pages)", NULL, OOM_LINE_TASK_TITLE },
	{ "oom-kill:", "constraint=", OOM_LINE_CONSTRAINT },
	{ "Tasks in ", "are going to be killed due to memory.oom.group", OOM_LINE_GROUP },
	{ "oom_reaper: ", "process ", OOM_LINE_REAPED },
	{ "oom_reaper: ", "unable to reap", OOM_LINE_REAPED },
	{ "SLUB: Unable to allocate memory", NULL, OOM_LINE_SLAB_FAILURE },
	{ "SLAB: Unable to allocate memory", NULL, OOM_LINE_SLAB_FAILURE },
	{ "Huh VM_FAULT_OOM leaked out", NULL, OOM_LINE_FAULT_LEAKED },
};

/* What dump_stack() and show_regs() print, by architecture. */
static const struct line_word stack_words[] = {
	{ "Call Trace:", NULL, OOM_LINE_STACK },
	{ "Call trace:", NULL, OOM_LINE_STACK },
	{ "Call Trace ", NULL, OOM_LINE_STACK },
	{ "Backtrace:", NULL, OOM_LINE_STACK },
	{ "Stack:", NULL, OOM_LINE_STACK },
	{ "Stack :", NULL, OOM_LINE_STACK },
	{ "Stack from ", NULL, OOM_LINE_STACK },
	{ "Exception stack(", NULL, OOM_LINE_STACK },
	{ "<TASK>", NULL, OOM_LINE_STACK },
	{ "</TASK>", NULL, OOM_LINE_STACK },
	{ "<IRQ>", NULL, OOM_LINE_STACK },
	{ "</IRQ>", NULL, OOM_LINE_STACK },
	{ "<EOI>", NULL, OOM_LINE_STACK },
	{ "RIP: ", NULL, OOM_LINE_STACK },
	{ "RSP: ", NULL, OOM_LINE_STACK },
	{ "RAX: ", NULL, OOM_LINE_STACK },
	{ "RDX: ", NULL, OOM_LINE_STACK },
	{ "RBP: ", NULL, OOM_LINE_STACK },
	{ "R10: ", NULL, OOM_LINE_STACK },
	{ "R13: ", NULL, OOM_LINE_STACK },
	{ "ORIG_RAX: ", NULL, OOM_LINE_STACK },
	{ "Code: ", NULL, OOM_LINE_STACK },
	{ "EIP: ", NULL, OOM_LINE_STACK },
	{ "EAX: ", NULL, OOM_LINE_STACK },
	{ "ESI: ", NULL, OOM_LINE_STACK },
	{ "DS: ", NULL, OOM_LINE_STACK },
	{ "FS: ", NULL, OOM_LINE_STACK },
	{ "CS: ", NULL, OOM_LINE_STACK },
	{ "CR0: ", NULL, OOM_LINE_STACK },
	{ "CR2: ", NULL, OOM_LINE_STACK },
	{ "PKRU: ", NULL, OOM_LINE_STACK },
	{ "--- interrupt: ", NULL, OOM_LINE_STACK },
	{ "NIP: ", NULL, OOM_LINE_STACK },
	{ "GPR", ": ", OOM_LINE_STACK },
	{ "MSR: ", NULL, OOM_LINE_STACK },
	{ "pc : ", NULL, OOM_LINE_STACK },
	{ "sp : ", NULL, OOM_LINE_STACK },
	{ "epc : ", NULL, OOM_LINE_STACK },
	{ "==========", NULL, OOM_LINE_STACK },
	{ "Last Breaking-Event-Address:", NULL, OOM_LINE_STACK },
};

/* Somewhere in a line that begins with a name. Rows with one `begins` stand together. */
static const struct line_word inner_words[] = {
	{ "OOM victim ", "is already exiting", OOM_LINE_EXITING },
	{ "cpuset=", " mems_allowed=", OOM_LINE_CPUSET },
	{ "allocation", "page allocation failure", OOM_LINE_ALLOCATION_FAILURE },
	{ "allocation", "page allocation stalls for ", OOM_LINE_ALLOCATION_STALL },
	{ "allocation", "vmalloc: allocation failure", OOM_LINE_VMALLOC_FAILURE },
	{ "allocation", "vmap allocation for size ", OOM_LINE_VMALLOC_FAILURE },
	{ "vmalloc error: size ", NULL, OOM_LINE_VMALLOC_FAILURE },
	{ "callbacks suppressed", NULL, OOM_LINE_SUPPRESSED },
	{ "messages", "printk messages dropped", OOM_LINE_LOST },
	{ "messages", " messages from pid ", OOM_LINE_LOST },
	{ "messages", "messages lost due to rate-limiting", OOM_LINE_LOST },
	{ "messages", "begin to drop messages due to rate-limiting", OOM_LINE_LOST },
	{ "kernel messages", "issed ", OOM_LINE_LOST },
};

static const char *const number_words[] = {
	" pages RAM",	  " pages HighMem",    " pages reserved",    " pages cma reserved",
	" pages hwpois",  " pages shared",     " pages non-shared",  " total pagecache pages",
	" pages in swap", " pages in pagetab", " pages of RAM",	     " pages of HIGHMEM",
	" free pages",	  " reserved pages",   " pages swap cached", " slab pages",
	" pages dirty",	  " pages writeback",  " pages mapped",	     " pages slab",
	" pages pagetab",
};

size_t oom_line_zone_name(struct text t)
{
	/* zone_names[], mm/page_alloc.c */
	static const char *const name[] = {
		"DMA32", "DMA", "Normal", "HighMem", "Movable", "Device"
	};

	if (!t.n || !strchr("DNHM", t.p[0]))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(name); i++)
		if (oom_text_starts(t, name[i]))
			return strlen(name[i]);
	return 0;
}

/* "Node 0 DMA free:", "Normal: 1*4kB", "Node 0 active_anon:", "Node 0 DMA per-cpu:" */
static enum oom_line_kind zone_line(struct text t)
{
	uint64_t number;
	const bool of_node = text_skip_prefix(&t, "Node ");
	size_t name;

	if (of_node && (!oom_take_u64(&t, &number) || !text_skip_prefix(&t, " ")))
		return OOM_LINE_NONE;
	if (of_node && oom_text_starts(t, "active_anon:"))
		return OOM_LINE_NODE;
	if (of_node && oom_text_starts(t, "hugepages_total="))
		return OOM_LINE_HUGEPAGES;
	name = oom_line_zone_name(t);
	if (!name)
		return OOM_LINE_NONE;
	t = oom_text_from(t, name);
	if (oom_text_starts(t, " free:"))
		return OOM_LINE_ZONE;
	if (oom_text_starts(t, " per-cpu:"))
		return OOM_LINE_PER_CPU;
	if (!text_skip_prefix(&t, ": ") || !oom_take_u64(&t, &number))
		return OOM_LINE_NONE;
	return oom_text_starts(t, "*") ? OOM_LINE_BUDDY : OOM_LINE_NONE;
}

static enum oom_line_kind number_line(struct text t)
{
	uint64_t number;

	if (!oom_take_u64(&t, &number))
		return OOM_LINE_NONE;
	for (size_t i = 0; t.n && t.p[0] == ' ' && i < ARRAY_SIZE(number_words); i++)
		if (oom_text_starts(t, number_words[i]))
			return OOM_LINE_TOTAL;
	return OOM_LINE_NONE;
}

/* "[  pid  ]   uid" and "[  123]  1000  123" */
static enum oom_line_kind bracket_line(struct text t)
{
	uint64_t number;

	t = oom_text_from(t, 1);
	oom_skip_blanks(&t);
	if (text_skip_prefix(&t, "pid")) {
		oom_skip_blanks(&t);
		if (!text_skip_prefix(&t, "]"))
			return OOM_LINE_NONE;
		oom_skip_blanks(&t);
		return !t.n || oom_text_starts(t, "uid") ? OOM_LINE_TASK_HEADER : OOM_LINE_NONE;
	}
	if (!oom_take_u64(&t, &number))
		return OOM_LINE_NONE;
	oom_skip_blanks(&t);
	if (!text_skip_prefix(&t, "]"))
		return OOM_LINE_NONE;
	oom_skip_blanks(&t);
	return !t.n || is_digit(t.p[0]) ? OOM_LINE_TASK : OOM_LINE_NONE;
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

ssize_t oom_line_frame(struct text t)
{
	ssize_t at = oom_text_find(t, "+0x");
	size_t i;

	if (at < 1)
		return -1;
	for (i = (size_t)at + 3; i < t.n && is_hex(t.p[i]); i++)
		;
	return i + 2 < t.n && t.p[i] == '/' && t.p[i + 1] == '0' && t.p[i + 2] == 'x' ? at : -1;
}

/* "Killed process 12 (", "Kill process 12 (", RHEL 6: "Killed process 12, UID 0, (" */
static enum oom_line_kind kill_line(struct text t)
{
	static const char *const verb[] = { "illed process ", "ill process " };
	static const enum oom_line_kind kind[] = { OOM_LINE_KILLED, OOM_LINE_CHOICE };
	uint64_t pid;

	if (!oom_text_has(t, "process "))
		return OOM_LINE_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(verb); i++) {
		const ssize_t at = oom_text_find(t, verb[i]);
		struct text rest;

		if (at < 1 || (t.p[at - 1] | 0x20) != 'k')
			continue;
		/* In front of it a message that ends in ": ", or nothing. */
		if (at >= 2 && t.p[at - 2] != ' ')
			continue;
		if (at >= 3 && t.p[at - 3] != ':' && t.p[at - 3] != ']')
			continue;
		rest = oom_text_from(t, (size_t)at + strlen(verb[i]));
		if (!oom_take_u64(&rest, &pid))
			continue;
		if (rest.n && !oom_text_starts(rest, " (") && !oom_text_starts(rest, ", UID ") &&
		    !oom_text_starts(rest, " total-vm:"))
			continue;
		if (i && oom_text_ends(rest, "sharing same memory"))
			return OOM_LINE_SHARING;
		return kind[i];
	}
	return OOM_LINE_NONE;
}

/* What panic() is called with, 2.6.24 to 7.x; a text may end within it. */
static bool is_panic_of_oom(struct text t)
{
	static const char *const messages[] = { "Out of memory and no killable processes",
						"System is deadlocked on memory",
						"Out of memory: system-wide panic_on_oom",
						"Out of memory: compulsory panic_on_oom",
						"out of memory. panic_on_oom",
						"out of memory. Compulsory panic_on_oom",
						"out of memory from page fault. panic_on_oom" };

	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		const size_t n = strlen(messages[i]);

		if (t.n >= 12 && memcmp(t.p, messages[i], MIN(t.n, n)) == 0)
			return true;
	}
	return false;
}

static enum oom_line_kind panic_line(struct text t)
{
	struct text before;

	if (!oom_take_until(&t, "Kernel panic - not syncing: ", &before) ||
	    oom_text_ends(before, "end "))
		return OOM_LINE_NONE;
	return is_panic_of_oom(t) ? OOM_LINE_PANIC : OOM_LINE_NONE;
}

/* "Out of memory and no killable processes..." and no more: a sentence goes on. */
static bool is_no_killable(struct text t)
{
	struct text before;

	if (!oom_take_until(&t, "Out of memory and no killable processes", &before) ||
	    (before.n && !oom_text_ends(before, "] ")))
		return false;
	while (t.n && strchr(". \t", t.p[0]))
		t = oom_text_from(t, 1);
	return !t.n;
}

/* "memory: usage 12kB", "memory: usage 1" where the text ends. */
static bool is_usage(struct text t)
{
	struct text name;
	uint64_t kib;

	return oom_take_until(&t, ": usage ", &name) && oom_take_u64(&t, &kib) &&
	       (!t.n || text_skip_prefix(&t, "kB"));
}

/* "Memory cgroup stats:", "... for /x:", both with " cache:32KB" behind them up to 5.2. */
static bool is_stats(struct text t)
{
	if (text_skip_prefix(&t, "Memory cgroup stats:"))
		return !text_trim(t).n || oom_text_starts(t, " cache:");
	return true;
}

/* "oom_reaper: reaped process 12 (x), now anon-rss:0kB", "oom_reaper: unable to reap pid:12 (x)" */
static bool is_reaped(struct text t)
{
	const ssize_t end = oom_text_find_last(t, ")");
	struct text rest = oom_text_from(t, (size_t)(end < 0 ? (ssize_t)t.n : end + 1));

	oom_skip_blanks(&rest);
	return !rest.n || rest.p[0] == ',';
}

static bool is_heading(struct text t)
{
	return oom_text_ends(text_trim(t), ":");
}

/* What more than the words at its front a line must have, where those are English too. */
static bool is_kernels(enum oom_line_kind kind, struct text t)
{
	switch (kind) {
	case OOM_LINE_MEMCG_USAGE:
		return is_usage(t);
	case OOM_LINE_MEMCG_STATS:
		return is_stats(t);
	case OOM_LINE_REAPED:
		return is_reaped(t);
	case OOM_LINE_SLAB:
	case OOM_LINE_TASK_TITLE:
		return is_heading(t);
	default:
		return true;
	}
}

/* A format string, or an expression that finds the kernel's lines. */
static bool is_source_code(struct text t)
{
	static const char *const marks[] = { "gfp_mask=%", "gfp_mask=0x%", "gfp_mask=\"",
					     "constraint=%", "constraint=(" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (oom_text_has(t, marks[i]))
			return true;
	return oom_text_starts(t, "/* ") || oom_text_ends(t, " */");
}

ssize_t oom_line_invoked(struct text t)
{
	static const char word[] = "invoked oom-killer";
	ssize_t at = oom_text_find_last(t, word);
	struct text rest;

	/* The name was lost where a mailer had wrapped the line. */
	if (oom_text_starts(t, "oom-killer: gfp_mask="))
		return 0;
	while (at >= 1) {
		rest = oom_text_from(t, (size_t)at + sizeof(word) - 1);
		if (t.p[at - 1] == ' ' && !rest.n)
			return at >= 2 && at <= 16 ? at - 1 : -1;
		oom_skip_blanks(&rest);
		if (t.p[at - 1] == ' ' && text_skip_prefix(&rest, ":")) {
			oom_skip_blanks(&rest);
			if (!rest.n || oom_text_starts(rest, "gfp_mask=") ||
			    oom_text_starts(rest, "order=") || oom_text_starts(rest, "..."))
				return at - 1;
		}
		at = oom_text_find_last(oom_text_until(t, (size_t)at), word);
	}
	return -1;
}

static enum oom_line_kind inner_line(struct text t)
{
	enum oom_line_kind kind;
	bool there = false;

	if (oom_text_has(t, "-killer") && oom_line_invoked(t) >= 0)
		return is_source_code(t) ? OOM_LINE_NONE : OOM_LINE_TRIGGER;
	if (is_source_code(t))
		return OOM_LINE_NONE;
	kind = kill_line(t);
	if (kind)
		return kind;
	kind = panic_line(t);
	if (kind)
		return kind;
	if (is_no_killable(t))
		return OOM_LINE_NO_KILLABLE;
	for (size_t i = 0; i < ARRAY_SIZE(inner_words); i++) {
		const struct line_word *w = &inner_words[i];

		if (i == 0 || w->begins != inner_words[i - 1].begins)
			there = oom_text_has(t, w->begins);
		if (there && (!w->holds || oom_text_has(t, w->holds)))
			return w->kind;
	}
	return OOM_LINE_NONE;
}

/* "anon 8110080": a row of memory.stat, of which every report of a cgroup has dozens. */
static bool is_name_and_number(struct text t)
{
	size_t i = 0;

	while (i < t.n && ((t.p[i] >= 'a' && t.p[i] <= 'z') || t.p[i] == '_'))
		i++;
	if (!i || i + 1 >= t.n || t.p[i] != ' ')
		return false;
	for (i++; i < t.n && is_digit(t.p[i]); i++)
		;
	return i == t.n;
}

static enum oom_line_kind word_line(struct text t, const struct line_word *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].begins[0] != t.p[0] || !oom_text_starts(t, table[i].begins))
			continue;
		if (!table[i].holds || oom_text_has(t, table[i].holds))
			return table[i].kind;
	}
	return OOM_LINE_NONE;
}

enum oom_line_kind oom_line_kind(struct text t)
{
	enum oom_line_kind kind = OOM_LINE_NONE;
	struct text line = t;

	oom_skip_blanks(&t);
	if (!t.n || is_name_and_number(t))
		return OOM_LINE_NONE;
	if (t.p[0] == '[')
		kind = bracket_line(t);
	else if (is_digit(t.p[0]))
		kind = number_line(t);
	else if (t.p[0] == 'N' || oom_line_zone_name(t))
		kind = zone_line(t);
	if (!kind && oom_line_frame(t) >= 0)
		kind = OOM_LINE_FRAME;
	if (!kind)
		kind = word_line(t, words, ARRAY_SIZE(words));
	if ((kind == OOM_LINE_CONSTRAINT && is_source_code(t)) || !is_kernels(kind, t))
		return OOM_LINE_NONE;
	/* A name in front may be any: "Mem-Info: invoked oom-killer: gfp_mask=" is a trigger. */
	if (kind != OOM_LINE_TASK && kind != OOM_LINE_FRAME && kind != OOM_LINE_TASK_HEADER &&
	    oom_text_has(line, "-killer: gfp_mask=") && oom_line_invoked(line) >= 0)
		return is_source_code(line) ? OOM_LINE_NONE : OOM_LINE_TRIGGER;
	if (!kind)
		kind = word_line(t, stack_words, ARRAY_SIZE(stack_words));
	return kind ? kind : inner_line(line);
}
