# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client='gdal_translate (netCDF driver)' language=C++ mode=read file=shared.nc
does='read behind a writer'
needs='gdal_translate ncgen'

version() { gdal_translate --version | first_version; }

prepare() {
	netcdf 1 shared.nc
	netcdf 2 later
}

work() { gdal_translate -q -of XYZ NETCDF:shared.nc:x /vsistdout/; }

verify() { all_printed ' 2$' 1000; }
