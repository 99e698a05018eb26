#!/usr/bin/env bats
# Every captured tree through watch: which limit binds each process, and how far away it is.

load common

headrooms() {
  local root LC_ALL=C
  for root in "$BULKHEAD_SOURCE"/tests/roots/*; do
    echo "== ${root##*/}"
    "$BULKHEAD" watch --once --json --root "$root" 2>&1 | jq -Rr 'fromjson? // . |
      if type == "object" then .processes | sort_by(.pid)[] |
        [.pid, .comm, .headroom_bytes, .headroom_limit, .unit] | @json else . end'
  done
}

@test "the headroom of every process of every captured tree" {
  diff -u "$BULKHEAD_SOURCE/tests/golden/expected/roots.txt" <(headrooms)
}

@test "capture-root makes a tree that reads as the live system did" {
  local dir=$BATS_TEST_TMPDIR/tree
  "$BULKHEAD_SOURCE/tools/capture-root" "$dir" $$ 1
  run "$BULKHEAD" watch --once --json --root "$dir"
  [ "$status" -eq 0 ]
  [ "$(jq '.processes | length' <<<"$output")" -eq 2 ]
  jq -e --argjson pid $$ --arg comm "$(cat /proc/$$/comm)" \
    '.processes[] | select(.pid == $pid) | .comm == $comm and .anon_bytes > 0' <<<"$output"
}

@test "capture-root takes what doctor reads, and says whether it has all processes" {
  local dir=$BATS_TEST_TMPDIR/tree file
  "$BULKHEAD_SOURCE/tools/capture-root" "$dir" $$
  [ "$(cat "$dir/captured")" = "processes some" ]
  for file in proc/cmdline proc/consoles proc/sys/kernel/printk proc/sys/vm/oom_dump_tasks; do
    [ ! -r "/$file" ] || cmp "/$file" "$dir/$file"
  done
  # Of a kernel's configuration only the lines that are used: a distribution's has thousands.
  for file in "$dir"/boot/*; do
    [ ! -e "$file" ] || [ "$(wc -l <"$file")" -le 5 ]
  done
}

@test "capture-root goes on where /proc/consoles does not answer" {
  [ "$(id -u)" -eq 0 ] || skip 'needs root, for a mount namespace'
  unshare -m true || skip 'no mount namespace here'
  local dir=$BATS_TEST_TMPDIR/tree
  mkfifo "$BATS_TEST_TMPDIR/mute"
  # shellcheck disable=SC2016
  run unshare -m sh -c 'mount --bind "$1" /proc/consoles && "$2" "$3" 1' \
    sh "$BATS_TEST_TMPDIR/mute" "$BULKHEAD_SOURCE/tools/capture-root" "$dir"
  [ "$status" -eq 0 ]
  [ ! -e "$dir/proc/consoles" ]
  [ "$(cat "$dir/captured")" = "processes some" ]
}

@test "capture-root refuses what exists, and a count that is none" {
  run "$BULKHEAD_SOURCE/tools/capture-root" "$BATS_TEST_TMPDIR"
  [ "$status" -eq 2 ]
  run "$BULKHEAD_SOURCE/tools/capture-root" -n x "$BATS_TEST_TMPDIR/new"
  [ "$status" -eq 2 ]
  run "$BULKHEAD_SOURCE/tools/capture-root"
  [ "$status" -eq 2 ]
}
