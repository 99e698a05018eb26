#!/usr/bin/env bats
# explain on the OOM reports that real kernels made in the VM bench (tests/logs), each as every form in
# which people have such a log: all of them say the same.

load common

has_dmesg() {
  local help
  help=$(dmesg --help 2>&1)
  [[ $help == *--file* && $help == *--time-format* ]] || skip "dmesg is not that of util-linux 2.30 or newer"
}

logcheck() {
  run "$BATS_TEST_DIRNAME/logcheck" "$@"
  [ "$status" -eq 0 ] || {
    echo "$output" >&2
    return 1
  }
}

# All logs in the form they are stored in; of the others, unless BULKHEAD_LOGS=all, a third each.
form() {
  if [[ $1 == raw || ${BULKHEAD_LOGS:-} == all ]]; then logcheck "$1"; else logcheck --some "$1"; fi
}

@test "the verdict is one of a person who knows what happened" { logcheck --verdict; }
@test "dmesg -r, as the logs are stored" { form raw; }
@test "a serial console, with CR LF" { form console; }
@test "a kernel with PRINTK_CALLER" { form caller; }
@test "records of /dev/kmsg" { form kmsg; }
@test "no time at all" { form notime; }
@test "util-linux: dmesg" { has_dmesg && form dmesg; }
@test "util-linux: dmesg -T" { has_dmesg && form dmesg-ctime; }
@test "util-linux: dmesg -x" { has_dmesg && form dmesg-decode; }
@test "util-linux: dmesg --time-format iso" { has_dmesg && form dmesg-iso; }
@test "util-linux: dmesg -t" { has_dmesg && form dmesg-notime; }
@test "util-linux: dmesg -d" { has_dmesg && form dmesg-delta; }
@test "util-linux: dmesg -H --color=always" { has_dmesg && form dmesg-human; }
@test "syslog" { form syslog; }
@test "syslog with ISO dates" { form syslog-iso; }
@test "syslog without the kernel's own time" { form syslog-notime; }
@test "rsyslog with #012 for a line end" { form rsyslog-escaped; }
@test "journalctl" { form journal-short; }
@test "journalctl -o short-iso" { form journal-iso; }
@test "journalctl -o short-precise" { form journal-precise; }
@test "journalctl -o short-monotonic" { form journal-monotonic; }
@test "journalctl -o json" { form journal-json; }
@test "OpenWrt's logread" { form openwrt; }
@test "a hypervisor's log of its guest" { form hypervisor; }
@test "'kernel:' alone" { form bare; }
@test "CR LF" { form crlf; }
@test "colours" { form colour; }
@test "indented in a ticket" { form indented; }
@test "padded with blanks by a terminal" { form padded; }
@test "no-break spaces of a web page" { form nbsp; }
@test "wrapped at 72 by a mail program" { form mail-wrapped; }
@test "quoted in a mail, then wrapped" { form mail-quoted; }
@test "quoted twice" { form mail-nested; }
@test "wrapped at 80 by a terminal" { form terminal-80; }
@test "wrapped at 100 by a terminal" { form terminal-100; }
@test "lines of others in between" { form interleaved; }
@test "printed twice" { form twice; }
@test "cut at the start: nothing is invented" { form cut-start; }
@test "cut at the end: nothing is invented" { form cut-end; }

@test "every form of logforms has a test here" {
  for name in $("$BATS_TEST_DIRNAME/logforms" --list); do
    grep -qE "form $name; }\$" "$BATS_TEST_FILENAME" || {
      echo "no test of '$name'" >&2
      return 1
    }
  done
}

@test "logforms writes what those programs print" {
  log=$BATS_TEST_TMPDIR/log
  printf '<%s>[%s] %s\n' 4 '   61.000007' 'Mem-Info:' 4 '   61.000900' 'active_anon:1 inactive_anon:2' \
    4 '   61.000900' ' active_file:3 inactive_file:4' 3 '  161.250000' 'Out of memory: Killed process 7 (a b)' >"$log"
  made() { "$BATS_TEST_DIRNAME/logforms" "$1" "$log" | sed -n "$2"; }
  [ "$(made raw p)" = "$(cat "$log")" ]
  [ "$(made console 1p)" = $'[   61.000007] Mem-Info:\r' ]
  [ "$(made kmsg 2p)" = '4,501,61000900,-;active_anon:1 inactive_anon:2\x0a active_file:3 inactive_file:4' ]
  [ "$(made syslog 4p)" = 'Jan 15 10:02:41 web-7 kernel: [  161.250000] Out of memory: Killed process 7 (a b)' ]
  [ "$(made journal-short 3p)" = '                               active_file:3 inactive_file:4' ]
  [ "$(made journal-json p | jq -rs 'map(.MESSAGE) | .[1]')" = $'active_anon:1 inactive_anon:2\n active_file:3 inactive_file:4' ]
  [ "$(made rsyslog-escaped 2p)" = 'Jan 15 10:01:01 web-7 kernel: [   61.000900] active_anon:1 inactive_anon:2#012 active_file:3 inactive_file:4' ]
  [ "$(made cut-start p | wc -l)" -eq 3 ]
  [ "$(made cut-end '$p')" = '[   61.000900]  active_file:3 inactive_file:4' ]
  [ "$(made twice p | wc -l)" -eq 8 ]
  printf '<3>[   62.000000] %s\n' "$(seq -s ' ' 40)" >"$log"
  [ "$(made mail-quoted 1p)" = "> [   62.000000] $(seq -s ' ' 22)" ]
  [ "$(made mail-quoted 2p)" = "> $(seq -s ' ' 23 40)" ]
  [ "$(made terminal-100 1p | wc -c)" -eq 101 ]
}

@test "logcheck fails when nothing is told, and when another thing is" {
  for said in '{}' '{"reports":[{"trigger":{"comm":"x"},"victim":null,"victims":[],"constraint":"none","verdict":"x"}]}'; do
    printf '#!/bin/sh\necho %s\n' "'$said'" >"$BATS_TEST_TMPDIR/said"
    chmod +x "$BATS_TEST_TMPDIR/said"
    for how in raw cut-end --verdict; do
      BULKHEAD=$BATS_TEST_TMPDIR/said run -1 "$BATS_TEST_DIRNAME/logcheck" "$how"
      [[ ${lines[-1]} == *", "[1-9]*" differ" ]]
    done
  done
}
