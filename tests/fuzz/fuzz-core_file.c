/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An image made of any bytes keeps the invariants that every reader of an image relies on. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#include "base/fd.h"
#include "source/core_file.h"
#include "source/cxx_type.h"

static void check_mapping(const struct memory_image *m, uint32_t i)
{
	const struct mapping *map = &m->mapping[i];
	uint64_t last = map->start;
	uint8_t byte[64];

	REQUIRE(map->start < map->end && map->start % IMAGE_PAGE == 0 &&
		map->end % IMAGE_PAGE == 0 && map->path);
	REQUIRE(i == 0 || m->mapping[i - 1].end <= map->start);
	REQUIRE(image_find(m, map->start) == map && image_find(m, map->end - 1) == map);
	REQUIRE(map->copy || map->runs == 0);
	for (uint32_t r = 0; r < map->runs; r++) {
		const struct page_run *run = &map->run[r];

		REQUIRE(run->start >= last && run->start < run->end && run->end <= map->end &&
			(r == 0 || run->start > last));
		REQUIRE(image_at(m, run->start, run->end - run->start) != NULL);
		last = run->end;
	}
	(void)!image_read(m, map->start, byte, sizeof(byte));
	(void)!image_read(m, map->end - sizeof(byte), byte, sizeof(byte));
	REQUIRE(image_read(m, map->end - 8, byte, sizeof(byte)) < 0);
}

static void check_image(const struct memory_image *m)
{
	struct cxx_types *types = cxx_types_new(m);
	uint64_t copied = 0;
	char name[32];

	REQUIRE(types && m->mappings > 0 && m->from_core);
	for (uint32_t i = 0; i < m->mappings; i++) {
		const struct mapping *map = &m->mapping[i];

		check_mapping(m, i);
		for (uint32_t r = 0; r < map->runs; r++)
			copied += map->run[r].end - map->run[r].start;
		for (uint64_t at = 0; at < 512; at += 8) {
			(void)cxx_is_vtable(types, map->start + at);
			REQUIRE(!cxx_type_name(types, map->start + at, name, sizeof(name)) ||
				*name);
		}
	}
	REQUIRE(copied == m->copied_bytes);
	for (uint32_t i = 0; i < m->threads; i++)
		REQUIRE(!m->thread[i].xstate == !m->thread[i].xstate_bytes);
	REQUIRE(memchr(core_file_info(m)->comm, '\0', sizeof(core_file_info(m)->comm)));
	cxx_types_free(types);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("core", MFD_CLOEXEC);
	struct memory_image m = MEMORY_IMAGE_NONE;
	struct fault f = { 0 };
	char path[64];
	int err;

	REQUIRE(fd >= 0 && fd_write_all(fd, (const char *)data, size) == 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = core_file_read(path, "/usr/lib", &m, &f);
	if (err < 0) {
		REQUIRE(f.err == err && *f.what);
		return 0;
	}
	check_image(&m);
	core_file_done(&m);
	memory_image_release(&m);
	return 0;
}
