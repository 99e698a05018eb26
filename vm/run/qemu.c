/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "console.h"
#include "tsc.h"

#define PROGRAM "qemu-system-x86_64"

/* The arguments, and the memory that they stand in. */
struct arguments {
	const char *argv[96];
	int argc;
	char text[4096];
	size_t used;
};

static void add(struct arguments *a, const char *word)
{
	a->argv[a->argc++] = word;
}

static void add_text(struct arguments *a, const char *fmt, ...) _printf_format_(2, 3);

static void add_text(struct arguments *a, const char *fmt, ...)
{
	size_t room = sizeof(a->text) - a->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(a->text + a->used, room, fmt, ap);
	va_end(ap);
	add(a, a->text + a->used);
	a->used += n >= 0 && (size_t)n < room ? (size_t)n + 1 : 0;
}

static void add_memory(struct arguments *a, const struct scenario *s)
{
	unsigned long long mib = s->memory_bytes >> 20, each = mib / (unsigned)s->nodes;

	add(a, "-m");
	add_text(a, "%lluM", mib);
	for (int node = 0; node < s->nodes && s->nodes > 1; node++) {
		add(a, "-object");
		add_text(a, "memory-backend-ram,id=m%d,size=%lluM", node, each);
		add(a, "-numa");
		add_text(a, "node,nodeid=%d,memdev=m%d", node, node);
	}
	for (int cpu = 0; cpu < s->cpus && s->nodes > 1; cpu++) {
		add(a, "-numa");
		add_text(a, "cpu,node-id=%d,socket-id=%d,core-id=0,thread-id=0",
			 cpu * s->nodes / s->cpus, cpu);
	}
}

/*
 * tsc=reliable: else the kernel finds the TSC unstable under emulation, and printk's clock advances
 * in steps of 4 ms. tsc_early_khz: tsc.h says why. no_timer_check: else the kernel panics when, in
 * the time of some ten timer interrupts by the TSC, no more than four came (timer_irq_works in
 * arch/x86/kernel/apic/io_apic.c), and a busy host delivers them late; under KVM it does not look.
 * maxcpus=1: init starts the others. The kernel patches its code all through its boot, and with two
 * CPUs on a busy host now and then one hit the breakpoint of a patch that was over and panicked
 * ("Oops: int3", "Fatal exception in interrupt"; 6.12 in QEMU 7.2). It may be that the other CPU
 * translates the code anew after QEMU has dropped its translation for the write, and before the
 * write. loglevel=1: the boot's own messages would take the slow line for seconds. panic=-1 with
 * -no-reboot: a panic ends QEMU. log_buf_len: a run's records all stay in the ring.
 */
static void add_command_line(struct arguments *a, const struct scenario *s)
{
	const unsigned khz = tsc_khz();
	char clock[40] = "";

	if (khz)
		(void)snprintf(clock, sizeof(clock), "tsc_early_khz=%u ", khz);
	add(a, "-append");
	add_text(a,
		 "console=ttyS1,%d rdinit=/init loglevel=1 printk.devkmsg=on log_buf_len=8M "
		 "tsc=reliable no_timer_check maxcpus=1 %spanic=-1 %s",
		 s->console_baud ? s->console_baud : 115200, clock, s->cmdline);
}

static void make_arguments(struct arguments *a, const struct scenario *s, const struct kernel *k,
			   int initramfs, int swap, int fast, int slow)
{
	static const char *const fixed[] = {
		PROGRAM,       "-accel",	  "tcg,thread=multi", "-cpu", "max",
		"-nodefaults", "-no-user-config", "-display",	      "none", "-no-reboot",
	};

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		add(a, fixed[i]);
	add(a, "-smp");
	add_text(a, "cpus=%d,sockets=%d,cores=1,threads=1", s->cpus, s->cpus);
	add_memory(a, s);
	add(a, "-kernel");
	add(a, k->image);
	add(a, "-initrd");
	add_text(a, "/proc/self/fd/%d", initramfs);
	add(a, "-chardev");
	add_text(a, "socket,id=fast,fd=%d", fast);
	add(a, "-serial");
	add(a, "chardev:fast");
	add(a, "-chardev");
	add_text(a, "socket,id=slow,fd=%d", slow);
	add(a, "-serial");
	add(a, "chardev:slow");
	if (swap >= 0) {
		add(a, "-drive");
		add_text(a, "file=/proc/self/fd/%d,format=raw,if=virtio,cache=unsafe,werror=report",
			 swap);
	}
	add_command_line(a, s);
	a->argv[a->argc] = NULL;
}

/*
 * On a disk, not in memory, and without a name. Taken at once: QEMU stops a guest whose disk finds
 * no room later, without a word.
 */
static int make_swap(uint64_t bytes, int *ret_fd, struct fault *f)
{
	const char *dir = getenv("TMPDIR");
	_cleanup_close_ int fd =
		open(dir && *dir ? dir : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	int err = fd < 0 ? -errno : -posix_fallocate(fd, 0, (off_t)bytes);

	if (err < 0)
		return fault_errno(f, err, "cannot make a disk for the guest's swap");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int make_lines(const struct scenario *s, int fast[2], int slow[2], struct fault *f)
{
	int size = console_send_buffer(s->console_baud);

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fast) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, slow) < 0)
		return fault_errno(f, -errno, "cannot make the serial lines");
	if (size && setsockopt(slow[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0)
		return fault_errno(f, -errno, "cannot size the slow line");
	return 0;
}

/*
 * A guest that loses its CPU lets the line run dry, which no real machine does. Where the kernel
 * groups sessions, it is the group's nice value that counts. Not permitted: then without.
 */
static void go_first(void)
{
	_cleanup_close_ int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);

	(void)setpriority(PRIO_PROCESS, 0, -10);
	if (fd >= 0)
		(void)!write(fd, "-10", 3);
}

static void exec_qemu(struct arguments *a, pid_t parent, const int *keep, size_t keep_count)
{
	sigset_t none;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it died just before */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* Its own session: Ctrl-C is for vm-run, which then ends it. */
	(void)setsid();
	go_first();
	for (size_t i = 0; i < keep_count; i++)
		if (keep[i] >= 0)
			(void)fcntl(keep[i], F_SETFD, 0);
	(void)execvp(a->argv[0], (char *const *)(uintptr_t)a->argv);
	_exit(errno == ENOENT ? 126 : 127);
}

static bool is_installed(void)
{
	const char *path = getenv("PATH");
	struct text rest = text_of(path ? path : "", path ? strlen(path) : 0), dir;
	char file[512];

	while (text_next_field(&rest, ':', &dir)) {
		(void)snprintf(file, sizeof(file), "%.*s/" PROGRAM, (int)MIN(dir.n, (size_t)400),
			       dir.p);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

int qemu_start(const struct scenario *s, const struct kernel *k, int initramfs, struct qemu *ret,
	       struct fault *f)
{
	_cleanup_close_ int swap = -1, fast0 = -1, fast1 = -1, slow0 = -1, slow1 = -1;
	int fast[2] = { -1, -1 }, slow[2] = { -1, -1 }, err;
	struct arguments a = { .argc = 0 };
	const pid_t parent = getpid();
	struct qemu q = QEMU_NONE;

	if (!is_installed())
		return fault_set(f, -ENOENT, "no " PROGRAM " in PATH: install qemu-system-x86");
	err = s->swap_bytes ? make_swap(s->swap_bytes, &swap, f) : 0;
	if (err == 0)
		err = make_lines(s, fast, slow, f);
	fast0 = fast[0], fast1 = fast[1], slow0 = slow[0], slow1 = slow[1];
	if (err < 0)
		return err;
	make_arguments(&a, s, k, initramfs, swap, fast1, slow1);
	q.pid = fork();
	if (q.pid < 0)
		return fault_errno(f, -errno, "cannot start QEMU");
	if (q.pid == 0)
		exec_qemu(&a, parent, (const int[]){ initramfs, swap, fast1, slow1 }, 4);
	q.pidfd = pidfd_open(q.pid, 0);
	if (q.pidfd < 0) {
		err = -errno;
		qemu_stop(&q);
		return fault_errno(f, err, "cannot watch QEMU");
	}
	q.fast = TAKE_FD(fast0);
	q.slow = TAKE_FD(slow0);
	*ret = q;
	return 0;
}

int qemu_wait(const struct qemu *q, int seconds, int *ret_status)
{
	struct pollfd p = { .fd = q->pidfd, .events = POLLIN };
	siginfo_t info;

	if (poll(&p, 1, seconds * 1000) <= 0)
		return -ETIMEDOUT;
	/* It stays a zombie: qemu_stop signals its number. */
	if (waitid(P_PID, (id_t)q->pid, &info, WEXITED | WNOWAIT) < 0)
		return -errno;
	*ret_status = info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : info.si_status;
	return 0;
}

void qemu_stop(struct qemu *q)
{
	if (q->pid > 0) {
		(void)kill(q->pid, SIGKILL);
		while (waitpid(q->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	closep(&q->pidfd);
	closep(&q->fast);
	closep(&q->slow);
	q->pid = -1;
}
