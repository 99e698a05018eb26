#!/usr/bin/env bats
# bulkhead watch on a made-up tree and on recorded histories: what it prints, and its exit status.

# shellcheck disable=SC2154 # bats sets stderr
load common

data=$BULKHEAD_SOURCE/tests/golden/data
expected=$BULKHEAD_SOURCE/tests/golden/expected
tree=$BULKHEAD_SOURCE/tests/roots/hostile-names
header=time_seconds,pid,comm,anon_bytes,swap_bytes,limit_bytes

# A leak of 20 MiB/s into 1 GiB from second 20 on, and beside it a process that only works.
fast_leak() {
  echo "$header"
  awk 'BEGIN { for (t = 0; t <= 60; t++) {
    leak = 50 * 1048576 + (t > 20 ? (t - 20) * 20 * 1048576 : 0)
    printf "%d,7,leaky,%.0f,0,1073741824\n%d,8,steady,%.0f,0,1073741824\n", t, leak, t,
      800 * 1048576 + t % 3 * 8192 } }'
}

# What each run costs and when it was differs; all else must not.
without_cost() {
  sed -E 's/the pass took [0-9.]+ ms/the pass took COST ms/; s/"pass_cpu_seconds":[0-9.e-]+/"pass_cpu_seconds":COST/'
}

@test "--once shows every process, hostile names escaped, kernel threads counted" {
  run "$BULKHEAD" watch --once --root "$tree"
  [ "$status" -eq 0 ]
  diff -u "$expected/watch-once.txt" <(without_cost <<<"$output")
}

@test "--once --json: schema first, the keys of the contract in their order" {
  run "$BULKHEAD" watch --once --json --root "$tree"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == '{"schema":"bulkhead.watch/1",'* ]]
  jq -e '.processes | all(keys_unsorted[:12] == ["pid", "comm", "unit", "anon_bytes", "swap_bytes",
    "growth_bytes_per_second", "exhaustion_seconds", "headroom_bytes", "headroom_limit", "score",
    "verdict", "reasons"])' <<<"$output"
  diff -u "$expected/watch-once.json" <(without_cost <<<"$output")
}

@test "unknown is null, never 0" {
  run "$BULKHEAD" watch --once --json --root "$tree"
  jq -e '.time_seconds == null and .host.pressure_some == null' <<<"$output"
  jq -e '.processes | all(.growth_bytes_per_second == null and .exhaustion_seconds == null and
    .window_seconds == null and .verdict == "unknown")' <<<"$output"
}

@test "PIDs restrict, --filter and --top and --sort choose" {
  run "$BULKHEAD" watch --once --json --root "$tree" 103 1
  [ "$status" -eq 0 ]
  jq -e '[.processes[].pid] == [1, 103]' <<<"$output"
  run "$BULKHEAD" watch --once --json --root "$tree" --filter POSTGRES
  jq -e '[.processes[].pid] == [100]' <<<"$output"
  run "$BULKHEAD" watch --once --json --root "$tree" --sort pid --reverse --top 2
  jq -e '[.processes[].pid] == [103, 102] and .matching == 5' <<<"$output"
}

@test "a PID that is not there is exit 3 and said on stderr" {
  run --separate-stderr "$BULKHEAD" watch --once --json --root "$tree" 103 4242
  [ "$status" -eq 3 ]
  [ "$stderr" = "bulkhead: process 4242 is not there, or is a kernel thread" ]
  jq -e '.missing_pids == [4242] and (.processes | length) == 1' <<<"$output"
}

@test "a root without proc is exit 3" {
  run --separate-stderr "$BULKHEAD" watch --once --root "$BATS_TEST_TMPDIR"
  [ "$status" -eq 3 ]
  [[ $stderr == "bulkhead: "*proc* ]]
}

@test "bad values are exit 2 with a message that names the option" {
  for bad in '--interval x' '--interval 0' '--top 0' '--top -1' '--duration 5parsecs' '--sort size' \
    'abc' '0' '--replay f --once' '--once --duration 3'; do
    # shellcheck disable=SC2086
    run --separate-stderr "$BULKHEAD" watch $bad
    [ "$status" -eq 2 ] || { echo "$bad: $status"; return 1; }
    [[ $stderr == *"bulkhead watch: "* && -z $output ]]
  done
}

@test "without a terminal, --duration ends a stream of one object a pass, --interval apart" {
  start=$EPOCHREALTIME
  run "$BULKHEAD" watch --interval 500ms --duration 1200ms --json --root "$tree"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 3 ]
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { exit !(b - a >= 1) }'
}

@test "replay: the leak is called soon after it starts, the big steady process never" {
  run "$BULKHEAD" watch --replay <(fast_leak) --json
  [ "$status" -eq 1 ]
  jq -e '.schema == "bulkhead.watch/1" and .rows == 122 and .refused_rows == 0' <<<"$output"
  jq -e '.processes[0] | .comm == "leaky" and .verdict == "leaking" and
    .alarm_seconds > 20 and .alarm_seconds <= 35 and .headroom_limit == "limit_bytes" and
    .headroom_bytes == 1073741824 - 850 * 1048576 and .exhaustion_seconds.mid < 20' <<<"$output"
  jq -e '.processes[1] | .comm == "steady" and .verdict == "steady" and .alarm_seconds == null' <<<"$output"
}

@test "replay: text tells the alarm too, and standard input is a file like any other" {
  run "$BULKHEAD" watch --replay - --top 1 < <(fast_leak)
  [ "$status" -eq 1 ]
  [[ ${lines[2]} == *" leaky "*"!!leaking "*"alarm at "* ]]
}

# history SHAPE INTERVAL SECONDS LIMIT_MIB (0: none): one process.
history() {
  echo "$header"
  awk -v shape="$1" -v interval="$2" -v seconds="$3" -v limit="$4" 'BEGIN {
    for (t = 0; t <= seconds; t += interval) {
      life = t > seconds / 2 ? t - seconds / 2 : t
      if (shape == "linear") y = 200 + t / 36
      if (shape == "steps") y = 200 + 100 * int(t / 3600)
      if (shape == "saw-leak") y = 200 + t / 60 + 300 * (t % 1500) / 1500
      if (shape == "cache") y = 100 + 1200 * (1 - exp(-t / 10000))
      if (shape == "flat") y = 800 + t / interval % 3
      if (shape == "daily") y = 400 + 600 * (0.5 - 0.5 * cos(6.2831853 * t / 86400))
      if (shape == "two-lives") y = 30 + life / 36
      if (shape == "life-after") y = t <= seconds / 2 ? 1000 : 30 + (life < 600 ? life / 10 : 60)
      printf "%d,1,%s,%.0f,0,%s\n", t, shape, y * 1048576, (limit > 0 ? limit * 1048576 : "")
    } }'
}

# verdict SHAPE INTERVAL SECONDS LIMIT_MIB VERDICT JQ: the final verdict, and what else must hold.
verdict() {
  history "${@:1:4}" >"$BATS_TEST_TMPDIR/history.csv"
  run "$BULKHEAD" watch --json --replay "$BATS_TEST_TMPDIR/history.csv"
  jq -e ".processes[0] | .verdict == \"$5\" and ($6)" <<<"$output" ||
    { echo "$*: $output"; return 1; }
}

@test "replay: leaks are called whatever the sampling, with and without a limit" {
  for interval in 10 60 300; do
    soon='.alarm_seconds > 0 and .alarm_seconds < 140256 / 3'
    for shape in linear steps; do
      verdict $shape $interval 72000 4096 leaking "$soon and .exhaustion_seconds.mid < 75000 and
        .exhaustion_seconds.mid > 60000"
      verdict $shape $interval 72000 0 leaking '.alarm_seconds > 0 and .exhaustion_seconds == null'
    done
    verdict saw-leak $interval 100000 4096 leaking '.alarm_seconds < 233760 / 3'
  done
}

@test "replay: a cache to its bound, a flat process and a daily load end steady" {
  for interval in 10 60 300; do
    for limit in 0 4096; do
      verdict flat $interval 90000 $limit steady '.alarm_seconds == null'
      verdict cache $interval 90000 $limit steady "$limit == 0 or .alarm_seconds == null"
    done
  done
  # The first rise of a day meets no day to compare with; none of the other six may alarm.
  verdict daily 60 604800 2048 steady '.alarm_seconds == null or .alarm_seconds < 86400'
  verdict daily 300 604800 0 steady '.alarm_seconds == null or .alarm_seconds < 86400'
}

@test "replay: a restart under the same pid and name neither hides the next leak nor alarms" {
  for limit in 0 4096; do
    verdict two-lives 60 172800 $limit leaking '.alarm_seconds < 86400'
    verdict life-after 60 172800 $limit steady '.alarm_seconds == null'
  done
  # Only the second life is long enough to be called.
  history two-lives 60 172800 4096 | awk -F, 'NR == 1 || $1 <= 18000 || $1 > 86400' \
    >"$BATS_TEST_TMPDIR/second.csv"
  run "$BULKHEAD" watch --json --replay "$BATS_TEST_TMPDIR/second.csv"
  jq -e '.processes[0] | .verdict == "leaking" and .alarm_seconds > 86400 and
    .alarm_seconds < 86400 + 146376 / 3' <<<"$output"
}

@test "replay: malformed rows are refused by line, the good ones judged, exit 3" {
  cd "$data"
  run --separate-stderr "$BULKHEAD" watch --replay hostile.csv --json --sort pid
  [ "$status" -eq 3 ]
  diff -u "$expected/watch-hostile.err" - <<<"$stderr"
  jq -e '.rows == 4 and .refused_rows == 6 and [.processes[].pid] == [1, 2, 5]' <<<"$output"
  jq -e '.processes[0] | .comm == "with \"quotes\", comma\\nand line break" and .swap_bytes == null
    and .headroom_bytes == null and .headroom_limit == null' <<<"$output"
  jq -e '.processes[2].comm == "\\x1b[2J escape"' <<<"$output"
}

@test "replay: only the first 20 refusals are shown, the total is told" {
  run --separate-stderr "$BULKHEAD" watch --json --replay - < <(
    echo "$header"
    yes x | head -n 50
  )
  [ "$status" -eq 3 ]
  [ "${#stderr_lines[@]}" -eq 21 ]
  [ "${stderr_lines[20]}" = "bulkhead: -: 50 rows refused in all" ]
  jq -e '.refused_rows == 50 and .processes == [] and .first_seconds == null' <<<"$output"
}

@test "replay: a bad header, an empty file and a missing file are exit 3, nothing on stdout" {
  for first in "${header/,pid/}" "$header,pid" "" ; do
    run --separate-stderr "$BULKHEAD" watch --json --replay - <<<"$first"
    [ "$status" -eq 3 ]
    [[ -z $output && $stderr == *"'-' line 1: "* ]]
  done
  run --separate-stderr "$BULKHEAD" watch --replay /dev/null
  [[ $status -eq 3 && $stderr == *"'/dev/null' line 1: the file is empty" ]]
  run --separate-stderr "$BULKHEAD" watch --replay "$BATS_TEST_TMPDIR/none.csv"
  [[ $status -eq 3 && $stderr == *"none.csv': No such file or directory" ]]
}

@test "replay: PIDs restrict; none found is exit 3" {
  run "$BULKHEAD" watch --json --replay <(fast_leak) 8
  [ "$status" -eq 0 ]
  jq -e '[.processes[].pid] == [8]' <<<"$output"
  run "$BULKHEAD" watch --json --replay <(fast_leak) 9
  [ "$status" -eq 3 ]
}
