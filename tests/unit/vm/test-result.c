/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "unit.h"

#include "vm/run/result.h"

#define PREFIX "[    1.000000] "

static struct scenario scenario;
static struct wire_line line[64];
static char wire_text[8192];

/* A run of two reports at 1000 characters a second; each line of the wire takes its time. */
static struct run_facts run(struct records *r)
{
	static const char *const rows[] = {
		"4,1,1000000,-;a invoked oom-killer: gfp_mask=0x1, order=0",
		"4,2,1000000,-;Mem-Info:",
		"6,3,1000000,-;Tasks state (memory values in pages):",
		"6,4,1000000,-;[     97]     0    97      423      111 worker-0000",
		"3,5,1500000,-;Out of memory: Killed process 9 (a) total-vm:1kB",
		"6,6,2000000,-;unrelated",
		"4,7,3000000,-;b invoked oom-killer: gfp_mask=0x1, order=0",
		"3,8,3000000,-;Out of memory: Killed process 10 (b) total-vm:1kB",
	};
	struct scenario_report report;
	struct run_facts facts = { .scenario = &scenario,
				   .plan = scenario.plan.run,
				   .records = r,
				   .marks_found = true,
				   .char_seconds = 0.001,
				   .kmsg_file = "" };
	double now = 100;
	uint32_t used = 0, count = 0;

	assert_int_equal(scenario_parse(TEXT("[machine]\nconsole_baud = 10000\n[run a]\n"), NULL, 0,
					&scenario, &report),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text t;
		uint32_t n;

		assert_int_equal(records_add(r, text_of(rows[i], strlen(rows[i]))), 0);
		t = record_text(r, &r->record[i]);
		n = record_prefix(&r->record[i], wire_text + used);
		memcpy(wire_text + used + n, t.p, t.n);
		wire_text[used + n + t.n] = '\r';
		line[count++] = (struct wire_line){
			.text = used,
			.len = n + (uint32_t)t.n + 1,
			.first_seconds = now,
			.last_seconds = now + (double)(n + t.n + 1) * 0.001,
		};
		now += (double)(n + t.n + 2) * 0.001;
		used += n + (uint32_t)t.n + 2;
	}
	facts.wire = (struct wire){ .line = line, .count = count, .text = wire_text };
	facts.commands = json_array();
	return facts;
}

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static void test_sums(void **state)
{
	_cleanup_records_ struct records r = { 0 };
	struct run_facts facts = run(&r);
	json_t *out = result_run(&facts), *m = json_object_get(out, "measured");
	const json_t *reports = json_object_get(m, "reports");
	const json_t *first = json_array_get(reports, 0);

	assert_true(json_is_true(json_object_get(out, "valid")));
	assert_true(json_is_null(json_object_get(out, "invalid_reason")));
	assert_int_equal(json_array_size(reports), 2);
	assert_true(number(m, "wire_bytes") == number(m, "report_bytes"));
	assert_true(number(m, "console_bytes") == number(m, "report_bytes"));
	assert_true(fabs(number(m, "wire_seconds") - number(m, "wire_bytes") * 0.001) < 1e-9);
	assert_true(fabs(number(m, "wire_idle_seconds")) < 1e-9);
	assert_true(fabs(number(first, "task_table_wire_seconds") -
			 number(first, "task_table_bytes") * 0.001) < 1e-9);
	assert_true(number(m, "printk_seconds") == 0.5);
	assert_true(number(m, "tasks") == 1);
	/* Without a guest there are no figures of it, and none is made up. */
	assert_true(json_is_null(json_object_get(m, "stall_seconds")));
	assert_true(json_is_null(json_object_get(m, "kills")));
	assert_int_equal(json_array_size(json_object_get(m, "victims")), 2);
	json_decref(out);
	json_decref(facts.commands);
}

/* At level 4 only the two Killed lines are for the console. */
static void test_console_bytes(void **state)
{
	_cleanup_records_ struct records r = { 0 };
	struct run_facts facts = run(&r);
	json_t *out, *m;

	scenario.plan.run[0].console_loglevel = 4;
	out = result_run(&facts);
	m = json_object_get(out, "measured");
	assert_true(number(m, "console_bytes") == record_console_bytes(&r, &r.record[4]) +
							  record_console_bytes(&r, &r.record[7]));
	/* All of it came over the wire: not what this level prints. */
	assert_true(json_is_false(json_object_get(out, "valid")));
	assert_non_null(strstr(json_string_value(json_object_get(out, "invalid_reason")),
			       "6 lines on the wire are above console_loglevel"));
	json_decref(out);
	scenario.plan.run[0].loglevel_varies = true;
	out = result_run(&facts);
	assert_true(json_is_true(json_object_get(out, "valid")));
	json_decref(out);
	json_decref(facts.commands);
}

static void assert_reason(const struct run_facts *facts, const char *reason)
{
	json_t *out = result_run(facts);

	assert_true(json_is_false(json_object_get(out, "valid")));
	assert_non_null(strstr(json_string_value(json_object_get(out, "invalid_reason")), reason));
	json_decref(out);
}

static void test_invalid(void **state)
{
	_cleanup_records_ struct records r = { 0 };
	const struct run_facts good = run(&r);
	struct run_facts facts = good;
	json_t *guest;

	facts.ring_overrun = true;
	assert_reason(&facts, "records of the ring buffer were lost");
	facts = good;
	facts.facts_lost = true;
	assert_reason(&facts, "a fact that the guest told could not be read");
	facts = good;
	facts.console_overflowed = true;
	assert_reason(&facts, "the console printed more than is kept");
	facts = good;
	facts.marks_found = false;
	assert_reason(&facts, "the marks of begin and end");
	facts = good;
	facts.guest_ended = true;
	assert_reason(&facts, "the guest ended in the middle of the run");
	facts = good;
	facts.guest = guest = json_pack("{s:b}", "stall_open", 1);
	assert_reason(&facts, "a stall was still open when the measured time ended");
	json_decref(guest);
	facts = good;
	r.count--;
	facts.wire.count--;
	assert_reason(&facts, "an OOM report was still open when the measured time ended");
	r.count++;
	facts = good;
	facts.host_seconds = 10;
	facts.guest_seconds = 148;
	assert_reason(&facts,
		      "the guest's clock counted 148.00 s where the host's counted 10.00 s");
	facts = good;
	facts.wire.count--;
	assert_reason(&facts, "1 lines are missing on the wire, the first: 'Out of memory: Killed");
	facts = good;
	wire_text[20] = '\1';
	assert_reason(
		&facts,
		"1 lines on the wire are in no record, the first: '[    1.000000] a inv\\x01");
	json_decref(good.commands);
}

/* That the guest has ended proves no panic. */
static void test_panic(void **state)
{
	static const char row[] = "0,9,4000000,-;Kernel panic - not syncing: Out of memory";
	_cleanup_records_ struct records r = { 0 };
	struct run_facts facts = run(&r);
	json_t *out;

	scenario.plan.run[0].panics = true;
	facts.guest_ended = true;
	assert_reason(&facts, "the kernel did not panic");
	assert_int_equal(records_add(&r, text_of(row, strlen(row))), 0);
	out = result_run(&facts);
	assert_true(json_is_true(json_object_get(out, "valid")));
	assert_true(json_is_true(json_object_get(out, "panicked")));
	json_decref(out);
	json_decref(facts.commands);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_console_bytes),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_panic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
