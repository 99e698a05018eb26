# shellcheck shell=bash
# What the tests in real kernels share: vm-run, and the reason when none can run here.
load ../golden/common

: "${BULKHEAD_VM_RUN:=$BULKHEAD_SOURCE/build/vm/vm-run}"
scenarios=$BULKHEAD_SOURCE/vm/scenarios

# The title of a kernel, or nothing for any.
need_vm() {
  local program
  for program in qemu-system-x86_64 busybox; do
    command -v "$program" >/dev/null || skip "no $program; tools/deps vm installs it"
  done
  "$BULKHEAD_VM_RUN" --list-kernels 2>/dev/null | grep -q "${1:-.}" ||
    skip "no kernel${1:+ of $1}; tools/vm-kernels fetches it"
}

vm() { "$BULKHEAD_VM_RUN" --quiet --json "$@"; }

# answer ARG...: what vm-run says, into $answers. A failing one shows what it said: its reader never comes.
answer() {
  local status=0
  vm "$@" >"$answers" || status=$?
  ((status == 0)) || cat "$answers" >&2
  return "$status"
}

# One boot serves all tests of a file: the answers of vm-run to a scenario, one object a line.
answers_of() {
  answers=$BATS_FILE_TMPDIR/answers.jsonl
  [[ -s $answers ]] || answer --kernel "$1" "$scenarios/$2"
}

# holds FILTER [JQ-ARG...]: of the objects on standard input, as one array. Shows filter and objects
# when it does not; to standard error, which bats shows of a failing test.
holds() {
  local objects
  objects=$(cat)
  jq -se "${@:2}" "$1" <<<"$objects" >/dev/null || {
    printf 'does not hold: %s\nof: %s\n' "$1" "${objects:-nothing: no output}" >&2
    return 1
  }
}

# run_is RUN FILTER: does it hold for that run?
run_is() {
  jq -c --arg run "$1" 'select(.name == $run)' <"$answers" | holds "length == 1 and (.[0] | $2)"
}

# no_stall RUN: nobody who allocates waited a second for the console. On a busy host a guest stands
# still without any console: as long as the heartbeat that allocates nothing did, it is the host's.
no_stall() {
  run_is "$1" '.measured | .wire_seconds < 0.5 and .stall_seconds - .stall_idle_seconds < 1'
}

# output_of RUN N: what the N-th command of a run printed.
output_of() {
  jq -js --arg run "$1" --argjson n "$2" '.[] | select(.name == $run) | .commands[$n].output' \
    <"$answers"
}

# Of a test that failed, all that the guest told: a check of a command's output shows nothing by itself.
teardown() {
  [[ -n ${BATS_TEST_COMPLETED:-} || -z ${answers:-} ]] || cat "$answers" >&2
}
