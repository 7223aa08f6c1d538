# SPDX-License-Identifier: BSD-3-Clause
"""One number in one file, and many processes that add to it."""

import os

import programs
import rows

UPDATES = 4000
# What is only shown need not be measured more often.
SHOWN_ROUNDS = 5


def ms(ns):
    return ns / 1e6


def herd(bench, how, processes, updates, library=None):
    """Milliseconds that UPDATES updates took, the CPU time they took, and how many survived."""
    file = bench.new_counter()
    side = [bench.path("side")] if how in ("side", "spawn") else []
    group = programs.Herd(bench)
    share, rest = divmod(updates, processes)
    for i in range(processes):
        group.add("counter", how, file, share + (i < rest), *side, library=library)
    began = group.go()
    found = group.results()
    took = max(end for end, _ in found) - began
    survived = bench.count(file)
    if how != "lossy" and survived != updates:
        raise programs.Failed(f"{survived} of {updates} updates survived: {how}, {processes}")
    return ms(took), ms(sum(cpu for _, cpu in found)), survived


def contestants(bench, processes):
    """name: (what to run) -> milliseconds for UPDATES updates, CPU, survivors."""
    updates = bench.scale.updates

    def scaled(how, processes, updates, library=None):
        took, cpu, survived = herd(bench, how, processes, updates, library)
        return took * UPDATES / updates, cpu * UPDATES / updates, survived / updates * UPDATES

    found = {
        "shim": lambda: scaled("plain", processes, updates, bench.library),
        "side": lambda: scaled("side", processes, updates),
        "alone": lambda: scaled("plain", 1, updates),
    }
    if bench.rival:
        found["rival"] = lambda: scaled("plain", processes, updates, bench.rival)
    if bench.scale.comparisons:
        # A process for each update is slow: fewer of them, and the time is scaled up.
        found["spawn"] = lambda: scaled("spawn", processes, max(processes, bench.scale.spawned))
        found["lossy"] = lambda: scaled("lossy", processes, updates)
    return found


def rounds(bench, processes):
    """name: list of results. Everybody runs once in each round, there and back again."""
    runners = contestants(bench, processes)
    found = {name: [] for name in runners}
    names = list(runners)
    for i in range(bench.scale.rounds):
        for name in names if i % 2 == 0 else reversed(names):
            if name not in ("spawn", "lossy") or i < SHOWN_ROUNDS:
                found[name].append(runners[name]())
    return found


def reaches(processes):
    """The least speed against the side file, and against one process alone."""
    processors = len(os.sched_getaffinity(0))
    side = 1.2 if processes <= processors else 1.0
    alone = 0.9 if processes <= processors else 0.75 if processes == 8 else None
    return side, alone


def rows_of(processes, found):
    measure = f"counter, {processes} processes"
    took = {name: [one[0] for one in results] for name, results in found.items()}
    cpu = {name: rows.median(one[1] for one in results) for name, results in found.items()}
    side, alone = reaches(processes)

    def row(name, against, note=""):
        return rows.Row(f"counter.{name}.{processes}", measure, against, "ms", note=note)

    def cpu_note(name):
        return f"CPU {rows.number(cpu['shim'])} against {rows.number(cpu[name])} ms"

    def compared(name, against, **reach):
        one = row(name, against, cpu_note(name))
        pairs = took["shim"][: len(took[name])]
        return rows.compare(one, pairs, took[name], speed=True, **reach)

    yield compared("side", "flock on a side file, in the program", least=side)
    yield compared("alone", "one process alone", least=alone)
    if "rival" in found:
        yield compared("rival", "the other library")
    if "spawn" in found:
        yield compared("spawn", "flock(1) around each run")
        survived = rows.median(one[2] for one in found["lossy"])
        yield row("lossy", "HDF5's own lock", f"{survived:.0f} of {UPDATES} updates survive")


def run(bench):
    for processes in bench.scale.processes:
        yield from rows_of(processes, rounds(bench, processes))


# --- the ancestor, in h5py ----------------------------------------------------------

ANCESTOR_PROCESSES = 8
ANCESTOR_COUNT = 10


def ancestor_herd(bench, count, wait, patience, updates, library=None):
    """Milliseconds for each update, updates made, processes that gave up, updates lost."""
    file = bench.new_counter()
    group = programs.Herd(bench)
    group.add(
        "counter_h5py.py",
        file,
        updates // ANCESTOR_PROCESSES,
        patience,
        count,
        wait,
        library=library,
        times=ANCESTOR_PROCESSES,
    )
    began = group.go()
    found = group.results()
    made = sum(one[1] for one in found)
    lost = made - bench.count(file)
    if lost and library:
        raise programs.Failed(f"{lost:.0f} of {made:.0f} updates are lost in h5py")
    took = ms(max(one[0] for one in found) - began)
    if made < updates:
        took = max(took, patience * 1e3)
    return took / max(made, 1), made, sum(one[2] for one in found), lost


def run_ancestor(bench):
    updates = bench.scale.updates_h5py
    for wait, patience in ((0.1, bench.scale.ancestor_s), (10, bench.scale.ancestor_long_s)):
        runners = (
            lambda: ancestor_herd(bench, 0, 0, patience, updates, bench.library),
            lambda: ancestor_herd(bench, ANCESTOR_COUNT, wait, patience, updates),
        )
        found = ([], [])
        for i in range(bench.scale.ancestor_rounds):
            for which in (0, 1) if i % 2 == 0 else (1, 0):
                found[which].append(runners[which]())
        made, gave_up, lost = (rows.median(one[i] for one in found[1]) for i in (1, 2, 3))
        row = rows.Row(
            f"ancestor.{wait}",
            f"counter, {ANCESTOR_PROCESSES} processes, h5py",
            f"the ancestor: count {ANCESTOR_COUNT}, wait {wait}",
            "ms/update",
            note=f"the ancestor made {made:.0f} of {updates} updates in {patience} s, "
            f"{lost:.0f} are lost, {gave_up:.0f} of {ANCESTOR_PROCESSES} processes gave up",
        )
        times = [[one[0] for one in results] for results in found]
        yield rows.compare(row, *times, speed=True)
