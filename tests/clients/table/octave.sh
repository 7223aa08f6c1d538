# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=Octave language=Octave mode=write file=shared.h5
does='replace one file'
needs='octave-cli h5dump h5import'

version() { octave-cli --version | first_version; }

prepare() { numbers 9 shared.h5; }

work() {
	octave-cli --norc --quiet --eval "x = int32($1 * ones(1, 1000)); save -hdf5 shared.h5 x"
}

verify() { one_won shared.h5 x/value; }
