/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a line complete, could it go on: for putting together what a mailer or a terminal wrapped. */
#include "source/oom_grammar.h"
#include "source/oom_line.h"
#include "source/oom_text.h"

enum extent {
	EXTENT_ANY = 0, /* nothing is known of its end */
	EXTENT_WHOLE,
	EXTENT_OPEN, /* lacks its end */
};

/* The last word is "key" with digits and `unit` behind it. */
static bool ends_with_number(struct text t, const char *key, const char *unit)
{
	const ssize_t at = oom_text_find_last(t, key);
	int64_t value;

	if (at < 0)
		return false;
	t = oom_text_from(t, (size_t)at + strlen(key));
	oom_skip_blanks(&t);
	return oom_take_i64(&t, &value) && text_is(t, unit);
}

static enum extent open_unless(bool whole)
{
	return whole ? EXTENT_WHOLE : EXTENT_OPEN;
}

/* A blank within "0x100cca(GFP_HIGHUSER|__GFP_ZERO)," is of a broken line. */
static bool has_broken_mask(struct text t)
{
	struct text skipped, mask;

	return oom_take_until(&t, "gfp_mask=", &skipped) && oom_take_until(&t, ",", &mask) &&
	       oom_text_has(mask, " ");
}

static enum extent trigger_extent(struct text t)
{
	const ssize_t at = oom_line_invoked(t);

	if (!oom_text_has(oom_text_from(t, (size_t)(at < 0 ? 0 : at)), "oom-killer:"))
		return EXTENT_ANY;
	/* Without "order=" a blank got into that word, unless somebody left out more. */
	return open_unless(
		!has_broken_mask(t) && (oom_text_has(t, "order=") || oom_text_has(t, "...")) &&
		(ends_with_number(t, "oom_score_adj=", "") ||
		 (!oom_text_has(t, "oom_score_adj=") && ends_with_number(t, "oomkilladj=", ""))));
}

/* "... Not tainted 5.7.0-rc6 #1 PREEMPT": the number of the build and what follows is the last. */
static enum extent cpu_extent(struct text t)
{
	const ssize_t at = oom_text_find(t, " #");
	const bool said = oom_text_has(t, " Not tainted ") || oom_text_has(t, " Tainted: ");

	return open_unless(said && at > 0 && (size_t)at + 2 < t.n && is_digit(t.p[at + 2]));
}

/* "..., BIOS 1.4.1 12/03/2020" of DMI; a device tree's name has no such end. */
static enum extent hardware_extent(struct text t)
{
	const size_t date = sizeof("mm/dd/yyyy") - 1;
	const char *p = t.n > date ? t.p + t.n - date : NULL;

	if (p && p[2] == '/' && p[5] == '/' && is_digit(p[9]))
		return EXTENT_WHOLE;
	return oom_text_has(t, ", BIOS") || oom_text_ends(t, ",") ? EXTENT_OPEN : EXTENT_ANY;
}

/* "free:15908kB min:52kB ...": a word that is no pair was broken; "28k B" was before we had it. */
static bool are_pairs(struct text t)
{
	struct text word;
	bool begun = false;

	while (text_next_word(&t, &word) && !text_is(word, "all_unreclaimable?")) {
		const char *colon = memchr(word.p, ':', word.n);

		begun |= colon != NULL;
		if (begun && !text_is(word, "B") &&
		    (!colon || colon == word.p || colon + 1 == word.p + word.n))
			return false;
	}
	return true;
}

static enum extent node_extent(struct text t)
{
	return open_unless((oom_text_ends(t, "all_unreclaimable? no") ||
			    oom_text_ends(t, "all_unreclaimable? yes") ||
			    ends_with_number(t, "gpu_reclaim:", "kB")) &&
			   are_pairs(t));
}

static enum extent zone_extent(struct text t)
{
	return open_unless(
		(oom_text_ends(t, "all_unreclaimable? no") ||
		 oom_text_ends(t, "all_unreclaimable? yes") ||
		 (ends_with_number(t, "free_cma:", "kB") && !oom_text_has(t, "writeback_tmp:"))) &&
		are_pairs(t));
}

static enum extent buddy_extent(struct text t)
{
	return open_unless(ends_with_number(t, "= ", "kB"));
}

static enum extent hugepages_extent(struct text t)
{
	return open_unless(ends_with_number(t, "hugepages_size=", "kB"));
}

static enum extent usage_extent(struct text t)
{
	return open_unless(ends_with_number(t, "failcnt ", ""));
}

/*
 * A limit is of the task's own cgroup or of one above it: what is neither, but begins like the
 * task's path, was cut.
 */
static enum extent memcg_task_extent(struct text t)
{
	struct text task;

	if (!text_skip_prefix(&t, "Task in ") ||
	    !oom_take_until(&t, " killed as a result of limit of ", &task) || !t.n)
		return EXTENT_OPEN;
	if (t.n < task.n && memcmp(t.p, task.p, t.n) == 0)
		return open_unless(t.n == 1 || task.p[t.n] == '/');
	return EXTENT_WHOLE;
}

static enum extent stats_extent(struct text t)
{
	if (oom_text_has(t, ": cache:"))
		return open_unless(ends_with_number(t, "unevictable:", "KB"));
	return open_unless(oom_text_ends(t, ":"));
}

static enum extent header_extent(struct text t)
{
	return open_unless(oom_text_ends(t, "oom_score_adj name") ||
			   oom_text_ends(t, "oom_adj name"));
}

/* Numbers only: the name is not there yet. */
static enum extent task_extent(struct text t)
{
	const char *p = memchr(t.p, ']', t.n), *const end = t.p + t.n;
	int numbers = 0;

	for (p = p ? p + 1 : end; p < end; numbers++) {
		while (p < end && *p == ' ')
			p++;
		p += p < end && *p == '-';
		if (p < end && !is_digit(*p))
			break;
		while (p < end && is_digit(*p))
			p++;
		if (p < end && *p != ' ')
			break;
	}
	if (p == end)
		return EXTENT_OPEN;
	return numbers >= 6 ? EXTENT_WHOLE : EXTENT_ANY;
}

static enum extent constraint_extent(struct text t)
{
	return open_unless(ends_with_number(t, ",uid=", ""));
}

static enum extent group_extent(struct text t)
{
	return open_unless(oom_text_ends(t, " memory.oom.group set"));
}

static enum extent choice_extent(struct text t)
{
	return open_unless(oom_text_ends(t, "or sacrifice child") ||
			   oom_text_ends(t, "or a child"));
}

/*
 * The line ends with file-rss up to 4.4, shmem-rss up to 5.3; "(x)" alone up to 2.6.27: that one is
 * open too, for it is how every later one begins.
 */
static enum extent killed_extent(struct text t)
{
	if (ends_with_number(t, "oom_score_adj:", ""))
		return EXTENT_WHOLE;
	if (oom_text_has(t, " UID:"))
		return EXTENT_OPEN;
	return open_unless(ends_with_number(t, "shmem-rss:", "kB") ||
			   ends_with_number(t, "file-rss:", "kB"));
}

static enum extent reaped_extent(struct text t)
{
	if (oom_text_has(t, "unable to reap"))
		return open_unless(oom_text_ends(t, ")"));
	return open_unless(ends_with_number(t, "shmem-rss:", "kB") ||
			   ends_with_number(t, "shmem-rss:", "lB"));
}

/* Without its indentation it may be the rest of "foo from". */
static enum extent frame_extent(struct text t)
{
	if (oom_text_ends(t, " from"))
		return EXTENT_OPEN;
	return t.p[0] == ' ' || t.p[0] == '[' || oom_text_has(t, " from ") ? EXTENT_WHOLE
									   : EXTENT_ANY;
}

static enum extent protection_extent(struct text t)
{
	return open_unless(ends_with_number(t, "low protection ", "kB"));
}

static enum extent whole_extent(struct text t _unused_)
{
	return EXTENT_WHOLE;
}

static enum extent (*const extent_of[OOM_LINE_KIND_COUNT])(struct text t) = {
	[OOM_LINE_TRIGGER] = trigger_extent,
	[OOM_LINE_CPU] = cpu_extent,
	[OOM_LINE_HARDWARE] = hardware_extent,
	[OOM_LINE_FRAME] = frame_extent,
	[OOM_LINE_MEM_INFO] = whole_extent,
	[OOM_LINE_NODE] = node_extent,
	[OOM_LINE_ZONE] = zone_extent,
	[OOM_LINE_BUDDY] = buddy_extent,
	[OOM_LINE_HUGEPAGES] = hugepages_extent,
	[OOM_LINE_TOTAL] = whole_extent,
	[OOM_LINE_MEMCG_TASK] = memcg_task_extent,
	[OOM_LINE_MEMCG_USAGE] = usage_extent,
	[OOM_LINE_MEMCG_STATS] = stats_extent,
	[OOM_LINE_MEMCG_PROTECTION] = protection_extent,
	[OOM_LINE_TASK_TITLE] = whole_extent,
	[OOM_LINE_TASK_HEADER] = header_extent,
	[OOM_LINE_TASK] = task_extent,
	[OOM_LINE_CONSTRAINT] = constraint_extent,
	[OOM_LINE_CHOICE] = choice_extent,
	[OOM_LINE_KILLED] = killed_extent,
	[OOM_LINE_SHARING] = whole_extent,
	[OOM_LINE_GROUP] = group_extent,
	[OOM_LINE_REAPED] = reaped_extent,
};

bool oom_line_whole(struct text clean)
{
	const enum oom_line_kind kind = oom_line_kind(clean);

	return extent_of[kind] && extent_of[kind](clean) == EXTENT_WHOLE;
}

/* arm: "foo from", "[<c0411500>] (foo) from [<c040b66c>]" before "bar+0x10/0x14". */
static bool is_frame_beginning(struct text t)
{
	struct text word;

	if (oom_text_has(t, ") from [<"))
		return oom_text_ends(t, ">]");
	return text_next_word(&t, &word) && word.n > 2 && text_is(text_trim(t), "from");
}

/* Beginnings that are too short for their kind to be recognised. */
static bool is_beginning(struct text t)
{
	static const char *const words[] = { "CPU: ",
					     "Pid: ",
					     "oom-kill:constraint",
					     "Task in /",
					     "Tasks in /",
					     "Tasks state (memory",
					     "oom_reaper: reaped",
					     "Node " };

	/* "mkfs.ext4 invoked" before "oom-killer: gfp_mask=": a name has at most 15 bytes. */
	if (oom_text_ends(t, " invoked"))
		return t.n <= 15 + strlen(" invoked");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (oom_text_starts(t, words[i]))
			return true;
	return is_frame_beginning(t) || oom_text_ends(t, "ut of memory: Killed process") ||
	       oom_text_ends(t, "ut of memory: Kill process") ||
	       oom_text_ends(t, "ut of memory: Killed");
}

bool oom_line_open(struct text clean)
{
	const enum oom_line_kind kind = oom_line_kind(clean);
	struct text t = clean;

	if (kind)
		return extent_of[kind] && extent_of[kind](clean) == EXTENT_OPEN;
	oom_skip_blanks(&t);
	return is_beginning(t);
}
