# shellcheck shell=sh disable=SC2034,SC2154 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=matio language=C mode=write file=shared.mat
does='add variables to one file'
needs='cc c:matio h5dump'

version() { pkg-config --modversion matio; }

prepare() {
	# shellcheck disable=SC2046 # these are words
	cc -o matio "$here/matio.c" $(pkg-config --cflags --libs matio)
	./matio shared.mat 0
}

work() { ./matio shared.mat "$1"; }

verify() { all_hold shared.mat; }
