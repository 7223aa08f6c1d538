# shellcheck shell=bash disable=SC2034,SC2154 # sourced by lab
# SPDX-License-Identifier: BSD-3-Clause
# sshfs, twice on one folder. The sftp-servers are started as they are, without ssh, which changes nothing but
# the way of the bytes.
place=mounts
needs=(sshfs /usr/lib/openssh/sftp-server)

serve() {
	printf '#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n' >"$lab/bin/ssh"
	chmod +x "$lab/bin/ssh"
}

attach() { sshfs -o "ssh_command=$lab/bin/ssh${2:+,$2}" "lab:$EXPORT" "$1"; }
