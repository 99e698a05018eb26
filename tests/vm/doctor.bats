#!/usr/bin/env bats
# What doctor predicts and mends, held against a real kernel: vm/scenarios/doctor-fix.ini, judged
# here.

load vm

setup() {
  need_vm "Debian 12"
  answers_of 6.1 doctor-fix.ini
}

@test "the storm takes what doctor said it would, and doctor calls it critical" {
  run_is found '.valid and (.measured | .kills == 1 and .wire_bytes == .report_bytes and
    .report_bytes > 20000 and .stall_seconds > 5)'
  output_of found 0 | head -1 | grep -qx 'exit 1'
  output_of found 0 | sed 1d >"$BATS_TEST_TMPDIR/doctor.json"
  jq -e '.report.seconds > 10 and .report.task_table_seconds > 6 and
    any(.findings[]; .id == "slow_console" and .severity == "critical") and
    any(.findings[]; .id == "task_table" and .severity == "critical")' "$BATS_TEST_TMPDIR/doctor.json"
  # On the wire a byte takes its time however busy the host is; more than that is the host's.
  run_is found "(.measured.wire_bytes * 10 / 19200 /
    $(jq .report.seconds "$BATS_TEST_TMPDIR/doctor.json")) | . > 0.9 and . < 1.1"
}

@test "--fix --dry-run changes nothing; --fix twice is --fix once" {
  output_of fixed 0 | grep -q '^would do: /proc/sys/kernel/printk: 7 -> 4'
  output_of fixed 0 | tail -1 | grep -qx 7
  output_of fixed 1 | grep -q '^done: /proc/sys/kernel/printk: 7 -> 4'
  output_of fixed 1 | grep -qx 'nothing to do'
  output_of fixed 1 | grep -qx 4
  output_of fixed 1 | grep -qx 'kernel.printk = 4'
}

@test "after --fix the stall is under 1 s, and the ring buffer holds the whole report" {
  run_is fixed '.valid and (.measured | .kills == 1 and
    .report_bytes > 20000 and .task_table_bytes > .tasks * 95 and .wire_bytes < 400)'
  no_stall fixed
  output_of fixed 2 | head -1 | grep -qx 'exit 0'
}

@test "--undo restores the level and leaves no file; a second one has nothing to do" {
  [ "$(output_of undone 1 | tail -3 | tr '\n' ' ')" = "7 nothing to undo exit 0 " ]
}
