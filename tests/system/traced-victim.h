/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test-run_traced looks for in the stacks of traced-victim's threads. */
#pragma once

#define MARK UINT64_C(0x6b7265766c756274)
