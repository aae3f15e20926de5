"""A server program of one data folder, running for as long as any process uses it.

File locks hold the rule; the kernel gives them up for a process that is killed, so nothing goes stale:

- `use.lock`: shared by everyone who uses the server; whoever gets it exclusively may stop the server;
- `start.lock`: held while the server is made and started;
- `server.lock`: inherited by the server and all its processes; free means that none of them lives;
- `keeper.lock`: held by the keeper, which waits in the background for the exclusive `use.lock` and so stops the
  server when the last user was killed.

This file is the keeper's program too: it imports the standard library only.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, ClassVar, Self

PATIENCE = 300.0  # seconds; a recovery after a crash may read much
PAUSE = 0.01
WRITE_PID = 'echo $$ >"$0" && exec "$@"'  # by the server's own process, so that no moment is without
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class ServerError(Exception):
    """The server cannot be had; the message says why in one line."""


class FileLock:
    """An advisory lock on a file; it ends with the processes that hold it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: int | None = None

    def take(self, mode: int) -> bool:
        """`mode` as in fcntl.flock; False if it is not to be had without waiting."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, mode)
        except BlockingIOError:
            os.close(file)
            return False
        self.file = file
        return True

    def try_exclusive(self) -> bool:
        return self.take(fcntl.LOCK_EX | fcntl.LOCK_NB)

    def try_shared(self) -> bool:
        return self.take(fcntl.LOCK_SH | fcntl.LOCK_NB)

    def release(self) -> None:
        if self.file is not None:
            os.close(self.file)
            self.file = None

    def is_free(self) -> bool:
        free = self.try_exclusive()
        self.release()
        return free

    def start_holder(
        self, command: list[str], output: BinaryIO | int, env: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Starts a process of its own session, unhurt by our Ctrl-C, that takes this lock over from us."""
        assert self.file is not None
        holder = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            pass_fds=[self.file],
            start_new_session=True,
        )
        self.release()
        return holder


class ServerFolder:
    """What lies in the folder of a server."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.pid = folder / "server.pid"
        self.use = FileLock(folder / "use.lock")
        self.starting = FileLock(folder / "start.lock")
        self.server = FileLock(folder / "server.lock")
        self.keeper = FileLock(folder / "keeper.lock")

    def halt(self, by: int) -> None:
        """Stops the server, if any, by this signal, and returns once all its processes are gone. The caller holds
        `use` alone."""
        while not self.server.is_free():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
                os.kill(int(self.pid.read_text()), by)
            time.sleep(PAUSE)


class SharedServer(ABC):
    """The server of `folder`, made on first use; a context manager. Raises ServerError."""

    NAME: ClassVar[str]
    STOPPED_BY: ClassVar[signal.Signals]

    def __init__(self, folder: Path) -> None:
        self._folder = ServerFolder(folder.absolute())
        self._server: subprocess.Popen[bytes] | None = None
        self.keeper: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def _initialise(self) -> None:
        """Makes the data folder if there is none: under another name first, so that one named `data` is whole."""

    @abstractmethod
    def _start_command(self) -> list[str]:
        """The program that is the server; whatever an earlier one left may be cleared away."""

    @abstractmethod
    def _is_up(self) -> bool:
        """Clients are served."""

    @abstractmethod
    def _fault(self) -> str:
        """Why the server that was started has ended, in a line."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns once the server serves, whoever started it; again after the server was killed."""
        try:
            self._join()
            self._folder.starting.take(fcntl.LOCK_EX)
            self._initialise()
            self._run()
            self._ensure_keeper()
        except OSError as error:
            self._leave()
            raise ServerError(f"{self.NAME} in {self._folder.path}: {error.strerror}") from error
        except BaseException:
            self._leave()
            raise
        finally:
            self._folder.starting.release()

    def stop(self) -> None:
        """Gives up the use. Returns once the server is stopped, or at once if others use it."""
        self._leave()
        use = self._folder.use
        while not use.try_exclusive():
            if use.try_shared():
                use.release()
                return
            time.sleep(PAUSE)  # the keeper is stopping it
        self._folder.halt(self.STOPPED_BY)
        self._dismiss()
        use.release()

    def _dismiss(self) -> None:
        if self.keeper:
            self.keeper.kill()
            self.keeper.wait()
        if self._server:
            self._server.wait()

    def _join(self) -> None:
        if self._folder.use.file is None:
            self._folder.path.mkdir(parents=True, exist_ok=True)
            self._folder.use.take(fcntl.LOCK_SH)  # waits for a server that is being stopped

    def _leave(self) -> None:
        self._folder.use.release()

    def _run(self) -> None:
        launched = False
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if launched and self._folder.server.is_free():
                raise ServerError(f"{self.NAME} in {self._folder.path} does not start: {self._fault()}")
            if not launched and self._folder.server.try_exclusive():  # else it runs, or its remains are still going
                self._launch()
                launched = True
            elif self._is_up():
                return
            time.sleep(PAUSE)
        raise ServerError(f"{self.NAME} in {self._folder.path} does not answer; see {self._folder.log}")

    def _launch(self) -> None:
        """The caller holds `server`."""
        self._folder.pid.unlink(missing_ok=True)  # of a process that is gone
        command = ["/bin/sh", "-c", WRITE_PID, str(self._folder.pid), *self._start_command()]
        with self._folder.log.open("wb") as log:
            self._server = self._folder.server.start_holder(command, log, ENVIRONMENT)

    def _ensure_keeper(self) -> None:
        keeper = self._folder.keeper
        if keeper.try_exclusive():
            told = [str(self._folder.path), str(keeper.file), str(int(self.STOPPED_BY))]
            command = [sys.executable, "-I", "-S", __file__, *told]
            self.keeper = keeper.start_holder(command, subprocess.DEVNULL, ENVIRONMENT)


def keep(folder: ServerFolder, keeper: int, stopped_by: int) -> None:
    """Stops the server when nobody uses it any more. `keeper`: the lock's inherited file."""
    folder.use.take(fcntl.LOCK_EX)
    folder.halt(stopped_by)
    os.close(keeper)  # before `use` goes: whoever starts next needs a keeper of his own


if __name__ == "__main__":
    keep(ServerFolder(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
