/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/storm_sim.h"

/* What a log daemon and a VM of docs/STORM.md have; see there. */
#define DAEMON_BYTES_PER_SECOND 20e6
#define DAEMON_RECORD_SECONDS 10e-6

void storm_sim_defaults(struct storm_sim_config *c)
{
	c->request_bytes = 64.0 * KIB; /* the allocators of the VM bench */
	c->period_seconds = 0.02;
	/* One processor's page faults: 1 to 4 GB/s on hardware, 0.3 GB/s in the VM bench. */
	c->leak_bytes_per_second = 0.3e9;
	c->jiffy_seconds = 0.004; /* CONFIG_HZ 250 */
	/* 1015 rows reach the ring in 0.01 to 0.03 s in the VM bench. */
	c->record_seconds = 20e-6;
	c->search_seconds = 0.2e-6; /* assumed: a walk over task structures */
	/* last line to end of the gap in the VM bench: median 0.3 s */
	c->exit_cpu_seconds = 0.3;
	c->retry_cpu_seconds = 50e-6; /* assumed: direct reclaim that finds nothing */
	c->limit_seconds = 1e7;
	c->events_max = UINT64_C(200000000); /* half a minute */
	c->ring_bytes = 128.0 * KIB;	     /* CONFIG_LOG_BUF_SHIFT 17 */
	c->readers = 1;
	c->reader[0] = (struct storm_sim_reader){ DAEMON_BYTES_PER_SECOND, DAEMON_RECORD_SECONDS };
	c->seed = 1;
}
