#!/usr/bin/env bats
# bulkhead guard as a daemon: what it takes back, its configuration, limits of every kind, and what it
# does when the things around it fail. The leaks themselves are in guard.bats.

load guard

@test "what was changed is taken back: at the end, and by the next guard after a crash" {
  make_cgroup 512M
  config '[ladder]' 'term = no' 'kill = no' '[fallback]' 'enabled = no' \
    '[critical]' 'match = comm:vital' 'oom_score_adj = 0'
  # More critical processes than one state file after another would have room for.
  for _ in $(seq 45); do
    # shellcheck disable=SC2016
    sh -c 'echo 300 >/proc/$$/oom_score_adj && echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup" \
      "$BULKHEAD_LAB/large-steady" --die-with-parent --comm=vital --size=64K --interval=60 3>&- &
    started+=($!)
  done
  vital=$!
  vital_is() { [ "$(adj "$vital")" = "$1" ]; }
  wait_for 5 vital_is 300
  before=$(adj $$)
  guard
  start steady-leak --rate=20M --limit=450M
  leak=$pid
  wait_for 30 decided '.action == "raise_oom_score_adj"'
  [ "$(adj "$leak")" -gt "$before" ]
  [ "$(adj "$vital")" = 0 ]
  [ "$(jq '.changes | length' "$dir/state")" = 46 ]
  stop_guard
  [ "$status" -eq 0 ]
  [ "$(adj "$leak")" = "$before" ]
  [ "$(adj "$vital")" = 300 ]
  [ "$(jq '.changes | length' "$dir/state")" = 0 ]

  rm "$dir/log"
  guard
  wait_for 30 decided '.action == "raise_oom_score_adj"'
  kill -KILL "$guard"
  wait "$guard" || true
  [ "$(adj "$leak")" -gt "$before" ]
  kill -STOP "$leak"
  guard
  wait_for 5 vital_is 300
  [ "$(adj "$leak")" = "$before" ]
  decided '.action == "restore" or (.reason | test("earlier guard"))'
  stop_guard
  [ "$status" -eq 0 ]
}

@test "a second guard on the same state file is refused, a dry run beside it is not" {
  cgroup='' cgroup_path=/nobody-lives-here
  config
  guard
  run "$BULKHEAD" guard --config "$dir/conf" --duration 1
  [ "$status" -eq 3 ]
  [[ $output == *"another guard holds the state file '$dir/state'"* ]]
  "$BULKHEAD" guard --config "$dir/conf" --dry-run --duration 0.1
  stop_guard
  [ "$status" -eq 0 ]
  "$BULKHEAD" guard --config "$dir/conf" --duration 0.1
}

@test "a reload does not end a dry run, which has no state file" {
  make_cgroup 512M
  # The cgroup is known from the start: an empty one would be found by the next full scan only.
  start large-steady --size=64M
  config
  sed -i 's/^\[guard\]$/&\ndry_run = yes/' "$dir/conf"
  guard
  sed -i '/^dry_run/d' "$dir/conf"
  kill -HUP "$guard"
  wait_for 5 grep -q 'a dry run is not ended by a reload' "$dir/err"
  start steady-leak --rate=20M --limit=400M
  before=$(adj "$pid")
  wait_for 30 decided '.action == "raise_oom_score_adj" and .dry_run'
  [ "$(adj "$pid")" = "$before" ]
  stop_guard
  [ "$status" -eq 0 ]
}

@test "SIGHUP reloads a right configuration and keeps the old one for a wrong one" {
  cgroup='' cgroup_path=/nobody-lives-here
  config
  guard
  config '[ladder]' 'grace = soon'
  kill -HUP "$guard"
  wait_for 5 grep -q 'the old one stays' "$dir/err"
  grep -q "conf:$(wc -l <"$dir/conf"): \[ladder\] grace must be a time" "$dir/err"
  config '[ladder]' 'grace = 3s'
  kill -HUP "$guard"
  wait_for 5 grep -q 'configuration reloaded' "$dir/err"
  stop_guard
  [ "$status" -eq 0 ]
}

@test "an rlimit without a cgroup, scope by session, helper killed, stdout closed" {
  cgroup='' cgroup_path=/
  # shellcheck disable=SC2016
  setsid sh -c 'ulimit -v 450000; exec "$@"' sh "$BULKHEAD_LAB/steady-leak" --die-with-parent \
    --rate=15M 3>&- &
  leak=$!
  started+=("$leak")
  config "match =" "match = session:$leak"
  "$BULKHEAD" guard --config "$dir/conf" >&- 2>"$dir/err" 3>&- &
  guard=$!
  started+=("$guard")
  : >"$dir/out"
  wait_for 10 grep -q 'guarding' "$dir/err"
  kill -KILL "$(cat "/proc/$guard/task/$guard/children")"
  wait_for 5 grep -q 'helper process has died' "$dir/err"
  wait_for 35 gone "$leak"
  wait_for 10 decided '.action == "verify"'
  stop_guard
  # 4: an action failed. It was the evidence, and what was told on stdout was lost.
  [ "$status" -eq 4 ]
  decided '.action == "save_evidence" and .result == "failed"'
  decided '.action == "sigterm" and .chosen.headroom_limit == "rlimit"'
  grep -Eq ' [1-9][0-9]* messages lost' "$dir/err"
}

@test "a stopped leaker gets SIGKILL; a hung helper and a full pipe on stdout hold up nothing" {
  make_cgroup 512M
  config '[ladder]' 'grace = 1s' 'term_share = 90%' 'floor_share = 90%' '[evidence]' 'budget = 1s'
  mkfifo "$dir/pipe"
  sleep 1000 <>"$dir/pipe" 3>&- &
  started+=($!)
  # Not a byte more fits, and nobody reads.
  timeout 1 dd if=/dev/zero of="$dir/pipe" bs=4096 2>/dev/null || true
  "$BULKHEAD" guard --config "$dir/conf" >"$dir/pipe" 2>"$dir/err" 3>&- &
  guard=$!
  started+=("$guard")
  : >"$dir/out"
  wait_for 10 grep -q 'guarding' "$dir/err"
  # A stopped process takes nothing any more: it is signalled from half of the floor on.
  start large-steady --size=150M
  helper=$(cat "/proc/$guard/task/$guard/children")
  started+=("$helper")
  kill -STOP "$helper"
  start steady-leak --rate=20M
  leak=$pid
  wait_for 30 decided '.action == "save_evidence"'
  kill -STOP "$leak"
  wait_for 10 gone "$leak"
  wait_for 10 decided '.action == "verify"'
  stop_guard
  [ "$(actions_of "$leak" | tail -3 | tr '\n' ' ')" = "sigterm sigkill verify " ]
}

@test "SIGKILL switched off: guard waits for the end without spinning" {
  make_cgroup 512M
  config '[ladder]' 'grace = 500ms' 'kill = no' 'verify = 1s' 'term_share = 90%' 'floor_share = 90%'
  guard
  start steady-leak --rate=20M --ignore-term --limit=400M
  leak=$pid
  wait_for 30 decided '.action == "sigterm"'
  sleep 1
  # utime + stime: it spun at a thousand looks a second once
  ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$guard/stat"; }
  first=$(ticks)
  sleep 3
  [ $(($(ticks) - first)) -lt $((3 * $(getconf CLK_TCK) / 3)) ]
  alive "$leak"
  stop_guard
  [ "$(actions_of "$leak" | tail -1)" != sigkill ]
}

@test "a decision log that cannot be written is refused at the start" {
  cgroup='' cgroup_path=/nobody-lives-here
  config
  echo "[guard]
decision_log = /proc/no/log" >>"$dir/conf"
  run -3 "$BULKHEAD" guard --config "$dir/conf" --duration 1s
  [[ $output == *"cannot open the decision log '/proc/no/log'"* ]]
}

@test "a decision log on a full disk: guard goes on, the loss is counted" {
  [ -c /dev/full ] || skip "no /dev/full"
  make_cgroup 512M
  config '[ladder]' 'term_share = 90%' 'floor_share = 90%' '[guard]' 'decision_log = /dev/full'
  guard
  start steady-leak --rate=20M
  wait_for 30 gone "$pid"
  wait_for 10 grep -q '^verify' "$dir/out"
  stop_guard
  grep -Eq ' [1-9][0-9]* messages lost' "$dir/err"
}

@test "systemd's protocol: READY, WATCHDOG at half of the time, STOPPING" {
  command -v perl >/dev/null || skip "no perl for the listening end"
  cgroup='' cgroup_path=/nobody-lives-here
  config '[guard]' 'headroom_interval = 1h' 'rest_interval = 2h'
  perl -MIO::Socket::UNIX -e '$| = 1; my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => shift)
    or die; while (defined $s->recv(my $m, 4096)) { print $m }' "$dir/notify" >"$dir/told" 3>&- &
  started+=($!)
  wait_for 5 test -S "$dir/notify"
  NOTIFY_SOCKET=$dir/notify WATCHDOG_USEC=1000000 guard
  wait_for 5 grep -q '^READY=1' "$dir/told"
  sleep 3
  # one each half second, also while nothing else is due for an hour
  [ "$(grep -c '^WATCHDOG=1' "$dir/told")" -ge 4 ]
  kill -HUP "$guard"
  wait_for 5 grep -q '^RELOADING=1' "$dir/told"
  stop_guard
  [ "$status" -eq 0 ]
  wait_for 5 grep -q '^STOPPING=1' "$dir/told"
  grep -q '^STATUS=[0-9]* processes, 0 suspects' "$dir/told"
}
