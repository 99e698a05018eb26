/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trap is what proves that guard does not allocate: so it must be shown to catch. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "base/alloc_trap.h"

enum act { ALLOCATE, FREE, ALLOCATE_DISARMED, NOTHING };

static void do_it(enum act act)
{
	void *volatile before = malloc(10);
	void *volatile p = NULL;

	alloc_trap_arm();
	if (act == ALLOCATE_DISARMED)
		alloc_trap_disarm();
	if (act == ALLOCATE || act == ALLOCATE_DISARMED)
		p = malloc(10);
	if (act == FREE)
		free(before);
	alloc_trap_disarm();
	_exit(act == FREE || p || act == NOTHING ? 0 : 1);
}

/* The status of a child that arms the trap and does that. Its last words are not for the log. */
static int status_of(enum act act)
{
	const struct rlimit no_core = { 0, 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		(void)dup2(null, STDERR_FILENO);
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL);
		do_it(act);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_allocation_aborts(void **state)
{
	int status = status_of(ALLOCATE);

#ifdef __SANITIZE_ADDRESS__
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
#else
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#endif
}

static void test_all_else_goes_on(void **state)
{
	assert_int_equal(status_of(FREE), 0);
	assert_int_equal(status_of(ALLOCATE_DISARMED), 0);
	assert_int_equal(status_of(NOTHING), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocation_aborts),
		cmocka_unit_test(test_all_else_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
