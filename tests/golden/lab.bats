#!/usr/bin/env bats
# bulkhead lab: the catalogue as people and programs see it, and the way to a lab program. What
# the programs themselves do is in tests/system/test-lab.c.

load common

expected=$BULKHEAD_SOURCE/tests/golden/expected

@test "lab list shows every case with its truth" {
  diff -u "$expected/lab-list.txt" <("$BULKHEAD" lab list)
}

@test "lab list --json is the same truth for programs" {
  diff -u "$expected/lab-list.json" <("$BULKHEAD" lab list --json | python3 -m json.tool --indent 2)
}

@test "text and JSON name the same cases" {
  # A case may be in both tables of the text.
  diff <("$BULKHEAD" lab list | awk '$2 == "yes" || $2 == "no" {print $1}' | sort -u) \
    <("$BULKHEAD" lab list --json | python3 -c '
import json, sys
for case in json.load(sys.stdin)["cases"]:
    print(case["name"])' | sort)
}

@test "lab run says the truth on stderr, and the program's one line is all of stdout" {
  run --separate-stderr "$BULKHEAD" lab run steady-leak -- --rate 1M --duration 0.2
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == "steady-leak pid="*" size_bytes=4194304 rate_bytes_per_second=1048576 "* ]]
  [[ $stderr == *"truth: leaks yes, harm dangerous, memory heap, "* ]]
}

@test "lab run hands on the program's exit status" {
  run "$BULKHEAD" lab run steady-leak -- --size nonsense
  [ "$status" -eq 2 ]
  [[ $output == *"'nonsense' is not an amount"* ]]
}

@test "lab run runs the case under the options of the list" {
  run "$BULKHEAD" lab run fast-leak -- --duration 0.1
  [ "$status" -eq 0 ]
  [[ $output == *" rate_bytes_per_second=20971520 "* ]]
}

@test "what is wrong with the command line is a usage error with the way out" {
  while IFS='|' read -r args message; do
    # shellcheck disable=SC2086
    run --separate-stderr "$BULKHEAD" lab $args
    [ "$status" -eq 2 ] || { echo "lab $args: status $status"; return 1; }
    [ -z "$output" ]
    [[ $stderr == *"$message"* ]] || { echo "lab $args: $stderr"; return 1; }
  done <<'END'
|lab needs 'list [--json]' or 'run CASE [-- ARGS...]'
frobnicate|lab needs 'list
list extra|lab needs 'list
run|'bulkhead lab list' shows them
run no-such-case|no lab case 'no-such-case'
run --json steady-leak|lab needs 'list
run steady-leak --rate 1M|--rate
END
}

@test "without the programs it says where it looked" {
  cp "$BULKHEAD" "$BATS_TEST_TMPDIR/bulkhead"
  run --separate-stderr "$BATS_TEST_TMPDIR/bulkhead" lab run burst -- --size 1M --interval 0
  # An installed lab is found, and that is right too.
  [ "$status" -eq 0 ] || {
    [ "$status" -eq 3 ]
    [[ $stderr == *"cannot run 'burst' from '$BATS_TEST_TMPDIR/lab' or '/"* ]]
  }
}
