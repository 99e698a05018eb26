#!/usr/bin/env bats
# bulkhead storm run: a real kernel's OOM report, measured beside the prediction.

load vm

@test "storm run measures what was predicted: the whole report, its verdict, and nothing" {
  need_vm
  "$BULKHEAD" storm run --baud 115200 --tasks 60 --loglevel 7,4,3 --json --markdown "$BATS_TEST_TMPDIR/table.md" \
    >"$BATS_TEST_TMPDIR/runs.json" 2>"$BATS_TEST_TMPDIR/progress"
  python3 - "$BATS_TEST_TMPDIR/runs.json" <<'END'
import json, sys
whole = json.load(open(sys.argv[1]))
assert whole["schema"] == "bulkhead.storm/1" and whole["summary"]["valid"] == 3, whole["summary"]
everything, verdict, nothing = whole["runs"]
# The task table is computed to the byte; the stack is what varies from report to report.
m, p = everything["measured"], everything["predicted"]
table = m["parts"]["task_table"]
assert abs(p["task_table_seconds"] * 11520 - table) < 1, (p, table)
assert p["interval_bytes"]["low"] <= m["report_bytes"] <= p["interval_bytes"]["high"], (p, m)
# A busy host makes the wire slower, never faster.
assert 0.75 < everything["ratio"] < 1.25, everything["ratio"]
assert 100 < verdict["measured"]["console_bytes"] < 220
assert nothing["measured"]["console_bytes"] == 0 and nothing["measured"]["report_bytes"] > 5000
assert nothing["within_10_percent"] and nothing["predicted"]["print_seconds"] == 0
END
  [ "$(wc -l <"$BATS_TEST_TMPDIR/table.md")" -eq 7 ]
  grep -q '^storm run: 3 of 3: ' "$BATS_TEST_TMPDIR/progress"
}

@test "an interrupted run ends its virtual machine, and says so" {
  need_vm
  "$BULKHEAD" storm run --baud 115200 --tasks 10 --repeat 50 --json >"$BATS_TEST_TMPDIR/runs.json" 3>&- &
  pid=$!
  # until QEMU is there: a grandchild
  for _ in {1..100}; do
    bench=$(pgrep -P "$pid" || true)
    [ -n "$bench" ] && qemu=$(pgrep -P "$bench" || true) && [ -n "$qemu" ] && break
    sleep 0.1
  done
  [ -n "$qemu" ]
  kill -INT "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 4 ]
  [ ! -d "/proc/$bench" ]
  [ ! -d "/proc/$qemu" ]
  python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["summary"]["interrupted"]' "$BATS_TEST_TMPDIR/runs.json"
}
