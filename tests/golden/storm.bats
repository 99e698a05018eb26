#!/usr/bin/env bats
# bulkhead storm: predictions for given and captured machines, the simulation, and what is refused.
# Runs in a virtual machine are in tests/vm.

load common

expected=$BULKHEAD_SOURCE/tests/golden/expected
roots=$BULKHEAD_SOURCE/tests/roots

# The machine of docs/STORM.md: 14.2 s were measured.
bench=(--kernel 6.1 --baud 19200 --tasks 215 --comm-bytes 11 --cpus 2 --nodes 1 --zones 2 --memory 512M
  --loglevel 7 --dump-tasks 1)

@test "predict shows the parts, their level, who prints them, the seconds and the assumptions" {
  diff -u "$expected/storm-predict.txt" <("$BULKHEAD" storm predict "${bench[@]}" --kills 4)
}

@test "predict --json has the same" {
  diff -u "$expected/storm-predict.json" \
    <("$BULKHEAD" storm predict "${bench[@]}" --kills 4 --json | python3 -m json.tool --indent 2)
}

@test "the study's machine: about 10 s in all, over 6 s for the task table" {
  "$BULKHEAD" storm predict --root "$roots/study-machine" --json | python3 -c '
import json, sys
p = json.load(sys.stdin)["predicted"]
assert 9 < p["print_seconds"] < 11, p["print_seconds"]
assert 6 < p["task_table_seconds"] < 8, p["task_table_seconds"]
assert p["stall_interval_seconds"]["low"] < p["stall_seconds"] < p["stall_interval_seconds"]["high"]'
}

@test "options change one thing of a captured machine" {
  for option in "--loglevel 4" "--loglevel 3" "--baud 115200" "--dump-tasks 0" "--baud ttyS1=115200" "--threaded"; do
    # shellcheck disable=SC2086
    "$BULKHEAD" storm predict --root "$roots/study-machine" $option --json
  done | python3 -c '
import json, sys
level4, level3, fast, no_table, named, threaded = [json.loads(line)["predicted"] for line in sys.stdin]
assert level4["stall_interval_seconds"]["high"] < 1 and level4["print_seconds"] > 0
assert level3["print_seconds"] == 0 and level3["stall_seconds"] < 1
assert 1 < fast["print_seconds"] < 2.5 and fast == dict(named, assumptions=fast["assumptions"])
assert no_table["task_table_seconds"] == 0 and 2 < no_table["print_seconds"] < 4
assert threaded["print_seconds"] == 0 and threaded["consoles"][0]["print_seconds"] > 9
assert not threaded["consoles"][0]["synchronous"]'
}

@test "a speed that is not known is unknown, with its reason, and not a number" {
  run --separate-stderr "$BULKHEAD" storm predict --root "$roots/hostile-consoles" --json
  echo "$output" | python3 -c '
import json, sys
p = json.load(sys.stdin)["predicted"]
for c in p["consoles"]:
    assert (c["print_seconds"] is None) == (c["bits_per_second"] is None or c["kind"] != "uart") or c["bytes"] == 0, c
    assert c["bits_per_second"] is not None or c["unknown_because"] or c["kind"] != "uart", c'
  [[ $output != *$'\e'* ]]
}

@test "half a machine is enough: what is missing is assumed, and said" {
  run --separate-stderr "$BULKHEAD" storm predict --root "$roots/half-gone"
  [ "$status" -eq 0 ]
  [[ $output == *"Assumed: "* ]]
}

@test "what decides the time and is not known is unknown, not 0, with exit status 3" {
  for root in hostile-consoles zram; do
    run --separate-stderr "$BULKHEAD" storm predict --root "$roots/$root" --json
    [ "$status" -eq 3 ]
    echo "$output" | python3 -c '
import json, sys
p = json.load(sys.stdin)["predicted"]
assert p["print_seconds"] is None and p["stall_seconds"] is None and p["bytes"] > 3000'
  done
  run --separate-stderr "$BULKHEAD" storm predict --root "$roots/zram"
  [ "$status" -eq 3 ]
  [[ $output == *"unknown, because nothing tells which consoles there are"* ]]
  run --separate-stderr "$BULKHEAD" storm predict --root "$roots/hostile-consoles"
  [[ $output == *"unknown, because the speed of no console that prints it is known"* ]]
}

@test "what is wrong with the command line is a usage error that names it" {
  while IFS='|' read -r args message; do
    # shellcheck disable=SC2086
    run --separate-stderr "$BULKHEAD" storm $args
    [ "$status" -eq 2 ] || { echo "storm $args: status $status"; return 1; }
    [ -z "$output" ]
    [[ $stderr == *"$message"* ]] || { echo "storm $args: $stderr"; return 1; }
  done <<'END'
|needs an action
frobnicate|needs an action
predict run|one action only
predict --baud 0|'0' is not a whole number from 50 to 4000000
predict --baud 4000001|from 50 to 4000000
predict --baud =9600|needs the name of a console
predict --baud ttyS0=|is not a whole number
predict --baud a-name-that-no-console-has-ever-had=9600|needs the name of a console
predict --baud 9600,19200|takes one value of --baud
predict --kernel banana|'banana' is not a version
predict --kernel 1.3|is not a version
predict --kernel 6|is not a version
predict --tasks -1|'-1' is not a whole number
predict --tasks 99999999999999999999|is not a whole number
predict --tasks 1,,2|'' is not a whole number
predict --loglevel 16|from 0 to 15
predict --dump-tasks 2|from 0 to 1
predict --comm-bytes 16|from 1 to 15
predict --memory 1|an amount such as 512M
predict --cpus 0|from 1 to 8192
predict --kills 0|from 1 to 100000
simulate --kernel 6.1,6.12|one --kernel
simulate --tasks 1,2,3,4,5,6,7 --baud 50,75,110,134,150,200,300|too much for one picture
simulate --leakers 0|from 1 to 10000
simulate --root /|storm simulate does not take --root
simulate --kills 2|does not take --kills
simulate --markdown x|does not take --markdown
predict --allocators 1|does not take --allocators
predict --victims 2|does not take --leakers
predict --svg x|does not take --svg
predict --repeat 2|does not take --repeat
run --threaded|does not take --threaded
run --caller|does not take --caller
run --comm-bytes 5|does not take --comm-bytes
run --zones 2|does not take --zones
run --root /|does not take --root
run --tasks 5000|takes 0 to 4000, not 5000
run --loglevel 0|takes 1 to 15, not 0
run --baud ttyS1=9600|takes --baud N
run --repeat 1000 --tasks 1,2,3,4,5|more than 4096 runs
END
}

@test "simulate: every point of the grid once, more victims wait longer, the same every time" {
  "$BULKHEAD" storm simulate --victims 1,4 --tasks 50,200,1000 --json >"$BATS_TEST_TMPDIR/one"
  "$BULKHEAD" storm simulate --victims 1,4 --tasks 50,200,1000 --json | cmp - "$BATS_TEST_TMPDIR/one"
  python3 - "$BATS_TEST_TMPDIR/one" <<'END'
import json, sys
points = json.load(open(sys.argv[1]))["simulated"]
by = {(p["settings"]["tasks"], p["settings"]["victims"]): p for p in points}
assert len(points) == 6 and len(by) == 6
assert all(p["kills"] == p["settings"]["victims"] and p["complete"] for p in points)
for tasks in (50, 200, 1000):
    assert by[tasks, 4]["stall_mean_seconds"] > 3 * by[tasks, 1]["stall_mean_seconds"]
for victims in (1, 4):
    assert by[50, victims]["stall_seconds"] < by[200, victims]["stall_seconds"] < by[1000, victims]["stall_seconds"]
END
}

@test "simulate --svg writes well-formed XML that loads nothing" {
  "$BULKHEAD" storm simulate --svg "$BATS_TEST_TMPDIR/storm.svg" >/dev/null
  python3 - "$BATS_TEST_TMPDIR/storm.svg" <<'END'
import re, sys, xml.etree.ElementTree as tree
text = open(sys.argv[1]).read()
root = tree.fromstring(text)
assert root.tag.endswith("svg")
assert not re.search(r"\bnan\b|\binf\b|<script|href|url\(", text)
assert len(root.findall(".//{*}polyline")) >= 16
width, height = float(root.get("width")), float(root.get("height"))
assert 500 < width < 2000 and 300 < height < 2000
END
  run --separate-stderr "$BULKHEAD" storm simulate --svg /nonexistent/storm.svg
  [ "$status" -eq 3 ]
  [[ $stderr == *"cannot write '/nonexistent/storm.svg'"* ]]
}

@test "100,000 tasks and 1,000 allocators are simulated within 2 s" {
  [ -x "$BULKHEAD_RELEASE" ] || skip "no release build"
  "$BULKHEAD_RELEASE" storm simulate --help >/dev/null || skip "the release build has no storm"
  start=$(date +%s%N)
  "$BULKHEAD_RELEASE" storm simulate --tasks 100000 --allocators 1000 --victims 1,16 --json |
    python3 -c 'import json, sys; assert all(p["complete"] for p in json.load(sys.stdin)["simulated"])'
  [ $((($(date +%s%N) - start) / 1000000)) -le 2000 ]
}

@test "simulate refuses what would take too long" {
  [ -x "$BULKHEAD_RELEASE" ] || skip "no release build"
  run --separate-stderr timeout 60 "$BULKHEAD_RELEASE" storm simulate --memory 64T
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  [[ $stderr == *"too much to simulate: 200000000 events"* ]]
}

@test "run without the bench says where it looked and what to do" {
  cp "$BULKHEAD" "$BATS_TEST_TMPDIR/bulkhead"
  [ ! -e /usr/local/libexec/bulkhead/vm-run ] || skip "a bench is installed"
  run --separate-stderr "$BATS_TEST_TMPDIR/bulkhead" storm run --json
  [ "$status" -eq 3 ]
  [[ $stderr == *"cannot find 'vm-run' beside this program or in '/"*"'make deps'"* ]]
}

@test "simulate --svg: lines that end at one place have their labels below each other, and it ends" {
  timeout 60 "$BULKHEAD" storm simulate --tasks 120,156 --loglevel 7,8 --victims 1 \
    --svg "$BATS_TEST_TMPDIR/storm.svg" >/dev/null
  python3 - "$BATS_TEST_TMPDIR/storm.svg" <<'END'
import sys, xml.etree.ElementTree as tree
labels = [float(t.get("y")) for t in tree.parse(sys.argv[1]).findall(".//{*}text") if t.get("fill")]
assert len(labels) == 2 and abs(labels[0] - labels[1]) >= 16, labels
END
}

# A vm-run beside a copy of the binary that says what its argument says: how a bench ends that no
# real one can be made to end with.
# shellcheck disable=SC2016
stand_in() {
  mkdir -p "$BATS_TEST_TMPDIR/vm"
  cp "$BULKHEAD" "$BATS_TEST_TMPDIR/bulkhead"
  printf '#!/bin/bash\nscenario=$(cat)\n%s\n' "$1" >"$BATS_TEST_TMPDIR/vm/vm-run"
  chmod +x "$BATS_TEST_TMPDIR/vm/vm-run"
}

good='"report_bytes":20000,"wire_seconds":14.0,"stall_seconds":14.5,"task_table_wire_seconds":11.0,"kills":1'

@test "run: 3 when a run is not valid, 4 when the bench died, 0 only when all is well" {
  while IFS='|' read -r expected valid measured ending; do
    stand_in "echo '{\"event\":\"boot\",\"kernel\":\"6.1.0-test\"}'
echo '{\"event\":\"run\",\"valid\":$valid,\"measured\":{$measured}}'
$ending"
    run --separate-stderr "$BATS_TEST_TMPDIR/bulkhead" storm run --json
    [ "$status" -eq "$expected" ] || { echo "$valid $measured $ending: $status: $stderr"; return 1; }
  done <<END
0|true|$good|exit 0
3|false|$good|exit 3
3|false|$good|exit 0
3|true|$good|exit 3
3|true|${good/\"kills\":1/\"kills\":0}|exit 0
3|true|${good/20000/null}|exit 0
3|true|${good/14.0/null}|exit 0
3|true|${good/\"kills\":1/\"kills\":-1}|exit 0
3|true|${good/\"kills\":1/\"kills\":1e30}|exit 0
4|true|$good|kill -KILL \$\$
4|true|$good|exit 1
END
  stand_in 'kill -KILL $$'
  run --separate-stderr "$BATS_TEST_TMPDIR/bulkhead" storm run --json
  [ "$status" -eq 4 ]
  stand_in 'exit 3'
  run --separate-stderr "$BATS_TEST_TMPDIR/bulkhead" storm run --json
  [ "$status" -eq 3 ]
}

@test "run: a signal ends the bench and the grid, between two benches too" {
  # between two benches, too: as soon as the first is reaped
  stand_in "echo '{\"event\":\"boot\",\"kernel\":\"6.1.0-test\"}'
echo '{\"event\":\"run\",\"valid\":true,\"measured\":{$good}}'
(while kill -0 \$\$; do :; done; kill -TERM \$PPID) >/dev/null 2>&1 &"
  run --separate-stderr "$BATS_TEST_TMPDIR/bulkhead" storm run --json --baud 9600,19200,115200
  [ "$status" -eq 4 ]
  echo "$output" | python3 -c 'import json, sys; assert json.load(sys.stdin)["summary"]["interrupted"]'
  stand_in "echo \$\$ >'$BATS_TEST_TMPDIR/pid'; exec sleep 60"
  "$BATS_TEST_TMPDIR/bulkhead" storm run --json >/dev/null 2>&1 3>&- &
  pid=$!
  until [ -s "$BATS_TEST_TMPDIR/pid" ]; do sleep 0.05; done
  kill -HUP "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 4 ]
  [ ! -d "/proc/$(cat "$BATS_TEST_TMPDIR/pid")" ]
}

@test "--baud NAME=N is for a serial console that the machine has" {
  for name in tty0 ttyS7 netcon0; do
    run --separate-stderr "$BULKHEAD" storm predict --root "$roots/study-machine" --baud "$name=9600"
    [ "$status" -eq 2 ]
    [[ $stderr == *"'$name' is no serial console of this machine"* ]]
  done
  # nothing tells which consoles this one has
  "$BULKHEAD" storm predict --root "$roots/zram" --baud ttyS0=9600 | grep -q 'One OOM kill prints for'
}

@test "--threaded holds for a console that /proc/consoles did not tell about, too" {
  mkdir -p "$BATS_TEST_TMPDIR/root/proc/consoles"
  echo 'console=ttyS0,9600' >"$BATS_TEST_TMPDIR/root/proc/cmdline"
  for option in "" --threaded; do
    # shellcheck disable=SC2086
    "$BULKHEAD" storm predict --root "$BATS_TEST_TMPDIR/root" --loglevel 7 $option --json
  done | python3 -c '
import json, sys
plain, threaded = [json.loads(line)["predicted"] for line in sys.stdin]
assert plain["print_seconds"] > 3 and plain["consoles"][0]["synchronous"], plain
assert threaded["print_seconds"] == 0 and not threaded["consoles"][0]["synchronous"], threaded'
}
