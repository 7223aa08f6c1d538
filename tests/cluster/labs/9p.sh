# shellcheck shell=bash disable=SC2034,SC2154 # sourced by lab and guest
# SPDX-License-Identifier: BSD-3-Clause
# 9P2000.L by TCP: diod and the kernel's clients.
needs=(diod ip)
modules=(9pnet_fd 9p)

# diod wants a name for each client; in the foreground, since it would leave files elsewhere.
serve() {
	mount -t tmpfs export "$EXPORT"
	printf '127.0.0.1 localhost\n10.9.0.1 host1\n10.9.0.2 host2\n' >/run/lab/hosts
	mount --bind /run/lab/hosts /etc/hosts
	diod -f -n -N -S -U root -l 0.0.0.0:564 -e "$EXPORT" -L stderr &
	for _ in $(seq 100); do
		! (: </dev/tcp/127.0.0.1/564) 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

attach() {
	mount -t 9p -o "trans=tcp,port=564,version=9p2000.L,uname=root,access=user,aname=$EXPORT${2:+,$2}" \
		10.9.0.3 "$1"
}
