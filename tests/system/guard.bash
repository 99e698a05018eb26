# shellcheck shell=bash
# What the tests of guard share: a limited memory cgroup that holds nothing but lab programs of the
# test, a configuration whose [scope] lets guard see only these, and a clean end in every case.
bats_require_minimum_version 1.5.0
: "${BULKHEAD_SOURCE:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BULKHEAD:=$BULKHEAD_SOURCE/build/bulkhead}"
: "${BULKHEAD_LAB:=$BULKHEAD_SOURCE/build/lab}"

dir=$BATS_TEST_TMPDIR
started=()

# The present memory cgroup, then the top one: the first below which a limited one can be made. With
# cgroup v2 a cgroup that holds processes cannot have limited children, hence the second try.
make_cgroup() {
  local limit=$1 base below file name=bulkhead-test-${BATS_RUN_TMPDIR##*-}-$BATS_TEST_NUMBER
  cgroup=
  if grep -q ':memory:' /proc/self/cgroup; then
    base=/sys/fs/cgroup/memory file=memory.limit_in_bytes
    below=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
  else
    base=/sys/fs/cgroup file=memory.max
    below=$(sed -n 's/^0:://p' /proc/self/cgroup)
  fi
  for at in "${below%/}" ""; do
    mkdir "$base$at/$name" 2>/dev/null || continue
    if echo "$limit" 2>/dev/null >"$base$at/$name/$file"; then
      cgroup=$base$at/$name cgroup_path=$at/$name
      return
    fi
    rmdir "$base$at/$name"
  done
  skip "no memory cgroup with a limit can be made here"
}

# start NAME [OPTION...]: a lab program inside the cgroup (when there is one); its pid in $pid.
start() {
  local program=$BULKHEAD_LAB/$1
  shift
  # shellcheck disable=SC2016
  sh -c 'if [ "$0" ]; then echo $$ >"$0/cgroup.procs" || exit 1; fi; exec "$@"' "$cgroup" "$program" \
    --die-with-parent "$@" 3>&- &
  pid=$!
  started+=("$pid")
}

# config [LINE...]: the common part with more lines, in $dir/conf. The console of this machine is
# not for a test to change; tests/vm has one of its own.
config() {
  {
    printf '%s\n' '[guard]' "state_file = $dir/state" "decision_log = $dir/log" 'journal = no' \
      '[console]' 'quiet = no' '[evidence]' "directory = $dir/evidence" '[scope]' \
      "match = cgroup:$cgroup_path"
    printf '%s\n' "$@"
  } >"$dir/conf"
}

# guard [OPTION...]: starts it; its pid in $guard, what it prints in $dir/out and $dir/err.
guard() {
  : >"$dir/err"
  "$BULKHEAD" guard --config "$dir/conf" "$@" >"$dir/out" 2>"$dir/err" 3>&- &
  guard=$!
  started+=("$guard")
  wait_for 10 grep -q 'guarding' "$dir/err"
}

# Ends the guard as a service manager would; its exit status in $status.
stop_guard() {
  kill "$guard"
  status=0
  wait "$guard" || status=$?
}

# wait_for SECONDS COMMAND...: until it succeeds; fails when the time is over.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { echo "not in time: $*" >&2; show; return 1; }
    sleep 0.1
  done
}

alive() { [ -e "/proc/$1" ] && ! grep -q '^State:[[:space:]]Z' "/proc/$1/status"; }
gone() { ! alive "$1"; }

# decided FILTER: is there a decision for which the jq filter holds?
decided() { jq -es "any(.[]; $1)" "$dir/log" >/dev/null; }
actions_of() { jq -r "select(.chosen.pid == $1) | .action" "$dir/log"; }
adj() { cat "/proc/$1/oom_score_adj"; }

# Guard can hold 4,096 processes; on a busier machine it could not see those of the test.
setup() {
  local processes=(/proc/[0-9]*)
  [ "${#processes[@]}" -lt 3800 ] || skip "${#processes[@]} processes run here, too many for guard"
}

# Kills by the kernel in this cgroup: what guard is there to forestall.
kernel_kills() {
  cat "$cgroup/memory.oom_control" "$cgroup/memory.events" 2>/dev/null | sed -n 's/^oom_kill //p'
}

# For the report of a failed test.
show() {
  sed 's/^/# err: /' "$dir/err"
  sed 's/^/# out: /' "$dir/out"
} >&2

teardown() {
  for p in "${started[@]}"; do
    kill -CONT "$p" 2>/dev/null || true
    kill -KILL "$p" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  if [ "${cgroup:-}" ]; then
    for _ in $(seq 50); do
      rmdir "$cgroup" 2>/dev/null && break
      sleep 0.1
    done
  fi
}
