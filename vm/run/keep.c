/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keep.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

/* A run's name may hold what a file name should not. */
static void make_path(char *path, size_t size, const char *dir, int32_t number, const char *name,
		      const char *end)
{
	char safe[PLAN_NAME];
	size_t n = 0;

	for (; name[n] && n < sizeof(safe) - 1; n++)
		safe[n] = isalnum((unsigned char)name[n]) || name[n] == '-' ? name[n] : '_';
	safe[n] = '\0';
	(void)snprintf(path, size, "%s/%02d-%s.%s", dir, number, safe, end);
}

static void write_records(FILE *out, const struct records *r)
{
	for (uint32_t i = 0; i < r->count; i++) {
		struct text rest = record_text(r, &r->record[i]), line;
		char prefix[64];
		bool started = false;

		(void)record_prefix(&r->record[i], prefix);
		while (record_next_line(&rest, &line, &started)) {
			(void)fprintf(out, "<%u>%s", r->record[i].level, prefix);
			(void)fwrite(line.p, 1, line.n, out);
			(void)fputc('\n', out);
		}
	}
}

static void write_wire(FILE *out, const struct wire *wire)
{
	for (uint32_t i = 0; i < wire->count; i++)
		(void)fwrite(wire->text + wire->line[i].text, 1, wire->line[i].len + 1, out);
}

static int finish(FILE *out)
{
	int err = ferror(out) ? -EIO : 0;

	return fclose(out) != 0 ? -EIO : err;
}

int keep_run(const char *dir, int32_t number, const char *name, const struct records *r,
	     const struct wire *wire, char *kmsg_file, size_t size, struct fault *f)
{
	char path[512];
	FILE *out;
	int err;

	make_path(kmsg_file, size, dir, number, name, "kmsg");
	out = fopen(kmsg_file, "we");
	if (!out)
		return fault_errno(f, -errno, "cannot write '%s'", kmsg_file);
	write_records(out, r);
	err = finish(out);
	if (err < 0)
		return fault_errno(f, err, "cannot write '%s'", kmsg_file);
	make_path(path, sizeof(path), dir, number, name, "console");
	out = fopen(path, "we");
	if (!out)
		return fault_errno(f, -errno, "cannot write '%s'", path);
	write_wire(out, wire);
	err = finish(out);
	return err < 0 ? fault_errno(f, err, "cannot write '%s'", path) : 0;
}

int keep_console(const char *dir, int failed_boot, const struct console *c)
{
	struct wire all = console_wire(c);
	char path[512];
	FILE *out;

	if (failed_boot)
		(void)snprintf(path, sizeof(path), "%s/console-boot%d.txt", dir, failed_boot);
	else
		(void)snprintf(path, sizeof(path), "%s/console.txt", dir);
	out = fopen(path, "we");
	if (!out)
		return -errno;
	(void)fwrite(all.text, 1, console_text_bytes(c), out);
	return finish(out);
}
