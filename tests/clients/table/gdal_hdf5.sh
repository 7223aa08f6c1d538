# shellcheck shell=sh disable=SC2034 # shared with common
# SPDX-License-Identifier: BSD-3-Clause
client='gdal_translate (HDF5 driver)' language=C++ mode=refused file=shared.h5
does='read with a file driver of its own'
needs='gdal_translate h5import'

version() { gdal_translate --version | first_version; }

prepare() { numbers 1 shared.h5; }

work() { gdal_translate -q -of XYZ HDF5:shared.h5://x /vsistdout/; }

# GDAL may well hide what HDF5 says; what the library says, nobody can.
verify() { all_printed "^lockedh5: gdal_translate.* can't open 'shared.h5' .* LOCKEDH5_DRIVER=pass to go on unlocked" 1; }
