"""Disks that are full when the test wants it.

Where this machine mounts one for us, a small file system of its own in memory. Else a stand-in: a limit of the size of
files, with which the broker may write none any more, and of PostgreSQL whoever writes the WAL in the background, which
ends the server. (All of it may not be limited so: what PostgreSQL says of a file too large, it says of its own bugs.)
"""

import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

PRLIMIT = shutil.which("prlimit") or "prlimit"
STEP = 1 << 20
Pids = Callable[[], Iterable[int]]


class Disk(Protocol):
    """What a server's folder lies on."""

    def fill(self) -> None: ...

    def free(self) -> None: ...


class SmallFileSystem:
    """The folder is the root of it."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self) -> None:
        with self._filler.open("ab") as file:
            for size in (64 * STEP, STEP, 4096):
                _grow(file.fileno(), size)

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)


class NoMoreWriting:
    """A file-size limit of nothing for these processes."""

    def __init__(self, pids: Pids) -> None:
        self._pids = pids

    def fill(self) -> None:
        self._limit("0")

    def free(self) -> None:
        self._limit("unlimited")

    def _limit(self, most: str) -> None:
        """By the user whose process it is: the superuser of a container may not do it for others."""
        for pid in self._pids():
            with contextlib.suppress(FileNotFoundError):
                owner = Path(f"/proc/{pid}").stat()
                as_owner: Any = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
                command = [PRLIMIT, f"--pid={pid}", f"--fsize={most}:unlimited"]
                subprocess.run(command, check=False, **(as_owner if os.geteuid() == 0 else {}))


def _grow(file: int, by: int) -> None:
    """By steps of so much, for as long as there is room."""
    try:
        while True:
            os.posix_fallocate(file, os.fstat(file).st_size, by)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def can_mount(folder: Path) -> bool:
    """Whether small file systems can be made here."""
    probe = folder / "probe"
    probe.mkdir()
    try:
        with _mounted(probe, 1):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False
    finally:
        probe.rmdir()


@contextlib.contextmanager
def disk(folder: Path, megabytes: int, pids: Pids, *, mounts: bool) -> Iterator[Disk]:
    """For a server's folder, which is not there yet. `mounts` as `can_mount` says."""
    folder.mkdir(parents=True)
    if not mounts:
        yield NoMoreWriting(pids)
        return
    with _mounted(folder, megabytes):
        yield SmallFileSystem(folder)


@contextlib.contextmanager
def _mounted(folder: Path, megabytes: int) -> Iterator[None]:
    mount, unmount = shutil.which("mount") or "mount", shutil.which("umount") or "umount"
    options = f"size={megabytes}m,mode=755"
    subprocess.run([mount, "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run([unmount, "--lazy", folder], check=True, capture_output=True)
