#!/usr/bin/env bats
# The VM bench: real kernels in QEMU. What it promises is in docs/VM.md.
# shellcheck disable=SC2030,SC2031 # each test is a subshell, and its teardown runs in it

load vm

setup() {
  started=()
}

teardown() {
  for pid in "${started[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
}

# One boot a kernel serves several tests: the answers to the smoke scenario.
smoke() {
  answers="$BATS_FILE_TMPDIR/${1// /-}.jsonl"
  [[ -s $answers ]] || again "$1"
}

again() {
  answer --kernel "$1" "$scenarios/smoke.ini"
}

check() { holds "$1" <"$answers"; }

# output_is FILTER [JQ-ARG...]: of what `run --separate-stderr` got. The reason may be in the other part.
output_is() {
  holds "$@" <<<"$output" || {
    printf 'standard error: %s\n' "$stderr" >&2
    return 1
  }
}

# That something takes no longer than it must does not hold on a busy host: then there is another boot,
# not a wider limit.
check_timing() {
  for _ in 1 2 3; do
    check "$2" && return
    again "$1"
  done
  check "$2"
}

boots() {
  need_vm "$1"
  smoke "$1"
  check '.[0] | .event == "boot" and .cpus == 2 and .cgroup_memory and .psi and .baud == 115200 and
    .boots >= 1 and .boots <= 3'
  check_timing "$1" '.[0].boot_seconds < 60'
  [[ $(jq -rs '.[0].schema' <"$answers") == bulkhead.vm/1 ]]
}

# 9700 bytes, 842 ms; the first 277 of them may wait in the buffer before the line.
line_has_its_speed() {
  need_vm "$1"
  smoke "$1"
  check '.[1] | .name == "calibration" and .valid and .measured.calibration.lines == 100'
  check '.[1].measured.calibration | .seconds > 0.95 * .predicted_seconds and
    .wire_seconds > 0.99 * .predicted_seconds'
  check_timing "$1" '.[1].measured.calibration | .seconds < 1.05 * .predicted_seconds and
    .wire_seconds < 1.05 * .predicted_seconds'
}

report_is_whole() {
  need_vm "$1"
  smoke "$1"
  check '.[2] | .name == "oom" and .valid and .invalid_reason == null and (.measured |
    .kills == 1 and .victims[0].comm == "leaker" and (.reports | length) == 1 and
    .tasks > 50 and .tasks < 80 and .survivors.tasks == 50 and .survivors.leakers == 0 and
    .wire_bytes == .report_bytes and .console_bytes == .report_bytes and
    .task_table_bytes > .tasks * 95 and .task_table_bytes < .report_bytes and
    ([.parts[]] | add) == .report_bytes and (.parts | .header > 100 and .stack > 500 and
    .mem_info > 1500 and .verdict > 150))'
  check '.[2].measured | .wire_seconds > 0.99 * .console_bytes * 10 / 115200 and
    .task_table_wire_seconds < .wire_seconds'
  check_timing "$1" '.[2].measured | .wire_seconds < 1.15 * .console_bytes * 10 / 115200'
}

@test "Debian 12 boots, with a memory cgroup and PSI" { boots "Debian 12"; }
@test "Debian 12: the slow line has its speed" { line_has_its_speed "Debian 12"; }
@test "Debian 12: an OOM report comes over the wire as the ring buffer holds it" { report_is_whole "Debian 12"; }
@test "Debian 13 boots, with a memory cgroup and PSI" { boots "Debian 13"; }
@test "Debian 13: the slow line has its speed" { line_has_its_speed "Debian 13"; }
@test "Debian 13: an OOM report comes over the wire as the ring buffer holds it" { report_is_whole "Debian 13"; }

# hidden NN-RUN: the records below level 7 that are not on the wire, from what --keep wrote.
hidden() {
  sed -n 's/^<[0-6]>//p' "$keep/$1.kmsg" | grep -vxFf <(tr -d '\r' <"$keep/$1.console")
}

# The kernel may say something of its own between the trigger and the calibration: then that is first.
@test "lines that are missing on the wire invalidate a run, unless the scenario says why" {
  need_vm
  keep=$BATS_TEST_TMPDIR/keep
  run -3 --separate-stderr vm --keep "$keep" - <<'INI'
[machine]
memory = 256M
console_baud = none
[run]
kmsg_lines = 20
baseline = 0.1
settle = 0.2
trigger = echo 4 > /proc/sys/kernel/printk
[run silenced]
[run told]
loglevel_varies = yes
INI
  output_is 'length == 3 and .[1].name == "silenced" and .[2].name == "told"'
  [[ $(hidden 00-silenced | grep -c '\] calibration 0000') == 20 ]]
  output_is '.[1] | .valid == false and .invalid_reason ==
    "\($lines) lines are missing on the wire, the first: \u0027\($first[0:120])\u0027"' \
    --arg lines "$(hidden 00-silenced | wc -l)" --arg first "$(hidden 00-silenced | sed -n '1s/^\[[^]]*\] //p')"
  [[ $(hidden 01-told | grep -c '\] calibration 0000') == 20 ]]
  output_is '.[2] | .valid and (.printk_after | test("^4\t"))'
}

# 27 kB at 9600 baud take 28 s: more than the measured time and the 10 s that the heartbeats are waited
# for. Whether the guest's init is held up as well, and so ends the run after the report, is chance;
# so is which heartbeat is: the one that needs a page, or the one of the CPU that prints.
@test "a report that may outlast the measured time is whole in a valid run, with its stall" {
  need_vm
  run --separate-stderr vm - <<'INI'
[machine]
memory = 256M
console_baud = 9600
[run a]
tasks = 200
leakers = 1
baseline = 0.1
seconds = 3
settle = 0.1
INI
  [[ $status == 0 || $status == 3 ]]
  output_is '.[1] | if .valid then all(.measured.reports[]; .complete) and .measured.kills == 1
    else .invalid_reason | test("was still open when the measured time ended") end'
  output_is '.[1].measured | [.stall_seconds, .stall_idle_seconds, .stall_pinned_seconds[]] | max > 5'
}

@test "a command's output may hold any byte" {
  need_vm
  answers=$BATS_TEST_TMPDIR/out
  answer - <<'INI'
[machine]
memory = 256M
console_baud = none
[run a]
baseline = 0.1
settle = 0.1
after = printf 'a\000b\001\377"\\\n'
INI
  check '.[1] | .valid and (.commands | length == 1) and
    .commands[0].output == "a\ufffdb\u0001\u00ff\"\\\n"'
}

# What else writes to the fast line may garble what the guest tells.
@test "a fact of the guest that cannot be read makes no valid run" {
  need_vm
  run -3 --separate-stderr vm - <<'INI'
[machine]
memory = 256M
console_baud = none
[run a]
baseline = 0.1
settle = 0.1
after = echo '{"event":' > /dev/ttyS0
INI
  output_is '.[1] | .valid == false and .invalid_reason == "a fact that the guest told could not be read"'
}

@test "reports of every kind: memory cgroup, group, cpuset, mempolicy, SysRq, panic" {
  need_vm
  answers=$BATS_TEST_TMPDIR/out
  answer --keep "$BATS_TEST_TMPDIR/keep" "$scenarios/reports.ini"
  check 'length == 15 and all(.[1:][]; .valid and .measured.report_bytes > 2000)'
  check '[.[] | select(.panicked).name] == ["panic"]'
  # The kernel tells the first victim of a group twice.
  check '.[] | select(.name == "group").measured | [.victims[].comm] | unique == ["leaker", "sleep"]'
  check '.[] | select(.name == "without-table").measured | .task_table_bytes == 0 and .tasks == 0'
  grep -q 'constraint=CONSTRAINT_MEMCG' "$BATS_TEST_TMPDIR"/keep/[0-9][0-9]-memcg.kmsg
  grep -q 'memory.oom.group set' "$BATS_TEST_TMPDIR"/keep/*-group.kmsg
  grep -q 'constraint=CONSTRAINT_CPUSET' "$BATS_TEST_TMPDIR"/keep/*-cpuset.kmsg
  grep -q 'constraint=CONSTRAINT_MEMORY_POLICY,nodemask=1' "$BATS_TEST_TMPDIR"/keep/*-mempolicy.kmsg
  grep -q 'oom_memcg=/jobs/outer,task_memcg=/jobs/outer/inner,' "$BATS_TEST_TMPDIR"/keep/*-memcg-nested.kmsg
  check '.[] | select(.name == "rate-limited").measured | .kills == 13 and (.reports | length) < 13'
  # A heartbeat may be who asked: it cannot be killed, and then the kernel chooses as always.
  if grep -q 'invoked oom-killer:.*oom_score_adj=\(0\|-500\)' "$BATS_TEST_TMPDIR"/keep/*-allocating-task.kmsg; then
    grep -q 'oom_kill_allocating_task' "$BATS_TEST_TMPDIR"/keep/*-allocating-task.kmsg
  fi
  grep -q 'order=-1' "$BATS_TEST_TMPDIR"/keep/*-sysrq.kmsg
  grep -q 'Kernel panic - not syncing: Out of memory' "$BATS_TEST_TMPDIR"/keep/*-panic.console
}

# What is not a process: the kernel's memory, a tmpfs, no free block of the order; and who may not be killed.
@test "reports with a victim that is not to blame" {
  need_vm
  answers=$BATS_TEST_TMPDIR/out
  answer "$scenarios/reports-single.ini"
  check 'length == 10 and all(.[1:][]; .valid and (.name == "memcg-v1" or .measured.kills >= 1))'
  check 'map({(.name // ""): .measured.victims[0].comm}) | add | .protected == "mysqld" and .volunteer == "batch job" and
    .shmem == "redis-server" and ."fork-bomb" == "forker" and ."kernel-slab" == "nginx: worker" and ."kernel-pages" == "python3"'
  answer "$scenarios/reports-compulsory.ini"
  check '.[1] | .valid and .panicked'
  answer "$scenarios/reports-deadlock.ini"
  check '.[1] | .valid and .panicked'
}

@test "bulkhead runs in the guest, and a command's output and status come back" {
  need_vm
  [[ -x ${BULKHEAD_STATIC:-$BULKHEAD_SOURCE/build/bulkhead-static} ]] || skip "no build/bulkhead-static; make builds it"
  answers=$BATS_TEST_TMPDIR/out
  answer - <<'INI'
[machine]
memory = 256M
console_baud = none
bulkhead = yes
[run a]
baseline = 0.1
settle = 0.1
after = bulkhead watch --once --json
after = echo no 1>&2; exit 7
INI
  check '.[1].commands[0] | .status == 0 and (.output | fromjson | .schema) == "bulkhead.watch/1"'
  check '.[1].commands[1] | .status == 7 and .output == "no\n"'
}

# Starts a scenario that does not end by itself, and waits for its QEMU.
start_endless() {
  printf '[machine]\nconsole_baud = none\n[run a]\nseconds = 600\n' >"$BATS_TEST_TMPDIR/endless.ini"
  "$BULKHEAD_VM_RUN" --json "$BATS_TEST_TMPDIR/endless.ini" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  vm_pid=$!
  started+=("$vm_pid")
  for _ in $(seq 100); do
    qemu_pid=$(pgrep -P "$vm_pid" -f '^qemu-system-x86_64 ') && break
    sleep 0.1
  done
  started+=("$qemu_pid")
}

# A process that ended may stay for a moment.
gone() {
  for _ in $(seq 50); do
    [[ ! -e /proc/$1 ]] && return
    sleep 0.1
  done
  return 1
}

@test "an interrupt ends QEMU and then vm-run" {
  need_vm
  for signal in INT TERM; do
    start_endless
    sleep 0.5
    kill -"$signal" "$vm_pid"
    status=0
    wait "$vm_pid" || status=$?
    [[ $status == $((128 + $(kill -l "$signal"))) ]]
    gone "$qemu_pid"
    grep -q 'vm-run: interrupted' "$BATS_TEST_TMPDIR/out"
  done
}

@test "QEMU does not outlive a vm-run that is killed" {
  need_vm
  start_endless
  kill -KILL "$vm_pid"
  gone "$qemu_pid"
}

@test "a guest that does not end is ended, and the error says so" {
  need_vm
  printf '[machine]\ntimeout = 1s\n[run a]\nseconds = 600\n' >"$BATS_TEST_TMPDIR/slow.ini"
  run -3 --separate-stderr vm "$BATS_TEST_TMPDIR/slow.ini"
  [[ $stderr == *"did not boot within 1 s"* || $stderr == *"did not end within 1 s"* ]]
}

# The path of a QEMU that runs the shell text before it becomes the real one, for PATH.
qemu_with() {
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/bash\nn=$(cat "$0.calls" 2>/dev/null)\necho $((n + 1)) >"$0.calls"\n%s\nexec %q "$@"\n' \
    "$1" "$(command -v qemu-system-x86_64)" >"$BATS_TEST_TMPDIR/bin/qemu-system-x86_64"
  chmod +x "$BATS_TEST_TMPDIR/bin/qemu-system-x86_64"
  printf '[machine]\nmemory = 256M\nconsole_baud = none\n[run a]\nbaseline = 0.1\nsettle = 0.1\n' >"$BATS_TEST_TMPDIR/s.ini"
}

# Without its init the kernel looks for a root file system, and panics.
@test "a guest that dies before its init is up is started again; the result says so" {
  need_vm
  qemu_with '((n > 0)) || set -- "${@/rdinit=\/init/rdinit=/absent}"'
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run -0 --separate-stderr vm --keep "$BATS_TEST_TMPDIR/keep" "$BATS_TEST_TMPDIR/s.ini"
  output_is '.[0].boots == 2 and .[1].valid'
  [[ $stderr == *"ended before its init came up; its console: '["*"Kernel panic - not syncing: "*"starting it again (boot 2 of at most 3)"* ]]
  grep -q 'Kernel panic - not syncing' "$BATS_TEST_TMPDIR/keep/console-boot1.txt"
  [[ ! -e $BATS_TEST_TMPDIR/keep/console-boot2.txt && -e $BATS_TEST_TMPDIR/keep/console.txt ]]
}

@test "a guest that always dies is an error with its panic, after three boots" {
  need_vm
  qemu_with ''
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run -3 --separate-stderr vm --set 'machine.cmdline=rdinit=/absent' "$BATS_TEST_TMPDIR/s.ini"
  [[ -z $output && $(<"$BATS_TEST_TMPDIR/bin/qemu-system-x86_64.calls") == 3 ]]
  [[ ${stderr_lines[-1]} == "vm-run: the guest ended before its init came up; its console: '["*"Kernel panic - not syncing: "*"'" ]]
}

@test "a QEMU that fails is not started again" {
  need_vm
  qemu_with 'exit 7'
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run -3 --separate-stderr vm "$BATS_TEST_TMPDIR/s.ini"
  [[ -z $output && $(<"$BATS_TEST_TMPDIR/bin/qemu-system-x86_64.calls") == 1 ]]
  [[ $stderr == "vm-run: QEMU ended by itself (exit status 7); it printed nothing" ]]
}

@test "what cannot be written is exit 4: a list, a folder, a file of it after the result" {
  need_vm
  run -4 bash -c '"$1" --list-kernels >/dev/full' - "$BULKHEAD_VM_RUN"
  [[ $output == *"cannot write to standard output: No space left on device"* ]]
  printf '[machine]\nmemory = 256M\nconsole_baud = none\nswap = 16M\n[run a]\nbaseline = 0.1\nsettle = 0.1\n' \
    >"$BATS_TEST_TMPDIR/s.ini"
  run -4 --separate-stderr vm --keep "$BATS_TEST_TMPDIR/s.ini" "$BATS_TEST_TMPDIR/s.ini"
  [[ -z $output && $stderr == *"cannot write to '$BATS_TEST_TMPDIR/s.ini': Not a directory"* ]]
  mkdir -p "$BATS_TEST_TMPDIR/keep/00-a.kmsg"
  run -4 --separate-stderr vm --keep "$BATS_TEST_TMPDIR/keep" "$BATS_TEST_TMPDIR/s.ini"
  output_is '.[0].swap_bytes > 0 and .[1].valid and .[1].kmsg_file == null'
  [[ $stderr == *"cannot write '$BATS_TEST_TMPDIR/keep/00-a.kmsg': Is a directory"* ]]
}

# The pipe is full and has no reader: the boot's event cannot be written.
@test "vm-run ends by a signal and at its deadline while nobody reads its output" {
  need_vm
  printf '[machine]\nconsole_baud = none\ntimeout = 10s\n[run a]\nseconds = 600\n' >"$BATS_TEST_TMPDIR/s.ini"
  mkfifo "$BATS_TEST_TMPDIR/full"
  exec 7<>"$BATS_TEST_TMPDIR/full"
  run dd if=/dev/zero of="$BATS_TEST_TMPDIR/full" bs=4096 oflag=nonblock
  [[ $output == *"Resource temporarily unavailable"* ]]
  # shellcheck disable=SC2016 # bash -c takes them
  into_full='"${@:2}" >"$1"'
  run -4 timeout -s KILL 60 bash -c "$into_full" - "$BATS_TEST_TMPDIR/full" "$BULKHEAD_VM_RUN" --json "$BATS_TEST_TMPDIR/s.ini"
  [[ $output == *"cannot write to standard output"* ]]
  run -143 timeout -s KILL 60 bash -c "$into_full" - "$BATS_TEST_TMPDIR/full" \
    timeout --preserve-status 12 "$BULKHEAD_VM_RUN" --json --set machine.timeout=600s "$BATS_TEST_TMPDIR/s.ini"
  [[ $output == *"vm-run: interrupted"* ]]
}

@test "a wrong scenario is told with its line, a kernel that is not there with those that are" {
  printf '[machine]\nmemory = 512M\ncpu = 2\n[run a]\ntasks = lots\n' >"$BATS_TEST_TMPDIR/wrong.ini"
  run -2 --separate-stderr "$BULKHEAD_VM_RUN" "$BATS_TEST_TMPDIR/wrong.ini"
  [[ ${stderr_lines[0]} == "$BATS_TEST_TMPDIR/wrong.ini:3: [machine] cpu no such key" ]]
  [[ ${stderr_lines[1]} == "$BATS_TEST_TMPDIR/wrong.ini:5: [run a] tasks is not a number in the range of this key" ]]
  run -2 "$BULKHEAD_VM_RUN" "$BATS_TEST_TMPDIR/absent.ini"
  [[ $output == *"cannot read '$BATS_TEST_TMPDIR/absent.ini': No such file or directory"* ]]
  run -2 "$BULKHEAD_VM_RUN"
  need_vm
  run -3 "$BULKHEAD_VM_RUN" --kernel 2.4 "$scenarios/smoke.ini"
  [[ $output == *"no kernel '2.4': there is "* ]]
  BULKHEAD_CACHE=$BATS_TEST_TMPDIR run -3 "$BULKHEAD_VM_RUN" "$scenarios/smoke.ini"
  [[ $output == *"no kernel in '$BATS_TEST_TMPDIR/vm/kernels': tools/vm-kernels fetches some"* ]]
}
