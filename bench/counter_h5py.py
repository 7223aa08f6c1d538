# SPDX-License-Identifier: BSD-3-Clause
"""counter_h5py.py FILE N PATIENCE COUNT WAIT: at the start signal, N times open, read, add one,
write, close, in h5py; ends after PATIENCE seconds, or when a file can't be opened.

COUNT 0 is a plain h5py.File; otherwise it is the algorithm of HORTON's LockedH5File: attempts to
open the file, WAIT seconds apart, then attempts to lock it. Prints when it was done, how many
updates it made, and whether it gave up.
"""

import fcntl
import os
import sys
import time

import h5py

file_name, times, patience, count, wait = sys.argv[1], *map(float, sys.argv[2:])


def attempts(function):
    """What FUNCTION returns, as soon as it fails no more; COUNT attempts, WAIT seconds apart."""
    for left in range(int(count) - 1, 0, -1):
        try:
            return function()
        except OSError:
            if time.monotonic() + wait > end:
                raise TimeoutError from None
            time.sleep(wait)
    return function()


def ancestor():
    file = attempts(lambda: h5py.File(file_name, "r+"))
    handle = file.id.get_vfd_handle()
    attempts(lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB))
    return file


def plain():
    return h5py.File(file_name, "r+")


os.write(1, b"ready\n")  # in one piece: the pipe is shared
sys.stdin.read()
end = time.monotonic() + patience
made, gave_up = 0, 0
try:
    while made < times and time.monotonic() < end:
        with ancestor() if count else plain() as file:
            file["counter"][0] += 1
        made += 1
except TimeoutError:
    pass
except OSError:
    gave_up = 1
os.write(1, f"{time.monotonic_ns()} {made} {gave_up}\n".encode())
