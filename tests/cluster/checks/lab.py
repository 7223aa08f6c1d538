# SPDX-License-Identifier: BSD-3-Clause
"""The lab that a check runs in: its hosts, and programs on them."""

import itertools
import os
import pathlib
import queue
import signal
import subprocess
import tempfile
import threading
import time

PATIENCE = 60  # seconds until what has not happened has failed
OURS = ("LD_PRELOAD", "HDF5_", "LOCKEDH5_", "LC_", "LANG")
PYTHON = "/usr/bin/python3"  # Debian's, which has h5py if any has


class Failure(Exception):
    """What did not hold, in a sentence."""


class Skip(Exception):
    """Why a check can't run here."""


def demand(condition, sentence):
    if not condition:
        raise Failure(sentence)


def until(condition, sentence, seconds=PATIENCE):
    """Waits for it; what it returned."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(sentence)
        time.sleep(0.05)


def brief(text, most=300):
    """A text of several lines, for a line of results."""
    line = " | ".join(part.strip() for part in text.strip().splitlines())
    return line if len(line) <= most else line[: most // 2] + " ... " + line[-most // 2:]


class Running:
    """A program on a host, and what it says."""

    def __init__(self, command, environment, more):
        self.errors = tempfile.TemporaryFile(dir=os.environ["LAB"])
        self.process = subprocess.Popen(command, env=environment, stderr=self.errors,
                                        stdout=subprocess.PIPE, text=True, bufsize=1, **more)
        # The program on the other host, not the one here that waits for it.
        self.pid = int(self.process.stdout.readline() or 0)

    def said(self):
        """On standard error, up to now."""
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def complaint(self):
        """Why it failed, without what it had to say about its waits."""
        lines = (line for line in self.said().splitlines()
                 if not any(word in line for word in ("has waited", ": got", "major:", "minor:")))
        return brief("\n".join(lines))

    def waits(self):
        """It has told that it waits, which it does after a second."""
        until(lambda: "has waited" in self.said() or self.goes_on(), "it did not wait")
        demand("has waited" in self.said(), f"it did not wait: {self.goes_on()} {brief(self.said())}")

    def goes_on(self):
        """What shows that it no longer waits, or None."""
        status = self.process.poll()
        return None if status is None else f"it ended with {status}"

    def ended(self, seconds=PATIENCE):
        """Its status, and what it printed."""
        try:
            out = self.process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired as late:
            raise Failure(f"it has not ended in {seconds} s: {brief(self.said())}") from late
        return self.process.returncode, out.strip()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                # It waits for a file system that does not answer, and ends with the lab.
                print(f"{self.process.args} can't be killed", flush=True)
        self.process.stdout.close()
        if self.process.stdin:
            self.process.stdin.close()
        self.errors.close()


class Actor(Running):
    """A plain HDF5 program that does what it is told, line by line (tests/clients/actor.c)."""

    def __init__(self, *args):
        super().__init__(*args, {"stdin": subprocess.PIPE})
        self.answers = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.answers.put(line.strip())
        self.answers.put(None)

    def tell(self, command):
        self.told = command
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def answer(self, seconds=PATIENCE):
        try:
            found = self.answers.get(timeout=seconds)
        except queue.Empty:
            raise Failure(f"host {self.host} does not answer '{self.told}' in {seconds} s: "
                          f"{brief(self.said())}") from None
        demand(found is not None, f"it ended instead of answering: {brief(self.said())}")
        return found

    def answers_now(self):
        return not self.answers.empty()

    def goes_on(self):
        return brief(self.answers.queue[0] or "it ended") if self.answers_now() else None

    def do(self, command, seconds=PATIENCE):
        self.tell(command)
        return self.answer(seconds)

    def ok(self, command, seconds=PATIENCE):
        found = self.do(command, seconds)
        demand(found.startswith("ok"), f"'{command.split()[0]}' on host {self.host}: {brief(found)}")
        return found

    def got(self, what, seconds=PATIENCE):
        """The answer to what it was told before."""
        found = self.answer(seconds)
        demand(found.startswith("ok"), f"{what}: {brief(found)}")
        return found


class Lab:
    """Its two hosts are called 1 and 2; a check gets a new one for each of its runs."""

    numbers = itertools.count(1)

    def __init__(self, name, programs, launcher, long):
        self.name, self.programs, self.launcher, self.long = name, programs, launcher, long
        self.folders = {host: os.environ[f"HOST{host}"] for host in (1, 2)}
        self.started = []

    # --- files ---------------------------------------------------------------------

    def new_name(self, kind="file"):
        return f"{kind}{next(self.numbers)}.h5"

    def path(self, host, name):
        return f"{self.folders[host]}/{name}"

    @staticmethod
    def own_path(name):
        """Not in the shared folder, but seen by both hosts at once: what is in there is not cached."""
        return pathlib.Path(os.environ["LAB"]) / name

    def new_counter(self, host=1):
        """The name of a file with a 0 in it."""
        name = self.new_name("counter")
        self.must(host, ["counter", self.path(host, name), "create"])
        return name

    def counter(self, name, host):
        return int(self.must(host, ["counter", self.path(host, name), "show"]))

    # --- programs --------------------------------------------------------------------

    def environment(self, settings):
        new = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        return {**new, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "LOCKEDH5_COUNT": "inf",
                **settings}

    def command(self, host, words, library):
        program = self.programs / words[0]
        words = [str(program) if program.exists() else words[0], *words[1:]]
        launcher = [str(self.launcher)] if library else []
        return [f"on_host{host}", "sh", "-c", 'echo $$; exec "$@"', "sh", *launcher, *words]

    def start(self, host, words, library=True, kind=Running, **settings):
        """A program on a host, in the background; more: settings of the library."""
        more = () if kind is Actor else ({"stdin": subprocess.DEVNULL},)
        new = kind(self.command(host, words, library), self.environment(settings), *more)
        new.host = host
        self.started.append(new)
        return new

    def actor(self, host, library=True, **settings):
        return self.start(host, ["actor"], library, Actor, **settings)

    def run(self, host, words, library=True, seconds=PATIENCE, **settings):
        """(its status, what it printed, what it complained of)."""
        running = self.start(host, words, library, **settings)
        status, out = running.ended(seconds)
        said = running.said()
        running.end()
        self.started.remove(running)
        return status, out, said

    def must(self, host, words, **more):
        status, out, said = self.run(host, words, **more)
        demand(status == 0, f"{words[0]} on host {host} ended with {status}: {brief(out + ' ' + said)}")
        return out

    def kill(self, running, number=signal.SIGKILL):
        subprocess.run([f"on_host{running.host}", "kill", f"-{int(number)}", str(running.pid)],
                       check=True, timeout=PATIENCE)

    def on_server(self, *words):
        done = subprocess.run(["on_server", *words], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE)
        demand(done.returncode == 0, f"{words[0]} on the server: {brief(done.stdout + done.stderr)}")
        return done.stdout

    def restart_server(self):
        done = subprocess.run(["restart_server"], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE)
        demand(done.returncode == 0, f"the server does not restart: {brief(done.stdout + done.stderr)}")

    # --- what must hold afterwards -----------------------------------------------------

    def no_lock_left(self, name):
        """Neither at the server, as far as it shows them, nor for either host."""
        for host in (1, 2):
            one = self.actor(host, LOCKEDH5_COUNT="2", LOCKEDH5_WAIT="10")
            for mode in "r", "rw":
                found = one.do(f"open z {self.path(host, name)} {mode}")
                demand(found == "ok", f"host {host} does not get it afterwards: {brief(found)}")
                one.ok("close z")
            one.end()
        if self.name.startswith("nfs"):
            inode = self.on_server("stat", "-c", "%i", f"{os.environ['EXPORT']}/{name}").strip()
            until(lambda: f":{inode} " not in self.on_server("cat", "/proc/locks"),
                  "the server still has a lock on it", 20)

    def end(self):
        for running in self.started:
            running.end()


class Holder:
    """An actor that has a file open, and knows what is in it: N numbers from VALUE in "x"."""

    numbers = 1000

    def __init__(self, lab, host, name, mode, value=1, **settings):
        self.lab, self.actor, self.value = lab, lab.actor(host, **settings), value
        self.path = lab.path(host, name)
        self.open(mode)

    def open(self, mode):
        self.actor.ok(f"open a {self.path} {mode}")

    def is_unharmed(self):
        self.actor.ok(f"check a x {self.numbers} {self.value}")

    def write(self, value):
        self.value = value
        self.actor.ok(f"write a x {self.numbers} {value}")

    def close(self):
        self.actor.ok("close a")


def new_file(lab, host=1, value=1):
    """The name of a new file as holders know it."""
    name = lab.new_name()
    fill(lab, host, name, value)
    return name


def fill(lab, host, name, value):
    one = lab.actor(host)
    one.ok(f"create a {lab.path(host, name)} trunc")
    one.ok(f"write a x {Holder.numbers} {value}")
    one.ok("close a")
    one.end()

