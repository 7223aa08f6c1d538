# shellcheck shell=sh disable=SC2034 # shared with common
client=rhdf5 language=R mode=write file=shared.h5
does='add datasets to one file'
needs='r:rhdf5 h5dump h5import'

version() { Rscript -e 'cat(format(packageVersion("rhdf5")))'; }

prepare() {
	numbers 7 shared.h5
	numbers 8 later
}

work() { Rscript -e "rhdf5::h5write(rep(${1}L, 1000), 'shared.h5', 'y$1')"; }

verify() { all_hold shared.h5; }
