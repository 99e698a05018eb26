#!/usr/bin/env bats
# The front door: what holds for every command of the table.

load common

commands() {
  "$BULKHEAD" --help | sed -n '/^Commands:/,/^$/ s/^  \([a-z]*\) .*/\1/p'
}

@test "help lists the commands of the table, each with a summary" {
  run "$BULKHEAD" --help
  [ "$status" -eq 0 ]
  [ "$(commands | wc -l)" -ge 2 ]
  for row in $(sed -n 's/^\t&command_\([a-z]*\),$/\1/p' "$BULKHEAD_SOURCE/src/cmd/table.c"); do
    grep -qE "^  $row +[a-z]" <<<"$output" || { echo "no line for $row"; return 1; }
  done
}

@test "help and --help are the same text" {
  diff <("$BULKHEAD" help) <("$BULKHEAD" --help)
}

@test "every command answers --help and help with the same text, exit 0" {
  for c in $(commands | grep -v '^help$'); do
    run "$BULKHEAD" "$c" --help
    [ "$status" -eq 0 ]
    [[ $output == "Usage: bulkhead $c "* ]] || { echo "$output"; return 1; }
    diff <("$BULKHEAD" help "$c") <(echo "$output")
  done
}

@test "every command refuses an unknown option with exit 2 and a pointer to its help" {
  for c in $(commands | grep -v '^help$'); do
    run "$BULKHEAD" "$c" --no-such-option
    [ "$status" -eq 2 ]
    [[ $output == *"bulkhead $c"* ]]
  done
}

@test "--version names the version of the build" {
  run "$BULKHEAD" --version
  [ "$status" -eq 0 ]
  [[ $output =~ ^bulkhead\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "no command is a usage error" {
  run "$BULKHEAD"
  [ "$status" -eq 2 ]
  [[ $output == *"a command is missing"* ]]
}

@test "an unknown command is a usage error; stdout stays empty" {
  run --separate-stderr "$BULKHEAD" frobnicate
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  [[ $stderr == "bulkhead: 'frobnicate' is not a command; "* ]]
}

@test "a mistyped command is met with the one that was meant" {
  for c in $(commands | grep -v '^help$'); do
    swapped=${c:1:1}${c:0:1}${c:2}
    run "$BULKHEAD" "$swapped"
    [ "$status" -eq 2 ]
    [[ $output == *"did you mean '$c'?" ]]
  done
}

@test "help of an unknown command is a usage error" {
  run "$BULKHEAD" help frobnicate
  [ "$status" -eq 2 ]
}

@test "a full disk behind stdout is an error, said on stderr" {
  for args in --help --version help; do
    run bash -c '"$BULKHEAD" "$1" >/dev/full' - "$args"
    [ "$status" -eq 3 ]
    [[ $output == "bulkhead: cannot write to standard output: No space left on device" ]]
  done
}

@test "a reader that went away is no error message" {
  run bash -c '"$BULKHEAD" --help 2>&1 >&3 | cat' 3> >(exec true)
  [ -z "$output" ]
  # The same when the parent ignores SIGPIPE, as Python does.
  run bash -c 'trap "" PIPE; { sleep 0.2; "$BULKHEAD" --help; } 2>&1 >&3 | cat' 3> >(exec true)
  [ -z "$output" ]
}

@test "what a closed stdout could not take is an error, nothing to say is none" {
  for lost in --version --help 'lab list' 'lab list --json' 'guard --check-config --config /dev/null'; do
    run bash -c '"$BULKHEAD" '"$lost"' >&-'
    [ "$status" -eq 3 ] || { echo "$lost: $status"; return 1; }
    [[ $output == "bulkhead: cannot write to standard output: "* ]]
  done
  run bash -c '"$BULKHEAD" lab run nope >&-'
  [ "$status" -eq 2 ]
}

@test "a bad option value is a usage error that names option and value, escaped" {
  run "$BULKHEAD" watch --interval $'\e[31mx'
  [ "$status" -eq 2 ]
  [[ ${lines[0]} == "bulkhead watch: --interval: '\\x1b[31mx' is not a time such as "* ]]
  run "$BULKHEAD" watch x
  [ "${lines[0]}" = "bulkhead watch: PID: 'x' is not a whole number from 1 to 2147483647" ]
  for bad in -1 nan 1y ''; do
    run "$BULKHEAD" watch --once --interval "$bad"
    [ "$status" -eq 2 ] || { echo "accepted '$bad'"; return 1; }
  done
  for bad in 0 -1 1x 99999999999999999999999; do
    run "$BULKHEAD" watch --once --top="$bad"
    [ "$status" -eq 2 ] || { echo "accepted '$bad'"; return 1; }
  done
}
