/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static void mount_all(void)
{
	static const struct {
		const char *type, *at;
	} table[] = {
		{ "proc", "/proc" }, { "sysfs", "/sys" }, { "cgroup2", "/sys/fs/cgroup" },
		{ "tmpfs", "/tmp" }, { "tmpfs", "/run" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		(void)mkdir(table[i].at, 0755);
		if (mount(table[i].type, table[i].at, table[i].type, 0, NULL) < 0)
			guest_fail("cannot mount", table[i].at);
	}
	/* For processes that look them up; init's own are /dev/null. */
	(void)symlink("/proc/self/fd", "/dev/fd");
}

static void load_module(const char *name)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "/lib/modules/%.100s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST))
		guest_fail("cannot load the module", name);
	(void)close(fd);
}

/* The names in the file, in its order. */
static void load_modules(const char *list)
{
	char text[1024];
	int fd = open(list, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		guest_fail("cannot read", list);
	(void)close(fd);
	text[n] = '\0';
	for (char *name = text; *name;) {
		char *end = name + strcspn(name, "\n");
		bool last = *end == '\0';

		*end = '\0';
		load_module(name);
		name = last ? end : end + 1;
	}
}

static void swap_on(const char *device)
{
	char command[128];

	for (int i = 0; access(device, F_OK) < 0 && i < 500; i++)
		guest_sleep(0.01);
	(void)snprintf(command, sizeof(command), "/bin/busybox mkswap %s && /bin/busybox swapon %s",
		       device, device);
	if (system(command) != 0)
		guest_fail("cannot swap to", device);
}

static void start_swap(const struct plan *plan)
{
	char mib[32];

	if (plan->swap_disk) {
		load_modules("/lib/modules/disk.modules");
		swap_on("/dev/vda");
	}
	if (plan->zram_mib > 0) {
		load_modules("/lib/modules/zram.modules");
		(void)snprintf(mib, sizeof(mib), "%dM", plan->zram_mib);
		if (!guest_write("/sys/block/zram0/disksize", mib))
			guest_fail("cannot size", "zram0");
		swap_on("/dev/zram0");
	}
}

void sysctl_path(const char *key, char *buf, size_t size)
{
	int n = snprintf(buf, size, "/proc/sys/%s", key);

	for (int i = (int)strlen("/proc/sys/"); i < n && i < (int)size; i++)
		if (buf[i] == '.')
			buf[i] = '/';
}

/* The kernel booted with one (qemu.c says why); those that are there, from now on. */
static void start_cpus(void)
{
	char path[64];

	for (int cpu = 1; cpu < PLAN_CPUS; cpu++) {
		(void)snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
		if (access(path, F_OK) == 0 && !guest_write(path, "1"))
			guest_fail("cannot start the CPU of", path);
	}
}

static void tell_boot(int cpus)
{
	struct utsname uts;
	char controllers[256];
	long long memory = guest_read_key("/proc/meminfo", "MemTotal:");
	long long swap = guest_read_key("/proc/meminfo", "SwapTotal:");

	(void)uname(&uts);
	guest_read_line("/sys/fs/cgroup/cgroup.controllers", controllers, sizeof(controllers));
	tell_printf("{\"event\":\"boot\",\"kernel\":");
	tell_string(uts.release, strlen(uts.release));
	tell_printf(",\"cpus\":%d,\"memory_bytes\":%lld,\"swap_bytes\":%lld", cpus, memory * 1024,
		    swap * 1024);
	tell_printf(",\"cgroup_memory\":%s,\"psi\":%s,\"guest_seconds\":%.3f}",
		    strstr(controllers, "memory") ? "true" : "false",
		    access("/proc/pressure/memory", R_OK) == 0 ? "true" : "false", guest_now());
	tell_end();
}

void boot(const struct plan *plan)
{
	char path[256];

	mount_all();
	(void)setenv("PATH", "/bin", 1);
	(void)setenv("HOME", "/tmp", 1);
	/* It complains that sh is there already, which the call itself needs. */
	(void)!system("/bin/busybox --install -s /bin");
	if (access("/bin/cat", X_OK) < 0)
		guest_fail("cannot install", "busybox");
	start_swap(plan);
	ring_open();
	for (int i = 0; i < plan->sysctl_count; i++) {
		if (plan->sysctl[i].run != PLAN_ALL_RUNS)
			continue;
		sysctl_path(plan->sysctl[i].key, path, sizeof(path));
		if (!guest_write(path, plan->sysctl[i].value))
			guest_fail("cannot set", plan->sysctl[i].key);
	}
	start_cpus();
	tell_boot((int)sysconf(_SC_NPROCESSORS_ONLN));
}
