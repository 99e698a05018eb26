/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk of glibc's heap against what the program itself says of its blocks: address and size of
 * each, for what programs do with malloc (target.c), for the C library of this system and for those
 * that tools/glibc-trees fetched, linked dynamically and statically.
 *
 * The image is taken here in the simplest way: ptrace, and /proc/PID/mem.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "base/fd.h"
#include "source/glibc_walk.h"
#include "source/heap_roots.h"

#include "look.h"

struct target {
	pid_t pid;
	int mem, out;
	uint64_t book_address;
	struct book *book;
};

static const char *const no_env[] = { NULL };
static const char *tree;   /* sysroot, NULL: this system's */
static const char *binary; /* the target */

static void target_start(struct target *t, const char *mode, const char *const *env)
{
	char loader[512], library[512], path[64], line[64] = "";
	int fd[2];
	ssize_t n;

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (t->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(fd[1], 1);
		for (; *env; env++)
			(void)putenv((char *)(uintptr_t)*env);
		if (tree) {
			(void)snprintf(loader, sizeof(loader), "%s/lib64/ld-linux-x86-64.so.2",
				       tree);
			(void)snprintf(library, sizeof(library), "%s/usr/lib/x86_64-linux-gnu",
				       tree);
			(void)execl(loader, loader, "--library-path", library, binary, mode, NULL);
		} else {
			(void)execl(binary, binary, mode, NULL);
		}
		_exit(127);
	}
	close(fd[1]);
	t->out = fd[0];
	n = read(t->out, line, sizeof(line) - 1);
	if (n <= 0 || sscanf(line, "%lx ready", &t->book_address) != 1)
		fail_msg("'%s %s' did not get ready", binary, mode);
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", t->pid);
	t->mem = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(t->mem >= 0);
	t->book = malloc(sizeof(*t->book));
	assert_non_null(t->book);
}

static void target_end(struct target *t)
{
	kill(t->pid, SIGKILL);
	(void)waitpid(t->pid, NULL, 0);
	close(t->mem);
	close(t->out);
	free(t->book);
}

static void stop_thread(int32_t tid, struct image_thread *ret)
{
	struct user_regs_struct regs;
	struct iovec io = { &regs, sizeof(regs) };
	int status;

	assert_int_equal(ptrace(PTRACE_SEIZE, tid, 0, 0), 0);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, tid, 0, 0), 0);
	assert_int_equal(waitpid(tid, &status, __WALL), tid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_GETREGSET, tid, (void *)1 /* NT_PRSTATUS */, &io), 0);
	ret->tid = tid;
	ret->in_syscall = (int64_t)regs.orig_rax >= 0;
	memcpy(ret->reg, &regs, sizeof(ret->reg));
	ret->xstate = malloc(8192);
	io = (struct iovec){ ret->xstate, 8192 };
	assert_int_equal(ptrace(PTRACE_GETREGSET, tid, (void *)0x202 /* NT_X86_XSTATE */, &io), 0);
	ret->xstate_bytes = (uint32_t)io.iov_len;
}

static void stop(const struct target *t, struct memory_image *m)
{
	char path[64];
	struct dirent *e;
	DIR *d;

	m->pid = t->pid;
	(void)snprintf(path, sizeof(path), "/proc/%d/task", t->pid);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		int tid = 0;

		if (sscanf(e->d_name, "%d", &tid) != 1)
			continue;
		m->thread = reallocarray(m->thread, m->threads + 1, sizeof(*m->thread));
		assert_non_null(m->thread);
		m->thread[m->threads] = (struct image_thread){ 0 };
		stop_thread(tid, &m->thread[m->threads++]);
	}
	closedir(d);
}

/* What is there by /proc/PID/pagemap: present, or swapped out. */
static void copy(const struct target *t, struct mapping *m, uint64_t *copied)
{
	const uint64_t pages = (m->end - m->start) / IMAGE_PAGE;
	uint64_t *map = calloc(pages, sizeof(*map));
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/pagemap", t->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(map && fd >= 0);
	assert_int_equal(pread(fd, map, pages * 8, (off_t)(m->start / IMAGE_PAGE * 8)), pages * 8);
	close(fd);
	assert_int_equal(mapping_reserve(m), 0);
	for (uint64_t i = 0; i < pages; i++)
		if (map[i] >> 62)
			look_add_page(m, m->start + i * IMAGE_PAGE);
	free(map);
	/* Page by page where a run cannot be read: guard pages within a mapping (glibc 2.42). */
	for (uint32_t i = 0; i < m->runs; i++) {
		const uint64_t at = m->run[i].start, len = m->run[i].end - at;

		*copied += len;
		if (pread(t->mem, m->copy + (at - m->start), len, (off_t)at) == (ssize_t)len)
			continue;
		for (uint64_t page = at; page < at + len; page += IMAGE_PAGE)
			(void)!pread(t->mem, m->copy + (page - m->start), IMAGE_PAGE, (off_t)page);
	}
}

static void take_image(const struct target *t, struct memory_image *m)
{
	*m = MEMORY_IMAGE_NONE;
	stop(t, m);
	look_maps(t->pid, m);
	for (uint32_t i = 0; i < m->mappings; i++)
		if (look_is_wanted(m, i))
			copy(t, &m->mapping[i], &m->copied_bytes);
	assert_int_equal(image_join(m), 0);
	assert_int_equal(pread(t->mem, t->book, sizeof(*t->book), (off_t)t->book_address),
			 sizeof(*t->book));
	for (uint32_t i = 0; i < m->threads; i++)
		assert_int_equal(ptrace(PTRACE_DETACH, m->thread[i].tid, 0, 0), 0);
}

/* The book's blocks have the fate that it tells, and the C library's own are all known to it. */
static void check_fates(const struct heap *heap, const struct roots *r, const struct book *book,
			uint32_t n)
{
	struct marking k = { .heap = heap };
	uint32_t i = 0;

	mark_all(&k, r);
	for (uint32_t b = 0; b < k.blocks; b++) {
		while (i < n && book->block[i].address < k.address[b])
			i++;
		if (i == n || book->block[i].address != k.address[b]) {
			if (!k.seen[b])
				fail_msg("a block of the C library at %#lx is lost", k.address[b]);
		} else if (book->block[i].fate != FATE_ANY &&
			   k.seen[b] != (book->block[i].fate == FATE_REACHED)) {
			fail_msg("the block of %lu bytes is %s", book->block[i].size,
				 k.seen[b] ? "reached" : "lost");
		}
	}
	marking_release(&k);
}

/* Each live thread has its registers, stack, TLS and dtv among the roots, and no heap is one. */
static void check_roots(const struct memory_image *m, const struct glibc_heap *g,
			const struct book *book, uint32_t n, bool busy)
{
	_cleanup_roots_ struct roots r = ROOTS_NONE;

	assert_int_equal(heap_roots(m, g, &r), 0);
	for (uint32_t t = 0; t < m->threads; t++) {
		uint32_t has[ROOT_KINDS] = { 0 };

		for (uint32_t i = 0; i < r.ranges; i++)
			if (r.range[i].tid == m->thread[t].tid)
				has[r.range[i].kind]++;
		assert_int_equal(has[ROOT_REGISTERS], m->thread[t].in_syscall ? 1 : 2);
		assert_true(has[ROOT_STACK] >= 1);
		assert_true(has[ROOT_TLS] >= 2);
	}
	for (uint32_t i = 0; i < r.ranges; i++) {
		const struct root_range *range = &r.range[i];

		assert_true(range->bytes % 8 == 0 && range->start % 8 == 0);
		/* But for a stack in a block. */
		if (range->mapping != UINT32_MAX && range->kind != ROOT_STACK)
			assert_null(heap_area_at(&g->heap, range->start));
	}
	if (book->ended_threads)
		assert_true(r.deads >= m->threads);
	if (!busy)
		check_fates(&g->heap, &r, book, n);
}

/* The C library's own: a dtv of each thread, and its second level of keys where it has any; and,
 * in a static program, what it had before main. */
static uint32_t own;
#define OWN_MOST 8
#define FASTBIN_MOST 64

#define RANDOM_LOOKS 4
#define LAPSES_MOST 1
static int lapses;

static void walk_once(struct target *t, const char *mode, bool busy)
{
	_cleanup_image_ struct memory_image m = MEMORY_IMAGE_NONE;
	struct glibc_heap g = { 0 };
	struct scan_quality q = { 0 };
	struct compared c;
	uint32_t n, flight;
	int r;

	take_image(t, &m);
	r = glibc_walk(&m, &g, &q);
	if (r < 0)
		fail_msg("%s: glibc_walk: %s", mode, strerror(-r));
	n = book_close(t->book, &flight);
	c = compare(&g.heap, t->book, n);
	if (getenv("GLIBC_VERBOSE"))
		fprintf(stderr,
			"# %s: layout %s, %u blocks, same %u wrong %u missing %u extra %u (%lu %lu "
			"%lu), flight %u, "
			"checks %u/%u doubts %x, tcache %lu fast %lu arenas %u heaps %u mmapped %u "
			"slot -%lx unwalked %lu\n",
			mode, g.layout, n, c.same, c.wrong_size, c.missing, c.extra,
			c.extra_sizes[0], c.extra_sizes[1], c.extra_sizes[2], flight,
			q.checks_passed, q.checks, q.doubts, q.tcache_chunks, q.fastbin_chunks,
			q.arenas, q.heaps, q.mmapped, 0 - g.tcache_offset, q.unwalked_bytes);
	/* Stopped in the middle of a split or a merge a heap may not be walkable to its end: scan
	 * says so, and looks again. It must be rare. */
	if (busy && c.missing && q.doubts && !c.wrong_size && lapses < LAPSES_MOST) {
		print_message("%s: %u blocks are missing in a heap in flight, doubts %x\n", mode,
			      c.missing, q.doubts);
		lapses++;
		glibc_heap_release(&g);
		return;
	}
	if (c.missing || c.wrong_size)
		fail_msg("%s: of %u blocks %u are missing, %u have another size", mode, n,
			 c.missing, c.wrong_size);
	if (strcmp(mode, "simple") == 0)
		own = MIN(c.extra, (uint32_t)OWN_MOST);
	/*
	 * In each thread in flight a chunk may be between lists, or be the first of a realloc; and
	 * malloc_consolidate(), which holds the arena, takes a whole fastbin in hand.
	 */
	if (c.extra > own + t->book->threads + t->book->ended_threads +
			      (strcmp(mode, "roots") == 0) + (busy ? 2 * flight : 0) +
			      (busy && q.doubts & DOUBT_ARENA_BUSY ? FASTBIN_MOST : 0))
		fail_msg("%s: %u blocks that the program does not have, of %lu, %lu, %lu bytes",
			 mode, c.extra, c.extra_sizes[0], c.extra_sizes[1], c.extra_sizes[2]);
	if (!busy) {
		assert_int_equal(q.checks_passed, q.checks);
		assert_int_equal(q.doubts, 0);
		assert_int_equal(q.unwalked_bytes, 0);
	}
	check_roots(&m, &g, t->book, n, busy);
	glibc_heap_release(&g);
}

static void walk(const char *mode, const char *const *env)
{
	struct target t;

	target_start(&t, mode, env);
	walk_once(&t, mode, false);
	target_end(&t);
}

static const char *const modes[] = {
	"simple", "sizes",   "threads",		"exited",    "mmapped", "memalign", "realloc",
	"gap",	  "blocked", "blocked_at_once", "big_arena", "mallopt", "advised",  "roots",
};

static void test_modes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		walk(modes[i], no_env);
}

static void test_environment(void **state)
{
	static const char *const env[][2] = {
		{ "MALLOC_PERTURB_=85" },
		{ "MALLOC_ARENA_MAX=1" },
		{ "GLIBC_TUNABLES=glibc.malloc.tcache_count=0" },
		{ "GLIBC_TUNABLES=glibc.malloc.hugetlb=1" },
		{ "GLIBC_TUNABLES=glibc.malloc.mxfast=0" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(env); i++) {
		if (getenv("GLIBC_VERBOSE"))
			fprintf(stderr, "# %s\n", env[i][0]);
		walk("sizes", env[i]);
		walk("threads", env[i]);
		walk("big_arena", env[i]);
	}
}

static void test_random(void **state)
{
	struct target t;

	target_start(&t, "random", no_env);
	/* Each look takes a second on a busy machine. test-steps.c looks at each instruction; here
	 * it is several threads at once. */
	for (int i = 0; i < RANDOM_LOOKS; i++) {
		walk_once(&t, "random", true);
		usleep(1000 * (useconds_t)(i % 7));
	}
	target_end(&t);
}

/* usage: test-glibc TARGET [SYSROOT] */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_random),
	};

	if (argc < 2)
		return 2;
	binary = argv[1];
	tree = argc > 2 ? argv[2] : NULL;
	return cmocka_run_group_tests_name("glibc", tests, NULL, NULL);
}
