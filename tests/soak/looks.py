# SPDX-License-Identifier: BSD-3-Clause
"""What a round of the soak looks for from outside: processes that are stuck, and what they left."""

import os
import pathlib
import time

from layout import OPENING

FREE_S = 2.0  # a file that nobody holds, and that somebody waits for so long, is not had
LONGEST_S = 20.0  # nobody's turn takes so long to come


class Looks:
    """A part of Round, in crowd.py."""

    # --- is one stuck? -----------------------------------------------------------------------

    def look_for_stuck(self):
        now = time.monotonic()
        for slot in range(self.layout.slots):
            since = self.shared.get(slot, "since")
            if (slot not in self.slots or slot in self.stopped or slot in self.killed_by
                    or self.is_h5copy(slot) or self.shared.get(slot, "doing") != OPENING):
                self.suspects.pop(slot, None)
                continue
            waited = now - since / 1e9
            if waited > LONGEST_S:
                self.say_stuck(slot, waited, "its turn does not come")
            elif waited > FREE_S and not self.is_held(self.shared.get(slot, "at")):
                first = self.suspects.setdefault(slot, (since, now))
                if first[0] != since:
                    self.suspects[slot] = (since, now)
                elif now - first[1] > FREE_S:
                    self.say_stuck(slot, waited, "nobody holds the file")
            else:
                self.suspects.pop(slot, None)

    def is_held(self, file):
        try:
            inode = os.stat(self.layout.names[file]).st_ino
        except OSError:
            return True
        held = False
        with open("/proc/locks", encoding="ascii") as locks:
            for line in locks:
                fields = line.split()
                if fields[1] == "FLOCK" and fields[5].split(":")[2] == str(inode):
                    held = True
        return held

    def say_stuck(self, slot, waited, why):
        if ("stuck", slot, self.slots[slot]) in self.counts:
            return
        self.counts["stuck", slot, self.slots[slot]] = 1
        pid = self.slots[slot]
        name = self.layout.names[self.shared.get(slot, "at")]
        details = ""
        for what in "wchan", "syscall", "stack":
            try:
                text = pathlib.Path(f"/proc/{pid}/{what}").read_text(encoding="ascii")
                details += f"; {what}: {' '.join(text.split())}"
            except OSError:
                pass
        with open("/proc/locks", encoding="ascii") as locks:
            inode = os.stat(name).st_ino
            lines = " | ".join(" ".join(l.split()) for l in locks if f":{inode} " in l)
        self.fault(f"stuck: slot {slot}, pid {pid}, waits for {name} for {waited:.1f} s, and {why}"
                   f"{details}; locks: {lines[:2000]}")

    # --- is anything left?

    def look_at_what_is_left(self):
        for file in self.copies:
            self.check_copies(file)
        self.check("--verify", str(self.path))
        self.look_at_locks()
        for slot in range(self.layout.slots):
            # Its own successor would have removed it.
            pathlib.Path(f"new-{slot}.h5").unlink(missing_ok=True)
            pathlib.Path(f"own-{slot}.h5").unlink(missing_ok=True)
        names = set(self.layout.names) | set(self.copies)
        for name in sorted(set(os.listdir()) - names - {"lost+found", "lower", "upper", "inside"}):
            self.fault(f"left: a file {name}")

    def look_at_locks(self):
        # The names and numbers of all that is locked are those of the device.
        device = os.stat(".").st_dev
        device = f"{os.major(device):02x}:{os.minor(device):02x}"
        inodes = {str(os.stat(name).st_ino) for name in os.listdir()}
        with open("/proc/locks", encoding="ascii") as locks:
            for line in locks:
                where = next((f for f in line.split() if f.count(":") == 2), "::")
                if where.rsplit(":", 1)[0] == device and where.rsplit(":", 1)[1] in inodes:
                    self.fault(f"left: a lock: {line.strip()}")
