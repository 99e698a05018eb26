/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl, module parameters and devices that decide how an OOM ends. */
#pragma once

#include "base/root.h"
#include "model/machine.h"

/* Never an error: what this kernel has not is ABSENT, what cannot be read UNREADABLE. */
void oom_settings_read(const struct root *root, struct oom_settings *ret) _nonnull_all_;
