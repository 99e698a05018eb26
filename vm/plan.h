/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest is to do: read from a scenario by vm-run, put into the guest's initramfs as /plan,
 * read there by its init. Both are built from one tree, so it is plain memory; `magic` holds its
 * size, so that a guest of another tree refuses it instead of misreading it. Every number has been
 * checked by vm-run.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	PLAN_NAME = 64,
	PLAN_TEXT = 200, /* a line of a scenario holds 198 bytes */
	PLAN_RUNS = 256,
	PLAN_ITEMS = 512, /* commands, and sysctls, of all runs together */
	PLAN_PROGRAMS = 32,
	PLAN_CPUS = 8,
	PLAN_NODES = 4,
	PLAN_ALL_RUNS = -1,
	/* "6,18446744073709551615,..;" and a text that the kernel cuts at 1 KiB, escaped four to
	   one */
	PLAN_KMSG_LINE = 8192,
	PLAN_OUTPUT = 16384, /* of one command; the rest is not kept */
};

/* The console's level of these lines is 0, so that every console_loglevel but 0 prints them. */
#define PLAN_MARK_BEGIN "bulkhead-vm: begin "
#define PLAN_MARK_END "bulkhead-vm: end "

enum plan_when {
	PLAN_BEFORE,  /* before the baseline, the tasks are there */
	PLAN_TRIGGER, /* in the measured time, instead of or beside the leakers */
	PLAN_AFTER,   /* after the measured time, the tasks are still there */
};

struct plan_command {
	int32_t run;
	int32_t when; /* enum plan_when */
	char text[PLAN_TEXT];
};

struct plan_sysctl {
	int32_t run; /* or PLAN_ALL_RUNS: set once, after boot */
	char key[PLAN_NAME];
	char value[PLAN_TEXT];
};

/* Started in every run, or in the one run named. */
struct plan_program {
	char name[PLAN_NAME];
	char command[PLAN_TEXT]; /* by sh, which execs it */
	char comm[16];		 /* the name that a load takes; "": its own */
	char cgroup[PLAN_NAME];	 /* below /sys/fs/cgroup; made, with its controllers; "": none */
	char set[4][PLAN_NAME];	 /* "memory.max=64M": files of that cgroup */
	char only[PLAN_NAME];	 /* the run; "": all */
	int32_t set_count;
	int32_t count;
	int32_t oom_score_adj;
	bool with_leakers; /* in the measured time; else before the baseline */
};

struct plan_run {
	char name[PLAN_NAME];
	int32_t tasks;
	int32_t allocators;
	int32_t leakers;
	int64_t leak_bytes_per_second; /* each; 0: as fast as it can */
	int32_t console_loglevel;
	int32_t oom_dump_tasks;
	int32_t kills;	/* end after so many kills; 0: once all leakers are dead */
	double seconds; /* end after this time at the latest */
	bool timed;	/* that time was asked for: with nothing else to wait for, wait for it */
	double baseline_seconds;
	double settle_seconds;
	int32_t kmsg_lines; /* written to /dev/kmsg at level 4: a calibration */
	int32_t kmsg_line_bytes;
	bool panics;	      /* the kernel does, and QEMU ends with it */
	bool loglevel_varies; /* something in the guest changes console_loglevel on purpose */
};

struct plan {
	uint64_t magic; /* PLAN_MAGIC */
	int32_t zram_mib;
	bool swap_disk;
	int32_t run_count, command_count, sysctl_count, program_count;
	struct plan_run run[PLAN_RUNS];
	struct plan_command command[PLAN_ITEMS];
	struct plan_sysctl sysctl[PLAN_ITEMS];
	struct plan_program program[PLAN_PROGRAMS];
};

#define PLAN_MAGIC (UINT64_C(0x626b766d00000000) ^ sizeof(struct plan))
