"""A PostgreSQL of our own below the data directory, for who has none.

The supervisor creates the cluster, starts PostgreSQL, notices when it dies, starts it again and
stops it. It listens on 127.0.0.1 and on a socket in its private directory, asks everyone for a
password and runs as an unprivileged user. One server uses a data directory at a time.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import asyncpg
import structlog

from server.database import log, ports
from server.database.binaries import copied, forget_copy, package_directory, program, runnable_by
from server.database.cluster import bootstrap, create_cluster, end_predecessors
from server.database.connect import Connection
from server.database.errors import (
    DatabaseError,
    DataDirectoryUnusable,
    PostgresStartFailed,
)
from server.database.files import DataDirectory, Role, write_private
from server.database.lock import DirectoryLock
from server.database.privileges import Identity, Runner, identity_for, may_search, reachable
from server.database.processes import (
    PidFile,
    Postmaster,
    clear_remains,
    mark,
    postmaster_of,
)
from server.database.settings import memory_bytes, settings

POLL_SECONDS: Final = 0.02
PROBE_SECONDS: Final = 5.0
"""How often a running PostgreSQL is asked for a sign of life."""
SILENCE_SECONDS_MAX: Final = 20.0
"""After this long without one it is taken for dead."""
START_SECONDS_MAX: Final = 900.0
"""How long the recovery after a crash may take."""
STOP_SECONDS_MAX: Final = 60.0
BACKOFF_SECONDS_MAX: Final = 5.0
PORT_ATTEMPTS_MAX: Final = 5

_log: Final = structlog.get_logger()


class EmbeddedPostgres:
    """The supervisor of one cluster.

    Use it as an asynchronous context manager, or call `start` and `stop`, and run `watch` in a
    task meanwhile::

        async with EmbeddedPostgres(Path("var")) as postgres:
            connection = await connect(postgres.url("app"))

    Args:
        data_directory: where everything is kept; created if it does not exist.
        port: of 127.0.0.1. Without it a free one is chosen once and kept, and another is chosen
            when somebody else has taken it.
        on_restart: called, and awaited if it is a coroutine function, after PostgreSQL died and
            answers again. Addresses may have changed.
        overrides: settings that replace the usual ones, for tests.
        package: where the programs are, instead of the installed wheel.
        die_with_parent: let PostgreSQL end with this process (Linux), for tests. Otherwise it
            outlives a killed server, and the next one takes it over.
    """

    def __init__(
        self,
        data_directory: Path,
        *,
        port: int | None = None,
        on_restart: Callable[[], object] | None = None,
        overrides: Mapping[str, str] | None = None,
        package: Path | None = None,
        die_with_parent: bool = False,
    ) -> None:
        """Set up; nothing is touched before `start`."""
        self.directory = DataDirectory(data_directory)
        self.on_restart = on_restart
        self.restarts = 0
        self._fixed_port = port
        self._settings = {**settings(memory_bytes()), **(overrides or {})}
        self._package = package
        self._die_with_parent = die_with_parent
        self._lock = DirectoryLock(self.directory.path)
        self._busy = asyncio.Lock()
        self._postmaster: Postmaster | None = None
        self._stopping = False
        self._copy_note = self.directory.path / "postgres.programs"

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.stop()

    @property
    def pid(self) -> int | None:
        """The process number of PostgreSQL while it runs."""
        return None if self._postmaster is None else self._postmaster.pid

    def url(self, role: Role, *, socket: bool = True) -> str:
        """Return the connection string of *role*; see `DataDirectory.url`."""
        return self.directory.url(role, socket=socket)

    async def start(self) -> None:
        """Lock the data directory and return when PostgreSQL answers and has its roles.

        Creates the cluster if there is none. Takes over a PostgreSQL that a killed server left
        running, or ends it, and clears up after one that was killed itself.

        Raises:
            DataDirectoryInUse: another server runs on this directory.
            DatabaseError: of other kinds, each with one line that says what is wrong.
        """
        self.directory.create()
        self._lock.acquire()
        self._stopping = False
        try:
            async with self._busy:
                await self._start()
        except BaseException as error:
            await self._abandon()
            if isinstance(error, OSError):
                raise DataDirectoryUnusable(
                    f"The data directory {self.directory.path} cannot be used: {error.strerror}."
                ) from None
            if isinstance(error, asyncpg.PostgresError):
                raise PostgresStartFailed(f"The database cannot be set up: {error}.") from None
            raise

    async def stop(self) -> None:
        """Stop PostgreSQL cleanly and give the data directory free. Safe to call twice."""
        self._stopping = True
        async with self._busy:
            try:
                if self._postmaster is not None:
                    if not await self._postmaster.stop(STOP_SECONDS_MAX):
                        _log.warning("database stopped at once", pid=self._postmaster.pid)
                    self._postmaster = None
                    forget_copy(self._copy_note)
            finally:
                self._lock.release()

    async def watch(self) -> None:
        """Start PostgreSQL again whenever it dies; returns after `stop`.

        It is dead when its process has ended, or when it has not greeted a new connection for
        20 seconds. Each death and each failed start is one line in the log. A start that fails
        (a full disk, say) is tried again for ever, every five seconds at the most.
        """
        heard = probed = time.monotonic()
        while not self._stopping:
            await asyncio.sleep(POLL_SECONDS * 2)
            postmaster, now = self._postmaster, time.monotonic()
            if postmaster is None or self._stopping:
                continue
            if not postmaster.alive():
                await self._restart("it ended")
                heard = probed = time.monotonic()
            elif now - probed >= PROBE_SECONDS:
                probed = now
                log.trim(self.directory.log)
                if await self.answers():
                    heard = time.monotonic()
                elif now - heard >= SILENCE_SECONDS_MAX:
                    await self._restart("it did not answer")
                    heard = probed = time.monotonic()

    async def answers(self) -> bool:
        """Say whether PostgreSQL accepts a connection and has a new process speak on it.

        The question is the SSLRequest of the protocol, which needs no password and so costs no
        key derivation; any one byte is a sign of life.
        """
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.directory.port())
                writer.write((8).to_bytes(4, "big") + (80877103).to_bytes(4, "big"))
                return len(await reader.read(1)) == 1
        except (OSError, TimeoutError):
            return False
        finally:
            if writer is not None:
                writer.close()

    async def _start(self) -> None:
        """Create, take over or launch, and set up; the lock is held."""
        directory = self.directory
        runner = self._runner(identity_for(directory.cluster))
        if not directory.exists:
            fsync = self._settings["fsync"] == "on"
            await create_cluster(directory, runner, self._program("initdb"), sync=fsync)
        elif directory.password("superuser") is None:
            raise DataDirectoryUnusable(
                f"The passwords of the database in {directory.path} are missing: "
                f"put {directory.secrets.name}/postgres-superuser back from a backup."
            )
        connection = await self._taken_over() or await self._launched(runner)
        try:
            await bootstrap(connection, directory)
        finally:
            await connection.close()

    def _program(self, name: str) -> Path:
        """Return the path of a program under which the unprivileged user can execute it."""
        return program(name, self._package)

    def _runner(self, identity: Identity) -> Runner:
        """Decide how to run the programs, and find or make them where *identity* can."""
        package = self._package or package_directory()
        search = False
        if identity.change:
            user, group = identity.user, identity.group
            programs = program("postgres", package).parent
            if not (reachable(programs, user, group) and runnable_by(user, group, package)):
                search = may_search() and runnable_by(user, group, package)
                if not search:
                    package = copied(package, self._copy_note, user, group)
        self._package = package
        return Runner(identity, search=search, die_with_parent=self._die_with_parent)

    def _arguments(self) -> list[str]:
        """Return the settings as command line arguments."""
        named = {**self._settings, "cluster_name": mark(self.directory.cluster)}
        return [part for key, value in named.items() for part in ("-c", f"{key}={value}")]

    async def _taken_over(self) -> Connection | None:
        """Take over a PostgreSQL that a killed server left running, if it is surely ours.

        Ours is one on this very directory, started with these settings, that knows our password.
        Any other is ended. The backends of the killed server are ended before anything is read:
        they may still be writing.
        """
        process = postmaster_of(self.directory.cluster)
        if process is None:
            return None
        found = Postmaster(self.directory.cluster, process)
        file = PidFile.read(self.directory.cluster)
        port = None if file is None else file.port
        same = found.command_line[-len(self._arguments()) :] == self._arguments()
        wanted = self._fixed_port in {None, port} and not self._die_with_parent
        if same and wanted and port is not None:
            try:
                write_private(self.directory.port_file, f"{port}\n")
                self._postmaster = found
                connection = await self._ready(log.size(self.directory.log))
                await end_predecessors(connection)
            except DatabaseError as error:
                _log.warning("left database is not used", pid=found.pid, reason=str(error))
            else:
                _log.info("left database taken over", pid=found.pid)
                return connection
        self._postmaster = None
        await found.stop(0)
        return None

    async def _launched(self, runner: Runner) -> Connection:
        """Start PostgreSQL and return a superuser's connection to it."""
        directory = self.directory
        orphans = await clear_remains(directory.cluster)
        if orphans:
            _log.warning("processes of a dead database ended", count=orphans)
        log.trim(directory.log, log.BYTES_MAX // 2)
        offset = log.size(directory.log)
        for attempt in range(PORT_ATTEMPTS_MAX):
            port = self._choose_port(again=attempt > 0)
            with (
                runner.named(directory.cluster) as (names, descriptors),
                log.opened(directory.log) as output,
            ):
                command = [str(self._program("postgres")), "-D", names[0], "-p", str(port)]
                child = runner.start([*command, *self._arguments()], output, descriptors)
            self._postmaster = Postmaster.started(directory.cluster, child)
            try:
                return await self._ready(offset)
            except PostgresStartFailed:
                taken = "Address already in use" in log.tail(directory.log, offset)
                if not taken or self._fixed_port is not None or attempt + 1 == PORT_ATTEMPTS_MAX:
                    raise
                offset = log.size(directory.log)
        raise AssertionError("unreachable")

    def _choose_port(self, *, again: bool) -> int:
        """Return the port to listen on and note it."""
        kept = self._fixed_port or self.directory.port()
        if self._fixed_port is not None and not ports.is_free(self._fixed_port):
            raise PostgresStartFailed(
                f"Port {self._fixed_port} of 127.0.0.1 is taken: choose another for the database."
            )
        port = kept if kept and not again and ports.is_free(kept) else ports.free_port()
        if port != self.directory.port():
            write_private(self.directory.port_file, f"{port}\n")
        return port

    async def _ready(self, offset: int) -> Connection:
        """Wait until PostgreSQL says that it is ready, and connect as superuser.

        Raises:
            PostgresStartFailed: it ended, is not ready after 15 minutes, or refuses us.
        """
        postmaster = self._postmaster
        assert postmaster is not None
        began = told = time.monotonic()
        while True:
            if not postmaster.alive():
                raise PostgresStartFailed(f"PostgreSQL did not start: {self._reason(offset)}.")
            file = PidFile.read(self.directory.cluster)
            if file is not None and file.pid == postmaster.pid and file.status == "ready":
                try:
                    url = self.directory.url("superuser", database="postgres")
                    return await asyncpg.connect(url, timeout=PROBE_SECONDS)
                except (asyncpg.CannotConnectNowError, OSError):
                    pass  # it went down again; the process tells
                except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    raise PostgresStartFailed(
                        f"PostgreSQL refuses its own supervisor: {error}."
                    ) from None
            now = time.monotonic()
            if now - began >= START_SECONDS_MAX:
                raise PostgresStartFailed("PostgreSQL is not ready after 15 minutes.")
            if now - told >= 10:
                told = now
                _log.warning("database still recovering", seconds=round(now - began))
            await asyncio.sleep(POLL_SECONDS)

    def _reason(self, offset: int) -> str:
        """Return the best explanation for a failed start."""
        told = log.reason(log.tail(self.directory.log, offset))
        if told.startswith("the disk is full") or not log.disk_full(self.directory.path):
            return told.rstrip(".") or "it gave no reason"
        return f"the disk is full at {self.directory.path}"

    async def _restart(self, why: str) -> None:
        """Start PostgreSQL again, however often it takes, unless told to stop."""
        reason = log.reason(log.tail(self.directory.log, log.size(self.directory.log) - 4096))
        _log.error("database died, starting it again", why=why, last_words=reason)
        began, pause = time.monotonic(), 0.1
        while not self._stopping:
            try:
                async with self._busy:
                    if not await self._start_again():
                        return
                break
            except (DatabaseError, asyncpg.PostgresError, OSError) as error:
                _log.error("database not started", reason=str(error), again_in_s=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, BACKOFF_SECONDS_MAX)
        else:
            return
        self.restarts += 1
        _log.warning("database is back", seconds=round(time.monotonic() - began, 2))
        if self.on_restart is not None:
            result = self.on_restart()
            if inspect.isawaitable(result):
                await result

    async def _start_again(self) -> bool:
        """Clear up and start, unless a stop came in between."""
        if self._stopping:
            return False
        if self._postmaster is not None:
            await self._postmaster.stop(0)
        await self._start()
        return True

    async def _abandon(self) -> None:
        """Undo a start that failed or was cancelled."""
        if self._postmaster is not None:
            await self._postmaster.stop(0)
            self._postmaster = None
        self._lock.release()
