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
