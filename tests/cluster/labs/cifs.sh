# shellcheck shell=bash disable=SC2034,SC2154 # sourced by lab and guest
# SPDX-License-Identifier: BSD-3-Clause
# SMB 3.1.1: Samba and the kernel's clients.
needs=(smbd smbpasswd mount.cifs ip)
modules=(cifs)

# Nothing of the machine's own Samba: all that this one writes is in its guest.
write_smb_conf() {
	local run=/run/lab/samba
	mkdir -p $run/{private,lock,state,cache,ncalrpc}
	cat >$run/smb.conf <<-CONF
		[global]
		security = user
		server role = standalone server
		disable netbios = yes
		smb ports = 445
		load printers = no
		disable spoolss = yes
		log file = $run/log
		private dir = $run/private
		lock directory = $run/lock
		state directory = $run/state
		cache directory = $run/cache
		pid directory = $run
		ncalrpc dir = $run/ncalrpc
		[lab]
		path = $EXPORT
		read only = no
		create mask = 0777
	CONF
}

answers() { (: </dev/tcp/127.0.0.1/445) 2>/dev/null; }

serve() {
	mount -t tmpfs export "$EXPORT"
	chmod 777 "$EXPORT"
	write_smb_conf
	printf 'lab\nlab\n' | smbpasswd -c /run/lab/samba/smb.conf -a -s root || return 1
	smbd -D -s /run/lab/samba/smb.conf || return 1
	for _ in $(seq 100); do
		! answers || return 0
		sleep 0.1
	done
	return 1
}

attach() { mount -t cifs -o "vers=3.1.1,username=root,password=lab${2:+,$2}" //10.9.0.3/lab "$1"; }
