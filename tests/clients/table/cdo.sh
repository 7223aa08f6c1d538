# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=CDO language=C++ mode=read file=shared.nc
does='read behind a writer'
needs='cdo ncgen'

version() { cdo --version 2>&1 | first_version; }

prepare() {
	netcdf 1 shared.nc
	netcdf 2 later
}

work() { cdo -s outputf,%g,1 shared.nc; }

verify() { all_printed '^ *2$' 1000; }
