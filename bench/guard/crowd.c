/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crowd N: N idle processes that hold next to nothing, until it gets a signal. Says when all are
 * there. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0;

	/* The whole group ends together, whoever is signalled. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		return 1;
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("crowd: fork");
			return 1;
		}
		if (pid == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
			for (;;)
				(void)pause();
		}
	}
	(void)printf("%d\n", count);
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
