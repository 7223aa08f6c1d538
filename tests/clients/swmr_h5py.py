# SPDX-License-Identifier: BSD-3-Clause
"""A SWMR writer and its readers in h5py, as its documentation has them.

swmr_h5py.py make FILE             an empty dataset that grows
swmr_h5py.py write FILE N          appends 1 to N, one at a time, in SWMR mode; says "started" before,
                                   and waits for a line of input behind the last one
swmr_h5py.py read FILE N           opens, follows until N is there, closes, and opens again: what it
                                   sees must always be 1, 2, 3...; says how often it opened the file
"""

import sys

import h5py
import numpy


def make(name):
    with h5py.File(name, "w", libver="latest") as file:
        file.create_dataset("data", (0,), maxshape=(None,), dtype="i8", chunks=(16,))


def write(name, last):
    with h5py.File(name, "r+", libver="latest") as file:
        data = file["data"]
        file.swmr_mode = True
        print("started", flush=True)
        for i in range(int(last)):
            data.resize((i + 1,))
            data[i] = i + 1
            data.flush()
        sys.stdin.readline()


def read(name, last):
    opened = seen = 0
    while seen < int(last):
        with h5py.File(name, "r", libver="latest", swmr=True) as file:
            opened += 1
            data = file["data"]
            for _ in range(5):
                data.refresh()
                values = data[:]
                # The size can be there before the last values are.
                there = values[: len(values) - 1] if len(values) and not values[-1] else values
                assert len(there) >= seen, (len(there), seen)
                assert numpy.array_equal(there, numpy.arange(1, len(there) + 1)), there
                seen = len(there)
    print(opened)


{"make": make, "write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
