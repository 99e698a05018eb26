#!/usr/bin/env bats
# explain on real logs of other people, which are not part of this project: what logoracle finds in
# them by its own means is what explain must say. By hand, for the table:
#   BULKHEAD=build/bulkhead tests/golden/logoracle DIR

load common

@test "real logs: trigger, order, constraint, victims and kernel are those of the text" {
  : "${BULKHEAD_OOMLOGS:=$BULKHEAD_SOURCE/../shared/oomlogs}"
  [ -d "$BULKHEAD_OOMLOGS" ] || skip "no real logs: \$BULKHEAD_OOMLOGS names no folder, and there is no ../shared/oomlogs"
  run "$BATS_TEST_DIRNAME/logoracle" "$BULKHEAD_OOMLOGS"
  [ "$status" -eq 0 ] || {
    echo "$output" >&2
    return 1
  }
}
