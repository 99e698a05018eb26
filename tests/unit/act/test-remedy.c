/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In a tree of its own; what the kernel does with these files is tested in a virtual machine. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#include "act/remedy.h"
#include "base/fd.h"

#define PRINTK "proc/sys/kernel/printk"
#define IGNORE "sys/module/printk/parameters/ignore_loglevel"
#define DUMP "proc/sys/vm/oom_dump_tasks"
#define CONF "etc/sysctl.d/99-zz-bulkhead-printk.conf"
#define STATE REMEDY_STATE_DIR "/" REMEDY_STATE_FILE

static char dir[] = "/tmp/test-remedy-XXXXXX";
static int top = -1;
static struct acts acts;

static const char *const dirs[] = {
	"proc", "proc/sys",    "proc/sys/kernel",   "proc/sys/vm",
	"sys",	"sys/module",  "sys/module/printk", "sys/module/printk/parameters",
	"etc",	"etc/sysctl.d"
};

static void put_file(const char *file, const char *text)
{
	_cleanup_close_ int fd = openat(top, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
}

static void assert_file(const char *file, const char *text)
{
	char buf[REMEDY_CONTENT_SIZE];
	size_t len;

	if (file_read_at(top, file, buf, sizeof(buf), &len) < 0)
		fail_msg("%s is not there", file);
	if (strcmp(buf, text) != 0)
		fail_msg("%s holds '%s', not '%s'", file, buf, text);
}

static bool exists(const char *file)
{
	return faccessat(top, file, F_OK, 0) == 0;
}

/* As it was before the first --fix. */
static void reset(void)
{
	put_file(PRINTK, "7\t4\t1\t7\n");
	put_file(IGNORE, "Y\n");
	put_file(DUMP, "1\n");
	(void)unlinkat(top, CONF, 0);
	(void)unlinkat(top, CONF ".new", 0);
	(void)unlinkat(top, STATE, 0);
	(void)unlinkat(top, STATE ".new", 0);
}

static void assert_original(void)
{
	assert_file(PRINTK, "7\t4\t1\t7\n");
	assert_file(IGNORE, "Y\n");
	assert_file(DUMP, "1\n");
	assert_false(exists(CONF));
	assert_false(exists(CONF ".new"));
	assert_false(exists("etc/sysctl.d/99-zz-bulkhead-oom-dump-tasks.conf"));
	assert_false(exists(STATE));
	assert_false(exists(STATE ".new"));
}

static int set_up(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		if (mkdirat(top, dirs[i], 0755) < 0)
			return -1;
	}
	return top < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = { PRINTK, IGNORE, DUMP };
	static const char *const made[] = { REMEDY_STATE_DIR, "var/lib", "var" };

	reset();
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		(void)unlinkat(top, files[i], 0);
	for (size_t i = 0; i < ARRAY_SIZE(made); i++)
		(void)unlinkat(top, made[i], AT_REMOVEDIR);
	for (size_t i = ARRAY_SIZE(dirs); i > 0; i--)
		(void)unlinkat(top, dirs[i - 1], AT_REMOVEDIR);
	(void)close(top);
	return rmdir(dir);
}

static const struct remedy_order orders[] = {
	{ REMEDY_IGNORE_LOGLEVEL, 0 },
	{ REMEDY_CONSOLE_LOGLEVEL, 4 },
	{ REMEDY_OOM_DUMP_TASKS, 0 },
};

static int fix(uint32_t crash_at)
{
	struct remedy_world w = { .top = top, .steps = { crash_at } };
	struct fault f;

	return remedies_apply(&w, orders, ARRAY_SIZE(orders), &acts, &f);
}

static int undo(uint32_t crash_at)
{
	struct remedy_world w = { .top = top, .steps = { crash_at } };
	struct fault f;

	return remedies_undo(&w, &acts, &f);
}

static const struct act *act_of(const char *file)
{
	for (uint32_t i = 0; i < acts.count; i++) {
		if (strcmp(acts.act[i].file + 1, file) == 0)
			return &acts.act[i];
	}
	fail_msg("no act on %s", file);
	return NULL;
}

static void test_fix_and_undo(void **state)
{
	char buf[REMEDY_CONTENT_SIZE];
	size_t len;

	reset();
	assert_int_equal(fix(0), 0);
	assert_int_equal(acts.count, 5);
	assert_false(acts_failed(&acts));
	assert_string_equal(act_of(PRINTK)->before, "7");
	assert_string_equal(act_of(PRINTK)->after, "4");
	assert_true(act_of(CONF)->before_absent);
	assert_string_equal(act_of(CONF)->after, "kernel.printk = 4");
	assert_file(PRINTK, "4\t4\t1\t7\n");
	assert_file(IGNORE, "N\n");
	assert_file(DUMP, "0\n");
	assert_int_equal(file_read_at(top, CONF, buf, sizeof(buf), &len), 0);
	assert_non_null(strstr(buf, "\nkernel.printk = 4\n"));
	assert_non_null(strstr(buf, "bulkhead doctor --undo"));

	assert_int_equal(undo(0), 0);
	assert_int_equal(acts.count, 5);
	assert_false(acts_failed(&acts));
	assert_original();
	/* Nothing is left to be undone. */
	assert_int_equal(undo(0), 0);
	assert_int_equal(acts.count, 0);
}

static void test_fix_twice_is_fix_once(void **state)
{
	reset();
	assert_int_equal(fix(0), 0);
	assert_int_equal(fix(0), 0);
	for (uint32_t i = 0; i < acts.count; i++)
		assert_int_equal(acts.act[i].result, ACT_ALREADY);
	assert_int_equal(undo(0), 0);
	assert_original();
}

/* A second --fix to another value still comes back to what was there before the first. */
static void test_fix_again_differently(void **state)
{
	const struct remedy_order lower = { REMEDY_CONSOLE_LOGLEVEL, 3 };
	struct remedy_world w = { .top = top };
	struct fault f;

	reset();
	assert_int_equal(fix(0), 0);
	assert_int_equal(remedies_apply(&w, &lower, 1, &acts, &f), 0);
	assert_file(PRINTK, "3\t4\t1\t7\n");
	assert_int_equal(undo(0), 0);
	assert_original();
}

/* Wherever fix ends, undo restores; wherever that ends, the next one does. */
static void test_crash_anywhere(void **state)
{
	uint32_t fix_steps = 0, undo_steps = 0;

	for (uint32_t at = 1;; at++) {
		int r;

		reset();
		r = fix(at);
		assert_true(r == 0 || r == -ECANCELED);
		assert_int_equal(undo(0), 0);
		assert_false(acts_failed(&acts));
		assert_original();
		/* ... and a second fix after the crash does not record the crash's state. */
		reset();
		assert_int_equal(fix(at), r);
		assert_int_equal(fix(0), 0);
		assert_false(acts_failed(&acts));
		assert_int_equal(undo(0), 0);
		assert_original();
		fix_steps = at;
		if (r == 0)
			break;
	}
	for (uint32_t at = 1;; at++) {
		int r;

		reset();
		assert_int_equal(fix(0), 0);
		r = undo(at);
		assert_true(r == 0 || r == -ECANCELED);
		assert_int_equal(undo(0), 0);
		assert_false(acts_failed(&acts));
		assert_original();
		undo_steps = at;
		if (r == 0)
			break;
	}
	print_message("# crashed at each of %u steps of fix and %u of undo\n", fix_steps - 1,
		      undo_steps - 1);
	assert_true(fix_steps > 30 && undo_steps > 20);
}

static void test_dry_run_changes_nothing(void **state)
{
	struct remedy_world w = { .top = top, .dry_run = true };
	struct fault f;

	reset();
	assert_int_equal(remedies_apply(&w, orders, ARRAY_SIZE(orders), &acts, &f), 0);
	assert_int_equal(acts.count, 5);
	for (uint32_t i = 0; i < acts.count; i++)
		assert_int_equal(acts.act[i].result, ACT_DRY_RUN);
	assert_original();
	assert_int_equal(fix(0), 0);
	assert_int_equal(remedies_undo(&w, &acts, &f), 0);
	assert_int_equal(acts.count, 5);
	assert_int_equal(acts.act[0].result, ACT_DRY_RUN);
	assert_file(PRINTK, "4\t4\t1\t7\n");
	assert_true(exists(STATE));
	assert_int_equal(undo(0), 0);
	assert_original();
}

static void test_changed_by_somebody_else(void **state)
{
	reset();
	assert_int_equal(fix(0), 0);
	put_file(PRINTK, "6\t4\t1\t7\n");
	put_file(CONF, "kernel.printk = 6\n");
	assert_int_equal(undo(0), 0);
	assert_true(acts_failed(&acts));
	assert_int_equal(act_of(PRINTK)->result, ACT_CHANGED_SINCE);
	assert_int_equal(act_of(CONF)->result, ACT_CHANGED_SINCE);
	assert_file(PRINTK, "6\t4\t1\t7\n");
	assert_file(CONF, "kernel.printk = 6\n");
	/* The others came back, and it is told once. */
	assert_file(IGNORE, "Y\n");
	assert_int_equal(undo(0), 0);
	assert_int_equal(acts.count, 0);

	/* A fix after it comes back to that choice. */
	reset();
	assert_int_equal(fix(0), 0);
	put_file(PRINTK, "6\t4\t1\t7\n");
	assert_int_equal(fix(0), 0);
	assert_int_equal(undo(0), 0);
	assert_file(PRINTK, "6\t4\t1\t7\n");
}

/* A file of our name that was there before comes back with its content and mode. */
static void test_a_drop_in_that_was_there(void **state)
{
	struct stat st;

	reset();
	put_file(CONF, "# mine\nkernel.printk = 5\n");
	assert_int_equal(fchmodat(top, CONF, 0600, 0), 0);
	assert_int_equal(fix(0), 0);
	assert_int_equal(fstatat(top, CONF, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(undo(0), 0);
	assert_file(CONF, "# mine\nkernel.printk = 5\n");
	assert_int_equal(fstatat(top, CONF, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	(void)unlinkat(top, CONF, 0);
	assert_original();
}

/* What cannot be recorded is not replaced. */
static void test_a_drop_in_that_cannot_be_kept(void **state)
{
	static char large[2 * REMEDY_CONTENT_SIZE];

	reset();
	memset(large, '#', sizeof(large) - 1);
	put_file(CONF, large);
	assert_int_equal(fix(0), 0);
	assert_int_equal(act_of(CONF)->result, ACT_FAILED);
	assert_int_equal(undo(0), 0);
	(void)unlinkat(top, CONF, 0);

	put_file(CONF, "\xff\xfe");
	assert_int_equal(fix(0), -EILSEQ);
	assert_file(CONF, "\xff\xfe");
	(void)unlinkat(top, CONF, 0);
	assert_int_equal(undo(0), 0);
	assert_original();

	assert_int_equal(symlinkat("/etc/passwd", top, CONF), 0);
	assert_int_equal(fix(0), 0);
	assert_int_equal(act_of(CONF)->result, ACT_FAILED);
	(void)unlinkat(top, CONF, 0);
	assert_int_equal(undo(0), 0);
	assert_original();
}

/* Which sync of the program's is to fail, counted from 1; 0: none. */
static uint32_t failing_sync;

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	if (failing_sync && --failing_sync == 0) {
		errno = EIO;
		return -1;
	}
	return __real_fsync(fd);
}

/* A disk that fails at any sync: what was changed all the same is undone all the same. */
static void test_a_failing_disk(void **state)
{
	uint32_t failures = 0;

	for (uint32_t at = 1;; at++) {
		bool reached;

		reset();
		failing_sync = at;
		if (fix(0) == 0 && !failing_sync)
			assert_true(acts_failed(&acts));
		for (uint32_t i = 0; i < acts.count; i++) {
			if (acts.act[i].result == ACT_DONE && !acts.act[i].drop_in)
				assert_true(exists(STATE));
		}
		reached = failing_sync == 0;
		failing_sync = 0;
		assert_int_equal(undo(0), 0);
		assert_false(acts_failed(&acts));
		assert_original();
		if (!reached)
			break;
		failures++;
	}
	print_message("# failed at each of %u syncs of fix\n", failures);
	assert_true(failures > 10);
}

/* What could not be recorded was not done, and is not shown as done. */
static void test_no_room_for_the_record(void **state)
{
	reset();
	failing_sync = 1;
	assert_int_equal(fix(0), -EIO);
	assert_int_equal(acts.count, 1);
	assert_int_equal(acts.act[0].result, ACT_FAILED);
	assert_original();
}

static void test_without_sysctl_d(void **state)
{
	reset();
	assert_int_equal(renameat(top, "etc/sysctl.d", top, "etc/away"), 0);
	assert_int_equal(fix(0), 0);
	assert_int_equal(act_of(CONF)->result, ACT_SKIPPED);
	assert_false(acts_failed(&acts));
	assert_file(PRINTK, "4\t4\t1\t7\n");
	assert_int_equal(undo(0), 0);
	assert_int_equal(renameat(top, "etc/away", top, "etc/sysctl.d"), 0);
	assert_original();
}

static void test_without_the_knob(void **state)
{
	reset();
	(void)unlinkat(top, IGNORE, 0);
	assert_int_equal(fix(0), 0);
	assert_int_equal(act_of(IGNORE)->result, ACT_SKIPPED);
	assert_false(exists(IGNORE));
	put_file(IGNORE, "Y\n");
	assert_int_equal(undo(0), 0);
	assert_original();
}

static void test_guard_holds_the_level(void **state)
{
	struct remedy_world w = { .top = top, .held = PRINTK };
	struct fault f;

	reset();
	put_file(PRINTK, "3\t4\t1\t7\n");
	assert_int_equal(remedies_apply(&w, orders, ARRAY_SIZE(orders), &acts, &f), 0);
	assert_int_equal(act_of(PRINTK)->result, ACT_HELD);
	assert_true(acts_failed(&acts));
	assert_file(PRINTK, "3\t4\t1\t7\n");
	put_file(PRINTK, "7\t4\t1\t7\n");
	assert_int_equal(undo(0), 0);
	assert_original();

	/* undo: ours stays recorded until guard has let go */
	assert_int_equal(fix(0), 0);
	put_file(PRINTK, "3\t4\t1\t7\n");
	w = (struct remedy_world){ .top = top, .held = PRINTK };
	assert_int_equal(remedies_undo(&w, &acts, &f), 0);
	assert_int_equal(act_of(PRINTK)->result, ACT_HELD);
	assert_file(PRINTK, "3\t4\t1\t7\n");
	put_file(PRINTK, "4\t4\t1\t7\n");
	assert_int_equal(undo(0), 0);
	assert_original();
}

static int run_left(bool undoing, const char *before, const char *after, bool *ret_taken)
{
	struct remedy_world w = { .top = top, .left.knob = PRINTK };
	struct fault f;
	int r;

	(void)snprintf(w.left.before, sizeof(w.left.before), "%s", before);
	(void)snprintf(w.left.after, sizeof(w.left.after), "%s", after);
	r = undoing ? remedies_undo(&w, &acts, &f)
		    : remedies_apply(&w, orders, ARRAY_SIZE(orders), &acts, &f);
	*ret_taken = w.left.taken;
	return r;
}

/* What a guard that is gone has left is no value of the machine's own. */
static void test_a_guard_that_is_gone(void **state)
{
	static const char *const lowered[] = { "3", "4" }; /* 4: what --fix asks for as well */
	bool taken;

	for (size_t i = 0; i < ARRAY_SIZE(lowered); i++) {
		char file[32];

		(void)snprintf(file, sizeof(file), "%s\t4\t1\t7\n", lowered[i]);
		reset();
		put_file(PRINTK, file);
		assert_int_equal(run_left(false, "7", lowered[i], &taken), 0);
		assert_true(taken);
		assert_int_equal(act_of(PRINTK)->result, ACT_DONE);
		assert_file(PRINTK, "4\t4\t1\t7\n");
		assert_int_equal(undo(0), 0);
		assert_original();

		/* After --fix a guard lowered it further, from 4, and died. */
		assert_int_equal(fix(0), 0);
		put_file(PRINTK, "3\t4\t1\t7\n");
		assert_int_equal(run_left(i, "4", "3", &taken), 0);
		assert_true(taken);
		assert_int_equal(undo(0), 0);
		assert_original();
	}
}

/* What somebody has set after that guard is theirs: its record stays. */
static void test_a_guard_that_is_gone_and_somebody_else(void **state)
{
	bool taken;

	reset();
	put_file(PRINTK, "6\t4\t1\t7\n");
	assert_int_equal(run_left(false, "7", "3", &taken), 0);
	assert_false(taken);
	assert_int_equal(undo(0), 0);
	assert_file(PRINTK, "6\t4\t1\t7\n");

	reset();
	assert_int_equal(fix(0), 0);
	put_file(PRINTK, "4\t4\t1\t7\n");
	assert_int_equal(run_left(true, "6", "4", &taken), 0);
	assert_false(taken);
	assert_int_equal(act_of(PRINTK)->result, ACT_CHANGED_SINCE);
	assert_file(PRINTK, "4\t4\t1\t7\n");
}

static void test_one_doctor_at_a_time(void **state)
{
	_cleanup_close_ int held = -1;

	reset();
	assert_int_equal(fix(0), 0);
	held = openat(top, REMEDY_STATE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(held, LOCK_EX), 0);
	assert_int_equal(fix(0), -EWOULDBLOCK);
	assert_int_equal(undo(0), -EWOULDBLOCK);
	assert_int_equal(flock(held, LOCK_UN), 0);
	assert_int_equal(undo(0), 0);
	assert_original();
}

#define HEAD "{\"schema\":\"bulkhead.doctor.state/1\",\"changes\":"
#define VALUE "{\"text\":\"7\",\"mode\":0}"
#define CHANGE(remedy, file) CHANGE_OF(remedy, "false", file)
#define CHANGE_OF(remedy, drop_in, file)                                                           \
	"{\"remedy\":\"" remedy "\",\"drop_in\":" drop_in ",\"file\":\"" file                      \
	"\",\"before\":" VALUE ",\"last\":" VALUE ",\"after\":{\"text\":\"4\",\"mode\":0}}"

static void test_hostile_state(void **state)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{\"schema\":\"other/1\",\"changes\":[]}",
		HEAD "7}",
		HEAD "[7]}",
		HEAD "[" CHANGE("rm", PRINTK) "]}",
		HEAD "[" CHANGE("console_loglevel", "etc/passwd") "]}",
		HEAD "[" CHANGE("console_loglevel", "../../etc/passwd") "]}",
		HEAD "[" CHANGE("none", PRINTK) "]}",
		HEAD "[" CHANGE_OF("ignore_loglevel", "true", "") "]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		reset();
		put_file(STATE, texts[i]);
		put_file(".new", "not doctor's");
		if (undo(0) != -EPROTO)
			fail_msg("accepted: %s", texts[i]);
		assert_file(PRINTK, "7\t4\t1\t7\n");
		assert_file(STATE, texts[i]);
		assert_file(".new", "not doctor's");
	}
	(void)unlinkat(top, ".new", 0);
	reset();
	put_file(PRINTK, "4\t4\t1\t7\n");
	put_file(STATE, HEAD "[" CHANGE("console_loglevel", PRINTK) "]}");
	assert_int_equal(undo(0), 0);
	assert_original();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fix_and_undo),
		cmocka_unit_test(test_fix_twice_is_fix_once),
		cmocka_unit_test(test_fix_again_differently),
		cmocka_unit_test(test_crash_anywhere),
		cmocka_unit_test(test_dry_run_changes_nothing),
		cmocka_unit_test(test_changed_by_somebody_else),
		cmocka_unit_test(test_a_drop_in_that_was_there),
		cmocka_unit_test(test_a_drop_in_that_cannot_be_kept),
		cmocka_unit_test(test_a_failing_disk),
		cmocka_unit_test(test_no_room_for_the_record),
		cmocka_unit_test(test_without_sysctl_d),
		cmocka_unit_test(test_without_the_knob),
		cmocka_unit_test(test_guard_holds_the_level),
		cmocka_unit_test(test_a_guard_that_is_gone),
		cmocka_unit_test(test_a_guard_that_is_gone_and_somebody_else),
		cmocka_unit_test(test_one_doctor_at_a_time),
		cmocka_unit_test(test_hostile_state),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
