# shellcheck shell=sh disable=SC2034,SC2154 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=CGNS language=C mode=write file=shared.cgns
does='add bases to one file'
needs='cc h5ls file:/usr/include/cgnslib.h'

version() { sed -n 's/.*CGNS_DOTVERS *//p' /usr/include/cgnslib.h; }

prepare() {
	cc -o cgns "$here/cgns.c" -lcgns
	./cgns shared.cgns 0
	cp shared.cgns later
	./cgns later 5
}

work() { ./cgns shared.cgns "$1"; }

verify() { [ "$(h5ls shared.cgns | grep -c '^Base[0-5] ')" = 6 ]; }
