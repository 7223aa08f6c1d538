# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client=netCDF4-python language=Python mode=write file=shared.nc
does='add variables to one file'
needs='python:netCDF4 ncgen h5dump'

version() { python 'import netCDF4; print(netCDF4.__version__)'; }

prepare() {
	netcdf 7 shared.nc
	netcdf 8 later
}

work() {
	python "import netCDF4
with netCDF4.Dataset('shared.nc', 'a') as file:
    file.createVariable('y$1', 'i4', ('n',))[:] = 1000 * [$1]"
}

verify() { all_hold shared.nc; }
