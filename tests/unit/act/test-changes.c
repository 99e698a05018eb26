/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "unit.h"

#include "act/changes.h"
#include "base/arena.h"
#include "base/fd.h"

#define BOOT "01234567-89ab-cdef-0123-456789abcdef"

static char dir[] = "/tmp/test-changes-XXXXXX";
static char file[64];
static struct changes c, again;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(file, sizeof(file), "%s/state", dir);
	return 0;
}

static int tear_down(void **state)
{
	char scratch[80];

	(void)state;
	(void)snprintf(scratch, sizeof(scratch), "%s.new", file);
	(void)unlink(scratch);
	(void)unlink(file);
	return rmdir(dir);
}

static struct change adj_change(int32_t pid)
{
	return (struct change){
		.kind = CHANGE_OOM_SCORE_ADJ, .id = { pid, 77 }, .before = "0", .after = "812"
	};
}

static void put_file(const char *text)
{
	_cleanup_close_ int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static uint32_t count(const struct changes *of)
{
	uint32_t n = 0;

	for (size_t i = 0; i < CHANGES_MAX; i++)
		n += of->entry[i].kind != CHANGE_NONE;
	return n;
}

static void start(void)
{
	struct fault f;

	(void)unlink(file);
	assert_int_equal(changes_load(&c, file, BOOT, &f), 0);
	assert_int_equal(count(&c), 0);
}

static void test_round_trip(void **state)
{
	struct change unit = { .kind = CHANGE_UNIT_HIGH,
			       .id = { 9, UINT64_C(1) << 62 },
			       .path = "a\\x2db\"\n.service",
			       .before = "max",
			       .after = "1073741824" };
	struct change level = {
		.kind = CHANGE_SYSCTL, .path = CHANGE_PRINTK, .before = "7", .after = "4"
	};
	struct change adj = adj_change(42), *entry;
	struct fault f;

	start();
	assert_int_equal(changes_add(&c, &adj, &entry, &f), 0);
	assert_int_equal(changes_add(&c, &unit, NULL, &f), 0);
	/* What a crash at this very moment would leave: each change is in the file before it is
	 * made. */
	assert_int_equal(changes_load(&again, file, BOOT, &f), 0);
	assert_int_equal(count(&again), 2);
	assert_memory_equal(&again.entry[0], &adj, sizeof(adj));
	assert_memory_equal(&again.entry[1], &unit, sizeof(unit));
	assert_int_equal(changes_add(&c, &level, NULL, &f), 0);
	assert_int_equal(changes_load(&again, file, BOOT, &f), 0);
	assert_memory_equal(&again.entry[2], &level, sizeof(level));
	assert_ptr_equal(changes_find(&c, CHANGE_SYSCTL, (struct process_id){ 0, 0 }), &c.entry[2]);
	assert_int_equal(changes_remove(&c, &c.entry[2], &f), 0);
	assert_ptr_equal(changes_find(&c, CHANGE_OOM_SCORE_ADJ, adj.id), entry);
	assert_null(changes_find(&c, CHANGE_MEMORY_HIGH, adj.id));
	assert_null(changes_find(&c, CHANGE_OOM_SCORE_ADJ, (struct process_id){ 42, 78 }));

	assert_int_equal(changes_remove(&c, entry, &f), 0);
	assert_int_equal(changes_load(&again, file, BOOT, &f), 0);
	assert_int_equal(count(&again), 1);
	assert_int_equal(again.entry[0].kind, CHANGE_UNIT_HIGH);
}

static void test_only_root_can_read_it(void **state)
{
	struct change adj = adj_change(1);
	struct stat st;
	struct fault f;

	start();
	assert_int_equal(changes_add(&c, &adj, NULL, &f), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* A crash while the new file was written: the old one is whole, the rest is overwritten. */
static void test_torn_scratch_is_ignored(void **state)
{
	struct change adj = adj_change(5);
	char scratch[80];
	struct fault f;
	FILE *torn;

	start();
	assert_int_equal(changes_add(&c, &adj, NULL, &f), 0);
	(void)snprintf(scratch, sizeof(scratch), "%s.new", file);
	torn = fopen(scratch, "we");
	assert_non_null(torn);
	(void)fputs("{\"schema\": \"bulkh", torn);
	assert_int_equal(fclose(torn), 0);
	assert_int_equal(changes_load(&again, file, BOOT, &f), 0);
	assert_int_equal(count(&again), 1);
	adj.id.pid = 6;
	assert_int_equal(changes_add(&again, &adj, NULL, &f), 0);
	assert_int_equal(changes_load(&c, file, BOOT, &f), 0);
	assert_int_equal(count(&c), 2);
}

#define HEAD "{\"schema\":\"bulkhead.guard.state/1\",\"boot_id\":\"" BOOT "\",\"changes\":"
#define ENTRY(kind, pid, path, before)                                                             \
	"{\"kind\":\"" kind "\",\"pid\":" pid ",\"starttime\":1,\"path\":\"" path                  \
	"\",\"before\":\"" before "\",\"after\":\"1\"}"

static const struct {
	const char *text;
	int result;
	uint32_t entries;
} files[] = {
	{ "", -EPROTO, 0 },
	{ "{", -EPROTO, 0 },
	{ "[]", -EPROTO, 0 },
	{ "null", -EPROTO, 0 },
	{ "{\"schema\":\"other/1\",\"boot_id\":\"" BOOT "\",\"changes\":[]}", -EPROTO, 0 },
	{ HEAD "[]}", 0, 0 },
	{ HEAD "[]", -EPROTO, 0 },
	{ HEAD "[]}x", -EPROTO, 0 },
	{ HEAD "{}}", -EPROTO, 0 },
	{ HEAD "7}", -EPROTO, 0 },
	{ HEAD "[7]}", -EPROTO, 0 },
	{ HEAD "[" ENTRY("oom_score_adj", "7", "", "0") "]}", 0, 1 },
	/* one bad entry: nothing is restored from such a file */
	{ HEAD "[" ENTRY("oom_score_adj", "7", "", "0") "," ENTRY("rm -rf", "7", "", "0") "]}",
	  -EPROTO, 0 },
	{ HEAD "[" ENTRY("", "7", "", "0") "]}", -EPROTO, 0 },
	{ HEAD "[" ENTRY("oom_score_adj", "0", "", "0") "]}", -EPROTO, 0 },
	{ HEAD "[" ENTRY("oom_score_adj", "-1", "", "0") "]}", -EPROTO, 0 },
	{ HEAD "[" ENTRY("oom_score_adj", "\"7\"", "", "0") "]}", -EPROTO, 0 },
	{ HEAD "[" ENTRY("oom_score_adj", "7", "", "0123456789012345678901234567890") "]}", 0, 1 },
	{ HEAD "[" ENTRY("oom_score_adj", "7", "", "01234567890123456789012345678901") "]}",
	  -EPROTO, 0 },
	{ HEAD "[" ENTRY("memory.high", "7", "/a/../../etc", "0") "]}", -EPROTO, 0 },
	{ HEAD "[" ENTRY("memory.high", "7", "..", "0") "]}", -EPROTO, 0 },
	{ HEAD "[" ENTRY("memory.high", "7", "/a/..", "0") "]}", -EPROTO, 0 },
	/* Anyone with a delegated cgroup may name one so. */
	{ HEAD "[" ENTRY("memory.high", "7", "/a..b/..c/d..", "0") "]}", 0, 1 },
	{ HEAD "[" ENTRY("memory.high", "7", "/a.../...", "0") "]}", 0, 1 },
	/* one sysctl only, of no process: nothing else could be restored through a forged file */
	{ HEAD "[" ENTRY("sysctl", "0", "kernel/printk", "7") "]}", 0, 1 },
	{ HEAD "[" ENTRY("sysctl", "7", "kernel/printk", "7") "]}", -EPROTO, 0 },
	{ HEAD "[" ENTRY("sysctl", "0", "kernel/core_pattern", "|/x") "]}", -EPROTO, 0 },
	{ HEAD "[" ENTRY("sysctl", "0", "kernel/../kernel/printk", "7") "]}", -EPROTO, 0 },
	{ HEAD "[],\"changes\":[]}", -EPROTO, 0 },
	/* pids of another boot mean nothing */
	{ "{\"schema\":\"bulkhead.guard.state/1\",\"boot_id\":\"other\",\"changes\":[" ENTRY(
		  "oom_score_adj", "7", "", "0") "]}",
	  0, 0 },
};

static void test_hostile_files(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct fault f = { 0 };
		int r;

		put_file(files[i].text);
		r = changes_load(&c, file, BOOT, &f);
		if (r != files[i].result || count(&c) != files[i].entries || (r < 0 && !f.what[0]))
			fail_msg("%s: got %d and %u entries", files[i].text, r, count(&c));
	}
}

static void test_too_large(void **state)
{
	struct fault f;
	_cleanup_close_ int fd = -1;

	put_file("");
	fd = open(file, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_equal(changes_load(&c, file, BOOT, &f), -EFBIG);
}

/* A link somebody planted is not followed, neither to be read nor to be written through. */
static void test_links_are_not_followed(void **state)
{
	struct change adj = adj_change(5);
	char target[80], scratch[80];
	struct fault f;
	struct stat st;

	start();
	(void)snprintf(target, sizeof(target), "%s/target", dir);
	(void)snprintf(scratch, sizeof(scratch), "%s.new", file);
	(void)unlink(scratch);
	assert_int_equal(symlink(target, scratch), 0);
	assert_int_equal(changes_add(&c, &adj, NULL, &f), -ELOOP);
	assert_int_equal(count(&c), 0);
	assert_true(stat(target, &st) < 0);
	assert_int_equal(unlink(scratch), 0);
	assert_int_equal(symlink(target, file), 0);
	assert_int_equal(changes_load(&c, file, BOOT, &f), -ELOOP);
}

static void test_full(void **state)
{
	struct change adj = adj_change(1);
	struct fault f;

	start();
	for (int i = 0; i < CHANGES_MAX; i++) {
		adj.id.pid = 100 + i;
		assert_int_equal(changes_add(&c, &adj, NULL, &f), 0);
	}
	assert_int_equal(changes_add(&c, &adj, NULL, &f), -ENOSPC);
	assert_int_equal(changes_load(&again, file, BOOT, &f), 0);
	assert_int_equal(count(&again), CHANGES_MAX);
}

/* What cannot be recorded must not be done: the entry is not kept. */
static void test_unwritable(void **state)
{
	struct change adj = adj_change(1);
	struct fault f = { 0 };

	assert_int_equal(changes_load(&c, "/proc/no/state", BOOT, &f), 0);
	assert_true(changes_add(&c, &adj, NULL, &f) < 0);
	assert_non_null(strstr(f.what, "cannot write the state file"));
	assert_int_equal(count(&c), 0);
}

static void test_without_a_file(void **state)
{
	struct change adj = adj_change(1);
	struct fault f;

	assert_int_equal(changes_load(&c, "", BOOT, &f), 0);
	assert_int_equal(changes_add(&c, &adj, NULL, &f), 0);
	assert_int_equal(count(&c), 1);
}

static struct arena arena;

static void *from_arena(size_t size)
{
	return arena_alloc(&arena, size);
}

static void to_arena(void *p)
{
	(void)p;
}

/* Guard saves from an arena of 320 KiB (cmd/guard_tell.c): the fullest file must fit, and by far.
 */
static void test_fits_into_guards_arena(void **state)
{
	static _Alignas(64) char memory[320 * 1024];
	struct change e = { .kind = CHANGE_MEMORY_HIGH,
			    .id = { 4194304, UINT64_MAX >> 1 },
			    .before = "18446744073709551615",
			    .after = "18446744073709551615" };
	struct fault f;
	size_t most = 0;

	memset(e.path, '"', sizeof(e.path) - 1);
	start();
	arena = (struct arena){ .buf = memory, .size = sizeof(memory) };
	json_set_alloc_funcs(from_arena, to_arena);
	for (int i = 0; i < CHANGES_MAX; i++) {
		arena_reset(&arena);
		assert_int_equal(changes_add(&c, &e, NULL, &f), 0);
	}
	most = arena.most;
	json_set_alloc_funcs(malloc, free);
	print_message("# %d entries took %zu bytes of jansson's memory\n", CHANGES_MAX, most);
	assert_true(most < sizeof(memory) * 3 / 4);
	assert_int_equal(changes_load(&again, file, BOOT, &f), 0);
	assert_int_equal(count(&again), CHANGES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_only_root_can_read_it),
		cmocka_unit_test(test_torn_scratch_is_ignored),
		cmocka_unit_test(test_hostile_files),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_links_are_not_followed),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_unwritable),
		cmocka_unit_test(test_without_a_file),
		cmocka_unit_test(test_fits_into_guards_arena),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
