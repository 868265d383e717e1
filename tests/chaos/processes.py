"""The processes that these tests start, kill and question: the server and the load tester."""

# ruff: noqa: ASYNC110 - processes outside tell of their state only when asked

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp
import psutil

from server.database.files import DataDirectory
from server.database.ports import free_port
from server.database.processes import postmaster_of, processes_of

CROUPIER: Final = Path(sys.executable).with_name("croupier")
START_S: Final = 60.0
"""A bound against hanging, not a demand: a start takes a second or two."""
PATIENCE_S: Final = 40.0
_POLL_S: Final = 0.02
_FLUSHED_S: Final = 0.4
"""The load tester writes its record out every tenth of a second."""


class Ended(NamedTuple):
    """A command that ran to its end."""

    code: int
    out: str
    err: str


async def eventually(
    condition: Callable[[], Awaitable[object]], what: str, seconds: float = PATIENCE_S
) -> None:
    """Wait until something is so. Raises AssertionError that says what was waited for."""
    try:
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:g} s: {what}") from None


def surroundings(extra: dict[str, str]) -> dict[str, str]:
    """Return an environment in which only what a test says configures the server."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CROUPIER_")}
    return {**kept, **extra}


async def croupier(
    *arguments: str,
    cwd: Path,
    seconds: float = PATIENCE_S,
    program: Sequence[str | Path] = (CROUPIER,),
    **environment: str,
) -> Ended:
    """Run a `croupier` command to its end."""
    process = await asyncio.create_subprocess_exec(
        *program,
        *arguments,
        cwd=cwd,
        env=surroundings(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate()
    finally:
        await end(process)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def end(process: asyncio.subprocess.Process) -> None:
    """Kill a process if it still runs, and reap it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


class Server:
    """`croupier serve` on one data directory and on ports that stay the same over its lives."""

    def __init__(self, home: Path, data: Path | None = None, **environment: str) -> None:
        self.home = home
        self.data = home / "data" if data is None else data
        self.directory = DataDirectory(self.data)
        self.environment = environment
        self.program: tuple[str | Path, ...] = (CROUPIER,)
        """What is called as `croupier`."""
        self.http_port, self.gateway_port = free_port(), free_port()
        self.log = home / "server.log"
        self.starts = 0
        self.process: asyncio.subprocess.Process | None = None

    @property
    def http(self) -> str:
        """The address of HTTP."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def arguments(self) -> tuple[str, ...]:
        """What `croupier` is called with."""
        return (
            *("serve", "--data", str(self.data)),
            *("--http", f"127.0.0.1:{self.http_port}"),
            *("--gateway", f"127.0.0.1:{self.gateway_port}"),
        )

    # -- its life -------------------------------------------------------------------------------

    async def launch(self) -> None:
        """Start it and return at once."""
        assert self.process is None, "it runs"
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.program,
                *self.arguments,
                cwd=self.home,
                env=surroundings(self.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )

    async def ready(self) -> dict[str, Any]:
        """Wait for its line that says that it is ready, and return it."""
        assert self.process is not None
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(START_S):
                line = await self.process.stdout.readline()
        except TimeoutError:
            line = b""
        assert line, f"the server did not get ready:\n{self.last_words()}"
        found: dict[str, Any] = json.loads(line)
        return found

    async def start(self) -> None:
        """Start it and return when it is ready."""
        await self.launch()
        await self.ready()

    async def kill(self) -> None:
        """Kill it with `kill -9`; PostgreSQL goes on."""
        process, self.process = self._running(), None
        process.kill()
        await process.communicate()

    async def stop(self) -> int:
        """End it with SIGTERM and return its exit code."""
        process, self.process = self._running(), None
        try:
            process.terminate()
            async with asyncio.timeout(PATIENCE_S):
                await process.communicate()
        finally:
            await end(process)
        assert process.returncode is not None
        return process.returncode

    async def clear(self) -> None:
        """End whatever still runs, PostgreSQL included; a failed test shows the last words."""
        print(f"the server's log ends:\n{self.last_words()}")  # noqa: T201 - for a failed test
        process, self.process = self.process, None
        if process is not None:
            await end(process)
        for remaining in self.postgres():
            with contextlib.suppress(psutil.Error):
                remaining.kill()

    def _running(self) -> asyncio.subprocess.Process:
        process = self.process
        assert process is not None, "it was not started"
        assert process.returncode is None, f"the server ended by itself:\n{self.last_words()}"
        return process

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.returncode is None

    # -- what it says ---------------------------------------------------------------------------

    def last_words(self, lines: int = 30) -> str:
        """Return the end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(line[:300] for line in self.log.read_text().splitlines()[-lines:])

    def events(self) -> list[dict[str, Any]]:
        """Return its log, one map a line."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def count(self, event: str) -> int:
        """Return how many lines of the log tell of an event."""
        return sum(line["event"] == event for line in self.events())

    async def get(self, path: str) -> tuple[int, str]:
        """Return the status and the body of a page; status 0 where nobody answers."""
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.get(self.http + path) as reply,
            ):
                return reply.status, await reply.text()
        except (OSError, TimeoutError, aiohttp.ClientError):
            return 0, ""

    async def is_ready(self) -> bool:
        """Whether `/readyz` says so."""
        return (await self.get("/readyz"))[0] == 200

    async def is_not_ready(self) -> bool:
        """Whether `/readyz` answers that it is not."""
        return (await self.get("/readyz"))[0] == 503

    async def settled(self) -> int:
        """Return how many items it has settled since it started."""
        _, text = await self.get("/metrics")
        for line in text.splitlines():
            if line.startswith("croupier_settlement_items_total "):
                return int(float(line.split()[1]))
        return 0

    async def settles(self, more: int = 20) -> None:
        """Wait until it has settled some more."""
        before = await self.settled()

        async def more_settled() -> bool:
            assert self.alive, f"the server ended by itself:\n{self.last_words()}"
            return await self.settled() >= before + more

        await eventually(more_settled, f"bets are settled; its log ends:\n{self.last_words()}")

    # -- its database -----------------------------------------------------------------------------

    def postgres(self) -> list[psutil.Process]:
        """Return the running processes of its PostgreSQL."""
        return processes_of(self.directory.cluster)

    def postmaster(self) -> psutil.Process:
        """Return the parent of them."""
        found = postmaster_of(self.directory.cluster)
        assert found is not None, "PostgreSQL does not run"
        return found


class Load:
    """`croupier load`, playing until it is stopped.

    Several players wait for every settling call, and the machine still has time for other things.
    """

    def __init__(
        self,
        server: Server,
        *,
        players: int = 24,
        mix: str = "slot=2,roulette=1,blackjack=1",
        seed: int = 1,
        think_ms: float = 8.0,
        http: str | None = None,
    ) -> None:
        self.home = server.home
        self.players = players
        self.record = server.home / "record.jsonl"
        self.figures_file = server.home / "load.json"
        self.arguments = (
            *("load", "--http", http or server.http, "--players", str(players)),
            *("--seconds", "600", "--closed", "--mix", mix, "--seed", str(seed)),
            *("--think", str(think_ms), "--amount", "100000", "--finish", "30"),
            *("--record", str(self.record), "--json", str(self.figures_file)),
        )
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; its players are not connected yet."""
        self.process = await asyncio.create_subprocess_exec(
            CROUPIER,
            *self.arguments,
            "--quiet",
            cwd=self.home,
            env=surroundings({}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )

    async def stop(self) -> dict[str, Any]:
        """Let it finish its rounds and return its figures."""
        process, self.process = self.process, None
        assert process is not None
        assert process.returncode is None, "the load tester ended by itself"
        try:
            process.terminate()
            async with asyncio.timeout(90):
                _, err = await process.communicate()
        finally:
            await end(process)
        assert await process.wait() == 0, err.decode()
        figures: dict[str, Any] = json.loads(self.figures_file.read_text())
        return figures

    async def clear(self) -> None:
        """End it at once if it still runs."""
        process, self.process = self.process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            await end(process)

    async def written(self) -> None:
        """Wait until its record is complete; to be called while nobody answers it."""
        loop = asyncio.get_running_loop()
        size, since = -1, loop.time()
        while loop.time() - since < _FLUSHED_S:
            now = self.record.stat().st_size
            if now != size:
                size, since = now, loop.time()
            await asyncio.sleep(_POLL_S)

    def freeze(self) -> None:
        """Let it do nothing, not even notice that time passes."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


async def audit(
    server: Server, record: Path | None = None, *, replay: str = "all", seconds: float = 60
) -> None:
    """Expect `croupier audit` to find nothing wrong, with the server up or down."""
    with_record = () if record is None else ("--record", str(record))
    ended = await croupier(
        *("audit", "--data", str(server.data), *with_record, "--replay", replay, "--json"),
        cwd=server.home,
        seconds=seconds,
    )
    assert ended.code == 0, f"audit: {ended.err}\n{ended.out}\n{server.last_words()}"
