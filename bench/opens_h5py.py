# SPDX-License-Identifier: BSD-3-Clause
"""opens_h5py.py FILE read|write TIMES: as the program opens, in h5py."""

import sys
import time

import h5py

name, mode, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
mode = "r+" if mode == "write" else "r"


def open_and_close(how_often):
    for _ in range(how_often):
        h5py.File(name, mode).close()


open_and_close(times)
print("ready", flush=True)
for _ in sys.stdin:
    open_and_close(2)
    began = time.monotonic_ns()
    open_and_close(times)
    print((time.monotonic_ns() - began) / times, flush=True)
