#!/usr/bin/env bats
# A scan must not cause the OOM it looks for: what it takes is asked of the limits before. The target
# holds 64 MiB of its own and stands in a memory cgroup, or the scanner does.

load guard

# inside COMMAND...: in the cgroup
inside() {
  sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup" "$@"
}

# held: it has its 64 MiB
held() {
  [ "$(sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")" -ge 65536 ]
}

@test "a target without room for copy-on-write is copied, and not forked when asked" {
  make_cgroup 80M
  start dead-weight --size=64M
  wait_for 10 held
  run "$BULKHEAD" scan --json --single "$pid"
  [ "$(jq -r '[.. | .method? // empty][0]' <<<"$output")" = copy ]
  jq -e '[.. | .method_reason? // empty] | any(test("memory is too short"))' <<<"$output"
  run "$BULKHEAD" scan --snapshot=fork "$pid"
  [ "$status" -eq 3 ]
  [[ $output == *"would take"*"where"*"is left"* ]]
  alive "$pid"
}

@test "a target that is about to reach its limit is scanned: stopped, it takes nothing" {
  make_cgroup 70M
  start dead-weight --size=64M
  wait_for 10 held
  run "$BULKHEAD" scan --json --single "$pid"
  [ "$status" -le 1 ]
  [ "$(jq -r '[.. | .method? // empty][0]' <<<"$output")" = copy ]
  alive "$pid"
}

@test "a scanner without room for the copy refuses with the figures" {
  cgroup=
  start dead-weight --size=64M
  wait_for 10 held
  make_cgroup 40M
  run inside "$BULKHEAD_RELEASE" scan "$pid"
  [ "$status" -eq 3 ]
  [[ $output == *"would take 80"*"where"*"is left"* ]]
  alive "$pid"
}
