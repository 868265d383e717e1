"""What a run counted, and the report made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from client.client import VERSION
from client.load.histogram import Histogram
from client.load.options import LoadOptions
from client.load.requirements import Requirement
from client.load.series import Series

__all__ = ["GameTally", "Report", "Tally", "Window"]


@dataclass(slots=True)
class GameTally:
    """One game's share; amounts in minor units."""

    players: int = 0
    bets: int = 0
    """Settled wagers."""
    voided: int = 0
    requests: int = 0
    """Answered spins, deals and decisions."""
    stakes: int = 0
    payouts: int = 0


@dataclass(slots=True)
class Tally:
    """Everything counted while the players play."""

    latency: Histogram = field(default_factory=Histogram)
    lateness: Histogram = field(default_factory=Histogram)
    """Open loop: how long after its time a bet was handed to a player."""
    games: dict[str, GameTally] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    bets: int = 0
    connected: int = 0
    """Players connected now."""
    seated: int = 0
    """Players that sat down."""
    busy: int = 0
    """Players waiting for an answer now."""
    arrivals: int = 0
    dropped_sends: int = 0
    reconnects: int = 0
    new_sessions: int = 0
    broke: int = 0
    unfinished: int = 0
    series: Series | None = None
    """What happened when, if it is to be told."""

    def error(self, code: str, where: str = "") -> None:
        """Count an error that a player was told, and where, such as `slot spin`."""
        self.errors[code] = self.errors.get(code, 0) + 1
        if self.series is not None:
            self.series.error(code, where)


@dataclass(slots=True)
class Window:
    """The time in which bets are made, from the first to the last."""

    seconds: float = 0.0
    bets: int = 0
    """Settled within it."""
    cpu_s: float = 0.0
    """CPU time of this process within it, user and system."""
    lag: Histogram = field(default_factory=Histogram)
    """How late the event loop woke up."""


_FULL_CORE = 0.9
_LATE_MS = 50.0


@dataclass(frozen=True, slots=True)
class Report:
    """The end of a run: the figures as JSON has them, and which bounds were missed."""

    figures: dict[str, Any]
    missed: tuple[str, ...]

    @property
    def warning(self) -> str | None:
        """A line for when the figures say more about the load tester than about the server."""
        generator = self.figures["generator"]
        if not generator["bottleneck"]:
            return None
        advice = "the server may be faster than these figures; use fewer players or a lower rate"
        if generator["cpu"] >= _FULL_CORE:
            return f"the load tester itself used {generator['cpu']:.0%} of a core: {advice}"
        late = generator["lag_ms"]["p99"]
        return f"the load tester had to wait for the CPU, {late:g} ms at p99: {advice}"


def report(
    options: LoadOptions,
    requirements: tuple[Requirement, ...],
    tally: Tally,
    window: Window,
    *,
    retried: dict[str, int],
    repeated: int,
    started_ms: int,
    interrupted: bool,
) -> Report:
    """Put the figures together; every amount in minor units."""
    cpu = window.cpu_s / window.seconds if window.seconds else 0.0
    lag = window.lag.milliseconds()
    late = lag["p99"] is not None and lag["p99"] > _LATE_MS
    figures: dict[str, Any] = {
        "bets": tally.bets,
        "bets_per_s": round(window.bets / window.seconds, 1) if window.seconds else 0.0,
        "latency_ms": tally.latency.milliseconds(),
        "errors": dict(sorted(tally.errors.items())),
        "players": options.players,
        "dropped_sends": tally.dropped_sends,
        "generator_us": round(window.cpu_s * 1e6 / window.bets, 2) if window.bets else None,
        "mode": "closed" if options.rate is None else "open",
        "rate": options.rate,
        "arrivals": tally.arrivals if options.rate is not None else None,
        "lateness_ms": tally.lateness.milliseconds() if options.rate is not None else None,
        "seconds": round(window.seconds, 3),
        "seated": tally.seated,
        "requests": sum(game.requests for game in tally.games.values()),
        "stakes": sum(game.stakes for game in tally.games.values()),
        "payouts": sum(game.payouts for game in tally.games.values()),
        "games": {name: _game(found) for name, found in sorted(tally.games.items())},
        "broke": tally.broke,
        "unfinished": tally.unfinished,
        "reconnects": tally.reconnects,
        "new_sessions": tally.new_sessions,
        "retried": dict(sorted(retried.items())),
        "repeated": repeated,
        "generator": {
            "cpu": round(cpu, 3),
            "lag_ms": lag,
            "bottleneck": cpu >= _FULL_CORE or late,
        },
        "seed": options.seed,
        "currency": options.currency,
        "stake": options.stake,
        "mix": dict(options.mix),
        "think_ms": options.think_ms,
        "ramp_s": options.ramp_s,
        "started_ms": started_ms,
        "interrupted": interrupted,
        "client_version": VERSION,
        "latency_precision": "0.1 %",
        "latency_hdr": tally.latency.hdr() if tally.latency.count else None,
    }
    missed = tuple(
        line for requirement in requirements if (line := requirement.missed(figures)) is not None
    )
    figures["missed"] = list(missed)
    return Report(figures, missed)


def _game(tally: GameTally) -> dict[str, int]:
    return {
        "players": tally.players,
        "bets": tally.bets,
        "voided": tally.voided,
        "requests": tally.requests,
        "stakes": tally.stakes,
        "payouts": tally.payouts,
    }
