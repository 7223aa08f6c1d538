# shellcheck shell=bash disable=SC2034,SC2154 # sourced by lab and guest
# SPDX-License-Identifier: BSD-3-Clause
# CephFS: a cluster of one mon, mgr, osd (in memory) and mds; one copy of all, no authentication. Its clients
# are the kernel's, in guests, or ceph-fuse, on this machine.
needs=(ceph-mon ceph-mgr ceph-osd ceph-mds ceph monmaptool)
if [ "$kind" = ceph-kernel ]; then
	# In a guest it takes a second to hand a file over from one host to the other.
	guests=(host1 host2) server=machine
	needs+=(ip)
	modules=(ceph)
	mon=10.9.0.3
else
	place=mounts
	needs+=(ceph-fuse)
	mon=127.0.0.1
fi

write_ceph_conf() {
	ceph=$lab/ceph
	mkdir -p "$ceph"/{mon,mgr,osd,mds}
	cat >"$ceph/ceph.conf" <<-CONF
		[global]
		fsid = $1
		mon host = $mon
		mon initial members = a
		public addr = $mon
		auth cluster required = none
		auth service required = none
		auth client required = none
		run dir = $ceph
		crash dir = $ceph
		admin socket = $ceph/\$name.\$pid.asok
		log to file = false
		mon cluster log to file = false
		mon data = $ceph/mon
		mgr data = $ceph/mgr
		osd data = $ceph/osd
		mds data = $ceph/mds
		osd objectstore = memstore
		memstore device bytes = 536870912
		osd crush chooseleaf type = 0
		osd pool default size = 1
		osd pool default pg autoscale mode = off
		mon allow pool size one = true
	CONF
}

new_uuid() { cat /proc/sys/kernel/random/uuid; }

serve() {
	local id
	id=$(new_uuid)
	write_ceph_conf "$id"
	export CEPH_CONF=$ceph/ceph.conf
	{
		monmaptool --create --fsid "$id" --addv a "[v2:$mon:3300,v1:$mon:6789]" "$ceph/monmap" &&
			ceph-mon -i a --mkfs --monmap "$ceph/monmap"
	} || return 1
	ceph-mon -f -i a >"$ceph/mon.log" 2>&1 &
	id=$(new_uuid)
	ceph --connect-timeout 60 osd new "$id" || return 1
	ceph-osd -i 0 --mkfs --osd-uuid "$id" || return 1
	ceph-osd -f -i 0 >"$ceph/osd.log" 2>&1 &
	ceph-mds -f -i a >"$ceph/mds.log" 2>&1 &
	ceph osd pool create meta 8 && ceph osd pool create data 8 && ceph fs new cephfs meta data || return 1
	for _ in $(seq 600); do
		! ceph mds stat | grep -q up:active || return 0
		sleep 0.1
	done
	return 1
}

attach() {
	if [ "$kind" = ceph-kernel ]; then
		mount -i -t ceph "$mon:6789:/" "$1" ${2:+-o "$2"}
	else
		CEPH_CONF=$lab/ceph/ceph.conf ceph-fuse "$1" >>"$lab/$me.log" 2>&1
	fi
}
