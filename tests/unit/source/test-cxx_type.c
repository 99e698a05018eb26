/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "target.h"

#include "source/cxx_type.h"
#include "source/demangle.h"

static void check_type(struct cxx_types *t, const struct memory_image *m, uint64_t object,
		       const char *expected, bool is_vtable)
{
	char name[160] = "";
	uint64_t vtable = 0;

	assert_int_equal(image_read(m, object, &vtable, sizeof(vtable)), 0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(cxx_type_name(t, vtable, name, sizeof(name)), expected != NULL);
		if (expected)
			assert_string_equal(name, expected);
		assert_int_equal(cxx_is_vtable(t, vtable), is_vtable);
	}
}

static void check_program(struct target *t)
{
	struct memory_image m;
	struct cxx_types *types;

	target_start(t, "program", NULL);
	target_image(t, &m);
	types = cxx_types_new(&m);
	assert_non_null(types);
	check_type(types, &m, target_value(t, "node"), "app::Node", true);
	check_type(types, &m, target_value(t, "box"),
		   "app::Box<std::vector<int, std::allocator<int> > >", true);
	check_type(types, &m, target_value(t, "both"), "app::Both", true);
	/* The second base of the same object. */
	check_type(types, &m, target_value(t, "other"), "app::Both", true);
	check_type(types, &m, target_value(t, "hidden"), "(anonymous namespace)::Hidden", true);
	/* Of one virtual function: by its type_info, not by valgrind's count of two. What follows
	 * it in .data.rel.ro decides that. */
	check_type(types, &m, target_value(t, "plain"), NULL, false);
	{
		char name[160];
		uint64_t vtable = 0;

		assert_int_equal(image_read(&m, target_value(t, "single"), &vtable, 8), 0);
		assert_true(cxx_type_name(types, vtable, name, sizeof(name)));
		assert_string_equal(name, "app::Single");
		assert_true(cxx_type_name(types, vtable, name, 8));
		assert_string_equal(name, "app:...");
	}
	/* No vtables: the heap, the stack, code, variables, and past one. */
	for (const char *const *key = (const char *const[]){ "node", "local", "data", "map", NULL };
	     *key; key++)
		assert_false(cxx_is_vtable(types, target_value(t, *key)));
	cxx_types_free(types);
	memory_image_release(&m);
	target_kill(t, SIGKILL);
}

static void test_real(void **state)
{
	unsigned checked = 0;

	for (size_t i = 0; i < ARRAY_SIZE(linkings); i++) {
		struct target t;

		if (target_cxx(&t, &linkings[i])) {
			check_program(&t);
			checked++;
		}
		target_end(&t);
	}
	if (checked == 0)
		skip_because("no C++ compiler");
}

/* Two mappings of hostile content, the second ending where the world does. */
#define BASE UINT64_C(0x10000000)
struct hostile {
	struct mapping mapping[2];
	struct memory_image m;
	uint64_t *word; /* of [0], one page, readable */
};

static void hostile_begin(struct hostile *h)
{
	static char path[] = "/lib/a";

	*h = (struct hostile){ 0 };
	h->mapping[0] = (struct mapping){
		.start = BASE, .end = BASE + 4096, .inode = 1, .path = path, .flags = MAPPING_READ
	};
	h->mapping[1] = (struct mapping){ .start = BASE + 4096,
					  .end = BASE + 8192,
					  .inode = 1,
					  .path = path,
					  .flags = MAPPING_READ | MAPPING_EXEC };
	assert_int_equal(mapping_reserve(&h->mapping[0]), 0);
	h->word = (uint64_t *)(void *)h->mapping[0].copy;
	h->m = (struct memory_image){ .mapping = h->mapping, .mappings = 2 };
}

static void test_hostile(void **state)
{
	struct hostile h;
	struct cxx_types *t;
	char name[64];
	static const char *const bad[] = { "",	"x", "9999999999Foo", "3Fo", "N", "4N\033[m",
					   "Z", "i" };

	hostile_begin(&h);
	h.word[1] = BASE + 64;	 /* type_info of the vtable at BASE + 16 */
	h.word[2] = BASE + 5000; /* functions */
	h.word[3] = BASE + 5008;
	h.word[8] = BASE + 80;
	h.word[9] = BASE + 128;
	memcpy(h.mapping[0].copy + 128, "3Foo", 5);
	t = cxx_types_new(&h.m);
	assert_non_null(t);
	assert_true(cxx_type_name(t, BASE + 16, name, sizeof(name)));
	assert_string_equal(name, "Foo");
	assert_true(cxx_is_vtable(t, BASE + 16));
	assert_false(cxx_is_vtable(t, BASE + 17));
	assert_false(cxx_is_vtable(t, 16));
	assert_false(cxx_is_vtable(t, BASE));	     /* a word that is no code */
	assert_false(cxx_is_vtable(t, BASE + 24));   /* one function */
	assert_false(cxx_is_vtable(t, BASE + 4088)); /* at the end */
	assert_false(cxx_is_vtable(t, UINT64_MAX - 7));
	assert_false(cxx_type_name(t, BASE, name, sizeof(name)));
	assert_false(cxx_type_name(t, 0, name, sizeof(name)));
	assert_false(cxx_type_name(t, 8, name, sizeof(name)));
	assert_false(cxx_type_name(t, UINT64_MAX - 7, name, sizeof(name)));
	cxx_types_free(t);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memcpy(h.mapping[0].copy + 128, bad[i], strlen(bad[i]) + 1);
		t = cxx_types_new(&h.m);
		assert_non_null(t);
		if (cxx_type_name(t, BASE + 16, name, sizeof(name)))
			fail_msg("'%s' is no class", bad[i]);
		cxx_types_free(t);
	}
	/* A text without an end, to the end of the mapping. */
	memset(h.mapping[0].copy + 128, '1', 4096 - 128);
	t = cxx_types_new(&h.m);
	assert_non_null(t);
	assert_false(cxx_type_name(t, BASE + 16, name, sizeof(name)));
	cxx_types_free(t);
	/* offset-to-top is a multiple of a word and not positive. */
	memcpy(h.mapping[0].copy + 128, "3Foo", 5);
	h.word[0] = 8;
	t = cxx_types_new(&h.m);
	assert_non_null(t);
	assert_false(cxx_type_name(t, BASE + 16, name, sizeof(name)));
	cxx_types_free(t);
	(void)munmap(h.mapping[0].copy, 4096);
}

static void test_demangle(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char name[64], bomb[2048], nested[4000];
	size_t n;

	assert_true(demangle("_ZN3app7counterE", name, sizeof(name)));
	assert_string_equal(name, "app::counter");
	assert_true(demangle("N3app4NodeE", name, sizeof(name)));
	assert_string_equal(name, "app::Node");
	assert_false(demangle("", name, sizeof(name)));
	assert_true(demangle("_ZN1aC1Ev", name, 4));
	assert_string_equal(name, "...");
	/* Each level doubles what the one before stands for: 2^60 bytes. The numbers are base 36.
	 */
	n = (size_t)snprintf(bomb, sizeof(bomb), "_Z1f1aI1bS0_E");
	for (unsigned k = 1; k <= 60; k++) {
		const char low = digits[k % 36];
		const char *high = k < 36 ? "" : "1";

		n += (size_t)snprintf(bomb + n, sizeof(bomb) - n, "S_IS%s%c_S%s%c_E", high, low,
				      high, low);
	}
	assert_true(demangle(bomb, name, sizeof(name)));
	assert_string_equal(name + sizeof(name) - 4, "...");
	memset(nested, 'P', sizeof(nested) - 2);
	memcpy(nested + sizeof(nested) - 2, "i", 2);
	(void)demangle(nested, name, sizeof(name));
	memset(nested, 'N', sizeof(nested) - 1);
	(void)demangle(nested, name, sizeof(name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_demangle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
