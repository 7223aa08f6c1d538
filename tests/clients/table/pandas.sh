# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=pandas language=Python mode=write file=shared.h5
does='add tables to one file'
needs='python:pandas python:tables h5dump h5import'

version() { python 'import pandas; print(pandas.__version__)'; }

prepare() {
	numbers 7 shared.h5
	numbers 8 later
}

work() {
	python "import pandas
pandas.Series(1000 * [$1]).to_hdf('shared.h5', key='y$1', mode='a')"
}

verify() { all_hold shared.h5 /values; }
