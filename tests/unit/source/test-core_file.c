/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cores made by hand show what no real one does; test-core_real.c has the real ones. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <unistd.h>

#include "unit.h"

#include "base/fault.h"
#include "base/fd.h"
#include "source/core_file.h"

#define BASE UINT64_C(0x10000000)
#define HAND_SIZE (1u << 17)

/* A core under construction: headers first, then what they point to. */
struct hand {
	uint8_t bytes[HAND_SIZE];
	size_t used;
	Elf64_Phdr header[16];
	unsigned headers;
	uint8_t notes[HAND_SIZE / 4];
	size_t note_bytes;
};

static void hand_begin(struct hand *h)
{
	*h = (struct hand){ .used = 4096 };
}

static void hand_note(struct hand *h, const char *name, uint32_t type, const void *desc, size_t len)
{
	const Elf64_Nhdr n = { (uint32_t)strlen(name) + 1, (uint32_t)len, type };

	memcpy(h->notes + h->note_bytes, &n, sizeof(n));
	h->note_bytes += sizeof(n);
	memcpy(h->notes + h->note_bytes, name, n.n_namesz);
	h->note_bytes += (n.n_namesz + 3) & ~3u;
	memcpy(h->notes + h->note_bytes, desc, len);
	h->note_bytes += (len + 3) & ~(size_t)3;
}

static void hand_thread(struct hand *h, int tid, uint64_t rsp, uint64_t orig_rax)
{
	struct elf_prstatus s = { .pr_pid = tid };
	uint64_t reg[IMAGE_REGISTERS] = { [IMAGE_RSP] = rsp, [IMAGE_ORIG_RAX] = orig_rax };

	s.pr_cursig = 11;
	memcpy(&s.pr_reg, reg, sizeof(reg));
	hand_note(h, "CORE", NT_PRSTATUS, &s, sizeof(s));
}

/* `content` NULL: `filesz` is not in the file. */
static Elf64_Phdr *hand_load(struct hand *h, uint64_t vaddr, uint64_t memsz, uint32_t flags,
			     const void *content, size_t filesz)
{
	Elf64_Phdr *p = &h->header[h->headers++];

	*p = (Elf64_Phdr){ .p_type = PT_LOAD,
			   .p_flags = flags,
			   .p_vaddr = vaddr,
			   .p_memsz = memsz,
			   .p_filesz = filesz,
			   .p_offset = h->used };
	if (content) {
		memcpy(h->bytes + h->used, content, filesz);
		h->used += filesz;
	}
	return p;
}

static void hand_finish(struct hand *h)
{
	Elf64_Ehdr e = { .e_type = ET_CORE,
			 .e_machine = EM_X86_64,
			 .e_version = EV_CURRENT,
			 .e_phoff = sizeof(e),
			 .e_ehsize = sizeof(e),
			 .e_phentsize = sizeof(Elf64_Phdr) };

	memcpy(e.e_ident, ELFMAG, SELFMAG);
	e.e_ident[EI_CLASS] = ELFCLASS64;
	e.e_ident[EI_DATA] = ELFDATA2LSB;
	e.e_ident[EI_VERSION] = EV_CURRENT;
	if (h->note_bytes > 0) {
		h->header[h->headers++] = (Elf64_Phdr){ .p_type = PT_NOTE,
							.p_offset = h->used,
							.p_filesz = h->note_bytes };
		memcpy(h->bytes + h->used, h->notes, h->note_bytes);
		h->used += h->note_bytes;
	}
	e.e_phnum = (Elf64_Half)h->headers;
	memcpy(h->bytes, &e, sizeof(e));
	memcpy(h->bytes + sizeof(e), h->header, h->headers * sizeof(*h->header));
}

static int read_bytes(const void *bytes, size_t len, struct memory_image *m, struct fault *f)
{
	char path[] = "/tmp/bulkhead-test-XXXXXX";
	_cleanup_close_ int fd = mkostemp(path, O_CLOEXEC);
	int err;

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, bytes, len), 0);
	*f = (struct fault){ 0 };
	err = core_file_read(path, "", m, f);
	(void)unlink(path);
	return err;
}

static void done(struct memory_image *m)
{
	core_file_done(m);
	memory_image_release(m);
}

/* The leader is put first though another thread died; flags, runs and zeros. */
static void test_hand_made(void **state)
{
	static struct hand h;
	static uint8_t memory[4 * 4096];
	struct memory_image m = MEMORY_IMAGE_NONE;
	const struct elf_prpsinfo info = { .pr_pid = 70, .pr_fname = "a\nb" };
	const uint8_t xstate[832] = { 1, 2, 3 };
	struct fault f;

	memset(memory + 4096, 7, 10);
	memset(memory + 3 * 4096, 8, 1);
	hand_begin(&h);
	hand_thread(&h, 71, BASE + 64, UINT64_MAX);
	hand_note(&h, "LINUX", NT_X86_XSTATE, xstate, sizeof(xstate));
	hand_note(&h, "CORE", NT_PRPSINFO, &info, sizeof(info));
	hand_thread(&h, 70, BASE + 128, 34);
	(void)hand_load(&h, BASE, sizeof(memory), PF_R | PF_W, memory, sizeof(memory));
	(void)hand_load(&h, BASE + 0x100000, 8192, PF_R | PF_X, NULL, 0);
	hand_finish(&h);
	assert_int_equal(read_bytes(h.bytes, h.used, &m, &f), 0);
	assert_int_equal(m.mappings, 2);
	assert_int_equal(m.threads, 2);
	assert_true(m.thread[0].tid == 70 && m.thread[0].in_syscall && !m.thread[0].xstate);
	assert_true(m.thread[1].tid == 71 && !m.thread[1].in_syscall);
	assert_int_equal(m.thread[1].xstate_bytes, sizeof(xstate));
	assert_memory_equal(m.thread[1].xstate, xstate, sizeof(xstate));
	assert_true(m.thread[0].reg[IMAGE_RSP] == BASE + 128);
	assert_true(m.pid == 70 && m.from_core);
	assert_string_equal(core_file_info(&m)->comm, "a\nb");
	assert_int_equal(core_file_info(&m)->died_tid, 71);
	assert_int_equal(core_file_info(&m)->signal, 11);
	assert_false(core_file_info(&m)->cut);
	assert_string_equal(m.mapping[0].path, "[stack]");
	assert_int_equal(m.mapping[0].runs, 2);
	assert_true(m.mapping[0].run[0].start == BASE + 4096);
	assert_true(m.mapping[0].run[0].end == BASE + 2 * 4096);
	assert_true(m.mapping[0].run[1].start == BASE + 3 * 4096);
	assert_int_equal(m.copied_bytes, 2 * 4096);
	assert_int_equal(m.unreadable_pages, 0);
	assert_memory_equal(m.mapping[0].copy, memory, sizeof(memory));
	assert_null(m.mapping[1].copy);
	done(&m);
}

/* filesz below memsz, and a cut within: what is missing is counted. */
static void test_cut(void **state)
{
	static struct hand h;
	static uint8_t memory[4 * 4096];
	struct memory_image m = MEMORY_IMAGE_NONE;
	struct fault f;

	memset(memory, 9, sizeof(memory));
	hand_begin(&h);
	hand_thread(&h, 70, 0, 0);
	hand_finish(&h); /* the notes first, as the kernel has them */
	(void)hand_load(&h, BASE, 6 * 4096, PF_R | PF_W, memory, sizeof(memory));
	(void)hand_load(&h, BASE + 0x100000, 4096, PF_R | PF_W, memory, 4096);
	h.note_bytes = 0;
	hand_finish(&h);
	assert_int_equal(read_bytes(h.bytes, h.used - 4096 - 5000, &m, &f), 0);
	assert_true(core_file_info(&m)->cut);
	/* Of 7 pages 2 whole ones and a part of the third are there. */
	assert_int_equal(m.unreadable_pages, 4);
	assert_int_equal(m.mapping[0].unreadable_pages, 3);
	assert_null(m.mapping[1].copy);
	assert_memory_equal(m.mapping[0].copy, memory, 3 * 4096 - 5000 % 4096);
	assert_int_equal(m.mapping[0].copy[3 * 4096], 0);
	done(&m);
}

/* The kernel's form for more than 65534 segments, and the same without its last section header. */
static void test_many_segments(void **state)
{
	const uint32_t count = 70000;
	const size_t table = sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr);
	const size_t length = table + 4096 + sizeof(Elf64_Shdr);
	uint8_t *bytes = calloc(1, length);
	struct memory_image m = MEMORY_IMAGE_NONE;
	Elf64_Shdr section = { .sh_info = count };
	static struct hand h;
	Elf64_Ehdr e;
	struct fault f;

	assert_non_null(bytes);
	hand_begin(&h);
	hand_thread(&h, 1, 0, 0);
	hand_finish(&h);
	memcpy(&e, h.bytes, sizeof(e));
	e.e_phnum = PN_XNUM;
	e.e_shnum = 1;
	e.e_shentsize = sizeof(section);
	e.e_shoff = table + 4096;
	memcpy(bytes, &e, sizeof(e));
	for (uint32_t i = 0; i < count; i++) {
		const Elf64_Phdr p = { .p_type = i ? PT_LOAD : PT_NOTE,
				       .p_flags = PF_R | PF_W,
				       .p_vaddr = i ? BASE + i * 8192 : 0,
				       .p_memsz = i ? 4096 : 0,
				       .p_filesz = i ? 4096 : h.note_bytes,
				       .p_offset = table };

		memcpy(bytes + sizeof(e) + i * sizeof(p), &p, sizeof(p));
	}
	memset(bytes + table, 3, 4096);
	memcpy(bytes + table, h.notes, h.note_bytes);
	memcpy(bytes + table + 4096, &section, sizeof(section));
	/* Linux refuses more than vm.max_map_count mappings, which are one a copy here. */
	for (int cut = 0; cut < 2; cut++) {
		const int err = read_bytes(bytes, length - (cut ? sizeof(section) : 0), &m, &f);

		if (err == -ENOMEM) {
			free(bytes);
			skip_because("vm.max_map_count is too low for 70000 copies");
		}
		assert_int_equal(err, 0);
		assert_int_equal(m.mappings, count - 1);
		assert_int_equal(m.mapping[count - 2].copy[4000], 3);
		done(&m);
	}
	free(bytes);
}

static void test_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *says;
	} rows[] = {
		{ "", 0, "not an ELF file" },
		{ "\x28\xb5\x2f\xfd....", 8, "zstd -dc" },
		{ "\x04\x22\x4d\x18", 4, "lz4 -dc" },
		{ "\xfd"
		  "7zXZ\0",
		  6, "xz -dc" },
		{ "\x1f\x8b\x08", 3, "gzip -dc" },
		{ "BZh91", 5, "bzip2 -dc" },
		{ "#!/bin/sh\n", 10, "not an ELF file" },
		{ "\177ELF\1\1\1", 7, "another machine" },
	};
	struct memory_image m = MEMORY_IMAGE_NONE;
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(read_bytes(rows[i].bytes, rows[i].length, &m, &f), -ENOEXEC);
		assert_non_null(strstr(f.what, rows[i].says));
	}
	assert_int_equal(core_file_read("/proc/self/exe", "", &m, &f), -ENOEXEC);
	assert_non_null(strstr(f.what, "no core dump"));
	assert_int_equal(core_file_read("/tmp", "", &m, &f), -ENOEXEC);
	assert_int_equal(core_file_read("/nonexistent/core", "", &m, &f), -ENOENT);
}

/* What is changed in a sound core, and the answer. */
static void test_hostile(void **state)
{
	static const struct {
		const char *what;
		int header; /* which PT_LOAD */
		uint64_t vaddr, memsz, filesz, offset;
		int err;
	} rows[] = {
		{ "sound", 0, BASE, 8192, 8192, 4096, 0 },
		{ "overlap", 1, BASE + 4096, 8192, 8192, 4096, -EPROTO },
		{ "same place", 1, BASE, 8192, 8192, 4096, -EPROTO },
		{ "unaligned", 0, BASE + 8, 8192, 8192, 4096, -EPROTO },
		{ "filesz > memsz", 0, BASE, 4096, 8192, 4096, -EPROTO },
		{ "all of memory", 0, BASE, UINT64_MAX, 8192, 4096, -EPROTO },
		{ "end wraps", 0, BASE, UINT64_MAX - BASE, 8192, 4096, -EPROTO },
		{ "offset past the end", 0, BASE, 8192, 8192, UINT64_C(1) << 50, 0 },
		{ "offset wraps", 0, BASE, 8192, 8192, UINT64_MAX - 4096, -EPROTO },
		{ "offset is negative", 0, BASE, 8192, 8192, UINT64_C(1) << 63, -EPROTO },
		{ "kernel memory", 0, UINT64_C(0xffff888000000000), 8192, 8192, 4096, 0 },
		{ "a TiB that is not there", 0, BASE, UINT64_C(1) << 40, UINT64_C(1) << 40, 4096,
		  -EPROTO },
		{ "a last one of 32 TiB", 1, BASE + 0x100000, UINT64_C(1) << 45, UINT64_C(1) << 45,
		  4096, 0 },
	};
	static struct hand h;
	static uint8_t memory[8192];
	struct fault f;

	memset(memory, 1, sizeof(memory));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct memory_image m = MEMORY_IMAGE_NONE;
		Elf64_Phdr *p;
		int err;

		hand_begin(&h);
		hand_thread(&h, 1, 0, 0);
		(void)hand_load(&h, BASE, 8192, PF_R | PF_W, memory, 8192);
		(void)hand_load(&h, BASE + 0x100000, 8192, PF_R | PF_W, memory, 8192);
		p = &h.header[rows[i].header];
		p->p_vaddr = rows[i].vaddr;
		p->p_memsz = rows[i].memsz;
		p->p_filesz = rows[i].filesz;
		p->p_offset = rows[i].offset;
		hand_finish(&h);
		err = read_bytes(h.bytes, h.used, &m, &f);
		if (err != rows[i].err)
			fail_msg("%s: %d (%s)", rows[i].what, err, f.what);
		if (err == 0)
			done(&m);
	}
}

static void test_without_threads(void **state)
{
	static uint8_t memory[4096] = { 1 };
	static struct hand h;
	struct memory_image m = MEMORY_IMAGE_NONE;
	struct fault f;

	hand_begin(&h);
	(void)hand_load(&h, BASE, 4096, PF_R | PF_W, memory, 4096);
	hand_finish(&h);
	assert_int_equal(read_bytes(h.bytes, h.used, &m, &f), -EPROTO);
	assert_non_null(strstr(f.what, "no thread"));
}

static void test_hostile_notes(void **state)
{
	const uint64_t lies[][4] = {
		{ UINT64_MAX, 4096 }, { 1, 4096 }, { UINT64_C(1) << 60, 4096 }, { 2, 0 }, { 0 },
	};
	const uint64_t page = 4096, wraps[] = { 1, page, 0x1000, 0x2000, UINT64_MAX / 2, 0 };
	static uint8_t memory[4096] = { 1 };
	static struct hand h;
	struct memory_image m = MEMORY_IMAGE_NONE;
	struct fault f;

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		hand_begin(&h);
		hand_note(&h, "CORE", NT_FILE, lies[i], 16);
		(void)hand_load(&h, BASE, 4096, PF_R | PF_W, memory, 4096);
		hand_finish(&h);
		assert_int_equal(read_bytes(h.bytes, h.used, &m, &f), -EPROTO);
		assert_non_null(strstr(f.what, "note type"));
	}
	hand_begin(&h);
	hand_note(&h, "CORE", NT_FILE, wraps, sizeof(wraps));
	(void)hand_load(&h, BASE, 4096, PF_R | PF_W, memory, 4096);
	hand_finish(&h);
	assert_int_equal(read_bytes(h.bytes, h.used, &m, &f), -EPROTO);
	hand_begin(&h);
	hand_note(&h, "CORE", NT_PRSTATUS, wraps, sizeof(wraps));
	(void)hand_load(&h, BASE, 4096, PF_R | PF_W, memory, 4096);
	hand_finish(&h);
	assert_int_equal(read_bytes(h.bytes, h.used, &m, &f), -EPROTO);
}

/* A name in NT_FILE leads neither out of the sysroot nor to what is no ELF file. */
static void test_names_are_hostile(void **state)
{
	static const char *const names[] = { "/etc/passwd", "/dev/zero",    "/proc/self/environ",
					     "relative",    "/nonexistent", "../../etc/passwd" };
	static uint8_t memory[4096] = { 1 };
	static struct hand h;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct memory_image m = MEMORY_IMAGE_NONE;
		uint8_t desc[128] = { 0 };
		const uint64_t head[] = { 1, 4096, BASE, BASE + 4096, 0 };
		struct fault f;
		char byte;

		memcpy(desc, head, sizeof(head));
		memcpy(desc + sizeof(head), names[i], strlen(names[i]) + 1);
		hand_begin(&h);
		hand_thread(&h, 1, 0, 0);
		hand_note(&h, "CORE", NT_FILE, desc, sizeof(head) + strlen(names[i]) + 1);
		(void)hand_load(&h, BASE, 4096, PF_R, NULL, 0);
		(void)hand_load(&h, BASE + 0x100000, 4096, PF_R | PF_W, memory, 4096);
		hand_finish(&h);
		assert_int_equal(read_bytes(h.bytes, h.used, &m, &f), 0);
		assert_string_equal(m.mapping[0].path, names[i]);
		assert_true(image_read(&m, BASE, &byte, 1) < 0);
		assert_true(core_file_open(m.context, &m.mapping[0]) < 0);
		done(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hand_made),	cmocka_unit_test(test_cut),
		cmocka_unit_test(test_many_segments),	cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hostile),		cmocka_unit_test(test_hostile_notes),
		cmocka_unit_test(test_without_threads), cmocka_unit_test(test_names_are_hostile),

	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
