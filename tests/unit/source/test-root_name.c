/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "target.h"

#include "source/root_name.h"

static void check_name(struct root_names *n, uint64_t address, const char *expected)
{
	char name[160];

	if (!root_name(n, address, name, sizeof(name)))
		(void)snprintf(name, sizeof(name), "(none)");
	assert_string_equal(name, expected);
}

static void check_program(struct target *t, const char *strip)
{
	struct memory_image m;
	struct root_names *n;
	char name[160], less[8];

	assert_int_equal(target_shell(t, strip), 0);
	target_start(t, "program", NULL);
	target_image(t, &m);
	n = root_names_new(&m, target_open, t);
	assert_non_null(n);
	if (strcmp(strip, "true") == 0) {
		check_name(n, target_value(t, "data"), "program: app_data");
		check_name(n, target_value(t, "data") + 16, "program: app_data+0x10");
		check_name(n, target_value(t, "bss") + 0x7f00, "program: app_bss+0x7f00");
		check_name(n, target_value(t, "counter"), "program: app::counter");
	} else {
		assert_true(root_name(n, target_value(t, "data"), name, sizeof(name)));
		assert_non_null(strstr(name, "program .data+0x"));
		assert_true(root_name(n, target_value(t, "bss") + 0x7f00, name, sizeof(name)));
		assert_non_null(strstr(name, "program .bss+0x"));
		assert_true(root_name(n, target_value(t, "bss"), less, sizeof(less)));
		assert_string_equal(less, "program");
	}
	check_name(n, target_value(t, "node"), "(none)");
	check_name(n, target_value(t, "local"), "(none)");
	check_name(n, target_value(t, "map"), "(none)");
	check_name(n, 0, "(none)");
	check_name(n, UINT64_MAX, "(none)");
	root_names_free(n);
	memory_image_release(&m);
	target_kill(t, SIGKILL);
}

static void test_program(void **state)
{
	unsigned checked = 0;

	for (size_t i = 0; i < ARRAY_SIZE(linkings); i++) {
		struct target t;

		if (target_cxx(&t, &linkings[i])) {
			check_program(&t, "true");
			check_program(&t, "strip program");
			checked++;
		}
		target_end(&t);
	}
	if (checked == 0)
		skip_because("no C++ compiler");
}

/* A variable that libc exports: the library is stripped, .dynsym is left. */
static void test_library(void **state)
{
	struct memory_image m;
	struct root_names *n;
	struct target t;
	char name[160];

	target_dir(&t);
	target_source(&t, "p.c",
		      "#include <stdio.h>\n#include <unistd.h>\nextern char **environ;\n"
		      "int main() { printf(\"ready out=%lx\\n\", (unsigned long)stdout);\n"
		      "fflush(stdout); pause(); }\n");
	if (!have_program("gcc") || target_shell(&t, "gcc -o program p.c") != 0) {
		target_end(&t);
		skip_because("no C compiler");
	}
	target_start(&t, "program", NULL);
	target_image(&t, &m);
	n = root_names_new(&m, target_open, &t);
	assert_non_null(n);
	assert_true(root_name(n, target_value(&t, "out") + 8, name, sizeof(name)));
	assert_non_null(strstr(name, ": _IO_2_1_stdout_+0x8"));
	root_names_free(n);
	memory_image_release(&m);
	target_end(&t);
}

static int open_nothing(void *context, const struct mapping *m)
{
	return -ENOENT;
}

static int open_other(void *context, const struct mapping *m)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static void test_unreadable(void **state)
{
	static char path[] = "/lib/liba.so";
	struct mapping map = { .start = 0x1000, .end = 0x3000, .inode = 1, .path = path };
	const struct memory_image m = { .mapping = &map, .mappings = 1 };
	int (*const opens[])(void *, const struct mapping *) = { open_nothing, open_other };

	for (size_t i = 0; i < ARRAY_SIZE(opens); i++) {
		struct root_names *n = root_names_new(&m, opens[i], NULL);

		assert_non_null(n);
		check_name(n, 0x1800, "(none)");
		check_name(n, 0x2800, "(none)");
		root_names_free(n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_library),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
