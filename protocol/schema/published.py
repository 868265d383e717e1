"""What the schema is told about the games, as plain data.

`protocol` knows no game. Whoever prints the schema plays a few rounds of each game on the seeds of
an `ExampleChain` and hands the outcome over here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, Literal

import msgspec

EXAMPLE_CHAIN_LENGTH: Final = 256


@dataclass(frozen=True)
class ExampleChain:
    """A real chain of seeds, drawn from a label instead of from entropy. Never played for money."""

    id: str
    label: str

    @cached_property
    def seeds(self) -> tuple[bytes, ...]:
        """s_0 (the commitment) to s_N, where s_{n-1} = SHA-256(s_n)."""
        seeds = [sha256(self.label.encode()).digest()]
        for _ in range(EXAMPLE_CHAIN_LENGTH):
            seeds.append(sha256(seeds[-1]).digest())
        return tuple(reversed(seeds))

    @property
    def commitment(self) -> bytes:
        """s_0."""
        return self.seeds[0]

    def client_seed(self, number: int) -> bytes:
        """Return the client seed of an example round: 16 bytes, as a client would draw them."""
        return sha256(f"{self.label} client {number}".encode()).digest()[:16]

    def round(self, number: int) -> str:
        """Return the id of round `number`."""
        return f"{self.id}-{number}"


@dataclass(frozen=True)
class ExampleStep:
    """A round as it stands after the bets, or after a decision. Money in minor units."""

    view: msgspec.Struct
    stake: int
    payout: int | None
    finished: bool


@dataclass(frozen=True)
class ExampleRound:
    """A round played by the game's own rules."""

    bets: msgspec.Struct
    decisions: tuple[msgspec.Struct, ...]
    steps: tuple[ExampleStep, ...]
    """One more than there are decisions."""


@dataclass(frozen=True)
class LiveForms:
    """The forms of a game at live tables, where they are not those of its private tables."""

    bets_type: type[msgspec.Struct]
    """All bets of a seat, as `placed` has them."""
    view_type: type[msgspec.Struct]
    stage_type: type[msgspec.Struct]


@dataclass(frozen=True)
class PublishedGame:
    """One game: its types, its description and example rounds 1, 2, … of its example chain."""

    name: str
    version: int
    digest: str
    title: str
    kind: Literal["instant", "decisions", "shared"]
    minimum: int
    maximum: int
    """Of a stake in minor units, at an example table."""
    description: msgspec.Struct
    bets_type: type[msgspec.Struct]
    decision_type: type[msgspec.Struct] | None
    view_type: type[msgspec.Struct]
    chain: ExampleChain
    rounds: tuple[ExampleRound, ...]
    notes: str = ""
    """What the numbers in a view mean, where its schema does not say it."""
    live: LiveForms | None = None

    @property
    def request(self) -> str:
        """The request that opens a round."""
        return {"instant": "spin", "decisions": "deal", "shared": "bet"}[self.kind]


@dataclass(frozen=True)
class Published:
    """Everything that the schema cannot find in the messages themselves."""

    games: tuple[PublishedGame, ...] = ()
    description_type: type[msgspec.Struct] | None = None
    """The form of a game's description."""
    proof_type: type[msgspec.Struct] | None = None
    """The form of a round's proof."""
    proof: Mapping[str, Any] | None = None
    """The proof of round 1 of the first game."""

    def first(self, kind: str) -> PublishedGame | None:
        """Return the first game of a kind that has an example round, or None."""
        return next((game for game in self.games if game.kind == kind and game.rounds), None)
