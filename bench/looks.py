# SPDX-License-Identifier: BSD-3-Clause
"""What it costs that looks in vain are remembered, and that who looked first is waited for."""

import programs
import rows

OWN_FILES, MAKERS = 500, 4


def looks(bench, how, name):
    """Median looks with and without the library, in nanoseconds, of processes in turns."""
    found = ([], [])
    for i in range(bench.scale.pairs):
        order = (bench.library, None) if i % 2 == 0 else (None, bench.library)
        servers = {
            library: programs.Server(bench, "looks", name, how, 2000, library=library)
            for library in order
        }
        for library in order * bench.scale.looks:
            found[0 if library else 1].append(servers[library].batch())
        for server in servers.values():
            server.end()
    return found


def run_looks(bench):
    for key, measure, how, name, most in (
        ("look.missed", "a look that misses, stat", "stat", bench.path("missing.h5"), 20),
        ("look.found", "a look that finds, stat", "stat", bench.new_counter(), 10),
        ("look.asked", "a look that finds, access", "access", bench.new_counter(), 10),
    ):
        row = rows.Row(key, measure, "no shim", "ns")
        rows.compare(row, *looks(bench, how, name))
        row.limit = f"≤ {most} ns more"
        row.verdict = rows.judge(row.value - row.rival, most, True, "ns")
        yield row


def made(bench, looked):
    herd = programs.Herd(bench)
    herd.add(
        "looks",
        bench.folder,
        "make",
        OWN_FILES,
        library=bench.library,
        times=MAKERS,
        LOCKEDH5_LOOKED=looked,
    )
    herd.go()
    return rows.median(line[0] for line in herd.results())


def run_made(bench):
    """What 0.1.0 did is what the library does that ignores looks."""
    found = {"refuse": [], "ignore": []}
    for i in range(bench.scale.rounds):
        for looked in found if i % 2 == 0 else reversed(found):
            found[looked].append(made(bench, looked))
    row = rows.Row(
        "made", f"open or create, {MAKERS} × {OWN_FILES} own files", "LOCKEDH5_LOOKED=ignore", "µs"
    )
    yield rows.compare(row, found["refuse"], found["ignore"], most=1.1)
