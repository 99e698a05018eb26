/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/oom_settings.h"

#include <errno.h>

#include "base/fd.h"
#include "source/number_file.h"

#define VM(member, file, form) NUMBER_FILE(struct oom_settings, member, 0, "sys/vm/" file, form)
#define KERNEL(member, file)                                                                       \
	NUMBER_FILE(struct oom_settings, member, 0, "sys/kernel/" file, NUMBER_PLAIN)
#define SYS(member, file, form) NUMBER_FILE(struct oom_settings, member, 1, file, form)
static const struct number_file files[] = {
	VM(dump_tasks, "oom_dump_tasks", NUMBER_PLAIN),
	VM(panic_on_oom, "panic_on_oom", NUMBER_PLAIN),
	VM(kill_allocating_task, "oom_kill_allocating_task", NUMBER_PLAIN),
	VM(overcommit_memory, "overcommit_memory", NUMBER_PLAIN),
	VM(overcommit_ratio, "overcommit_ratio", NUMBER_PLAIN),
	VM(min_free_bytes, "min_free_kbytes", NUMBER_KIB),
	VM(watermark_scale_factor, "watermark_scale_factor", NUMBER_PLAIN),
	VM(swappiness, "swappiness", NUMBER_PLAIN),
	KERNEL(panic_seconds, "panic"),
	KERNEL(sysrq, "sysrq"),
	KERNEL(softlockup_panic, "softlockup_panic"),
	KERNEL(hung_task_panic, "hung_task_panic"),
	KERNEL(hung_task_timeout_seconds, "hung_task_timeout_secs"),
	KERNEL(dmesg_restrict, "dmesg_restrict"),
	SYS(lru_gen_enabled, "kernel/mm/lru_gen/enabled", NUMBER_HEX),
	SYS(lru_gen_min_ttl_ms, "kernel/mm/lru_gen/min_ttl_ms", NUMBER_PLAIN),
	SYS(rcu_stall_seconds, "module/rcupdate/parameters/rcu_cpu_stall_timeout", NUMBER_PLAIN),
	SYS(rcu_stall_suppress, "module/rcupdate/parameters/rcu_cpu_stall_suppress", NUMBER_PLAIN),
	SYS(realtime, "kernel/realtime", NUMBER_PLAIN),
	SYS(pstore_entries_possible, "module/pstore/parameters/backend", NUMBER_NAME),
};
#undef VM
#undef KERNEL
#undef SYS

/* How many watchdogN there are in the class; the kernel makes one for each registered device. */
static struct opt_u64 count_watchdogs(int sys)
{
	_cleanup_closedir_ DIR *dir = NULL;
	int r = sys < 0 ? -ENOENT : dir_open_at(sys, "class/watchdog", &dir);
	uint64_t count = 0;

	if (r < 0)
		return opt_u64_none(known_of_errno(r));
	for (const struct dirent *e; (e = readdir(dir));)
		count += strncmp(e->d_name, "watchdog", strlen("watchdog")) == 0;
	return opt_u64_of(count);
}

void oom_settings_read(const struct root *root, struct oom_settings *ret)
{
	*ret = (struct oom_settings){ 0 };
	number_files_read(root, files, ARRAY_SIZE(files), ret);
	ret->watchdogs = count_watchdogs(root->sys);
}
