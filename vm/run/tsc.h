/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rate of the host's time stamp counter, which is the guest's, too: QEMU's software emulation
 * passes it through. A guest that calibrates it itself, against an emulated timer on a busy host,
 * was seen to run its clock 15 times too fast for the whole boot.
 */
#pragma once

/* kHz, or 0 on a host without one. Takes 20 ms. */
unsigned tsc_khz(void);
