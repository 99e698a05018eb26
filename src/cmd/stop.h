/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SIGINT, SIGTERM and SIGHUP end what else goes on for ever, at a time of its own choosing. */
#pragma once

#include <signal.h>
#include <stdbool.h>

/*
 * Blocks them but while ppoll() waits with the mask that this returns, so that none slips in
 * between a test of stop_wanted() and the wait. What is ignored already (nohup) stays so.
 */
const sigset_t *stop_catch(void);
bool stop_wanted(void);
