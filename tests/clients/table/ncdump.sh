# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=ncdump language=C mode=read file=shared.nc
does='read behind a writer'
needs='ncdump ncgen'

version() { ncdump 2>&1 | first_version; }

prepare() {
	netcdf 1 shared.nc
	netcdf 2 later
}

work() { ncdump -v x -l 10 shared.nc | tr -d ' \n' | tr ',' '\n'; }

verify() { all_printed '2;*}*$' 1000; }
