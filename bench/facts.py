# SPDX-License-Identifier: BSD-3-Clause
"""What a reader must know of the machine and the versions that were measured."""

import os
import platform
import subprocess
import time

import programs


def first_line(*command):
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.partition("\n")[0].strip()


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for entry in file:
            if entry.startswith("model name"):
                return entry.partition(":")[2].strip()
    return platform.machine()


def h5py_versions():
    try:
        import h5py  # pylint: disable=import-outside-toplevel
    except ImportError:
        return "none"
    return f"{h5py.version.version} with HDF5 {h5py.version.hdf5_version}"


def library_version(version):
    """The version, and the commit where there is one."""
    commit = first_line(
        "git", "-C", str(programs.HERE), "describe", "--always", "--dirty", "--exclude=*"
    )
    return f"{version} ({commit})" if commit else version


def facts(bench, version, quick):
    """In the order in which they are written."""
    compiler = os.environ.get("LOCKEDH5_BENCH_CC", "cc").split()
    found = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "scale": "quick, for trying only" if quick else "full",
        "cpu": cpu_model(),
        "processors": len(os.sched_getaffinity(0)),
        "load before": "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg()),
        "kernel": platform.release(),
        "glibc": platform.libc_ver()[1],
        "hdf5": bench.output("counter", "version", "-").strip(),
        "h5py": h5py_versions(),
        "compiler": first_line(*compiler, "--version"),
        "liblockedh5": library_version(version),
        "file system": programs.filesystem(bench.folder),
        "length of a run among readers or writers": f"{bench.scale.fairness_s} s",
        "settings": " ".join(f"{k}={v}" for k, v in sorted(programs.settings().items()))
        or "default",
        "ratios": "of times (counters: of speeds); medians of the ratios of pairs that were "
        "measured one right after the other, with 95 % intervals",
    }
    return found
