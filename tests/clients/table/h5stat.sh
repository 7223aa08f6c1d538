# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=h5stat language=C mode=read file=shared.h5
does='read behind a writer'
needs='h5stat h5import'

version() { h5stat --version | first_version; }

prepare() {
	numbers 1 shared.h5
	for path in x y z; do numbers 2 later $path; done
}

work() { h5stat shared.h5; }

verify() { all_printed '# of unique datasets: 3$' 1; }
