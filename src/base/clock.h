/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clocks, in seconds as double. Only cmd/, source/ and act/ may ask; judge/ is told. */
#pragma once

/* CLOCK_BOOTTIME: the clock of starttime in /proc/PID/stat; goes on during suspend. */
double clock_boot_seconds(void);
/* CLOCK_REALTIME since the epoch: for people and file names only. */
double clock_wall_seconds(void);
/* CPU time of the calling thread. */
double clock_thread_cpu_seconds(void);
