#!/usr/bin/env bats
# The loss cases of the lab under scan (both ways), check, valgrind and LeakSanitizer: the same binary, and
# blocks compared in every class, with each other and with the truth. `leakcheck` runs and compares; it
# has the table of the differences on principle, as docs/SCAN.md has it under "Against valgrind".

load ../golden/common

setup_file() {
  command -v valgrind >/dev/null || return 0
  "$BATS_TEST_DIRNAME/leakcheck" run "$BATS_FILE_TMPDIR/answers"
}

setup() {
  command -v valgrind >/dev/null || skip "valgrind is not installed"
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

# both CASE OPTION: check and valgrind understand the same option, and say the same
both() {
  ours=$("$BATS_TEST_DIRNAME/leakcheck" once check "$@" </dev/null)
  theirs=$("$BATS_TEST_DIRNAME/leakcheck" once valgrind "$@" </dev/null)
  echo "$*: $ours, valgrind $theirs"
  [ "$ours" = "$theirs" ]
}

@test "heuristics: none, the one that knows the case, and one that does not, as valgrind has them" {
  while read -r case heuristics; do
    for heuristic in $heuristics; do
      both "$case" "--leak-check-heuristics=$heuristic"
    done
  done <<END
loss-length64 none length64 multipleinheritance
loss-inheritance none multipleinheritance
loss-containers none newarray
END
}

@test "--unaligned finds the pointers of a packed struct" {
  [ "$("$BATS_TEST_DIRNAME/leakcheck" once fork loss-unaligned --unaligned)" = 0/0/0/4 ]
}

@test "one scan says the same as two where nothing moves" {
  [ "$("$BATS_TEST_DIRNAME/leakcheck" once fork loss-mixed --single)" = 1/3/1/2 ]
}

@test "the text of scan is a LEAK SUMMARY as valgrind prints it" {
  "$BULKHEAD_LAB/loss-mixed" >"$BATS_TEST_TMPDIR/out" 3>&- &
  pid=$!
  for _ in $(seq 100); do
    grep -qx ready "$BATS_TEST_TMPDIR/out" && break
    sleep 0.1
  done
  run "$BULKHEAD" scan "$pid"
  kill "$pid"
  echo "$output"
  [ "$status" -eq 1 ]
  valgrind --leak-check=full --log-file="$BATS_TEST_TMPDIR/log" "$BULKHEAD_LAB/loss-mixed" --duration 0.1
  # The words and the blocks; bytes are usable ones here.
  lines() { sed -nE 's/.* ?((definitely|indirectly|possibly) lost|still reachable): [0-9,]+ bytes in ([0-9,]+) blocks.*/\1 \3/p'; }
  [[ $output == *"LEAK SUMMARY:"* ]]
  diff <(sed -n '/LEAK SUMMARY/,$p' <<<"$output" | lines) <(sed -n '/LEAK SUMMARY/,$p' "$BATS_TEST_TMPDIR/log" | lines)
  [ "$(lines <"$BATS_TEST_TMPDIR/log" | wc -l)" -eq 4 ]
}

@test "docs/SCAN.md has every difference that leakcheck allows" {
  while read -r case; do
    grep -q "^| \`$case\`" "$BULKHEAD_SOURCE/docs/SCAN.md" || { echo "not there: $case"; return 1; }
  done < <(sed -n "/^DIFFERENCES/,/^]/s/^    ('\(loss-[a-z0-9]*\)'.*/\1/p" "$BATS_TEST_DIRNAME/leakcheck")
}
