#!/usr/bin/env bats
# Real programs, scanned while they work, by fork and by copy: they must not notice (every request answered,
# every line written, the same processes afterwards), and nothing of theirs is definitely lost, as valgrind says
# of the same programs. The daemons are those that tools/test-programs fetched; nothing is installed.
# shellcheck disable=SC2030,SC2031 # each test is a subshell, and its teardown runs in it

load ../golden/common

programs=${BULKHEAD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bulkhead}/programs

setup() {
  started=()
  tmp=$BATS_TEST_TMPDIR
  unset MALLOC_PERTURB_
  export PERL_HASH_SEED=0 PYTHONHASHSEED=0
}

teardown() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
}

# program NAME: sets $program: of the cache, else of the host
program() {
  for program in "$programs/usr/sbin/$1" "$programs/usr/bin/$1" "/usr/sbin/$1" "/usr/bin/$1"; do
    [[ -x $program ]] || continue
    export LD_LIBRARY_PATH=$programs/usr/lib/x86_64-linux-gnu:$programs/lib/x86_64-linux-gnu
    return
  done
  skip "no $1: tools/test-programs fetches it"
}

# ours ARG...: bulkhead without the libraries of the daemons
ours() { LD_LIBRARY_PATH='' "$BULKHEAD" "$@"; }

# until_true COMMAND...: waits for it, up to 10 s
until_true() {
  for _ in $(seq 100); do
    "$@" && return
    sleep 0.1
  done
  echo "never true: $*"
  return 1
}

# scan_live PID LEAST: three scans each way; nothing is lost, at least LEAST blocks are there
scan_live() {
  for way in fork copy fork copy fork copy; do
    status=0
    ours scan --json --snapshot=$way "$1" >"$tmp/scan" || status=$?
    jq -c "{way: \"$way\", pause_seconds, summary: (.summary | map_values(.blocks))}" "$tmp/scan"
    ((status <= 1))
    jq -e --argjson least "$2" '.allocator | tostring | contains("glibc")' "$tmp/scan" >/dev/null
    jq -e --argjson least "$2" '.summary.definitely_lost.blocks == 0 and .summary.indirectly_lost.blocks == 0
      and ([.summary[].blocks] | add) >= $least' "$tmp/scan" >/dev/null
  done
}

# interpreter LEAST COMMAND...: a program that writes a line a step until SIGTERM, then "steps N", exit 0
interpreter() {
  local least=$1 before
  shift
  "$@" >"$tmp/steps" 2>"$tmp/err" 3>&- &
  started+=("$!")
  pid=$!
  until_true test -s "$tmp/steps"
  sleep 1
  scan_live "$pid" "$least"
  before=$(wc -l <"$tmp/steps")
  sleep 0.3
  (($(wc -l <"$tmp/steps") > before)) # it goes on
  kill "$pid"
  status=0
  wait "$pid" || status=$?
  cat "$tmp/err"
  [ "$status" -eq 0 ]
  # No step was left out or done twice.
  tail -n 1 "$tmp/steps" | grep -qx "steps $(($(wc -l <"$tmp/steps") - 1))"
}

python='
import json, signal, sys
on = True
def stop(*_):
    global on
    on = False
signal.signal(signal.SIGTERM, stop)
kept, n = {}, 0
while on:
    kept[n % 500] = json.loads(json.dumps({str(i): [i, "x" * (i % 50)] for i in range(n % 300)}))
    n += 1
    print(n, flush=True)
print("steps", n, flush=True)'

@test "python3, with its own allocator inside malloc" {
  interpreter 1000 /usr/bin/python3 -c "$python"
}

@test "python3, each object a block of malloc" {
  interpreter 10000 env PYTHONMALLOC=malloc /usr/bin/python3 -c "$python"
}

@test "perl" {
  program perl
  # shellcheck disable=SC2016
  interpreter 1000 "$program" -e '
    $| = 1; my $on = 1; $SIG{TERM} = sub { $on = 0 }; my (%kept, $n); $n = 0;
    while ($on) { $kept{$n % 500} = [map { "x" x ($_ % 50) } 1 .. $n % 300]; print ++$n, "\n"; }
    print "steps $n\n";'
}

@test "bash" {
  # shellcheck disable=SC2016
  interpreter 500 /bin/bash -c '
    on=1; trap "on=0" TERM; declare -A kept; n=0
    while ((on)); do kept[$((n % 500))]=$(printf "%0$((n % 300))d" 7); ((++n)); echo "$n"; done
    echo "steps $n"'
}

@test "sqlite3 with a database in memory" {
  program sqlite3
  mkfifo "$tmp/sql"
  "$program" -batch :memory: <"$tmp/sql" >"$tmp/steps" 2>"$tmp/err" 3>&- &
  pid=$!
  started+=("$pid")
  exec 9>"$tmp/sql"
  echo "create table t (a integer primary key, b text);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
    insert into t select i, printf('%040d', i) from n; select 'ready';" >&9
  until_true grep -qx ready "$tmp/steps"
  (for i in $(seq 300); do
    echo "update t set b = b || '.' where a % 300 = $i; select count(*) from t where b like '%.';"
    sleep 0.01
  done >&9) 3>&- &
  load=$!
  scan_live "$pid" 500
  wait "$load"
  echo "select sum(length(b)) from t;" >&9
  exec 9>&-
  status=0
  wait "$pid" || status=$?
  cat "$tmp/err"
  [ "$status" -eq 0 ]
  [ ! -s "$tmp/err" ]
  [ "$(tail -n 1 "$tmp/steps")" -eq $((60000 * 40 + 60000 - 200)) ]
}

nginx_conf() {
  mkdir -p "$tmp/www"
  head -c 20000 /dev/zero | tr '\0' x >"$tmp/www/file"
  cat <<END
pid $tmp/pid; error_log $tmp/error.log; daemon off; worker_processes 2;
events { worker_connections 64; }
http {
  access_log off; client_body_temp_path $tmp/a; proxy_temp_path $tmp/b; fastcgi_temp_path $tmp/c;
  uwsgi_temp_path $tmp/d; scgi_temp_path $tmp/e;
  gzip on; gzip_types *; gzip_min_length 1;
  server { listen unix:$tmp/web; root $tmp/www; location / { add_header X-Answer \$request_id; } }
}
END
  [ "$(id -u)" -ne 0 ] || echo "user root;"
}

@test "nginx: every request is answered, no worker is replaced" {
  program nginx
  nginx_conf >"$tmp/nginx.conf"
  "$program" -p "$tmp" -e "$tmp/error.log" -c "$tmp/nginx.conf" 2>"$tmp/err" 3>&- &
  started+=("$!")
  until_true test -S "$tmp/web"
  until_true pgrep -P "${started[0]}"
  mapfile -t workers < <(pgrep -P "${started[0]}")
  python3 - "$tmp/web" "$tmp/stop" >"$tmp/requests" 2>&1 3>&- <<'END' &
import os, socket, sys
good = bad = 0
while not os.path.exists(sys.argv[2]):
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            s.connect(sys.argv[1])
            s.sendall(b'GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            data = b''
            while part := s.recv(65536):
                data += part
        ok = data.startswith(b'HTTP/1.1 200 ') and data.endswith(b'x' * 20000)
    except OSError as error:
        print(error)
        ok = False
    good, bad = good + ok, bad + (not ok)
print('good', good, 'bad', bad)
END
  load=$!
  started+=("$load")
  sleep 0.5
  scan_live "${workers[0]}" 500
  scan_live "${started[0]}" 500
  touch "$tmp/stop"
  wait "$load"
  cat "$tmp/requests" "$tmp/error.log"
  grep -qE '^good [0-9]{3,} bad 0$' "$tmp/requests"
  diff <(printf '%s\n' "${workers[@]}") <(pgrep -P "${started[0]}")
  run ! grep -E 'alert|crit|emerg' "$tmp/error.log"
}

@test "rsyslogd: every message is written, once" {
  program rsyslogd
  command -v logger >/dev/null || skip "no logger"
  cat >"$tmp/rsyslog.conf" <<END
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="$tmp/log" RateLimit.Interval="0")
template(name="bare" type="string" string="%msg%\n")
*.* action(type="omfile" file="$tmp/messages" template="bare" asyncWriting="on" flushInterval="1")
END
  "$program" -n -f "$tmp/rsyslog.conf" -i "$tmp/pid" -M "$programs/usr/lib/x86_64-linux-gnu/rsyslog:/usr/lib/x86_64-linux-gnu/rsyslog" \
    >"$tmp/err" 2>&1 3>&- &
  pid=$!
  started+=("$pid")
  until_true test -S "$tmp/log"
  (for i in $(seq 40); do
    seq -f "message %.0f end" $((i * 50 - 49)) $((i * 50)) | LD_LIBRARY_PATH='' logger -u "$tmp/log" -t test
    sleep 0.05
  done) 3>&- &
  load=$!
  sleep 0.3
  scan_live "$pid" 300
  wait "$load"
  until_true grep -q 'message 2000 end' "$tmp/messages"
  kill "$pid"
  wait "$pid" || true
  cat "$tmp/err"
  diff <(grep -o 'message [0-9]* end' "$tmp/messages" | sort) <(seq -f "message %.0f end" 1 2000 | sort)
}

@test "redis-server: its allocator is named, exit status 3, and it goes on answering" {
  program redis-server
  cli=${program%server}cli
  "$program" --port 0 --unixsocket "$tmp/redis" --dir "$tmp" --save '' >"$tmp/out" 2>&1 3>&- &
  pid=$!
  started+=("$pid")
  until_true test -S "$tmp/redis"
  until_true "$cli" -s "$tmp/redis" ping
  (for i in $(seq 100); do
    "$cli" -s "$tmp/redis" set "key$i" "$i"
    sleep 0.01
  done >"$tmp/answers") 3>&- &
  load=$!
  for way in fork copy; do
    status=0
    ours scan --json --snapshot=$way "$pid" >"$tmp/scan" 2>"$tmp/err" || status=$?
    cat "$tmp/scan" "$tmp/err"
    [ "$status" -eq 3 ]
    grep -q jemalloc "$tmp/scan" "$tmp/err"
  done
  status=0
  LD_LIBRARY_PATH='' "$BULKHEAD" scan "$pid" >"$tmp/text" 2>&1 || status=$?
  cat "$tmp/text"
  [ "$status" -eq 3 ]
  grep -q jemalloc "$tmp/text"
  wait "$load"
  [ "$(grep -cx OK "$tmp/answers")" -eq 100 ]
  [ "$("$cli" -s "$tmp/redis" dbsize)" -eq 100 ]
}

# same_as_valgrind COMMAND...: check and valgrind on the same run, at the same point: its exit. In one of
# eight runs of perl a lost block is possibly lost (presumably an old word that depends on the addresses of the
# run): then another run decides. No run may call lost what valgrind does not.
same_as_valgrind() {
  command -v valgrind >/dev/null || skip "valgrind is not installed"
  valgrind --leak-check=full --run-libc-freeres=no --log-file="$tmp/log" "$@" >/dev/null 2>&1
  tail -n 20 "$tmp/log"
  their() { sed -n "s/.* $1: .* bytes in \([0-9,]*\) blocks.*/\1/p" "$tmp/log" | head -n 1 | tr -d ,; }
  for _ in {1..5}; do
    ours check --json -- "$@" 2>"$tmp/err" | sed -n '/^{/,$p' >"$tmp/json"
    cat "$tmp/err"
    jq -c '.summary | map_values(.blocks)' "$tmp/json"
    definite=$(jq .summary.definitely_lost.blocks "$tmp/json")
    indirect=$(jq .summary.indirectly_lost.blocks "$tmp/json")
    ((definite <= $(their 'definitely lost') && indirect <= $(their 'indirectly lost')))
    ((definite < $(their 'definitely lost') || indirect < $(their 'indirectly lost'))) || break
  done
  [ "$definite" -eq "$(their 'definitely lost')" ]
  [ "$indirect" -eq "$(their 'indirectly lost')" ]
  ours=$(jq '[.summary[].blocks] | add' "$tmp/json")
  theirs=$(($(their 'in use at exit')))
  echo "blocks: $ours, valgrind $theirs"
  # An address more or less in the environment, a random seed: no two runs are alike to the block.
  ((ours * 1000 >= theirs * 990 - 2000 && ours * 1000 <= theirs * 1010 + 2000))
}

@test "sqlite3 at its exit: check and valgrind say the same" {
  program sqlite3
  same_as_valgrind "$program" -batch :memory: "with recursive n(i) as (select 1 union all select i + 1 from n
    where i < 2000) select count(*), max(printf('%040d', i)) from n;"
}

@test "perl at its exit: check and valgrind say the same" {
  program perl
  # shellcheck disable=SC2016
  same_as_valgrind "$program" -e 'my %h = map { $_ => [1 .. 5] } 1 .. 2000; print scalar(keys %h), "\n";'
}

@test "bash at its exit: check and valgrind say the same" {
  # shellcheck disable=SC2016
  same_as_valgrind /bin/bash --norc -c 'declare -A h; for i in {1..500}; do h[$i]=x$i; done; echo ${#h[@]}'
}

@test "the child of a threaded process's fork: what the threads' malloc had is not lost, but a block of theirs is" {
  cat >"$tmp/forked.c" <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static pthread_barrier_t barrier;
static void *worker(void *unused)
{
	void *volatile p[40];

	for (int i = 0; i < 40; i++)
		p[i] = malloc((size_t)(24 + 16 * (i % 10)));
	for (int i = 1; i < 40; i++) {
		free(p[i]);
		p[i] = NULL;
	}
	pthread_barrier_wait(&barrier);
	pause();
	return p[0] ? unused : NULL;
}
int main(void)
{
	pthread_t t;

	pthread_barrier_init(&barrier, NULL, 9);
	for (int i = 0; i < 8; i++)
		pthread_create(&t, NULL, worker, NULL);
	pthread_barrier_wait(&barrier);
	usleep(100000);
	if (fork() == 0) {
		printf("%d\n", getpid());
		fflush(stdout);
	}
	pause();
}
END
  "${CC:-cc}" -D_GNU_SOURCE -O1 -o "$tmp/forked" "$tmp/forked.c" -pthread
  "$tmp/forked" >"$tmp/child" 3>&- &
  started+=("$!")
  parent=$!
  until_true test -s "$tmp/child"
  child=$(cat "$tmp/child")
  started+=("$child")
  # Its first of 40 blocks is in the stack of each thread: alive there, lost in the child.
  ours scan --json "$parent" | tee "$tmp/parent" | jq -c .summary
  jq -e '.summary.definitely_lost.blocks == 0' "$tmp/parent"
  ours scan --json "$child" >"$tmp/scan" || [ $? -eq 1 ]
  jq -c '.summary, .quality' "$tmp/scan"
  jq -e '.summary.definitely_lost.blocks == 8 and .summary.indirectly_lost.blocks == 0 and .quality.doubts == []' "$tmp/scan"
}
