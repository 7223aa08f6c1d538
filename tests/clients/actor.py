# SPDX-License-Identifier: BSD-3-Clause
"""An actor whose commands are Python: each line on its input is a statement, and it answers "ok" or
"error errno=N ..." as the actor in C does (actor.h)."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import h5py
import numpy


def cannot_open(name):
    try:
        open(name, encoding="ascii").close()
    except FileNotFoundError:
        return True
    return False


def in_child(work):
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)  # pylint: disable=protected-access
    assert os.waitpid(child, 0)[1] == 0


def in_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


NAMES = {
    "cannot_open": cannot_open,
    "h5py": h5py,
    "in_child": in_child,
    "in_thread": in_thread,
    "numpy": numpy,
    "os": os,
    "Path": Path,
    "shutil": shutil,
    "subprocess": subprocess,
    "tarfile": tarfile,
    "zipfile": zipfile,
}


def number_of(error):
    """h5py before 3.0 has it in the text only."""
    said = re.search(r"errno = (\d+)", str(error))
    return getattr(error, "errno", None) or (said.group(1) if said else 0)


def obey(line):
    try:
        exec(line, NAMES)  # pylint: disable=exec-used
    except Exception as error:  # pylint: disable=broad-except
        return f"error errno={number_of(error)} {type(error).__name__}: {error}".replace("\n", " ")
    return "ok"


for command in sys.stdin:
    print(obey(command.strip()), flush=True)
