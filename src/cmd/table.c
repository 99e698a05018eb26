/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cmd/command.h"

/* man/meson.build reads the names, one a line. */
/* clang-format off */
const struct command *const commands[] = {
	&command_watch,
	&command_guard,
	&command_scan,
	&command_check,
	&command_doctor,
	&command_storm,
	&command_explain,
	&command_lab,
	NULL,
};
/* clang-format on */

/* Names are short words; a longer one is no mistyped command. */
#define NAME_CAP 16

/* Optimal string alignment distance: insert, delete, replace and swap of neighbours cost one. */
static unsigned name_distance(const char *a, const char *b)
{
	const size_t n = strlen(a), m = strlen(b);
	unsigned d[NAME_CAP + 1][NAME_CAP + 1];

	if (n > NAME_CAP || m > NAME_CAP)
		return UINT32_MAX;
	for (unsigned i = 0; i <= n; i++)
		for (unsigned j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = MIN(MIN(d[i - 1][j], d[i][j - 1]) + 1,
				      d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[n][m];
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

const struct command *command_nearest(const char *name)
{
	const struct command *nearest = NULL;
	unsigned least = 3;

	for (size_t i = 0; commands[i]; i++) {
		const unsigned distance = name_distance(name, commands[i]->name);

		/* Two typing errors make "lab" of nearly any short word. */
		if (distance < least && distance < strlen(commands[i]->name) - 1) {
			least = distance;
			nearest = commands[i];
		}
	}
	return nearest;
}
