# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=hdf5r language=R mode=write file=shared.h5
does='add datasets to one file'
needs='r:hdf5r h5dump h5import'

version() { Rscript -e 'cat(format(packageVersion("hdf5r")))'; }

prepare() {
	numbers 7 shared.h5
	numbers 8 later
}

work() {
	Rscript -e "file <- hdf5r::H5File\$new('shared.h5', mode = 'r+');" \
		-e "file[['y$1']] <- rep(${1}L, 1000); file\$close_all()"
}

verify() { all_hold shared.h5; }
