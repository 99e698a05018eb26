/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The replay reader on any bytes: through a file, so that chunks and resynchronising are met too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "source/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("fuzz", MFD_CLOEXEC);
	_cleanup_replay_ struct replay *r = NULL;
	struct replay_row row;
	double last = 0;
	bool any = false;
	int step;

	if (fd < 0 || fd_write_all(fd, (const char *)data, size) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return 0;
	if (replay_open(fd, "fuzz", &r, NULL) < 0)
		return 0;
	while ((step = replay_next(r, &row, NULL)) > 0) {
		if (step != REPLAY_ROW)
			continue;
		if (row.process >= replay_process_count(r) || (any && row.time_seconds < last))
			abort();
		if (row.comm.n != replay_comm(r, row.process).n)
			abort();
		any = true;
		last = row.time_seconds;
	}
	return 0;
}
