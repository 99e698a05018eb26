/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct plan plan;

double guest_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

void guest_sleep(double seconds)
{
	struct timespec ts = { .tv_sec = (time_t)seconds };

	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

bool guest_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, text, strlen(text)) >= 0;
	(void)close(fd);
	return done;
}

void guest_read_line(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		(void)close(fd);
	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

long long guest_read_key(const char *path, const char *key)
{
	char buf[16384], *line;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	long long value = -1;
	size_t len = strlen(key);

	if (fd >= 0)
		(void)close(fd);
	buf[n > 0 ? n : 0] = '\0';
	for (line = buf; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (strncmp(line, key, len) == 0 && sscanf(line + len, " %lld", &value) == 1)
			break;
	return value;
}

void guest_power_off(void)
{
	sync();
	tell_wait();
	(void)reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

void guest_fail(const char *what, const char *which)
{
	tell_printf("{\"event\":\"failed\",\"what\":");
	tell_string(what, strlen(what));
	tell_printf(",\"which\":");
	tell_string(which, strlen(which));
	tell_printf(",\"why\":");
	tell_string(strerror(errno), strlen(strerror(errno)));
	tell_printf("}");
	tell_end();
	guest_power_off();
}

static void read_plan(void)
{
	int fd = open("/plan", O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && have < sizeof(plan)) {
		n = read(fd, (char *)&plan + have, sizeof(plan) - have);
		have += n > 0 ? (size_t)n : 0;
	}
	if (have != sizeof(plan) || plan.magic != PLAN_MAGIC)
		guest_fail("not a plan of this build", "/plan");
	(void)close(fd);
}

static int run_init(void)
{
	boot(&plan);
	for (int i = 0; i < plan.run_count; i++)
		run_one(&plan, i);
	tell_printf("{\"event\":\"done\"}");
	tell_end();
	guest_power_off();
}

/* The loads by name, for the commands of a scenario: leaker [BYTES_A_SECOND [LIMIT_BYTES]]. */
static int run_load(const char *name, int argc, char **argv)
{
	long long number[2] = { 0, 0 };

	for (int i = 1; i < argc && i <= 2; i++) {
		if (sscanf(argv[i], "%lld", &number[i - 1]) != 1) {
			(void)fprintf(stderr, "%s: '%s' is not a number\n", name, argv[i]);
			return 2;
		}
	}
	if (strcmp(name, "leaker") == 0)
		load_leaker(number[0], number[1]);
	if (strcmp(name, "allocator") == 0)
		load_allocator();
	(void)fprintf(stderr, "%s: no such program in a guest\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');

	if (getpid() != 1)
		return run_load(slash ? slash + 1 : argv[0], argc, argv);
	(void)umask(0);
	(void)setsid();
	tell_open();
	read_plan();
	return run_init();
}
