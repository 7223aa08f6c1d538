# shellcheck shell=bash disable=SC2034,SC2154 # sourced by lab and guest
# SPDX-License-Identifier: BSD-3-Clause
# OCFS2 on one disk that both hosts have; the kernel's own cluster stack.
guests=(host1 host2)
needs=(mkfs.ocfs2 ip)
modules=(configfs ocfs2_stack_o2cb ocfs2)

prepare() {
	truncate -s 256M "$lab/disk"
	mkfs.ocfs2 -q -x -F -N 2 -J size=4M -T mail --fs-feature-level=max-features --cluster-stack=o2cb \
		--cluster-name=lab "$lab/disk"
}

join() {
	local cluster=/sys/kernel/config/cluster/lab number
	mount -t configfs configfs /sys/kernel/config
	echo o2cb >/sys/fs/ocfs2/cluster_stack
	mkdir $cluster
	for number in 1 2; do
		mkdir "$cluster/node/host$number"
		echo 7777 >"$cluster/node/host$number/ipv4_port"
		address "host$number" >"$cluster/node/host$number/ipv4_address"
		echo "$number" >"$cluster/node/host$number/num"
	done
	echo 1 >"$cluster/node/$me/local"
}

# One host after the other: faster than two that wait for each other.
attach() {
	[ "$me" = host1 ] || wait_for "$lab/host1.mounted"
	mount -t ocfs2 ${2:+-o "$2"} /run/disk "$1" && echo ok >"$lab/host1.mounted"
}
