# SPDX-License-Identifier: BSD-3-Clause
"""counter_h5py.py FILE N: N times open, read, add one, write, close."""

import sys

import h5py

for _ in range(int(sys.argv[2])):
    with h5py.File(sys.argv[1], "r+") as file:
        file["counter"][0] += 1
