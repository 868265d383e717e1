"""The processes that are measured: started, listened to, and ended whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.errors import BenchError
from server.database.files import DataDirectory
from server.database.processes import PidFile, clear_remains

__all__ = ["Child", "Server", "baseline", "end", "floor", "product", "start_product", "workspace"]

ROOT: Final = Path(__file__).parents[1]
READY_S_MAX: Final = 900.0
"""Recovery after a long load may take a while."""
STOP_S_MAX: Final = 60.0
LINE_BYTES_MAX: Final = 1 << 20
TAIL_BYTES: Final = 4_000
SERVE: Final = "from server.cli.main import main; main()"


class Child:
    """A process that prints JSON lines on standard output and logs into a file.

    It leads a process group of its own, so that Ctrl-C reaches the measurement alone, which then
    ends its processes in order.
    """

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process

    @classmethod
    async def start(
        cls, name: str, arguments: Sequence[str], directory: Path, log: Path | None = None
    ) -> Child:
        """Start this Python with arguments, in a directory without configuration files."""
        log = log or directory / f"{name}.log"
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                cwd=directory,
                env=environment(os.environ),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                limit=LINE_BYTES_MAX,
            )
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        """The process number."""
        return self._process.pid

    async def line(self, event: str, seconds: float) -> dict[str, Any]:
        """Wait for the next line, which must tell of `event`. Raises BenchError."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise BenchError(
                f"the {self.name} did not say {event} within {seconds:.0f} seconds"
            ) from None
        if not line:
            await self._process.wait()
            raise BenchError(f"the {self.name} ended: {self.tail()}")
        found: dict[str, Any] = msgspec.json.decode(line)
        if found.get("event") != event:
            raise BenchError(f"the {self.name} said {found.get('event')!r} instead of {event!r}")
        return found

    def tail(self) -> str:
        """Return the last line of its log."""
        with contextlib.suppress(OSError):
            text = self.log.read_bytes()[-TAIL_BYTES:].decode("utf-8", "replace").strip()
            if text:
                return text.splitlines()[-1]
        return "it left no word"

    def terminate(self) -> None:
        """Ask it to end."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    async def stop(self) -> None:
        """End it with SIGTERM, or with SIGKILL if it takes more than a minute."""
        if self._process.returncode is not None:
            return
        self.terminate()
        try:
            async with asyncio.timeout(STOP_S_MAX):
                # Drained, because a full pipe would keep it from ending. Its standard input stays
                # open: the end of that means that we are gone.
                assert self._process.stdout is not None
                await self._process.stdout.read()
                await self._process.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it with SIGKILL and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which our packages are found and no setting of the user's is."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("CROUPIER_")}
    kept["PYTHONPATH"] = str(ROOT)
    kept["PYTHONUNBUFFERED"] = "1"
    return kept


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is ready for players."""

    child: Child
    gateway: str
    http: str = ""
    """Empty where any ticket is taken."""
    data: DataDirectory | None = None
    """None for a server without a database."""

    @property
    def postmaster(self) -> int | None:
        """The process number of its PostgreSQL."""
        if self.data is None:
            return None
        file = PidFile.read(self.data.cluster)
        if file is None:
            raise BenchError("the server's PostgreSQL is not to be found")
        return file.pid


async def start_product(
    directory: Path, data: Path, *, http: str = "127.0.0.1:0", gateway: str = "127.0.0.1:0"
) -> Server:
    """Start `croupier serve` and wait until it is ready. Raises BenchError."""
    arguments = ["serve", "--data", str(data), "--http", http, "--gateway", gateway]
    child = await Child.start("server", ["-c", SERVE, *arguments], directory)
    try:
        ready = await child.line("ready", READY_S_MAX)
    except BaseException:
        await asyncio.shield(end(child, data))
        raise
    return Server(child, ready["gateway"], ready["http"], DataDirectory(data))


@asynccontextmanager
async def product(directory: Path, data: Path) -> AsyncIterator[Server]:
    """Serve the whole product on a data directory, new or not."""
    server = await start_product(directory, data)
    try:
        yield server
    finally:
        await asyncio.shield(end(server.child, data))


@asynccontextmanager
async def baseline(directory: Path, connections: int | None = None) -> AsyncIterator[Server]:
    """Serve the baseline on a new database."""
    data = directory / "baseline"
    arguments = ["-m", "bench.baseline", str(data)]
    if connections is not None:
        arguments.append(str(connections))
    child = await Child.start("baseline", [*arguments, "--leash"], directory)
    try:
        ready = await child.line("ready", READY_S_MAX)
        yield Server(child, ready["gateway"], data=DataDirectory(data))
    finally:
        await asyncio.shield(end(child, data))


@asynccontextmanager
async def floor(directory: Path, reply_bytes: int) -> AsyncIterator[Server]:
    """Serve the floor."""
    child = await Child.start(
        "floor", ["-m", "bench.floor", str(reply_bytes), "--leash"], directory
    )
    try:
        ready = await child.line("ready", READY_S_MAX)
        yield Server(child, ready["gateway"])
    finally:
        await asyncio.shield(child.stop())


async def end(child: Child, data: Path) -> None:
    """Stop a server, and its PostgreSQL if it left it behind."""
    try:
        await child.stop()
    finally:
        await clear_remains(DataDirectory(data).cluster)


@contextmanager
def workspace(parent: Path, *, keep: bool = False) -> Iterator[Path]:
    """Yield a directory below `parent` for the time of a measurement. Raises BenchError."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="bench-", dir=parent)).absolute()
    except OSError as error:
        raise BenchError(f"{parent} cannot be written to: {error.strerror}") from None
    try:
        yield made
    finally:
        if not keep:
            shutil.rmtree(made, ignore_errors=True)
