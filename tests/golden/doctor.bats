#!/usr/bin/env bats
# bulkhead doctor on captured machines: what it prints, and its exit status. What --fix does to a kernel
# is tested in a virtual machine (tests/vm), what it does to files in tests/unit/act/test-remedy.c.

load common

expected=$BULKHEAD_SOURCE/tests/golden/expected
roots=$BULKHEAD_SOURCE/tests/roots
machines=(study-machine quiet-ubuntu half-gone nbcon flow-control hostile-consoles)

# What reading cost differs from run to run.
without_cost() {
  sed -E 's/"read_cpu_seconds":[0-9.e-]+/"read_cpu_seconds":"COST"/'
}

@test "the text of every machine" {
  for machine in "${machines[@]}"; do
    "$BULKHEAD" doctor --root "$roots/$machine" >"$BATS_TEST_TMPDIR/$machine" 2>/dev/null || true
    diff -u "$expected/doctor-$machine.txt" "$BATS_TEST_TMPDIR/$machine"
  done
}

@test "the JSON of the study's machine" {
  run --separate-stderr "$BULKHEAD" doctor --json --root "$roots/study-machine"
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == '{"schema":"bulkhead.doctor/1",'* ]]
  diff -u "$expected/doctor-study-machine.json" <(without_cost <<<"$output" | jq .)
}

@test "the study's machine: about 10 s, over 6 s of it the task table, critical" {
  run --separate-stderr "$BULKHEAD" doctor --json --root "$roots/study-machine"
  jq -e '.report.seconds > 9 and .report.seconds < 11 and .report.task_table_seconds > 6' <<<"$output"
  jq -e '[.findings[] | select(.severity == "critical") | .id] == ["slow_console", "task_table"]' <<<"$output"
  jq -e '.findings[0].evidence | map(.file) | index("/proc/cmdline")' <<<"$output"
  jq -e '.remedies[] | select(.id == "console_loglevel") | .proposed and .before == 7 and .after == 4' <<<"$output"
  jq -e '.seconds_after_fix < 1' <<<"$output"
}

@test "the keys of the contract, on every machine" {
  for machine in "${machines[@]}"; do
    run --separate-stderr "$BULKHEAD" doctor --json --root "$roots/$machine"
    jq -e '(.report | keys_unsorted[:5]) == ["bytes", "task_table_bytes", "seconds", "task_table_seconds", "tasks"]
      and (.consoles | type) == "array"
      and (.findings | all(keys_unsorted[:4] == ["id", "severity", "evidence", "fix"]))
      and (.findings | all(.evidence | length > 0))
      and (.findings | all(.severity | IN("critical", "warning", "notice")))' <<<"$output"
  done
}

@test "exit status: 1 with a warning, 0 with notices alone" {
  for pair in study-machine:1 quiet-ubuntu:0 half-gone:1 nbcon:0 flow-control:1; do
    run --separate-stderr "$BULKHEAD" doctor --root "$roots/${pair%:*}"
    [ "$status" -eq "${pair#*:}" ] || { echo "$pair: $status"; return 1; }
  done
}

@test "a console of unknown speed, and no other finding: exit 3, said on stderr" {
  cp -r "$roots/quiet-ubuntu" "$BATS_TEST_TMPDIR/machine"
  sed -i 's/^ttyS0 /ttyWHAT0 /' "$BATS_TEST_TMPDIR/machine/proc/consoles"
  echo "7 4 1 7" >"$BATS_TEST_TMPDIR/machine/proc/sys/kernel/printk"
  run --separate-stderr "$BULKHEAD" doctor --root "$BATS_TEST_TMPDIR/machine"
  [ "$status" -eq 3 ]
  [[ $stderr == *"could not determine how long a report takes"* ]]
  [[ $output == *"how long ttyWHAT0 takes, because bulkhead does not know this driver"* ]]
  run --separate-stderr "$BULKHEAD" doctor --json --root "$BATS_TEST_TMPDIR/machine"
  jq -e '.report | .lower_bound and .seconds == null' <<<"$output"
  jq -e '.seconds_after_fix == null' <<<"$output"
  # The operator knows it.
  run --separate-stderr "$BULKHEAD" doctor --json --root "$BATS_TEST_TMPDIR/machine" --baud ttyWHAT0=9600
  [ "$status" -eq 1 ]
  jq -e '.report.seconds > 5 and .report.lower_bound == false' <<<"$output"
}

@test "flow control is a notice without seconds: whether a kernel waits for CTS cannot be seen" {
  run --separate-stderr "$BULKHEAD" doctor --json --root "$roots/flow-control" --baud ttyS0=115200 --tasks 20
  [ "$status" -eq 0 ]
  jq -e '.findings[] | select(.id == "flow_control") | .severity == "notice" and .cost_seconds == null and
    .fix.remedy == null and (.fix.text | contains("--fix") | not)' <<<"$output"
}

@test "a lower level is not raised" {
  cp -r "$roots/study-machine" "$BATS_TEST_TMPDIR/machine"
  echo "1 4 1 7" >"$BATS_TEST_TMPDIR/machine/proc/sys/kernel/printk"
  run --separate-stderr "$BULKHEAD" doctor --json --root "$BATS_TEST_TMPDIR/machine"
  jq -e '.remedies[] | select(.id == "console_loglevel") | .before == 1 and .after == 1' <<<"$output"
}

@test "no console is known: no seconds, and nobody is said not to wait" {
  cp -r "$roots/quiet-ubuntu" "$BATS_TEST_TMPDIR/machine"
  rm "$BATS_TEST_TMPDIR/machine/proc/consoles" "$BATS_TEST_TMPDIR/machine/proc/cmdline"
  mkdir -p "$BATS_TEST_TMPDIR/machine/proc/sys/vm"
  echo 2 >"$BATS_TEST_TMPDIR/machine/proc/sys/vm/panic_on_oom"
  run --separate-stderr "$BULKHEAD" doctor --root "$BATS_TEST_TMPDIR/machine"
  [[ $output == *"after ? of report"* || $output == *"its report (?)"* ]]
  [[ $output == *"not known how long"* ]]
  [[ $output != *"0.00 s"* ]]
  [[ $output != *"nobody waits"* ]]
  run --separate-stderr "$BULKHEAD" doctor --json --root "$BATS_TEST_TMPDIR/machine"
  jq -e '.report.seconds == null and .seconds_after_fix == null' <<<"$output"
}

@test "--baud and --tasks replace what was found" {
  run --separate-stderr "$BULKHEAD" doctor --json --root "$roots/study-machine" --baud ttyS1=115200 --tasks 1000
  [ "$status" -eq 1 ]
  jq -e '.consoles[0].bits_per_second == 115200 and .consoles[0].baud_source == "option" and .report.tasks == 1000' <<<"$output"
  # The table alone is too long at that speed: level 6 is enough.
  jq -e '.remedies[0] | .id == "console_loglevel" and .after == 6' <<<"$output"
}

@test "no proc: exit 3, and which" {
  run --separate-stderr "$BULKHEAD" doctor --root "$BATS_TEST_TMPDIR"
  [ "$status" -eq 3 ]
  [[ $stderr == *"/proc'"* ]]
}

@test "what does not go together is exit 2" {
  while read -r arguments; do
    # shellcheck disable=SC2086 # words on purpose
    run --separate-stderr "$BULKHEAD" doctor $arguments
    [ "$status" -eq 2 ] || { echo "$arguments: $status"; return 1; }
    [ -z "$output" ]
  done <<EOT
--fix --root $roots/study-machine
--undo --root $roots/study-machine
--fix --undo
--dry-run
--undo --tasks 5
--undo --baud ttyS0=9600
--fix=reboot --dry-run
--fix= --dry-run
--baud ttyS0
--baud =9600
--baud ttyS0=
--baud ttyS0=fast
--baud ttyS0=5
--root $roots/study-machine --baud ttyS9=9600
--tasks 0
--tasks many
extra
EOT
}

@test "no escape sequence of a hostile console gets through" {
  "$BULKHEAD" doctor --root "$roots/hostile-consoles" >"$BATS_TEST_TMPDIR/out" 2>&1 || true
  LC_ALL=C run ! grep -P '[\x00-\x09\x0b-\x1f\x7f]' "$BATS_TEST_TMPDIR/out"
}

@test "--fix --dry-run and --undo --dry-run change nothing here" {
  run --separate-stderr "$BULKHEAD" doctor --fix=oom_dump_tasks --dry-run
  [ "$status" -eq 0 ]
  [[ $output == *"/proc/sys/vm/oom_dump_tasks"* ]]
  run --separate-stderr "$BULKHEAD" doctor --undo --dry-run --json
  [ "$status" -eq 0 ]
  jq -e '.schema == "bulkhead.doctor/1" and .dry_run and (.acts | type) == "array"' <<<"$output"
}

@test "every finding has a row in docs/DOCTOR.md" {
  strings_of() { sed -n '/^static const char \*const finding_names/,/^};/ s/.*= "\(.*\)",/\1/p' "$BULKHEAD_SOURCE/src/model/finding.c"; }
  [ "$(strings_of | wc -l)" -ge 30 ]
  for id in $(strings_of); do
    grep -q "^| \`$id\` |" "$BULKHEAD_SOURCE/docs/DOCTOR.md" || { echo "no row for $id"; return 1; }
  done
}
