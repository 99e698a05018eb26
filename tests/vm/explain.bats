#!/usr/bin/env bats
# explain on a real kernel's /dev/kmsg: vm/scenarios/explain.ini, judged here.

load vm

setup() {
  need_vm "Debian 12"
  answers_of 6.1 explain.ini
}

@test "before: nothing found, and how much was read" {
  run_is told '.valid and .measured.kills == 1'
  output_of told 0 | head -1 | grep -qE '^no OOM report found: [0-9.]+ KiB read from 1 input$'
  output_of told 0 | grep -qx 'exit 0'
}

@test "after: the victim, the time and the bytes are those that the bench measured" {
  output_of told 1 | head -1 | grep -qx 'exit 1'
  output_of told 1 | grep -m 1 -o '{.*}' | jq -e '.comm == "leaker"'
  jq -es 'map(select(.name == "told"))[0].measured' <"$answers" >"$BATS_TEST_TMPDIR/measured"
  output_of told 1 | sed -n 's/^"timing"://p' |
    jq -e --slurpfile m "$BATS_TEST_TMPDIR/measured" '.bytes == $m[0].report_bytes and
      (.print_seconds / $m[0].printk_seconds | . > 0.9 and . < 1.1)'
  output_of told 1 | grep -qx '"verdict":"leaker_killed"'
}

@test "the story names who asked, who was killed and where memory was refused" {
  output_of told 2 | grep -qE '^OOM 1: leaker \(pid [0-9]+\) was killed: [0-9]+ MiB$'
  output_of told 2 | grep -qE '^  refused +node 0 zone DMA32: .* must stay; no swap$'
  output_of told 2 | grep -qE '^  killed .*the highest badness'
}

@test "--live: both kills are told while it runs, SIGTERM ends it with the sums" {
  run_is live '.valid and .measured.kills == 1'
  [ "$(output_of live 1 | head -2 | tr '\n' ' ')" = "2 3 " ]
  [ "$(output_of live 1 | grep -c '^"victim":{"pid":[0-9]*,"comm":"leaker"')" -eq 2 ]
  output_of live 1 | tail -1 | jq -e '.read.lost_records == 0 and ([.storms[].kills] | add) == 2'
}
