# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=ncgen language=C mode=write file=shared.nc
does='replace one file'
needs='ncgen ncdump h5dump'

version() { ncdump 2>&1 | first_version; } # of the netCDF library

prepare() {
	netcdf 9 shared.nc
	for n in 1 2 3 4; do
		netcdf $n in.nc
		ncdump in.nc >in$n.cdl
	done
}

work() { ncgen -4 -o shared.nc "in$1.cdl"; }

verify() { one_won shared.nc; }
