# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=rhdf5 language=R mode=write file=shared.h5
does='add datasets to one file'
needs='r:rhdf5 h5dump h5import'

version() { Rscript -e 'cat(format(packageVersion("rhdf5")))'; }

prepare() {
	numbers 7 shared.h5
	numbers 8 later
}

# rhdf5's handler of errors leaves HDF5 by a jump, as that of every R function does.
work() {
	cat >"add$1.R" <<-END
		for (i in 1:3) tryCatch(rhdf5::H5Fopen('missing.h5'), error = function(e) NULL)
		invisible(readLines('/etc/passwd'))
		tryCatch(rhdf5::H5Fopen('missing.h5'), error = function(e) NULL)
		if (requireNamespace('data.table', quietly = TRUE))
			invisible(data.table::fread('a,b\n1,2'))
		rhdf5::h5write(rep(${1}L, 1000), 'shared.h5', 'y$1')
	END
	Rscript "add$1.R"
}

verify() { all_hold shared.h5; }
