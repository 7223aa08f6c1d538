# SPDX-License-Identifier: BSD-3-Clause
"""The processes of the soak, and what is done to them."""

import collections
import os
import pathlib
import random
import signal
import subprocess
import time

from folders import CannotRun
from layout import OPENING, Shared
from looks import Looks

HERE = pathlib.Path(__file__).resolve().parent
PROCESSES = 64
H5COPY, H5PY = 4, 8  # so many of them; the others are soak_worker
TICK_S, AT_ONCE = 0.02, 4  # one of them is disturbed every so often
LOOK_S = 0.25  # how often one looks for processes that are stuck
END_S = 60  # until all have ended at last
STARTED = 10  # one in so many is started afresh, and not forked
COPIES = 100  # in one result file of h5copy


class Round(Looks):
    """The processes on one file system, from their start to the look at what they left."""

    def __init__(self, soak, folder, first, seed, log):
        self.soak, self.folder, self.first, self.log = soak, folder, first, log
        self.layout = soak.layout
        self.random = random.Random(seed)
        self.path = soak.memory / f"soak-{os.getpid()}.shared"
        self.shared = Shared.create(self.layout, self.path)
        self.pids = {}  # process ID: slot
        self.slots = {}  # slot: process ID
        self.stopped = {}  # slot: (since, until)
        self.servers = {}  # "h5py", "C": the process that makes such ones
        self.killed_by = {}  # slot: signal
        self.counts = collections.Counter()
        self.faults = []
        self.copies = {}  # file: names of datasets that h5copy has made
        self.copying = {}  # slot: (file, name)
        self.copy_after = {}  # slot: when the next one starts
        self.copied = 0
        self.suspects = {}  # slot: when its wait was first strange
        self.turns_seen = {}
        self.inodes = {}

    def fault(self, text):
        self.faults.append(f"FAULT {text}")

    # --- processes ---------------------------------------------------------------------------

    def environment(self, **more):
        ours = ("LD_PRELOAD", "HDF5_", "LOCKEDH5_")
        new = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        new.update(LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1", **more)
        if self.soak.library:
            new["LD_PRELOAD"] = str(self.soak.library)
        else:
            new["HDF5_USE_FILE_LOCKING"] = "FALSE"
        return new

    def spawn(self, command, **environment):
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, self.log.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, self.log.fileno(), 2),
        ]
        return os.posix_spawn(
            command[0], command, self.environment(**environment), file_actions=actions,
            setsigdef=[signal.SIGPIPE, signal.SIGINT]
        )

    def worker(self, *arguments):
        return [str(self.soak.worker), *arguments]

    def start_servers(self):
        commands = {"C": self.worker("--serve", str(self.path))}
        if self.soak.python:
            script = str(HERE / "soak_h5py.py")
            commands["h5py"] = [self.soak.python, "-B", script, str(self.soak.worker), str(self.path)]
        for name, command in commands.items():
            self.servers[name] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                env=self.environment()
            )

    def ask(self, server, slot, number):
        """The process ID of a new process, which is forked: to start it takes much longer."""
        server.stdin.write(b"%d %d\n" % (slot, number))
        server.stdin.flush()
        line = server.stdout.readline()
        if not line:
            raise CannotRun("the process that makes others has ended")
        return int(line)

    def start(self, slot):
        number = self.random.getrandbits(32)
        if self.is_h5copy(slot):
            pid = self.start_h5copy(slot)
            if not pid:
                return
        elif slot >= PROCESSES - H5COPY - H5PY and "h5py" in self.servers:
            pid = self.ask(self.servers["h5py"], slot, number)
        elif number % STARTED:
            pid = self.ask(self.servers["C"], slot, number)
        else:
            pid = self.spawn(self.worker(str(self.path), str(slot), str(number)))
        self.pids[pid], self.slots[slot] = slot, pid
        self.counts["processes"] += 1

    def start_h5copy(self, slot):
        """Two have files of their own, and may be killed; two share one, and may not."""
        if time.monotonic() < self.copy_after.get(slot, 0):
            return None
        self.copied += 1
        name = f"c{self.copied}"
        file = f"own-{slot}.h5" if self.may_be_killed(slot) else f"copies-{self.copied // COPIES}.h5"
        source = self.layout.names[self.random.randrange(5)]
        self.copying[slot] = (file, name, not os.path.exists(file))
        return self.spawn(
            [self.soak.h5copy, "-i", source, "-o", file, "-s", "record", "-d", name],
            LOCKEDH5_COUNT="inf"
        )

    def is_h5copy(self, slot):
        return slot >= PROCESSES - H5COPY and bool(self.soak.h5copy)

    def may_be_killed(self, slot):
        return not self.is_h5copy(slot) or slot % 2

    def reap(self, restart=True):
        while self.slots or not restart:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            slot = self.pids.pop(pid, None)
            if slot is not None:  # or else somebody's child, who has ended first
                self.ended(slot, status)
                if restart:
                    self.start(slot)

    def ended(self, slot, status):
        del self.slots[slot]
        self.stopped.pop(slot, None)
        killer = self.killed_by.pop(slot, None)
        by, exit_status = os.WTERMSIG(status), os.WEXITSTATUS(status)
        by = by if os.WIFSIGNALED(status) else None
        if by and by == killer:
            self.counts["killed"] += 1
        elif by or (exit_status and not self.came_too_late(slot)) or not (
            self.shared.stopping or self.is_h5copy(slot)
        ):
            self.fault(f"failed: slot {slot} has ended: " +
                       (f"signal {by}" if by else f"exit status {exit_status}"))
        if self.is_h5copy(slot):
            self.h5copy_ended(slot, bool(by), exit_status)
        self.clear(slot)

    def came_too_late(self, slot):
        """An h5copy whose result file somebody else has created since it looked leaves it alone."""
        return self.is_h5copy(slot) and self.copying[slot][2] and not self.may_be_killed(slot)

    def h5copy_ended(self, slot, killed, exit_status):
        file, name, _ = self.copying.pop(slot)
        if killed:
            # It may be half written.
            self.copies.pop(file, None)
            pathlib.Path(file).unlink(missing_ok=True)
        elif exit_status == 0:
            self.copies.setdefault(file, []).append(name)
            self.shared.add(slot, "opens", 2)
            self.counts["h5copy"] += 1
            if self.may_be_killed(slot) and len(self.copies[file]) >= COPIES:
                self.check_copies(file)
        self.copy_after[slot] = time.monotonic() + 0.5 + self.random.random()

    def clear(self, slot):
        """What a killed process has left in the shared file. The order matters; see visit.c."""
        shared = self.shared
        creating = shared.get(slot, "creating")
        if creating:
            shared.put_file(creating - 1, "broken", 1)
            shared.put(slot, "creating", 0)
        for file in range(self.layout.files):
            if shared.get_file(file, "writing") == slot + 1:
                shared.put_file(file, "writing", self.layout.at["TORN"])
            shared.inside(file)[slot] = 0
        shared.put(slot, "doing", 0)
        shared.put(slot, "killed", 0)

    # --- what is done to them ----------------------------------------------------------------

    def victim(self):
        """Half of the time one that waits."""
        slots = list(self.slots)
        if self.random.random() < 0.5:
            waiting = [s for s in slots if self.shared.get(s, "doing") == OPENING]
            slots = waiting or slots
        return self.random.choice(slots)

    def disturb(self):
        if not self.slots:
            return
        slot, chance = self.victim(), self.random.random()
        if slot in self.killed_by:
            return
        if chance < 0.30 and self.may_be_killed(slot):
            self.kill(slot, signal.SIGKILL if self.random.random() < 0.7 else signal.SIGTERM)
        elif chance < 0.75:
            self.stop(slot, 0.001 + 0.04 * self.random.random())
        elif chance < 0.76 and self.shared.get(slot, "doing") == OPENING:
            self.stop(slot, 0.3 + 0.5 * self.random.random())
        elif self.shared.get(slot, "pid") == self.slots[slot]:  # it has its handler
            self.counts["interrupted"] += 1
            os.kill(self.slots[slot], signal.SIGINT)

    def kill(self, slot, by):
        self.shared.put(slot, "killed", 1)
        self.killed_by[slot] = by
        os.kill(self.slots[slot], by)
        # One that is stopped gets no other signal than SIGKILL.
        if by != signal.SIGKILL:
            os.kill(self.slots[slot], signal.SIGCONT)

    def stop(self, slot, seconds):
        if slot in self.stopped:
            return
        os.kill(self.slots[slot], signal.SIGSTOP)
        now = time.monotonic()
        self.stopped[slot] = (now, now + seconds)
        self.counts["stopped"] += 1

    def go_on(self, all_of_them=False):
        now = time.monotonic()
        for slot, (since, until) in list(self.stopped.items()):
            if all_of_them or now >= until:
                del self.stopped[slot]
                self.shared.add(slot, "stopped", int((now - since) * 1e9))
                os.kill(self.slots[slot], signal.SIGCONT)

    # --- the whole ---------------------------------------------------------------------------

    def go(self, seconds):
        os.chdir(self.first)
        self.check("--init", str(self.path))
        os.chdir(self.folder)
        try:
            self.start_servers()
            for slot in range(PROCESSES):
                self.start(slot)
            began = time.monotonic()
            self.turmoil(began + seconds)
            took = time.monotonic() - began
            self.finish()
        finally:
            self.end_all()
        self.look_at_what_is_left()
        return took

    def turmoil(self, until):
        look, due = 0, time.monotonic()
        while (now := time.monotonic()) < until:
            # Where the processors are busy, this loop is late.
            for _ in range(AT_ONCE):
                if due <= now:
                    self.disturb()
                    due += TICK_S
            self.go_on()
            self.reap()
            for slot in range(PROCESSES - H5COPY, PROCESSES):
                if slot not in self.slots:
                    self.start(slot)
            if now >= look:
                self.look_for_stuck()
                look = now + LOOK_S
            time.sleep(TICK_S)

    def finish(self):
        self.shared.stop()
        self.go_on(all_of_them=True)
        until = time.monotonic() + END_S
        while self.slots and time.monotonic() < until:
            self.look_for_stuck()
            self.reap(restart=False)
            time.sleep(0.05)
        for slot, pid in self.slots.items():
            doing, at = self.shared.get(slot, "doing"), self.shared.get(slot, "at")
            self.fault(f"stuck: slot {slot}, pid {pid}, does not end; doing {doing} at {at}")

    def end_all(self):
        """Whatever has happened, nothing goes on after a round."""
        for server in self.servers.values():
            server.stdin.close()
            server.stdout.close()
            server.wait()
        for pid in self.slots.values():
            os.kill(pid, signal.SIGKILL)
        self.slots.clear()
        until = time.monotonic() + END_S
        while time.monotonic() < until:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.02)
            except ChildProcessError:
                return
        self.fault("left: processes that nobody waits for do not end")

    def check(self, *arguments):
        done = subprocess.run(
            self.worker(*arguments), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env=self.environment(), check=False
        )
        if done.returncode not in (0, 1):
            self.fault(f"failed: soak_worker {arguments[0]}: status {done.returncode}")
        elif done.returncode:
            self.counts["checks failed"] += 1

    def check_copies(self, file):
        if self.slots:  # waitpid() is for all of them, so this one has to be, too
            pid = self.spawn(self.worker("--copies", file, *self.copies.pop(file)))
            status = os.waitpid(pid, 0)[1]
            pathlib.Path(file).unlink()
            if status:
                self.fault(f"lost: copies in {file}")
        else:
            self.check("--copies", file, *self.copies[file])

    def remove(self):
        """For the next round on the same file system."""
        for name in os.listdir(self.folder):
            path = self.folder / name
            if path.is_file() and not path.is_symlink():
                path.unlink()
        os.chdir("/")
        self.path.unlink()
