# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=nccopy language=C mode=write file=shared.nc
does='replace one file'
needs='nccopy ncgen ncdump h5dump'

version() { ncdump 2>&1 | first_version; } # of the netCDF library

prepare() {
	netcdf 9 shared.nc
	for n in 1 2 3 4; do netcdf $n in$n.nc; done
}

work() { nccopy -d 1 "in$1.nc" shared.nc; }

verify() { one_won shared.nc; }
