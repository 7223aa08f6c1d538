# SPDX-License-Identifier: BSD-3-Clause
"""File systems whose locks don't hold between hosts: what a program is told."""

from lab import Failure, brief, demand, until

SETTING = "LOCKEDH5_LOCALLOCKS"
UNLOCKED = {"library": False, "HDF5_USE_FILE_LOCKING": "FALSE"}


def new_files(lab, number):
    """Made without the library."""
    names = [lab.new_name("honest") for _ in range(number)]
    for name in names:
        lab.must(1, ["counter", lab.path(1, name), "create"], **UNLOCKED)
    return names


def sentences(said):
    """What a program said that names the setting, a line each; HDF5 prints an error in several lines."""
    return [line for line in said.splitlines() if SETTING in line]


def refuses(lab, name, words):
    """Opening for reading and for writing, and creating: a failure, and why in one sentence."""
    for what in "show", "1", "create":
        for host in (1, 2):
            status, out, said = lab.run(host, ["counter", lab.path(host, name), what])
            demand(status != 0, f"counter {what} was not refused: it ended with 0 ({brief(out + said)})")
            told = sentences(said)
            demand(told, f"counter {what} does not say that {SETTING} helps: {brief(said)}")
            missing = [word for word in words if word not in told[0]]
            demand(not missing, f"the sentence does not say {', '.join(missing)}: {told[0].strip()}")
    return told[0].strip()


def opens_thrice(lab, names, **settings):
    """One process that opens three files, twice each; what it said."""
    one = lab.actor(1, **settings)
    for _ in range(2):
        for name in names:
            one.ok(f"open a {lab.path(1, name)} rw")
            one.ok("close a")
    one.tell("quit")
    until(lambda: one.process.poll() is not None, "it does not end")
    return one.said()


def warns(lab, names, words, **settings):
    said = opens_thrice(lab, names, **settings)
    told = sentences(said)
    demand(len(told) == 1, f"{len(told)} warnings instead of one: {brief(said)}")
    missing = [word for word in words if word not in told[0]]
    demand(not missing, f"the warning does not say {', '.join(missing)}: {told[0].strip()}")
    return told[0].strip()


def goes_on_in_silence(lab, names, setting=SETTING, value="pass"):
    said = opens_thrice(lab, names, **{setting: value})
    demand(not said.strip(), f"{setting}={value} is not silent: {brief(said)}")


def together(*parts):
    """Every one of them is tried, whatever became of the others."""
    problems, last = [], None
    for part, *args in parts:
        try:
            last = part(*args) or last
        except Failure as problem:
            problems.append(str(problem))
    demand(not problems, "; ".join(problems))
    return last


def refused(lab, words):
    """The arguments: what the sentence has to say, with commas between."""
    names, words = new_files(lab, 3), words.split(",")

    def with_warning():
        warns(lab, names, words, **{SETTING: "warn"})

    return together((with_warning,), (goes_on_in_silence, lab, names), (refuses, lab, names[0], words))


def warned(lab, words):
    """By default."""
    names, words = new_files(lab, 3), words.split(",")
    return together((goes_on_in_silence, lab, names), (warns, lab, names, words))


def doubted(lab, words):
    """What is read may be old, by default."""
    names, words = new_files(lab, 3), words.split(",")
    said = opens_thrice(lab, names)
    told = [line for line in said.splitlines() if "LOCKEDH5_COHERENCE" in line]
    demand(len(told) == 1 and all(word in told[0] for word in words), f"not warned once of it: {brief(said)}")
    goes_on_in_silence(lab, names, "LOCKEDH5_COHERENCE", "remote")
    return told[0].strip()


CHECKS = {"refused": refused, "warned": warned, "doubted": doubted}
