# SPDX-License-Identifier: BSD-3-Clause
"""The bench's programs: where they are, and how they are run."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
LONGEST_S = 120  # no single run takes longer than this, or something hangs


class Failed(Exception):
    """A program of the bench failed."""


class Bench:
    """What a measure needs to know: the programs, the library, a folder to work in, the scale."""

    def __init__(self, build, library, folder, scale, rival=None):
        self.build = build
        self.library = str(library)
        self.rival = rival and str(rival)
        self.folder = pathlib.Path(folder)
        self.scale = scale

    def program(self, name):
        if name.endswith(".py"):
            return [sys.executable, "-B", str(HERE / name)]
        return [str(self.build / "bench" / name)]

    def path(self, name):
        return str(self.folder / name)

    def new_counter(self, name="counter.h5"):
        path = self.path(name)
        self.output("counter", "create", path)
        return path

    def count(self, path):
        return int(self.output("counter", "show", path))

    def output(self, name, *args, library=None):
        done = subprocess.run(
            [*self.program(name), *map(str, args)],
            env=environment(library),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=LONGEST_S,
            check=False,
        )
        if done.returncode:
            raise Failed(f"{name} {' '.join(map(str, args))}: exit status {done.returncode}")
        return done.stdout.decode()


def environment(library):
    """The caller's, without what would make a comparison unfair; LOCKEDH5_* only with LIBRARY."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LD_", "HDF5_", "LOCKEDH5_"))
    }
    if library:
        env["LD_PRELOAD"] = library
        env.update(settings())
    return env


def settings():
    """LOCKEDH5_* in the caller's environment: they count, and are recorded."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("LOCKEDH5_") and not name.startswith("LOCKEDH5_BENCH_")
    }


@contextlib.contextmanager
def working_folder(wanted):
    """A folder that is removed again: in tmpfs, if there is one, so that no disk is measured."""
    parent = wanted
    if not parent and os.access("/dev/shm", os.W_OK) and filesystem("/dev/shm") == "tmpfs":
        parent = "/dev/shm"
    folder = tempfile.mkdtemp(prefix="lockedh5-bench-", dir=parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def filesystem(path):
    """The type of the file system that PATH is on."""
    done = subprocess.run(
        ["stat", "-f", "-c", "%T", path], stdout=subprocess.PIPE, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


class Herd:
    """Processes that are started, get ready, and begin together; each prints one line."""

    def __init__(self, bench):
        self.bench = bench
        self.processes = []
        self.started, self.start = os.pipe()
        lines, self.lines_in = os.pipe()
        self.lines = os.fdopen(lines)
        self.watchdog = threading.Timer(LONGEST_S, self.kill)

    def add(self, name, *args, library=None, times=1, **variables):
        """TIMES processes of that program, with these VARIABLES."""
        for _ in range(times):
            self.processes.append(
                subprocess.Popen(
                    [*self.bench.program(name), *map(str, args)],
                    env={**environment(library), **variables},
                    stdin=self.started,
                    stdout=self.lines_in,
                )
            )

    def go(self):
        """Waits until all are ready, starts them, and returns when that was."""
        self.watchdog.start()
        os.close(self.started)
        os.close(self.lines_in)
        for _ in self.processes:
            if self.lines.readline() != "ready\n":
                self.watchdog.cancel()
                self.kill()
                raise Failed("a program was not ready: " + self.names())
        began = time.monotonic_ns()
        os.close(self.start)
        return began

    def results(self):
        """The lines' words, as numbers, in no order."""
        found = [[float(word) for word in line.split()] for line in self.lines]
        self.lines.close()
        self.watchdog.cancel()
        statuses = [process.wait(LONGEST_S) for process in self.processes]
        if any(statuses) or len(found) != len(self.processes):
            raise Failed(f"exit statuses {sorted(set(statuses))}: " + self.names())
        return found

    def kill(self):
        for process in self.processes:
            process.kill()

    def names(self):
        return "; ".join(sorted({" ".join(process.args) for process in self.processes}))


class Server:
    """A program that does one batch of its work for each line, and answers with a number."""

    def __init__(self, bench, name, *args, library=None):
        self.process = subprocess.Popen(
            [*bench.program(name), *map(str, args)],
            env=environment(library),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(" ".join(self.process.args) + " gave no answer")
        return line.strip()

    def batch(self):
        self.process.stdin.write(b"\n")
        return float(self.answer())

    def end(self):
        self.process.stdin.close()
        if self.process.wait(LONGEST_S):
            raise Failed(" ".join(self.process.args))
        self.process.stdout.close()
