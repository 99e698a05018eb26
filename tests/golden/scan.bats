#!/usr/bin/env bats
# bulkhead scan: its command line, and what it says when it cannot scan.

load common

usage() {
  run "$BULKHEAD" scan "$@"
  [ "$status" -eq 2 ]
  [[ $output == *"bulkhead scan"* ]]
}

@test "one PID, or --core FILE, and nothing else" {
  usage
  usage 1 2
  usage 0
  usage x
  usage 99999999999
  usage --core a 1
  usage --sysroot / 1
  usage --core a --single
}

@test "a wrong word for an option is told with the right ones" {
  run "$BULKHEAD" scan --snapshot=clone 1
  [ "$status" -eq 2 ]
  [[ $output == *"auto, fork or copy"* ]]
  run "$BULKHEAD" scan --leak-check-heuristics=stdstring,nonsense 1
  [ "$status" -eq 2 ]
  [[ $output == *"stdstring, length64, newarray, multipleinheritance"* ]]
}

@test "no such process: exit 3, and its number" {
  run "$BULKHEAD" scan 4194303
  [ "$status" -eq 3 ]
  [[ $output == *4194303* ]]
}

@test "a kernel thread has no memory: exit 3" {
  [ "$(readlink /proc/2/exe)" = "" ] && grep -q '^Name:.kthreadd' /proc/2/status || skip "no kernel thread is seen here"
  run "$BULKHEAD" scan 2
  [ "$status" -eq 3 ]
  [[ $output == *"kernel thread"* ]]
}

@test "a core that is none: exit 3, and the file's name" {
  for file in /dev/null /bin/true "$BATS_TEST_TMPDIR/none"; do
    run "$BULKHEAD" scan --core "$file"
    [ "$status" -eq 3 ]
    [[ $output == *"$file"* ]]
  done
}

@test "a suppression file that is wrong is told by line, before anybody is stopped: exit 2" {
  printf '# comment\nleak:Foo\nrace:Bar\n' >"$BATS_TEST_TMPDIR/s"
  run "$BULKHEAD" scan --suppressions "$BATS_TEST_TMPDIR/s" $$
  [ "$status" -eq 2 ]
  [[ $output == *3* ]]
}

# started CASE: runs it until its heap is as its truth has it; $target is its pid
started() {
  "$BULKHEAD_LAB/$1" >"$BATS_TEST_TMPDIR/ready" 3>&- &
  target=$!
  for _ in {1..100}; do
    grep -q '^ready' "$BATS_TEST_TMPDIR/ready" && return
    sleep 0.05
  done
  return 1
}

teardown() {
  [ -z "${target:-}" ] || kill "$target" 2>/dev/null || true
}

@test "a --diff file that is no scan is told before anybody is looked for: exit 3" {
  echo '{"schema":"bulkhead.watch/1"}' >"$BATS_TEST_TMPDIR/watch"
  echo 'no JSON' >"$BATS_TEST_TMPDIR/text"
  for file in watch text none; do
    run "$BULKHEAD" scan --diff "$BATS_TEST_TMPDIR/$file" 4194303
    echo "$output"
    [ "$status" -eq 3 ]
    [[ $output == *"earlier scan"* || $output == *"$BATS_TEST_TMPDIR/none"* ]]
    [[ $output != *4194303* ]]
  done
}

@test "names with control characters are escaped in what is said of them" {
  bad=$'/none\e[31m'
  for option in --diff --suppressions --core; do
    arguments=("$option" "$bad")
    [ "$option" = --core ] || arguments+=(4194303)
    run "$BULKHEAD" scan "${arguments[@]}"
    [[ $output == *'/none\x1b[31m'* ]]
    [[ $output != *$'\e'* ]]
  done
  run "$BULKHEAD" check --log-file "$bad/x" -- true
  [ "$status" -eq 2 ]
  [[ $output == *'/none\x1b[31m/x'* ]]
}

@test "the text: verdict, next steps, summary, records; exit 1" {
  started loss-mixed
  run "$BULKHEAD" scan "$target"
  echo "$output"
  [ "$status" -eq 1 ]
  [ "${lines[0]}" = "harmless  loss-mixed, pid $target" ]
  [ "${lines[1]}" = "  only 632 B are lost so far; from 1.0 MiB on that would be dangerous" ]
  [ "${lines[2]}" = "  next  bulkhead scan --json $target >then.json   keep this, and later" ]
  expected='LEAK SUMMARY:
   definitely lost: 312 bytes in 1 blocks
   indirectly lost: 120 bytes in 3 blocks
     possibly lost: 200 bytes in 1 blocks
   still reachable: 208 bytes in 2 blocks
        suppressed: 0 bytes in 0 blocks

432 (312 direct, 120 indirect) bytes in 1 blocks are definitely lost in loss record 1 of 2
   each of 312 bytes: 2 x heap pointer, 6 x zero, ...
   at 0x

200 bytes in 1 blocks are possibly lost in loss record 2 of 2
   each of 200 bytes: 8 x zero, ...
   at 0x'
  [ "$(sed -n '/^LEAK SUMMARY/,$p' <<<"$output" | head -14 | sed 's/ 0x[0-9a-f]*$/ 0x/')" = "$expected" ]
}

@test "the JSON: one object, the contract's keys; the same again is no change" {
  started loss-mixed
  "$BULKHEAD" scan --json "$target" >"$BATS_TEST_TMPDIR/json" || [ $? -eq 1 ]
  [ "$(jq -s length "$BATS_TEST_TMPDIR/json")" -eq 1 ]
  jq -e --argjson pid "$target" 'keys_unsorted[0] == "schema" and .schema == "bulkhead.scan/1"
    and .pid == $pid and .comm == "loss-mixed" and .allocator == "glibc" and .harm == "harmless"
    and .summary.definitely_lost == {bytes: 312, blocks: 1} and .summary.indirectly_lost == {bytes: 120, blocks: 3}
    and .summary.possibly_lost == {bytes: 200, blocks: 1} and .summary.still_reachable == {bytes: 208, blocks: 2}
    and .pause_seconds > 0 and .lifetime_seconds > 0 and .regions == null and .diff == []
    and .quality.checks == .quality.checks_passed and .quality.scans == 2 and .groups_left_out == 0
    and ([.groups[] | .contents, .type, .vtable] | all(. == null))' "$BATS_TEST_TMPDIR/json"
  run "$BULKHEAD" scan --diff "$BATS_TEST_TMPDIR/json" "$target"
  echo "$output"
  [[ $output == *"Since the earlier scan:"$'\n'"   4 records are as they were"* ]]
}

@test "groups that only one of two scans tells are not called new or gone" {
  started loss-mixed
  "$BULKHEAD" scan --json --show-reachable "$target" >"$BATS_TEST_TMPDIR/all" || [ $? -eq 1 ]
  "$BULKHEAD" scan --json --groups 1 "$target" >"$BATS_TEST_TMPDIR/one" || [ $? -eq 1 ]
  run "$BULKHEAD" scan --diff "$BATS_TEST_TMPDIR/all" "$target"
  echo "$output"
  [[ $output == *"   4 records are as they were"* && $output != *"   gone "* ]]
  run --separate-stderr "$BULKHEAD" scan --show-reachable --diff "$BATS_TEST_TMPDIR/one" "$target"
  echo "$output"
  [[ $output != *"reachable 104"* ]]
  [[ $stderr == *"does not tell all its groups"* ]]
}

@test "a full disk and a closed output: exit 3, and said" {
  started loss-mixed
  for json in "" --json; do
    # shellcheck disable=SC2086
    run bash -c '"$@" >/dev/full' _ "$BULKHEAD" scan $json "$target"
    [ "$status" -eq 3 ]
    [[ $output == *"standard output"* ]]
    # shellcheck disable=SC2086
    run bash -c '"$@" >&-' _ "$BULKHEAD" scan $json "$target"
    [ "$status" -eq 3 ]
  done
}

@test "colour on a terminal, none with NO_COLOR or --no-color; 80 columns are kept" {
  command -v script >/dev/null || skip "script(1) is not installed"
  started loss-mixed
  on_terminal() { script -qec "stty cols 80; $1" /dev/null </dev/null 2>&1 | tr -d '\r'; }
  export TERM=xterm
  [[ $(on_terminal "'$BULKHEAD' scan $target") == *$'\e['*harmless* ]]
  [[ $(on_terminal "NO_COLOR=1 '$BULKHEAD' scan $target") != *$'\e'* ]]
  [[ $(on_terminal "'$BULKHEAD' scan --no-color $target") != *$'\e'* ]]
  on_terminal "'$BULKHEAD' scan --no-color -v --contents --show-reachable --roots 9 $target" >"$BATS_TEST_TMPDIR/text"
  run ! grep -E '^.{81}' "$BATS_TEST_TMPDIR/text"
}
