/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/stop.h"

#include "base/macro.h"

static volatile sig_atomic_t stopping;

static void on_stop(int signal_number)
{
	stopping = signal_number;
}

const sigset_t *stop_catch(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction stop = { .sa_handler = on_stop }, old;
	static sigset_t unmask;
	sigset_t block;

	(void)sigemptyset(&block);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		/* nohup ignores SIGHUP on purpose */
		if (sigaction(signals[i], NULL, &old) < 0 || old.sa_handler == SIG_IGN)
			continue;
		(void)sigaction(signals[i], &stop, NULL);
		(void)sigaddset(&block, signals[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &block, &unmask);
	return &unmask;
}

bool stop_wanted(void)
{
	return stopping != 0;
}
