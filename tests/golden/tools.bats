#!/usr/bin/env bats
# The project's own tools: they must fail where they should.

load common

setup() {
  tree=$BATS_TEST_TMPDIR/tree
  mkdir -p "$tree/docs"
  cp "$BULKHEAD_SOURCE/docs/ARCHITECTURE.md" "$tree/docs/"
  mkdir -p "$tree"/src/{base,model,judge,source,cmd} "$tree/lab"
  echo '#include "base/text.h"' > "$tree/src/model/process.h"
  : > "$tree/src/source/x.h"
}

layers() {
  "$BULKHEAD_SOURCE/tools/check-layers" "$tree"
}

@test "check-layers: a tree that keeps to the table passes" {
  printf '#include "judge/growth.h"\n#include "source/x.h"\n#include <argp.h>\n' > "$tree/src/cmd/a.c"
  printf '#include "x.h"\n#include "model/process.h"\n' > "$tree/src/source/x.c"
  printf '#include "cmd/command.h"\n' > "$tree/src/main.c"
  run layers
  [ "$status" -eq 0 ]
  [ -z "$output" ]
}

@test "check-layers: each forbidden include is named with its line" {
  while read -r file include; do
    printf '#include <stdio.h>\n#include "%s"\n' "$include" > "$tree/$file"
    run layers
    [ "$status" -eq 1 ]
    [[ $output == "$file:2: "*"\"$include\""* ]] || { echo "$output"; return 1; }
    rm "$tree/$file"
  done <<'END'
src/model/a.c judge/growth.h
src/judge/a.c source/x.h
src/judge/a.c report/json.h
src/base/a.h model/process.h
src/source/a.c cmd/common.h
src/source/a.c judge/growth.h
src/judge/a.c ../source/x.h
src/main.c source/x.h
lab/a.c base/text.h
END
}

@test "check-layers: a room that the table does not know is refused" {
  mkdir "$tree/src/attic"
  echo 'int a;' > "$tree/src/attic/a.c"
  run layers
  [ "$status" -eq 1 ]
  [[ $output == *"room attic is not in the table"* ]]
}

@test "check-layers: no table is no pass" {
  echo nothing > "$tree/docs/ARCHITECTURE.md"
  run layers
  [ "$status" -ne 0 ]
}

# A build tree with one fake test each, and the runner's last line.
count() {
  mkdir -p "$tree/t"
  cat > "$tree/t/meson.build" <<END
project('t')
test('t', find_program('t.sh'), suite: 'unit', protocol: '$1')
END
  { echo '#!/bin/sh'; cat; } > "$tree/t/t.sh"
  chmod +x "$tree/t/t.sh"
  meson setup "$tree/t/b" "$tree/t" >/dev/null
  run "$BULKHEAD_SOURCE/tools/run-tests" "$tree/t/b"
}

@test "run-tests: counts each TAP line and prints the reason of a skip" {
  count tap <<'END'
printf '1..4\nok 1 a\nok 2 - b\nok 3 c # SKIP no root here\nok 4 d\n'
END
  [ "$status" -eq 0 ]
  [ "${lines[-1]}" = "3 passed, 0 failed, 1 skipped" ]
  [[ $output == *"skipped: "*"c: no root here"* ]]
}

@test "run-tests: a failed line fails the run" {
  count tap <<'END'
printf '1..2\nok 1 a\nnot ok 2 b\n'
END
  [ "$status" -ne 0 ]
  [ "${lines[-1]}" = "1 passed, 1 failed, 0 skipped" ]
}

@test "run-tests: a crash after good lines is a failure" {
  count tap <<'END'
printf '1..2\nok 1 a\n'
kill -SEGV $$
END
  [ "$status" -ne 0 ]
  [ "${lines[-1]}" = "1 passed, 1 failed, 0 skipped" ]
}

@test "run-tests: a good plan with a bad exit status is a failure" {
  count tap <<'END'
printf '1..1\nok 1 a\n'
exit 23
END
  [ "$status" -ne 0 ]
  [ "${lines[-1]}" = "1 passed, 1 failed, 0 skipped" ]
}

@test "run-tests: fewer tests than planned is a failure" {
  count tap <<'END'
printf '1..3\nok 1 a\n'
END
  [ "$status" -ne 0 ]
  [[ ${lines[-1]} == "1 passed, 1 failed, 0 skipped" ]]
}

@test "run-tests: nothing but skips is no pass" {
  count tap <<'END'
printf '1..0 # SKIP needs the moon\n'
END
  [ "$status" -ne 0 ]
  [ "${lines[-1]}" = "0 passed, 0 failed, 1 skipped" ]
  [[ $output == *"needs the moon"* ]]
}

@test "run-tests: a program without TAP counts once, 77 is a skip with its last line" {
  count exitcode <<'END'
exit 0
END
  [ "${lines[-1]}" = "1 passed, 0 failed, 0 skipped" ]
  rm -rf "$tree/t"
  count exitcode <<'END'
echo "needs a cgroup"
exit 77
END
  [ "${lines[-1]}" = "0 passed, 0 failed, 1 skipped" ]
  [[ $output == *"needs a cgroup"* ]]
}

@test "deps: with nothing missing it asks neither root nor the network" {
  mkdir -p "$tree/tools" "$tree/bin"
  cp "$BULKHEAD_SOURCE/tools/deps" "$tree/tools/"
  printf '# a comment\nbuild good\ntest bad\n' > "$tree/tools/packages"
  cat > "$tree/bin/dpkg-query" <<'END'
#!/bin/sh
[ "$4" = good ] && echo 'install ok installed'
END
  printf '#!/bin/sh\necho "apt-get $*" >> %s/log\n' "$tree" > "$tree/bin/apt-get"
  printf '#!/bin/sh\necho ${FAKE_UID:-0}\n' > "$tree/bin/id"
  chmod +x "$tree"/bin/*
  PATH=$tree/bin:$PATH run "$tree/tools/deps" build
  [ "$status" -eq 0 ]
  [ ! -e "$tree/log" ]
  FAKE_UID=1000 PATH=$tree/bin:$PATH run "$tree/tools/deps"
  [ "$status" -eq 1 ]
  [[ $output == *"apt-get install --no-install-recommends bad"* ]]
  PATH=$tree/bin:$PATH run "$tree/tools/deps"
  [ "$status" -eq 0 ]
  grep -q 'apt-get -q install -y --no-install-recommends bad$' "$tree/log"
}
