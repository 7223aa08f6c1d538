# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client='NCO (ncks)' language=C mode=write file=shared.nc
does='append to one file, with --no_tmp_fl'
needs='ncks ncgen h5dump'

version() { ncks --version 2>&1 | grep '^ncks version' | first_version; }

prepare() {
	netcdf 7 shared.nc
	netcdf 8 later
	for n in 1 2 3 4; do netcdf $n in$n.nc y$n; done
}

# Without the option it works on a copy and renames that: the last one wins.
work() { ncks -h -A --no_tmp_fl -v "y$1" "in$1.nc" shared.nc; }

verify() { all_hold shared.nc; }
