#!/usr/bin/env bats
# scan and check in other kernels than the host's (vm/scenarios/scan.ini), whose ptrace, pagemap and signal frames are
# what a snapshot hangs on. The target is loss-mixed, static: its truth is in src/cmd/labcase.c.

load vm

scanned() {
  need_vm "$1"
  answers=$BATS_FILE_TMPDIR/${1// /-}.jsonl
  [[ -s $answers ]] || vm --kernel "$1" --set "machine.file=$BULKHEAD_LAB/loss-static /bin/loss-static" "$scenarios/scan.ini" >"$answers"
  run_is scanned '.valid'
}

# Lines of the program's own output stand before the object in what check printed.
right() {
  grep '^{' | jq -e '.summary as $s | [$s.definitely_lost.blocks, $s.indirectly_lost.blocks, $s.possibly_lost.blocks] == [1, 3, 1]
    and $s.still_reachable.blocks >= 2' || {
    output_of scanned "$1" >&2
    return 1
  }
}

one_kernel() {
  scanned "$1"
  output_of scanned 1 | right 1
  [[ $(output_of scanned 1 | tail -n 1) == "exit 1" ]]
  output_of scanned 1 | grep '^{' | jq -e '.method == "fork"'
  output_of scanned 2 | right 2
  output_of scanned 2 | grep '^{' | jq -e '.method == "copy"'
}

@test "Debian 11: scan tells the truth by a fork and by a copy" { one_kernel "Debian 11"; }
@test "Debian 12: scan tells the truth by a fork and by a copy" { one_kernel "Debian 12"; }
@test "Debian 13: scan tells the truth by a fork and by a copy" { one_kernel "Debian 13"; }

@test "the target runs on, untraced, with no child left" {
  scanned "Debian 12"
  output_of scanned 3 | grep -q "^State:.[SR]"
  output_of scanned 3 | grep -q "^TracerPid:.0$"
  if output_of scanned 3 | grep -q /proc/; then return 1; fi
}

@test "check tells the same at the end, and why it is harmless" {
  scanned "Debian 13"
  output_of scanned 4 | right 4
  output_of scanned 4 | grep '^{' | jq -e '.harm == "harmless" and .exit_status == 0'
}

# One boot for the settings of the kernel (vm/scenarios/scan-settings.ini).
settings() {
  need_vm "Debian 12"
  answers=$BATS_FILE_TMPDIR/settings.jsonl
  [[ -s $answers ]] || answer --kernel "Debian 12" --set "machine.file=$BULKHEAD_LAB/loss-static /bin/loss-static" \
    --set "machine.file=$scenarios/scan-settings.sh /settings" "$scenarios/scan-settings.ini"
  run_is settings '.valid'
}

# step N STATUS [FILTER]: what the N-th command said: its exit status, and of its JSON the filter, or a part of its text
step() {
  output_of settings "$1" >"$BATS_TEST_TMPDIR/step"
  cat "$BATS_TEST_TMPDIR/step" >&2
  [[ $(tail -n 1 "$BATS_TEST_TMPDIR/step") == "exit $2" ]]
  if [[ -n ${3:-} ]]; then grep -qF "$3" "$BATS_TEST_TMPDIR/step"; else right "$1" <"$BATS_TEST_TMPDIR/step"; fi
}

@test "a heap in huge pages of the pool (glibc.malloc.hugetlb=2): walked, and never forked" {
  settings
  output_of settings 1 | grep -q "^HugetlbPages:.* [1-9][0-9]* kB"
  step 2 1
  grep '^{' "$BATS_TEST_TMPDIR/step" | jq -e '.method == "copy" and .quality.doubts == []'
  step 3 3 "huge pages (hugetlb) may vanish from a forked copy"
  step 4 0
}

@test "kernel.yama.ptrace_scope 1: root may, a user may check what it starts, and is told why it may not scan" {
  settings
  step 6 3 "kernel.yama.ptrace_scope is 1; run this as root, with CAP_SYS_PTRACE"
  step 7 1
  step 8 0
}

@test "kernel.yama.ptrace_scope 2: root may, a user is told why not" {
  settings
  step 10 3 "kernel.yama.ptrace_scope is 2; run this as root, with CAP_SYS_PTRACE"
  step 11 1
  step 12 3 "kernel.yama.ptrace_scope is 3 (or 2, and this is not root)"
  step 13 0
}

@test "kernel.yama.ptrace_scope 3: nobody may until the next boot, and is told so" {
  settings
  for n in 15 16; do step "$n" 3 "kernel.yama.ptrace_scope is 3, which forbids it to everyone until the next boot"; done
  step 17 3 "kernel.yama.ptrace_scope is 3 (or 2, and this is not root)"
}

@test "whoever was refused left the process as it was" {
  settings
  for n in 18 19; do
    output_of settings "$n" | grep -q "^State:.[SR]"
    output_of settings "$n" | grep -q "^TracerPid:.0$"
  done
}
