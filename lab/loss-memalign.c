/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks with an alignment, whose start is not where malloc's usual start would be: small ones, and
 * one so large that it has a mapping of its own. Ten lost, one kept.
 *
 *   memalign(4096, 1000)         4 lost
 *   posix_memalign(64, 200)           4 lost
 *   memalign(64 KiB, 192 KiB)    2 lost
 *   memalign(1024, 2048)         main: kept
 */
#include <malloc.h>

#include "lab.h"

static void lose(void)
{
	void *p;

	for (int i = 0; i < 4; i++) {
		lab_touch(memalign(4096, 1000), 1000);
		lab_touch(posix_memalign(&p, 64, 200) == 0 ? p : NULL, 200);
	}
	for (int i = 0; i < 2; i++)
		lab_touch(memalign(64 * LAB_KIB, 192 * LAB_KIB), 192 * LAB_KIB);
} /* the leak */

int main(int argc, char **argv)
{
	struct lab lab = { .about = "Loses ten aligned blocks and keeps one." };
	void *kept;

	lab_start(&lab, argc, argv);
	kept = lab_touch(memalign(1024, 2048), 2048);
	lose();
	lab_ready(&lab);
	return kept == NULL;
}
