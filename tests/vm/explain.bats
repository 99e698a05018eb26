#!/usr/bin/env bats
# explain in the guest whose kernel had the OOM (vm/scenarios/explain.ini), and what it says of the
# console's speed, which the bench knows.

load vm

told() {
  need_vm "$1"
  answers=$BATS_FILE_TMPDIR/${1// /-}.jsonl
  [[ -s $answers ]] || vm --kernel "$1" "$scenarios/explain.ini" >"$answers"
  run_is told '.valid and .measured.kills == 1 and .measured.victims[0].comm == "leaker"'
  pid=$(jq -s '.[] | select(.name == "told") | .measured.exits[] | select(.name == "leaker") | .pid' <"$answers")
}

nothing_before() {
  told "$1"
  output_of told 0 | head -n 1 | jq -e '.reports == []'
  [[ $(output_of told 0 | tail -n 1) == "exit 0" ]]
}

afterwards() {
  told "$1"
  [[ $(output_of told 2) == "exit 1" ]]
  { output_of told 3 && output_of told 4; } | jq -e --argjson pid "$pid" '.reports | length == 1 and (.[0] |
    .victim.pid == $pid and .victim.comm == "leaker" and .constraint == "none" and .verdict == "leaker_killed" and
    (.truncated | not))'
  output_of told 5 | grep -q "leaker"
}

# Bytes and seconds of the printing: the bench reads them from the ring buffer by code of its own.
as_measured() {
  told "$1"
  measured=$(jq -s '.[] | select(.name == "told") | .measured' <"$answers")
  { output_of told 3 && output_of told 4; } | jq -e --argjson m "$measured" '.reports[0].timing |
    .bytes == $m.report_bytes and (.print_seconds / $m.printk_seconds | . > 0.9 and . < 1.1)'
}

live() {
  told "$1"
  { output_of told 6 && output_of told 7; } | jq -es --argjson pid "$pid" 'map(.reports // [.] | .[] | select(.victim)) |
    length == 1 and .[0].victim.pid == $pid and .[0].victim.comm == "leaker"'
}

# The report's first bytes wait in the buffer before the line, so that a short one looks faster.
speed_of() {
  local title=$1 baud=$2 kept
  need_vm "$title"
  for _ in 1 2 3; do
    kept=$(mktemp -d "$BATS_FILE_TMPDIR/kept.XXXXXX")
    vm --kernel "$title" --keep "$kept" --set "machine.console_baud=$baud" --set machine.bulkhead=no - >"$kept/answers" <<'INI'
[machine]
memory = 256M
[run speed]
tasks = 60
leakers = 1
INI
    "$BULKHEAD" explain --json "$kept/00-speed.console" >"$kept/told" || [ $? -eq 1 ]
    jq -e --argjson baud "$baud" '.reports[0].timing.inferred_baud == $baud' <"$kept/told" && break
  done
  jq -e --argjson baud "$baud" '.reports[0].timing | .inferred_baud == $baud and .print_seconds > 0.9 * .bytes * 10 / $baud and
    .print_seconds < 1.2 * .bytes * 10 / $baud' <"$kept/told" || {
    jq '.reports[0].timing' <"$kept/told" >&2
    return 1
  }
}

@test "Debian 12: no OOM yet, nothing to explain, exit 0" { nothing_before "Debian 12"; }
@test "Debian 12: explain with no argument tells the OOM of this boot" { afterwards "Debian 12"; }
@test "Debian 12: bytes and seconds of the printing are those that the bench measures" { as_measured "Debian 12"; }
@test "Debian 12: explain --live tells it as it comes" { live "Debian 12"; }
@test "Debian 13: no OOM yet, nothing to explain, exit 0" { nothing_before "Debian 13"; }
@test "Debian 13: explain with no argument tells the OOM of this boot" { afterwards "Debian 13"; }
@test "Debian 13: explain --live tells it as it comes" { live "Debian 13"; }
@test "a console of 9600 baud is told from the report's own times" { speed_of "Debian 12" 9600; }
@test "a console of 115200 baud is told from the report's own times" { speed_of "Debian 13" 115200; }
