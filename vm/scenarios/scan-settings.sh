#!/bin/sh
# What the guest of scan-settings.ini does, by busybox: settings STEP. Each command's exit status is in its last line.

told() {
	"$@" 2>&1
	echo "exit $?"
}

as_user() {
	su user -c "$*"
}

ready() {
	for _ in $(seq 50); do
		grep -q ready "$1" && return
		sleep 0.1
	done
	return 1
}

scope() {
	echo "$1" >/proc/sys/kernel/yama/ptrace_scope && cat /proc/sys/kernel/yama/ptrace_scope
}

state() {
	grep -E "^(State|TracerPid)" /proc/"$(cat "$1")"/status
}

case $1 in
users)
	mkdir -p /etc
	printf '%s\n' root:x:0:0::/:/bin/sh user:x:1000:1000::/:/bin/sh >/etc/passwd
	as_user 'echo $$ >/tmp/pid; exec loss-static' >/ready &
	ready /ready && cat /tmp/pid
	;;
scan) told bulkhead scan --json "$(cat /tmp/pid)" ;;
user-scan) told as_user bulkhead scan --json "$(cat /tmp/pid)" ;;
check) told bulkhead check --json -- loss-static --duration 0.2 ;;
user-check) told as_user bulkhead check --json -- loss-static --duration 0.2 ;;
scope) scope "$2" ;;
state) state "$2" ;;
pool)
	echo 16 >/proc/sys/vm/nr_hugepages && cat /proc/sys/vm/nr_hugepages
	export GLIBC_TUNABLES=glibc.malloc.hugetlb=2
	loss-static >/huge &
	echo $! >/hugepid
	ready /huge && grep HugetlbPages /proc/"$(cat /hugepid)"/status && grep anon_hugepage /proc/"$(cat /hugepid)"/maps
	;;
huge-scan) told bulkhead scan --json "$(cat /hugepid)" ;;
huge-fork) told bulkhead scan --json --snapshot=fork "$(cat /hugepid)" ;;
huge-check)
	export GLIBC_TUNABLES=glibc.malloc.hugetlb=2
	told bulkhead check --json -- loss-static --duration 0.2
	;;
esac
