# shellcheck shell=bash
# What the bats files share. The paths come from tests/meson.build; by hand:
#   make && BULKHEAD=build/bulkhead bats tests/golden/main.bats
bats_require_minimum_version 1.5.0
: "${BULKHEAD_SOURCE:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BULKHEAD:=$BULKHEAD_SOURCE/build/bulkhead}"
: "${BULKHEAD_BUILD:=$BULKHEAD_SOURCE/build}"
: "${BULKHEAD_RELEASE:=$BULKHEAD_SOURCE/build/bulkhead}"
: "${BULKHEAD_LAB:=$BULKHEAD_SOURCE/build/lab}"
export BULKHEAD_SOURCE BULKHEAD BULKHEAD_BUILD BULKHEAD_RELEASE BULKHEAD_LAB
unset NO_COLOR
