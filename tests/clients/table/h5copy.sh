# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=h5copy language=C mode=write file=shared.h5
does='copy objects into one file'
needs='h5copy h5import h5dump'

version() { h5copy --version | first_version; }

prepare() {
	numbers 7 shared.h5
	numbers 8 later
	for n in 1 2 3 4; do numbers $n in$n.h5; done
}

work() { h5copy -i "in$1.h5" -o shared.h5 -s x -d "y$1"; }

verify() { all_hold shared.h5; }
