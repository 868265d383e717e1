"""How long the server takes to start, and to be back after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Final

import msgspec
from cyclopts import Parameter
from rich.console import Console

from bench import books, holding, processes
from bench.command import conclude, play, run
from bench.errors import BenchError
from bench.generator import Job
from bench.limits import allow_files
from bench.processes import Child, Server
from bench.progress import Steps
from bench.report import Target, machine
from client.client import Client
from client.errors import ClientError
from server.database.connect import connect
from server.database.files import DataDirectory
from server.database.ports import free_port
from server.database.processes import processes_of

__all__ = ["restart"]

START_S_MAX: Final = 3.0
BACK_S_MAX: Final = 5.0
STARTS: Final = 3
SHORT_S: Final = 5.0
ENDLESS_S: Final = 86_400.0
BACK_AGAIN_S_MAX: Final = 900.0
SPARE_S: Final = 60.0
LOG_BYTES: Final = """
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) FROM pg_control_checkpoint()
"""


@dataclass(frozen=True, slots=True)
class Back:
    """One crash and what came after; seconds since the new server was started."""

    load_s: float
    """How long bets were made before the crash."""
    answered: int
    """Bets that players had been told of; each is in the ledger."""
    log_mb: float
    """Write-ahead log since the last checkpoint, which has to be replayed; megabytes."""
    ready_s: float
    bet_s: float
    """Until a new player's bet was settled."""
    rounds_s: float
    """Until every open round had been found again by its player."""

    @property
    def serving_s(self) -> float:
        """Until everything was as it should be."""
        return max(self.ready_s, self.bet_s, self.rounds_s)

    def as_json(self) -> dict[str, Any]:
        """Return it for a file."""
        return {name: round(getattr(self, name), 3) for name in (*self.__slots__, "serving_s")}


def restart(
    *,
    seconds: float = 60.0,
    players: int = 64,
    rounds: int = 50,
    json: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = Path(
        "var/bench-restart.json"
    ),
    directory: Path = Path("var"),
    require: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure how soon the server serves, after a clean stop and after a crash.

    Twice, after a short and after a long load, the server and every process of its PostgreSQL are
    killed with SIGKILL while players bet and others sit in the middle of a round. Then the server
    is started again on the same ports. It is back when it says ready, a new player's bet is settled
    and every open round has been found again, unchanged, by its player. The ledger is checked.

    Args:
        seconds: Length of the long load before the second crash.
        players: How many bet on the slot, each as fast as he is answered.
        rounds: How many rounds of blackjack are open at the crash.
        json: File for all figures; - for standard output.
        directory: Where the database is made meanwhile; on the disk that is to be measured.
        require: End with 99 if a target is missed.
    """
    if not 1 <= seconds <= 3_600 or not 1 <= players <= 5_000 or not 1 <= rounds <= 1_000:
        raise BenchError("--seconds takes 1 to 3600, --players 1 to 5000, --rounds 1 to 1000")
    return play(_restart(seconds, players, rounds, json, directory, require=require))


async def _restart(
    seconds: float, players: int, rounds: int, json: Path | None, directory: Path, *, require: bool
) -> int:
    allow_files(2 * (players + rounds))
    steps = Steps()
    with processes.workspace(directory) as work:
        house = _House(work)
        with steps.step("start on a new data directory"):
            fresh_s = await house.start_and_stop()
        starts = []
        for number in range(1, STARTS + 1):
            with steps.step(f"start {number} of {STARTS} on an existing data directory"):
                starts.append(await house.start_and_stop())
        backs = [
            await _crash(house, load_s, players, rounds, steps) for load_s in (SHORT_S, seconds)
        ]
        with steps.step("start once more, checking the ledger"):
            async with house.serving() as server:
                assert server.data is not None
                await books.check_product(server.data.url("report"))
                audited = await books.audit(server.data)
    steps.say("ledger: every sum agrees" + (", the audit passes" if audited else ""))
    _show(Console(stderr=str(json) == "-"), fresh_s, starts, backs)
    targets = [
        Target("start on an existing data directory", max(starts), START_S_MAX, "at most", "s"),
        Target("serving again after a crash", backs[0].serving_s, BACK_S_MAX, "at most", "s"),
    ]
    content = {
        "first_start_s": round(fresh_s, 3),
        "starts_s": [round(each, 3) for each in starts],
        "crashes": [back.as_json() for back in backs],
        "open_rounds": rounds,
        "players": players,
        "targets": [target.as_json() for target in targets],
        "machine": machine(),
    }
    return conclude(json, content, targets, require=require)


def _show(console: Console, fresh_s: float, starts: list[float], backs: list[Back]) -> None:
    lines = [
        f"first start, with a new database: {fresh_s:.2f} s",
        f"starts on an existing one: {', '.join(f'{each:.2f}' for each in starts)} s",
    ]
    lines += [
        f"crash after {back.load_s:.0f} s of load ({back.answered:,} bets, {back.log_mb:.0f} MB of"
        f" log to replay): ready {back.ready_s:.2f} s, a new bet {back.bet_s:.2f} s,"
        f" every open round {back.rounds_s:.2f} s"
        for back in backs
    ]
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


class _House:
    """A server on one data directory and on the same ports every time."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.data = work / "product"
        self._http = f"127.0.0.1:{free_port()}"
        self._gateway = f"127.0.0.1:{free_port()}"

    async def start(self) -> tuple[Server, float]:
        """Start and return the server and how long it took to be ready."""
        began = perf_counter()
        server = await processes.start_product(
            self.work, self.data, http=self._http, gateway=self._gateway
        )
        return server, perf_counter() - began

    async def start_and_stop(self) -> float:
        """Start, stop cleanly, and return how long the start took."""
        server, took = await self.start()
        await asyncio.shield(processes.end(server.child, self.data))
        return took

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Server]:
        """Serve for a while."""
        server, _ = await self.start()
        try:
            yield server
        finally:
            await asyncio.shield(processes.end(server.child, self.data))


async def _crash(house: _House, load_s: float, players: int, rounds: int, steps: Steps) -> Back:
    """Load the server, kill it with its PostgreSQL, and time its return."""
    holders: list[holding.Holder] = []
    server, _ = await house.start()
    try:
        assert server.data is not None
        before = (await books.check_product(server.data.url("report"))).wagers
        holders = await holding.hold_rounds(server.http, rounds)
        with steps.step(f"{load_s:.0f} s of load, then the crash"):
            answered, log_mb = await _load_and_kill(server, load_s, players, house.work)
        with steps.step("waiting for the server to be back"):
            began = perf_counter()
            server, ready_s = await house.start()
            bet_s, rounds_s = await asyncio.gather(
                _until(began, _bet(server.http)),
                _until(began, holding.take_up_again(holders, BACK_AGAIN_S_MAX)),
            )
        await asyncio.gather(*[holder.finish() for holder in holders])
        held = await books.check_product(DataDirectory(house.data).url("report"))
        if held.wagers - before < answered:
            raise BenchError(
                f"players were told of {answered:,} bets and the ledger has"
                f" {held.wagers - before:,}"
            )
    except ClientError as error:
        raise BenchError(f"a player could not go on: {error}") from None
    finally:
        await asyncio.shield(holding.leave(holders))
        await asyncio.shield(processes.end(server.child, house.data))
    return Back(load_s, answered, log_mb, ready_s, bet_s, rounds_s)


async def _load_and_kill(
    server: Server, load_s: float, players: int, work: Path
) -> tuple[int, float]:
    """Return the bets that were told as played, and the megabytes of log at the crash."""
    assert server.data is not None
    job = Job(
        gateway=server.gateway,
        http=server.http,
        players=players,
        warm_up_s=0.0,
        seconds=ENDLESS_S,
        leash=True,
    )
    argument = msgspec.json.encode(job).decode()
    child = await Child.start("generator", ["-m", "bench.generator", argument], work)
    try:
        await child.line("connected", SPARE_S)
        await child.line("began", SPARE_S)
        await asyncio.sleep(load_s)
        log_mb = await _log_mb(server.data)
        victims = [server.child.pid, *(each.pid for each in processes_of(server.data.cluster))]
        for victim in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        await server.child.kill()
        child.terminate()
        await child.line("ended", SPARE_S)
        done = await child.line("done", SPARE_S)
    finally:
        await child.stop()
    return int(done["answered"]), log_mb


async def _log_mb(data: DataDirectory) -> float:
    connection = await connect(data.url("superuser"))
    try:
        return float(await connection.fetchval(LOG_BYTES)) / (1 << 20)
    finally:
        await connection.close()


async def _bet(http: str) -> None:
    """Have a new player make one bet. Raises ClientError."""
    async with Client(http, policy=holding.IMPATIENT, name="croupier-bench") as casino:
        table = await casino.sit("slot")
        await table.spin({"stake": 100})


async def _until(began: float, work: Any) -> float:
    await work
    return perf_counter() - began


if __name__ == "__main__":
    sys.exit(run("bench.restart", restart))
