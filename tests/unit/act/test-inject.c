/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames that lead back, and which stacks they may stand on. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit.h"

#include "act/inject.h"

static void test_restart_forms(void **state)
{
	static const struct {
		long orig, rax, wants_rax, wants_back;
	} rows[] = {
		{ -1, 7, 7, 0 },		 /* in user code */
		{ -1, -512, -512, 0 },		 /* there it is a number like any */
		{ SYS_read, 5, 5, 0 },		 /* a call that is done */
		{ SYS_read, -11, -11, 0 },	 /* EAGAIN */
		{ SYS_read, -512, SYS_read, 2 }, /* ERESTARTSYS */
		{ SYS_clone, -513, SYS_clone, 2 },
		{ SYS_pause, -514, SYS_pause, 2 },
		{ SYS_nanosleep, -516, -EINTR, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct user_regs_struct regs = { .orig_rax = (uint64_t)rows[i].orig,
						       .rax = (uint64_t)rows[i].rax,
						       .rip = 0x401000,
						       .rsp = 0x7000,
						       .rdi = 1,
						       .r10 = 2,
						       .eflags = 0x346,
						       .cs = 0x33,
						       .ss = 0x2b };
		struct inject_frame f;

		inject_frame_of(&regs, 0x55, 0x6000, 0x402000, &f);
		assert_int_equal((long)f.ax, rows[i].wants_rax);
		assert_int_equal(f.ip, 0x401000 - rows[i].wants_back);
		assert_true(f.sp == 0x7000 && f.di == 1 && f.r10 == 2 && f.sigmask == 0x55);
		assert_true(f.pretcode == 0x402000 && f.fpstate == 0x6000);
		assert_true(f.flags == 0x246 && f.cs == 0x33 && f.ss == 0x2b); /* without TF */
	}
}

static void test_fpstate(void **state)
{
	static uint8_t area[16384];
	const uint64_t features = 3; /* x87, SSE */
	uint32_t word;

	assert_int_equal(inject_fpstate(area, 512, sizeof(area)), 0);
	memcpy(area + 464, &features, sizeof(features));
	assert_int_equal(inject_fpstate(area, 576, 576), 0); /* no room for the mark */
	memcpy(area + 464, &features, sizeof(features));
	assert_int_equal(inject_fpstate(area, 576, 580), 580);
	memcpy(&word, area + 464, 4);
	assert_int_equal(word, 0x46505853);
	memcpy(&word, area + 576, 4);
	assert_int_equal(word, 0x46505845);
}

/* A thread's own stack is found by its struct pthread; a coroutine's is refused. */
static void *look_at_stacks(void *arg)
{
	bool *result = arg;
	struct user_regs_struct regs = { 0 };
	static char coroutine[256 * 1024];
	struct mapping map[] = { { .flags = MAPPING_READ | MAPPING_WRITE },
				 { .flags = MAPPING_READ | MAPPING_WRITE } };
	struct memory_image maps = { .mapping = map, .mappings = 1 };
	pthread_attr_t attr;
	void *stack;
	size_t size;

	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstack(&attr, &stack, &size);
	pthread_attr_destroy(&attr);
	regs.fs_base = (uint64_t)pthread_self();
	regs.rsp = (uintptr_t)__builtin_frame_address(0);
	map[0].start = (uintptr_t)stack;
	map[0].end = map[0].start + size;
	map[0].path = map[1].path = (char[]){ "" };
	result[0] = inject_stack_is_free(gettid(), &regs, &maps);
	regs.rsp = (uintptr_t)stack + 60 * 1024; /* not enough below */
	result[1] = inject_stack_is_free(gettid(), &regs, &maps);
	map[0].start = (uintptr_t)coroutine & ~UINT64_C(4095);
	map[0].end = map[0].start + sizeof(coroutine);
	regs.rsp = (uintptr_t)coroutine + 200 * 1024;
	result[2] = inject_stack_is_free(gettid(), &regs, &maps);
	return NULL;
}

static void test_stacks(void **state)
{
	bool result[3];
	pthread_t t;

	assert_int_equal(pthread_create(&t, NULL, look_at_stacks, result), 0);
	pthread_join(t, NULL);
	assert_true(result[0]);
	assert_false(result[1]);
	assert_false(result[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restart_forms),
		cmocka_unit_test(test_fpstate),
		cmocka_unit_test(test_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
