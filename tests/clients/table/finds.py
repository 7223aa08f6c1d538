# SPDX-License-Identifier: BSD-3-Clause
"""How a running program found its HDF5: read off the files that are mapped into it, and off what
these ask the loader for."""

import os
import pathlib
import re
import subprocess

HDF5 = re.compile(r"libhdf5(_serial|_openmpi|_mpich)?\.so")


def processes_of(session):
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            # After the name in parentheses: state, parent, group, session.
            words = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[3]) == session:
            yield process


def has_open(process, file):
    for descriptor in (process / "fd").iterdir():
        try:
            if os.path.samestat(descriptor.stat(), file):
                return True
        except OSError:
            pass  # closed meanwhile
    return False


def mapped(process):
    """The files that are mapped as code."""
    lines = (process / "maps").read_text(errors="replace").splitlines()
    columns = [line.split(maxsplit=5) for line in lines]
    return sorted({c[5] for c in columns if len(c) == 6 and "x" in c[1] and c[5][0] == "/"})


class Module:
    """A program, library or extension module."""

    def __init__(self, file):
        said = subprocess.run(
            ["readelf", "--wide", "--dynamic", "--dyn-syms", file],
            env={**os.environ, "LC_ALL": "C"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        ).stdout.decode(errors="replace")
        name = re.search(r"\(SONAME\).*\[(.*)\]", said)
        self.file = file
        self.name = name.group(1) if name else os.path.basename(file)
        self.needs = re.findall(r"\(NEEDED\).*\[(.*)\]", said)
        self.opens = bool(re.search(r" UND H5Fopen\b", said))

    def __str__(self):
        short = re.sub(r"\.so[.0-9]*$", "", self.name)
        python = re.match(r"(.*)\.cpython-.*", short)
        if not python:
            return short
        # A module's name alone says little: the package is in front of it.
        return f"{os.path.basename(os.path.dirname(self.file))}/{python.group(1)}"


def way_to_hdf5(start, modules):
    """The shortest one from module to module, to an HDF5 which the last but one calls; or None."""
    ways, seen = [[start]], set()
    for way in ways:
        needed = [modules[name] for name in way[-1].needs if name in modules]
        if way[-1].opens:
            for module in needed:
                if HDF5.match(module.name):
                    return way + [module]
        ways += [way + [module] for module in needed if module.name not in seen]
        seen.update(module.name for module in needed)
    return None


def describe(process):
    program = Module(os.readlink(process / "exe"))
    modules = {module.name: module for module in map(Module, mapped(process))}
    way = way_to_hdf5(program, modules)
    if way:
        return "links " + " → ".join(f"`{module}`" for module in way[1:])
    # What nobody needs was asked for with dlopen().
    needed = {name for module in modules.values() for name in module.needs}
    loaded = [module for module in modules.values() if module.name not in needed]
    ways = [way for way in (way_to_hdf5(module, modules) for module in loaded) if way]
    if not ways:
        return f"`{program}`, without a libhdf5"
    return f"`{program}` loads " + " → ".join(f"`{module}`" for module in min(ways, key=len))


def how(session, file):
    """Of the process of this session that has the file open."""
    info = os.stat(file)
    for process in processes_of(session):
        if has_open(process, info):
            return describe(process)
    return "nobody has it open"
