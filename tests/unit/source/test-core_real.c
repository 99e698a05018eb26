/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cores of real programs, linked in four ways, by the kernel and by gdb: compared byte by byte with
 * what the living process had.
 */
#include "target.h"

#include "base/fault.h"
#include "source/allocator.h"
#include "source/core_file.h"
#include "source/cxx_type.h"
#include "source/root_name.h"

static void done(struct memory_image *m)
{
	core_file_done(m);
	memory_image_release(m);
}

static const struct mapping *named(const struct memory_image *m, const char *path)
{
	for (uint32_t i = 0; i < m->mappings; i++) {
		if (strcmp(m->mapping[i].path, path) == 0)
			return &m->mapping[i];
	}
	return NULL;
}

/*
 * What the living process had in memory that it may write must be what the core's image says. But
 * for the kernel's own words: cpu_id_start and cpu_id, node_id and mm_cid of each thread's struct
 * rseq change when it is moved to another CPU.
 */
#define RSEQ_WORDS (2 * 3)

static unsigned words_differ(const uint8_t *a, const uint8_t *b, uint64_t bytes)
{
	unsigned n = 0;

	for (uint64_t at = 0; at < bytes; at += 8)
		n += memcmp(a + at, b + at, 8) != 0;
	return n;
}

static uint64_t compare(const struct memory_image *live, const struct memory_image *core)
{
	uint64_t bytes = 0;
	unsigned differ = 0;

	for (uint32_t i = 0; i < live->mappings; i++) {
		const struct mapping *m = &live->mapping[i];
		const uint8_t *there;

		if (m->runs == 0)
			continue;
		there = image_at(core, m->start, m->end - m->start);
		/* Never touched: the kernel leaves it out. */
		if (!there && m->copy[0] == 0 &&
		    memcmp(m->copy, m->copy + 1, m->end - m->start - 1) == 0)
			continue;
		if (!there)
			fail_msg("%s at %" PRIx64 " is not in the core", m->path, m->start);
		differ += words_differ(there, m->copy, m->end - m->start);
		if (differ > RSEQ_WORDS)
			fail_msg("%s at %" PRIx64 " differs", m->path, m->start);
		bytes += m->end - m->start;
	}
	return bytes;
}

static void check_names(const struct memory_image *live, const struct memory_image *core)
{
	static const char *const special[] = { "[heap]", "[stack]" };

	for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
		const struct mapping *a = named(live, special[i]), *b = named(core, special[i]);

		assert_non_null(a);
		if (!b || b->start != a->start)
			fail_msg("no %s at %" PRIx64, special[i], a->start);
	}
	for (uint32_t i = 0; i < live->mappings; i++) {
		const struct mapping *a = &live->mapping[i], *b = image_find(core, a->start);

		if (b && a->path[0] == '/')
			assert_string_equal(a->path, b->path);
		if (b && a->path[0] == '/')
			assert_true(a->offset == b->offset - (b->start - a->start));
	}
}

/* What is asked of an image and its files has the same answers from a core. */
static void check_meaning(struct target *t, const struct memory_image *core)
{
	struct cxx_types *types = cxx_types_new(core);
	struct root_names *names = root_names_new(core, core_file_open, core->context);
	struct allocator_info allocator;
	char name[160];
	uint64_t vtable = 0;

	assert_true(types && names);
	assert_int_equal(image_read(core, target_value(t, "both"), &vtable, sizeof(vtable)), 0);
	assert_true(cxx_type_name(types, vtable, name, sizeof(name)));
	assert_string_equal(name, "app::Both");
	assert_true(cxx_is_vtable(types, vtable));
	assert_true(root_name(names, target_value(t, "data") + 8, name, sizeof(name)));
	assert_string_equal(name, "program: app_data+0x8");
	assert_true(root_name(names, target_value(t, "bss") + 800, name, sizeof(name)));
	assert_string_equal(name, "program: app_bss+0x320");
	allocator_recognise(core, core_file_open, core->context, &allocator);
	assert_int_equal(allocator.kind, ALLOCATOR_GLIBC);
	assert_int_equal(allocator.others, 0);
	cxx_types_free(types);
	root_names_free(names);
}

static void check_real(struct target *t, const struct memory_image *live, const char *path,
		       bool by_kernel)
{
	const uint64_t map = target_value(t, "map");
	struct memory_image core = MEMORY_IMAGE_NONE;
	const struct mapping *region, *text;
	uint64_t word;
	struct fault f;

	if (core_file_read(path, "", &core, &f) < 0)
		fail_msg("%s", f.what);
	assert_true(compare(live, &core) > 200000);
	check_names(live, &core);
	assert_int_equal(core.threads, 3);
	assert_int_equal(core.thread[0].tid, live->pid);
	assert_int_equal(core.pid, live->pid);
	assert_string_equal(core_file_info(&core)->comm, "program");
	assert_int_equal(core_file_info(&core)->signal, by_kernel ? SIGABRT : 0);
	for (uint32_t i = 0; i < core.threads; i++) {
		assert_true(core.thread[i].in_syscall || by_kernel);
		assert_true(core.thread[i].xstate_bytes >= 512 + 64);
		assert_non_null(image_at(&core, core.thread[i].reg[IMAGE_RSP], 8));
		assert_non_null(image_at(&core, core.thread[i].reg[IMAGE_FS_BASE], 8));
	}
	check_meaning(t, &core);
	/* Three pages of 63 were written. */
	region = image_find(&core, map);
	assert_non_null(region);
	word = 0;
	for (uint32_t i = 0; i < region->runs; i++) {
		const struct page_run *r = &region->run[i];

		if (r->start < map + (63 << 12) && r->end > map)
			word += (MIN(r->end, map + (63 << 12)) - MAX(r->start, map)) / 4096;
	}
	assert_int_equal(word, 3);
	/* Code is in no core, but in the file. */
	text = image_find(&core, core.thread[0].reg[IMAGE_RIP]);
	assert_true(text && text->flags & MAPPING_EXEC && !text->copy);
	assert_int_equal(image_read(&core, core.thread[0].reg[IMAGE_RIP], &word, sizeof(word)), 0);
	done(&core);
}

static void test_real(void **state)
{
	unsigned checked = 0;

	for (size_t i = 0; i < ARRAY_SIZE(linkings); i++) {
		struct memory_image live = MEMORY_IMAGE_NONE;
		struct target t;
		char path[256];

		if (target_cxx(&t, &linkings[i])) {
			target_start(&t, "program", NULL);
			target_image(&t, &live);
			if (target_gcore(&t, path, sizeof(path))) {
				check_real(&t, &live, path, false);
				checked++;
			}
			if (target_kernel_core(&t, path, sizeof(path))) {
				check_real(&t, &live, path, true);
				checked++;
			}
			memory_image_release(&live);
		}
		target_end(&t);
	}
	if (checked == 0)
		skip_because("no compiler, or core_pattern leads elsewhere and gdb is missing");
}

/* The file was replaced after the core was made: its bytes are not the process's. */
static void test_other_build(void **state)
{
	struct memory_image core = MEMORY_IMAGE_NONE;
	const struct mapping *m;
	struct target t;
	char path[256];
	uint64_t rip, word;
	struct fault f;
	int fd;

	if (!target_cxx(&t, &linkings[0])) {
		target_end(&t);
		skip_because("no C++ compiler");
	}
	target_start(&t, "program", NULL);
	if (!target_kernel_core(&t, path, sizeof(path))) {
		target_end(&t);
		skip_because("core_pattern leads elsewhere");
	}
	assert_int_equal(core_file_read(path, "", &core, &f), 0);
	(void)snprintf(path, sizeof(path), "%s/program", t.dir);
	m = named(&core, path);
	assert_non_null(m);
	/* A page of the program that is in its file only. */
	rip = m->start + 4096;
	assert_int_equal(image_read(&core, rip, &word, sizeof(word)), 0);
	fd = core_file_open(core.context, m);
	assert_true(fd >= 0);
	(void)close(fd);
	done(&core);

	assert_int_equal(target_shell(&t, "g++ -O0 -std=c++17 -pthread -o new program.cc && "
					  "cp kernel.core again.core && mv new program"),
			 0);
	(void)snprintf(path, sizeof(path), "%s/again.core", t.dir);
	assert_int_equal(core_file_read(path, "", &core, &f), 0);
	assert_int_equal(image_read(&core, rip, &word, sizeof(word)), -ESTALE);
	assert_int_equal(core_file_open(core.context, image_find(&core, rip)), -ESTALE);
	/* The first page is in the core. */
	assert_int_equal(image_read(&core, rip - 4096, &word, sizeof(word)), 0);
	done(&core);
	target_end(&t);
}

/* The files of another machine: found below the sysroot, and no link leads out of it. */
static void test_sysroot(void **state)
{
	struct memory_image core = MEMORY_IMAGE_NONE;
	struct target t;
	char path[256], sysroot[256];
	const struct mapping *m;
	uint64_t word;
	struct fault f;

	if (!target_cxx(&t, &linkings[0])) {
		target_end(&t);
		skip_because("no C++ compiler");
	}
	target_start(&t, "program", NULL);
	if (!target_kernel_core(&t, path, sizeof(path))) {
		target_end(&t);
		skip_because("core_pattern leads elsewhere");
	}
	/* The folder is the other machine's /srv; a link there is absolute. */
	assert_int_equal(target_shell(&t, "mkdir -p root$PWD root/srv && mv program root/srv && "
					  "ln -s /srv/program root$PWD/program"),
			 0);
	(void)snprintf(sysroot, sizeof(sysroot), "%s/root", t.dir);
	assert_int_equal(core_file_read(path, sysroot, &core, &f), 0);
	m = image_find(&core, core.thread[0].reg[IMAGE_RIP]);
	assert_non_null(m);
	/* libc is not there, the program is. */
	assert_int_equal(image_read(&core, core.thread[0].reg[IMAGE_RIP], &word, sizeof(word)),
			 -ENOENT);
	(void)snprintf(path, sizeof(path), "%s/program", t.dir);
	m = named(&core, path);
	assert_non_null(m);
	assert_int_equal(image_read(&core, m->start + 4096, &word, sizeof(word)), 0);
	done(&core);
	(void)snprintf(path, sizeof(path), "%s/kernel.core", t.dir);
	assert_int_equal(core_file_read(path, "", &core, &f), 0);
	(void)snprintf(path, sizeof(path), "%s/program", t.dir);
	m = named(&core, path);
	assert_non_null(m);
	assert_int_equal(image_read(&core, m->start + 4096, &word, sizeof(word)), -ENOENT);
	done(&core);
	assert_int_equal(core_file_read("/proc/self/exe", "/nonexistent", &core, &f), -ENOENT);
	target_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_other_build),
		cmocka_unit_test(test_sysroot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
