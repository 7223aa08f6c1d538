# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client='xarray (h5netcdf)' language=Python mode=write file=shared.nc
does='add variables to one file'
needs='dpkg-query python:xarray python:h5netcdf ncgen h5dump'

# The module calls itself 999.
version() { dpkg-query -W -f '${Version}' python3-xarray | first_version; }

prepare() {
	netcdf 7 shared.nc
	netcdf 8 later
}

work() {
	python "import xarray
xarray.Dataset({'y$1': ('n', 1000 * [$1])}).to_netcdf('shared.nc', mode='a', engine='h5netcdf')"
}

verify() { all_hold shared.nc; }
