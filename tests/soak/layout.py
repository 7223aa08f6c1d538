# SPDX-License-Identifier: BSD-3-Clause
"""Where the processes of the soak keep what they share; see shared.h."""

import mmap
import os
import subprocess

OUTCOMES = ("done", "gave up", "interrupted", "refused", "excused")
IDLE, OPENING, INSIDE, CLOSING = range(4)
READS, WRITES = 1, 2


class Layout:
    """What "soak_worker --layout" says."""

    def __init__(self, worker):
        self.at, self.kinds, self.names = {}, [], []
        text = subprocess.run(
            [worker, "--layout"], stdout=subprocess.PIPE, check=True, text=True
        ).stdout
        for line in text.splitlines():
            name, value = line.split()
            if name == "kind":
                self.kinds.append(value)
            elif name == "name":
                self.names.append(value)
            else:
                self.at[name] = int(value)
        self.slots, self.files = self.at["SLOTS"], self.at["FILES"]


class Shared:
    """The mapped file. Each word is written by one process at a time."""

    def __init__(self, layout, path):
        self.layout, self.at = layout, layout.at
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), layout.at["size"])
        self.bytes = memoryview(self.map)
        self.words = self.bytes.cast("Q")

    @classmethod
    def create(cls, layout, path):
        with open(path, "wb") as file:
            os.truncate(file.fileno(), layout.at["size"])
        return cls(layout, path)

    def _slot(self, slot, name):
        return (self.at["slots"] + slot * self.at["slot_size"] + self.at["slot." + name]) // 8

    def _file(self, file, name):
        return (self.at["files"] + file * self.at["file_size"] + self.at["file." + name]) // 8

    def get(self, slot, name):
        return self.words[self._slot(slot, name)]

    def put(self, slot, name, value):
        self.words[self._slot(slot, name)] = value

    def add(self, slot, name, value=1):
        self.words[self._slot(slot, name)] += value

    def get_file(self, file, name):
        return self.words[self._file(file, name)]

    def put_file(self, file, name, value):
        self.words[self._file(file, name)] = value

    def done(self, file):
        """The words of all slots, to read and write."""
        start = self._file(file, "done")
        return self.words[start : start + self.layout.slots]

    def inside(self, file):
        """The marks of all slots, to read and write."""
        start = self.at["files"] + file * self.at["file_size"] + self.at["file.inside"]
        return self.bytes[start : start + self.layout.slots]

    def count_visit(self, slot, kind, outcome):
        self.words[self._visit(slot, kind, outcome)] += 1

    def visits(self, slot, kind, outcome):
        return self.words[self._visit(slot, kind, outcome)]

    def _visit(self, slot, kind, outcome):
        index = self.layout.kinds.index(kind) * len(OUTCOMES) + OUTCOMES.index(outcome)
        return self._slot(slot, "visits") + index

    def stop(self):
        self.words[self.at["stop"] // 8] = 1

    @property
    def stopping(self):
        return self.words[self.at["stop"] // 8]
