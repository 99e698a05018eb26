/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of the JSON: stable, they are what scripts compare. */
#include "judge/oom_story.h"

const char *oom_cause_name(enum oom_cause c)
{
	static const char *const name[OOM_CAUSE_COUNT] = {
		[OOM_CAUSE_CANNOT_TELL] = "cannot_tell",
		[OOM_CAUSE_LEAKER_KILLED] = "leaker_killed",
		[OOM_CAUSE_INNOCENT_KILLED] = "innocent_killed",
		[OOM_CAUSE_LIMIT_TOO_SMALL] = "limit_too_small",
		[OOM_CAUSE_KERNEL_LEAK] = "kernel_leak",
		[OOM_CAUSE_FORK_BOMB] = "fork_bomb",
		[OOM_CAUSE_FRAGMENTATION] = "fragmentation",
		[OOM_CAUSE_BURST] = "burst",
		[OOM_CAUSE_SHMEM] = "shmem",
		[OOM_CAUSE_MANUAL] = "manual",
	};

	return name[c];
}

const char *oom_reason_name(enum oom_reason_id id)
{
	static const char *const name[OOM_REASON_COUNT] = {
		[OOM_REASON_NONE] = "none",
		[OOM_REASON_VICTIM_LARGEST] = "victim_largest",
		[OOM_REASON_VICTIM_SMALL] = "victim_small",
		[OOM_REASON_LARGER_PROCESS] = "larger_process",
		[OOM_REASON_SERVICE_LARGER] = "service_larger",
		[OOM_REASON_GREW_BETWEEN] = "grew_between",
		[OOM_REASON_KILLED_BEFORE] = "killed_before",
		[OOM_REASON_SAME_SIZE_AGAIN] = "same_size_again",
		[OOM_REASON_AT_LIMIT] = "at_limit",
		[OOM_REASON_LIMIT_SMALL] = "limit_small",
		[OOM_REASON_HOST_HAS_MEMORY] = "host_has_memory",
		[OOM_REASON_SLAB] = "slab",
		[OOM_REASON_SLAB_CACHE] = "slab_cache",
		[OOM_REASON_ALLOCATION_SITE] = "allocation_site",
		[OOM_REASON_UNACCOUNTED] = "unaccounted",
		[OOM_REASON_CGROUP_KERNEL] = "cgroup_kernel",
		[OOM_REASON_CGROUP_UNNAMED] = "cgroup_unnamed",
		[OOM_REASON_SOCKETS] = "sockets",
		[OOM_REASON_PAGETABLES] = "pagetables",
		[OOM_REASON_SHMEM] = "shmem",
		[OOM_REASON_HUGETLB] = "hugetlb",
		[OOM_REASON_MANY_PROCESSES] = "many_processes",
		[OOM_REASON_ORDER] = "order",
		[OOM_REASON_ZONE_LOW] = "zone_low",
		[OOM_REASON_CMA_FREE] = "cma_free",
		[OOM_REASON_PAGE_FAULT] = "page_fault",
		[OOM_REASON_SWAP_FULL] = "swap_full",
		[OOM_REASON_NO_SWAP] = "no_swap",
		[OOM_REASON_CACHE_LEFT] = "cache_left",
		[OOM_REASON_ADJ] = "oom_score_adj",
		[OOM_REASON_PROTECTED] = "protected",
		[OOM_REASON_TABLE_INCOMPLETE] = "table_incomplete",
		[OOM_REASON_NO_TABLE] = "no_table",
		[OOM_REASON_NO_MEMORY_INFO] = "no_memory_info",
		[OOM_REASON_SYSRQ] = "sysrq",
		[OOM_REASON_UNABLE_TO_REAP] = "unable_to_reap",
		[OOM_REASON_NO_KILLABLE] = "no_killable",
		[OOM_REASON_PANICKED] = "panicked",
		[OOM_REASON_SUPPRESSED] = "suppressed",
		[OOM_REASON_RATE_LIMITED] = "rate_limited",
		[OOM_REASON_ONE_REPORT_ONLY] = "one_report_only",
		[OOM_REASON_SEVERAL_VICTIMS] = "several_victims",
		[OOM_REASON_SUMS_DISAGREE] = "sums_disagree",
		[OOM_REASON_CHOSEN_BY_KERNEL] = "chosen_by_kernel",
		[OOM_REASON_OUTLIER] = "outlier",
	};

	return name[id];
}

const char *oom_advice_name(enum oom_advice_id id)
{
	static const char *const name[OOM_ADVICE_COUNT] = {
		[OOM_ADVICE_FIND_LEAK] = "find_leak",
		[OOM_ADVICE_LIMIT_LEAKER] = "limit_leaker",
		[OOM_ADVICE_PROTECT] = "protect",
		[OOM_ADVICE_RAISE_LIMIT] = "raise_limit",
		[OOM_ADVICE_READ_SLABINFO] = "read_slabinfo",
		[OOM_ADVICE_TMPFS] = "tmpfs",
		[OOM_ADVICE_PIDS_MAX] = "pids_max",
		[OOM_ADVICE_COMPACTION] = "compaction",
		[OOM_ADVICE_ADD_SWAP] = "add_swap",
		[OOM_ADVICE_CONSOLE] = "console",
		[OOM_ADVICE_DUMP_TASKS] = "dump_tasks",
		[OOM_ADVICE_FULL_LOG] = "full_log",
		[OOM_ADVICE_CPUSET] = "cpuset",
		[OOM_ADVICE_MEMPOLICY] = "mempolicy",
		[OOM_ADVICE_HUGEPAGES] = "hugepages",
		[OOM_ADVICE_GUARD] = "guard",
		[OOM_ADVICE_DIRTY] = "dirty",
		[OOM_ADVICE_KERNEL_PAGES] = "kernel_pages",
		[OOM_ADVICE_PAGETABLES] = "pagetables",
		[OOM_ADVICE_SOCKETS] = "sockets",
		[OOM_ADVICE_ZONE] = "zone",
		[OOM_ADVICE_CMA] = "cma",
		[OOM_ADVICE_PAGE_FAULT] = "page_fault",
	};

	return name[id];
}

const char *oom_share_name(enum oom_share s)
{
	static const char *const name[OOM_SHARE_COUNT] = {
		[OOM_SHARE_PROCESSES] = "processes",
		[OOM_SHARE_FILE] = "file",
		[OOM_SHARE_SHMEM] = "shmem",
		[OOM_SHARE_SLAB_RECLAIMABLE] = "slab_reclaimable",
		[OOM_SHARE_SLAB_UNRECLAIMABLE] = "slab_unreclaimable",
		[OOM_SHARE_PAGETABLES] = "pagetables",
		[OOM_SHARE_KERNEL_STACK] = "kernel_stack",
		[OOM_SHARE_PERCPU] = "percpu",
		[OOM_SHARE_SOCK] = "sock",
		[OOM_SHARE_KERNEL_OTHER] = "kernel_other",
		[OOM_SHARE_HUGETLB] = "hugetlb",
		[OOM_SHARE_UNEVICTABLE_OTHER] = "unevictable_other",
		[OOM_SHARE_FREE] = "free",
		[OOM_SHARE_UNACCOUNTED] = "unaccounted",
	};

	return name[s];
}

const char *oom_failure_name(enum oom_failure_kind k)
{
	static const char *const name[OOM_FAILURE_COUNT] = {
		[OOM_FAILURE_UNKNOWN] = "unknown",
		[OOM_FAILURE_WATERMARK] = "watermark",
		[OOM_FAILURE_FRAGMENTATION] = "fragmentation",
		[OOM_FAILURE_LIMIT] = "limit",
		[OOM_FAILURE_CPUSET] = "cpuset",
		[OOM_FAILURE_MEMPOLICY] = "mempolicy",
		[OOM_FAILURE_ZONE] = "zone",
		[OOM_FAILURE_CMA] = "cma",
		[OOM_FAILURE_MANUAL] = "manual",
		[OOM_FAILURE_PAGE_FAULT] = "page_fault",
		[OOM_FAILURE_FREE_NOW] = "free_now",
	};

	return name[k];
}

const char *oom_why_name(enum oom_why_victim w)
{
	static const char *const name[OOM_WHY_COUNT] = {
		[OOM_WHY_UNKNOWN] = "unknown",
		[OOM_WHY_RANKED_FIRST] = "ranked_first",
		[OOM_WHY_ADJ_RAISED] = "adj_raised",
		[OOM_WHY_OTHERS_PROTECTED] = "others_protected",
		[OOM_WHY_ONLY_ONE] = "only_one",
		[OOM_WHY_ALLOCATING_TASK] = "allocating_task",
		[OOM_WHY_CHILD] = "child",
		[OOM_WHY_GROUP] = "group",
		[OOM_WHY_NOT_FIRST] = "not_first",
		[OOM_WHY_NO_TABLE] = "no_table",
	};

	return name[w];
}

const char *oom_badness_rule_name(enum oom_badness_rule r)
{
	static const char *const name[] = {
		[OOM_BADNESS_UNKNOWN] = "unknown",
		[OOM_BADNESS_CHILDREN] = "children",
		[OOM_BADNESS_PERMILLE] = "permille",
		[OOM_BADNESS_ROOT_30] = "root_30",
		[OOM_BADNESS_ROOT_3_PERCENT] = "root_3_percent",
		[OOM_BADNESS_PLAIN] = "plain",
		[OOM_BADNESS_SIGNED] = "signed",
	};

	return name[r];
}
