#!/usr/bin/env bats
# The loss cases of the lab under scan (both ways), check, valgrind and LeakSanitizer: the same binary, and
# blocks compared in every class, with each other and with the truth. `leakcheck` runs and compares; it
# has the table of the differences on principle, as docs/SCAN.md has it under "Against valgrind".

load ../golden/common

setup_file() {
  command -v valgrind >/dev/null || skip "valgrind is not installed"
  "$BATS_TEST_DIRNAME/leakcheck" run "$BATS_FILE_TMPDIR/answers"
}

agree() {
  run "$BATS_TEST_DIRNAME/leakcheck" tell "$BATS_FILE_TMPDIR/answers" "$BATS_TEST_DESCRIPTION"
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "every loss case of the lab has a test here" {
  diff <("$BATS_TEST_DIRNAME/leakcheck" cases) <(sed -n 's/^@test "\(loss-[a-z0-9]*\)".*/\1/p' "$BATS_TEST_FILENAME")
}

@test "loss-arena" { agree; }
@test "loss-brk" { agree; }
@test "loss-containers" { agree; }
@test "loss-cycle" { agree; }
@test "loss-direct" { agree; }
@test "loss-gap" { agree; }
@test "loss-globals" { agree; }
@test "loss-inheritance" { agree; }
@test "loss-interior" { agree; }
@test "loss-length64" { agree; }
@test "loss-list" { agree; }
@test "loss-memalign" { agree; }
@test "loss-mixed" { agree; }
@test "loss-mmapped" { agree; }
@test "loss-realloc" { agree; }
@test "loss-recycled" { agree; }
@test "loss-register" { agree; }
@test "loss-self" { agree; }
@test "loss-shared" { agree; }
@test "loss-stack" { agree; }
@test "loss-stale" { agree; }
@test "loss-static" { agree; }
@test "loss-tls" { agree; }
@test "loss-tree" { agree; }
@test "loss-unaligned" { agree; }
@test "loss-unreadable" { agree; }

@test "docs/SCAN.md has every difference that leakcheck allows" {
  while read -r case; do
    grep -q "^| \`$case\`" "$BULKHEAD_SOURCE/docs/SCAN.md" || { echo "not there: $case"; return 1; }
  done < <(sed -n "/^DIFFERENCES/,/^]/s/^    ('\(loss-[a-z0-9]*\)'.*/\1/p" "$BATS_TEST_DIRNAME/leakcheck")
}
