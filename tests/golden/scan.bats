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
