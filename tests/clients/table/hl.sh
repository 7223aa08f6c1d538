# shellcheck shell=sh disable=SC2034,SC2154 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=libhdf5_hl language=C mode=write file=shared.h5
does='add datasets to one file'
needs='h5cc h5dump h5import'

version() { h5dump --version | first_version; }

prepare() {
	h5cc -shlib -o hl "$here/hl.c" -lhdf5_serial_hl
	numbers 7 shared.h5
	numbers 8 later
}

work() { ./hl shared.h5 "$1"; }

verify() { all_hold shared.h5; }
