#!/usr/bin/env bats
# bulkhead check: how the program's end becomes check's, what is printed where, children and signals.
# The figures are those of scan_study.bats and scan_corpus.bats.

load ../golden/common

check() { "$BULKHEAD_RELEASE" check "$@"; }

@test "the exit status is the program's" {
  run check -- sh -c 'exit 7'
  echo "$output"
  [ "$status" -eq 7 ]
  [[ $output == *"exit status 7"* ]]
}

@test "a signal that ends it is 128 and its number" {
  # shellcheck disable=SC2016
  run check -- sh -c 'kill -SEGV $$'
  echo "$output"
  [ "$status" -eq 139 ]
  [[ $output == *"ended by SIGSEGV"* ]]
}

@test "a crash is not called an end by itself; SIGHUP is one from outside" {
  # shellcheck disable=SC2016
  run check -- sh -c 'kill -ABRT $$'
  echo "$output"
  [[ $output != *"ended by itself"* ]]
  # Not the function: $! would be a shell around it.
  "$BULKHEAD_RELEASE" check --json --log-file "$BATS_TEST_TMPDIR/json" -- \
    "$BULKHEAD_LAB/dead-weight" --size 8M >/dev/null 3>&- &
  checker=$!
  for _ in {1..100}; do
    pid=$(pgrep -P "$checker" -x dead-weight) && [ "$(awk '{print $2}' "/proc/$pid/statm")" -gt 2048 ] && break
    sleep 0.1
  done
  sleep 0.2
  kill -SEGV "$pid"
  wait "$checker" || true
  [ -s "$BATS_TEST_TMPDIR/json" ]
  jq -e '.harm == "harmless" and .signal == "SIGSEGV" and (.harm_reasons[0] | test("^SIGSEGV ended it after"))' "$BATS_TEST_TMPDIR/json"
}

@test "--error-exitcode counts only when blocks are lost" {
  run check --error-exitcode=9 -- "$BULKHEAD_LAB/exit-without-free" --size 4M --interval 0
  [ "$status" -eq 9 ]
  run check --error-exitcode=9 -- "$BULKHEAD_LAB/exit-with-free" --size 4M --interval 0
  [ "$status" -eq 0 ]
}

@test "the program's options are its own, with and without --" {
  run check sh -c 'echo "$1"' x --json
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = --json ]
  [[ $output == *"HEAP SUMMARY:"* ]]
}

@test "--log-file: standard output and standard error are the program's alone" {
  check --log-file "$BATS_TEST_TMPDIR/log" -- sh -c 'echo out; echo err >&2; cat' \
    <<<in >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  [ "$(cat "$BATS_TEST_TMPDIR/out")" = $'out\nin' ]
  [ "$(cat "$BATS_TEST_TMPDIR/err")" = err ]
  grep -q '^LEAK SUMMARY:' "$BATS_TEST_TMPDIR/log"
}

@test "--json has the keys of scan, and its own" {
  check --json --log-file "$BATS_TEST_TMPDIR/json" -- "$BULKHEAD_LAB/exit-without-free" --size 4M --interval 0
  jq -e '.schema == "bulkhead.check/1" and .exit_status == 0 and .signal == null and .asked_by == null
    and .lifetime_seconds > 0 and .harm == "harmless" and (.harm_reasons | length) > 0
    and .allocator == "glibc" and .pause_seconds > 0 and .method == "exit" and (.groups | length) == 1
    and .summary.definitely_lost.blocks + .summary.possibly_lost.blocks == 1 and .children == []' "$BATS_TEST_TMPDIR/json"
}

@test "a full disk: exit status 3, and said" {
  for how in "" --json; do
    # shellcheck disable=SC2086
    run bash -c '"$@" >/dev/full' _ "$BULKHEAD_RELEASE" check $how -- true
    [ "$status" -eq 3 ]
    [[ $output == *"cannot write to standard output"* ]]
  done
  run check --log-file /dev/full -- true
  [ "$status" -eq 3 ]
  [[ $output == *"cannot write '/dev/full'"* ]]
}

@test "what cannot be run: exit status 3, and its name" {
  run check -- /no/such/program
  [ "$status" -eq 3 ]
  [[ $output == *"/no/such/program"* ]]
}

@test "a program that never called malloc: all zero, and exit status 0" {
  printf 'int main(void) { return 0; }\n' >"$BATS_TEST_TMPDIR/never.c"
  "${CC:-cc}" -o "$BATS_TEST_TMPDIR/never" "$BATS_TEST_TMPDIR/never.c"
  "${CC:-cc}" -static -o "$BATS_TEST_TMPDIR/never-static" "$BATS_TEST_TMPDIR/never.c"
  for program in true "$BATS_TEST_TMPDIR/never" "$BATS_TEST_TMPDIR/never-static"; do
    check --json --log-file "$BATS_TEST_TMPDIR/json" -- "$program"
    jq -e '.harm == "none" and .allocator == "glibc" and .exit_status == 0
      and ([.summary.definitely_lost, .summary.indirectly_lost, .summary.possibly_lost] | map(.blocks) | add) == 0' \
      "$BATS_TEST_TMPDIR/json"
  done
  check --json --log-file "$BATS_TEST_TMPDIR/json" -- true
  jq -e '.summary.still_reachable == {bytes: 0, blocks: 0} and .quality.doubts == []' "$BATS_TEST_TMPDIR/json"
  run check -- true
  [ "$status" -eq 0 ]
  [[ $output == *"All heap blocks were freed -- no leaks are possible"* ]]
}

@test "what valgrind has the libraries free at the end is no block: a buffer of stdio, the pool of libstdc++" {
  command -v valgrind >/dev/null || skip "valgrind is not installed"
  cat >"$BATS_TEST_TMPDIR/prints.c" <<'END'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	FILE *open = argc > 1 ? fopen("/dev/null", "w") : NULL;
	char *mine = argc > 2 ? malloc(5000) : NULL;

	puts("to a buffer");
	if (mine)
		setvbuf(open, mine, _IOFBF, 5000);
	if (open)
		fputs("to another", open);
	if (argc > 4)
		raise(SIGTERM); /* then nothing is freed */
	if (argc > 3)
		_exit(0);
	return 0;
}
END
  "${CC:-cc}" -g -o "$BATS_TEST_TMPDIR/prints" "$BATS_TEST_TMPDIR/prints.c"
  for arguments in "" a "a b" "a b c" "a b c d"; do
    # shellcheck disable=SC2086
    set -- "$BATS_TEST_TMPDIR/prints" $arguments
    valgrind --log-file="$BATS_TEST_TMPDIR/log" "$@" >/dev/null || true
    theirs=$(sed -n 's/.* in use at exit: .* in \([0-9,]*\) blocks.*/\1/p' "$BATS_TEST_TMPDIR/log")
    check --json --log-file "$BATS_TEST_TMPDIR/json" -- "$@" >/dev/null || true
    ours=$(jq '[.summary[].blocks] | add' "$BATS_TEST_TMPDIR/json")
    echo "'$arguments': $ours, valgrind $theirs"
    [ "$ours" = "$theirs" ]
  done
  printf '#include <iostream>\nint main() { std::cout << 1; }\n' >"$BATS_TEST_TMPDIR/cxx.cc"
  "${CXX:-c++}" -o "$BATS_TEST_TMPDIR/cxx" "$BATS_TEST_TMPDIR/cxx.cc"
  run check -- "$BATS_TEST_TMPDIR/cxx"
  [[ $output == *"All heap blocks were freed -- no leaks are possible"* ]]
}

@test "but not one whose memory is of an allocator that has no name here" {
  cat >"$BATS_TEST_TMPDIR/own.c" <<'END'
#include <sys/mman.h>
#include <unistd.h>
void *volatile kept;
int main(int argc, char **argv)
{
	kept = argc > 1 ? sbrk(8192) : mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*(char *)kept = 1;
	return 0;
}
END
  "${CC:-cc}" -D_GNU_SOURCE -o "$BATS_TEST_TMPDIR/own" "$BATS_TEST_TMPDIR/own.c"
  run check -- "$BATS_TEST_TMPDIR/own"
  [ "$status" -eq 3 ]
  run check -- "$BATS_TEST_TMPDIR/own" brk
  [ "$status" -eq 3 ]
}

@test "usage: exit status 2" {
  run check
  [ "$status" -eq 2 ]
  run check --keep-running -- true
  [ "$status" -eq 2 ]
  run check --trace-children=maybe -- true
  [ "$status" -eq 2 ]
}

@test "a service that leaks and is told to end: dangerous" {
  # Not the function: $! would be a shell around it, and check would go on after the kill.
  "$BULKHEAD_RELEASE" check --json --log-file "$BATS_TEST_TMPDIR/json" -- \
    "$BULKHEAD_LAB/steady-leak" --rate 256K >/dev/null 3>&- &
  started=$!
  sleep 3
  kill "$started"
  status=0
  wait "$started" || status=$?
  [ "$status" -eq 143 ] || [ "$status" -eq 0 ]
  [ -s "$BATS_TEST_TMPDIR/json" ] # jq -e is content with no input at all
  jq -e '.harm == "dangerous" and .asked_by == "SIGTERM" and .summary.definitely_lost.blocks > 10' "$BATS_TEST_TMPDIR/json"
}

@test "SIGKILL: not held, not known, exit status 3" {
  # shellcheck disable=SC2016
  run check --json -- sh -c 'kill -KILL $$'
  echo "$output"
  [ "$status" -eq 3 ]
  [[ $output == *SIGKILL* ]]
  [[ $output == *'{"schema"'* ]]
  sed -n '/^{/,$p' <<<"$output" | jq -e '.summary.definitely_lost == null and .harm == null and .exit_status == 137'
}

@test "children are named, and with --trace-children reported" {
  run check -- sh -c 'sleep 2 >/dev/null & exit 3'
  echo "$output"
  [ "$status" -eq 3 ]
  [[ $output == *"It had 1 child"* ]]
  check --json --trace-children=yes --log-file "$BATS_TEST_TMPDIR/json" -- \
    sh -c '"$0" --size 4M --interval 0; exit 5' "$BULKHEAD_LAB/exit-without-free" || status=$?
  [ "$status" -eq 5 ]
  jq -e '.exit_status == 5 and (.children | length) == 1
    and .children[0].summary.definitely_lost.blocks + .children[0].summary.possibly_lost.blocks == 1' "$BATS_TEST_TMPDIR/json"
}

@test "--duration looks, and ends the program; --keep-running leaves it" {
  run check --json --duration 1 -- "$BULKHEAD_LAB/dead-weight" --size 8M
  echo "$output"
  [[ $output == *'{"schema"'* ]]
  sed -n '/^{/,$p' <<<"$output" | jq -e '.harm == "dangerous" and .summary.definitely_lost.blocks == 1'
  check --json --duration 1 --keep-running --log-file "$BATS_TEST_TMPDIR/json" -- "$BULKHEAD_LAB/dead-weight" --size 8M >/dev/null 3>&-
  jq -e '.exit_status == null' "$BATS_TEST_TMPDIR/json"
  pid=$(jq .pid "$BATS_TEST_TMPDIR/json")
  [ "$(cat "/proc/$pid/comm")" = dead-weight ]
  grep -q '^TracerPid:.0$' "/proc/$pid/status"
  kill "$pid"
}

@test "--duration with --trace-children looks at each process, and ends them all" {
  # shellcheck disable=SC2016
  check --json --trace-children --duration 1 --log-file "$BATS_TEST_TMPDIR/json" -- \
    sh -c '"$0" --size 4M & "$0" --size 4M' "$BULKHEAD_LAB/dead-weight" >/dev/null 3>&- || status=$?
  [ "$status" -eq 143 ]
  jq -e '.signal == "SIGTERM" and .children_left == 0 and (.children | length) == 2
    and all(.children[]; .exit_status == null and .summary.definitely_lost.blocks == 1)' "$BATS_TEST_TMPDIR/json"
  for pid in $(jq '.pid, .children[].pid' "$BATS_TEST_TMPDIR/json"); do
    # Whoever is the parent now may not have waited for it yet.
    [ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"
  done
}
