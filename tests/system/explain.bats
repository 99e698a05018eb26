#!/usr/bin/env bats
# bulkhead explain on "the live system": in a mount namespace where /dev/kmsg is a file or a pipe of this test,
# with a journalctl of its own. What a kernel's /dev/kmsg does is tested in a virtual machine (tests/vm).

load ../golden/common

data=$BULKHEAD_SOURCE/tests/golden/data/explain

setup() {
  [ "$(id -u)" -eq 0 ] || skip "mounting needs root"
  unshare -m true 2>/dev/null || skip "no mount namespace can be made here"
  [ -e /dev/kmsg ] || skip "this system has no /dev/kmsg to mount over"
  mkdir "$BATS_TEST_TMPDIR/bin"
  for tool in bash sleep cat mount; do ln -s "$(command -v $tool)" "$BATS_TEST_TMPDIR/bin/$tool"; done
  kmsg=$BATS_TEST_TMPDIR/kmsg
  : >"$kmsg"
}

# Becomes the command with $kmsg as /dev/kmsg, and no journalctl but that of the test.
become() {
  exec unshare -m --propagation private bash -c 'mount --bind "$1" /dev/kmsg || exit 99; PATH=$2; shift 2; exec "$@"' \
    bash "$kmsg" "$BATS_TEST_TMPDIR/bin" "$BULKHEAD" explain "$@"
}

inside() { (become "$@"); }

journalctl_is() {
  printf '#!%s\n%s\n' "$(command -v bash)" "$1" >"$BATS_TEST_TMPDIR/bin/journalctl"
  chmod +x "$BATS_TEST_TMPDIR/bin/journalctl"
}

@test "this boot: /dev/kmsg is enough when it holds a report" {
  cp "$data/line.txt" "$kmsg"
  journalctl_is "touch $BATS_TEST_TMPDIR/asked"
  run --separate-stderr inside </dev/null
  [ "$status" -eq 1 ]
  [[ $output == *"indexer"*"from 1 input"* ]]
  [ ! -e "$BATS_TEST_TMPDIR/asked" ]
}

@test "this boot: else the journal, of this boot's kernel" {
  journalctl_is "echo \"\$@\" >$BATS_TEST_TMPDIR/asked; cat $data/line.txt"
  run --separate-stderr inside </dev/null
  [ "$status" -eq 1 ]
  [[ $output == *"indexer"* ]]
  [[ " $(<"$BATS_TEST_TMPDIR/asked") " == *" -k -b "*"--no-pager"* ]]
}

@test "this boot: no journalctl is no error" {
  run --separate-stderr inside </dev/null
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ $output == "no OOM report found: 0 B read from 1 input" ]]
}

@test "this boot: a journalctl that fails is told, exit 3" {
  journalctl_is "exit 1"
  run --separate-stderr inside </dev/null
  [ "$status" -eq 3 ]
  [[ $stderr == *"journalctl found no journal"* ]]
}

@test "--live: a report is told when it is whole, Ctrl-C ends it" {
  rm "$kmsg"
  mkfifo "$kmsg"
  exec 7<>"$kmsg"
  # A job of a script ignores SIGINT; SIGTERM does the same.
  become --live --json >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 7>&- &
  pid=$!
  cat "$data/innocent.txt" >&7
  for _ in $(seq 100); do
    [ -s "$BATS_TEST_TMPDIR/out" ] && break
    sleep 0.1
  done
  [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 1 ]
  jq -e '.reports[0].victim.comm == "orderdb"' "$BATS_TEST_TMPDIR/out"
  kill -TERM "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 1 ]
  [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 2 ]
  tail -n 1 "$BATS_TEST_TMPDIR/out" | jq -e '.reports == [] and .read.inputs == 1'
  [ ! -s "$BATS_TEST_TMPDIR/err" ]
}
