# SPDX-License-Identifier: BSD-3-Clause
"""python_cases.py CASE: one thing that must hold for Python programs under the library.

Every case works in the current folder and ends with an AssertionError if it fails.  The modules are
imported as any program does, so that each brings its libhdf5 along by itself.
"""

import multiprocessing
import os
import subprocess
import sys
import time

NAME = "data.h5"
PATIENCE = 60


def table_of_locks():
    """The lines of /proc/locks, split into words.

    One read gives a page of them as they are at one moment.  The next one could tell the last of
    them again, so there is none unless the page may have been full: a lock with all its waiters is
    never split.
    """
    fd = os.open("/proc/locks", os.O_RDONLY)
    text = part = os.read(fd, 65536)
    while len(part) > 2048:
        part = os.read(fd, 65536)
        text += part
    os.close(fd)
    return [line.split() for line in text.decode().splitlines()]


def locks(name=NAME):
    """The flocks on a file, as a sorted list of (kind, pid); those that wait are not in it."""
    inode = str(os.stat(name).st_ino)
    return sorted(
        (words[3], int(words[4]))
        for words in table_of_locks()
        if words[1] == "FLOCK" and words[5].split(":")[2] == inode
    )


def somebody_waits(name=NAME):
    inode = str(os.stat(name).st_ino)
    return any(
        words[1] == "->" and words[6].split(":")[2] == inode for words in table_of_locks()
    )


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "this did not happen in time"
        time.sleep(0.002)


MINE_EXCLUSIVE = [("WRITE", os.getpid())]
MINE_SHARED = [("READ", os.getpid())]


def make(name=NAME):
    import h5py

    with h5py.File(name, "w") as file:
        file["x"] = [1, 2, 3]


class Holder:
    """Another process that has a file open, until the end of the with block."""

    CODE = """
import h5py, sys
file = h5py.File(sys.argv[1], sys.argv[2])
print("open", flush=True)
sys.stdin.read()
file.close()
"""

    def __init__(self, mode, name=NAME):
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.CODE, name, mode],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        assert self.process.stdout.readline() == "open\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()
        assert self.process.returncode == 0


# --- what is raised; the test sets LOCKEDH5_COUNT=1 for these --------------------------------------


def h5py_tells_errno():
    """h5py 2.10 raises plain OSErrors, whatever the errno in HDF5's text is; h5py 3 reads it.

    So in mode "a" 2.10 can't but take any of them for a missing file, and tries to create it.
    """
    import h5py

    try:
        h5py.File("no such file", "r")
    except OSError as problem:
        return problem.errno is not None


def expect_blocking(mode):
    import h5py

    try:
        h5py.File(NAME, mode)
    except OSError as problem:
        assert NAME in str(problem), problem
        if not h5py_tells_errno():
            assert f"errno = {17 if mode == 'a' else 11}" in str(problem), problem
            return
        assert "errno = 11" in str(problem), problem
        assert isinstance(problem, BlockingIOError), problem
        assert problem.errno == 11, problem.errno
    else:
        raise AssertionError(f"mode {mode} got a file that another process holds")


def held_for_writing_is_BlockingIOError():
    import h5py

    make()
    with Holder("r+"):
        for mode in "r", "r+", "a", "w":
            expect_blocking(mode)
    with h5py.File(NAME, "r") as file:
        assert list(file["x"]) == [1, 2, 3]


def held_for_reading_is_BlockingIOError():
    import h5py

    make()
    with Holder("r"):
        for mode in "r+", "a", "w":
            expect_blocking(mode)
        with h5py.File(NAME, "r") as file:
            assert list(file["x"]) == [1, 2, 3]
    with h5py.File(NAME, "r") as file:
        assert list(file["x"]) == [1, 2, 3]


def make_link():
    import h5py

    make()
    with h5py.File("parent.h5", "w") as file:
        file["link"] = h5py.ExternalLink(NAME, "/x")
        file["nowhere"] = h5py.ExternalLink("nowhere.h5", "/x")


def held_behind_a_link_is_BlockingIOError():
    """Not KeyError: get() takes that for a link to nowhere."""
    import h5py

    make_link()
    with h5py.File("parent.h5", "r") as file:
        assert file.get("nowhere") is None
        with Holder("r+") as holder:
            for read in file.__getitem__, file.get, file.__getitem__:
                try:
                    read("link")
                    raise AssertionError("a file that is held could be read")
                except OSError as error:
                    assert isinstance(error, BlockingIOError) or not h5py_tells_errno(), error
                    assert NAME in str(error) and str(holder.process.pid) in str(error), error
            assert file.get("nowhere") is None
        assert list(file["link"]) == [1, 2, 3]


def held_behind_a_link_is_said_again_if_nobody_read_it():
    import ctypes

    import h5py

    make_link()
    with h5py.File("parent.h5", "r") as file, Holder("r+"):
        with open("/proc/self/maps") as maps:
            names = {line.split()[-1] for line in maps}
        name = next(n for n in names if "/libhdf5" in n and "_hl" not in n)
        opens = ctypes.CDLL(name).H5Dopen2
        opens.restype = ctypes.c_int64
        opens.argtypes = ctypes.c_int64, ctypes.c_char_p, ctypes.c_int64
        assert opens(file.id.id, b"link", 0) < 0
        try:
            file["link"]
            raise AssertionError("a file that is held could be read")
        except OSError as error:
            assert isinstance(error, BlockingIOError) or not h5py_tells_errno(), error
            assert NAME in str(error), error


def what_is_held_behind_a_link_is_printed_once():
    import h5py

    if not h5py_tells_errno():
        return  # h5py 2 does not print HDF5's errors, whatever one asks it for
    make_link()
    with h5py.File("parent.h5", "r") as file, h5py.File("copy.h5", "w") as copy, Holder("r+"):
        h5py._errors.unsilence_errors()
        printed = os.open("printed", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        stderr = os.dup(2)
        os.dup2(printed, 2)
        for times, call in enumerate(
            (
                lambda: file["link"],
                lambda: file.copy("/", copy, "all", expand_external=True),
                lambda: file.copy("link", copy, "one"),
                lambda: file["link"],
            ),
            1,
        ):
            try:
                call()
                raise AssertionError("a file that is held could be read")
            except (OSError, KeyError, RuntimeError):
                pass
            text = os.pread(printed, 1 << 20, 0).decode()
            if text.count("it is held by") != times:
                os.dup2(stderr, 2)
                raise AssertionError(f"call {times}: {text}")
        os.dup2(stderr, 2)


def exclusive_creation_of_a_held_file_is_FileExistsError():
    import h5py

    make()
    with Holder("r+"):
        try:
            h5py.File(NAME, "x")
        except OSError as problem:
            assert "errno = 17" in str(problem), problem
            assert isinstance(problem, FileExistsError) or not h5py_tells_errno(), problem
        else:
            raise AssertionError("a file was created where one is")


def another_driver_is_OSError():
    import h5py

    make()
    try:
        h5py.File(NAME, "r", driver="stdio")
    except OSError as problem:
        assert not isinstance(problem, BlockingIOError), problem
        assert "stdio" in str(problem) and "LOCKEDH5_DRIVER" in str(problem), problem
    else:
        raise AssertionError("the stdio driver passed")


def file_objects_pass():
    import io

    import h5py

    make()
    with open(NAME, "rb") as stream:
        contents = stream.read()
        with h5py.File(stream, "r") as file:
            assert list(file) == list(h5py.File(io.BytesIO(contents), "r"))
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        file["x"] = 5
    with h5py.File(memory, "r") as file:
        assert file["x"][()] == 5
    assert locks() == []


def core_is_locked():
    import h5py

    make()
    with h5py.File(NAME, "r+", driver="core") as file:
        assert locks() == MINE_EXCLUSIVE, locks()
        file["more"] = 5
        other = subprocess.run(
            [sys.executable, "-c", "import h5py; h5py.File('data.h5', 'r')"], stderr=subprocess.PIPE
        )
        assert other.returncode and b"it is held by" in other.stderr, other
    assert locks() == [], locks()
    with h5py.File(NAME, "r", driver="core") as file:
        assert locks() == MINE_SHARED, locks()
        assert file["more"][()] == 5


# --- when the lock begins and ends ------------------------------------------------------------------


def lock_follows_the_mode():
    import h5py

    for mode, expected in (("w", MINE_EXCLUSIVE), ("r", MINE_SHARED), ("r+", MINE_EXCLUSIVE),
                           ("a", MINE_EXCLUSIVE)):
        with h5py.File(NAME, mode):
            assert locks() == expected, (mode, locks())
        assert locks() == [], mode


def no_lock_after_del():
    import h5py

    file = h5py.File(NAME, "w")
    assert locks() == MINE_EXCLUSIVE
    del file
    assert locks() == []


def lock_lasts_as_long_as_a_dataset():
    import h5py

    make()
    fapl = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    fapl.set_fclose_degree(h5py.h5f.CLOSE_WEAK)
    file = h5py.h5f.open(NAME.encode(), h5py.h5f.ACC_RDONLY, fapl)
    data = h5py.h5d.open(file, b"x")
    file.close()
    assert locks() == MINE_SHARED
    del data
    assert locks() == []


DAEMON = """
import os, sys
%s
if os.fork():
    sys.exit(0)
os.close(1)
sys.stdin.readline()
%s
sys.stdin.readline()
os._exit(0)
"""


def daemonizes(begin, end):
    """A program that makes itself a daemon with a file open; END writes and closes the file.

    Python closes all files before it calls exit(): by its atexit, or with the modules.
    """
    import h5py

    make()
    program = subprocess.Popen(
        [sys.executable, "-c", DAEMON % (begin, end), NAME],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    )
    assert program.stdout.read() == ""
    assert program.wait(PATIENCE) == 0
    # The parent has ended, and the daemon has not used the file yet.
    assert [kind for kind, _ in locks()] == ["WRITE"], locks()
    program.stdin.write("\n")
    until(lambda: locks() == [])
    with h5py.File(NAME, "r") as file:
        assert list(file["x"]) == [77, 2, 3], list(file["x"])
        assert list(file["y"]) == [4, 5]
    program.stdin.write("\n")


def daemon_has_its_parents_h5py_file():
    daemonizes(
        "import h5py; file = h5py.File(sys.argv[1], 'r+'); file['x'][0] = 77",
        "file['y'] = [4, 5]; file.close()",
    )


def daemon_has_its_parents_pytables_file():
    daemonizes(
        "import tables; file = tables.open_file(sys.argv[1], 'r+'); file.root.x[0] = 77",
        "file.create_array('/', 'y', [4, 5]); file.close()",
    )


def child_that_does_nothing_keeps_no_lock_of_a_closed_file():
    """As Keras's and PyTorch's workers, which have the descriptor."""
    import h5py

    make()
    file = h5py.File(NAME, "r+")
    process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(1000,))
    process.start()
    file["x"][0] = 77
    assert locks() == MINE_EXCLUSIVE
    file.close()
    assert locks() == []
    process.kill()
    process.join()


def writer_process_has_the_file_that_its_parent_closes():
    import h5py

    context = multiprocessing.get_context("fork")
    commands, answers = context.Queue(), context.Queue()
    file = h5py.File(NAME, "w")

    def write():
        for number in iter(commands.get, None):
            file[f"d{number}"] = number
            answers.put(number)
        file.close()

    process = context.Process(target=write)
    process.start()
    commands.put(1)
    assert answers.get(timeout=PATIENCE) == 1
    file.close()
    assert [kind for kind, _ in locks()] == ["WRITE"], locks()
    commands.put(2)
    assert answers.get(timeout=PATIENCE) == 2
    commands.put(None)
    process.join(PATIENCE)
    assert process.exitcode == 0
    assert locks() == []
    with h5py.File(NAME, "r") as result:
        assert sorted(result) == ["d1", "d2"]


def writer_process_that_is_too_late_raises():
    import h5py

    context = multiprocessing.get_context("fork")
    commands, answers = context.Queue(), context.Queue()
    make()
    file = h5py.File(NAME, "r+")

    def write():
        commands.get()
        try:
            file["x"][0] = 66
            file.flush()
            answers.put("written")
        except (OSError, KeyError, RuntimeError) as problem:
            answers.put(str(problem))

    process = context.Process(target=write)
    process.start()
    file.close()
    with h5py.File(NAME, "r+") as other:
        other["x"][0] = 77
    commands.put(1)
    answer = answers.get(timeout=PATIENCE)
    assert "errno = 116" in answer, answer
    process.join(PATIENCE)
    with h5py.File(NAME, "r") as result:
        assert list(result["x"]) == [77, 2, 3]


# --- children ----------------------------------------------------------------------------------------


def close_everything():
    os.closerange(3, 256)


def nothing():
    pass


def leave():
    sys.exit(3)


def import_h5py():
    import h5py

    assert h5py.version.hdf5_version


def subprocesses_keep_the_lock():
    import h5py

    with h5py.File(NAME, "w") as file:
        subprocess.run(["true"], check=True)
        subprocess.run("true; exec true", shell=True, check=True)
        subprocess.run(["true"], close_fds=False, check=True)
        subprocess.run([sys.executable, "-c", "import h5py"], check=True)
        os.system("true")
        assert locks() == MINE_EXCLUSIVE
        file["x"] = 1
    assert locks() == []


def multiprocessing_children_keep_the_lock():
    import h5py

    with h5py.File(NAME, "w") as file:
        for method in "fork", "spawn", "forkserver":
            context = multiprocessing.get_context(method)
            for work in nothing, close_everything, leave, import_h5py:
                child = context.Process(target=work)
                child.start()
                child.join(PATIENCE)
                assert child.exitcode == (3 if work is leave else 0), (method, work)
                assert locks() == MINE_EXCLUSIVE, (method, work, locks())
        file["x"] = 1
    assert locks() == []


def forked_child_that_closes_the_file_keeps_the_parents_lock():
    import h5py

    make()
    with h5py.File(NAME, "r+") as file:
        child = os.fork()
        if child == 0:
            file.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert locks() == MINE_EXCLUSIVE
        file["x"][0] = 5
    with h5py.File(NAME, "r") as file:
        assert list(file["x"]) == [5, 2, 3]


# --- other modules -----------------------------------------------------------------------------------


def pytables_locks():
    import tables

    for mode, expected in ("w", MINE_EXCLUSIVE), ("r", MINE_SHARED), ("a", MINE_EXCLUSIVE):
        with tables.open_file(NAME, mode):
            assert locks() == expected, (mode, locks())
        assert locks() == [], mode


def netcdf4_locks():
    import netCDF4

    for mode, expected in ("w", MINE_EXCLUSIVE), ("r", MINE_SHARED), ("a", MINE_EXCLUSIVE):
        data = netCDF4.Dataset(NAME, mode)
        assert locks() == expected, (mode, locks())
        data.close()
        assert locks() == [], mode


def h5py_and_pytables_in_one_process():
    import h5py
    import tables

    with h5py.File(NAME, "w") as file, tables.open_file("other.h5", "w") as other:
        assert locks() == MINE_EXCLUSIVE
        assert locks("other.h5") == MINE_EXCLUSIVE
        file["x"] = [1, 2, 3]
        other.create_array("/", "y", [4, 5, 6])
    assert locks() == [] and locks("other.h5") == []
    with h5py.File("other.h5", "r") as file, tables.open_file(NAME, "r") as other:
        assert locks() == MINE_SHARED and locks("other.h5") == MINE_SHARED
        assert list(file["y"]) == [4, 5, 6] and list(other.root.x) == [1, 2, 3]
    assert locks() == [] and locks("other.h5") == []


# --- the h5* tools -----------------------------------------------------------------------------------


def waits_for_a_writer(argv):
    """Runs a tool while this process writes to the file; it must see what was written last."""
    import h5py

    make()
    with h5py.File(NAME, "r+") as file:
        tool = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until(somebody_waits)
        assert tool.poll() is None
        file["x"][0] = 77
    out, err = tool.communicate(timeout=PATIENCE)
    assert tool.returncode == 0, err
    return out


def h5dump_waits():
    assert "77, 2, 3" in waits_for_a_writer(["h5dump", "-d", "/x", NAME])


def h5ls_waits():
    assert "77, 2, 3" in waits_for_a_writer(["h5ls", "-d", NAME + "/x"])


def h5copy_waits_for_its_source():
    import h5py

    waits_for_a_writer(["h5copy", "-i", NAME, "-o", "copy.h5", "-s", "/x", "-d", "/copy"])
    with h5py.File("copy.h5", "r") as file:
        assert list(file["copy"]) == [77, 2, 3]


def h5copy_waits_for_its_target():
    import h5py

    make("source.h5")
    waits_for_a_writer(["h5copy", "-i", "source.h5", "-o", NAME, "-s", "/x", "-d", "/copy"])
    with h5py.File(NAME, "r") as file:
        assert list(file["x"]) == [77, 2, 3]
        assert list(file["copy"]) == [1, 2, 3]


def h5repack_waits():
    import h5py

    waits_for_a_writer(["h5repack", NAME, "packed.h5"])
    with h5py.File("packed.h5", "r") as file:
        assert list(file["x"]) == [77, 2, 3]


if __name__ == "__main__":
    globals()[sys.argv[1]]()
