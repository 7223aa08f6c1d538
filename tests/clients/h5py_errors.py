# SPDX-License-Identifier: BSD-3-Clause
"""Prints what h5py raises for mistakes that have nothing to do with locks, and opens a new file.

The test compares what this prints with the library and without it.
"""

import os
import re

import h5py


def plain(text):
    """Without what differs between any two runs."""
    text = re.sub(r"time = .*\n?, filename", "filename", text)
    return re.sub(r"(file descriptor|buf) = \w+", r"\1", text)


def attempt(what, call):
    try:
        print(what, "gives", plain(str(call())))
    except Exception as problem:
        # What is raised, and its whole text: people search the web for it.
        print(what, "raises", type(problem).__name__, getattr(problem, "errno", None),
              plain(str(problem)))


with h5py.File("good.h5", "w") as file:
    file["x"] = [1, 2, 3]
with open("text.h5", "w") as file:
    file.write("this is no HDF5 file\n" * 100)
open("empty.h5", "w").close()
os.utime("empty.h5", (1, 1))
os.mkdir("folder.h5")
os.symlink("loop.h5", "loop.h5")

for name in "missing.h5", "no/folder.h5", "text.h5", "empty.h5", "folder.h5", "loop.h5":
    for mode in "r", "r+":
        attempt(f"{mode} {name}", lambda: h5py.File(name, mode))
for mode in "w", "w-", "x", "a":
    attempt(f"{mode} no/folder.h5", lambda: h5py.File("no/folder.h5", mode))
    attempt(f"{mode} folder.h5", lambda: h5py.File("folder.h5", mode))
attempt("x good.h5", lambda: h5py.File("good.h5", "x"))
attempt("a text.h5", lambda: h5py.File("text.h5", "a"))
attempt("mode rw", lambda: h5py.File("good.h5", "rw"))
attempt("driver spoon", lambda: h5py.File("good.h5", "r", driver="spoon"))

with h5py.File("good.h5", "r") as file:
    attempt("no such object", lambda: file["y"])
    attempt("no such attribute", lambda: file.attrs["y"])
    attempt("beyond the end", lambda: file["x"][5])
    attempt("write into a file open for reading", lambda: file.create_dataset("z", data=1))
attempt("closed file", lambda: file["x"])

# Others may neither read it nor write beside it; a program of root's has to become one of them.
os.chmod("good.h5", 0o600)
os.chmod(".", 0o755)
if os.getuid() == 0:
    os.setuid(65534)
    for mode in "r", "r+", "w", "a", "x":
        attempt(f"{mode} forbidden good.h5", lambda: h5py.File("good.h5", mode))
    attempt("w forbidden new.h5", lambda: h5py.File("new.h5", "w"))
