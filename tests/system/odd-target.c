/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program whose memory is of a kind that a scan seldom meets. usage: odd-target MODE [DIR]. It
 * prints "ready", or "skip: why" when the kernel has no such thing, and then does little.
 *
 * KEPT blocks of KEPT_BYTES are known by pointers in the odd memory alone, one of LOST_BYTES by
 * nothing; 16 MiB of heap make a scan fork, unless the mode says otherwise.
 *
 *   plain      pointers in a mapping of its own
 *   wipe       MADV_WIPEONFORK
 *   droppable  MAP_DROPPABLE beside it, which is wiped too
 *   uffd       a userfaultfd that wants to be told of forks, and its handler in this process
 *   uffd-file  one for a private mapping of a memfd, of which half was never touched
 *   fuse       a private mapping of a file on DIR, where FUSE never answers but for page 0
 *   uring      io_uring with a kernel thread that polls, and registered buffers
 *   secret     memfd_secret
 *   sealed     mseal
 *   guard      MADV_GUARD_INSTALL for the page after the pointers
 *   threads    2000 threads
 *   vfork      waits for its vfork's child, which waits for a signal
 *   limits     RLIMIT_AS, _DATA and _MEMLOCK at what it has
 *   headless   its first thread has ended, another goes on
 *   ends       ends when it was stopped once: no second look
 *   name       comm and the type of a block with escape sequences in them
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define PAGES 16
#define KEPT 8
#define KEPT_BYTES 1000
#define LOST_BYTES 333
#define THREADS 2000
#define BULK (16ul << 20)
/* Not in the headers of Debian 12. */
#define DROPPABLE 0x08
#define GUARD_INSTALL 102
#define MSEAL 462

static const char *mode, *dir;

static void skip(const char *why)
{
	printf("skip: %s: %s\n", why, strerror(errno));
	exit(0);
}

static void *map(int flags, int fd)
{
	void *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		skip("mmap");
	return p;
}

static void *anonymous(void)
{
	return map(MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

/* As pages are asked for it gives zeroes; forks it takes in. */
static void *serve_faults(void *arg)
{
	const int fd = (int)(intptr_t)arg;
	struct uffd_msg msg;

	while (read(fd, &msg, sizeof(msg)) == sizeof(msg)) {
		struct uffdio_zeropage zero = {
			.range = { msg.arg.pagefault.address & ~(PAGE - 1), PAGE },
		};

		if (msg.event == UFFD_EVENT_PAGEFAULT)
			ioctl(fd, UFFDIO_ZEROPAGE, &zero);
	}
	return NULL;
}

static void *faulting(void *p, uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register all = { .range = { (uintptr_t)p, PAGES * PAGE },
				       .mode = UFFDIO_REGISTER_MODE_MISSING };
	const int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	pthread_t thread;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &all) < 0)
		skip("userfaultfd");
	pthread_create(&thread, NULL, serve_faults, (void *)(intptr_t)fd);
	return p;
}

static void *memfd_private(void)
{
	const int fd = memfd_create("odd", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, PAGES * PAGE) < 0)
		skip("memfd_create");
	return map(MAP_PRIVATE, fd);
}

static void answer(int fd, uint64_t id, int error, const void *body, size_t len)
{
	char out[sizeof(struct fuse_out_header) + PAGE];
	const struct fuse_out_header head = { (uint32_t)(sizeof(head) + len), error, id };

	memcpy(out, &head, sizeof(head));
	if (len)
		memcpy(out + sizeof(head), body, len);
	if (write(fd, out, head.len) < 0)
		_exit(1);
}

static void answer_fuse(int fd, const struct fuse_in_header *in, const void *body)
{
	static const char zeroes[PAGE];
	const struct fuse_attr file = {
		.ino = 2, .size = PAGES * PAGE, .mode = S_IFREG | 0600, .nlink = 1
	};
	const struct fuse_attr root = { .ino = 1, .mode = S_IFDIR | 0700, .nlink = 2 };
	const struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
					    .minor = 31,
					    .max_write = PAGE };
	const struct fuse_entry_out entry = {
		.nodeid = 2, .attr_valid = 999, .entry_valid = 999, .attr = file
	};
	const struct fuse_attr_out attr = { .attr_valid = 999,
					    .attr = in->nodeid == 1 ? root : file };
	const struct fuse_open_out open = { .fh = 1 };
	const struct fuse_read_in *read = body;

	if (in->opcode == FUSE_INIT)
		answer(fd, in->unique, 0, &init, sizeof(init));
	else if (in->opcode == FUSE_LOOKUP)
		answer(fd, in->unique, 0, &entry, sizeof(entry));
	else if (in->opcode == FUSE_GETATTR)
		answer(fd, in->unique, 0, &attr, sizeof(attr));
	else if (in->opcode == FUSE_OPEN)
		answer(fd, in->unique, 0, &open, sizeof(open));
	else if (in->opcode == FUSE_READ && read->offset == 0)
		answer(fd, in->unique, 0, zeroes, PAGE);
	else if (in->opcode != FUSE_READ && in->opcode != FUSE_FORGET &&
		 in->opcode != FUSE_INTERRUPT)
		answer(fd, in->unique, -ENOSYS, NULL, 0);
}

static void serve_fuse(int fd)
{
	_Alignas(8) static char in[FUSE_MIN_READ_BUFFER + PAGE];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(15); /* whoever waits for it after all, waits no longer */
	while (read(fd, in, sizeof(in)) > 0)
		answer_fuse(fd, (void *)in, in + sizeof(struct fuse_in_header));
	_exit(0);
}

static void *fuse_private(void)
{
	const int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[80], path[4096];
	int fd;
	void *p;

	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
	if (device < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("odd", dir, "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		skip("FUSE");
	if (fork() == 0)
		serve_fuse(device);
	close(device);
	snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		skip("open");
	p = map(MAP_PRIVATE, fd);
	madvise(p, PAGES * PAGE, MADV_RANDOM); /* no pages beside the one that is touched */
	return p;
}

static void start_ring(void)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 60000 };
	struct iovec buffer = { calloc(1, 1 << 20), 1 << 20 };
	const int fd = (int)syscall(SYS_io_uring_setup, 8, &params);

	if (fd < 0 || syscall(SYS_io_uring_register, fd, IORING_REGISTER_BUFFERS, &buffer, 1) < 0)
		skip("io_uring");
}

static void *secret(void)
{
	const int fd = (int)syscall(SYS_memfd_secret, 0);

	if (fd < 0 || ftruncate(fd, PAGES * PAGE) < 0)
		skip("memfd_secret");
	return map(MAP_SHARED, fd);
}

static void *droppable(void)
{
	memset(map(DROPPABLE | MAP_ANONYMOUS, -1), 1, PAGE);
	return anonymous();
}

/* The memory that alone knows the kept blocks. */
static void **odd_memory(void)
{
	if (strcmp(mode, "droppable") == 0)
		return droppable();
	if (strcmp(mode, "uffd") == 0)
		return faulting(anonymous(), UFFD_FEATURE_EVENT_FORK);
	if (strcmp(mode, "uffd-file") == 0)
		return faulting(memfd_private(), 0);
	if (strcmp(mode, "fuse") == 0)
		return fuse_private();
	if (strcmp(mode, "secret") == 0)
		return secret();
	return anonymous();
}

static void finish_memory(void **p)
{
	if (strcmp(mode, "wipe") == 0 && madvise(p, PAGES * PAGE, MADV_WIPEONFORK) < 0)
		skip("MADV_WIPEONFORK");
	if (strcmp(mode, "guard") == 0 && madvise((char *)p + PAGE, PAGE, GUARD_INSTALL) < 0)
		skip("MADV_GUARD_INSTALL");
	if (strcmp(mode, "sealed") == 0 && syscall(MSEAL, p, PAGES * PAGE, 0) < 0)
		skip("mseal");
}

/* Of a class whose name has an escape sequence; Itanium C++ ABI, 2.5.2 and 2.9.4. */
static const char type_name[] = "8\302\23331mBad"; /* CSI as one character */
static const void *const type_info[] = { type_name, type_name };
static void method(void)
{
}
static const void *const vtable[] = { 0, type_info, (void *)method, (void *)method };

static __attribute__((noinline)) void allocate(void)
{
	void **p = odd_memory();
	const void **lost;

	p[KEPT] = memset(malloc(BULK), 1, BULK);
	for (int i = 0; i < KEPT; i++)
		p[i] = memset(malloc(KEPT_BYTES), 1, KEPT_BYTES);
	lost = memset(malloc(LOST_BYTES), 1, LOST_BYTES);
	if (strcmp(mode, "name") == 0)
		*lost = &vtable[2];
	finish_memory(p);
}

/* What the calls before left on the stack would keep blocks. */
static __attribute__((noinline)) void scrub(void)
{
	volatile char stack[64 << 10];

	for (size_t i = 0; i < sizeof(stack); i++)
		stack[i] = 0;
}

static void *idle(void *arg)
{
	pause();
	return arg;
}

static void start_threads(int n)
{
	pthread_attr_t small;
	pthread_t thread;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	for (int i = 0; i < n; i++)
		if (pthread_create(&thread, &small, idle, NULL) != 0)
			skip("pthread_create");
}

static unsigned long kib_of(const char *name)
{
	char line[256];
	unsigned long kib = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtoul(line + strlen(name), NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

static void limit(int what, unsigned long bytes)
{
	const struct rlimit r = { bytes, bytes };

	if (setrlimit(what, &r) < 0)
		skip("setrlimit");
}

static void limit_all(void)
{
	kib_of("VmSize:"); /* stdio has its buffer now */
	if (mlockall(MCL_CURRENT) < 0)
		skip("mlockall");
	limit(RLIMIT_MEMLOCK, 0);
	limit(RLIMIT_DATA, kib_of("VmData:") << 10);
	limit(RLIMIT_AS, kib_of("VmSize:") << 10);
}

/* A stop makes epoll_wait return EINTR (signal(7)); by then the copy has been taken. */
static void end_after_a_stop(void)
{
	struct epoll_event event;
	const int fd = epoll_create1(EPOLL_CLOEXEC);

	while (epoll_wait(fd, &event, 1, -1) >= 0)
		;
	_exit(0);
}

static void *go_on(void *first)
{
	pthread_join((pthread_t)first, NULL);
	for (puts("ready");;)
		usleep(1000);
	return NULL;
}

static void end_first_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, go_on, (void *)pthread_self()) != 0)
		skip("pthread_create");
	pthread_exit(NULL);
}

static void wait_for_vfork(void)
{
	if (vfork() == 0) {
		pause();
		_exit(0);
	}
}

int main(int argc, char **argv)
{
	mode = argc > 1 ? argv[1] : "";
	dir = argc > 2 ? argv[2] : "";
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setvbuf(stdout, NULL, _IOLBF, 1024);
	if (strcmp(mode, "uring") == 0)
		start_ring();
	if (strcmp(mode, "threads") == 0)
		start_threads(THREADS);
	allocate();
	scrub();
	if (strcmp(mode, "limits") == 0)
		limit_all();
	if (strcmp(mode, "name") == 0)
		prctl(PR_SET_NAME, "odd\033[31m\n");
	if (strcmp(mode, "headless") == 0)
		end_first_thread();
	puts("ready");
	if (strcmp(mode, "ends") == 0)
		end_after_a_stop();
	if (strcmp(mode, "vfork") == 0)
		wait_for_vfork();
	for (;;)
		usleep(1000);
}
