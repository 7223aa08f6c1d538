# SPDX-License-Identifier: BSD-3-Clause
"""The processes of the soak that use h5py. For each line "SLOT NUMBER" of standard input this one,
which has h5py loaded and no file open, makes one, and prints its process ID."""

import errno
import os
import random
import re
import signal
import sys
import time
import traceback

import h5py
import numpy
from layout import IDLE, INSIDE, OPENING, READS, WRITES, CLOSING, Layout, Shared

PAGES, WORDS = 4, 512
MOST_FAULTS = 20  # that one process tells
K = numpy.uint64(0x9E3779B97F4A7C15)
POWERS = numpy.array([pow(31, n, 2**64) for n in range(64, -1, -1)], dtype="u8")
PLACE, EPOCH, SEQUENCE, WRITER, COUNTERS = range(5)
PLAN = ["read"] * 45 + ["update"] * 30 + ["link"] * 10 + ["add"] * 8 + ["swmr_read"] * 4 + ["fork"] * 3
LINKS, MADE, SWMR = 4, 5, 7


class Raised(Exception):
    """What the handler of SIGALRM raises: a program's way to limit a call."""


class Worker:
    """One process; see worker.c, which does the same and more."""

    def __init__(self, shared, slot, number):
        self.shared, self.slot = shared, slot
        self.random = random.Random(number)
        self.interruptible = False
        self.signals = 0
        self.patient = self.random.random() < 0.7
        os.environ["LOCKEDH5_COUNT"] = "inf" if self.patient else "2"
        os.environ["LOCKEDH5_WAIT"] = "10" if self.patient else "0.05"
        if self.random.random() < 0.5:
            os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
        signal.signal(signal.SIGINT, self.interrupt)
        signal.signal(signal.SIGALRM, self.alarm)
        shared.put(slot, "pid", os.getpid())  # from now on it may be sent

    def interrupt(self, *_):
        self.signals += 1
        if self.interruptible:
            raise KeyboardInterrupt

    def alarm(self, *_):
        self.signals += 1
        if self.interruptible:
            raise Raised

    def fault(self, what, text):
        self.shared.add(self.slot, "faults")
        if self.shared.get(self.slot, "faults") > MOST_FAULTS:
            return
        line = f"FAULT {what}: slot {self.slot}, pid {os.getpid()} (h5py): {text}\n"
        os.write(2, line.encode())

    # --- one open ----------------------------------------------------------------------------

    def open(self, file, mode, **more):
        """The open file, or how that ended."""
        shared, slot, before = self.shared, self.slot, self.signals
        name = shared.layout.names[file]
        stopped, began = shared.get(slot, "stopped"), time.monotonic_ns()
        self.broken, self.turns = self.may_be_broken(file), shared.get_file(file, "turns")
        shared.put(slot, "since", began)
        shared.put(slot, "at", file)
        shared.put(slot, "doing", OPENING)
        if self.random.random() < 0.1:
            signal.setitimer(signal.ITIMER_REAL, 0.02 * self.random.random() + 1e-4)
        try:
            self.interruptible = True
            try:
                opened = h5py.File(name, mode, **more)
            finally:
                self.interruptible = False
        except (KeyboardInterrupt, Raised):
            return self.no("interrupted")
        except (OSError, ValueError) as error:
            return self.no(self.judge(file, error, before))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.monotonic_ns() - began - (shared.get(slot, "stopped") - stopped)
        shared.put(slot, "longest", max(took, shared.get(slot, "longest")))
        shared.add(slot, "opens")
        shared.put(slot, "doing", INSIDE)
        return opened

    def no(self, outcome):
        self.shared.put(self.slot, "doing", IDLE)
        return outcome

    def judge(self, file, error, before):
        number = re.search("errno = ([0-9]+)", str(error))
        number = int(number[1]) if number else error.errno if isinstance(error, OSError) else None
        if number == errno.EINTR and self.signals != before:
            return "interrupted"
        if number == errno.EAGAIN and not self.patient:
            return "gave up"
        if file >= MADE and number in (errno.ENOENT, errno.EEXIST):
            return "refused"
        # What was broken may have been made anew while this process was stopped.
        new = self.shared.get_file(file, "turns") != self.turns
        if file >= MADE and (self.broken or self.may_be_broken(file) or new):
            return "excused"
        self.fault("failed", f"{self.shared.layout.names[file]}: {error!r}")
        return "refused"

    def may_be_broken(self, file):
        shared = self.shared
        creating = (shared.get(s, "creating") == file + 1 for s in range(shared.layout.slots))
        return shared.get_file(file, "broken") or any(creating) or shared.get_file(file, "broken")

    def close(self, opened):
        self.shared.put(self.slot, "doing", CLOSING)
        opened.close()
        self.shared.put(self.slot, "doing", IDLE)

    # --- inside ------------------------------------------------------------------------------

    def enter(self, file, mode):
        inside = self.shared.inside(file)
        inside[self.slot] = mode
        for other, mark in enumerate(inside):
            if other == self.slot or self.compatible(mode, mark):
                continue
            # In this order; see check_other() in visit.c.
            if not self.shared.get(other, "killed") and not self.compatible(mode, inside[other]):
                self.fault("together", f"file {file}: inside ({mode}) as slot {other} ({mark}) is")

    @staticmethod
    def compatible(mine, other):
        return other == 0 or (mine == READS and other != WRITES)

    def leave(self, file):
        self.shared.inside(file)[self.slot] = 0

    # --- the record; see record.c ------------------------------------------------------------

    @staticmethod
    def finish(file, pages):
        pages[1:] = pages[0]
        pages[:, PLACE] = file << 8 | numpy.arange(PAGES, dtype="u8")
        start, fill = COUNTERS + 64, WORDS - COUNTERS - 64 - 1
        numbers = numpy.arange(fill, dtype="u8")
        with numpy.errstate(over="ignore"):
            for page in pages:
                page[start : start + fill] = (page[SEQUENCE] + page[PLACE]) * K + page[EPOCH] + numbers
                first = page[PLACE] ^ page[EPOCH] ^ page[SEQUENCE] ^ page[WRITER]
                page[-1] = (numpy.concatenate(([first], page[COUNTERS:start])) * POWERS).sum()

    def check(self, file, pages):
        """Whether the pages are whole, unless a killed writer explains why they are not."""
        right = pages.copy()
        self.finish(file, right)
        if not (right == pages).all():
            first_good = (right[0] == pages[0]).all()
            writing = self.shared.get_file(file, "writing")
            torn = self.shared.at["TORN"]
            if not (first_good and writing and (writing == torn or self.shared.get(writing - 1, "killed")
                    or self.shared.get_file(file, "writing") == torn)):
                self.fault("mixed", f"file {file}: pages {(right != pages).any(axis=1)}")
        for slot, done in enumerate(self.shared.done(file)):
            epoch, count, intent = done >> 40, done >> 1 & 2**39 - 1, done & 1
            is_there = int(pages[0, COUNTERS + slot])
            least = count if epoch == int(pages[0, EPOCH]) else 0
            if epoch > int(pages[0, EPOCH]) or not least <= is_there <= least + intent:
                what = "mixed" if is_there > least and epoch <= int(pages[0, EPOCH]) else "lost"
                self.fault(what, f"file {file}: slot {slot} has done {count} in epoch {epoch}, intent "
                           f"{intent}; there are {is_there} in epoch {pages[0, EPOCH]}")

    def advance(self, file, pages):
        count = int(pages[0, COUNTERS + self.slot])
        self.shared.done(file)[self.slot] = int(pages[0, EPOCH]) << 40 | count << 1 | 1
        pages[0, COUNTERS + self.slot] += numpy.uint64(1)
        pages[0, SEQUENCE] += numpy.uint64(1)
        pages[0, WRITER] = self.slot
        self.finish(file, pages)

    def record(self, file, opened):
        """The pages, or None if there are none and that is explained."""
        if "record" not in opened:
            if file < MADE or not self.may_be_broken(file):
                self.fault("lost", f"{self.shared.layout.names[file]} has no record")
            return None
        pages = opened["record"][...].reshape(PAGES, WORDS)
        self.check(file, pages)
        return pages

    # --- the visits --------------------------------------------------------------------------

    def read(self, file):
        opened = self.open(file, "r")
        if isinstance(opened, str):
            return opened
        self.enter(file, READS)
        pages = self.record(file, opened)
        self.leave(file)
        self.close(opened)
        return "excused" if pages is None else "done"

    def link(self, file):
        opened = self.open(LINKS, "r")
        if isinstance(opened, str):
            return opened
        self.enter(LINKS, READS)
        before, outcome = self.signals, "done"
        try:
            self.record(file % LINKS, opened[f"to-{file % LINKS}"])
            self.shared.add(self.slot, "opens")
        except (KeyError, OSError) as error:
            outcome = "interrupted" if self.signals != before else "gave up"
            if outcome == "gave up" and self.patient:
                self.fault("failed", f"{file % LINKS}, behind a link: {error!r}")
        self.leave(LINKS)
        self.close(opened)
        return outcome

    def change(self, file, mode, middle=lambda: None):
        shared, slot = self.shared, self.slot
        unresolved = shared.done(file)[slot] & 1
        shared.done(file)[slot] |= 1
        opened = self.open(file, mode)
        if isinstance(opened, str):
            if not unresolved:
                shared.done(file)[slot] &= ~1 & 2**64 - 1
            return opened
        self.enter(file, WRITES)
        middle()
        if file >= MADE and "record" not in opened:
            self.create(file, opened)
        else:
            pages = self.record(file, opened)
            if pages is not None:
                self.advance(file, pages)
                shared.put_file(file, "writing", slot + 1)
                opened["record"][...] = pages.reshape(-1)
                shared.put_file(file, "writing", 0)
        self.leave(file)
        self.close(opened)
        shared.put(slot, "creating", 0)
        shared.done(file)[slot] = (shared.done(file)[slot] & ~1) + 2
        return "done"

    def create(self, file, opened):
        """With mode "a" one doesn't know who has created it: this process, or one that was killed."""
        shared = self.shared
        shared.put(self.slot, "creating", file + 1)
        epoch = shared.get_file(file, "epoch") + 1
        shared.put_file(file, "epoch", epoch)
        pages = numpy.zeros((PAGES, WORDS), dtype="u8")
        pages[0, EPOCH] = epoch
        self.advance(file, pages)
        opened.create_dataset("record", data=pages.reshape(-1))
        opened.flush()
        shared.put_file(file, "broken", 0)
        shared.put_file(file, "writing", 0)

    def update(self, file):
        return self.change(file, "r+")

    def add(self, file):
        self.shared.put(self.slot, "creating", MADE + file % 2 + 1)
        outcome = self.change(MADE + file % 2, "a")
        # A signal's exception may have come when the file was made, but had no record.
        if outcome == "interrupted":
            self.shared.put_file(MADE + file % 2, "broken", 1)
        self.shared.put(self.slot, "creating", 0)
        return outcome

    def fork(self, file):
        def child():
            if os.fork() == 0:
                time.sleep(0.01 * self.random.random())
                os._exit(0)

        outcome = self.change(file, "r+", child)
        return outcome

    def swmr_read(self, _):
        opened = self.open(SWMR, "r", libver="latest", swmr=True)
        if isinstance(opened, str):
            return opened
        self.enter(SWMR, READS)
        epoch, outcome = self.shared.get_file(SWMR, "epoch"), "done"
        try:
            rows = opened["rows"][...]
            right = (rows == (epoch << 32 | numpy.arange(len(rows), dtype="u8"))).all()
        except (KeyError, OSError):
            right = False
        if not right:
            outcome = "excused"
            if not self.may_be_broken(SWMR):
                self.fault("mixed", f"{self.shared.layout.names[SWMR]} is not what its writer wrote")
        if self.shared.get_file(SWMR, "epoch") != epoch:
            self.fault("mixed", "the SWMR file began anew under a reader")
        self.leave(SWMR)
        self.close(opened)
        return outcome

    def work(self):
        fds = len(os.listdir("/proc/self/fd"))
        while not self.shared.stopping and os.getppid() != 1:
            kind = self.random.choice(PLAN)
            outcome = getattr(self, kind)(self.random.randrange(LINKS + 1))
            self.shared.count_visit(self.slot, kind, outcome)
            self.reap(os.WNOHANG)
            # The others are to have the processors: these take twenty times as long.
            time.sleep(0.3 * self.random.random())
        self.reap(0)
        if len(os.listdir("/proc/self/fd")) != fds:
            self.fault("left", f"descriptors: {len(os.listdir('/proc/self/fd'))}, {fds} at first")

    @staticmethod
    def reap(how):
        try:
            while os.waitpid(-1, how)[0]:
                pass
        except ChildProcessError:
            pass


def be_worker(shared, slot, number):
    status = 1
    try:
        Worker(shared, slot, number).work()
        status = 0
    except BaseException:  # it is a fault, whatever it is
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def main():
    shared = Shared(Layout(sys.argv[1]), sys.argv[2])
    for line in sys.stdin:
        slot, number = map(int, line.split())
        # The one in between ends at once, and its child becomes the controller's.
        between = os.fork()
        if between == 0:
            pid = os.fork()
            if pid == 0:
                os.close(0)
                os.close(1)
                os.open("/dev/null", os.O_RDWR)
                os.open("/dev/null", os.O_RDWR)
                be_worker(shared, slot, number)
            os.write(1, b"%d\n" % pid)
            os._exit(0)
        os.waitpid(between, 0)


main()
