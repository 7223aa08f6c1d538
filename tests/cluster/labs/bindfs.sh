# shellcheck shell=bash disable=SC2034,SC2154 # sourced by lab
# SPDX-License-Identifier: BSD-3-Clause
# bindfs, twice on one folder: locks are local to each mount.
place=mounts
needs=(bindfs)

attach() { bindfs ${2:+-o "$2"} "$EXPORT" "$1"; }
