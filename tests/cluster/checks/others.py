# SPDX-License-Identifier: BSD-3-Clause
"""Programs without the library on the other host, and what a look from outside says."""

import re

from lab import Holder, brief, demand, new_file

ITS_OWN = {"library": False, "HDF5_USE_FILE_LOCKING": "TRUE"}


def excludes(lab, name, holder, **settings):
    """Host 2 holds it without the library; host 1 waits, and gets it after LET_GO."""
    once = lab.actor(1, LOCKEDH5_COUNT="1")
    found = once.do(f"open a {lab.path(1, name)} rw")
    demand(found.startswith("error"), f"host 1 got what {holder} on host 2 holds")
    waiter = lab.actor(1, **settings)
    waiter.tell(f"open a {lab.path(1, name)} rw")
    waiter.waits()
    return waiter


def own_lock(lab, name):
    holder = Holder(lab, 1, name, "rw")
    other = lab.actor(2, **ITS_OWN)
    if other.do("can locks") != "ok":
        return "not with HDF5's own lock, which this one does not have; "
    for what in "open a {} rw", "open a {} r":
        found = other.do(what.format(lab.path(2, name)))
        demand(found.startswith("error"), "a program without the library, with HDF5's own lock, got it")
    holder.is_unharmed()
    holder.close()
    other.ok(f"open a {lab.path(2, name)} rw")
    waiter = excludes(lab, name, "HDF5's own lock")
    other.ok(f"write a x {Holder.numbers} 5")
    other.ok("close a")
    waiter.got("the open after a holder without the library")
    waiter.ok(f"check a x {Holder.numbers} 5")
    waiter.ok("close a")
    return ""


def plain_flock(lab, name):
    holder = Holder(lab, 1, name, "rw", 5)
    path = lab.path(2, name)
    status, _, said = lab.run(2, ["flock", "-n", "-E", "75", path, "true"], library=False)
    demand(status == 75, f"flock(1) on host 2 got what host 1 holds: {status} {brief(said)}")
    holder.close()
    other = lab.actor(2, library=False)
    number = other.ok(f"raw-update {path}").split()[1]
    other.ok(f"raw-flock {number} ex")
    waiter = excludes(lab, name, "flock(2)")
    other.ok(f"raw-flock {number} un")
    waiter.got("the open after a flock(2)")
    waiter.ok("close a")


def mixed(lab, _):
    name = new_file(lab)
    but = own_lock(lab, name)
    plain_flock(lab, name)
    return f"{but}both sides exclude the other"


def status(lab, _):
    """It must not say that a file is free which the other host has."""
    said = []
    for mode in "rw", "r":
        name = new_file(lab)
        holder = Holder(lab, 2, name, mode)
        code, out, _ = lab.run(1, [str(lab.launcher), "status", lab.path(1, name)], library=False)
        demand(code in (1, 2), f"status {code}, while host 2 has it ({mode}): {brief(out)}")
        demand(" free " not in out, f"it says that it is free, while host 2 has it ({mode}): {brief(out)}")
        said.append(f"{mode}: exit {code}")
        holder.close()
    return ", ".join(said)


def named(lab, _):
    """With a shared folder of timelines: who, on which host, in which job."""
    traces = lab.new_name("traces")
    lab.must(1, ["mkdir", lab.path(1, traces)])
    said = []
    for mode, kind in ("rw", "exclusive"), ("r", "shared"):
        name = new_file(lab)
        holder = Holder(lab, 2, name, mode, LOCKEDH5_TRACE=lab.path(2, traces), SLURM_JOB_ID="77")
        words = rf"held by {holder.actor.pid} on \S+ \(actor, {kind} since .*, job slurm 77\), as its timeline"
        once = lab.actor(1, LOCKEDH5_COUNT="1", LOCKEDH5_TRACE=lab.path(1, traces))
        found = once.do(f"open a {lab.path(1, name)} rw")
        demand(re.search(words, found), f"a failure does not say '{words}': {brief(found)}")
        code, out, _ = lab.run(1, [str(lab.launcher), "status", lab.path(1, name)], library=False,
                               LOCKEDH5_TRACE=lab.path(1, traces))
        row = next((line.split(None, 6) for line in out.splitlines() if " holds " in line), [])
        demand(len(row) == 7 and row[2:4] == [kind, str(holder.actor.pid)] and "job slurm 77" in row[6],
               f"status has no row of process {holder.actor.pid}: {brief(out)}")
        demand(code in (1, 2), f"status {code}")
        said.append(f"{mode}: exit {code}")
        holder.close()
        once.end()
    return f"named, {', '.join(said)}"


CHECKS = {"mixed": mixed, "status": status, "named": named}
