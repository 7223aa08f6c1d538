# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=h5py language=Python mode=write file=shared.h5
does='add datasets to one file'
needs='python:h5py h5dump h5import'

version() { python 'import h5py; print(h5py.__version__)'; }

prepare() {
	numbers 7 shared.h5
	numbers 8 later
}

work() {
	python "import h5py
with h5py.File('shared.h5', 'a') as file:
    file['y$1'] = 1000 * [$1]"
}

verify() { all_hold shared.h5; }
