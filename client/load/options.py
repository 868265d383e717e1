"""What a load run is asked to do, checked before anything is sent."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

__all__ = ["LIVE", "LoadError", "LoadOptions", "assign", "parse_mix", "refuse_stranger"]

LIVE: Final = "live:"
"""Stands before the title or the id of a live table in a mix."""
MAXIMUM_PLAYERS: Final = 20_000
MAXIMUM_SECONDS: Final = 86_400
MAXIMUM_RATE: Final = 200_000
MAXIMUM_THINK_MS: Final = 600_000
MAXIMUM_GAMES: Final = 256
MAXIMUM_STAKE: Final = 10**12

_WHOLE_CURRENCIES: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
"""Currencies without minor units (ISO 4217)."""
_ROUNDS_PER_SECOND: Final = 1_000
"""No player gets more rounds than this: the gateway's usual limit of frames."""
_ALL_ROUNDS_PER_SECOND: Final = 50_000
_STAKES_PER_ROUND: Final = 3
_LEAST_AMOUNT: Final = 1_000
_MOST_AMOUNT: Final = 1_000_000
"""Major units; what a server grants a play-money player by default."""


class LoadError(Exception):
    """A run that cannot be made, as one line that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """A load run. Raises LoadError for what is out of bounds."""

    http: str
    """`http(s)://` address of the server."""
    players: int
    seconds: float
    """How long bets are made; connecting comes before, finishing open rounds behind."""
    rate: float | None = None
    """Bets a second over all players; None for a closed loop."""
    arrivals: Literal["poisson", "uniform"] = "poisson"
    mix: Mapping[str, int]
    """Games with their weights, by which the players are spread over them; `live:TITLE` is a live
    table."""
    think_ms: float = 0.0
    """Closed loop: pause between a reply and the next request, give or take half of it."""
    ramp_s: float = 0.0
    """Over how long the players connect; bets begin when all have."""
    currency: str = "EUR"
    stake: int = 100
    """Minor units a bet; the nearest that a game offers is taken."""
    amount: str | None = None
    """Opening balance of a player in major units; None for enough."""
    seed: int = 1
    finish_s: float = 30.0
    """How long open rounds and unanswered requests may take to end."""
    allow_hosts: tuple[str, ...] = ()
    """Hosts other than loopback that may be driven."""

    def __post_init__(self) -> None:
        _within("--players", self.players, 1, MAXIMUM_PLAYERS)
        _within("--seconds", self.seconds, 0.1, MAXIMUM_SECONDS)
        _within("--ramp", self.ramp_s, 0, MAXIMUM_SECONDS)
        _within("--think", self.think_ms, 0, MAXIMUM_THINK_MS)
        _within("--finish", self.finish_s, 0, MAXIMUM_SECONDS)
        _within("--stake", self.stake, 1, MAXIMUM_STAKE)
        if self.rate is not None:
            _within("--rate", self.rate, 0.01, MAXIMUM_RATE)
            if self.think_ms:
                raise LoadError("--think belongs to --closed; with --rate the rate sets the pace")
        if self.rate is not None and any(name.startswith(LIVE) for name in self.mix):
            raise LoadError("live tables set their own pace; leave --rate out and take --closed")
        if not self.mix:
            raise LoadError("--mix names no game; write for instance --mix slot=6,roulette=3")
        if urlsplit(self.http).scheme not in ("http", "https"):
            raise LoadError(f"--http takes an http:// or https:// address, not {self.http!r}")
        refuse_stranger(self.http, self.allow_hosts)

    def opening_amount(self) -> str:
        """Return the opening balance of a player in major units: as much as he could lose.

        Bounded by what servers grant; a player who runs dry all the same is reported as broke.
        """
        if self.amount is not None:
            return self.amount
        if self.rate is not None:
            rounds = self.rate * self.seconds / self.players * 3 + 100
        else:
            fastest = min(_ROUNDS_PER_SECOND, 10 + _ALL_ROUNDS_PER_SECOND / self.players)
            if self.think_ms:
                fastest = min(fastest, 2_000 / self.think_ms)
            rounds = fastest * self.seconds + 100
        digits = 1 if self.currency in _WHOLE_CURRENCIES else 100
        amount = round(rounds * self.stake * _STAKES_PER_ROUND / digits)
        return str(min(max(amount, _LEAST_AMOUNT), _MOST_AMOUNT))


def parse_mix(text: str) -> dict[str, int]:
    """Read `slot=6,roulette=3`; a game without a weight counts once. Raises LoadError."""
    mix: dict[str, int] = {}
    for part in text.split(","):
        game, _, weight = part.strip().partition("=")
        count = weight.strip() or "1"
        if not game or not count.isdecimal() or not 1 <= int(count) <= MAXIMUM_PLAYERS:
            raise LoadError(f"--mix: {part.strip()!r} is not GAME=WEIGHT; write slot=6,roulette=3")
        if game in mix:
            raise LoadError(f"--mix names {game} twice")
        mix[game] = int(count)
    if len(mix) > MAXIMUM_GAMES:
        raise LoadError(f"--mix names more than {MAXIMUM_GAMES} games")
    return mix


def assign(players: int, mix: Mapping[str, int]) -> list[str]:
    """Return each player's game: in proportion to the weights, evenly interleaved."""
    total = sum(mix.values())
    given = dict.fromkeys(mix, 0)
    games: list[str] = []
    for number in range(1, players + 1):
        # Whoever is furthest behind his share is next.
        game = max(mix, key=lambda name: mix[name] * number / total - given[name])
        given[game] += 1
        games.append(game)
    return games


def refuse_stranger(url: str, allowed: tuple[str, ...]) -> None:
    """Raise LoadError unless an address is this machine's own or was allowed by name."""
    host = urlsplit(url).hostname or ""
    if host in allowed or host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise LoadError(
        f"{host or url!r} is not this machine; add --allow-host {host} if its owner agrees"
    )


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise LoadError(f"{name} takes {least:g} to {most:,}, not {value:g}")
