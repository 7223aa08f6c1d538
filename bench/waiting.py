# SPDX-License-Identifier: BSD-3-Clause
"""How long waiters wait, and what it costs: hand-over, writers among readers, readers among
writers, the CPU of many."""

import fcntl
import time

import programs
import rows

# A reader's hold and a writer's, in microseconds, and the pause of the one who is watched.
READER_HOLD = (20000, 25000)
WRITER_HOLD = (5000, 5000)
PAUSE = 5000

WAITERS = 100


def numbers(output):
    return [[float(word) for word in line.split()] for line in output.splitlines()]


# --- hand-over ------------------------------------------------------------------------


def run_handover(bench):
    count = bench.scale.handovers
    file = bench.new_counter()
    runners = {
        "hdf5": lambda: bench.output("handover", "hdf5", file, count, library=bench.library),
        "bare": lambda: bench.output("handover", "bare", file, count),
        "side": lambda: bench.output("handover", "side", file, count),
        "own": lambda: bench.output("handover", "own", file, count),
    }
    found = {name: [] for name in runners}
    for i in range(bench.scale.handover_rounds):
        for name in runners if i % 2 == 0 else reversed(runners):
            found[name].append(numbers(runners[name]()))
    own_open, own_close = (
        rows.median(one[i] for result in found["own"] for one in result) / 1e3 for i in (0, 1)
    )
    for name, percent in (("median", 50), ("p99", 99)):
        shim, bare, side = (
            [rows.percentile([one[0] / 1e3 for one in result], percent) for result in found[which]]
            for which in ("hdf5", "bare", "side")
        )
        row = rows.Row(
            f"handover.{name}", f"hand-over, {name}", "flock, close in two bare programs", "µs"
        )
        rows.compare(row, shim, bare)
        limit = 1.1 * row.rival + own_open
        row.limit = f"≤ {rows.number(limit)} µs"
        row.verdict = rows.judge(row.value, limit, True, "µs")
        row.note = (
            f"reach: 1.1 × bare + HDF5's own open, {rows.number(own_open)} µs; "
            f"its own close, {rows.number(own_close)} µs, is in the hand-over too"
        )
        yield row
        row = rows.Row(
            f"handover.side.{name}", row.measure, "flock on a side file, in the program", "µs"
        )
        yield rows.compare(row, shim, side)


# --- fairness ---------------------------------------------------------------------------


def watch(bench, how, watched, others, hold, seconds):
    """One process that opens again and again in mode WATCHED, among OTHERS of the other mode.
    Returns its number of opens and its worst wait, and the others' median hold, in milliseconds."""
    library = bench.library if how == "hdf5" else None
    file = bench.new_counter()
    group = programs.Herd(bench)
    crowd = "read" if watched == "write" else "write"
    group.add("holds", how, crowd, file, *hold, 0, seconds, library=library, times=others)
    group.add("holds", how, watched, file, 0, 0, PAUSE, seconds, library=library)
    group.go()
    found = group.results()
    mine = float(watched == "write")
    opens, worst = next(one[1:3] for one in found if one[0] == mine)
    return opens, worst / 1e6, rows.median(one[4] for one in found if one[0] != mine) / 1e6


def both(bench, watched, others, hold, seconds):
    """Rounds of the library and of plain flock in a bare program, in turn."""
    found = {"hdf5": [], "bare": []}
    for i in range(bench.scale.fairness_rounds):
        for how in found if i % 2 == 0 else reversed(found):
            found[how].append(watch(bench, how, watched, others, hold, seconds))
    return found


def run_writer(bench):
    seconds = bench.scale.fairness_s
    for readers in bench.scale.readers:
        found = both(bench, "write", readers, READER_HOLD, seconds)
        row = rows.Row(
            f"writer.{readers}",
            f"writer's worst wait among {readers} readers",
            "a reader's hold",
            "ms",
        )
        worst = [one[1] for one in found["hdf5"]]
        rows.compare(row, worst, [one[2] for one in found["hdf5"]], most=2)
        row.note = f"{rows.median(one[0] for one in found['hdf5']):.0f} opens in {seconds} s"
        yield row
        starved = sum(one[1] > seconds * 500 for one in found["bare"])
        row = rows.Row(
            f"writer.flock.{readers}", row.measure, "plain flock in bare programs", "ms"
        )
        rows.compare(row, worst, [one[1] for one in found["bare"]])
        row.note = (
            f"flock: {rows.median(one[0] for one in found['bare']):.0f} opens in {seconds} s; "
            f"starved in {starved} of {len(found['bare'])} runs"
        )
        yield row


def run_reader(bench):
    seconds = bench.scale.fairness_s
    for writers in bench.scale.writers:
        found = both(bench, "read", writers, WRITER_HOLD, seconds)
        row = rows.Row(
            f"reader.{writers}",
            f"reader's worst wait among {writers} writers",
            "plain flock in bare programs",
            "ms",
        )
        rows.compare(row, *([one[1] for one in found[how]] for how in ("hdf5", "bare")), most=1.1)
        opens = [rows.median(one[0] for one in found[how]) for how in ("hdf5", "bare")]
        row.note = f"{opens[0]:.0f} opens in {seconds} s against {opens[1]:.0f}"
        yield row


# --- CPU --------------------------------------------------------------------------------


def cpu_of_waiters(bench, seconds):
    """Seconds of CPU that all waiters used together, from before their open until after close."""
    file = bench.new_counter()
    group = programs.Herd(bench)
    group.add("holds", "hdf5", "write", file, 0, 0, 0, 0, library=bench.library, times=WAITERS)
    with open(file, "rb") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        group.go()
        time.sleep(seconds)
    found = group.results()
    if min(one[2] for one in found) < (seconds - 2) * 1e9:
        raise programs.Failed("a waiter did not wait")
    return sum(one[5] for one in found) / 1e9


def run_cpu(bench):
    seconds = bench.scale.waiting_s
    used = [cpu_of_waiters(bench, seconds) for _ in range(bench.scale.cpu_rounds)]
    row = rows.Row("cpu", f"CPU of {WAITERS} waiters over {seconds} s", "nothing", "s")
    row.value, row.n, row.limit = rows.median(used), len(used), "< 0.5 s"
    row.verdict = rows.judge(row.value, 0.5, True, "s")
    row.note = "their open and close included"
    yield row
