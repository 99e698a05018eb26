/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mapped file of any bytes: what is asked of its symbols has an answer, and an end. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#include "base/fd.h"
#include "source/allocator.h"
#include "source/elf_note.h"
#include "source/root_name.h"

struct input {
	const uint8_t *data;
	size_t size;
};

static int open_input(void *context, const struct mapping *m)
{
	const struct input *in = context;
	const int fd = memfd_create("file", MFD_CLOEXEC);

	(void)m;
	REQUIRE(fd >= 0 && fd_write_all(fd, (const char *)in->data, in->size) == 0);
	return fd;
}

static int read_input(void *context, uint64_t offset, void *buf, size_t len)
{
	const struct input *in = context;

	if (offset > in->size || len > in->size - offset)
		return -EFAULT;
	memcpy(buf, in->data + offset, len);
	return 0;
}

static int peek_input(void *context, uint64_t address, void *buf, size_t len)
{
	return address < 0x10000 ? -EFAULT : read_input(context, address - 0x10000, buf, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[] = "/lib/libfile.so";
	struct input in = { data, size };
	struct mapping map = { .start = 0x10000,
			       .end = 0x10000 + (size | 4095) + 1,
			       .inode = 1,
			       .path = path,
			       .flags = MAPPING_READ };
	const struct memory_image m = {
		.mapping = &map, .mappings = 1, .peek = peek_input, .context = &in
	};
	struct root_names *names = root_names_new(&m, open_input, &in);
	struct elf_identity id;
	struct allocator_info info;
	char name[160];

	REQUIRE(names);
	for (uint64_t at = map.start; at < map.end; at += 512)
		REQUIRE(root_name(names, at, name, sizeof(name)) == (*name != '\0'));
	root_names_free(names);
	allocator_recognise(&m, open_input, &in, &info);
	REQUIRE(info.kind < ALLOCATOR_KINDS && !(info.others & 1u << info.kind));
	REQUIRE(memchr(info.where, '\0', sizeof(info.where)));
	REQUIRE(elf_identify(read_input, &in, &id) < 0 || id.build_id_bytes <= BUILD_ID_SIZE);
	return 0;
}
