#!/usr/bin/env bats
# bulkhead explain on logs written for this test: what it prints, and its exit status.

load common

data=$BULKHEAD_SOURCE/tests/golden/data/explain
expected=$BULKHEAD_SOURCE/tests/golden/expected
logs=(innocent slow-console storm hostile cut line)

# Fails when there is such a line; '!' would not fail a test of bats.
none() {
  if grep "$@"; then return 1; fi
}

# What reading cost differs from run to run.
without_time() {
  sed -E 's/"seconds":[0-9.e-]+/"seconds":"TIME"/'
}

@test "the text of every log" {
  cd "$data"
  for log in "${logs[@]}"; do
    "$BULKHEAD" explain "$log.txt" >"$BATS_TEST_TMPDIR/$log" || [ $? -eq 1 ]
    diff -u "$expected/explain-$log.txt" "$BATS_TEST_TMPDIR/$log"
  done
}

@test "--all of a whole machine and of a cgroup" {
  cd "$data"
  for log in innocent storm; do
    "$BULKHEAD" explain --all --top 5 "$log.txt" >"$BATS_TEST_TMPDIR/$log" || [ $? -eq 1 ]
    diff -u "$expected/explain-$log-all.txt" "$BATS_TEST_TMPDIR/$log"
  done
}

@test "the JSON of a whole machine" {
  cd "$data"
  run --separate-stderr "$BULKHEAD" explain --json innocent.txt
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == '{"schema":"bulkhead.explain/1","reports":['* ]]
  diff -u "$expected/explain-innocent.json" <(without_time <<<"$output" | jq .)
}

@test "the keys of the contract, on every log" {
  for log in "${logs[@]}"; do
    run --separate-stderr "$BULKHEAD" explain --json "$data/$log.txt"
    [ "$status" -eq 1 ]
    jq -e '.schema == "bulkhead.explain/1" and (.reports | length > 0) and (.reports | all(
      (keys_unsorted[:10] == ["trigger", "kernel", "constraint", "memory", "tasks", "victim", "badness", "verdict", "timing", "truncated"])
      and (.trigger | keys_unsorted[:6] == ["comm", "pid", "gfp_mask", "gfp_flags", "order", "oom_score_adj"])
      and (.victim == null or (.victim | keys_unsorted[:8] == ["pid", "comm", "uid", "total_vm_bytes", "anon_rss_bytes",
        "file_rss_bytes", "shmem_rss_bytes", "pgtables_bytes"]))
      and (.timing | keys_unsorted[:3] == ["print_seconds", "bytes", "inferred_baud"])
      and (.constraint | IN("none", "cpuset", "mempolicy", "memcg", "unknown"))
      and (.truncated | type) == "boolean"))' <<<"$output"
  done
}

@test "no text is wider than 80 columns, but for a command to copy" {
  for log in "${logs[@]}"; do
    "$BULKHEAD" explain --all "$data/$log.txt" >"$BATS_TEST_TMPDIR/text" || [ $? -eq 1 ]
    grep -vE '^ +\$ ' "$BATS_TEST_TMPDIR/text" | none -E '^.{81}'
  done
}

@test "an innocent: the suspect is named, and the story is told in ten lines" {
  run --separate-stderr "$BULKHEAD" explain "$data/innocent.txt"
  [ "$status" -eq 1 ]
  [[ $output == *"an innocent process was killed"*"tilecache (pid 700)"* ]]
  [ "$(sed '/^$/,$d' <<<"$output" | wc -l)" -le 10 ]
}

@test "a slow console: the seconds and the baud rate" {
  run --separate-stderr "$BULKHEAD" explain --json "$data/slow-console.txt"
  jq -e '.reports[0].timing | .inferred_baud == 9600 and .print_seconds > 4 and .console_slow' <<<"$output"
  run --separate-stderr "$BULKHEAD" explain "$data/slow-console.txt"
  [[ $output == *" at 9600 baud, task table "* ]]
}

@test "the records of /dev/kmsg tell the same: a line of a record counts once" {
  awk 'match($0, /^\[ *[0-9]+\.[0-9]+\] /) {
      if (record) print record
      time = substr($0, 2, RLENGTH - 3)
      sub(/^ */, "", time); sub(/\./, "", time)
      record = "4," NR "," time ",-;" substr($0, RLENGTH + 1)
      next
    }
    { record = record "\\x0a" $0 }
    END { print record }' "$data/slow-console.txt" >"$BATS_TEST_TMPDIR/kmsg"
  grep -q 'x0a active_file' "$BATS_TEST_TMPDIR/kmsg"
  run --separate-stderr "$BULKHEAD" explain --json "$BATS_TEST_TMPDIR/kmsg"
  jq -e '.reports[0].timing | .inferred_baud == 9600 and .console_slow' <<<"$output"
  bytes=$("$BULKHEAD" explain --json "$data/slow-console.txt" | jq '.reports[0].timing.bytes')
  jq -e --argjson bytes "$bytes" '.reports[0].timing.bytes / $bytes | . > 0.99 and . < 1.01' <<<"$output"
}

@test "a storm: a later report is one line, unless its verdict is another, or --all" {
  run --separate-stderr "$BULKHEAD" explain "$data/storm.txt"
  [ "$(grep -c '^OOM 2 +.*: worker.*; the leaker was killed$' <<<"$output")" -eq 1 ]
  [ "$(grep -c '^OOM [13]: worker' <<<"$output")" -eq 2 ]
  [ "$(grep '^  verdict' <<<"$output" | grep -oE 'leaker|limit is too small' | xargs)" = 'leaker limit is too small' ]
  [[ $output == *"storm"*"3 reports (OOM 1 to 3)"*"3 killed, 3 times worker"* ]]
  run --separate-stderr "$BULKHEAD" explain --all "$data/storm.txt"
  [ "$(grep -c '^  verdict' <<<"$output")" -eq 3 ]
  run --separate-stderr "$BULKHEAD" explain --json "$data/storm.txt"
  jq -e '.storms | length == 1 and .[0].reports == 3 and .[0].subject == "/system.slice/render.service"' <<<"$output"
}

@test "hostile names do nothing to a terminal" {
  for options in "" --all --json; do
    # shellcheck disable=SC2086 # an option or none
    "$BULKHEAD" explain $options "$data/hostile.txt" >"$BATS_TEST_TMPDIR/out" || [ $? -eq 1 ]
    LC_ALL=C none -qP '[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae' "$BATS_TEST_TMPDIR/out"
    none -q '^ *\$ .*reboot' "$BATS_TEST_TMPDIR/out"
  done
}

@test "nothing found is exit 0, and says how much was read and what came near" {
  run --separate-stderr "$BULKHEAD" explain "$data/quiet.txt"
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "no OOM report found: 199 B read from 1 input" ]]
  [[ $output == *"page allocation failure: 1"* ]]
  run --separate-stderr "$BULKHEAD" explain --json "$data/quiet.txt"
  [ "$status" -eq 0 ]
  jq -e '.reports == [] and .read.bytes == 199 and .neighbours["page allocation failure"] == 1' <<<"$output"
}

@test "an empty file, an empty stream" {
  : >"$BATS_TEST_TMPDIR/empty"
  run --separate-stderr "$BULKHEAD" explain "$BATS_TEST_TMPDIR/empty"
  [ "$status" -eq 0 ]
  [[ $output == "no OOM report found: 0 B read from 1 input" ]]
  run --separate-stderr bash -c ': | "$BULKHEAD" explain --json'
  [ "$status" -eq 0 ]
  jq -e '.reports == []' <<<"$output"
}

@test "standard input: '-', a pipe without FILE, a file without FILE" {
  for command in 'cat "$1" | "$BULKHEAD" explain -' 'cat "$1" | "$BULKHEAD" explain' '"$BULKHEAD" explain <"$1"'; do
    run --separate-stderr bash -c "$command" bash "$data/line.txt"
    [ "$status" -eq 1 ]
    [ -z "$stderr" ]
    [[ $output == *"indexer (pid 1426) was killed: 7.2 GiB"* ]]
  done
}

@test "a pipe that nobody writes to: it says what it waits for" {
  run --separate-stderr timeout 6 bash -c 'sleep 5 | "$BULKHEAD" explain'
  [ "$status" -eq 0 ]
  [[ $stderr == *"reading standard input"* ]]
}

@test "several files: each is named, and nothing grows from one to the next" {
  run --separate-stderr "$BULKHEAD" explain "$data/line.txt" "$data/line.txt" "$data/quiet.txt"
  [ "$status" -eq 1 ]
  [[ $output == *"== "*"line.txt"* ]]
  [[ $output == *"from 3 inputs"* ]]
}

@test "what cannot be read is exit 3 and named, the others are explained" {
  printf '\x1f\x8b\x08junk' >"$BATS_TEST_TMPDIR/old.gz"
  printf '\xfd7zXZ\0junk' >"$BATS_TEST_TMPDIR/old.xz"
  printf '\x28\xb5\x2f\xfdjunk' >"$BATS_TEST_TMPDIR/old.zst"
  while IFS='|' read -r file message; do
    run --separate-stderr "$BULKHEAD" explain "$file" "$data/line.txt"
    [ "$status" -eq 3 ] || { echo "$file: $status"; return 1; }
    [[ $stderr == *"$message"* ]] || { echo "$file: $stderr"; return 1; }
    [[ $output == *"indexer"* ]]
  done <<EOT
$BATS_TEST_TMPDIR/none|No such file
$BATS_TEST_TMPDIR|is a directory: name the log files in it
$BATS_TEST_TMPDIR/old.gz|compressed (gzip): zcat FILE | bulkhead explain -
$BATS_TEST_TMPDIR/old.xz|compressed (xz): xzcat FILE | bulkhead explain -
$BATS_TEST_TMPDIR/old.zst|compressed (zstd): zstdcat FILE | bulkhead explain -
EOT
}

@test "a file that may not be read is exit 3" {
  [ "$(id -u)" -ne 0 ] || setpriv --reuid 65534 --clear-groups true 2>/dev/null || skip "nobody to become"
  install -m 0600 "$data/line.txt" "$BATS_TEST_TMPDIR/secret"
  chmod 755 "$BATS_TEST_TMPDIR"
  if [ "$(id -u)" -eq 0 ]; then
    cp "$BULKHEAD" "$BATS_TEST_TMPDIR/bulkhead"
    run --separate-stderr setpriv --reuid 65534 --clear-groups "$BATS_TEST_TMPDIR/bulkhead" explain "$BATS_TEST_TMPDIR/secret"
  else
    chmod 0 "$BATS_TEST_TMPDIR/secret"
    run --separate-stderr "$BULKHEAD" explain "$BATS_TEST_TMPDIR/secret"
  fi
  [ "$status" -eq 3 ]
  [[ $stderr == *"Permission denied"* ]]
}

@test "a captured tree: --root reads the logs below it" {
  mkdir -p "$BATS_TEST_TMPDIR/root/var/log"
  cp "$data/line.txt" "$BATS_TEST_TMPDIR/root/var/log/kern.log"
  run --separate-stderr "$BULKHEAD" explain --root "$BATS_TEST_TMPDIR/root"
  [ "$status" -eq 1 ]
  [[ $output == *"indexer"* ]]
  run --separate-stderr "$BULKHEAD" explain --root "$BATS_TEST_TMPDIR/root/var"
  [ "$status" -eq 3 ]
  [[ $stderr == *"kern.log"* ]]
}

@test "what does not go together is exit 2" {
  while read -r arguments; do
    # shellcheck disable=SC2086 # words on purpose
    run --separate-stderr "$BULKHEAD" explain $arguments </dev/null
    [ "$status" -eq 2 ] || { echo "$arguments: $status"; return 1; }
    [ -z "$output" ]
  done <<EOT
--live some.log
--root / --live
--root / some.log
--html
--html -
--html=
--top 0
--top many
--top 1001
--colour
EOT
}

@test "--top shows the table without --all; K killed, ? suspected" {
  run --separate-stderr "$BULKHEAD" explain --top 3 "$data/innocent.txt"
  [ "$(grep -cE '^(K| )(\?| ) +[0-9]+ [a-z-]+ +[0-9.]+ [KMG]iB' <<<"$output")" -eq 3 ]
  grep -E '^K +901 orderdb' <<<"$output"
}

@test "--html is written whole or not at all" {
  cd "$BATS_TEST_TMPDIR"
  run --separate-stderr "$BULKHEAD" explain --html page.html "$data/storm.txt"
  [ "$status" -eq 1 ]
  [[ $output == *"3 OOM reports"* ]]
  [[ $(tail -n 1 page.html) == "</html>" ]]
  [ "$(stat -c %a page.html)" = "$(printf '%o' $((0666 & ~$(umask))))" ]
  [ "$(echo page.html*)" = page.html ]
  # A reader of the text that goes away costs no page.
  rm page.html
  "$BULKHEAD" explain --all --html page.html "$data/storm.txt" | head -n 1
  [[ $(tail -n 1 page.html) == "</html>" ]]
  # The target of a link is replaced, not the link.
  echo old >target.html
  ln -s target.html link.html
  run --separate-stderr "$BULKHEAD" explain --html link.html "$data/storm.txt"
  [ -L link.html ]
  [[ $(tail -n 1 target.html) == "</html>" ]]
  # A pipe is written to.
  "$BULKHEAD" explain --html /dev/stderr "$data/storm.txt" 2>&1 >/dev/null | grep -q '</html>'
}

@test "--html that cannot be written is exit 4, and what was there stays" {
  mkdir "$BATS_TEST_TMPDIR/dir"
  for file in "$BATS_TEST_TMPDIR/none/page.html" "$BATS_TEST_TMPDIR/dir" /dev/full; do
    run --separate-stderr "$BULKHEAD" explain --html "$file" "$data/line.txt"
    [ "$status" -eq 4 ] || { echo "$file: $status"; return 1; }
    [ -n "$stderr" ]
  done
  [ -z "$(ls "$BATS_TEST_TMPDIR/dir")" ]
}

@test "a page names nothing outside of itself" {
  "$BULKHEAD" explain --html "$BATS_TEST_TMPDIR/page.html" "$data/hostile.txt" >/dev/null || [ $? -eq 1 ]
  none -E 'https?://|<[a-z]+ [^>]*( src=|href="[^#])|url\(|@import' "$BATS_TEST_TMPDIR/page.html"
  grep -q "default-src 'none'" "$BATS_TEST_TMPDIR/page.html"
  [ "$(grep -c '<script' "$BATS_TEST_TMPDIR/page.html")" -eq 1 ]
}

@test "the memory of a long log is bounded" {
  for _ in $(seq 200); do cat "$data/storm.txt"; done >"$BATS_TEST_TMPDIR/long"
  run --separate-stderr "$BULKHEAD_RELEASE" explain --json "$BATS_TEST_TMPDIR/long"
  [ "$status" -eq 1 ]
  run bash -c 'yes "[    1.000000] nothing of interest happens in this line at all" | head -c 300M |
    (ulimit -v 200000; "$BULKHEAD_RELEASE" explain -)'
  [ "$status" -eq 0 ]
  [[ $output == *"300 MiB read"* ]]
}
