#!/usr/bin/env bats
# Guard's adaptive console quieting in a real kernel, on a console of 19200 baud on which the report
# of this storm takes 14 to 17 s: what vm/scenarios/guard-quiet.ini does, judged here.

load vm

setup() {
  need_vm "Debian 13"
  answers_of 6.12 guard-quiet.ini
}

@test "the report skips the slow console and is whole in the ring buffer; the stall is under 1 s" {
  run_is quiet '.valid and (.measured |
    .kills == 1 and .victims[0].comm == "leaker" and .tasks >= 200 and
    .task_table_bytes > .tasks * 95 and .report_bytes > 20000 and
    .wire_bytes > 0 and .wire_bytes < 400)'
  no_stall quiet
}

@test "console_loglevel is lowered before the kill, and put back when memory is no longer short" {
  [ "$(output_of quiet 3)" = 4 ]
  [ "$(output_of quiet 4)" = 7 ]
  output_of quiet 5 | holds 'map(select(.basis == "console")) | length == 2 and all(.[]; .result == "done") and
    .[0].action == "quiet_console" and .[0].detail[0:21] == "kernel/printk 7 -> 4;" and
    .[1].action == "restore_console" and .[1].detail == "kernel/printk 4 -> 7"'
}

@test "guard killed with the level lowered: no stall, and the next guard puts it back" {
  run_is killed '.valid and (.measured | .kills == 1 and .report_bytes > 20000 and
    .wire_bytes < 400)'
  no_stall killed
  [ "$(output_of killed 2)" = 4 ]
  [ "$(output_of killed 3)" = 7 ]
  output_of killed 4 | holds 'map(select(.basis == "console")) | length == 2 and .[0].action == "quiet_console" and
    .[1].action == "restore_console" and (.[1].reason | contains("an earlier guard"))'
}
