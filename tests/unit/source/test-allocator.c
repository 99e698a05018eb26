/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocators by their names and symbols in real processes. The real ones are used where they are
 * installed, or below BULKHEAD_ALLOCATORS (packages unpacked there); the rules are also held to
 * libraries made here, which export what the real ones do.
 */
#include "target.h"

#include "source/allocator.h"

#define WAITS                                                                                      \
	"#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n"                           \
	"int main(void) { char *volatile p = malloc(100); free(p);\n"                              \
	"printf(\"ready\\n\"); fflush(stdout); for (;;) pause(); }\n"

/* Forwards to glibc, and exports one more symbol. */
#define LIBRARY(symbol)                                                                            \
	"#include <stddef.h>\nvoid *__libc_malloc(size_t);\n"                                      \
	"void *malloc(size_t n) { return __libc_malloc(n); }\nint " symbol                         \
	"(void) { return 1; }\n"

static bool start(struct target *t, const char *source, const char *command)
{
	target_dir(t);
	target_source(t, "p.c", source);
	return have_program("gcc") && target_shell(t, command) == 0;
}

static struct allocator_info recognise(struct target *t, bool with_files, bool with_memory)
{
	struct allocator_info info = { .kind = ALLOCATOR_KINDS };
	struct memory_image m;

	target_image(t, &m);
	if (!with_memory)
		m.peek = NULL;
	allocator_recognise(&m, with_files ? target_open : NULL, t, &info);
	memory_image_release(&m);
	return info;
}

static void check(struct target *t, const char *preload, enum allocator_kind kind, uint32_t others,
		  const char *where)
{
	struct allocator_info info;

	target_start(t, "program", preload);
	info = recognise(t, true, true);
	if (info.kind != kind || info.others != others || !strstr(info.where, where))
		fail_msg("%s and 0x%x in '%s', not %s and 0x%x in %s", allocator_name(info.kind),
			 info.others, info.where, allocator_name(kind), others, where);
	/* Without the program's memory its link map is not known; the rest still is. */
	info = recognise(t, true, false);
	assert_int_equal(info.kind, kind);
	target_kill(t, SIGKILL);
}

static void test_glibc(void **state)
{
	static const char *const ways[] = { "gcc -o program p.c", "gcc -static -o program p.c",
					    "gcc -static-pie -o program p.c",
					    "gcc -static -s -o program p.c" };
	unsigned checked = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct target t;

		if (start(&t, WAITS, ways[i])) {
			check(&t, NULL, ALLOCATOR_GLIBC, 0, i == 0 ? "/libc.so.6" : "/program");
			checked++;
		}
		target_end(&t);
	}
	if (checked == 0)
		skip_because("no C compiler");
}

static void test_preloaded(void **state)
{
	static const struct {
		const char *source, *file;
		enum allocator_kind kind;
		uint32_t others;
	} rows[] = {
		{ LIBRARY("mallctl"), "libany.so", ALLOCATOR_JEMALLOC, 1 << ALLOCATOR_GLIBC },
		{ LIBRARY("tc_malloc"), "libtcmalloc.so.4", ALLOCATOR_TCMALLOC,
		  1 << ALLOCATOR_GLIBC },
		{ LIBRARY("mi_malloc"), "libmimalloc.so.2", ALLOCATOR_MIMALLOC,
		  1 << ALLOCATOR_GLIBC },
		{ LIBRARY("scalable_malloc"), "libx.so", ALLOCATOR_TBB, 1 << ALLOCATOR_GLIBC },
		{ LIBRARY("__asan_init"), "libx.so", ALLOCATOR_SANITIZER, 1 << ALLOCATOR_GLIBC },
		/* A wrapper of unknown kind, as heaptrack's and our own tap, leads to glibc. */
		{ LIBRARY("something"), "libwrap.so", ALLOCATOR_GLIBC, 0 },
		/* A name alone does not make it one, when its symbols can be read. */
		{ "int mallctl(void) { return 1; }\n", "libjemalloc.so.2", ALLOCATOR_GLIBC,
		  1 << ALLOCATOR_JEMALLOC },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct target t;
		char command[256], path[256];

		if (!start(&t, WAITS, "gcc -o program p.c")) {
			target_end(&t);
			skip_because("no C compiler");
		}
		target_source(&t, "l.c", rows[i].source);
		(void)snprintf(command, sizeof(command), "gcc -fno-builtin -shared -fPIC -o %s l.c",
			       rows[i].file);
		assert_int_equal(target_shell(&t, command), 0);
		(void)snprintf(path, sizeof(path), "%s/%s", t.dir, rows[i].file);
		check(&t, path, rows[i].kind, rows[i].others,
		      rows[i].kind == ALLOCATOR_GLIBC ? "/libc.so.6" : rows[i].file);
		target_end(&t);
	}
}

/* What dlopen brings does not take over malloc; only the dynamic linker's list tells that. */
static void test_dlopened(void **state)
{
	struct allocator_info info;
	struct target t;

	if (!start(&t,
		   "#include <dlfcn.h>\n#include <stdio.h>\n#include <unistd.h>\n"
		   "int main(void) { if (!dlopen(\"./libjemalloc.so.2\", RTLD_NOW)) return 1;\n"
		   "printf(\"ready\\n\"); fflush(stdout); for (;;) pause(); }\n",
		   "gcc -o program p.c")) {
		target_end(&t);
		skip_because("no C compiler");
	}
	target_source(&t, "l.c", LIBRARY("mallctl"));
	assert_int_equal(target_shell(&t, "gcc -fno-builtin -shared -fPIC -o libjemalloc.so.2 l.c"),
			 0);
	target_start(&t, "program", NULL);
	info = recognise(&t, true, true);
	assert_int_equal(info.kind, ALLOCATOR_GLIBC);
	assert_int_equal(info.others, 1 << ALLOCATOR_JEMALLOC);
	/* No file can be opened: by its name it is one, and its place says it is not asked. */
	info = recognise(&t, false, true);
	assert_int_equal(info.kind, ALLOCATOR_GLIBC);
	assert_int_equal(info.others, 1 << ALLOCATOR_JEMALLOC);
	target_end(&t);
}

/* Linked into the program: exported, malloc is its; under another name, libc's is still malloc. */
static void test_in_program(void **state)
{
	static const struct {
		const char *more;
		enum allocator_kind kind;
		uint32_t others;
	} rows[] = {
		{ "void *malloc(size_t n) { return sbrk((n + 15) & ~15); }\nvoid free(void *p) {}\n"
		  "int mallctl(void) { return 1; }\n",
		  ALLOCATOR_JEMALLOC, 1 << ALLOCATOR_GLIBC },
		{ "int _rjem_mallctl(void) { return 1; }\n", ALLOCATOR_GLIBC,
		  1 << ALLOCATOR_JEMALLOC },
		{ "const char *volatile text = \"<jemalloc>: \";\n", ALLOCATOR_GLIBC,
		  1 << ALLOCATOR_JEMALLOC },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct target t;
		char source[1024];

		(void)snprintf(source, sizeof(source), "%s%s", WAITS, rows[i].more);
		if (!start(&t, source, "gcc -fno-builtin -o program p.c 2>/dev/null")) {
			target_end(&t);
			skip_because("no C compiler");
		}
		check(&t, NULL, rows[i].kind, rows[i].others,
		      rows[i].kind == ALLOCATOR_GLIBC ? "/libc.so.6" : "/program");
		target_end(&t);
	}
}

static void test_sanitizers(void **state)
{
	static const char *const ways[] = {
		"gcc -fsanitize=address -o program p.c",
		"gcc -fsanitize=leak -o program p.c",
		"gcc -static-libasan -fsanitize=address -o program p.c",
		"clang -fsanitize=address -o program p.c",
		"clang -fsanitize=leak -o program p.c",
	};
	unsigned checked = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct target t;
		char command[256];

		(void)snprintf(command, sizeof(command), "%s 2>/dev/null", ways[i]);
		if (start(&t, WAITS, command)) {
			check(&t, NULL, ALLOCATOR_SANITIZER, 1 << ALLOCATOR_GLIBC, "/");
			checked++;
		}
		target_end(&t);
	}
	if (checked == 0)
		skip_because("no sanitizer");
}

/* A library of the package, installed or unpacked. */
static bool find_library(const char *path, char *full, size_t size)
{
	const char *top = getenv("BULKHEAD_ALLOCATORS");

	(void)snprintf(full, size, "%s/%s", top ? top : "", path);
	return access(full, R_OK) == 0;
}

static void test_real_libraries(void **state)
{
	static const struct {
		const char *path;
		enum allocator_kind kind;
	} rows[] = {
		{ "usr/lib/x86_64-linux-gnu/libjemalloc.so.2", ALLOCATOR_JEMALLOC },
		{ "usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4", ALLOCATOR_TCMALLOC },
		{ "usr/lib/x86_64-linux-gnu/libtcmalloc.so.4", ALLOCATOR_TCMALLOC },
		{ "usr/lib/x86_64-linux-gnu/libmimalloc.so.2", ALLOCATOR_MIMALLOC },
		{ "usr/lib/x86_64-linux-gnu/libtbbmalloc_proxy.so.2", ALLOCATOR_TBB },
	};
	unsigned checked = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct target t;
		char path[512];

		if (!find_library(rows[i].path, path, sizeof(path)))
			continue;
		if (start(&t, WAITS, "gcc -o program p.c")) {
			check(&t, path, rows[i].kind, 1 << ALLOCATOR_GLIBC,
			      allocator_name(rows[i].kind));
			checked++;
		}
		target_end(&t);
	}
	if (checked == 0)
		skip_because("no jemalloc, tcmalloc or mimalloc is installed");
}

static void test_musl(void **state)
{
	static const char flags[] = "gcc -nostdinc -nostdlib -no-pie -fno-pie -o program";
	char libc[512], crt[512], include[512], command[4096];
	unsigned checked = 0;
	struct target t;

	if (!find_library("lib/x86_64-linux-musl/libc.so", libc, sizeof(libc)) ||
	    !find_library("usr/lib/x86_64-linux-musl", crt, sizeof(crt)) ||
	    !find_library("usr/include/x86_64-linux-musl", include, sizeof(include)))
		skip_because("no musl is installed");
	(void)snprintf(command, sizeof(command),
		       "d=%s && %s -isystem %s -Wl,-dynamic-linker,%s $d/crt1.o $d/crti.o p.c %s "
		       "$d/crtn.o",
		       crt, flags, include, libc, libc);
	if (start(&t, WAITS, command)) {
		check(&t, NULL, ALLOCATOR_MUSL, 0, "libc.so");
		checked++;
	}
	target_end(&t);
	(void)snprintf(command, sizeof(command),
		       "d=%s && %s -static -isystem %s $d/crt1.o $d/crti.o p.c $d/libc.a $d/crtn.o",
		       crt, flags, include);
	if (start(&t, WAITS, command)) {
		check(&t, NULL, ALLOCATOR_MUSL, 0, "/program");
		checked++;
	}
	target_end(&t);
	if (checked == 0)
		skip_because("nothing could be linked with musl");
}

/* Nothing there. */
static void test_unknown(void **state)
{
	const struct memory_image none = MEMORY_IMAGE_NONE;
	struct allocator_info info;

	allocator_recognise(&none, NULL, NULL, &info);
	assert_int_equal(info.kind, ALLOCATOR_UNKNOWN);
	assert_int_equal(info.others, 0);
	assert_string_equal(info.where, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glibc),	   cmocka_unit_test(test_preloaded),
		cmocka_unit_test(test_dlopened),   cmocka_unit_test(test_in_program),
		cmocka_unit_test(test_sanitizers), cmocka_unit_test(test_real_libraries),
		cmocka_unit_test(test_musl),	   cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
