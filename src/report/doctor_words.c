/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/doctor_words.h"

#include <inttypes.h>
#include <string.h>

#include "report/sentence.h"

/* report/sentence.h has the notation; model/finding.h the numbers of each. docs/DOCTOR.md says
 * where each claim comes from. */
static const struct {
	const char *what, *remedy, *loses;
} words[FINDING_COUNT] = {
	[FINDING_CONSOLES_UNANSWERED] = { "/proc/consoles did not answer: console_lock is held "
					  "just now, as it is while a slow console prints a lot",
					  "if the machine crawls: 'dmesg -n 1' stops printing on "
					  "the consoles; SysRq-1 does the same from the keyboard",
					  "what the consoles would have shown; the ring buffer "
					  "keeps it" },
	[FINDING_SLOW_CONSOLE] = { "{x} prints {0b} of an OOM report at {3n} baud: {1t}, of it "
				   "{2t} for the table of all tasks. Until it is done no memory is "
				   "freed, and whatever needs memory waits",
				   NULL, NULL },
	[FINDING_CONSOLES_ADD_UP] = { "{0n} consoles print the report one after the other: {1t} in "
				      "all, {2t} the slowest of them alone",
				      NULL, NULL },
	[FINDING_TASK_TABLE] = { "the table of {0n} tasks, {1b}, takes {2t}, {3p} of the printing",
				 NULL, NULL },
	[FINDING_RCU_STALLS] = { "{0t} of printing is longer than the RCU stall timeout of {1s}: "
				 "stall reports are printed into the OOM report and lengthen it",
				 NULL, NULL },
	[FINDING_FLOW_CONTROL] = { "console={x} asks for flow control: with the cable out, or the "
				   "other end off, a kernel that honours it (not the 8250 driver "
				   "before 2026) waits up to 1 s for CTS at each of {0n} "
				   "characters",
				   "take the 'r' out of console={x},... on the kernel command "
				   "line",
				   "characters, when the other end cannot keep up with the line" },
	[FINDING_BOOT_CONSOLE] = { "{x} is a boot console that was kept: it prints everything as "
				   "well, character by character",
				   "take keep_bootcon, or ',keep' of earlyprintk=, off the kernel "
				   "command line",
				   "messages of the moment between the boot console's end and the "
				   "real one's start" },
	[FINDING_SPEED_DEFAULTED] = { "console={x} names no speed: {0n} baud, the driver's default",
				      "console={x},115200n8 on the kernel command line, if the "
				      "other end can",
				      "nothing, once both ends agree" },
	[FINDING_SPEED_DIFFERS] = { "the command line asks {0n} baud of {x}, its tty has {1n} now: "
				    "somebody has set it since, and the console goes at that speed",
				    "find who sets it (getty, stty), and let both say the same",
				    "nothing" },
	[FINDING_IGNORE_LOGLEVEL] = { "ignore_loglevel is on: console_loglevel ({0n}) counts for "
				      "nothing, each console prints everything, {1t} a report",
				      "'bulkhead doctor --fix=ignore_loglevel' turns it off for "
				      "now; take ignore_loglevel off the kernel command line for "
				      "the next boot",
				      "what is below the level, on the consoles only" },
	[FINDING_LOGLEVEL_AT_BOOT] = { "console_loglevel is {0n} now and will be {1n} after the "
				       "next boot: then a report takes {2t}",
				       NULL, NULL },
	[FINDING_PRINTK_DELAY] = { "kernel.printk_delay makes every record wait {0n} ms on "
				   "purpose: {1n} lines, {2t}, at whatever level",
				   "'bulkhead doctor --fix=printk_delay', or sysctl "
				   "kernel.printk_delay=0",
				   "the time to read along on a console" },
	[FINDING_RING_TOO_SMALL] = { "a report takes {0b} in the ring buffer, which has {1b}: its "
				     "beginning is overwritten before its end is written, unless a "
				     "log daemon keeps up",
				     "log_buf_len= on the kernel command line, the next power of "
				     "two above the report",
				     "that much memory" },
	[FINDING_NO_LOG_DAEMON] = { "no log daemon runs: the report is in the ring buffer only, "
				    "and gone at the next boot",
				    "run one, or a pstore backend or kdump", "nothing" },
	[FINDING_LOG_RATE_LIMIT] = { "{x} takes {1n} lines in {2s}; a report has {0n}, the rest is "
				     "dropped",
				     "raise its rate limit for kernel messages",
				     "the protection of the disk against a flood" },
	[FINDING_LOG_TO_CONSOLE] = { "{x} writes log lines to a serial console: the same line "
				     "carries them too",
				     "ForwardToConsole=no in journald.conf, or take the console's "
				     "action out of its configuration",
				     "log lines on that console" },
	[FINDING_LOG_NOT_KEPT] = { "{x} keeps the journal in memory: after a reset the report is "
				   "gone",
				   "mkdir /var/log/journal && systemctl restart systemd-journald",
				   "disk space, up to SystemMaxUse=" },
	[FINDING_TASK_TABLE_OFF] = { "vm.oom_dump_tasks is 0: a report does not say how large the "
				     "other processes were, so nobody can tell afterwards whether "
				     "its victim was the right one",
				     "sysctl vm.oom_dump_tasks=1, with a console_loglevel of 6 or "
				     "less on slow consoles",
				     "nothing while no console prints level 6" },
	[FINDING_PANIC_HANGS] = { "vm.panic_on_oom is {0n} and kernel.panic is 0: an OOM prints "
				  "its report ({1t}), panics, and the machine stands until "
				  "somebody resets it, unless a crash kernel is loaded",
				  "sysctl kernel.panic=10, or vm.panic_on_oom=0",
				  "the panic's text on the screen after 10 s; it stays in pstore "
				  "or a crash dump" },
	[FINDING_PANIC_ON_OOM] = { "vm.panic_on_oom is {0n}: every OOM ends in a panic, after {1t} "
				   "of report; a panic raises the loglevel, so the rest is printed "
				   "in full",
				   "sysctl vm.panic_on_oom=0, unless the restart is what you want",
				   "the restart" },
	[FINDING_KILLS_ALLOCATING_TASK] = { "vm.oom_kill_allocating_task is set: whoever asks for "
					    "memory at that moment is killed, not the one that "
					    "holds it",
					    "sysctl vm.oom_kill_allocating_task=0",
					    "the time to look through all tasks, some "
					    "milliseconds" },
	[FINDING_HUNG_TASK_PANIC] = { "kernel.hung_task_panic is set, and who waits for a lock of "
				      "a process that needs memory may stand still for {0t}, "
				      "longer than {1s}: the machine would panic",
				      NULL, NULL },
	[FINDING_UNKILLABLE_MASS] = { "{0b}, {1p} of RAM, is held by {2n} processes that no OOM "
				      "may kill (oom_score_adj -1000); the largest is {x}",
				      "OOMScoreAdjust= of its service, -999 at the lowest",
				      "the promise that it is never killed" },
	[FINDING_OVERCOMMIT_ALWAYS] = { "vm.overcommit_memory is 1: no allocation is refused; {0b} "
					"are promised, RAM and swap have {1b}",
					"sysctl vm.overcommit_memory=0, unless a program demands 1",
					"programs that fork or map far more than they use may be "
					"refused" },
	[FINDING_MIN_FREE_LOW] = { "vm.min_free_kbytes keeps only {0b} back: below 1 MiB the "
				   "kernel's documentation warns of deadlock under load",
				   "sysctl vm.min_free_kbytes: 4 x the square root of the RAM in "
				   "kB is the kernel's own",
				   "some MiB of memory" },
	[FINDING_MIN_FREE_HIGH] = { "vm.min_free_kbytes keeps {0b}, {1p} of RAM, from all: an OOM "
				    "comes with that much free",
				    "sysctl vm.min_free_kbytes: 4 x the square root of the RAM in "
				    "kB is the kernel's own",
				    "reserves for bursts of atomic allocations (network)" },
	[FINDING_NO_SWAP] = { "there is no swap: a leak meets nothing slow between {0b} of RAM and "
			      "the OOM killer, and pressure (PSI) shows late",
			      "a swap file or zram of a few per cent of RAM",
			      "disk space; a slower end" },
	[FINDING_SWAP_ON_ZRAM] = { "all {0b} of swap are on zram: it takes RAM for what it frees, "
				   "less what compression gains",
				   "nothing to be done; MemAvailable and SwapFree promise more "
				   "than there is",
				   "nothing" },
	[FINDING_LRU_MIN_TTL] = { "lru_gen/min_ttl_ms is {0n}: an OOM kill comes as soon as {0n} "
				  "ms of working set do not fit, with memory left to reclaim",
				  "nothing to be done if that is meant: it prevents thrashing",
				  "nothing" },
	[FINDING_PSI_OFF] = { "no memory pressure (PSI): systemd-oomd cannot work, guard lacks a "
			      "trigger",
			      "psi=1 on the kernel command line, if the kernel has CONFIG_PSI",
			      "well below 1 % of the scheduler's time" },
	[FINDING_SYSRQ_OFF] = { "kernel.sysrq is {0n}: SysRq-f, an OOM kill by hand, is off at the "
				"keyboard; /proc/sysrq-trigger works for root all the same",
				"sysctl kernel.sysrq with 64 added",
				"whoever has the keyboard may kill processes" },
	[FINDING_NO_WATCHDOG] = { "no watchdog device: if the machine hangs, nothing resets it",
				  "a hardware watchdog driver, or softdog, and RuntimeWatchdogSec= "
				  "of systemd",
				  "a reset when a stall is longer than its timeout" },
	[FINDING_OOM_DAEMON] = { "{x} (pid {0n}) kills as well when memory is short; {1n} such in "
				 "all: whoever is first decides",
				 "nothing to be done; see docs/GUARD.md for guard beside it",
				 "nothing" },
	[FINDING_SERVICES_UNLIMITED] = { "{0n} of {1n} services have no memory limit; the largest, "
					 "{x}, holds {2b}",
					 "systemctl set-property UNIT MemoryHigh= MemoryMax= for "
					 "those that may grow",
					 "a service at its limit is slowed down or killed, instead "
					 "of the machine" },
};

const char *loglevel_loses(uint64_t level)
{
	if (level >= 7)
		return "nothing";
	if (level >= 5)
		return "the task table and the oom-kill line, on the consoles only; the ring "
		       "buffer, "
		       "the journal and the log files keep them";
	if (level == 4)
		return "all but 'Out of memory: Killed process ...', on the consoles only; the "
		       "ring "
		       "buffer, the journal and the log files keep it";
	return "the whole report, on the consoles only; the ring buffer, the journal and the log "
	       "files keep it";
}

void finding_describe(struct strbuf *s, const struct finding *f)
{
	sentence_add(s, words[f->id].what, f->number, text_string(f->subject));
}

static void add_change(struct strbuf *s, const struct diagnosis *d, enum remedy_id id)
{
	const struct opt_u64 before = d->remedy[id].before, after = d->remedy[id].after;

	if (opt_is_known(before) && before.value == after.value)
		strbuf_printf(s, "%s stays %" PRIu64 ", for the next boot too", remedy_name(id),
			      after.value);
	else if (opt_is_known(before))
		strbuf_printf(s, "%s %" PRIu64 " -> %" PRIu64, remedy_name(id), before.value,
			      after.value);
	else
		strbuf_printf(s, "%s -> %" PRIu64, remedy_name(id), after.value);
}

static bool level_changes(const struct finding *f)
{
	return f->remedy == REMEDY_CONSOLE_LOGLEVEL || f->remedy == REMEDY_IGNORE_LOGLEVEL;
}

void finding_remedy(struct strbuf *s, const struct finding *f, const struct diagnosis *d)
{
	if (words[f->id].remedy) {
		sentence_add(s, words[f->id].remedy, f->number, text_string(f->subject));
		return;
	}
	strbuf_puts(s, "'bulkhead doctor --fix': ");
	if (f->remedy == REMEDY_IGNORE_LOGLEVEL)
		strbuf_puts(s, "ignore_loglevel off, ");
	add_change(s, d, REMEDY_CONSOLE_LOGLEVEL);
	if (f->id == FINDING_TASK_TABLE)
		strbuf_puts(s,
			    "; or 'bulkhead doctor --fix=oom_dump_tasks': no table, neither on a "
			    "console nor in any log");
}

void finding_loses(struct strbuf *s, const struct finding *f, const struct diagnosis *d)
{
	if (words[f->id].loses)
		strbuf_puts(s, words[f->id].loses);
	else if (level_changes(f))
		strbuf_puts(s, loglevel_loses(d->remedy[REMEDY_CONSOLE_LOGLEVEL].after.value));
}

void unknown_describe(struct strbuf *s, const struct unknown *u)
{
	static const char *const sentences[UNKNOWN_COUNT] = {
		[UNKNOWN_CONSOLES] = "what {x} says",
		[UNKNOWN_CONSOLE] = "how long {x} takes",
		[UNKNOWN_CONSOLES_DROPPED] = "the consoles beyond the sixteenth",
		[UNKNOWN_LINE] = "how fast {x} really is",
		[UNKNOWN_ASSUMED] = "",
		[UNKNOWN_RING] = "the size of the ring buffer",
		[UNKNOWN_LOG_DAEMON] = "whether {x} runs",
		[UNKNOWN_SERVICES] = "which services have a memory limit",
		[UNKNOWN_BOOT_LEVEL] = "which console_loglevel {x} sets at the next boot",
		[UNKNOWN_SETTING] = "{x}",
	};
	const double none[1] = { 0 };

	sentence_add(s, sentences[u->id], none, text_string(u->subject));
	if (u->why[0]) {
		if (u->id != UNKNOWN_ASSUMED)
			strbuf_puts(s, ", because ");
		strbuf_escape(s, text_string(u->why));
	}
}
