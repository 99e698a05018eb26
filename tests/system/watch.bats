#!/usr/bin/env bats
# bulkhead watch on real processes, and its terminal UI in a real terminal (tmux).
# shellcheck disable=SC2030,SC2031 # each test is a subshell, and its teardown runs in it

load ../golden/common

setup() {
  socket=bulkhead-test-$$-$BATS_TEST_NUMBER
  started=()
}

teardown() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  tmux -L "$socket" kill-server 2>/dev/null || true
}

# A process that takes RATE MiB a second in 20 steps, at most 1 GiB of address space.
leaker() {
  (
    ulimit -v 1048576
    exec python3 -c '
import sys, time
held = []
while True:
    held.append(b"x" * int(float(sys.argv[1]) * 1048576 / 20))
    time.sleep(0.05)' "$1" 3>&- 2>/dev/null
  ) &
  leaker_pid=$!
  started+=("$leaker_pid")
}

screen() { tmux -L "$socket" capture-pane -p "$@"; }
keys() { tmux -L "$socket" send-keys "$@"; }

# Waits until the screen holds a text, up to 10 s.
see() {
  for _ in $(seq 100); do
    screen | grep -qF -- "$1" && return
    sleep 0.1
  done
  echo "not on the screen: $1"
  screen
  return 1
}

# terminal WIDTH HEIGHT COMMAND: runs it in a shell of its own, so that what is left can be seen
terminal() {
  command -v tmux >/dev/null || skip "tmux is not installed"
  tmux -L "$socket" -f /dev/null new-session -d -x "$1" -y "$2" \
    "stty -a > '$BATS_TEST_TMPDIR/before'; $3; echo \"ended: \$?\"; stty -a > '$BATS_TEST_TMPDIR/after'; sleep 60"
}

# How soon is tested on exact samples (tests/golden/watch.bats: 15 s). Here the machine may be busy, so
# the bound is half of the 50 s until the limit.
@test "a leak of 20 MiB/s against 1 GiB is called leaking long before the limit" {
  "$BULKHEAD" watch --json --interval 1 --duration 30 >"$BATS_TEST_TMPDIR/out" &
  watch_pid=$!
  started+=("$watch_pid")
  for _ in $(seq 100); do
    [ -s "$BATS_TEST_TMPDIR/out" ] && break
    sleep 0.1
  done
  leaker 20
  start=$EPOCHREALTIME
  status=0
  wait "$watch_pid" || status=$?
  [ "$status" -eq 1 ]
  jq -c --argjson pid "$leaker_pid" --argjson start "$start" '
    .time_seconds as $t | .processes[] | select(.pid == $pid and .verdict == "leaking") |
    [$t - $start, .headroom_limit, .growth_bytes_per_second.mid, .exhaustion_seconds.mid]' \
    "$BATS_TEST_TMPDIR/out" | head -n 1 >"$BATS_TEST_TMPDIR/call"
  cat "$BATS_TEST_TMPDIR/call"
  jq -e '.[0] <= 25 and .[1] == "rlimit" and .[2] > 10e6 and .[3] < 60' "$BATS_TEST_TMPDIR/call"
}

@test "exit 1 when the watched process leaks at the end, 3 when it is gone" {
  leaker 40
  run "$BULKHEAD" watch --json --interval 1 --duration 18 "$leaker_pid"
  [ "$status" -eq 1 ]
  kill "$leaker_pid"
  wait "$leaker_pid" || true
  run --separate-stderr "$BULKHEAD" watch --json --interval 100ms --duration 20 "$leaker_pid"
  [ "$status" -eq 3 ]
  [ "${#lines[@]}" -eq 1 ] # nothing left to watch: it does not wait for the end of the duration
}

@test "SIGTERM ends a stream between two passes, with whole lines" {
  "$BULKHEAD" watch --json --interval 100ms >"$BATS_TEST_TMPDIR/out" &
  pid=$!
  started+=("$pid")
  for _ in $(seq 100); do
    [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -ge 2 ] && break
    sleep 0.1
  done
  kill "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" -lt 4 ]
  jq -e '.schema == "bulkhead.watch/1"' "$BATS_TEST_TMPDIR/out" >/dev/null
}

@test "terminal: table, order, filter, details, help, pause and the way back" {
  terminal 120 24 "LC_ALL=C.UTF-8 '$BULKHEAD' watch --interval 500ms"
  see "VERDICTv"
  see "q quit"
  keys M
  see "MEMORYv"
  keys r
  see "MEMORY^"
  keys /
  see "filter: _"
  keys "no such process" Enter
  see "nothing matches the filter"
  keys Escape
  see "PID"
  keys / bulkhead Enter
  see "filter: bulkhead"
  see " bulkhead "
  sleep 1
  keys Enter
  see "headroom "
  see "the limit that binds:"
  see "history "
  keys '?'
  see "No key changes a process."
  keys q
  see "VERDICT"
  keys p
  see "PAUSED"
  keys q
  see "ended: 0"
  sleep 0.3
  diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "terminal: every size down to 20 x 5, and back" {
  terminal 120 24 "LC_ALL=C.UTF-8 '$BULKHEAD' watch --interval 200ms"
  see "VERDICTv"
  for size in '20 5' '10 2' '1 1' '200 3' '20 5'; do
    # shellcheck disable=SC2086
    set -- $size
    tmux -L "$socket" resize-window -x "$1" -y "$2"
    keys j G g Enter '?' q Escape
    sleep 0.5
  done
  see "PID"
  see "q quit"
  tmux -L "$socket" resize-window -x 120 -y 24
  see "the pass took"
  keys q
  see "ended: 0"
}

@test "terminal: an ASCII locale gets ASCII, NO_COLOR no colour, hostile names no escapes" {
  (exec -a x bash -c 'printf "\033[31m\303\251" >/proc/self/comm; exec 3>&-; while sleep 1; do :; done') &
  started+=("$!")
  terminal 120 40 "LC_ALL=C NO_COLOR=1 '$BULKHEAD' watch --interval 300ms --filter '[31m'"
  see '\x1b[31m'
  keys Enter
  see "history "
  sleep 1
  run screen -e
  picture=$output
  run ! grep -aP '[\x80-\xff]' <<<"$picture"
  run ! grep -P '\x1b\[[0-9;]*3[0-8]m' <<<"$picture"
}

@test "terminal: restored after SIGTERM, after SIGINT and when reading fails" {
  for signal in TERM INT; do
    terminal 80 24 "LC_ALL=C.UTF-8 sh -c 'echo \$\$ >$BATS_TEST_TMPDIR/pid; exec $BULKHEAD watch --interval 200ms'"
    see "q quit"
    kill -"$signal" "$(cat "$BATS_TEST_TMPDIR/pid")"
    see "ended: "
    sleep 0.3
    diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
    tmux -L "$socket" kill-server
  done
  cp -r "$BULKHEAD_SOURCE/tests/roots/hostile-names" "$BATS_TEST_TMPDIR/tree"
  terminal 80 24 "LC_ALL=C.UTF-8 '$BULKHEAD' watch --interval 200ms --root '$BATS_TEST_TMPDIR/tree'"
  see "q quit"
  echo nonsense >"$BATS_TEST_TMPDIR/tree/proc/meminfo"
  see "ended: 3"
  see "bulkhead: "
  sleep 0.3
  diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "terminal: it ends when its terminal goes away" {
  terminal 80 24 "sh -c 'echo \$\$ >$BATS_TEST_TMPDIR/pid; exec $BULKHEAD watch'"
  see "q quit"
  pid=$(cat "$BATS_TEST_TMPDIR/pid")
  tmux -L "$socket" kill-server
  for _ in $(seq 50); do
    [ -d "/proc/$pid" ] || return 0
    sleep 0.1
  done
  started+=("$pid")
  false
}

@test "TERM=dumb and an unknown TERM fall back to plain text" {
  command -v tmux >/dev/null || skip "tmux is not installed"
  terminal 150 24 "TERM=dumb '$BULKHEAD' watch --duration 100ms --top 1; TERM=nonesuch '$BULKHEAD' watch --duration 100ms --top 1"
  see "ended: "
  [ "$(screen -J | grep -c 'the pass took')" -ge 2 ]
  see "TERM is unknown"
}
