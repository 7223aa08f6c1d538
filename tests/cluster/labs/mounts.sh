# shellcheck shell=bash disable=SC2154 # sourced by lab
# SPDX-License-Identifier: BSD-3-Clause
# Hosts that are no more than two mounts of this machine, in the lab's namespaces.

make_programs() {
	local host
	for host in host1 host2 server; do
		# What bash starts in the background ignores these.
		printf '#!/bin/sh\nexec env --default-signal=INT,QUIT "$@"\n' >"$lab/bin/on_$host"
	done
	cat >"$lab/bin/mount_again" <<-END
		#!/bin/bash
		set -e
		lab=$lab here=$here HOST1=$HOST1 HOST2=$HOST2 EXPORT=$EXPORT
		. "\$here/kinds.sh"
		read_kind $kind
		umount "\$HOST1" "\$HOST2"
		me=host1 attach "\$HOST1" "\$1"
		me=host2 attach "\$HOST2" "\$1"
	END
	chmod +x "$lab/bin"/*
}

come_up() {
	serve && me=host1 attach "$HOST1" '' && me=host2 attach "$HOST2" ''
}

run_in_lab() {
	local status=0 command
	export HOST1=$lab/host1 HOST2=$lab/host2 EXPORT=$lab/export PATH=$lab/bin:$PATH LAB=$lab
	mkdir "$HOST1" "$HOST2" "$EXPORT"
	make_programs
	if ! come_up >"$lab/up.log" 2>&1; then
		cat "$lab/up.log"
		broken "$kind does not come up"
	fi
	timeout --kill-after=5 "${LAB_SECONDS:-600}" "$@" &
	command=$!
	wait "$command" || status=$?
	exit "$status"
}
