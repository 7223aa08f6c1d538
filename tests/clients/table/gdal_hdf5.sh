# shellcheck shell=sh disable=SC2034 # shared with common
client='gdal_translate (HDF5 driver)' language=C++ mode=refused file=shared.h5
does='read with a file driver of its own'
needs='gdal_translate h5import'

version() { gdal_translate --version | first_version; }

prepare() { numbers 1 shared.h5; }

work() { gdal_translate -q -of XYZ HDF5:shared.h5://x /vsistdout/; }

verify() { all_printed "can't open 'shared.h5' .* LOCKEDH5_DRIVER=pass to go on unlocked" 1; }
