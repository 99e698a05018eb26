#!/usr/bin/env bats
# Every captured tree through watch: which limit binds each process, and how far away it is.

load common

headrooms() {
  local root
  for root in "$BULKHEAD_SOURCE"/tests/roots/*; do
    echo "== ${root##*/}"
    "$BULKHEAD" watch --once --json --root "$root" 2>&1 | jq -Rr 'fromjson? // . |
      if type == "object" then .processes | sort_by(.pid)[] |
        [.pid, .comm, .headroom_bytes, .headroom_limit, .unit] | @json else . end'
  done
}

@test "the headroom of every process of every captured tree" {
  diff -u "$BULKHEAD_SOURCE/tests/golden/expected/roots.txt" <(headrooms)
}
