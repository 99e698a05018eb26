#!/usr/bin/env bats
# Each loss case of the lab scanned alive, from a core by gdb and from one by the kernel: the three answers
# must be the same, blocks and bytes of every class. loss-stress moves on meanwhile and is left out.

load ../golden/common

setup() {
  command -v gcore >/dev/null || skip "gdb is not installed"
  command -v jq >/dev/null || skip "jq is not installed"
}

teardown() {
  [ -z "${target:-}" ] || kill -KILL "$target" 2>/dev/null || true
}

# start CASE: runs it in the test's folder until it is ready; $target is its pid
start() {
  cd "$BATS_TEST_TMPDIR" || return
  (ulimit -c unlimited && exec "$BULKHEAD_LAB/$1") >ready 2>/dev/null 3>&- &
  target=$!
  for _ in {1..100}; do
    grep -q '^ready' ready && return
    sleep 0.05
  done
  return 1
}

# summary SCAN-ARGUMENTS: the four classes on one line
summary() {
  local status=0
  "$BULKHEAD" scan --json "$@" >answer.json || status=$?
  [ "$status" -le 1 ] || return 1
  jq -c '.summary | [.definitely_lost, .indirectly_lost, .possibly_lost, .still_reachable]' answer.json
}

# kernel_core: ends $target and leaves its core in kernel.core; false where core_pattern leads elsewhere
kernel_core() {
  [[ $(</proc/sys/kernel/core_pattern) != [\|/]* ]] || return 1
  kill -ABRT "$target"
  wait "$target" || true
  mv core* kernel.core
}

@test "each loss case has the same answer alive, from gdb's core and from the kernel's" {
  local case alive compared=0
  for case in "$BULKHEAD_LAB"/loss-*; do
    case=${case##*/}
    [[ -x $BULKHEAD_LAB/$case && ! -d $BULKHEAD_LAB/$case && $case != loss-stress ]] || continue
    rm -rf "${BATS_TEST_TMPDIR:?}"/*
    start "$case"
    alive=$(summary --snapshot=copy "$target") || { echo "$case: cannot be scanned alive"; kill -KILL "$target"; continue; }
    gcore -o gdb "$target" >/dev/null 2>&1
    echo "$case: $alive"
    [ "$(summary --core "gdb.$target")" = "$alive" ]
    if kernel_core; then
      [ "$(summary --core kernel.core)" = "$alive" ]
    else
      kill -KILL "$target"
    fi
    ((++compared))
  done
  [ "$compared" -ge 20 ]
}

@test "a core names its program; what is no core is refused" {
  start loss-shared
  gcore -o gdb "$target" >/dev/null 2>&1
  summary --core "gdb.$target"
  jq -e --argjson pid "$target" '.pid == $pid and .comm == "loss-shared" and .pause_seconds == null' answer.json
  run --separate-stderr "$BULKHEAD" scan --core "$BULKHEAD_LAB/loss-shared"
  [ "$status" -eq 3 ]
  [[ $stderr == *"no core dump"* ]]
}

@test "a cut core of the kernel is read as far as it goes, and says so; one of gdb is refused" {
  start loss-direct
  gcore -o gdb "$target" >/dev/null 2>&1
  head -c 100000 "gdb.$target" >part
  run --separate-stderr "$BULKHEAD" scan --core part
  [ "$status" -eq 3 ]
  [[ $stderr == *"no thread"* ]]
  kernel_core || skip "core_pattern leads elsewhere"
  # Without its last two pages: [vsyscall], and the end of the stack.
  head -c -8192 kernel.core >part
  summary --core part
  jq -e '.quality.unreadable_pages > 0' answer.json
}

@test "a compressed core is refused with the command that helps" {
  printf '\x28\xb5\x2f\xfd0000' >"$BATS_TEST_TMPDIR/core.zst"
  run --separate-stderr "$BULKHEAD" scan --core "$BATS_TEST_TMPDIR/core.zst"
  [ "$status" -eq 3 ]
  [[ $stderr == *"zstd -dc "*"coredumpctl dump"* ]]
}
