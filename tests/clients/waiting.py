# SPDX-License-Identifier: BSD-3-Clause
"""waiting.py CASE: what a Python program can do while one of its threads waits for data.h5.

Another process has the file open for writing until it is told to close it; wherever a case says so,
only another thread of the waiting program tells it.  So if that thread can't run, nobody gets in.
"""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

from python_cases import NAME, Holder, make, somebody_waits, until

THOUSANDS = 5000


class Waiter(threading.Thread):
    """A thread that opens data.h5."""

    def __init__(self, open_it=None, **kwargs):
        super().__init__(**kwargs)
        self.open_it = open_it
        self.result = self.problem = None

    def run(self):
        try:
            self.result = self.open_it() if self.open_it else with_h5py()
        except Exception as problem:
            self.problem = problem


def with_h5py():
    import h5py

    with h5py.File(NAME, "r") as file:
        return list(file["x"])


def with_tables():
    import tables

    with tables.open_file(NAME) as file:
        return list(file.root.x)


def with_netcdf4():
    import netCDF4

    with netCDF4.Dataset(NAME) as file:
        return list(file["x"][:])


def tick():
    """Thousands of times something that another thread could interrupt."""
    for _ in range(THOUSANDS):
        time.sleep(0)


def another_thread_gives_it_free(open_it, holder, meanwhile=tick):
    """The main thread waits, as programs do that know nothing of threads."""
    problems = []

    def give_it_free():
        try:
            until(somebody_waits)
            meanwhile()
            # Still; a single look may fall into the moment of a notice.
            until(somebody_waits)
        except BaseException as problem:
            problems.append(problem)
        holder.process.stdin.close()

    thread = threading.Thread(target=give_it_free)
    thread.start()
    try:
        return open_it()
    finally:
        thread.join()
        assert not problems, problems


class Kept(Holder):
    """A Holder that may have been told already."""

    def __exit__(self, *_):
        if not self.process.stdin.closed:
            self.process.stdin.close()
        assert self.process.wait(60) == 0


def other_threads_run():
    make()
    with Kept("r+") as holder:
        assert another_thread_gives_it_free(with_h5py, holder) == [1, 2, 3]


def other_threads_run_with_tables():
    import tables

    make()
    with Kept("r+") as holder:
        assert another_thread_gives_it_free(with_tables, holder) == [1, 2, 3]


def other_threads_run_with_netcdf4():
    """netCDF4 calls its library without the interpreter lock: there is nothing to give back."""
    import netCDF4

    with netCDF4.Dataset(NAME, "w") as file:
        file.createDimension("x", 3)
        file.createVariable("x", "i4", ("x",))[:] = [1, 2, 3]
    with Kept("r+") as holder:
        assert another_thread_gives_it_free(with_netcdf4, holder) == [1, 2, 3]


def other_threads_do_not_run():
    """LOCKEDH5_PYTHON=keep: the thread that would give the file free can't, and the wait is in
    vain."""
    import h5py

    make()
    ticks = []

    def ticking():
        until(somebody_waits)
        while not ticks or ticks[-1]:
            ticks.append(1)
            time.sleep(0.001)

    with Kept("r+"):
        thread = threading.Thread(target=ticking, daemon=True)
        thread.start()
        try:
            h5py.File(NAME, "r")
        except OSError as error:  # h5py 2 has no other
            assert "errno = 11" in str(error), error
        else:
            raise AssertionError("it got the file")
        # It may have run between two lines of h5py's, but not for the 2 seconds of the wait.
        assert len(ticks) < 200, len(ticks)
        ticks.append(0)


def garbage_is_collected():
    """What was of h5py among it is closed, at the latest, when the wait is over: h5py has a lock of
    its own, which the waiting thread holds."""
    import h5py

    make("other.h5")
    make()

    class Circle:
        pass

    def collect():
        gc.disable()
        for _ in range(100):
            circle = Circle()
            circle.itself = circle
            circle.numbers = list(range(100))
        del circle
        # Else the collector, which runs by itself, may have been there before.
        assert gc.collect() >= 100
        gc.enable()

    with Kept("r+") as holder:
        assert another_thread_gives_it_free(with_h5py, holder, collect) == [1, 2, 3]
    circle = Circle()
    circle.itself = circle
    circle.file = h5py.File("other.h5", "r")
    collector = threading.Thread(target=gc.collect)
    with Kept("r+") as holder:
        waiter = Waiter()
        waiter.start()
        until(somebody_waits)
        del circle
        collector.start()
        collector.join(1)
        holder.process.stdin.close()
        waiter.join(60)
    collector.join(60)
    assert not collector.is_alive() and not waiter.is_alive()
    assert waiter.result == [1, 2, 3], waiter.problem
    with h5py.File("other.h5", "r+"):
        pass


def h5py_threads_wait_for_h5py():
    """h5py lets one thread at a time into HDF5 ("phil"), so others that use h5py wait with the
    waiter, whatever their file.  That is h5py's; they don't hang, and all get in."""
    import h5py

    make()
    for i in range(4):
        make(f"{i}.h5")
    done = []

    def use(name):
        for _ in range(50):
            with h5py.File(name, "r+") as file:
                file["x"][0] = int(name[0])
        done.append(name)

    with Kept("r+") as holder:
        waiter = Waiter()
        waiter.start()
        until(somebody_waits)
        users = [threading.Thread(target=use, args=(f"{i}.h5",)) for i in range(4)]
        for user in users:
            user.start()
        tick()
        holder.process.stdin.close()
        for thread in users + [waiter]:
            thread.join(60)
            assert not thread.is_alive()
    assert waiter.result == [1, 2, 3], waiter.problem
    assert len(done) == 4, done
    for i in range(4):
        with h5py.File(f"{i}.h5", "r") as file:
            assert list(file["x"]) == [i, 2, 3]


def pytables_and_netcdf4_run_meanwhile():
    """They don't ask for h5py's lock: their threads use HDF5 while h5py waits."""
    import netCDF4
    import tables

    make()

    def use():
        for _ in range(100):
            with tables.open_file("tables.h5", "w") as file:
                file.create_array("/", "y", [4, 5, 6])
            with netCDF4.Dataset("net.nc", "w") as file:
                file.createDimension("x", 3)

    with Kept("r+") as holder:
        assert another_thread_gives_it_free(with_h5py, holder, use) == [1, 2, 3]


def many_threads_wait():
    """All get in, whoever holds the interpreter lock when the file comes free."""
    make()
    with Kept("r+") as holder:
        opens = [with_h5py, with_tables] * 4
        import h5py
        import tables

        waiters = [Waiter(open_it) for open_it in opens]
        for waiter in waiters:
            waiter.start()
        until(somebody_waits)
        tick()
        holder.process.stdin.close()
        for waiter in waiters:
            waiter.join(60)
            assert not waiter.is_alive()
            assert waiter.result == [1, 2, 3], waiter.problem


def ctrl_c_in_the_waiting_thread():
    make()
    with Kept("r+"):
        def press():
            until(somebody_waits)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=press).start()
        stopped = []
        try:
            try:
                with_h5py()
            except OSError as problem:
                stopped.append(problem)
            time.sleep(60)
        except KeyboardInterrupt as problem:
            stopped.append(problem)
        assert isinstance(stopped[-1], KeyboardInterrupt), stopped
        assert not somebody_waits()


def ctrl_c_in_the_main_thread():
    """Another thread waits: the main thread is interrupted, as always, and the wait ends."""
    import h5py

    make()
    with Kept("r+"):
        waiter = Waiter()
        waiter.start()
        until(somebody_waits)
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
        else:
            raise AssertionError("no KeyboardInterrupt")
        waiter.join(60)
        assert isinstance(waiter.problem, OSError), waiter.problem
        assert "interrupted" in str(waiter.problem), waiter.problem
        assert not somebody_waits()


def a_daemon_thread_does_not_keep_python_alive():
    """Its wait is stopped before the interpreter ends: a thread that died in it would have h5py's own
    lock, and h5py's module can't be taken down without that."""
    code = """
import sys, waiting
waiter = waiting.Waiter(getattr(waiting, sys.argv[1]), daemon=True)
waiter.start()
waiting.until(waiting.somebody_waits)
"""
    make()
    with Kept("r+"):
        for kind in "with_tables", "with_h5py":
            subprocess.run([sys.executable, "-c", code, kind], check=True, timeout=60,
                           env=dict(os.environ, PYTHONPATH=os.path.dirname(__file__)))
            assert not somebody_waits()


def child_ticks(queue):
    tick()
    queue.put("ticked")


def child_reads(queue):
    import tables

    with tables.open_file("other.h5") as file:
        queue.put(list(file.root.x))


def children_of_other_threads():
    """fork() while a thread waits: the child has the interpreter lock, and no waiter."""
    import tables

    make()
    make("other.h5")
    with Kept("r+") as holder:
        waiter = Waiter(with_tables)
        waiter.start()
        until(somebody_waits)
        for method in "fork", "spawn":
            context = multiprocessing.get_context(method)
            queue = context.Queue()
            for work, expected in (child_ticks, "ticked"), (child_reads, [1, 2, 3]):
                child = context.Process(target=work, args=(queue,))
                child.start()
                assert queue.get(timeout=60) == expected
                child.join(60)
                assert child.exitcode == 0
        until(somebody_waits)
        holder.process.stdin.close()
        waiter.join(60)
    assert waiter.result == [1, 2, 3], waiter.problem


def pool_waits(_):
    return with_h5py()


def a_pool_waits():
    make()
    # The pool first: its processes would have a copy of the holder's input, and keep it open.
    with multiprocessing.get_context("fork").Pool(4) as pool, Kept("r+") as holder:
        result = pool.map_async(pool_waits, range(8))
        until(somebody_waits)
        tick()
        holder.process.stdin.close()
        assert result.get(60) == [[1, 2, 3]] * 8


if __name__ == "__main__":
    globals()[sys.argv[1]]()
