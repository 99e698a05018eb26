/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk of glibc's heap at every instruction of malloc, free and realloc: a target (steps.c) is
 * stepped through, and each time that the heap has changed it is walked as it stands there and
 * compared with the target's book. A block that is missing and that no call has in hand is a
 * failure.
 *
 * usage: test-steps TARGET [SYSROOT]; STEPS_CASE=NAME[,SEED] steps through one, STEPS_VERBOSE=1
 * tells of each look that was not perfect.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "base/fd.h"
#include "source/glibc_walk.h"
#include "source/heap_roots.h"

#include "look.h"

#define THREADS 16
#define INT3 0xcc
#define SYSCALL 0x050f

struct thread {
	pid_t tid;
	struct user_regs_struct regs; /* of when it last stopped */
};

/* Of all looks at one target. */
struct tally {
	uint64_t steps, looks, missed, missed_without_doubt, unfound;
	uint64_t doubted; /* looks at which nothing was missing and a doubt was told */
	uint32_t missing_most, extra_most, lost_reached;
	uint64_t reached_looks;
	bool writes_late; /* 2.43 */
};

struct stepper {
	const char *name;
	pid_t pid;
	int mem, pagemap, out;
	uint64_t book_address;
	struct book *book;
	struct thread thread[THREADS];
	uint32_t threads;
	struct memory_image image;
	uint64_t code_start, code_end; /* libc's */
	uint8_t *scratch;
	struct tally tally;
};

#define SCRATCH (UINT64_C(4) << 20)

static const char *tree;   /* sysroot, NULL: this system's */
static const char *binary; /* the target */
static bool verbose;

static void stepper_start(struct stepper *s, const char *name, const char *seed)
{
	char loader[512], library[512], path[64];
	int fd[2], status;

	*s = (struct stepper){ .name = name };
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		(void)dup2(fd[1], 1);
		(void)ptrace(PTRACE_TRACEME, 0, 0, 0);
		/* A MALLOC_PERTURB_ would have every block filled step by step. */
		(void)clearenv();
		/* Or each first call would be stepped through the dynamic linker. */
		(void)setenv("LD_BIND_NOW", "1", 1);
		if (tree) {
			(void)snprintf(loader, sizeof(loader), "%s/lib64/ld-linux-x86-64.so.2",
				       tree);
			(void)snprintf(library, sizeof(library), "%s/usr/lib/x86_64-linux-gnu",
				       tree);
			(void)execl(loader, loader, "--library-path", library, binary, name, seed,
				    NULL);
		} else {
			(void)execl(binary, binary, name, seed, NULL);
		}
		_exit(127);
	}
	close(fd[1]);
	s->out = fd[0];
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, s->pid, 0,
				PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL),
			 0);
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", s->pid);
	s->mem = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/%d/pagemap", s->pid);
	s->pagemap = open(path, O_RDONLY | O_CLOEXEC);
	s->book = calloc(1, sizeof(*s->book));
	s->scratch = malloc(SCRATCH);
	assert_true(s->mem >= 0 && s->pagemap >= 0 && s->book && s->scratch);
}

static void stepper_end(struct stepper *s)
{
	s->image.thread = NULL;
	s->image.threads = 0;
	memory_image_release(&s->image);
	close(s->mem);
	close(s->pagemap);
	close(s->out);
	free(s->book);
	free(s->scratch);
}

static struct thread *thread_of(struct stepper *s, pid_t tid)
{
	for (uint32_t i = 0; i < s->threads; i++)
		if (s->thread[i].tid == tid)
			return &s->thread[i];
	assert_true(s->threads < THREADS);
	s->thread[s->threads] = (struct thread){ .tid = tid };
	return &s->thread[s->threads++];
}

static void thread_gone(struct stepper *s, pid_t tid)
{
	for (uint32_t i = 0; i < s->threads; i++)
		if (s->thread[i].tid == tid)
			s->thread[i] = s->thread[--s->threads];
}

static bool holds(const struct mapping *m, uint64_t address)
{
	return address >= m->start && address < m->end;
}

static void clear_dropped(struct mapping *m, const struct page_run *old, uint32_t olds)
{
	for (uint32_t i = 0, k = 0; i < olds; i++)
		for (uint64_t at = old[i].start; at < old[i].end; at += IMAGE_PAGE) {
			while (k < m->runs && m->run[k].end <= at)
				k++;
			if (k == m->runs || at < m->run[k].start)
				memset(m->copy + (at - m->start), 0, IMAGE_PAGE);
		}
}

/* What is there of the mapping, which may have become more; what was dropped reads as zero. */
static void find_pages(const struct stepper *s, struct mapping *m)
{
	struct page_run *old = m->run;
	const uint32_t olds = m->runs;
	uint64_t page[512];

	m->run = NULL;
	m->runs = 0;
	for (uint64_t at = m->start; at < m->end; at += sizeof(page) / 8 * IMAGE_PAGE) {
		const uint64_t n = MIN(sizeof(page) / 8, (m->end - at) / IMAGE_PAGE);

		assert_int_equal(pread(s->pagemap, page, n * 8, (off_t)(at / IMAGE_PAGE * 8)),
				 n * 8);
		/* bit 58: a guard page within the mapping (glibc 2.42, MADV_GUARD_INSTALL) */
		for (uint64_t i = 0; i < n; i++)
			if (page[i] >> 62 && !(page[i] >> 58 & 1))
				look_add_page(m, at + i * IMAGE_PAGE);
	}
	clear_dropped(m, old, olds);
	free(old);
}

/* Where the stack of a thread changes all the time: from its TLS on only. */
static uint64_t watched_from(const struct stepper *s, const struct mapping *m)
{
	for (uint32_t i = 0; i < s->threads; i++)
		if (holds(m, s->thread[i].regs.rsp) && holds(m, s->thread[i].regs.fs_base))
			return (s->thread[i].regs.fs_base - 0x400) & ~(IMAGE_PAGE - 1);
	return m->start;
}

static bool is_cold(const struct stepper *s, const struct mapping *m)
{
	return !(m->flags & MAPPING_WRITE) || strcmp(m->path, "[stack]") == 0 ||
	       holds(m, s->book_address);
}

/* Copies what is there; true when it is not what was there before. */
static bool refresh(struct stepper *s, struct mapping *m)
{
	const uint64_t watched = watched_from(s, m);
	bool changed = false;

	find_pages(s, m);
	for (uint32_t i = 0; i < m->runs; i++)
		for (uint64_t at = m->run[i].start; at < m->run[i].end;) {
			const uint64_t n = MIN(m->run[i].end - at, SCRATCH);
			const struct iovec here = { s->scratch, n };
			const struct iovec there = { (void *)(uintptr_t)at, n };
			const ssize_t got = process_vm_readv(s->pid, &here, 1, &there, 1, 0);
			uint8_t *copy = m->copy + (at - m->start);
			uint64_t skip = 0;

			if (got <= 0) {
				at += IMAGE_PAGE;
				continue;
			}
			if (at < watched)
				skip = MIN(watched - at, (uint64_t)got);
			if (memcmp(copy + skip, s->scratch + skip, (uint64_t)got - skip) != 0)
				changed = true;
			memcpy(copy, s->scratch, (uint64_t)got);
			at += (uint64_t)got;
		}
	return changed;
}

static bool is_libc(const struct mapping *m)
{
	const char *slash = strrchr(m->path, '/');

	return slash && (strncmp(slash, "/libc.so", 8) == 0 || strncmp(slash, "/libc-", 6) == 0);
}

/* The mappings may be others after a system call. */
static void rebuild(struct stepper *s)
{
	s->image.thread = NULL;
	s->image.threads = 0;
	memory_image_release(&s->image);
	s->image = MEMORY_IMAGE_NONE;
	s->image.pid = s->pid;
	look_maps(s->pid, &s->image);
	for (uint32_t i = 0; i < s->image.mappings; i++) {
		struct mapping *m = &s->image.mapping[i];

		if (m->flags & MAPPING_EXEC && (is_libc(m) || !s->code_end)) {
			s->code_start = m->start;
			s->code_end = m->end;
		}
		if (look_is_wanted(&s->image, i))
			assert_int_equal(mapping_reserve(m), 0);
	}
	assert_int_equal(image_join(&s->image), 0);
	for (uint32_t i = 0; i < s->image.mappings; i++) {
		struct mapping *m = &s->image.mapping[i];

		if (m->copy && !holds(m, s->book_address))
			(void)refresh(s, m);
	}
}

/* The copies as of now; true when what a walk looks at has changed. */
static bool update(struct stepper *s)
{
	bool changed = false;

	s->image.copied_bytes = 0;
	for (uint32_t i = 0; i < s->image.mappings; i++) {
		struct mapping *m = &s->image.mapping[i];

		if (!m->copy)
			continue;
		if (!is_cold(s, m))
			changed |= refresh(s, m);
		for (uint32_t k = 0; k < m->runs; k++)
			s->image.copied_bytes += m->run[k].end - m->run[k].start;
	}
	return changed;
}

static void read_book(struct stepper *s)
{
	const size_t head = offsetof(struct book, block);
	size_t bytes;

	assert_int_equal(pread(s->mem, s->book, head, (off_t)s->book_address), head);
	bytes = s->book->blocks * sizeof(s->book->block[0]);
	assert_int_equal(pread(s->mem, s->book->block, bytes, (off_t)(s->book_address + head)),
			 bytes);
}

static void set_threads(struct stepper *s, struct image_thread *thread)
{
	for (uint32_t i = 0; i < s->threads; i++) {
		thread[i] = (struct image_thread){ .tid = s->thread[i].tid };
		memcpy(thread[i].reg, &s->thread[i].regs, sizeof(thread[i].reg));
	}
	s->image.thread = thread;
	s->image.threads = s->threads;
}

/* Blocks of the book that are lost, and that the roots lead to. */
static uint32_t lost_reached(struct stepper *s, const struct glibc_heap *g, uint32_t n)
{
	_cleanup_roots_ struct roots r = ROOTS_NONE;
	struct marking k = { .heap = &g->heap };
	uint32_t reached = 0;

	for (uint32_t i = 0; i < s->image.mappings; i++)
		if (strcmp(s->image.mapping[i].path, "[stack]") == 0)
			(void)refresh(s, &s->image.mapping[i]);
	assert_int_equal(heap_roots(&s->image, g, &r), 0);
	mark_all(&k, &r);
	for (uint32_t i = 0, b = 0; b < k.blocks; b++) {
		while (i < n && s->book->block[i].address < k.address[b])
			i++;
		reached += i < n && s->book->block[i].address == k.address[b] &&
			   s->book->block[i].fate == FATE_LOST && k.seen[b];
	}
	marking_release(&k);
	return reached;
}

/* What the walk says of the memory as it stands. */
static void look(struct stepper *s, uint64_t rip)
{
	struct image_thread thread[THREADS];
	struct tally *t = &s->tally;
	struct glibc_heap g = { 0 };
	struct scan_quality q = { 0 };
	struct compared c;
	uint32_t n, flight, reached;
	int r;

	t->looks++;
	set_threads(s, thread);
	r = glibc_walk(&s->image, &g, &q);
	n = book_close(s->book, &flight);
	if (r < 0) {
		if (verbose)
			print_message("# %s: %s at libc+%#lx, %u blocks\n", s->name, strerror(-r),
				      rip - s->code_start, n);
		t->unfound += n > 0;
		return;
	}
	c = compare(&g.heap, s->book, n);
	reached = lost_reached(s, &g, n);
	if (verbose && (c.missing || c.wrong_size || c.extra > 4 || q.doubts || reached))
		print_message("# %s: step %lu libc+%#lx: of %u missing %u wrong %u extra %u doubts "
			      "%#x unwalked %lu reached %u mp %d\n",
			      s->name, t->steps, rip - s->code_start, n, c.missing, c.wrong_size,
			      c.extra, q.doubts, q.unwalked_bytes, reached, g.mp != 0);
	t->writes_late = strcmp(g.layout, "2.43") == 0;
	t->missed += c.missing || c.wrong_size;
	t->missed_without_doubt += (c.missing || c.wrong_size) && !q.doubts;
	t->missing_most = MAX(t->missing_most, c.missing + c.wrong_size);
	t->extra_most = MAX(t->extra_most, c.extra);
	t->doubted += !c.missing && !c.wrong_size && q.doubts;
	t->reached_looks += reached > 0;
	t->lost_reached = MAX(t->lost_reached, reached);
	glibc_heap_release(&g);
}

/* From one int3 to the next, or to the thread's end. */
static void step_through(struct stepper *s, pid_t tid)
{
	struct thread *t = thread_of(s, tid);
	bool fresh = true;

	rebuild(s);
	while (true) {
		const uint64_t rip = t->regs.rip;
		const long code = ptrace(PTRACE_PEEKTEXT, tid, (void *)(uintptr_t)rip, 0);
		int status;

		if (rip >= s->code_start && rip < s->code_end && (update(s) || fresh)) {
			read_book(s);
			look(s, rip);
			fresh = false;
		}
		s->tally.steps++;
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, tid, 0, 0), 0);
		assert_int_equal(waitpid(tid, &status, __WALL), tid);
		if (!WIFSTOPPED(status)) {
			thread_gone(s, tid);
			return;
		}
		assert_int_equal(ptrace(PTRACE_GETREGS, tid, 0, &t->regs), 0);
		if ((code & 0xff) == INT3)
			return;
		if ((code & 0xffff) == SYSCALL) {
			rebuild(s);
			fresh = true;
		}
	}
}

static bool is_int3(const struct thread *t, int status)
{
	return WSTOPSIG(status) == SIGTRAP && status >> 16 == 0 &&
	       (ptrace(PTRACE_PEEKTEXT, t->tid, (void *)(uintptr_t)(t->regs.rip - 1), 0) & 0xff) ==
		       INT3;
}

static void read_address(struct stepper *s)
{
	char line[64] = "";

	if (read(s->out, line, sizeof(line) - 1) <= 0 || sscanf(line, "%lx", &s->book_address) != 1)
		fail_msg("'%s %s' told no book", binary, s->name);
}

static void run(struct stepper *s)
{
	int status;

	assert_int_equal(ptrace(PTRACE_CONT, s->pid, 0, 0), 0);
	while (true) {
		const pid_t tid = waitpid(-1, &status, __WALL);
		struct thread *t;
		int signal;

		assert_true(tid > 0);
		if (!WIFSTOPPED(status)) {
			thread_gone(s, tid);
			if (tid != s->pid)
				continue;
			if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
				fail_msg("%s: ended with %#x", s->name, status);
			return;
		}
		t = thread_of(s, tid);
		(void)ptrace(PTRACE_GETREGS, tid, 0, &t->regs);
		signal = WSTOPSIG(status);
		if (is_int3(t, status)) {
			if (!s->book_address)
				read_address(s);
			step_through(s, tid);
		}
		if (signal == SIGTRAP || signal == SIGSTOP)
			signal = 0;
		(void)ptrace(PTRACE_CONT, tid, 0, signal);
	}
}

/*
 * Where brk is blocked, the segment of which the top was just taken away has no end that would tell
 * it from other memory, until its fences are written: its blocks are missing, with a doubt.
 */
#define BLOCKED_MISSING 2
/* memalign() of 2.43 writes no head of what it gives back until that is merged: with other chance
 * 21 of 19,700 looks miss some. */
#define LATE_LAPSES 10
/* Of a list of 40, by what is left over on the stack, at all looks alike. Its head leads to all. */
#define REACHED_MOST 4
/* A fastbin that malloc_consolidate() has in hand, a tcache that a thread gives back at its end. */
#define EXTRA_MOST 64

static void steps(const char *name, const char *seed)
{
	struct stepper s;
	const struct tally *t = &s.tally;

	stepper_start(&s, name, seed);
	run(&s);
	if (verbose || t->missed || t->unfound || t->lost_reached > REACHED_MOST)
		print_message("# %s %s: %lu steps, %lu looks, %lu missed something (%u at most, "
			      "%lu without a doubt), %lu found no heap, %lu doubted, extra %u, "
			      "lost blocks reached in %lu (%u)\n",
			      name, seed, t->steps, t->looks, t->missed, t->missing_most,
			      t->missed_without_doubt, t->unfound, t->doubted, t->extra_most,
			      t->reached_looks, t->lost_reached);
	stepper_end(&s);
	assert_true(t->looks > 0);
	assert_int_equal(t->unfound, 0);
	assert_int_equal(t->missed_without_doubt, 0);
	if (strcmp(name, "blocked") == 0)
		assert_in_range(t->missing_most, 0, BLOCKED_MISSING);
	else
		assert_in_range(t->missed, 0, t->writes_late ? LATE_LAPSES : 0);
	assert_in_range(t->extra_most, 0, EXTRA_MOST);
	assert_in_range(t->lost_reached, 0, REACHED_MOST);
}

static void test_cases(void **state)
{
	static const char *const cases[] = {
		"first",    "split", "top",	"consolidate", "stash", "mmapped", "realloc",
		"memalign", "gap",   "blocked", "thread",      "heaps", "any",	   "any_thread",
	};
	const char *one = getenv("STEPS_CASE"), *comma = one ? strchr(one, ',') : NULL;
	char name[64];

	if (one) {
		(void)snprintf(name, sizeof(name), "%.*s",
			       (int)(comma ? comma - one : (long)strlen(one)), one);
		steps(name, comma ? comma + 1 : "0");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		steps(cases[i], "0");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };

	if (argc < 2)
		return 2;
	binary = argv[1];
	tree = argc > 2 ? argv[2] : NULL;
	verbose = getenv("STEPS_VERBOSE") != NULL;
	return cmocka_run_group_tests_name("glibc steps", tests, NULL, NULL);
}
