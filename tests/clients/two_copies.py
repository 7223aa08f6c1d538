# SPDX-License-Identifier: BSD-3-Clause
"""One process with two copies of HDF5: h5py's, and one that netCDF4 has brought along (clients/own_hdf5).

two_copies.py CASE, with data.nc, whose dataset x is [1, 2, 3], and in LD_LIBRARY_PATH and PYTHONPATH that
netCDF4.
"""

import sys
import time

import h5py
import netCDF4

AT_ONCE = 20  # seconds; the patience is 90


def copies():
    with open("/proc/self/maps") as maps:
        return {line.split()[-1] for line in maps if "libhdf" in line and "_hl" not in line}


def locks():
    """How many flocks there are on descriptors of this process."""
    with open("/proc/locks") as all_locks:
        return sum("FLOCK" in line and f" {own_pid()} " in line for line in all_locks)


def own_pid():
    with open("/proc/self/stat") as stat:
        return stat.read().split()[0]


def fails_at_once(call):
    began = time.monotonic()
    try:
        call()
    except OSError as error:
        assert time.monotonic() - began < AT_ONCE
        return str(error)
    raise AssertionError("it is open twice")


def read_netcdf4():
    with netCDF4.Dataset("data.nc", "r") as data:
        return list(data["x"][:])


def read_h5py():
    with h5py.File("data.nc", "r") as file:
        return list(file["x"][:])


def h5py_first():
    with h5py.File("data.nc", "r+"):
        for mode in "r", "a", "w":
            fails_at_once(lambda mode=mode: netCDF4.Dataset("data.nc", mode))
    with h5py.File("data.nc", "r"):
        fails_at_once(lambda: netCDF4.Dataset("data.nc", "a"))
    assert read_netcdf4() == [1, 2, 3]


def netcdf4_first():
    with netCDF4.Dataset("data.nc", "a"):
        for mode in "r", "r+", "w":
            error = fails_at_once(lambda mode=mode: h5py.File("data.nc", mode))
            assert "through another copy of the HDF5 library" in error, error
    assert read_h5py() == [1, 2, 3]


def two_files():
    with h5py.File("data.nc", "r+") as file, netCDF4.Dataset("other.nc", "w") as other:
        assert locks() == 2
        other.createDimension("n", 3)
        other.createVariable("x", "i4", ("n",))[:] = file["x"][:]
    assert locks() == 0
    with h5py.File("other.nc", "r") as file:
        assert list(file["x"][:]) == [1, 2, 3]


def two_readers():
    with h5py.File("data.nc", "r") as file:
        assert read_netcdf4() == [1, 2, 3]
        assert locks() == 1  # what the one closes is not the other's
        assert list(file["x"][:]) == [1, 2, 3]
    assert locks() == 0


def in_turn():
    """Several of these at once."""
    for _ in range(20):
        with h5py.File("data.nc", "r+") as file:
            file["x"][0] += 1
        with netCDF4.Dataset("data.nc", "a") as data:
            data["x"][0] += 1


assert len(copies()) == 2, copies()
globals()[sys.argv[1]]()
