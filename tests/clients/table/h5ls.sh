# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=h5ls language=C mode=read file=shared.h5
does='read behind a writer'
needs='h5ls h5import'

version() { h5ls --version | first_version; }

prepare() {
	numbers 1 shared.h5
	numbers 2 later
}

work() { h5ls -d -w 1 shared.h5/x; }

verify() { all_printed '^ *2,\{0,1\}$' 1000; }
