"""A live table as one of its players knows it from what he was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.chaos.live.rolls import Rolls

__all__ = ["View"]


@dataclass
class View:
    """Where a table stands."""

    table: str
    style: str
    epoch: int
    seq: int
    phase: str
    round: str | None
    seat: int | None
    step: int
    acting: int | None
    chain: str | None
    """The chain in play, once it was told."""
    stood: tuple[int, int]
    """The epoch and number of the state that it was read from."""
    rolls: Rolls | None = None
    """What stands, at a table of rolls."""
    contradiction: str = ""
    """What the last thing heard has against what was told before."""

    @classmethod
    def of(cls, live: dict[str, Any], rolls: Rolls | None = None) -> View:
        """Read a snapshot; at a table of rolls with what was known until then."""
        if live["style"] == "rolls":
            rolls = rolls or Rolls()
        contradiction = rolls.snapshot(live) if rolls is not None else ""
        return cls(
            live["table"],
            live["style"],
            live["epoch"],
            live["seq"],
            live["phase"],
            live["round"],
            live["seat"],
            live["step"],
            live["acting"],
            (live["chain"] or {}).get("chain"),
            (live["epoch"], live["seq"]),
            rolls,
            contradiction,
        )

    def take(self, kind: str, body: dict[str, Any]) -> None:
        """Take an event."""
        self.epoch, self.seq = body["epoch"], body["seq"]
        self.contradiction = "" if self.rolls is None else self.rolls.take(kind, body, self.seat)
        if kind == "round_opened":
            self.phase, self.round = "betting", body["round"]
            self.chain = body["chain"]["chain"]
        elif kind == "bets_closed":
            self.phase = "closed"
        elif kind == "turn":
            self.phase, self.step, self.acting = "playing", body["step"], body["acting"]
        elif kind == "rising":
            self.phase = "playing"
        elif kind in ("round_result", "round_voided"):
            self.phase, self.round, self.acting = "result", None, None
        elif kind == "seat_changed" and body["seat"] == self.seat and not body["taken"]:
            self.seat = None
