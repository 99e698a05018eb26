#!/usr/bin/env bats
# The programs of the study that bulkhead began with: 1 GiB is allocated, used and not freed by a program
# that ends (harmless), by the same program mended, and by one that goes on sleeping (dangerous). check
# and scan have to say what valgrind says, in its words, and what valgrind does not say. The release
# build: a sanitizer would need its shadow of a copy of 1 GiB.

load ../golden/common

setup() {
  started=
  available=$(awk '$1 == "MemAvailable:" {print $2}' /proc/meminfo)
  ((available > 3 * 1024 * 1024)) || skip "1 GiB and its copy need 3 GiB of memory"
}

teardown() {
  [ -z "$started" ] || kill "$started" 2>/dev/null || true
}

# json FILE: what stands behind the program's own output; null when there is nothing, since jq -e is
# content with no input at all
json() { sed -n '/^{/,$p' "$1" | grep . || echo null; }

# The 1 GiB, as usable bytes: a block with a mapping of its own has up to a page more.
GIB='(. >= 1073741824 and . <= 1073741824 + 8192)'

@test "first: ends without free: valgrind's figures, and harmless" {
  status=0
  "$BULKHEAD_RELEASE" check --json -- "$BULKHEAD_LAB/exit-without-free" --size 1G --interval 0.2 \
    >"$BATS_TEST_TMPDIR/out" || status=$?
  [ "$status" -eq 0 ] # the program's own, as with valgrind
  json "$BATS_TEST_TMPDIR/out" | tee "$BATS_TEST_TMPDIR/json"
  jq -e "(.summary.definitely_lost.bytes + .summary.possibly_lost.bytes) as \$b | (\$b | $GIB)
    and .summary.definitely_lost.blocks + .summary.possibly_lost.blocks == 1
    and .summary.indirectly_lost.blocks == 0 and .summary.still_reachable.blocks == 0
    and .harm == \"harmless\" and .exit_status == 0" "$BATS_TEST_TMPDIR/json"
}

@test "first: the text has valgrind's words" {
  run "$BULKHEAD_RELEASE" check --error-exitcode=7 -- "$BULKHEAD_LAB/exit-without-free" --size 1G --interval 0.2
  echo "$output"
  [ "$status" -eq 7 ]
  [[ $output == *"LEAK SUMMARY:"* ]]
  [[ $output == *"definitely lost: "*" bytes in "*" blocks"* ]]
  [[ $output == *"possibly lost: "*" bytes in "*" blocks"* ]]
  [[ $output == *" lost: 1,073,74"[0-9],[0-9][0-9][0-9]" bytes in 1 blocks"* ]]
  [[ $output == *harmless* ]]
}

@test "first, mended: nothing is held, nothing to complain of" {
  status=0
  "$BULKHEAD_RELEASE" check --json -- "$BULKHEAD_LAB/exit-with-free" --size 1G --interval 0.2 \
    >"$BATS_TEST_TMPDIR/out" || status=$?
  [ "$status" -eq 0 ]
  json "$BATS_TEST_TMPDIR/out" | jq -e '([.summary[].blocks] | add) == 0 and .harm == "none" and .exit_status == 0'
  run "$BULKHEAD_RELEASE" check --error-exitcode=7 -- "$BULKHEAD_LAB/exit-with-free" --size 1G --interval 0.2
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *"All heap blocks were freed -- no leaks are possible"* ]]
}

# lost WAY: scans dead-weight, which has lost its 1 GiB and lives on
lost() {
  "$BULKHEAD_LAB/dead-weight" --size 1G >"$BATS_TEST_TMPDIR/program" 3>&- &
  started=$!
  for _ in $(seq 100); do
    (($(awk '{print $2 * 4}' "/proc/$started/statm") > 1024 * 1024)) && break
    sleep 0.1
  done
  sleep 0.3
  status=0
  "$BULKHEAD_RELEASE" scan --json --snapshot="$1" "$started" >"$BATS_TEST_TMPDIR/json" || status=$?
  cat "$BATS_TEST_TMPDIR/json"
  [ "$status" -eq 1 ]
  jq -e "(.summary.definitely_lost.bytes + .summary.possibly_lost.bytes) as \$b | (\$b | $GIB)
    and .summary.definitely_lost.blocks + .summary.possibly_lost.blocks == 1
    and .summary.indirectly_lost.blocks == 0 and .harm == \"dangerous\"" "$BATS_TEST_TMPDIR/json"
}

@test "second: loses it and sleeps on: scan finds it in the running process, and dangerous (fork)" {
  lost fork
  run "$BULKHEAD_RELEASE" scan --single "$started"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ $output == *" lost: 1,073,74"[0-9],[0-9][0-9][0-9]" bytes in 1 blocks"* ]]
  [[ $output == *dangerous* ]]
}

@test "second: the same by stop-and-copy" {
  lost copy
}

@test "second: valgrind's classes for the same program" {
  command -v valgrind >/dev/null || skip "valgrind is not installed"
  # 64 MiB, where valgrind takes two seconds; its class does not change with the size from there on.
  valgrind --leak-check=full --log-file="$BATS_TEST_TMPDIR/log" "$BULKHEAD_LAB/exit-without-free" --size 64M --interval 0
  cat "$BATS_TEST_TMPDIR/log"
  grep -qE '(definitely|possibly) lost: 67,108,864 bytes in 1 blocks' "$BATS_TEST_TMPDIR/log"
  run "$BULKHEAD_RELEASE" check -- "$BULKHEAD_LAB/exit-without-free" --size 64M --interval 0
  echo "$output"
  [[ $output == *" lost: 67,1"[0-9][0-9],[0-9][0-9][0-9]" bytes in 1 blocks"* ]]
}
