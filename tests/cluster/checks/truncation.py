# SPDX-License-Identifier: BSD-3-Clause
"""What one host does to the file's name while the other has it, or waits for it."""

import os
import time

from lab import Holder, Skip, brief, demand, new_file

ONCE = {"LOCKEDH5_COUNT": "1"}


def refused_creation(lab, name, mode):
    """Host 2 would replace what host 1 has open: at once it can't, and then it waits."""
    holder = Holder(lab, 1, name, mode)
    other = lab.actor(2, **ONCE)
    found = other.do(f"create a {lab.path(2, name)} trunc")
    demand(found.startswith("error"), f"host 2 replaced what host 1 has open ({mode})")
    holder.is_unharmed()
    waiter = lab.actor(2)
    waiter.tell(f"create a {lab.path(2, name)} trunc")
    waiter.waits()
    holder.is_unharmed()
    holder.close()
    waiter.got("the creation after the holder's close")
    waiter.ok(f"write a x {Holder.numbers} 7")
    waiter.ok("close a")
    again = Holder(lab, 1, name, "r", 7)
    again.is_unharmed()
    again.close()


def truncation(lab, _):
    for mode in "rw", "r":
        refused_creation(lab, new_file(lab), mode)
    return "refused, waits, and what is held is unharmed"


def created(lab, _):
    """Four look for a file, find none, and make it: nobody's is erased; who is told runs again."""
    told, rounds = 0, 10 if lab.long else 3
    for _ in range(rounds):
        name = lab.new_name()
        actors = [lab.actor(host) for host in (1, 2, 1, 2)]
        waiting = dict(enumerate(actors))
        for number, one in waiting.items():
            one.tell(f"add {lab.path(one.host, name)} y{number} trunc")
        for _ in range(5):
            answers = {number: one.answer() for number, one in waiting.items()}
            waiting = {number: actors[number] for number, said in answers.items() if said != "ok"}
            told += len(waiting)
            for number, one in waiting.items():
                one.tell(f"add {lab.path(one.host, name)} y{number} trunc")
        demand(not waiting, f"{len(waiting)} of 4 do not succeed: {brief(str(answers))}")
        reader = lab.actor(2)
        reader.ok(f"open a {lab.path(2, name)} r")
        for number in range(4):
            reader.ok(f"check a y{number} 10 1")
        for one in (reader, *actors):
            one.end()
    return f"{rounds} files have what all 4 added, {told} were told to do it again"


def watched(lab, name, times):
    """Host 1 creates a file, TIMES times, while host 2 opens it all the time; what host 2 found."""
    stop, watcher, maker = lab.own_path("stop"), lab.actor(2), lab.actor(1)
    watcher.tell(f"watch {lab.path(2, name)} 1000 {stop}")
    maker.ok(f"create-many {lab.path(1, name)} 1000 {times} keep", 300)
    stop.touch()
    found = watcher.got("the watcher")
    stop.unlink()
    demand(" broken=0" in found, f"the other host saw an unfinished file: {brief(found)}")
    for actor in (watcher, maker):
        actor.end()
    return found[3:].strip()


def newborn(lab, _):
    """Files that were never there; and one that is created again and again, which has to be seen."""
    for _ in range(50 if lab.long else 10):
        watched(lab, lab.new_name(), 1)
    name = new_file(lab)
    lab.actor(1).ok(f"create-many {lab.path(1, name)} 1000 1 keep")
    found = watched(lab, name, 500 if lab.long else 60)
    demand(" whole=0" not in found, f"the other host never saw a whole file: {brief(found)}")
    return f"of one created again and again: {brief(found)}"


def renamed(lab, _):
    """Who waits for a name gets the file that has it then, and not the one that is gone."""
    name, old, new = new_file(lab), lab.new_name("old"), new_file(lab, value=500)
    holder = Holder(lab, 1, name, "rw")
    waiter = lab.actor(2, LOCKEDH5_WAIT="1")
    waiter.tell(f"open a {lab.path(2, name)} rw")
    waiter.waits()
    os.rename(lab.path(1, name), lab.path(1, old))
    os.rename(lab.path(1, new), lab.path(1, name))
    end = time.monotonic() + 15
    while time.monotonic() < end and not waiter.answers_now():
        time.sleep(0.1)
    before = waiter.answers_now()
    holder.is_unharmed()
    holder.close()
    waiter.got("the wait for a name that is another file's now")
    waiter.ok(f"check a x {Holder.numbers} 500")
    waiter.ok("close a")
    return "the new file, " + ("at once" if before else "when the old one was closed")


def removed(lab, _):
    """H5Fdelete of what the other host has open."""
    name = new_file(lab)
    other = lab.actor(2, **ONCE)
    if other.do("can delete") != "ok":
        raise Skip("this HDF5 has no H5Fdelete")
    holder = Holder(lab, 1, name, "r")
    found = other.do(f"delete {lab.path(2, name)}")
    demand(found.startswith("error"), "host 2 deleted what host 1 has open")
    holder.is_unharmed()
    holder.close()
    Holder(lab, 2, name, "r").is_unharmed()
    return "refused"


def swmr(lab, _):
    """A reader on the other host: refused with a reason, or reading what was flushed."""
    name = lab.new_name()
    writer = lab.actor(1)
    if writer.do("can swmr") != "ok":
        raise Skip("this HDF5 has no SWMR")
    writer.ok("libver latest")
    writer.ok(f"create a {lab.path(1, name)} trunc")
    writer.ok("write a x 1000 1")
    writer.ok("startswmr a")
    writer.ok("flush a")
    reader, other = lab.actor(2, **ONCE), lab.actor(2, **ONCE)
    reader.ok("libver latest")
    found = reader.do(f"open a {lab.path(2, name)} r swmr")
    if found == "ok":
        reader.ok("check a x 1000 1")
        reader.ok("close a")
    else:
        demand("can't open" in found, f"refused, but not with a reason of the library's: {brief(found)}")
    again = other.do(f"create a {lab.path(2, name)} trunc")
    demand(again.startswith("error"), "host 2 replaced what host 1 writes by SWMR")
    writer.ok("write a x 1000 1")
    writer.ok("close a")
    Holder(lab, 2, name, "r").is_unharmed()
    return "a reader reads, a creator is refused" if found == "ok" else f"refused: {brief(found)}"


CHECKS = {"truncation": truncation, "created": created, "newborn": newborn, "renamed": renamed,
          "removed": removed, "swmr": swmr}
