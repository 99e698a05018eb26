/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules about the OOM policy, the memory it works on, and what could rescue the machine. */
#include "judge/diagnosis_rules.h"

/* drivers/tty/sysrq.c: sysrq_moom_op.enable_mask; 1 allows all. */
#define SYSRQ_ALL 1
#define SYSRQ_ENABLE_SIGNAL 0x40

void rule_task_table_off(const struct diagnosis_input *in, struct diagnosis *d)
{
	if (!opt_is(in->machine->oom.dump_tasks, 0))
		return;
	finding_evidence(finding_add(d, FINDING_TASK_TABLE_OFF, SEVERITY_NOTICE),
			 "/proc/sys/vm/oom_dump_tasks", "0");
}

void rule_panic(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct oom_settings *o = &in->machine->oom;
	const struct interval all = print_seconds_known(in);
	struct finding *f;

	if (!opt_is_set(o->panic_on_oom))
		return;
	if (opt_is(o->panic_seconds, 0))
		f = finding_add(d, FINDING_PANIC_HANGS, SEVERITY_WARNING);
	else
		f = finding_add(d, FINDING_PANIC_ON_OOM,
				all.known ? severity_of_seconds(in, all.mid) : SEVERITY_NOTICE);
	f->number[0] = (double)o->panic_on_oom.value;
	f->number[1] = number_of_seconds(&all);
	f->number[2] = number_of(o->panic_seconds);
	f->cost_seconds = all;
	finding_evidence_u64(f, "/proc/sys/vm/panic_on_oom", o->panic_on_oom);
	if (opt_is_known(o->panic_seconds))
		finding_evidence(f, "/proc/sys/kernel/panic", "%lld",
				 (long long)o->panic_seconds.value);
}

void rule_kills_allocating_task(const struct diagnosis_input *in, struct diagnosis *d)
{
	if (opt_is_set(in->machine->oom.kill_allocating_task))
		finding_evidence_u64(finding_add(d, FINDING_KILLS_ALLOCATING_TASK,
						 SEVERITY_WARNING),
				     "/proc/sys/vm/oom_kill_allocating_task",
				     in->machine->oom.kill_allocating_task);
}

/*
 * Not softlockup_panic: the consoles call touch_nmi_watchdog while they wait, which quiets that
 * detector too, and no such message came in any measured run.
 */
void rule_hung_task_panic(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct oom_settings *o = &in->machine->oom;
	const struct interval *stall = &in->prediction->stall_seconds;
	struct finding *f;

	if (!opt_is_set(o->hung_task_panic) || !opt_is_set(o->hung_task_timeout_seconds) ||
	    !stall->known || !(stall->high > (double)o->hung_task_timeout_seconds.value))
		return;
	f = finding_add(d, FINDING_HUNG_TASK_PANIC, SEVERITY_CRITICAL);
	f->number[0] = stall->high;
	f->number[1] = (double)o->hung_task_timeout_seconds.value;
	f->cost_seconds = *stall;
	f->remedy = REMEDY_CONSOLE_LOGLEVEL;
	finding_evidence_u64(f, "/proc/sys/kernel/hung_task_panic", o->hung_task_panic);
	finding_evidence_u64(f, "/proc/sys/kernel/hung_task_timeout_secs",
			     o->hung_task_timeout_seconds);
}

void rule_unkillable_mass(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct task_census *t = &in->machine->tasks;
	double share;
	struct finding *f;

	if (in->machine->meminfo_known != KNOWN || !in->machine->meminfo.total_bytes ||
	    !t->unkillable)
		return;
	share = (double)t->unkillable_bytes / (double)in->machine->meminfo.total_bytes;
	if (share < in->policy->unkillable_notice_share)
		return;
	f = finding_add(d, FINDING_UNKILLABLE_MASS,
			share < in->policy->unkillable_warning_share ? SEVERITY_NOTICE
								     : SEVERITY_WARNING);
	finding_subject(f, t->unkillable_largest);
	f->number[0] = (double)t->unkillable_bytes;
	f->number[1] = share;
	f->number[2] = t->unkillable;
	finding_evidence(f, "/proc/*/oom_score_adj", "-1000 for %u processes", t->unkillable);
}

void rule_overcommit_always(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct meminfo *m = &in->machine->meminfo;
	struct finding *f;

	if (!opt_is(in->machine->oom.overcommit_memory, 1) || in->machine->meminfo_known != KNOWN ||
	    !opt_is_known(m->committed_bytes))
		return;
	f = finding_add(d, FINDING_OVERCOMMIT_ALWAYS, SEVERITY_NOTICE);
	f->number[0] = (double)m->committed_bytes.value;
	f->number[1] = (double)m->total_bytes + number_of(m->swap_total_bytes);
	finding_evidence(f, "/proc/sys/vm/overcommit_memory", "1");
	finding_evidence_u64(f, "/proc/meminfo Committed_AS", m->committed_bytes);
}

/* init_per_zone_wmark_min (mm/page_alloc.c): the kernel's own value, sqrt(16 x lowmem) in kB. */
static bool below_the_kernels_own(uint64_t min_free_bytes, uint64_t total_bytes)
{
	const double min_kb = (double)min_free_bytes / 1024, total_kb = (double)total_bytes / 1024;

	return min_kb * min_kb < 16 * total_kb;
}

void rule_min_free(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct opt_u64 min_free = in->machine->oom.min_free_bytes;
	const uint64_t total = in->machine->meminfo.total_bytes;
	double share;
	struct finding *f;

	if (!opt_is_known(min_free) || in->machine->meminfo_known != KNOWN || !total)
		return;
	share = (double)min_free.value / (double)total;
	if (min_free.value < in->policy->min_free_bytes &&
	    below_the_kernels_own(min_free.value, total))
		f = finding_add(d, FINDING_MIN_FREE_LOW, SEVERITY_WARNING);
	else if (share > in->policy->min_free_share)
		f = finding_add(d, FINDING_MIN_FREE_HIGH, SEVERITY_WARNING);
	else
		return;
	f->number[0] = (double)min_free.value;
	f->number[1] = share;
	finding_evidence(f, "/proc/sys/vm/min_free_kbytes", "%llu",
			 (unsigned long long)(min_free.value / 1024));
	finding_evidence(f, "/proc/meminfo MemTotal", "%llu kB",
			 (unsigned long long)(total / 1024));
}

void rule_swap(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct meminfo *m = &in->machine->meminfo;
	const struct opt_u64 zram = in->machine->zram_size_bytes;
	struct finding *f;

	if (in->machine->meminfo_known != KNOWN || !opt_is_known(m->swap_total_bytes))
		return;
	if (!m->swap_total_bytes.value) {
		f = finding_add(d, FINDING_NO_SWAP, SEVERITY_NOTICE);
		f->number[0] = (double)m->total_bytes;
		finding_evidence(f, "/proc/meminfo SwapTotal", "0");
	} else if (opt_is_known(zram) && zram.value >= m->swap_total_bytes.value) {
		f = finding_add(d, FINDING_SWAP_ON_ZRAM, SEVERITY_NOTICE);
		f->number[0] = (double)m->swap_total_bytes.value;
		finding_evidence_u64(f, "/proc/swaps zram", zram);
	}
}

void rule_lru_min_ttl(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct oom_settings *o = &in->machine->oom;
	struct finding *f;

	if (!opt_is_set(o->lru_gen_enabled) || !opt_is_set(o->lru_gen_min_ttl_ms))
		return;
	f = finding_add(d, FINDING_LRU_MIN_TTL, SEVERITY_NOTICE);
	f->number[0] = (double)o->lru_gen_min_ttl_ms.value;
	finding_evidence_u64(f, "/sys/kernel/mm/lru_gen/min_ttl_ms", o->lru_gen_min_ttl_ms);
}

void rule_psi_off(const struct diagnosis_input *in, struct diagnosis *d)
{
	if (!in->machine->memory_pressure.some.present)
		finding_evidence(finding_add(d, FINDING_PSI_OFF, SEVERITY_NOTICE),
				 "/proc/pressure/memory", "not there, or not to be read");
}

void rule_sysrq_off(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct opt_u64 mask = in->machine->oom.sysrq;
	struct finding *f;

	if (!opt_is_known(mask) || mask.value == SYSRQ_ALL || (mask.value & SYSRQ_ENABLE_SIGNAL))
		return;
	f = finding_add(d, FINDING_SYSRQ_OFF, SEVERITY_NOTICE);
	f->number[0] = (double)mask.value;
	finding_evidence_u64(f, "/proc/sys/kernel/sysrq", mask);
}

void rule_no_watchdog(const struct diagnosis_input *in, struct diagnosis *d)
{
	if (opt_is(in->machine->oom.watchdogs, 0))
		finding_evidence(finding_add(d, FINDING_NO_WATCHDOG, SEVERITY_NOTICE),
				 "/sys/class/watchdog", "empty");
}

void rule_oom_daemon(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct machine *m = in->machine;
	struct finding *f;

	if (!m->oom_daemon_count)
		return;
	f = finding_add(d, FINDING_OOM_DAEMON, SEVERITY_NOTICE);
	finding_subject(f, m->oom_daemon[0].comm);
	f->number[0] = m->oom_daemon[0].pid;
	f->number[1] = m->oom_daemon_count;
	for (uint32_t i = 0; i < m->oom_daemon_count; i++) {
		char file[32];

		(void)snprintf(file, sizeof(file), "/proc/%d/comm", (int)m->oom_daemon[i].pid);
		finding_evidence(f, file, "%s", m->oom_daemon[i].comm);
	}
}

void rule_services_unlimited(const struct diagnosis_input *in, struct diagnosis *d)
{
	const struct service_limits *s = &in->machine->services;
	char file[EVIDENCE_FILE_SIZE];
	struct finding *f;

	if (!opt_is_known(s->services) || !s->unlimited || !s->largest[0])
		return;
	f = finding_add(d, FINDING_SERVICES_UNLIMITED, SEVERITY_NOTICE);
	finding_subject(f, s->largest);
	f->number[0] = s->unlimited;
	f->number[1] = (double)s->services.value;
	f->number[2] = (double)s->largest_bytes;
	(void)snprintf(file, sizeof(file), "%s/memory.max", s->largest);
	finding_evidence(f, file, "no limit");
}
