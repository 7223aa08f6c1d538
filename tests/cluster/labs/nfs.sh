# shellcheck shell=bash disable=SC2034,SC2154 # sourced by lab and guest
# SPDX-License-Identifier: BSD-3-Clause
# NFS 4.2, 4.0 and 3: the kernel's server and clients.
needs=(rpc.nfsd rpc.mountd rpc.statd exportfs rpcbind mount.nfs ip)
modules=(nfs nfsv3 nfsv4)
# In seconds; the server takes no shorter lease.
lease=10 grace=3

# What locks need on both sides with version 3.
start_daemons() {
	mount -t tmpfs tmpfs /var/lib/nfs
	mkdir -p /var/lib/nfs/{rpc_pipefs,v4recovery,nfsdcltrack,sm,sm.bak}
	touch /var/lib/nfs/{etab,rmtab,state}
	rpcbind -w
	rpc.statd --no-notify
}

# lockd would have its grace period, too.
start_server() {
	if [ "$kind" = nfs3 ]; then rpc.nfsd 4; else rpc.nfsd -N 3 4; fi
}

serve() {
	modprobe -d /run/kmod nfsd || return 1
	start_daemons
	mount -t nfsd nfsd /proc/fs/nfsd
	mount -t tmpfs export "$EXPORT"
	exportfs -o rw,no_root_squash,fsid=0,insecure,no_subtree_check "*:$EXPORT" || return 1
	echo "$lease" >/proc/fs/nfsd/nfsv4leasetime
	echo "$lease" >/proc/fs/nfsd/nfsv4gracetime
	echo "$grace" >/proc/sys/fs/nfs/nlm_timeout
	echo "$grace" >/proc/sys/fs/nfs/nlm_grace_period
	start_server || return 1
	rpc.mountd
	# Nobody has locks to reclaim.
	echo Y >/proc/fs/nfsd/v4_end_grace
}

# As after a reboot: who had locks has the grace period to claim them.
restart() {
	rpc.nfsd 0
	if [ "$kind" = nfs3 ]; then
		killall -q rpc.statd
		rpc.statd --no-notify
	fi
	start_server
	if [ "$kind" = nfs3 ]; then sm-notify -f; fi
}

join() { start_daemons; }

attach() {
	local from=10.9.0.3:/
	[ "$kind" != nfs3 ] || from=10.9.0.3:$EXPORT
	mount -t nfs -o "vers=${kind#nfs}${2:+,$2}" "$from" "$1"
}
