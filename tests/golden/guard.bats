#!/usr/bin/env bats
# bulkhead guard --check-config: the effective values, or every error with its file, line and key.

load common

setup() {
  conf=$BATS_TEST_TMPDIR/guard.conf
  mkdir "$conf.d"
}

check() { run "$BULKHEAD" guard --check-config --config "$conf"; }

@test "the effective configuration, lists and drop-ins included" {
  printf '%s\n' '[protect]' 'match = unit:sshd.service' '[ladder]' 'grace = 2s' >"$conf"
  printf '%s\n' '[ladder]' 'grace = 3s' '[protect]' 'match = comm:init' >"$conf.d/10-site.conf"
  check
  [ "$status" -eq 0 ]
  diff -u "$BULKHEAD_SOURCE/tests/golden/expected/guard-config.txt" \
    <(printf '%s\n' "${output//$BATS_TEST_TMPDIR/DIR}")
}

@test "--json: the same settings and the same errors, for programs" {
  printf '%s\n' '[protect]' 'match = comm:a"b' 'match = unit:c' >"$conf"
  run --separate-stderr "$BULKHEAD" guard --check-config --json --config "$conf"
  [ "$status" -eq 0 ]
  diff <("$BULKHEAD" guard --check-config --config "$conf" | grep -v '^#') <(python3 -c '
import json, sys
d = json.load(sys.stdin)
assert list(d)[0] == "schema" and d["schema"] == "bulkhead.guard/1"
assert d["valid"] and not d["errors"] and d["files"] == sys.argv[1:], d
for s in d["settings"]:
    print("[{section}] {key} = {value}".format(**s))' "$conf" <<<"$output")

  printf '%s\n' '[ladder]' 'grace = soon' >"$conf"
  run --separate-stderr "$BULKHEAD" guard --check-config --json --config "$conf"
  [ "$status" -eq 2 ]
  [[ $stderr == "bulkhead: $conf:2: [ladder] grace must be "* ]]
  python3 -c '
import json, sys
d = json.load(sys.stdin)
assert not d["valid"] and d["error_count"] == 1, d
e, = d["errors"]
assert e["file"] == sys.argv[1] and e["line"] == 2 and e["error"].startswith("[ladder] grace"), e' \
    "$conf" <<<"$output"
}

@test "what is printed is read again as the same" {
  printf '%s\n' '[scope]' 'match = cgroup:/a b' '[guard]' 'decision_log =' >"$conf"
  check
  # shellcheck disable=SC2001 # a pattern per line
  sed 's/^\(\[[a-z]*\]\) /\1\n/' <<<"$output" >"$BATS_TEST_TMPDIR/again.conf"
  diff <(grep -v '^#' <<<"$output") \
    <("$BULKHEAD" guard --check-config --config "$BATS_TEST_TMPDIR/again.conf" | grep -v '^#')
}

@test "all errors at once, each with file, line and key; exit 2" {
  printf '%s\n' '[ladder]' 'grace = soon' 'speed = 9' '[scope]' 'match = sshd' >"$conf"
  printf '%s\n' '[guard]' $'state_file = \e[2J' >"$conf.d/10-site.conf"
  check
  [ "$status" -eq 2 ]
  diff -u - <(printf '%s\n' "${output//$BATS_TEST_TMPDIR/DIR}") <<'EXPECTED'
bulkhead: DIR/guard.conf:2: [ladder] grace must be a time such as 500ms, 30s, 10min, 2h
bulkhead: DIR/guard.conf:3: [ladder] speed no such key
bulkhead: DIR/guard.conf:5: [scope] match must begin with comm:, unit:, cgroup:, uid: or session:
bulkhead: DIR/guard.conf.d/10-site.conf:2: [guard] state_file must be an absolute path, or empty for none
EXPECTED
}

@test "thresholds that contradict each other; exit 2" {
  printf '%s\n' '[ladder]' 'floor_share = 30%' >"$conf"
  check
  [ "$status" -eq 2 ]
  [[ $output == *'floor_share must not exceed term_share' ]]
}

@test "a file that is missing, a directory; exit 2" {
  run "$BULKHEAD" guard --check-config --config /proc/none
  [ "$status" -eq 2 ]
  [ "$output" = 'bulkhead: /proc/none: no such file' ]
  run "$BULKHEAD" guard --check-config --config /
  [ "$status" -eq 2 ]
  [[ $output == *'is not a regular file' ]]
}

@test "guard takes no argument; exit 2" {
  run "$BULKHEAD" guard 812
  [ "$status" -eq 2 ]
  [[ $output == *'guard takes no argument'* ]]
}
