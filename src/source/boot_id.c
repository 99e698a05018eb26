/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/boot_id.h"

#include <string.h>

#include "base/fd.h"

int boot_id_read(const struct root *root, char ret[BOOT_ID_SIZE])
{
	size_t len;
	int r = file_read_at(root->proc, "sys/kernel/random/boot_id", ret, BOOT_ID_SIZE, &len);

	if (r < 0)
		return r;
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}
