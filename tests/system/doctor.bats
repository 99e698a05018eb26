#!/usr/bin/env bats
# bulkhead doctor --fix and --undo on the live system, in a mount namespace of its own where each file
# that it reads or writes there is a file of this test: the host's kernel and /etc are not touched. What
# the kernel makes of it is tested in a virtual machine (tests/vm).

load ../golden/common

setup() {
  [ "$(id -u)" -eq 0 ] || skip "mounting needs root"
  unshare -m true 2>/dev/null || skip "no mount namespace can be made here"
  dir=$BATS_TEST_TMPDIR
  mkdir -p "$dir/sysctl.d" "$dir/lib"
  printf '7\t4\t1\t7\n' >"$dir/printk"
  echo 1 >"$dir/dump"
  echo 'ttyS1                -W- (EC  p a)    4:65' >"$dir/consoles"
  echo 'root=/dev/vda1 console=ttyS1,19200' >"$dir/cmdline"
  cat >"$dir/world" <<'EOT'
set -e
cd "$1"
shift
over() {
  mount --bind "$1" "$2"
  # Not one write if the mount is not there.
  [ "$(stat -c %d:%i "$1")" = "$(stat -c %d:%i "$2")" ] || exit 99
}
over printk /proc/sys/kernel/printk
over dump /proc/sys/vm/oom_dump_tasks
over consoles /proc/consoles
over cmdline /proc/cmdline
over sysctl.d /etc/sysctl.d
over lib /var/lib
exec "$@"
EOT
  [ -d /etc/sysctl.d ] || skip "this system has no /etc/sysctl.d to mount over"
}

# The speed is given: the host may have a ttyS1 of its own.
doctor() {
  run --separate-stderr unshare -m --propagation private bash "$dir/world" "$dir" "$BULKHEAD" doctor "$@"
}

original() {
  [ "$(cat "$dir/printk")" = "$(printf '7\t4\t1\t7')" ]
  [ "$(cat "$dir/dump")" = 1 ]
  [ -z "$(ls -A "$dir/sysctl.d")" ]
  [ -z "$(ls -A "$dir/lib/bulkhead" 2>/dev/null)" ]
}

line=(--baud ttyS1=19200 --tasks 146)

@test "found, fixed, found no more, undone" {
  doctor "${line[@]}"
  [ "$status" -eq 1 ]
  [[ ${lines[0]} == critical* ]]

  doctor "${line[@]}" --fix
  [ "$status" -eq 0 ] || { echo "$output $stderr"; false; }
  [ -z "$stderr" ]
  [[ $output == *"done: /proc/sys/kernel/printk: 7 -> 4"* ]]
  [[ $output == *"and now does for 0.09 s"* ]]
  [ "$(cat "$dir/printk")" = "$(printf '4\t4\t1\t7')" ]
  grep -qx 'kernel.printk = 4' "$dir/sysctl.d/99-zz-bulkhead-printk.conf"
  [ "$(cat "$dir/dump")" = 1 ]

  doctor "${line[@]}" --json
  [ "$status" -eq 0 ]
  jq -e '.report.seconds < 1 and all(.findings[]; .severity == "notice")' <<<"$output"

  doctor --undo
  [ "$status" -eq 0 ]
  original
  doctor --undo
  [ "$status" -eq 0 ]
  [ "$output" = "nothing to undo" ]
}

@test "fix twice is fix once" {
  doctor "${line[@]}" --fix=console_loglevel,oom_dump_tasks
  [ "$status" -eq 0 ]
  [ "$(cat "$dir/dump")" = 0 ]
  cp "$dir/lib/bulkhead/doctor.json" "$dir/first.json"
  doctor "${line[@]}" --fix=console_loglevel,oom_dump_tasks
  [ "$status" -eq 0 ]
  [ "$(grep -c 'is so already' <<<"$output")" -eq 4 ]
  cmp "$dir/lib/bulkhead/doctor.json" "$dir/first.json"
  doctor --undo
  original
}

@test "a dry run says the same and writes nothing" {
  doctor "${line[@]}" --fix --dry-run
  [ "$status" -eq 0 ]
  [[ $output == *"would do: /proc/sys/kernel/printk: 7 -> 4"* ]]
  original
}

@test "somebody else has the last word at the next boot: said" {
  echo 'kernel.printk = 7 4 1 7' >"$dir/sysctl.d/99-zzz.conf"
  doctor "${line[@]}" --fix
  [ "$status" -eq 0 ]
  [[ $stderr == *"99-zzz.conf"*"sets the level to 7 again at the next boot"* ]]
  rm "$dir/sysctl.d/99-zzz.conf"
  doctor --undo
  original
}

@test "changed since: undo leaves it, exit 4" {
  doctor "${line[@]}" --fix
  printf '6\t4\t1\t7\n' >"$dir/printk"
  doctor --undo --json
  [ "$status" -eq 4 ]
  jq -e '[.acts[].result] == ["done", "changed_since"]' <<<"$output"
  [ "$(cat "$dir/printk")" = "$(printf '6\t4\t1\t7')" ]
  [ -z "$(ls -A "$dir/sysctl.d")" ]
}

# guard has lowered the level from 7 to $1. Alive it has the lock of its state file.
guard_lowered() {
  mkdir "$dir/lib/bulkhead"
  jq -n --arg boot "$(cat /proc/sys/kernel/random/boot_id)" --arg after "$1" '{schema: "bulkhead.guard.state/1",
    boot_id: $boot, changes: [{kind: "sysctl", pid: 0, starttime: 0, path: "kernel/printk", before: "7", after: $after}]}' \
    >"$dir/lib/bulkhead/guard.state"
  printf '%s\t4\t1\t7\n' "$1" >"$dir/printk"
}
guard_lives() {
  exec 9>"$dir/lib/bulkhead/guard.state.lock"
  flock -n 9
}
guard_dies() {
  exec 9>&-
}

@test "guard holds the level lowered: judged at the machine's own, and said" {
  guard_lowered 4
  guard_lives
  doctor "${line[@]}"
  [ "$status" -eq 1 ] || { echo "$output $stderr"; false; }
  [[ ${lines[0]} == critical* ]]
  [[ $output == *"holds console_loglevel at 4 while memory is short, and will restore 7"* ]]
  doctor "${line[@]}" --json
  jq -e '.guard == {console_loglevel: 4, before: 7, gone: false} and .report.seconds > 9' <<<"$output"
  jq -e '.findings[] | select(.id == "slow_console") | .evidence[] | select(.file == "/proc/sys/kernel/printk") |
    .value == "4: guard holds it while memory is short; it was 7"' <<<"$output"
  # A fast line needs no cure: what --fix writes for the next boot is not guard's level.
  doctor --baud ttyS1=4000000 --tasks 20 --fix=console_loglevel
  [ "$status" -eq 4 ]
  grep -qx 'kernel.printk = 7' "$dir/sysctl.d/99-zz-bulkhead-printk.conf"
  [[ $output != *"an OOM report printed"* ]]
  guard_dies
  # What somebody has set since is the machine's own.
  printf '6\t4\t1\t7\n' >"$dir/printk"
  doctor "${line[@]}" --json
  jq -e '.guard == null' <<<"$output"
}

@test "a guard that is gone: said, taken over by --fix, and --undo comes back to before it" {
  for level in 3 4; do
    guard_lowered "$level"
    doctor "${line[@]}"
    [ "$status" -eq 1 ]
    [[ $output == *"has left console_loglevel at $level, it was 7"* ]]
    doctor "${line[@]}" --fix --dry-run
    [ "$status" -eq 0 ]
    jq -e '.changes | length == 1' "$dir/lib/bulkhead/guard.state"
    doctor "${line[@]}" --fix
    [ "$status" -eq 0 ] || { echo "$output $stderr"; false; }
    [[ $output == *"done: /proc/sys/kernel/printk: $level -> 4 (a guard that is gone had lowered it"* ]]
    [ "$(cat "$dir/printk")" = "$(printf '4\t4\t1\t7')" ]
    jq -e '.changes == []' "$dir/lib/bulkhead/guard.state"
    doctor "${line[@]}" --json
    jq -e '.guard == null' <<<"$output"
    doctor --undo
    [ "$status" -eq 0 ]
    rm "$dir/lib/bulkhead/guard.state" "$dir/lib/bulkhead/guard.state.lock"
    original
    rmdir "$dir/lib/bulkhead"
  done
}

@test "guard holds the level lowered: left to it, the drop-in is written, exit 4" {
  guard_lowered 3
  guard_lives
  doctor "${line[@]}" --fix=console_loglevel --json
  [ "$status" -eq 4 ]
  jq -e '[.acts[].result] == ["held", "done"]' <<<"$output"
  [ "$(cat "$dir/printk")" = "$(printf '3\t4\t1\t7')" ]
  guard_dies
  rm "$dir/lib/bulkhead/guard.state" "$dir/lib/bulkhead/guard.state.lock"
  printf '7\t4\t1\t7\n' >"$dir/printk"
  doctor --undo
  [ "$status" -eq 0 ]
  original
}

@test "what cannot be recorded is not done" {
  echo '{' >"$dir/broken"
  mkdir "$dir/lib/bulkhead"
  mv "$dir/broken" "$dir/lib/bulkhead/doctor.json"
  doctor "${line[@]}" --fix
  [ "$status" -eq 4 ]
  [ -z "$output" ]
  [[ $stderr == *"doctor.json"* ]]
  doctor --undo
  [ "$status" -eq 4 ]
  [ -z "$output" ]
  doctor --undo --json
  [ "$status" -eq 4 ]
  jq -e '.acts == [] and (.error | contains("doctor.json"))' <<<"$output"
  [ "$(cat "$dir/printk")" = "$(printf '7\t4\t1\t7')" ]
  [ -z "$(ls -A "$dir/sysctl.d")" ]
}
