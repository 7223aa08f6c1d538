# SPDX-License-Identifier: BSD-3-Clause
"""What is left when a wait or a hold ends otherwise than it should, and what a host reads then."""

import signal
import time

from counting import end_all
from lab import Holder, brief, demand, new_file

SOON = 5  # seconds in which what should take one has to be done


def killed(lab, _):
    """A holder, and then a waiter, on host 2."""
    name = new_file(lab)
    holder = Holder(lab, 2, name, "rw")
    waiter = lab.actor(1)
    waiter.tell(f"open a {lab.path(1, name)} rw")
    waiter.waits()
    lab.kill(holder.actor)
    began = time.monotonic()
    waiter.got("who waited for a killed holder")
    took = time.monotonic() - began
    other = lab.actor(2)
    other.tell(f"open a {lab.path(2, name)} rw")
    other.waits()
    lab.kill(other)
    waiter.ok(f"check a x {Holder.numbers} 1")
    waiter.ok("close a")
    lab.no_lock_left(name)
    return f"the waiter had it {took:.1f} s after the holder's end, nothing is left"


def deadline(lab, _):
    """Patience is over after one second; the lock is nobody's then."""
    name = new_file(lab)
    holder = Holder(lab, 1, name, "rw")
    other = lab.actor(2, LOCKEDH5_COUNT="2", LOCKEDH5_WAIT="1")
    took = []
    for mode in "rw", "r":
        began = time.monotonic()
        found = other.do(f"open a {lab.path(2, name)} {mode}")
        took.append(time.monotonic() - began)
        demand(found.startswith("error errno=11 "), f"no EAGAIN after the deadline, but {brief(found)}")
        demand(took[-1] < SOON, f"the deadline of 1 s took {took[-1]:.1f} s ({mode})")
    holder.is_unharmed()
    holder.close()
    lab.no_lock_left(name)
    return f"given up after {took[0]:.1f} and {took[1]:.1f} s"


def signals(lab, _):
    """Ctrl-C and SIGTERM end a wait."""
    name, took = new_file(lab), []
    holder = Holder(lab, 1, name, "rw")
    for number in signal.SIGINT, signal.SIGTERM:
        waiter = lab.start(2, ["counter", lab.path(2, name), "1"])
        waiter.waits()
        began = time.monotonic()
        lab.kill(waiter, number)
        status, _ = waiter.ended()
        took.append(time.monotonic() - began)
        demand(status in (128 + number, -number), f"signal {int(number)} ended it with {status}")
        demand(took[-1] < SOON, f"signal {int(number)} ended the wait after {took[-1]:.1f} s")
    holder.is_unharmed()
    holder.close()
    lab.no_lock_left(name)
    return f"after {took[0]:.1f} and {took[1]:.1f} s"


def stale_in_turn(lab, actors, name, rounds):
    """Each reads the file, the other one changes it, and each reads it again."""
    for value in range(2, rounds + 2):
        writer, reader = (actors[value % 2], actors[1 - value % 2])
        writer.ok(f"open a {lab.path(writer.host, name)} rw")
        writer.ok(f"write a x {Holder.numbers} {value}")
        writer.ok("close a")
        reader.ok(f"open a {lab.path(reader.host, name)} r")
        found = reader.do(f"check a x {Holder.numbers} {value}")
        demand(found == "ok", f"host {reader.host} reads what was there before: {brief(found)}")
        reader.ok("close a")


def stale_waiter(lab, actors, name, rounds):
    """The reader opens before the writer closes: to wait for it, so that the file is not new to it."""
    for value in range(1000, 1000 + rounds):
        writer, reader = (actors[value % 2], actors[1 - value % 2])
        writer.ok(f"open a {lab.path(writer.host, name)} rw")
        reader.tell(f"open a {lab.path(reader.host, name)} r")
        writer.ok(f"write a x {Holder.numbers} {value}")
        time.sleep(0.1)
        writer.ok("close a")
        reader.got("the reader's open")
        found = reader.do(f"check a x {Holder.numbers} {value}")
        demand(found == "ok", f"host {reader.host}, which waited, reads what was there before: {brief(found)}")
        reader.ok("close a")


def stale(lab, _):
    rounds, name = (50 if lab.long else 10), new_file(lab)
    actors = [lab.actor(1), lab.actor(2)]
    stale_in_turn(lab, actors, name, rounds)
    stale_waiter(lab, actors, name, rounds)
    return f"{2 * rounds} changes, each read on the other host"


def restart_while_held(lab):
    """The server restarts while host 1 has the file and host 2 waits for it."""
    name = new_file(lab)
    holder = Holder(lab, 1, name, "rw")
    waiter = lab.actor(2)
    waiter.tell(f"open a {lab.path(2, name)} rw")
    waiter.waits()
    lab.restart_server()
    holder.write(2)
    holder.actor.ok("flush a", 90)
    # Longer than the grace period: whoever would be let in wrongly is in by then.
    time.sleep(3)
    demand(not waiter.answers_now(), "host 2 was let in while host 1 had the file")
    holder.close()
    waiter.got("who waited for a server that restarted", 120)
    waiter.ok(f"check a x {Holder.numbers} 2")
    waiter.ok("close a")
    lab.no_lock_left(name)


def restart_while_counting(lab):
    name = lab.new_counter()
    crowd = [lab.start(host, ["cluster_visits", "count", lab.path(host, name), "60"]) for host in (1, 2)]
    time.sleep(0.5)
    lab.restart_server()
    end_all(crowd)
    left = lab.counter(name, 2)
    demand(left == 120, f"of 120 updates {left} survived")


def restarted(lab, _):
    began = time.monotonic()
    restart_while_held(lab)
    restart_while_counting(lab)
    return f"nobody was let in twice, nothing is lost ({time.monotonic() - began:.0f} s)"


CHECKS = {"killed": killed, "deadline": deadline, "signals": signals, "stale": stale, "restarted": restarted}
