/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What test-glibc.c walks the heap of: does one thing with malloc, keeps book of every live block,
 * tells where the book is, and waits. Links libc only; also built for other versions of it.
 *
 * usage: target MODE, the book's address and "ready" on descriptor 1.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "book.h"

#define _unused __attribute__((unused))

static struct book *book;
static pthread_barrier_t ready;

static void die(const char *what)
{
	perror(what);
	_exit(1);
}

/* Every block is its own pattern, so that one that is written over shows as a broken walk. */
static void *keep(void *p)
{
	const uint32_t i = __atomic_fetch_add(&book->blocks, 1, __ATOMIC_RELAXED);

	if (!p || i >= BOOK_BLOCKS)
		die("keep");
	book->block[i].size = malloc_usable_size(p);
	memset(p, 0xa5, book->block[i].size < 64 ? book->block[i].size : 64);
	book->block[i].address = (uintptr_t)p + BOOK_HIDE;
	return p;
}

static void mode_simple(void)
{
	for (size_t i = 0; i < 100; i++)
		keep(malloc(100));
}

/* Every other one is freed: into tcache, fastbins, unsorted, small and large bins. */
static void mode_sizes(void)
{
	static void *drop[4000];
	size_t n = 0;

	for (size_t size = 0; size < 3000; size += 24) {
		for (int k = 0; k < 16; k++) {
			keep(k % 3 ? malloc(size) : calloc(1, size + 1));
			drop[n++] = malloc(size);
		}
	}
	for (size_t i = 0; i < n; i++)
		free(drop[i]);
	free(malloc(60000));
	for (size_t i = 0; i < 20; i++)
		keep(malloc(700 + 50 * i));
}

static void *drop_half(_unused void *arg)
{
	void *drop[500];

	for (size_t i = 0; i < 500; i++) {
		keep(malloc(16 + i * 7 % 2000));
		drop[i] = malloc(16 + i * 13 % 1500);
	}
	for (size_t i = 0; i < 500; i++)
		free(drop[i]);
	return NULL;
}

static void *live_thread(void *arg)
{
	drop_half(arg);
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return NULL;
}

static void start(void *(*run)(void *), unsigned n, pthread_t *ret)
{
	for (unsigned i = 0; i < n; i++)
		if (pthread_create(&ret[i], NULL, run, (void *)(uintptr_t)i) != 0)
			die("pthread_create");
}

static void mode_threads(void)
{
	pthread_t t[8];

	pthread_barrier_init(&ready, NULL, 9);
	start(live_thread, 8, t);
	drop_half(NULL);
	pthread_barrier_wait(&ready);
	book->threads = 8;
}

static void mode_exited(void)
{
	pthread_t t[6];

	start(drop_half, 6, t);
	for (unsigned i = 0; i < 6; i++)
		pthread_join(t[i], NULL);
	drop_half(NULL);
	book->ended_threads = 6;
}

static void mode_mmapped(void)
{
	void *p[12];

	for (size_t i = 0; i < 12; i++)
		p[i] = malloc(140000 + i * 300001);
	for (size_t i = 0; i < 12; i += 3)
		free(p[i]);
	p[1] = realloc(p[1], 9000001);
	p[2] = realloc(p[2], 150000);
	for (size_t i = 0; i < 12; i++)
		if (i % 3)
			keep(p[i]);
	keep(malloc(100));
}

static void mode_memalign(void)
{
	for (size_t align = 16; align <= 1 << 20; align *= 2) {
		keep(memalign(align, 50));
		keep(memalign(align, 3000));
		keep(memalign(align, 200000));
		free(memalign(align, 100));
		free(memalign(align, 300000));
		keep(aligned_alloc(align, align * 2));
	}
	keep(valloc(100));
	keep(pvalloc(100));
}

static void mode_realloc(void)
{
	void *p[300];

	for (size_t i = 0; i < 300; i++)
		p[i] = malloc(10 + i);
	for (size_t i = 0; i < 300; i++)
		p[i] = realloc(p[i], i % 2 ? 5 + i / 2 : 40 + i * 10);
	for (size_t i = 0; i < 300; i++)
		keep(p[i]);
}

static void fill(size_t blocks, size_t size)
{
	void **drop = mmap(NULL, blocks * sizeof(*drop), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; i < blocks; i++) {
		keep(malloc(size + i % 64));
		drop[i] = malloc(size + i % 48);
	}
	for (size_t i = 0; i < blocks; i++)
		free(drop[i]);
	munmap(drop, blocks * sizeof(*drop));
}

/* The program moves the break itself. */
static void mode_gap(void)
{
	for (size_t i = 0; i < 5; i++) {
		char *mine;

		fill(400, 100 + 100 * i);
		mine = sbrk(4096 * (intptr_t)(i + 1) + 24);
		memset(mine, i % 2 ? 0x21 : 0, 4096 * (i + 1));
		fill(1500, 200);
	}
}

/* A mapping stands where the break would grow. */
static void mode_blocked(void)
{
	void *wall;

	fill(400, 100);
	wall = (void *)(((uintptr_t)sbrk(0) + 4095) & ~(uintptr_t)4095);
	if (mmap(wall, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
	    wall)
		die("mmap");
	for (size_t i = 0; i < 4; i++) {
		fill(6000, 300);
		keep(malloc(500000));
	}
}

static void mode_blocked_at_once(void)
{
	void *wall = (void *)(((uintptr_t)sbrk(0) + 4095) & ~(uintptr_t)4095);

	if (mmap(wall, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
	    wall)
		die("mmap");
	fill(6000, 300);
}

static void *big_thread(_unused void *arg)
{
	for (size_t i = 0; i < 5000; i++) {
		void *drop = malloc(3000 + i % 2000);

		keep(malloc(9000 + i * 37 % 13000));
		if (i % 2)
			free(drop);
		else
			keep(drop);
	}
	return NULL;
}

static void *big_live(void *arg)
{
	big_thread(arg);
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return NULL;
}

static void mode_big_arena(void)
{
	pthread_t t[2];

	pthread_barrier_init(&ready, NULL, 2);
	start(big_live, 1, t);
	pthread_barrier_wait(&ready);
	start(big_thread, 1, t + 1);
	pthread_join(t[1], NULL);
	book->threads = 1;
	book->ended_threads = 1;
}

static void mode_mallopt(void)
{
	mallopt(M_MMAP_THRESHOLD, 4096);
	mallopt(M_MXFAST, 160);
	mallopt(M_TOP_PAD, 1 << 20);
	mallopt(M_ARENA_MAX, 2);
	mode_threads();
	for (size_t i = 0; i < 50; i++)
		keep(malloc(3000 + i * 1000));
}

/* Forever; a slot is marked while malloc has it. */
static void *random_thread(void *arg)
{
	const uint32_t number = (uint32_t)(uintptr_t)arg;
	struct book_block *slot = book->block + number * BOOK_SLOTS;
	uint64_t state = 88172645463325252ull + number;

	for (;;) {
		uint32_t i;
		size_t size;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		i = (uint32_t)(state % BOOK_SLOTS);
		size = state >> 20 & ((state >> 40 & 31) == 0 ? 0x3ffff : 0x3ff);
		__atomic_store_n(&book->flight[number], 1 + i, __ATOMIC_SEQ_CST);
		if (!slot[i].address) {
			const unsigned how = (unsigned)(state >> 60);
			void *p = how < 10   ? malloc(size)
				  : how < 14 ? calloc(1, size)
					     : memalign((size_t)16 << (state >> 50 & 7), size);

			slot[i].size = malloc_usable_size(p);
			memset(p, 0x5a, slot[i].size < 256 ? slot[i].size : 256);
			slot[i].address = (uintptr_t)p + BOOK_HIDE;
		} else if (state >> 63) {
			void *p =
				realloc((void *)(uintptr_t)(slot[i].address - BOOK_HIDE), size + 1);

			slot[i].size = malloc_usable_size(p);
			slot[i].address = (uintptr_t)p + BOOK_HIDE;
		} else {
			free((void *)(uintptr_t)(slot[i].address - BOOK_HIDE));
			slot[i].address = 0;
		}
		__atomic_store_n(&book->flight[number], 0, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void mode_random(void)
{
	pthread_t t[BOOK_THREADS];

	book->blocks = BOOK_SLOTS * BOOK_THREADS;
	book->threads = BOOK_THREADS;
	start(random_thread, BOOK_THREADS, t);
	usleep(200000);
}

/* A part of a heap and of a block is advised: the kernel splits their mappings. */
static void mode_advised(void)
{
	char *big = keep(malloc(8 << 20));
	uintptr_t middle;

	fill(60000, 300);
	middle = ((uintptr_t)sbrk(0) - (4 << 20)) & ~(uintptr_t)4095;
	if (madvise((void *)middle, 1 << 20, MADV_DONTFORK) < 0 ||
	    madvise((void *)(((uintptr_t)big + (2 << 20)) & ~(uintptr_t)4095), 1 << 20,
		    MADV_DONTFORK) < 0)
		die("madvise");
}

/* What is where a program can know a block from; the book hides its addresses. */
static void *fated(enum book_fate fate, size_t size)
{
	const uint32_t i = book->blocks;
	void *p = keep(malloc(size));

	book->block[i].fate = fate;
	return p;
}

static void *volatile global;
static __thread void *volatile tls;
static char alternate[65536];
static pthread_key_t key[100];
static ucontext_t back, forth;

static __attribute__((noinline)) void scrub(void)
{
	volatile char waste[16384];

	for (size_t i = 0; i < sizeof(waste); i++)
		waste[i] = 0;
}

static __attribute__((noinline)) void lose(void)
{
	for (int i = 0; i < 3; i++)
		(void)fated(FATE_LOST, 333);
}

static void *on_stack(_unused void *arg)
{
	void *volatile here = fated(FATE_REACHED, 1000);

	tls = fated(FATE_REACHED, 1016);
	pthread_setspecific(key[1], fated(FATE_REACHED, 1032));
	pthread_setspecific(key[90], fated(FATE_REACHED, 1048));
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return (void *)here;
}

/* Its start pointer is in one register. */
static void *in_register(_unused void *arg)
{
	void *p = fated(FATE_REACHED, 1064);

	scrub();
	pthread_barrier_wait(&ready);
	__asm__ volatile("mov %0, %%r15; xor %0, %0; mov $0, %%eax; 1: pause; jmp 1b"
			 : "+r"(p)
			 :
			 : "r15", "rax");
	return NULL;
}

static void *in_vector(_unused void *arg)
{
	void *p = fated(FATE_REACHED, 1080);

	scrub();
	pthread_barrier_wait(&ready);
	__asm__ volatile(
		"movq %0, %%xmm13; pslldq $8, %%xmm13; xor %0, %0; mov $0, %%eax; 1: pause; jmp 1b"
		: "+r"(p)
		:
		: "xmm13", "rax");
	return NULL;
}

/* A call leaves nothing that counts in a vector register, and it waits in one. */
static void *left_in_vector(_unused void *arg)
{
	void *p = fated(FATE_LOST, 1184);

	__asm__ volatile("movq %0, %%xmm13; xor %0, %0" : "+r"(p) : : "xmm13");
	scrub();
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return p;
}

static void on_alternate(_unused int signal)
{
	void *volatile here = fated(FATE_REACHED, 1096);

	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	(void)here;
}

static void *in_handler(_unused void *arg)
{
	void *volatile here = fated(FATE_REACHED, 1112);
	const stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	struct sigaction act = { .sa_handler = on_alternate, .sa_flags = SA_ONSTACK };

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &act, NULL);
	pthread_kill(pthread_self(), SIGUSR1);
	return (void *)here;
}

static void coroutine(void)
{
	void *volatile here = fated(FATE_REACHED, 1128);

	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	(void)here;
}

static void *in_coroutine(_unused void *arg)
{
	void *volatile here = fated(FATE_REACHED, 1144);
	static char *stack;

	stack = fated(FATE_REACHED, 65536);
	getcontext(&forth);
	forth.uc_stack.ss_sp = stack;
	forth.uc_stack.ss_size = 65536;
	makecontext(&forth, coroutine, 0);
	swapcontext(&back, &forth);
	return (void *)here;
}

static void *ends(void *arg)
{
	void *volatile here = fated(FATE_LOST, 1160);

	return here ? NULL : arg;
}

/* What it returns is for whoever joins it, and nothing else knows it. */
static void *returns(void *tid)
{
	*(volatile pid_t *)tid = gettid();
	return fated(FATE_REACHED, 1176);
}

/* Only the kernel tells without joining it that a thread is gone. */
static void leave_unjoined(void)
{
	volatile pid_t tid = 0;
	pthread_t t;

	if (pthread_create(&t, NULL, returns, (void *)(uintptr_t)&tid) != 0)
		die("pthread_create");
	while (tid == 0 || tgkill(getpid(), tid, 0) == 0)
		usleep(1000);
}

static void *nothing(void *arg)
{
	return arg;
}

/* The memory that was a thread's stack is the program's own again. */
static void use_lent_stack(void)
{
	const size_t bytes = 1 << 18;
	pthread_attr_t attr;
	pthread_t t;
	void **stack =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack == MAP_FAILED || pthread_attr_init(&attr) != 0 ||
	    pthread_attr_setstack(&attr, stack, bytes) != 0 ||
	    pthread_create(&t, &attr, nothing, NULL) != 0)
		die("stack");
	pthread_join(t, NULL);
	*stack = fated(FATE_REACHED, 1208);
}

static void mode_roots(void)
{
	void *(*const run[])(void *) = { on_stack,	 in_register, in_vector,
					 left_in_vector, in_handler,  in_coroutine };
	const unsigned n = sizeof(run) / sizeof(run[0]);
	pthread_t t;

	for (size_t i = 0; i < 100; i++)
		pthread_key_create(&key[i], NULL);
	pthread_barrier_init(&ready, NULL, 2);
	start(ends, 1, &t);
	pthread_join(t, NULL);
	global = fated(FATE_REACHED, 400);
	*(void **)(uintptr_t)global = fated(FATE_REACHED, 500);
	lose();
	scrub();
	/* One after the other: the book has no lock. The first gets the stack of the one that
	 * ended. */
	for (unsigned i = 0; i < n; i++) {
		if (pthread_create(&t, NULL, run[i], NULL) != 0)
			die("pthread_create");
		pthread_barrier_wait(&ready);
	}
	{
		pthread_t two[2];

		start(ends, 2, two);
		pthread_join(two[0], NULL);
		pthread_join(two[1], NULL);
	}
	leave_unjoined();
	use_lent_stack();
	scrub();
	book->threads = n;
	book->ended_threads = 3;
}

static const struct {
	const char *name;
	void (*run)(void);
} modes[] = {
	{ "simple", mode_simple },	 { "sizes", mode_sizes },
	{ "threads", mode_threads },	 { "exited", mode_exited },
	{ "mmapped", mode_mmapped },	 { "memalign", mode_memalign },
	{ "realloc", mode_realloc },	 { "gap", mode_gap },
	{ "blocked", mode_blocked },	 { "blocked_at_once", mode_blocked_at_once },
	{ "big_arena", mode_big_arena }, { "mallopt", mode_mallopt },
	{ "advised", mode_advised },	 { "roots", mode_roots },
	{ "random", mode_random },
};

int main(int argc, char **argv)
{
	char line[64];
	int n;

	book = mmap(NULL, sizeof(*book), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	if (book == MAP_FAILED)
		die("mmap");
	for (size_t i = 0; argc == 2 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, argv[1]) != 0)
			continue;
		modes[i].run();
		n = snprintf(line, sizeof(line), "%lx ready\n", (unsigned long)(uintptr_t)book);
		if (write(1, line, (size_t)n) != n)
			die("write");
		for (;;)
			pause();
	}
	return 2;
}
