#!/usr/bin/env bats
# scan of processes whose memory, threads or limits are of a kind that is seldom met (odd-target.c says which): it must
# never hang, never harm the process, and call nothing lost that is not, without a doubt told. 8 blocks are known by
# pointers in the odd memory alone, one of 333 bytes is lost.

load ../golden/common

# The release build where the target is what matters: a sanitised one takes seconds more.

: "${ODD_TARGET:=$BULKHEAD_BUILD/tests/system/odd-target}"

setup() {
  target=
  fuse=$BATS_TEST_TMPDIR/fuse
  mkdir "$fuse"
}

# The FUSE server first: whoever waits for it, waits for its end.
teardown() {
  [ -z "$target" ] || pkill -KILL -P "$target" || true
  [ -z "$target" ] || kill -KILL "$target" 2>/dev/null || true
}

# odd MODE: starts it; its pid in $target
odd() {
  "$ODD_TARGET" "$1" "$fuse" >"$BATS_TEST_TMPDIR/said" 3>&- &
  target=$!
  for _ in {1..200}; do
    grep -qE '^(ready|skip)' "$BATS_TEST_TMPDIR/said" && break
    sleep 0.02
  done
  if grep '^skip' "$BATS_TEST_TMPDIR/said"; then skip "$(cat "$BATS_TEST_TMPDIR/said")"; fi
  grep -q '^ready' "$BATS_TEST_TMPDIR/said"
}

# scanned [OPTION...]: its JSON in $BATS_TEST_TMPDIR/json; a hang is a failure after 8 s
scanned() {
  status=0
  timeout -s KILL 8 "$BULKHEAD" scan --json "$@" "$target" >"$BATS_TEST_TMPDIR/json" 2>"$BATS_TEST_TMPDIR/err" || status=$?
  cat "$BATS_TEST_TMPDIR/err"
  [ "$status" -eq 1 ]
}

holds() {
  jq -c '{method, method_reason, summary, quality}' "$BATS_TEST_TMPDIR/json"
  jq -e "$@" "$BATS_TEST_TMPDIR/json" >/dev/null
}

the_truth='.summary.definitely_lost == {bytes: 344, blocks: 1} and .summary.possibly_lost.blocks == 0
  and .quality.scans == 2'
no_doubts='.quality.doubts == []'

# runs_on [CHILDREN]: not stopped, not traced, works, and has no child that it did not make itself
switches() { awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$target/status"; }
runs_on() {
  local before
  grep -qP '^State:\t[SR]' "/proc/$target/status"
  grep -qP '^TracerPid:\t0$' "/proc/$target/status"
  [ "$(ps --ppid "$target" -o pid= | wc -l)" -eq "${1:-0}" ]
  before=$(switches)
  sleep 0.1
  [ "$(switches)" -gt "$before" ]
}

@test "MADV_WIPEONFORK: what is wiped from the forked copy is read from the process" {
  odd wipe
  scanned
  holds "$the_truth and $no_doubts and .method == \"fork\""
  runs_on
}

@test "MAP_DROPPABLE is wiped as well, and is no reason not to fork" {
  odd droppable
  scanned
  holds "$the_truth and $no_doubts and .method == \"fork\""
  runs_on
}

@test "a userfaultfd that waits for forks: copied, and the pages that only its handler knows are a doubt" {
  odd uffd
  scanned
  holds "$the_truth"' and .method == "copy" and (.method_reason | test("userfaultfd")) and .quality.doubts == ["unreadable"]
    and .quality.unreadable_pages == 15'
  run timeout -s KILL 8 "$BULKHEAD" scan --snapshot=fork "$target"
  [ "$status" -eq 3 ]
  [[ $output == *userfaultfd* ]]
  runs_on
}

@test "a userfaultfd for a file's private mapping: a page that is not there is not waited for" {
  odd uffd-file
  scanned
  holds "$the_truth"' and .quality.doubts == ["unreadable"]'
  runs_on
}

@test "a mapped file on a FUSE that does not answer: only what is there is read" {
  [ "$(id -u)" -eq 0 ] || skip "mounting takes root"
  odd fuse
  scanned
  holds "$the_truth and $no_doubts and .method == \"fork\""
  scanned --snapshot=copy
  holds "$the_truth and $no_doubts"
  runs_on 1
}

@test "io_uring: its kernel thread stops and goes on, its buffers are no hindrance" {
  BULKHEAD=$BULKHEAD_RELEASE
  odd uring
  scanned
  holds "$the_truth and $no_doubts and .method == \"fork\""
  scanned --snapshot=copy
  holds "$the_truth and $no_doubts"
  runs_on
}

@test "memfd_secret: nobody can read it, which is told" {
  odd secret
  scanned
  holds '.quality.doubts == ["unreadable"] and .quality.unreadable_pages == 1'
  runs_on
}

@test "sealed memory, and guard pages within memory" {
  BULKHEAD=$BULKHEAD_RELEASE
  for mode in sealed guard; do
    odd "$mode"
    scanned
    holds "$the_truth and $no_doubts and .method == \"fork\""
    runs_on
    kill -KILL "$target"
  done
}

@test "2000 threads" {
  BULKHEAD=$BULKHEAD_RELEASE
  odd threads
  scanned
  holds "$the_truth and .method == \"fork\""
  runs_on
}

@test "a process whose first thread has ended is not taken for ended" {
  BULKHEAD=$BULKHEAD_RELEASE
  odd headless
  grep -qP '^State:\tZ' "/proc/$target/status"
  scanned
  holds "$the_truth"' and .comm == "odd-target" and .lifetime_seconds > 0 and .harm == "harmless"'
}

@test "a process that waits for its vfork's child: refused after the time given, and unharmed" {
  BULKHEAD=$BULKHEAD_RELEASE
  odd vfork
  run timeout -s KILL 8 "$BULKHEAD" scan --stop-timeout 0.3 "$target"
  echo "$output"
  [ "$status" -eq 3 ]
  [[ $output == *"uninterruptible"* ]]
  pkill -KILL -P "$target"
  sleep 0.1
  scanned
  holds "$the_truth"
}

@test "check does not wait for one either" {
  status=0
  timeout -s KILL 12 "$BULKHEAD_RELEASE" check --duration 0.3 --trace-children=yes -- "$ODD_TARGET" vfork \
    >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || status=$?
  cat "$BATS_TEST_TMPDIR/out"
  [ "$status" -eq 3 ]
  grep -q "did not stop within 2 s" "$BATS_TEST_TMPDIR/out"
}

@test "RLIMIT_AS, _DATA and _MEMLOCK reached: a fork takes none of them" {
  BULKHEAD=$BULKHEAD_RELEASE
  odd limits
  scanned
  holds "$the_truth and $no_doubts and .method == \"fork\""
  runs_on
}

@test "a process that ends after the first look: that is told, with a doubt, and not whether it does harm" {
  for way in copy fork; do
    odd ends
    scanned --snapshot="$way"
    grep -q 'no second look: ' "$BATS_TEST_TMPDIR/err"
    holds --arg way "$way" '.summary.definitely_lost == {bytes: 344, blocks: 1} and .quality.scans == 1 and .harm == null
      and .quality.doubts == ["no_second_look"] and .comm == "odd-target" and .lifetime_seconds > 0
      and .method == $way and ([.groups[].size_bytes] | index(344))'
  done
  odd ends
  run "$BULKHEAD" scan --snapshot=copy "$target"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ $(tr -s '\n ' ' ' <<<"$output") == *"no second look to confirm what is lost"* && $output != *"still runs"* ]]
  [[ $output != *"bulkhead watch"* && $output != *"then.json"* ]] # of whom?
}

@test "names with escape sequences reach no terminal, nor does a suppression file's text" {
  command -v script >/dev/null || skip "script(1) is not installed"
  odd name
  on_terminal() { script -qec "$1" /dev/null </dev/null 2>&1; }
  on_terminal "'$BULKHEAD' scan --no-color -v --contents --show-reachable $target" >"$BATS_TEST_TMPDIR/text" || true
  cat -v "$BATS_TEST_TMPDIR/text"
  grep -qF 'odd\x1b[31m\n' "$BATS_TEST_TMPDIR/text"
  grep -qF '\xc2\x9b31mBad' "$BATS_TEST_TMPDIR/text"
  run ! grep -qP '[\x1b\x9b]' "$BATS_TEST_TMPDIR/text"
  printf 'leak:x\nra\e[31mce:x\n' >"$BATS_TEST_TMPDIR/suppressions"
  on_terminal "'$BULKHEAD' scan --suppressions '$BATS_TEST_TMPDIR/suppressions' $target" >"$BATS_TEST_TMPDIR/text" || true
  [ -s "$BATS_TEST_TMPDIR/text" ]
  run ! grep -q $'\e' "$BATS_TEST_TMPDIR/text"
}

@test "somebody else's process: exit 3, whose it is and what helps" {
  [ "$(id -u)" -eq 0 ] || skip "takes root, to become somebody else"
  odd wipe
  cp "$BULKHEAD_RELEASE" "$BATS_TEST_TMPDIR/bulkhead"
  chmod a+x "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/bulkhead"
  for way in auto fork copy; do
    run setpriv --reuid 65534 --regid 65534 --clear-groups "$BATS_TEST_TMPDIR/bulkhead" scan --snapshot "$way" "$target"
    echo "$output"
    [ "$status" -eq 3 ]
    [[ $output == *"process $target belongs to user 0; run this as that user, or as root"* ]]
  done
  runs_on
}

# Each moment from the start to after the end: the stop, the fork, the copy, the reaping.
@test "SIGINT at any moment of a scan: the process runs on, untraced, with no child left" {
  odd plain
  for after in 0.00{1..9..2} 0.01{0..8..4} 0.03; do
    "$BULKHEAD_RELEASE" scan --snapshot=fork "$target" >/dev/null 2>&1 3>&- &
    scanner=$!
    sleep "$after"
    kill -INT "$scanner" 2>/dev/null || true
    wait "$scanner" || true
  done
  for _ in {1..100}; do
    [ -z "$(ps --ppid "$target" -o pid=)" ] && break
    sleep 0.02
  done
  runs_on
}

@test "a process that is killed while it is scanned: exit 1 or 3, and why; no crash" {
  for after in 0.002 0.005 0.01 0.02 0.04; do
    odd plain
    "$BULKHEAD" scan "$target" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    scanner=$!
    sleep "$after"
    kill -KILL "$target"
    status=0
    wait "$scanner" || status=$?
    cat "$BATS_TEST_TMPDIR/out"
    [ "$status" -eq 1 ] || [ "$status" -eq 3 ]
    [ "$status" -eq 1 ] || grep -qE "No such process|has ended|is ending|is a zombie|no process|no memory" "$BATS_TEST_TMPDIR/out"
  done
}
