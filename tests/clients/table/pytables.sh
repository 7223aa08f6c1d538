# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=PyTables language=Python mode=write file=shared.h5
does='add arrays to one file'
needs='python:tables h5dump h5import'

version() { python 'import tables; print(tables.__version__)'; }

prepare() {
	numbers 7 shared.h5
	numbers 8 later
}

work() {
	python "import tables
with tables.open_file('shared.h5', 'a') as file:
    file.create_array('/', 'y$1', 1000 * [$1])"
}

verify() { all_hold shared.h5; }
