"""A private PostgreSQL with the database `ringbook`, owned by its superuser `ringbook`."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

import asyncpg

from ops.stack import account, kept
from ops.stack.find import Search
from ops.stack.process import Child
from ops.stack.server import Server
from ops.stack.unavailable import StackUnavailable

LOCALES: Final = ("C.UTF-8", "C")  # not every system has the first; both sort by code point
SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a path under a deep directory is too long for a socket
    "max_connections": "200",
    "shared_buffers": "256MB",
}
FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """A PostgreSQL; with `durable=False` it is faster and loses its data with the machine."""

    name: ClassVar = "PostgreSQL"
    setting: ClassVar = "RINGBOOK_POSTGRES_URL"
    refusals: ClassVar = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError)

    def __init__(
        self, directory: Path, search: Search, say: Callable[[str], None], *, durable: bool
    ) -> None:
        super().__init__(directory, search, say)
        self._durable = durable

    @property
    def url(self) -> str:
        """The database `ringbook`, as its owner."""
        return self._url("ringbook")

    def found(self) -> bool:
        """It needs the server and the program that lays out its data."""
        return bool(self._programs())

    async def run(self) -> None:
        """Lay out the data at the first start; the database is created once it answers."""
        runs_as = account.unprivileged()
        data = account.folder_for(runs_as, self.room, self.say) / "data"
        if not data.exists():
            await self._lay_out(data, runs_as)
        settings = SETTINGS | ({} if self._durable else FORGETFUL)
        settings["port"] = str(kept.port(self.room / "port"))
        self.spawn(
            Child(
                self.name,
                [
                    self._programs_for(data) / "postgres",
                    f"-D{data}",
                    *(f"-c{name}={value}" for name, value in settings.items()),
                ],
                log=self.room / "log",
                environment=self.environment(),
                account=runs_as,
                ends_on=signal.SIGINT,  # SIGTERM would wait for every client to go
            )
        )

    async def _answers(self) -> bool:
        try:
            await _create_database(self._url("postgres"))
        except self.refusals:
            return False
        return True

    @staticmethod
    async def ask(url: str) -> None:
        """Open a connection as the user of the URL."""
        connection = await asyncpg.connect(url, timeout=5)
        await connection.close()

    def _url(self, database: str) -> str:
        login = f"ringbook:{kept.password(self.room / 'password')}"
        return f"postgresql://{login}@127.0.0.1:{(self.room / 'port').read_text()}/{database}"

    def _programs(self) -> list[Path]:
        return self.search.folders_with("postgres", "initdb")

    def _programs_for(self, data: Path) -> Path:
        """The programs of the version that wrote the data: no other can read it."""
        wanted = (data / "PG_VERSION").read_text().strip()
        for folder in self._programs():
            if _major(folder / "postgres") == wanted:
                return folder
        raise StackUnavailable(
            f"PostgreSQL {wanted} wrote {data}, and it is not on this machine any more:"
            f" install it again or remove {self.room}"
        )

    async def _lay_out(self, data: Path, runs_as: account.Account | None) -> None:
        """Let initdb work beside, and rename at the end: half a layout is never taken for one."""
        if not (programs := self._programs()):
            raise StackUnavailable("PostgreSQL is not on this machine")
        password = data.with_name("password.initdb")
        kept.write(password, kept.password(self.room / "password"))
        new = data.with_name("data.new")
        try:
            for locale in LOCALES:
                shutil.rmtree(new, ignore_errors=True)
                new.mkdir(mode=0o700)
                if runs_as:
                    os.chown(new, runs_as.user, runs_as.group)
                    os.chown(password, runs_as.user, runs_as.group)
                try:
                    await self._initdb(programs[0], new, password, locale, runs_as)
                except StackUnavailable:
                    if locale == LOCALES[-1]:
                        raise
                else:
                    break
        finally:
            password.unlink()
        new.rename(data)

    async def _initdb(
        self,
        programs: Path,
        data: Path,
        password: Path,
        locale: str,
        runs_as: account.Account | None,
    ) -> None:
        child = Child(
            "initdb",
            [
                programs / "initdb",
                f"--pgdata={data}",
                f"--pwfile={password}",
                f"--locale={locale}",
                "--username=ringbook",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                *([] if self._durable else ["--no-sync"]),
            ],
            log=self.room / "log.initdb",
            environment=self.environment(),
            account=runs_as,
        )
        try:
            await child.finished()
        finally:
            await child.kill()


async def _create_database(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = 'ringbook'"):
            await connection.execute("CREATE DATABASE ringbook")
    finally:
        await connection.close()


def _major(postgres: Path) -> str:
    """The part of its version that its data depends on: `postgres (PostgreSQL) 15.13` is 15."""
    said = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 -- a path that we found
    return said.stdout.split()[2].split(".")[0]
