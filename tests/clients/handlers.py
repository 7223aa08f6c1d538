# SPDX-License-Identifier: BSD-3-Clause
"""handlers.py CASE: Python's signal handlers while its main thread waits for data.h5.

As in waiting.py, whose tools these cases use.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

from python_cases import NAME, make, somebody_waits, until
from waiting import Kept, Waiter, another_thread_gives_it_free, with_h5py, with_netcdf4, with_tables


class Late(Exception):
    """What a handler raises; h5py and the others have no reason to."""


def late(*_):
    raise Late


def raises_late(open_it):
    """Nobody gives the file free: it ends because the handler raises, or not at all."""
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        open_it()
    except Late:
        pass
    else:
        raise AssertionError("the handler was not heard")


def an_alarm_that_raises_ends_the_wait():
    import h5py

    make()
    with Kept("r+"):
        for mode in "w", "r", "r+", "a", "r":
            raises_late(lambda: h5py.File(NAME, mode))
            assert not somebody_waits()
    assert with_h5py() == [1, 2, 3]


def an_alarm_that_raises_ends_the_wait_with_tables():
    import tables

    make()
    with Kept("r+"):
        raises_late(with_tables)
    assert with_tables() == [1, 2, 3]


def an_alarm_that_raises_ends_the_wait_with_netcdf4():
    """netCDF4 raises an OSError of its own without any code in Python: the handler's comes next."""
    import netCDF4

    with netCDF4.Dataset(NAME, "w") as file:
        file.createDimension("x", 3)
        file.createVariable("x", "i4", ("x",))[:] = [1, 2, 3]

    def open_it():
        try:
            with_netcdf4()
        except OSError:
            time.sleep(0)

    with Kept("r+"):
        raises_late(open_it)
    assert with_netcdf4() == [1, 2, 3]


def an_alarm_that_raises_ends_the_wait_behind_a_link():
    import h5py

    make()
    with h5py.File("parent.h5", "w") as file:
        file["link"] = h5py.ExternalLink(NAME, "/x")
    with h5py.File("parent.h5", "r") as file:
        with Kept("r+"):
            raises_late(lambda: file["link"])
        assert list(file["link"]) == [1, 2, 3]


def a_handler_behind_a_link_does_not_let_other_threads_run():
    """They would keep Python's lock and wait for HDF5's, which the one that waits for the file has."""
    import h5py
    import tables

    make()
    with h5py.File("parent.h5", "w") as file:
        file["link"] = h5py.ExternalLink(NAME, "/x")
    with tables.open_file("tables.h5", "w") as file:
        file.create_array("/", "numbers", [1, 2, 3])
    done = threading.Event()
    heard = []

    def use_tables():
        while not done.is_set():
            # It would read without Python's lock.
            tables.open_file("tables.h5", "r").close()

    def handler(*_):
        heard.append(1)
        time.sleep(0.1)

    other = threading.Thread(target=use_tables)
    with h5py.File("parent.h5", "r") as file, Kept("r+") as holder:
        with subprocess.Popen(["sleep", "1"], stdout=holder.process.stdin):
            holder.process.stdin.close()
            other.start()
            signal.signal(signal.SIGALRM, handler)
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            numbers = file["link"]
        until(lambda: heard)
        assert list(numbers) == [1, 2, 3]
        done.set()
        other.join()


def an_alarm_that_raises_ends_the_wait_for_another_thread():
    """That one waits for another process."""
    import tables

    make()
    with Kept("r+") as holder:
        waiter = Waiter(with_tables)
        waiter.start()
        until(somebody_waits)
        raises_late(with_tables)
        until(somebody_waits)
        holder.process.stdin.close()
        waiter.join(60)
    assert waiter.result == [1, 2, 3], waiter.problem


SIGNALLED = """
import h5py, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(7))
h5py.File(sys.argv[1], "r")
"""


def a_signal_just_before_the_wait_is_heard():
    """It comes with the system call that opens the file, and nothing interrupts the wait."""
    make()
    with Kept("r+"):
        inject = ["strace", "-f", "-o", "trace", "-P", NAME, "-e", "trace=openat", "-e", "inject=openat:signal=USR1:when=1"]
        assert subprocess.run([*inject, sys.executable, "-c", SIGNALLED, NAME], check=False).returncode == 7


def a_handler_that_exits_ends_the_program():
    """SIGTERM with sys.exit() in its handler, as schedulers send it; also where system calls are
    restarted after it."""
    code = """
import signal, sys, waiting
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(8))
signal.siginterrupt(signal.SIGUSR1, False)
waiting.with_h5py()
"""
    make()
    with Kept("r+"):
        for number, status in (signal.SIGTERM, 7), (signal.SIGUSR1, 8):
            program = subprocess.Popen([sys.executable, "-c", code],
                                       env=dict(os.environ, PYTHONPATH=os.path.dirname(__file__)))
            until(somebody_waits)
            program.send_signal(number)
            assert program.wait(60) == status
            assert not somebody_waits()


def heard_during_the_wait(handler, times=5, number=signal.SIGUSR1, send=True):
    """HANDLER runs TIMES times while the main thread waits, which then gets the file."""
    heard = []

    def counting(*arguments):
        handler()
        heard.append(arguments)

    def interrupt():
        heard.clear()
        for i in range(1, times + 1):
            if send:
                os.kill(os.getpid(), number)
            until(lambda: len(heard) >= i)

    make()
    signal.signal(number, counting)
    with Kept("r+") as holder:
        assert another_thread_gives_it_free(with_h5py, holder, interrupt) == [1, 2, 3]


def a_handler_that_returns_leaves_the_wait_alone():
    heard_during_the_wait(lambda: None)
    for number in signal.SIGALRM, signal.SIGCHLD, signal.SIGWINCH, signal.SIGRTMIN:
        heard_during_the_wait(lambda: None, number=number)
    # After the wait, too.
    heard = []
    signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
    os.kill(os.getpid(), signal.SIGUSR1)
    until(lambda: heard)


def a_timer_leaves_the_wait_alone():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    heard_during_the_wait(lambda: None, 10, signal.SIGALRM, send=False)
    signal.setitimer(signal.ITIMER_REAL, 0)


def a_handler_may_set_handlers():
    """As programs did that were written for System V: it sets itself anew."""
    heard_during_the_wait(lambda: signal.signal(signal.SIGUSR1, signal.getsignal(signal.SIGUSR1)),
                          times=300)


def a_handler_may_open_another_file():
    import h5py

    make("other.h5")
    make("third.h5")

    def use():
        with h5py.File("other.h5", "r+") as file:
            file["x"][0] += 1
        with h5py.File("third.h5", "r") as file, h5py.File("new.h5", "w") as new:
            new["x"] = file["x"][:]

    heard_during_the_wait(use)
    with h5py.File("other.h5", "r") as file:
        assert list(file["x"]) == [6, 2, 3]


def a_handler_may_wait_for_another_file():
    """Its wait, too, is one that handlers interrupt."""
    make("other.h5")
    heard = []

    def use():
        import h5py

        if heard:
            return
        heard.append(0)
        signal.signal(signal.SIGUSR2, lambda *_: heard.append(1))

        def give_it_free():
            until(lambda: somebody_waits("other.h5"))
            os.kill(os.getpid(), signal.SIGUSR2)
            until(lambda: len(heard) == 2)
            other.process.stdin.close()

        with Kept("r+", "other.h5") as other:
            thread = threading.Thread(target=give_it_free)
            thread.start()
            with h5py.File("other.h5", "r") as file:
                assert list(file["x"]) == [1, 2, 3]
            thread.join()

    heard_during_the_wait(use)


HOLDER_OF_MANY = """
import h5py, sys
files = [h5py.File(name, "w") for name in sys.argv[1:]]
print("open", flush=True)
sys.stdin.read()
"""


def handlers_that_wait_in_handlers_have_an_end():
    """After eight the innermost wait is over, and all handlers may run."""
    import h5py

    names = ["%d.h5" % i for i in range(20)]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER_OF_MANY, *names], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "open\n"
    level, ended = 0, []

    def wait(*_):
        nonlocal level
        if ended:
            return
        name = names[level]
        level += 1
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            h5py.File(name, "r").close()
        except OSError as problem:
            ended.append((level, problem))
            holder.stdin.close()
        level -= 1

    signal.signal(signal.SIGALRM, wait)
    wait()
    assert len(ended) == 1 and ended[0][0] == 9 and "errno = 4" in str(ended[0][1]), ended
    assert holder.wait(60) == 0


def a_handler_can_not_open_the_file_that_is_waited_for():
    """It would wait for its own thread."""
    import h5py

    def use():
        for mode in "r", "r+", "w":
            try:
                h5py.File(NAME, mode)
            except OSError as problem:
                assert "this thread is in the middle of opening it" in str(problem), problem
            else:
                raise AssertionError("it was opened twice")

    heard_during_the_wait(use)


def a_handler_may_fork():
    def use():
        subprocess.run(["true"], check=True)
        child = os.fork()
        if child == 0:
            os._exit(3)
        assert os.waitpid(child, 0)[1] == 3 << 8
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.apply(os.getpid) != os.getpid()

    heard_during_the_wait(use)


def a_child_that_a_handler_leaves_behind_does_not_wait():
    """It returns from the handler, and has no place in the queue."""
    parent = os.getpid()
    children = []
    make()

    def fork(*_):
        children.append(os.fork())

    signal.signal(signal.SIGUSR1, fork)
    with Kept("r+") as holder:
        def give_it_free():
            until(somebody_waits)
            os.kill(parent, signal.SIGUSR1)
            until(lambda: children)
            assert os.waitpid(children[0], 0)[1] == 3 << 8
            until(somebody_waits)
            holder.process.stdin.close()

        thread = threading.Thread(target=give_it_free)
        thread.start()
        try:
            assert with_h5py() == [1, 2, 3]
        except OSError as problem:
            if os.getpid() != parent:
                os._exit(3 if "interrupted" in str(problem) else 4)
            raise
        finally:
            if os.getpid() != parent:
                os._exit(5)
        thread.join()


def handlers_of_the_main_thread_leave_other_threads_waits_alone():
    """Also where the main thread does other things; what it raises there is its own."""
    make()
    heard = []
    signal.signal(signal.SIGUSR1, lambda *_: heard.append(1))
    with Kept("r+") as holder:
        waiters = [Waiter(), Waiter(daemon=True)]
        for waiter in waiters:
            waiter.start()
        until(somebody_waits)
        for i in range(1, 6):
            os.kill(os.getpid(), signal.SIGUSR1)
            until(lambda: len(heard) >= i)
        signal.signal(signal.SIGUSR1, late)
        try:
            os.kill(os.getpid(), signal.SIGUSR1)
            time.sleep(60)
        except Late:
            pass
        else:
            raise AssertionError("the handler was not heard")
        until(somebody_waits)
        holder.process.stdin.close()
        for waiter in waiters:
            waiter.join(60)
            assert waiter.result == [1, 2, 3], waiter.problem


# --- what must not be swallowed -------------------------------------------------------------------


def ctrl_c_while_the_end_is_registered():
    """What a handler raises while the library calls Python is the program's."""
    import builtins

    real = builtins.__import__

    def importing(name, *arguments):
        if name == "atexit":
            builtins.__import__ = real
            raise KeyboardInterrupt
        return real(name, *arguments)

    make()
    import h5py

    with Kept("r+"):
        builtins.__import__ = importing
        try:
            h5py.File(NAME, "r")
        except KeyboardInterrupt:
            pass
        else:
            raise AssertionError("the KeyboardInterrupt was swallowed")
        raises_late(with_h5py)


def ctrl_c_while_python_ends():
    """...and waits for a daemon thread: Python tells of it, there and then."""
    code = """
import atexit, ctypes, os, signal, waiting
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
waiter = waiting.Waiter(waiting.with_tables, daemon=True)
waiter.start()
waiting.until(waiting.somebody_waits)
os.kill(os.getpid(), signal.SIGINT)
none = (ctypes.c_char * 128)()
# Comes first, and does not look for signals: nothing does before the library.
atexit.register(ctypes.CDLL(None).sigprocmask, signal.SIG_SETMASK.value, none, None)
"""
    make()
    with Kept("r+"):
        done = subprocess.run([sys.executable, "-c", code], timeout=60, stderr=subprocess.PIPE,
                              text=True, env=dict(os.environ, PYTHONPATH=os.path.dirname(__file__)))
        assert done.returncode == 0, done
        # From Python 3.10 on it names the function.
        assert "atexit" in done.stderr or "lockedh5_stop_waits" in done.stderr, done
        assert done.stderr.count("KeyboardInterrupt") == 1, done
        assert not somebody_waits()


if __name__ == "__main__":
    globals()[sys.argv[1]]()
