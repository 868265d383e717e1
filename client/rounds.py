"""A round as a program reads it."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from protocol.codec import Codec
from protocol.messages.common import Balance
from protocol.messages.rounds import Played

__all__ = ["Option", "Round"]

StructT = TypeVar("StructT", bound=msgspec.Struct)


class Option(msgspec.Struct, frozen=True):
    """A decision that the rules allow now, as every game's view lists it."""

    action: str
    label: str = ""
    stake: int = 0
    """Further stake that the decision takes, in minor units."""


class _Options(msgspec.Struct, frozen=True):
    options: tuple[Option, ...] = ()


class Round:
    """A round as it stood when the reply was written; amounts in minor units."""

    __slots__ = ("_codec", "_view", "played")

    def __init__(self, played: Played, codec: Codec) -> None:
        self.played = played
        """The reply itself."""
        self._codec = codec
        self._view: Any = None

    @property
    def id(self) -> str:
        """Which round it is: `chain-n`."""
        return self.played.round

    @property
    def step(self) -> int:
        """What the next decision must name."""
        return self.played.step

    @property
    def finished(self) -> bool:
        """Whether it has ended."""
        return self.played.finished

    @property
    def voided(self) -> bool:
        """Whether it could not go on and every stake was returned."""
        return self.played.voided

    @property
    def stake(self) -> int:
        """Everything staked on it so far."""
        return self.played.stake

    @property
    def payout(self) -> int | None:
        """What it paid, or None while it is open."""
        return self.played.payout

    @property
    def balance(self) -> Balance:
        """The balance behind it."""
        return self.played.balance

    @property
    def seed(self) -> bytes | None:
        """The round's seed, once it has ended."""
        return self.played.seed

    @property
    def view(self) -> Any:
        """What this player may see, in the game's own form, as plain maps and lists."""
        if self._view is None:
            self._view = self._codec.decoder(object).decode(self.played.view)
        return self._view

    def view_as(self, kind: type[StructT]) -> StructT:
        """Return what this player may see as a struct of the game."""
        return self._codec.decoder(kind).decode(self.played.view)  # type: ignore[no-any-return]

    @property
    def options(self) -> tuple[Option, ...]:
        """The decisions that the rules allow now; empty for a round that has ended."""
        if self.played.finished:
            return ()
        found: _Options = self._codec.decoder(_Options).decode(self.played.view)
        return found.options

    def __repr__(self) -> str:
        paid = "open" if self.payout is None else f"paid {self.payout}"
        return f"<Round {self.id}: staked {self.stake}, {paid}>"
