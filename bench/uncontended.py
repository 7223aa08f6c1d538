# SPDX-License-Identifier: BSD-3-Clause
"""What the library costs where nobody waits: opening, and starting programs."""

import shutil

import programs
import rows

BLOCK = 50  # starts are too uneven to be paired one by one


def take_turns(first, second, batches):
    """The median batch of each in microseconds, and the median ratio of neighbours: A B B A."""
    found = ([], [])
    for i in range(batches):
        for which in (0, 1) if i % 2 == 0 else (1, 0):
            found[which].append((first, second)[which].batch() / 1e3)
    ratios = [a / b for a, b in zip(*found)]
    return rows.median(found[0]), rows.median(found[1]), rows.median(ratios)


def opens(bench, program, mode, batches, times, pairs):
    """Pairs of processes with and without the library, whose batches alternate; one ratio from each
    pair, because a process's place in memory alone can make it faster or slower by a percent."""
    file = bench.new_counter()
    found = []
    for i in range(pairs):
        order = (bench.library, None) if i % 2 == 0 else (None, bench.library)
        servers = {
            library: programs.Server(bench, program, file, mode, times, library=library)
            for library in order
        }
        found.append(take_turns(servers[bench.library], servers[None], batches))
        for server in servers.values():
            server.end()
    return [list(column) for column in zip(*found)]


def run_c(bench):
    for mode in ("read", "write"):
        found = opens(bench, "opens", mode, bench.scale.batches, 50, bench.scale.pairs)
        row = rows.Row(f"open.c.{mode}", f"uncontended open + close, {mode}, C", "no shim", "µs")
        yield rows.compare(row, *found, most=1.02)


def run_h5py(bench):
    for mode in ("read", "write"):
        found = opens(
            bench, "opens_h5py.py", mode, bench.scale.batches, 20, bench.scale.pairs_h5py
        )
        row = rows.Row(
            f"open.h5py.{mode}", f"uncontended open + close, {mode}, h5py", "no shim", "µs"
        )
        yield rows.compare(row, *found, most=1.01)


def starts(bench, row, most, command, rival):
    """Fills ROW with starts of two commands, each a variable and words, in turns."""
    pairs = bench.scale.starts
    lines = bench.output("starts", pairs, *command, "--", *rival).splitlines()
    both = [tuple(float(word) / 1e3 for word in line.split()) for line in lines]
    blocks = [both[i : i + BLOCK] for i in range(0, len(both), BLOCK)]
    found = [[rows.median(one[i] for one in block) for block in blocks] for i in (0, 1)]
    row.note = f"{pairs} starts each"
    return rows.compare(row, *found, most=most)


def run_starts(bench):
    row = rows.Row("start", "start of /bin/true", "an unrelated variable", "µs")
    with_library = [f"LD_PRELOAD={bench.library}", "/bin/true"]
    without = [f"UNRELATED_={bench.library}", "/bin/true"]
    yield starts(bench, row, 1.03, with_library, without)


def run_launch(bench):
    row = rows.Row("launch", "lockedh5 /bin/true", "env LD_PRELOAD=… /bin/true", "µs")
    # The launcher takes the library that was built with it.
    library = bench.build / "src/.libs/liblockedh5.so"
    launcher = ["UNRELATED_=", bench.build / "scripts/lockedh5", "/bin/true"]
    env = ["UNRELATED_=", shutil.which("env"), f"LD_PRELOAD={library}", "/bin/true"]
    yield starts(bench, row, 1.3, launcher, env)
