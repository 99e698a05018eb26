#!/usr/bin/env bats
# The walk of glibc's heap against programs that tell their blocks: see glibc/test-glibc.c. The C
# libraries of other releases are those of tools/glibc-trees.

load ../golden/common

dir=$BULKHEAD_BUILD/tests/system
release=$(dirname "$BULKHEAD_RELEASE")/tests/system
[ -x "$release/test-glibc" ] || release=$dir

# The suite's tree, and a target that is linked with it.
with_tree() {
  local about tree
  about=$(grep -lsx "suite $1" "${BULKHEAD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bulkhead}"/glibc/*/about | head -n 1) || true
  [ "$about" ] || skip "no C library of $1: tools/glibc-trees fetches it"
  tree=${about%/about}
  lib=$tree/usr/lib/x86_64-linux-gnu
  for program in target steps; do
    "${CC:-cc}" --sysroot="$tree" -B"$lib" -L"$lib" -D_GNU_SOURCE -O1 -g -o "$BATS_TEST_TMPDIR/$program" \
      "$BULKHEAD_SOURCE/tests/system/glibc/$program.c" -pthread
  done
  # The sanitised one has walked the system's; this one is quicker.
  "$release/test-glibc" "$BATS_TEST_TMPDIR/target" "$tree"
  "$release/test-steps" "$BATS_TEST_TMPDIR/steps" "$tree"
}

@test "every block of programs with the system's glibc is found, and no other" {
  "$dir/test-glibc" "$dir/glibc-target"
}

@test "at every instruction of malloc and free" {
  "$release/test-steps" "$release/glibc-steps"
}

@test "and of static programs" {
  "$dir/test-glibc" "$dir/glibc-target-static"
}

@test "and with glibc 2.31 (Debian 11)" {
  with_tree bullseye
}

@test "and with glibc 2.41 (Debian 13)" {
  with_tree trixie
}

@test "and with the newest glibc (Debian unstable)" {
  with_tree sid
}
