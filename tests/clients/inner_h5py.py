# SPDX-License-Identifier: BSD-3-Clause
"""External links and virtual datasets in h5py and HDF5's own tools, while others write what is
behind them.

inner_h5py.py make N               target.h5 with a counter and "data", 10000 equal numbers; parent0.h5
                                   to parentN.h5 with links "counter" and "data" and a virtual
                                   dataset "virtual", which would show -1 without its source
inner_h5py.py count I TIMES        adds 1 to the counter through parentI.h5's link
inner_h5py.py write TIMES          writes other numbers into target.h5's data
inner_h5py.py read I TIMES         reads both ways through parentI.h5: all numbers must be equal
inner_h5py.py dump I TIMES         the same with h5dump
inner_h5py.py copy I TIMES         the same with h5copy, which expands the links
inner_h5py.py refused              what h5py says with LOCKEDH5_COUNT=1 while target.h5 is written
inner_h5py.py threads              reads through a link while another thread uses PyTables, which calls
                                   HDF5 with Python's interpreter lock in hand
inner_h5py.py total                prints the counter
"""

import re
import subprocess
import sys
import threading

import h5py
import numpy

NUMBERS = 10000
TARGET = "target.h5"


def parent(i):
    return "parent%d.h5" % int(i)


def make(n):
    with h5py.File(TARGET, "w") as file:
        file["counter"] = 0
        file["data"] = numpy.zeros(NUMBERS, "i4")
    for i in range(int(n)):
        with h5py.File(parent(i), "w", libver="latest") as file:
            file["counter"] = h5py.ExternalLink(TARGET, "counter")
            file["data"] = h5py.ExternalLink(TARGET, "data")
            layout = h5py.VirtualLayout((NUMBERS,), "i4")
            layout[:] = h5py.VirtualSource(TARGET, "data", (NUMBERS,))
            file.create_virtual_dataset("virtual", layout, fillvalue=-1)


def count(i, times):
    for _ in range(int(times)):
        with h5py.File(parent(i), "r+") as file:
            file["counter"][()] += 1


def write(times):
    for value in range(int(times)):
        with h5py.File(TARGET, "r+") as file:
            file["data"][:] = value


def all_equal(values):
    assert len(values) == NUMBERS, len(values)
    assert values[0] >= 0 and (values == values[0]).all(), values


def read(i, times):
    for _ in range(int(times)):
        for name in "data", "virtual":
            with h5py.File(parent(i), "r") as file:
                assert name in file
                all_equal(file[name][:])


def numbers(file, name):
    text = subprocess.run(
        ["h5dump", "-y", "-w", "80", "-d", name, file], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    block = text[text.rindex("DATA {") :]
    return numpy.array([int(number) for number in re.findall(r"-?\d+", block)])


def dump(i, times):
    for _ in range(int(times)):
        for name in "/data", "/virtual":
            all_equal(numbers(parent(i), name))


def copy(i, times):
    for turn in range(int(times)):
        output = "copy%s_%d.h5" % (i, turn)
        subprocess.run(
            ["h5copy", "-f", "ext", "-i", parent(i), "-s", "/", "-o", output, "-d", "/all"], check=True
        )
        with h5py.File(output, "r") as file:
            link = file["all"].get("data", getlink=True)
            assert isinstance(link, h5py.HardLink), link
            all_equal(file["all/data"][:])


def refused():
    with h5py.File(parent(0), "r") as file:
        for access in (lambda: file["data"], lambda: file["virtual"][:]):
            try:
                access()
            except OSError as error:
                assert TARGET in str(error) and "errno = 11" in str(error), error
            else:
                raise AssertionError("nothing was refused")
        assert "nothing" not in file
        assert sorted(file) == ["counter", "data", "virtual"]


def threads():
    import tables

    with tables.open_file("tables.h5", "w") as file:
        file.create_array("/", "numbers", [1, 2, 3])
    done = threading.Event()

    def use_pytables():
        while not done.is_set():
            with tables.open_file("tables.h5", "r") as file:
                assert file.root.numbers.read() == [1, 2, 3]

    other = threading.Thread(target=use_pytables)
    other.start()
    try:
        read(0, 1)
    finally:
        done.set()
        other.join()


def total():
    with h5py.File(TARGET, "r") as file:
        print(file["counter"][()])


globals()[sys.argv[1]](*sys.argv[2:])
