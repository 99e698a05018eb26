#!/usr/bin/env bats
# bulkhead guard on real leaks, in a cgroup of its own with a limit. The guard is the sanitised one
# where the tests are: there an allocation after arming aborts it.

load guard

@test "a leaker is contained before the limit, the healthy live on" {
  make_cgroup 512M
  config
  start large-steady --size=128M
  big=$pid
  start bounded-cache --size=32M --rate=8M
  cache=$pid
  start sawtooth --size=32M
  saw=$pid
  guard
  start steady-leak --rate=20M
  leak=$pid
  wait_for 35 gone "$leak"
  wait_for 10 decided '.action == "verify"'
  alive "$big" && alive "$cache" && alive "$saw"
  stop_guard
  [ "$status" -eq 0 ]
  [ "$(kernel_kills)" = 0 ]
  # mildest first; nothing but notices of the leak about anybody else
  [ "$(actions_of "$leak" | tr '\n' ' ')" = "notify raise_oom_score_adj save_evidence sigterm verify " ]
  jq -es 'all(.[]; .basis == "leak" and (keys_unsorted[0] == "schema"))' "$dir/log"
  jq -es "all(.[]; .action == \"notify\" or .chosen.pid == $leak)" "$dir/log"
  evidence=$(echo "$dir"/evidence/*)
  grep -q '^VmRSS' "$evidence/status"
  grep -q '^Private_Dirty' "$evidence/smaps_rollup"
  [ "$(jq -r .chosen.pid "$evidence/decision.json")" = "$leak" ]
  # nothing is left to be taken back
  [ "$(jq '.changes | length' "$dir/state")" = 0 ]
}

@test "SIGTERM is ignored and the name is hostile: SIGKILL, memory verified, lines stay whole" {
  make_cgroup 512M
  config '[ladder]' 'grace = 1s'
  start large-steady --size=64M
  big=$pid
  guard --json
  start steady-leak --rate=20M --ignore-term --comm=$'a\n{"\e[31m)'
  leak=$pid
  wait_for 35 gone "$leak"
  wait_for 10 decided '.action == "verify" and .result == "done"'
  alive "$big"
  stop_guard
  [ "$status" -eq 0 ]
  [ "$(kernel_kills)" = 0 ]
  [ "$(actions_of "$leak" | tail -3 | tr '\n' ' ')" = "sigterm sigkill verify " ]
  # stdout and the log hold the same lines, each one object, no byte of the name raw
  cmp "$dir/out" "$dir/log"
  [ "$(wc -l <"$dir/log")" = "$(jq -c . "$dir/log" | wc -l)" ]
  run ! grep -q $'\e' "$dir/log" "$dir/err"
  jq -es 'any(.[]; .chosen.comm == "a\\n{\"\\x1b[31m)")' "$dir/log"
}

@test "--dry-run tells the same rungs and changes nothing" {
  make_cgroup 512M
  config '[ladder]' 'grace = 1s'
  start large-steady --size=64M
  big=$pid
  guard --dry-run
  start steady-leak --rate=20M --limit=400M
  leak=$pid
  wait_for 35 decided '.action == "sigkill"'
  alive "$leak" && alive "$big"
  [ "$(adj "$leak")" = "$(adj $$)" ]
  stop_guard
  [ "$status" -eq 0 ]
  alive "$leak"
  [ "$(actions_of "$leak" | head -5 | tr '\n' ' ')" = "notify raise_oom_score_adj save_evidence sigterm sigkill " ]
  jq -es 'all(.[]; .dry_run)' "$dir/log"
  jq -es 'all(.[] | select(.action | test("raise|sig")); .result == "dry-run")' "$dir/log"
  [ ! -e "$dir/state" ]
}

@test "a protected leaker is only told of" {
  make_cgroup 512M
  config '[protect]' 'match = comm:steady-*' '[fallback]' 'cgroups = yes'
  guard
  start steady-leak --rate=30M --limit=490M
  leak=$pid
  wait_for 30 decided '.action == "notify"'
  # until its own brake stops it, well past the point at which any other would have been killed
  holds() { [ "$(awk '/^RssAnon/ { print $2 }' "/proc/$leak/status")" -gt "$1" ]; }
  wait_for 25 holds 480000
  sleep 2
  alive "$leak"
  [ "$(adj "$leak")" = "$(adj $$)" ]
  stop_guard
  [ "$status" -eq 0 ]
  [ "$(actions_of "$leak" | sort -u)" = notify ]
  jq -es 'all(.[]; .chosen.excluded == "protected by [protect]")' "$dir/log"
}

@test "a cache filling to half of the headroom lives; a burst is stopped, and called the fallback" {
  make_cgroup 512M
  config '[fallback]' 'cgroups = yes' 'share = 30%'
  start large-steady --size=128M
  big=$pid
  guard
  start bounded-cache --size=128M --rate=20M
  cache=$pid
  sleep 12
  alive "$cache"
  run ! decided '.action | test("sig")'
  start burst --size=400M --rate=60M --interval=30
  burst=$pid
  wait_for 15 gone "$burst"
  wait_for 10 decided '.action == "verify"'
  alive "$big" && alive "$cache"
  stop_guard
  [ "$(kernel_kills)" = 0 ]
  jq -es "any(.[]; .action == \"sigterm\" and .basis == \"fallback\" and .chosen.pid == $burst)" "$dir/log"
  jq -es "all(.[] | select(.action | test(\"sig\")); .chosen.pid == $burst)" "$dir/log"
  grep -q 'FALLBACK' "$dir/out"
}

@test "a fast leak in a cgroup that was empty at the last scan is contained" {
  make_cgroup 512M
  config
  guard
  sleep 3
  start steady-leak --rate=20M --limit=500M
  leak=$pid
  wait_for 30 gone "$leak"
  wait_for 10 decided '.action == "verify"'
  stop_guard
  [ "$(kernel_kills)" = 0 ]
  jq -es "any(.[]; .action == \"sigterm\" and .chosen.pid == $leak)" "$dir/log"
}

@test "a burst in one that frees in time is not punished" {
  make_cgroup 512M
  config '[fallback]' 'cgroups = yes'
  start large-steady --size=128M
  big=$pid
  guard
  start burst --size=300M --rate=150M --interval=2 --duration=4
  burst=$pid
  wait_for 10 gone "$burst"
  alive "$big"
  stop_guard
  [ ! -s "$dir/log" ] || ! decided '.action | test("sig")'
}

@test "leaks by mmap, in shared memory and in thread stacks are found" {
  make_cgroup 1G
  config '[ladder]' 'term = no' 'kill = no' '[fallback]' 'enabled = no'
  start large-steady --size=128M
  big=$pid
  guard
  start mmap-leak --rate=10M --limit=280M
  leaks=("$pid")
  start shm-leak --rate=10M --limit=280M
  leaks+=("$pid")
  start unjoined-threads --rate=4M --limit=280M
  leaks+=("$pid")
  for leak in "${leaks[@]}"; do
    wait_for 35 decided ".action == \"notify\" and .chosen.pid == $leak"
  done
  stop_guard
  [ "$status" -eq 0 ]
  jq -es "all(.[]; .chosen.pid != $big)" "$dir/log"
}
