# SPDX-License-Identifier: BSD-3-Clause
"""Whether updates survive: of programs on two hosts that count in one file."""

import subprocess
import time

from lab import PYTHON, Failure, Skip, demand

SCRIPTS = __file__.rsplit("/", 3)[0] + "/clients"
LIMIT = 180  # seconds for a crowd that counts


def end_all(crowd, limit=LIMIT):
    """What each printed; they all have to succeed."""
    ends = [one.ended(limit) for one in crowd]
    bad = [(n, end) for n, end in enumerate(ends) if end[0]]
    if bad:
        number, (status, out) = bad[0]
        raise Failure(f"{len(bad)} of {len(crowd)} failed, the first with {status}: "
                      f"{out} {crowd[number].complaint()}")
    return [out for _, out in ends]


def counts(lab, name, rounds=100):
    """Two processes on each host; what is left, as each host reads it."""
    began = time.monotonic()
    crowd = [lab.start(host, ["cluster_visits", "count", lab.path(host, name), str(rounds)])
             for host in (1, 2, 1, 2)]
    ends = [one.ended(LIMIT) for one in crowd]
    took = time.monotonic() - began
    failed = sum(int((out.split() or [0, rounds])[1]) for _, out in ends)
    first = next((one.complaint() for one in crowd if one.process.returncode), "")
    return failed, first, [lab.counter(name, host) for host in (2, 1)], took


def counter(lab, _):
    took = []
    for _ in range(6 if lab.long else 2):
        name = lab.new_counter()
        failed, first, left, seconds = counts(lab, name)
        demand(not failed, f"{failed} of 400 visits failed, {left} survived: {first}")
        demand(left == [400, 400], f"of 400, host 2 reads {left[0]} and host 1 {left[1]}")
        took.append(f"{seconds:.1f}")
    return f"400 of 400, in {', '.join(took)} s"


def fresh(lab, _):
    """Stale caches show only where many files are new (NFS 4.2: in one file of 150)."""
    files, updates, slot = (200 if lab.long else 30), 10, 250
    folder = lab.new_name("folder")
    subprocess.run(["mkdir", lab.path(1, folder)], check=True)
    start = f"{time.time() + 4:.3f}"
    crowd = [lab.start(host, ["cluster_visits", "fresh", str(me), lab.path(host, folder), str(files),
                              str(updates), str(slot), start])
             for me, host in enumerate((1, 2, 1, 2))]
    ends = [one.ended(LIMIT + files) for one in crowd]
    failed = sum(int((out.split() or [0, 1])[1]) for _, out in ends)
    first = next((one.complaint() for one in crowd if one.process.returncode), "")
    _, out, said = lab.run(2, ["cluster_visits", "sum", lab.path(2, folder), str(files), str(4 * updates)])
    lost, where, wrong = out.split() or ("?", "?", said)
    result = f"{lost} of {files * 4 * updates} updates lost in {where} of {files} files"
    demand(not failed, f"{failed} visits failed ({result}): {first}")
    demand(out == "0 0 0", f"{result}, {wrong} unreadable or too high")
    return result


def copy_all(lab, source, result):
    """Eight copies into a file that none of them finds.  On one host they wait for who looked first,
    but hosts don't know of each other's looks: who makes it too late can't, and has to be run again."""
    waiting, told = {n: (1, 2)[n % 2] for n in range(8)}, 0
    while waiting:
        crowd = {n: lab.start(host, ["h5copy", "-i", lab.path(host, source), "-o", lab.path(host, result),
                                     "-s", "counter", "-d", f"copy{n}"],
                              LOCKEDH5_VERBOSE="3")
                 for n, host in waiting.items()}
        late = {n: one for n, one in crowd.items() if one.ended(LIMIT)[0]}
        for one in late.values():
            demand("Could not open output file" in one.said(), f"h5copy failed: {one.complaint()}")
        demand(len(late) < len(crowd), "none of them could make it")
        waiting = {n: waiting[n] for n in late}
        told += len(late)
    return told


def clients(lab, _):
    """Programs as they are shipped: h5copy merges, h5py counts."""
    source, result = lab.new_counter(), lab.new_name("result")
    told = copy_all(lab, source, result)
    there = lab.must(2, ["h5ls", lab.path(2, result)]).count("copy")
    demand(there == 8, f"8 copies of h5copy said that they worked, but {there} objects are there")
    if subprocess.run([PYTHON, "-c", "import h5py"], stderr=subprocess.DEVNULL, check=False).returncode:
        raise Skip("h5copy is right, but there is no h5py")
    name = lab.new_counter()
    end_all([lab.start(host, [PYTHON, f"{SCRIPTS}/counter_h5py.py", lab.path(host, name), "20"])
             for host in (1, 2, 1, 2)])
    left = lab.counter(name, 2)
    demand(left == 80, f"of 80 updates by h5py {left} survived")
    return f"8 of 8 h5copy ({told} had to be run again), 80 of 80 by h5py"


CHECKS = {"counter": counter, "fresh": fresh, "clients": clients}
