/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real program under test: compiled into a fresh directory, started, and stopped at a known place
 * (it prints a line and waits), with its memory as an image, or as a core by the kernel or by gdb.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#include "base/fd.h"
#include "model/memory_image.h"

struct target {
	char dir[64];
	char line[1024]; /* what it printed */
	pid_t pid;
	int mem; /* /proc/PID/mem */
};

static inline bool have_program(const char *name)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", name);
	return system(command) == 0;
}

static inline void target_dir(struct target *t)
{
	*t = (struct target){ .mem = -1 };
	(void)snprintf(t->dir, sizeof(t->dir), "/tmp/bulkhead-test-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
}

/* Runs a command of the shell in its directory; 0 when it succeeded. */
static inline int target_shell(const struct target *t, const char *command)
{
	char full[4200];

	(void)snprintf(full, sizeof(full), "cd %s && %s", t->dir, command);
	return system(full);
}

static inline void target_source(const struct target *t, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", t->dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Starts a program of its directory, and waits for its line. `preload` may be NULL. */
static inline void target_start(struct target *t, const char *program, const char *preload)
{
	char path[256];
	int ends[2];
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "%s%s%s", *program == '/' ? "" : t->dir,
		       *program == '/' ? "" : "/", program);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (t->pid == 0) {
		const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setrlimit(RLIMIT_CORE, &all);
		if (dup2(ends[1], STDOUT_FILENO) < 0 || chdir(t->dir) < 0 ||
		    (preload && setenv("LD_PRELOAD", preload, 1) < 0))
			_exit(126);
		(void)execl(path, path, (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	while (n + 1 < sizeof(t->line)) {
		const ssize_t got = read(ends[0], t->line + n, 1);

		assert_int_equal(got, 1);
		if (t->line[n++] == '\n')
			break;
	}
	t->line[n] = '\0';
	(void)close(ends[0]);
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", t->pid);
	t->mem = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(t->mem >= 0);
	/* It printed before it began to wait; so did its threads. */
	(void)usleep(50000);
}

/* The number after "name=" in its line. */
static inline uint64_t target_value(const struct target *t, const char *name)
{
	char key[64];
	const char *at;

	(void)snprintf(key, sizeof(key), " %s=", name);
	at = strstr(t->line, key);
	assert_non_null(at);
	return (uint64_t)strtoumax(at + strlen(key), NULL, 16);
}

static inline void target_kill(struct target *t, int signal)
{
	if (t->pid > 0) {
		(void)kill(t->pid, signal);
		(void)waitpid(t->pid, NULL, 0);
	}
	t->pid = 0;
	closep(&t->mem);
}

static inline void target_end(struct target *t)
{
	target_kill(t, SIGKILL);
	assert_int_equal(target_shell(t, "rm -rf -- \"$PWD\""), 0);
}

/* Kills it and gives the kernel's core; false when core_pattern sends it elsewhere. */
static inline bool target_kernel_core(struct target *t, char *path, size_t size)
{
	char pattern[256];
	size_t n;

	if (file_read_at(AT_FDCWD, "/proc/sys/kernel/core_pattern", pattern, sizeof(pattern), &n) <
		    0 ||
	    strchr("|/", pattern[0]))
		return false;
	target_kill(t, SIGABRT);
	if (target_shell(t, "mv core* kernel.core") != 0)
		return false;
	(void)snprintf(path, size, "%s/kernel.core", t->dir);
	return true;
}

static inline bool target_gcore(const struct target *t, char *path, size_t size)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "gcore -o gdb %d >/dev/null 2>&1", t->pid);
	if (!have_program("gcore") || target_shell(t, command) != 0)
		return false;
	(void)snprintf(path, size, "%s/gdb.%d", t->dir, t->pid);
	return true;
}

#define TARGET_COPY_MAX (UINT64_C(64) << 20)

static inline int target_peek(void *context, uint64_t address, void *buf, size_t len)
{
	const struct target *t = context;

	return pread(t->mem, buf, len, (off_t)address) == (ssize_t)len ? 0 : -EFAULT;
}

static inline int target_open(void *context, const struct mapping *m)
{
	const int fd = open(m->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Its mappings, with copies of the writable ones. Written for the tests: the readers under test do
 * not check each other. */
static inline void target_image(struct target *t, struct memory_image *m)
{
	char path[64], line[4600];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", t->pid);
	f = fopen(path, "re");
	assert_non_null(f);
	*m = (struct memory_image){ .pid = t->pid, .peek = target_peek, .context = t };
	m->mapping = calloc(4096, sizeof(*m->mapping));
	assert_non_null(m->mapping);
	while (fgets(line, sizeof(line), f) && m->mappings < 4096) {
		struct mapping *map = &m->mapping[m->mappings++];
		unsigned major, minor;
		char flags[5];
		int at = 0;

		assert_true(sscanf(line,
				   "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n",
				   &map->start, &map->end, flags, &map->offset, &major, &minor,
				   &map->inode, &at) >= 7);
		line[strcspn(line, "\n")] = '\0';
		map->path = strdup(line + at);
		map->device = (uint64_t)major << 20 | minor;
		map->flags = (flags[0] == 'r' ? MAPPING_READ : 0) |
			     (flags[1] == 'w' ? MAPPING_WRITE : 0) |
			     (flags[2] == 'x' ? MAPPING_EXEC : 0) |
			     (flags[3] == 's' ? MAPPING_SHARED : 0);
		/* A sanitizer's shadow is of 16 TiB. */
		if (!(map->flags & MAPPING_WRITE) || map->end - map->start > TARGET_COPY_MAX)
			continue;
		assert_int_equal(mapping_reserve(map), 0);
		if (pread(t->mem, map->copy, map->end - map->start, (off_t)map->start) !=
		    (ssize_t)(map->end - map->start))
			continue;
		map->run = calloc(1, sizeof(*map->run));
		assert_non_null(map->run);
		map->run[0] = (struct page_run){ map->start, map->end };
		map->runs = 1;
	}
	(void)fclose(f);
}

/* A C++ program with variables and objects whose addresses it tells. */
#define TARGET_CXX                                                                                 \
	"#include <cstdio>\n#include <cstring>\n#include <thread>\n#include <vector>\n"            \
	"#include <sys/mman.h>\n#include <unistd.h>\n"                                             \
	"namespace app {\n"                                                                        \
	"struct Base { virtual ~Base() {} virtual int f() { return 1; } };\n"                      \
	"struct Other { virtual ~Other() {} virtual int g() { return 2; } };\n"                    \
	"struct Node : Base { int f() override { return 3; } };\n"                                 \
	"template <class T> struct Box : Base { T t{}; int f() override { return 4; } };\n"        \
	"struct Both : Base, Other { int g() override { return 5; } };\n"                          \
	"struct Single { virtual int only() { return 6; } };\n"                                    \
	"}\n"                                                                                      \
	"namespace { struct Hidden : app::Base { int f() override { return 7; } }; }\n"            \
	"struct Plain { long a = 8; };\n"                                                          \
	"long app_data[16] = { 1, 2, 3 };\n"                                                       \
	"static long app_bss[4096];\n"                                                             \
	"namespace app { long counter = 5; }\n"                                                    \
	"static void wait_here() { for (;;) pause(); }\n"                                          \
	"template <class T> static unsigned long made() { return (unsigned long)new T; }\n"        \
	"int main() {\n"                                                                           \
	"  auto *map = (char *)mmap(nullptr, 64 << 12, PROT_READ | PROT_WRITE,\n"                  \
	"    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\n"                                               \
	"  mprotect(map + (63 << 12), 4096, PROT_NONE);\n"                                         \
	"  memset(map + 4096, 0x5a, 4096);\n"                                                      \
	"  memset(map + (5 << 12), 0x5b, 8192);\n"                                                 \
	"  memset(map + (9 << 12), 0, 4096);\n"                                                    \
	"  auto *both = new app::Both;\n"                                                          \
	"  app_bss[100] = 77;\n"                                                                   \
	"  std::thread a(wait_here), b(wait_here);\n"                                              \
	"  long local = 1;\n"                                                                      \
	"  printf(\"ready node=%lx box=%lx both=%lx other=%lx single=%lx hidden=%lx plain=%lx "    \
	"\"\n"                                                                                     \
	"    \"data=%lx bss=%lx counter=%lx map=%lx local=%lx brk=%lx\\n\",\n"                     \
	"    made<app::Node>(), made<app::Box<std::vector<int>>>(), (unsigned long)both,\n"        \
	"    (unsigned long)static_cast<app::Other *>(both), made<app::Single>(),\n"               \
	"    made<Hidden>(), made<Plain>(), (unsigned long)app_data, (unsigned long)app_bss,\n"    \
	"    (unsigned long)&app::counter, (unsigned long)map, (unsigned long)&local,\n"           \
	"    (unsigned long)sbrk(0));\n"                                                           \
	"  fflush(stdout);\n"                                                                      \
	"  wait_here();\n"                                                                         \
	"}\n"

/* The ways to link it. */
static const struct linking {
	const char *name, *options;
} linkings[] = {
	{ "pie", "-fPIE -pie" },
	{ "no-pie", "-fno-pie -no-pie" },
	{ "static", "-static" },
	{ "static-pie", "-static-pie" },
};

/* False: no compiler, or it lacks the libraries for that. */
static inline bool target_cxx(struct target *t, const struct linking *l)
{
	char command[256];

	target_dir(t);
	target_source(t, "program.cc", TARGET_CXX);
	(void)snprintf(command, sizeof(command),
		       "g++ -std=c++17 -O1 -pthread %s -o program program.cc 2>/dev/null",
		       l->options);
	return have_program("g++") && target_shell(t, command) == 0;
}
