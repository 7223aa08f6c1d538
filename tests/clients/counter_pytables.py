# SPDX-License-Identifier: BSD-3-Clause
"""counter_pytables.py FILE N: N times open, read, add one, write, close."""

import sys

import tables

for _ in range(int(sys.argv[2])):
    with tables.open_file(sys.argv[1], "r+") as file:
        file.root.counter[0] = file.root.counter[0] + 1
