/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which services (cgroups NAME.service) no memory limit binds, neither their own nor a parent's. */
#pragma once

#include "base/root.h"
#include "model/machine.h"

/*
 * Walks the memory hierarchy: one or two reads a cgroup. What is inside of a service is its own
 * affair and not walked. Never an error: .services is ABSENT without a memory controller.
 */
void service_limits_read(const struct root *root, struct service_limits *ret) _nonnull_all_;
