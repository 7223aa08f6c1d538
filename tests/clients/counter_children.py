# SPDX-License-Identifier: BSD-3-Clause
"""counter_children.py FILE N METHOD: 4 children of multiprocessing add N in all, by starting METHOD.

The program itself has used HDF5 before it starts them, as programs do.
"""

import multiprocessing
import sys

import h5py


def add(name, times):
    for _ in range(times):
        with h5py.File(name, "r+") as file:
            file["counter"][0] += 1


if __name__ == "__main__":
    name, times, method = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    add(name, 1)
    context = multiprocessing.get_context(method)
    with context.Pool(4) as pool:
        pool.starmap(add, [(name, 1)] * (times - 1))
