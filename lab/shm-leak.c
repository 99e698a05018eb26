/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaks shared memory: the pages of a tmpfs file stay as long as somebody maps them.
 *
 *   RssAnon   |_________________   flat: a look at the anonymous memory misses it
 *   RssShmem  |        _,-~'`      grows by --rate
 *             |  _,-~'`
 *
 * The file is a memfd, which has no name, so the memory goes when the process ends. A file in
 * /dev/shm would outlive it, and the killing of its maker would not bring the memory back.
 */
#include <sys/mman.h>

#include "lab.h"

/* A piece of shared memory nobody will ever unmap; NULL when the kernel refuses. */
static void *share(size_t bytes)
{
	int fd = memfd_create("shm-leak", MFD_CLOEXEC);
	void *p;

	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0)
		return NULL;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd); /* the mapping keeps the file alive */
	return p == MAP_FAILED ? NULL : p;
}

int main(int argc, char **argv)
{
	struct lab lab = {
		.about =
			"Leaks --rate bytes a second of mapped shared memory, in pieces of --size, "
			"looking at the clock every --interval.",
		.size = LAB_MIB,
		.rate = 8 * LAB_MIB,
		.interval = 0.05,
	};

	lab_start(&lab, argc, argv);
	while (lab_tick(&lab))
		while (lab_due(&lab, lab.size)) {
			lab_take(&lab, lab.size);
			lab_touch(share(lab.size), lab.size); /* the leak */
		}
	return 0;
}
