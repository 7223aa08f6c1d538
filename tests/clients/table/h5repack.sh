# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=h5repack language=C mode=write file=shared.h5
does='replace one file'
needs='h5repack h5import h5dump'

version() { h5repack --version | first_version; }

prepare() {
	numbers 9 shared.h5
	for n in 1 2 3 4; do numbers $n in$n.h5; done
}

work() { h5repack -f GZIP=1 "in$1.h5" shared.h5; }

verify() { one_won shared.h5; }
