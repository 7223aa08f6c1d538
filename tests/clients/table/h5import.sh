# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=h5import language=C mode=write file=shared.h5
does='add datasets to one file'
needs='h5import h5dump h5ls'

version() { h5ls --version | first_version; } # it does not say its own

prepare() {
	numbers 7 shared.h5
	numbers 8 later
	for n in 1 2 3 4; do yes $n | head -n 1000 >in$n.txt; done
}

work() {
	h5import "in$1.txt" -dims 1000 -path "y$1" -type TEXTIN -size 32 -outfile shared.h5
}

verify() { all_hold shared.h5; }
