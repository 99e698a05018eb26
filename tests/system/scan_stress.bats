#!/usr/bin/env bats
# A process whose four threads do nothing but allocate, resize and free, and check what their blocks hold,
# scanned again and again: it must live, its sums must be right, and nothing of it is lost.
# BULKHEAD_SCANS: how many scans of each kind (make bench: 500).

load ../golden/common

: "${BULKHEAD_SCANS:=60}"

setup() { started=; }

teardown() {
  [ -z "$started" ] || kill "$started" 2>/dev/null || true
}

# hammer WAY: scans the stress program; what each scan said is in $BATS_TEST_TMPDIR/scans
hammer() {
  "$BULKHEAD_LAB/loss-stress" --interval 0.0002 >"$BATS_TEST_TMPDIR/program" 3>&- &
  started=$!
  for _ in $(seq 100); do
    grep -q '^ready' "$BATS_TEST_TMPDIR/program" && break
    sleep 0.1
  done
  for _ in $(seq "$BULKHEAD_SCANS"); do
    status=0
    "$BULKHEAD_RELEASE" scan --json --snapshot="$1" "$started" >>"$BATS_TEST_TMPDIR/scans" || status=$?
    ((status <= 1)) || { echo "exit status $status"; return 1; }
  done
  kill -TERM "$started"
  status=0
  wait "$started" || status=$?
  started=
  cat "$BATS_TEST_TMPDIR/program"
  [ "$status" -eq 0 ] # 3: a block was damaged; 128 and more: it crashed
  grep -qE '^operations=[0-9]{4,} damaged=0 ' "$BATS_TEST_TMPDIR/program"
}

judge() {
  jq -sc '{scans: length, too_few: [.[] | select(.summary.still_reachable.blocks < 3000)] | length,
    definite: ([.[].summary.definitely_lost.blocks] | add), indirect: ([.[].summary.indirectly_lost.blocks] | add),
    possible_most: ([.[].summary.possibly_lost.blocks] | max), pause_most: ([.[].pause_seconds] | max)}' \
    "$BATS_TEST_TMPDIR/scans" | tee "$BATS_TEST_TMPDIR/sum"
  jq -e --argjson n "$BULKHEAD_SCANS" '.scans == $n and .too_few == 0 and .definite == 0 and .indirect == 0' \
    "$BATS_TEST_TMPDIR/sum"
}

@test "fork: no crash, no damage, nothing lost" {
  hammer fork
  judge
}

@test "copy: no crash, no damage, nothing lost" {
  hammer copy
  judge
}

@test "no zombie and no stopped thread is left behind" {
  BULKHEAD_SCANS=5
  "$BULKHEAD_LAB/loss-stress" >"$BATS_TEST_TMPDIR/program" 3>&- &
  started=$!
  sleep 0.2
  for _ in $(seq 5); do "$BULKHEAD_RELEASE" scan --json --snapshot=fork "$started" >/dev/null || [ $? -eq 1 ]; done
  ps --ppid "$started" -o pid,stat,comm --no-headers >"$BATS_TEST_TMPDIR/children" || true
  cat "$BATS_TEST_TMPDIR/children"
  [ ! -s "$BATS_TEST_TMPDIR/children" ]
  sleep 0.2
  run ! grep -lE "^State:[[:blank:]]+[tT] " "/proc/$started/task/"*/status
  grep -q '^TracerPid:.0' "/proc/$started/status"
}
