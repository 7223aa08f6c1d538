# shellcheck shell=bash disable=SC1090,SC1091,SC2034,SC2154 # sourced by lab and guest
# SPDX-License-Identifier: BSD-3-Clause
# Which file system a lab is of. The file of that sets
#   place     guests, or mounts of this machine
#   guests    their names; the server first
#   server    a guest, or this machine, in the network of the guests
#   needs     commands, modules  of the guests' kernel
# and has these functions, which fail if they can't:
#   prepare   before anything is started
#   serve     on the server
#   join      on each host, once
#   attach FOLDER OPTIONS  on each host
#   restart   on the server: it forgets what it has not written down, and serves again

# What not all have something to do in.
prepare() { true; }
serve() { true; }
join() { true; }
restart() { false; }

# read_kind LAB
read_kind() {
	kind=$1
	place=guests guests=(server host1 host2) server=guest needs=() modules=()
	case $kind in
	nfs4.2 | nfs4.0 | nfs3) . "$here/nfs.sh" ;;
	ceph-kernel | ceph-fuse) . "$here/ceph.sh" ;;
	ocfs2 | cifs | 9p | gluster | sshfs | bindfs) . "$here/$kind.sh" ;;
	*) return 2 ;;
	esac
}
