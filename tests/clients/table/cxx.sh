# shellcheck shell=sh disable=SC2034,SC2154 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=libhdf5_cpp language=C++ mode=write file=shared.h5
does='count in one file'
needs='h5c++ h5dump h5import'

version() { h5dump --version | first_version; }

prepare() {
	h5c++ -shlib -o counter "$here/../counter.cc"
	numbers 0 shared.h5 counter 1
	numbers 5 later counter 1
}

work() { ./counter shared.h5 "$1"; }

verify() { holds shared.h5 counter 15 1; }
