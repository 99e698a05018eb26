/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pressure stall information: /proc/pressure/FILE and memory.pressure of a cgroup. */
#pragma once

#include "base/macro.h"
#include "model/host.h"

/* -EPROTO: no `some` line, a line twice, a field missing, negative or above 100 per cent. */
int psi_parse(const char *buf, size_t len, struct psi *ret) _must_check_ _nonnull_all_;
/* By a kept descriptor. -EOPNOTSUPP when the kernel was started with psi=0. */
int psi_read(int fd, struct psi *ret) _must_check_ _nonnull_(2);
