# SPDX-License-Identifier: BSD-3-Clause
"""The bench: compares programs under the library with their rivals, all in one run, in turns."""

import argparse
import dataclasses
import pathlib
import sys
import time

import counters
import facts
import looks
import plot
import programs
import rows
import uncontended
import waiting


@dataclasses.dataclass
class Scale:
    """How often, how many, how long."""

    batches: int = 60  # of opens, for each process of a pair
    pairs: int = 21  # of processes that open files
    pairs_h5py: int = 9
    starts: int = 3000
    looks: int = 10  # batches of looks, for each process of a pair
    updates: int = counters.UPDATES
    spawned: int = 32  # updates with flock(1), at least one for each process
    rounds: int = 9  # of all contestants at the counter
    processes: tuple = (2, 8, 32, 128)
    comparisons: bool = True  # also what is only shown
    updates_h5py: int = 400
    ancestor_rounds: int = 5
    ancestor_s: float = 4
    ancestor_long_s: float = 12
    handovers: int = 300
    handover_rounds: int = 7
    fairness_rounds: int = 5
    fairness_s: float = 2
    readers: tuple = (2, 4, 8, 16)
    writers: tuple = (4, 8)
    waiting_s: float = 10
    cpu_rounds: int = 5


QUICK = {
    "batches": 20,
    "pairs": 3,
    "pairs_h5py": 3,
    "starts": 500,
    "looks": 4,
    "updates": 1000,
    "spawned": 8,
    "rounds": 3,
    "processes": (2, 8, 32),
    "ancestor_rounds": 1,
    "ancestor_s": 1,
    "ancestor_long_s": 2,
    "handovers": 50,
    "handover_rounds": 3,
    "fairness_rounds": 2,
    "fairness_s": 1,
    "readers": (2, 8),
    "writers": (4,),
    "waiting_s": 3,
    "cpu_rounds": 1,
}

PARTS = {
    "open": uncontended.run_c,
    "h5py": uncontended.run_h5py,
    "start": uncontended.run_starts,
    "launch": uncontended.run_launch,
    "look": looks.run_looks,
    "made": looks.run_made,
    "counter": counters.run,
    "ancestor": counters.run_ancestor,
    "handover": waiting.run_handover,
    "writer": waiting.run_writer,
    "reader": waiting.run_reader,
    "cpu": waiting.run_cpu,
}
NEED_H5PY = ("h5py", "ancestor")


def arguments():
    parser = argparse.ArgumentParser(
        prog="bench/run",
        description=__doc__,
        epilog="LOCKEDH5_* variables reach the programs under the library, and are recorded.",
    )
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--version-of-library", default="?", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="about a minute, for trying")
    parser.add_argument(
        "--only",
        metavar="PART[,PART…]",
        help=f"some of: {', '.join(PARTS)}; writes no files",
    )
    parser.add_argument("--tsv", metavar="FILE", help="write the results there, too")
    parser.add_argument("--library", metavar="FILE", help="measure this build of the library")
    parser.add_argument(
        "--rival", metavar="FILE", help="at the counter, compare with another build of the library"
    )
    parser.add_argument(
        "--processes", metavar="N[,N…]", help="at the counter, so many processes"
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="at the counter, so many rounds")
    parser.add_argument(
        "--no-comparisons",
        action="store_true",
        help="at the counter, leave out what is only shown: flock(1), HDF5's own lock",
    )
    parser.add_argument("--folder", metavar="DIR", help="work there (default: tmpfs in /dev/shm)")
    return parser.parse_args()


def scale_of(options):
    scale = Scale(**(QUICK if options.quick else {}))
    if options.processes:
        scale.processes = tuple(int(word) for word in options.processes.split(","))
    if options.rounds:
        scale.rounds = options.rounds
    scale.comparisons = not options.no_comparisons
    return scale


def parts_of(options):
    wanted = options.only.split(",") if options.only else list(PARTS)
    for part in wanted:
        if part not in PARTS:
            sys.exit(f"bench/run: no part '{part}'; there are {', '.join(PARTS)}")
    return wanted


def skipped(part, found):
    return part in NEED_H5PY and found["h5py"] == "none"


def measure(bench, parts, found):
    """All rows of these parts, printed as they come."""
    everything = []
    for part in parts:
        if skipped(part, found):
            print(f"{part}: skipped, no h5py", flush=True)
            continue
        for row in PARTS[part](bench):
            everything.append(row)
            print(rows.line(row), flush=True)
    return everything


def write(options, everything, found):
    """The files of a whole run; a quick one must not replace what a full one found."""
    name = "quick" if options.quick else "results"
    tsv = options.build / "bench" / f"{name}.tsv"
    rows.write_tsv(tsv, everything, found)
    picture = options.build / ("bench/quick.svg" if options.quick else "doc/benchmarks.svg")
    picture.parent.mkdir(exist_ok=True)
    drawn = plot.draw(tsv, picture)
    print(f"Written: {tsv}" + (f", {picture}" if drawn else "; no picture: gnuplot is missing"))


def main():
    options = arguments()
    parts = parts_of(options)
    library = options.library or options.build / "src/.libs/liblockedh5.so"
    for needed in (library, options.rival):
        if needed and not pathlib.Path(needed).is_file():
            sys.exit(f"bench/run: no library {needed}")
    began = time.monotonic()
    with programs.working_folder(options.folder) as folder:
        bench = programs.Bench(
            options.build,
            pathlib.Path(library).resolve(),
            folder,
            scale_of(options),
            options.rival and pathlib.Path(options.rival).resolve(),
        )
        found = facts.facts(bench, options.version_of_library, options.quick)
        for name, value in found.items():
            print(f"# {name}: {value}")
        print(rows.line(rows.HEADINGS), flush=True)
        everything = measure(bench, parts, found)
    found["took"] = f"{time.monotonic() - began:.0f} s"
    asked = [row for row in everything if row.limit]
    missed = sum(row.verdict != "met" for row in asked)
    print(f"{missed} of {len(asked)} reaches missed, {found['took']}")
    if options.tsv:
        rows.write_tsv(options.tsv, everything, found)
    if not options.only:
        write(options, everything, found)


if __name__ == "__main__":
    try:
        main()
    except programs.Failed as failure:
        sys.exit(f"bench/run: {failure}")
