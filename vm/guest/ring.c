/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int kmsg = -1;

void ring_open(void)
{
	kmsg = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0)
		guest_fail("cannot open", "/dev/kmsg");
}

void ring_skip(void)
{
	(void)lseek(kmsg, 0, SEEK_END);
}

/* Without its line end a record stays open for a continuation, and no reader gets it. */
void ring_mark(const char *mark, int run)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "<0>%s%d\n", mark, run);

	(void)!write(kmsg, text, (size_t)n);
}

void ring_send(int run)
{
	char record[PLAN_KMSG_LINE], end[64];
	bool found = false;
	ssize_t n;

	(void)snprintf(end, sizeof(end), ";%s%d", PLAN_MARK_END, run);
	while (!found) {
		n = read(kmsg, record, sizeof(record) - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE) {
			/* The ring went round: the host must know that records are missing. */
			tell_printf("{\"event\":\"overrun\",\"run\":%d}", run);
			tell_end();
			continue;
		}
		if (n <= 0)
			break;
		record[n] = '\0';
		record[strcspn(record, "\n")] = '\0'; /* " KEY=value" lines follow */
		found = strstr(record, end) != NULL;
		tell_printf("K%s", record);
		tell_end();
	}
}

double ring_calibrate(int lines, int line_bytes)
{
	char text[1024];
	double start = guest_now();

	for (int i = 0; i < lines; i++) {
		int n = snprintf(text, sizeof(text), "<4>calibration %06d ", i);

		while (n < line_bytes + 3 && n < (int)sizeof(text) - 2)
			text[n++] = 'x';
		text[n++] = '\n';
		(void)!write(kmsg, text, (size_t)n);
	}
	return guest_now() - start;
}
