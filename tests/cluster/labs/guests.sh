# shellcheck shell=bash disable=SC2154 # sourced by lab
# SPDX-License-Identifier: BSD-3-Clause
# Hosts with a kernel each: guests of User-Mode Linux on one network. Their root is this machine's, as seen
# from inside the lab; what they write elsewhere than in the shared folder is this machine's, too.

# What the guests have to know, for guest to read.
write_settings() {
	printf '%q ' "$@" >"$lab/command"
	pwd >"$lab/cwd"
	export -p >"$lab/variables"
	declare -p kind lab here LAB_PROGRAMS >"$lab/settings"
	cp "$LAB_PROGRAMS/cluster_on_host" "$lab/bin/on_host"
}

# The switch ends with its standard input.
start_network() {
	local tap=()
	if [ "$server" = machine ]; then
		tap=(-tap lab0)
		ip tuntap add lab0 mode tap
		ip addr add 10.9.0.3/24 dev lab0
		ip link set lab0 up
	fi
	mkfifo "$lab/never"
	uml_switch -unix "$lab/switch" "${tap[@]}" <>"$lab/never" >"$lab/switch.log" 2>&1 &
	until [ -S "$lab/switch" ]; do sleep 0.05; done
}

# In the namespaces of the lab.
serve_here() {
	serve >"$lab/server.log" 2>&1 || broken "$(tail -n 20 "$lab/server.log")"
	"$lab/bin/on_host" -s 10.9.0.3 >>"$lab/server.log" 2>&1 &
}

# start_guest NAME NUMBER
start_guest() {
	local disk=() memory=384M
	[ "$1" != server ] || memory=1G
	# 's' writes at once, 'c' is for a cluster: no lock on the image file.
	[ ! -e "$lab/disk" ] || disk=("ubd0sc=$lab/disk")
	# Its memory is a file there. Processors with AMX need uml_xstate.so.
	TMPDIR=$lab LD_PRELOAD=$LAB_PROGRAMS/uml_xstate.so setsid linux.uml uml_dir="$lab/" umid="$1" \
		mem="$memory" root=/dev/root rootfstype=hostfs rootflags=/ rw init="$here/guest" \
		"eth0=daemon,fe:fd:0:0:0:$2,unix,$lab/switch" "${disk[@]}" me="$1" lab="$lab" \
		con=null con0=null,fd:1 quiet </dev/null >"$lab/$1.console.log" 2>&1 &
	last=$!
}

keep_logs() {
	[ -n "${LAB_LOG-}" ] || return 0
	mkdir -p "$LAB_LOG"
	cp "$lab"/*.log "$LAB_LOG"
}

run_in_lab() {
	local number=10 guest last host1 follower
	: >"$lab/output"
	echo 125 >"$lab/status"
	write_settings "$@"
	prepare >"$lab/prepare.log" 2>&1 || broken "$(cat "$lab/prepare.log")"
	start_network
	[ "$server" != machine ] || serve_here
	for guest in "${guests[@]}"; do
		start_guest "$guest" $((number += 1))
		[ "$guest" != host1 ] || host1=$last
	done
	tail -n +1 -s 0.2 -f "$lab/output" &
	follower=$!
	while kill -0 "$host1" 2>/dev/null && [ "$SECONDS" -lt "${LAB_SECONDS:-600}" ]; do sleep 0.2; done
	[ "$SECONDS" -lt "${LAB_SECONDS:-600}" ] || echo "lab: it took longer than ${LAB_SECONDS:-600} s"
	sleep 0.4
	kill "$follower"
	keep_logs
	if [ "$(cat "$lab/status")" -eq 125 ]; then tail -n 20 "$lab"/*.log; fi
	exit "$(cat "$lab/status")"
}
