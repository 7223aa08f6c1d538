# SPDX-License-Identifier: BSD-3-Clause
"""Whether everybody has a turn, and how soon. What is promised is printed beside what is measured; on a
machine that has other things to do only a multiple of it fails."""

import subprocess
import time

from lab import Holder, demand, new_file
from counting import end_all

HOLD = 20  # ms


def stream(lab, host, name, mode, pause, seconds):
    return lab.start(host, ["cluster_visits", "stream", lab.path(host, name), mode, str(HOLD), str(pause),
                            str(seconds)])


def fairness(lab, promise):
    """A writer among four readers whose holds overlap."""
    seconds, name = (20 if lab.long else 7), lab.new_counter()
    readers = [stream(lab, host, name, "r", 0, seconds) for host in (1, 2, 1, 2)]
    writer = stream(lab, 1, name, "rw", 10, seconds)
    turns, _, worst = map(int, end_all([writer])[0].split())
    served = [int(out.split()[0]) for out in end_all(readers)]
    measured = f"the writer had {turns} turns, readers {min(served)} to {max(served)}, worst wait {worst} ms"
    demand(turns >= 10, f"{measured}: the writer starves")
    limit = max(10 * int(promise), 1500)
    demand(worst <= limit, f"{measured}: more than {limit} ms (promised: {promise} ms)")
    return f"{measured} (promised: {promise} ms)"


def writers(lab, promise):
    """Four writers in a stream: nobody may be passed by for long."""
    name = lab.new_counter()
    ends = end_all([stream(lab, host, name, "rw", 0, 10) for host in (1, 2, 1, 2)])
    worst = max(int(out.split()[2]) for out in ends)
    turns = [int(out.split()[0]) for out in ends]
    measured = f"{turns} turns, worst wait {worst} ms"
    demand(worst <= 10 * int(promise), f"{measured}: more than 10 times the promise of {promise} ms")
    demand(min(turns) >= 5, f"{measured}: one starves")
    return f"{measured} (promised: {promise} ms)"


def handover(lab, promise):
    """From a close on this host to the waiter's open on the other, after holds of some seconds."""
    worst, name = 0, new_file(lab)
    for seconds in (1.3, 2.7, 4.2):
        holder = Holder(lab, 1, name, "rw")
        waiter = lab.actor(2)
        began = time.monotonic()
        waiter.tell(f"open a {lab.path(2, name)} rw")
        waiter.waits()
        time.sleep(max(0, began + seconds - time.monotonic()))
        began = time.monotonic()
        holder.close()
        waiter.got("the waiter's open")
        worst = max(worst, time.monotonic() - began)
        waiter.ok("close a")
        waiter.end()
        holder.actor.end()
    measured = f"{worst * 1000:.0f} ms at worst"
    demand(worst <= 1.5, f"{measured}, after more than 1.5 s (promised: {promise} ms)")
    return f"{measured} (promised: {promise} ms)"


def lock_requests(host):
    """How many LOCK and LOCKT operations this host has sent, for all its mounts."""
    done = subprocess.run([f"on_host{host}", "cat", "/proc/self/mountstats"], capture_output=True, text=True,
                          check=True, stdin=subprocess.DEVNULL)
    lines = (line.split() for line in done.stdout.splitlines())
    return sum(int(words[1]) for words in lines if words and words[0] in ("LOCK:", "LOCKT:"))


def requests(lab, promise):
    """What four waiters ask of the server while they wait."""
    name = new_file(lab)
    holder = Holder(lab, 1, name, "rw")
    waiters = [lab.actor(host) for host in (1, 2, 1, 2)]
    for waiter in waiters:
        waiter.tell(f"open a {lab.path(waiter.host, name)} rw")
    for waiter in waiters:
        waiter.waits()
    before, began = lock_requests(1) + lock_requests(2), time.monotonic()
    time.sleep(5)
    rate = (lock_requests(1) + lock_requests(2) - before) / (time.monotonic() - began)
    holder.close()
    left = list(waiters)
    while left:
        waiter = next((one for one in left if one.answers_now()), None)
        if not waiter:
            time.sleep(0.02)
            continue
        waiter.got("a waiter's open")
        waiter.ok("close a")
        left.remove(waiter)
    measured = f"{rate:.1f} lock requests a second by 4 waiters (promised: {promise})"
    demand(rate <= 1.5 * float(promise), measured)
    return measured


def crowd(lab, _):
    """Sixteen wait; all of them get it, one after the other."""
    name = lab.new_counter()
    holder = lab.actor(1)
    holder.ok(f"open a {lab.path(1, name)} rw")
    waiters = [lab.start(host, ["counter", lab.path(host, name), "1"]) for host in (1, 2) * 8]
    for waiter in waiters:
        waiter.waits()
    holder.ok("close a")
    began = time.monotonic()
    end_all(waiters)
    took = time.monotonic() - began
    left = lab.counter(name, 2)
    demand(left == 16, f"16 waiters said that they counted, to {left}")
    return f"16 of 16 in {took:.1f} s"


CHECKS = {"fairness": fairness, "writers": writers, "handover": handover, "requests": requests, "crowd": crowd}
