# SPDX-License-Identifier: BSD-3-Clause
"""Which errnos each system call can give, and which calls can't fail."""

from errno import (EACCES, EADDRINUSE, EAFNOSUPPORT, EAGAIN, EBUSY, ECONNREFUSED, EDEADLK, EDQUOT,
                   EEXIST, EFBIG, EINTR, EINVAL, EIO, ELOOP, EMFILE, ENFILE, ENOENT, ENOLCK, ENOMEM, ENOSPC, ENOSYS, EOPNOTSUPP, EOVERFLOW,
                   EPERM, EPIPE, EROFS, ESTALE)

ENOTSUPP = 524  # the kernel's own, which Cray DVS lets out

# What a local file system never says, NFS, FUSE and seccomp do. Without those that would be a lie about
# the file: ENOENT and EEXIST of open.
_open = [EMFILE, EINTR, ENFILE, ENOMEM, EACCES, EIO, ESTALE, ELOOP, EROFS, ENOSPC, EDQUOT, EPERM,
         EOVERFLOW]
_look = [EIO, ENOMEM, ENOENT, EACCES, ESTALE, EINTR, EOVERFLOW]
_read = [EIO, EINTR, ESTALE, EAGAIN]
_write = [EIO, EINTR, EAGAIN, ENOSPC, EPIPE, EDQUOT]
_memory = [ENOMEM]

ERRNOS = {
    "access": _look, "faccessat": _look, "faccessat2": _look,
    "bind": [EADDRINUSE, ENOMEM, EACCES, EPERM, EINVAL],
    "brk": _memory, "mmap": _memory, "mprotect": _memory, "mremap": _memory, "madvise": [EAGAIN],
    "clock_nanosleep": [EINTR], "nanosleep": [EINTR],
    # The descriptor is closed nevertheless (tracer.c).
    "close": [EIO, EINTR, ENOSPC, EDQUOT],
    "connect": [ECONNREFUSED, EAGAIN, ENOMEM, EACCES, EPERM],
    "dup": [EMFILE], "dup3": [EMFILE],
    "fcntl": [ENOLCK, EINTR, EINVAL, EMFILE, EAGAIN, EIO, EDEADLK, EOPNOTSUPP, ENOMEM],
    "flock": [ENOLCK, EINTR, EIO, EAGAIN, ENOSYS, EOPNOTSUPP, ENOMEM, ESTALE, ENOTSUPP],
    "fstat": _look, "lstat": _look, "newfstatat": _look, "stat": _look,
    "statx": [ENOSYS] + _look, "fstatfs": [EIO, ENOSYS, EINTR, ENOMEM],
    "ftruncate": [EIO, EINTR, EFBIG, EPERM, ENOSPC, EDQUOT, EROFS],
    "fsync": [EIO, ENOSPC], "fdatasync": [EIO, ENOSPC], "fadvise64": [EINVAL],
    "futex": [EINTR, EAGAIN],
    "getcwd": [ENOENT, ENOMEM, EACCES], "getdents64": [EIO, ENOENT],
    "ioctl": [EIO], "lseek": [ESTALE],
    "link": [EPERM, EIO, EEXIST], "linkat": [EPERM, EIO, EEXIST],
    "rename": [EIO, EACCES], "renameat": [EIO, EACCES],
    "listen": [EADDRINUSE, EACCES, EOPNOTSUPP],
    "mkdir": [EIO, EACCES],
    "open": _open, "openat": _open, "openat2": _open,
    "pipe2": [EMFILE, ENFILE],
    "poll": [EINTR, ENOMEM], "ppoll": [EINTR, ENOMEM],
    "pread64": _read, "read": _read, "readv": _read,
    "readlink": [EIO, ENOENT, EACCES, EINVAL], "readlinkat": [EIO, ENOENT, EACCES, EINVAL],
    "sched_getaffinity": [EINVAL], "prlimit64": [EPERM],
    "socket": [EMFILE, ENFILE, ENOMEM, EACCES, EAFNOSUPPORT, EPERM, ENOSYS],
    "timer_create": [EAGAIN, ENOMEM, ENOSYS], "timer_settime": [EINVAL],
    "unlink": [EIO, EACCES, EBUSY, EROFS], "unlinkat": [EIO, EACCES, EBUSY, EROFS],
    "write": _write, "writev": _write, "pwrite64": _write,
    "waitid": [EINTR, EINVAL, ENOSYS],
    "clone": [EAGAIN], "clone3": [EAGAIN],
}

# With the arguments that a correct program gives them.
NEVER_FAIL = {
    "clock_gettime", "exit", "exit_group", "getegid", "geteuid", "getgid", "getpid", "getppid",
    # Of a socket of ours; of what its number may be by now an error is the answer.
    "getsockname", "getitimer", "gettid", "getuid", "kill", "munmap", "prctl", "rseq", "rt_sigaction",
    "rt_sigpending", "rt_sigprocmask", "rt_sigreturn", "sched_yield", "set_robust_list",
    "setitimer", "tgkill", "time", "timer_delete", "timer_gettime", "uname", "getrandom",
    "rt_sigtimedwait", "wait4",
}


def may_last(scenario, call, number, chain):
    """Whether it makes sense that all later calls fail, too, those of HDF5 as well."""
    # HDF5 (1.10.8) crashes when its own close() fails.  A timer that could be made can be set, unless the
    # program has deleted it.
    if number == EINTR or call in ("close", "timer_settime"):
        return False
    # There is a link, O_EXCL has said so.
    if call == "readlinkat":
        return number not in (ENOENT, EINVAL)
    # HDF5's own look at the file, which it may just have emptied, would be the next.
    if chain.startswith(("lookup_name<call_real", "entry_refers_to<held_get<descriptor_flock")):
        return False
    # HDF5's core driver leaves a descriptor behind if its own look fails.
    if scenario == "driver-in-memory" and "<builtin_opens<" in chain:
        return False
    # HDF5 reads fill values where it can't open a source; inside the program also where it may not.
    return scenario != "virtual" or not (
        chain.startswith("lookup_open_path<attempt<") or "<nested_open_by<" in chain)


def errnos_of(call):
    """The errnos of CALL, none if it can't fail; KeyError if it is not in the tables."""
    return [] if call in NEVER_FAIL else ERRNOS[call]
