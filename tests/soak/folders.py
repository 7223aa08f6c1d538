# SPDX-License-Identifier: BSD-3-Clause
"""The file systems of the soak."""

import os
import pathlib
import shutil
import subprocess
import tempfile

FILE_SYSTEMS = ("tmpfs", "ext4", "overlay")


class CannotRun(Exception):
    """Why the soak, or a part of it, can't run here."""


def run(*command, **more):
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, **more
    )
    if done.returncode:
        raise CannotRun(f"{command[0]} failed: {done.stdout.strip().splitlines()[-1:]}")
    return done.stdout


def kind_of(folder):
    kind = run("stat", "-f", "-c", "%T", str(folder)).strip()
    return {"ext2/ext3": "ext4", "overlayfs": "overlay"}.get(kind, kind)


class Folders:
    """A folder on each kind of file system. What is mounted is so for this process and its children
    alone (see main()), and goes with the last of them."""

    def __init__(self, work):
        self.work, self.made = work, {}

    def get(self, kind):
        """The folder, and the one in which the first files have to be made."""
        if kind == "overlay" and kind in self.made:
            self.remove_overlay()
        if kind not in self.made:
            self.made[kind] = getattr(self, kind)()
        return self.made[kind]

    def mounted(self, name, *arguments):
        folder = self.work / name
        folder.mkdir()
        if os.geteuid() != 0:
            raise CannotRun("it has to be mounted, which takes root")
        run("mount", *arguments, str(folder))
        return folder

    def tmpfs(self):
        if os.geteuid() != 0 and kind_of("/dev/shm") == "tmpfs":
            folder = pathlib.Path(tempfile.mkdtemp(prefix="soak-", dir="/dev/shm"))
            return folder, folder
        folder = self.mounted("tmpfs", "-t", "tmpfs", "-o", "size=1g", "soak")
        return folder, folder

    def ext4(self):
        if os.geteuid() != 0 and kind_of(self.work) == "ext4":
            folder = self.work / "ext4"
            folder.mkdir()
            return folder, folder
        image = self.work / "ext4.image"
        run("truncate", "-s", "512M", str(image))
        run("mkfs.ext4", "-q", "-F", str(image))
        folder = self.mounted("ext4", "-o", "loop", str(image))
        return folder, folder

    def overlay(self):
        """The first files are in the lower layer: who is the first to write one copies it up."""
        try:
            below = self.get("ext4")[0]
        except CannotRun:
            below = self.work
        lower, upper, inside = (below / name for name in ("lower", "upper", "inside"))
        for folder in lower, upper, inside:
            folder.mkdir()
        options = f"lowerdir={lower},upperdir={upper},workdir={inside}"
        return self.mounted("overlay", "-t", "overlay", "-o", options, "soak"), lower

    def remove_overlay(self):
        """What is below an overlay must not change while it is mounted, and what was deleted there stays
        hidden: so each round has one of its own."""
        folder, lower = self.made.pop("overlay")
        run("umount", str(folder))
        folder.rmdir()
        for name in "lower", "upper", "inside":
            shutil.rmtree(lower.parent / name)

    def remove(self):
        """What is not mounted is left to the caller, who removes the work folder."""
        for folder, _ in self.made.values():
            if folder.parent != self.work:
                shutil.rmtree(folder, ignore_errors=True)
