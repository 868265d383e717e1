"""One run: a generator drives a server while the accounts of both are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec

from bench.accounts import Accounts, Reading
from bench.errors import BenchError
from bench.generator import Job
from bench.processes import Child, Server

__all__ = ["Figures", "Run", "drive", "together"]

CONNECT_S_MAX: Final = 120.0
SPARE_S: Final = 60.0
MICROSECONDS: Final = 1_000_000
DISTURBED: Final = 0.1
"""From this share of a core on, what else ran on the machine is worth telling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a run found. CPU times are microseconds a bet."""

    bets_per_s: float
    server_us: float
    postgres_us: float
    """0 for a server without a database."""
    generator_us: float
    p50_ms: float
    p99_ms: float
    players: int
    seconds: float
    bets: int
    """Within the window."""
    answered: int
    """Bets that were told as played, warm-up included."""
    rate: float | None
    """Bets a second that were asked for; None in a closed loop."""
    request_bytes: int
    reply_bytes: int
    errors: dict[str, int]
    lost: int
    """Players whose connection broke or who gave up."""
    unanswered: int
    other_cpu: float
    """Cores that processes outside this measurement used meanwhile; stolen time included."""

    @property
    def casino_us(self) -> float:
        """Server and PostgreSQL together."""
        return self.server_us + self.postgres_us

    @property
    def disturbed(self) -> bool:
        """Whether the figures should not be trusted."""
        return self.other_cpu > DISTURBED or bool(self.errors) or self.lost > 0

    def as_json(self) -> dict[str, Any]:
        """Return them rounded for a file."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in found.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a run is made."""

    players: int
    seconds: float
    warm_up_s: float
    rate: float | None = None


async def drive(server: Server, run: Run, directory: Path) -> Figures:
    """Have a generator of its own process play, and return what was found. Raises BenchError."""
    job = Job(
        gateway=server.gateway,
        http=server.http,
        players=run.players,
        warm_up_s=run.warm_up_s,
        seconds=run.seconds,
        rate=run.rate,
        leash=True,
    )
    argument = msgspec.json.encode(job).decode()
    child = await Child.start("generator", ["-m", "bench.generator", argument], directory)
    try:
        await child.line("connected", CONNECT_S_MAX)
        accounts = accounts_of(server, child)
        await child.line("began", run.warm_up_s + SPARE_S)
        began = accounts.read()
        ended = await child.line("ended", run.seconds + SPARE_S)
        spent = accounts.read().since(began)
        done = await child.line("done", SPARE_S)
    finally:
        await child.stop()
    return figures(run, ended, done, spent)


def accounts_of(server: Server, generator: Child) -> Accounts:
    """Return the accounts of a server, its PostgreSQL and the generator."""
    postmaster = server.postmaster
    return Accounts(
        {"server": server.child.pid, "generator": generator.pid},
        {} if postmaster is None else {"postgres": postmaster},
    )


def figures(run: Run, ended: dict[str, Any], done: dict[str, Any], spent: Reading) -> Figures:
    """Put together what the generator counted and what the accounts say. Raises BenchError."""
    bets = ended["bets"]
    if not bets:
        told = ", ".join(f"{code} {count}" for code, count in ended["errors"].items())
        raise BenchError(f"no bet was played: {told or 'the server did not answer'}")
    us = {name: used / bets * MICROSECONDS for name, used in spent.used_s.items()}
    others = spent.busy_s + spent.stolen_s - sum(spent.used_s.values())
    return Figures(
        bets_per_s=bets / ended["seconds"],
        server_us=us["server"],
        postgres_us=us.get("postgres", 0.0),
        generator_us=us["generator"],
        p50_ms=ended["latency_ms"]["p50"],
        p99_ms=ended["latency_ms"]["p99"],
        players=run.players,
        seconds=ended["seconds"],
        bets=bets,
        answered=done["answered"],
        rate=run.rate,
        request_bytes=ended["request_bytes"],
        reply_bytes=ended["reply_bytes"],
        errors=ended["errors"],
        lost=ended["lost"],
        unanswered=done["unanswered"],
        other_cpu=max(0.0, others / spent.at_s),
    )


def together(turns: Sequence[Figures]) -> Figures:
    """Put the turns of one server together, as if they had been one run.

    Latencies are those of the turn in the middle: one turn that met something else tells nothing of
    the server.
    """

    def shared(value: Callable[[Figures], float], weight: Callable[[Figures], float]) -> float:
        return sum(value(each) * weight(each) for each in turns) / sum(map(weight, turns))

    def per_bet(value: Callable[[Figures], float]) -> float:
        return shared(value, lambda each: each.bets)

    first = turns[0]
    seconds = sum(each.seconds for each in turns)
    bets = sum(each.bets for each in turns)
    return Figures(
        bets_per_s=bets / seconds,
        server_us=per_bet(lambda each: each.server_us),
        postgres_us=per_bet(lambda each: each.postgres_us),
        generator_us=per_bet(lambda each: each.generator_us),
        p50_ms=median(each.p50_ms for each in turns),
        p99_ms=median(each.p99_ms for each in turns),
        players=first.players,
        seconds=seconds,
        bets=bets,
        answered=sum(each.answered for each in turns),
        rate=first.rate,
        request_bytes=first.request_bytes,
        reply_bytes=first.reply_bytes,
        errors=dict(sum((Counter(each.errors) for each in turns), Counter())),
        lost=sum(each.lost for each in turns),
        unanswered=sum(each.unanswered for each in turns),
        other_cpu=shared(lambda each: each.other_cpu, lambda each: each.seconds),
    )
