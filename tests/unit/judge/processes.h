/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small machine for the tests of guard's rules: 16 slots and this tree of cgroups:
 *
 *	/ (0)
 *	|-- /system.slice (1)
 *	|   `-- /system.slice/db.service (2)
 *	`-- /user.slice (3)
 */
#pragma once

#include <stdio.h>
#include <string.h>

#include "model/process.h"

struct machine {
	struct process process[16];
	uint8_t state[16];
	struct cgroup node[4];
	char paths[80];
	struct process_table t;
};

static struct machine *machine(void)
{
	static struct machine m;
	static const char *const path[] = { "/", "/system.slice", "/system.slice/db.service",
					    "/user.slice" };
	static const uint32_t parent[] = { CGROUP_NONE, 0, 1, 0 };
	uint32_t at = 0;

	memset(&m, 0, sizeof(m));
	for (uint32_t i = 0; i < 4; i++) {
		m.node[i] = (struct cgroup){
			.parent = parent[i], .path = at, .alive = true, .hierarchical = true
		};
		memcpy(m.paths + at, path[i], strlen(path[i]) + 1);
		at += (uint32_t)strlen(path[i]) + 1;
	}
	m.t = (struct process_table){
		.process = m.process,
		.state = m.state,
		.capacity = 16,
		.cgroups = { .version = CGROUP_V2,
			     .node = m.node,
			     .count = 4,
			     .capacity = 4,
			     .paths = m.paths,
			     .paths_len = at,
			     .paths_size = sizeof(m.paths) },
	};
	m.t.host.page_bytes = 4096;
	return &m;
}

/* The next slot: pid 100 + slot, in this cgroup, holding so much anonymous memory. */
static struct process *add(struct machine *m, const char *comm, uint32_t cgroup, uint64_t mib)
{
	uint32_t i = m->t.high++;
	struct process *p = &m->process[i];

	*p = (struct process){ .id = { 100 + (int32_t)i, 1000 + i },
			       .anon_bytes = mib << 20,
			       .cgroup = cgroup,
			       .session = 7,
			       .uid = 1000,
			       .fields = PROCESS_ANON | PROCESS_SWAP | PROCESS_SHMEM |
					 PROCESS_OOM_SCORE_ADJ };
	(void)snprintf(p->comm, sizeof(p->comm), "%s", comm);
	m->state[i] = SLOT_LIVE;
	return p;
}
