"""A table of craps as one of its players knows it, and what it may not tell him next.

He knows every seat's standing bets and the point, rolls the dice that he is told over them himself,
and expects the next round to begin with just what that leaves.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from games.craps.bets import (
    HARD,
    ONE_ROLL_PAYS,
    PLACE,
    CrapsStatus,
    CrapsWager,
    odds_limit,
    odds_unit,
    resolve,
)
from games.craps.roll import CrapsTableBets, held, point_after

__all__ = ["Rolls"]

_ENOUGH: Final = 4_000
"""Who has so much on the table, in minor units, bets on the next roll alone."""


class Rolls:
    """The bets that stand, by seat, and the point; every call returns what contradicts them."""

    def __init__(self) -> None:
        self.round: str | None = None
        self.point = 0
        self.bets: dict[int, tuple[CrapsWager, ...]] = {}

    def snapshot(self, live: dict[str, Any]) -> str:
        """Take a whole state; of a round that is known, nothing may be missing in it."""
        before, known = self.round, self.bets
        point = self.point
        self.round, self.point = live["round"], _point(live)
        self.bets = _bets(live.get("placed", ()))
        if self.round is None or self.round != before:
            return ""
        if self.point != point:
            return f"{self.round} began with {point} and is shown with {self.point}"
        return _missing(known, self.bets)

    def take(self, kind: str, body: dict[str, Any], seat: int | None) -> str:
        """Take an event, as the player at a seat was told it."""
        if kind == "round_opened":
            return self._opened(body)
        if kind == "bets_placed":
            known = {
                each: bets for each, bets in self.bets.items() if each == body["placed"]["seat"]
            }
            self.bets |= _bets([body["placed"]])
            return _missing(known, self.bets)
        if kind == "round_result":
            return self._rolled(body, seat)
        if kind == "round_voided":
            self.round, self.point = None, 0
            stake = _total(self.bets.pop(seat or 0, ()))
            self.bets = {}
            returned = body.get("returned")
            return (
                f"{returned} of {stake} was returned" if (returned or 0) != stake and seat else ""
            )
        return ""

    def _opened(self, body: dict[str, Any]) -> str:
        placed, point = _bets(body.get("placed", ())), _point(body)
        known, expected = self.bets, self.point
        again = body["round"] == self.round
        self.round, self.point, self.bets = body["round"], point, placed
        if placed != known:
            return f"{self.round} begins with {placed}, and {known} stood"
        if point != expected and (placed or again or point):
            return f"{self.round} begins with the point {point}, it was {expected}"
        return ""

    def _rolled(self, body: dict[str, Any], seat: int | None) -> str:
        view, name = body["view"], body["round"]
        first, second = view["dice"]
        before, self.point = self.point, point_after(self.point, first + second)
        rolled = {
            each: tuple([resolve(wager, first, second) for wager in bets])
            for each, bets in self.bets.items()
        }
        known, self.round = self.round, None
        self.bets = {each: left for each, bets in rolled.items() if (left := _standing(bets))}
        if name != known:
            return f"the result of {name} came for that of {known}"
        if (view["point_before"], view["point"]) != (before, self.point):
            return f"{name} rolled {first} {second} on {before}: {view}"
        own = rolled.get(seat or 0, ())
        told = msgspec.convert(view["bets"], tuple[CrapsWager, ...])
        if seat is not None and told != own:
            return f"{name} was told as {told}, by its dice it is {own}"
        decided = [wager for wager in told if wager.status is not CrapsStatus.STANDING]
        money = (
            (_total(decided), sum(wager.payout for wager in decided)) if decided else (None,) * 2
        )
        if (body["stake"], body["payout"]) != money:
            return f"{name} settled {body['stake']} for {body['payout']}, its bets say {money}"
        return ""

    def wanted(self, chance: random.Random, seat: int) -> list[dict[str, Any]]:
        """Return bets that may be made now: on the line or on coming, odds, numbers, a roll."""
        own = self.bets.get(seat, ())
        chips: dict[str, int] = {}
        if _total(own) < _ENOUGH:
            names = ("come", "dont-come") if self.point else ("pass", "dont-pass")
            chips[chance.choice((*names, names[0]))] = 100 * chance.randint(1, 3)
            place = chance.choice(sorted(PLACE))
            chips[place] = 30 * chance.randint(1, 6)
            chips[chance.choice(sorted(HARD))] = 10 * chance.randint(1, 9)
        chips[chance.choice(("field", "field", *sorted(ONE_ROLL_PAYS)))] = 10 * chance.randint(1, 9)
        for wager in own:
            unit, room = 0, 0
            if wager.point:
                unit, room = odds_unit(wager), odds_limit(wager) - wager.odds
            if room >= unit > 0 and chance.random() < 0.6:
                line = wager.bet in {"pass", "dont-pass"}
                name = f"odds-{wager.bet}" if line else f"odds-{wager.bet}-{wager.point}"
                chips[name] = unit * chance.randint(1, room // unit)
        chosen = chance.sample(sorted(chips), k=min(len(chips), chance.randint(1, 3)))
        return [{"bet": name, "stake": chips[name]} for name in chosen]


def _point(told: dict[str, Any]) -> int:
    stage = told.get("stage")
    return int(stage["point"]) if stage else 0


def _bets(placed: Iterable[dict[str, Any]]) -> dict[int, tuple[CrapsWager, ...]]:
    found = {}
    for each in placed:
        bets = msgspec.convert(each["bets"], CrapsTableBets)
        if held(bets) != each["stake"]:
            raise ValueError(f"the bets of {each} come to {held(bets)}")
        found[int(each["seat"])] = bets.bets
    return found


def _standing(bets: tuple[CrapsWager, ...]) -> tuple[CrapsWager, ...]:
    return tuple([wager for wager in bets if wager.status is CrapsStatus.STANDING])


def _total(bets: Any) -> int:
    return sum(wager.stake + wager.odds for wager in bets)


def _missing(
    known: dict[int, tuple[CrapsWager, ...]], now: dict[int, tuple[CrapsWager, ...]]
) -> str:
    """Return what is not there any more of bets that were told before."""
    for seat, bets in known.items():
        there = {(each.bet, each.point): each for each in now.get(seat, ())}
        for bet in bets:
            same = there.get((bet.bet, bet.point))
            if same is None or same.stake < bet.stake or same.odds < bet.odds:
                return f"seat {seat} had {bet}, now there is {same}"
    return ""
