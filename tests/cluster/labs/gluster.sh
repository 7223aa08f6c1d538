# shellcheck shell=bash disable=SC2034,SC2154 # sourced by lab
# SPDX-License-Identifier: BSD-3-Clause
# GlusterFS: a volume of one brick, and two clients.
place=mounts
needs=(glusterd gluster glusterfs)

# The machine's own GlusterFS, if it has one, sees nothing of this.
serve() {
	local folder
	# /run has its socket, of which there can be one.
	for folder in /var/lib/glusterd /var/log/glusterfs /run; do
		mkdir -p "$folder"
		mount -t tmpfs tmpfs "$folder"
	done
	mkdir -p /var/log/glusterfs/bricks /var/run/gluster
	printf '127.0.0.1 localhost lab\n' >"$lab/hosts"
	mount --bind "$lab/hosts" /etc/hosts
	hostname lab
	# A brick needs trusted attributes, which not every tmpfs has.
	glusterd -p "$lab/glusterd.pid" || return 1
	for _ in $(seq 100); do
		! gluster pool list >/dev/null 2>&1 || break
		sleep 0.1
	done
	gluster volume create lab "lab:$EXPORT" force && gluster volume start lab
}

# The options are those of a volume: its clients do what they say, and a mount can't say otherwise.
attach() {
	[ -z "$2" ] || gluster volume set lab "performance.${2%=*}" "${2#*=}" || return 1
	mount -t glusterfs lab:/lab "$1"
}
