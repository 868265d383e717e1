"""The course of a round of craps: rolls, odds and come bets until every bet is decided.

Draws of a round, in order. The come-out roll is drawn when the bets are placed, each later roll by
the decision `roll`: `below(6)` + 1 is the first die, `below(6)` + 1 the second. Odds and come bets
draw nothing.

If bets still stand after roll 50, the rolls that decide nothing are left out from there: the 36
rolls in the order of `games.craps.bets.DICE` are cut down to those that decide a standing bet, and
`below(how many are left)` is the place of the roll among them, counted from 0. That goes on until
no bet stands, at most six times. A roll that decides nothing changes nothing, so each bet's chances
are those of dice rolled for ever, exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from games.craps.bets import (
    DICE,
    POINTS,
    RIGHT,
    CrapsStatus,
    CrapsWager,
    odds_limit,
    odds_unit,
    resolve,
)
from games.entropy import Draws
from protocol.errors import ErrorCode, Refused

MAXIMUM_ROLLS: Final = 50
"""Rolls that are thrown whatever they bring, the come-out roll included."""
MAXIMUM_DRAWS: Final = 2 * MAXIMUM_ROLLS + len(POINTS)
"""After the last of those rolls each further one decides all bets on one total, or ends all."""
MAXIMUM_COMES: Final = 20
"""Come and don't-come bets of one round together."""
ROLL: Final = "roll"

_COME: Final = re.compile(r"(come|dont-come)-([1-9][0-9]{0,15})")
_ODDS: Final = re.compile(
    r"odds-(?:(pass|dont-pass)|(come|dont-come)-(4|5|6|8|9|10))-([1-9][0-9]{0,15})"
)


class State(msgspec.Struct, frozen=True, gc=False):
    """One round in play. A value: nothing changes it."""

    wagers: tuple[CrapsWager, ...]
    """Every bet in the order in which it was placed, decided ones too."""
    rolls: tuple[tuple[int, int], ...]
    rolls_left: int
    """Rolls before those that decide nothing are left out."""
    smallest: int
    """Of the stakes that the round began with; no come bet is smaller."""
    largest: int
    """No come bet is larger."""
    draws: Draws
    """The stream where it stands; to be copied before use."""

    @property
    def stakes(self) -> tuple[int, ...]:
        """Everything staked so far, in minor units."""
        return (sum([wager.stake + wager.odds for wager in self.wagers]),)

    @property
    def payouts(self) -> tuple[int | None, ...]:
        """All that comes back in minor units, None until the round has ended."""
        if not self.finished:
            return (None,)
        return (sum([wager.payout for wager in self.wagers]),)

    @property
    def finished(self) -> bool:
        """Whether every bet is decided."""
        return all(wager.status is not CrapsStatus.STANDING for wager in self.wagers)


class Step(NamedTuple):
    """A decision as the rules read it."""

    stake: int
    """Further stake in minor units."""
    wager: CrapsWager | None = None
    """A new come bet, or the bet that odds are laid behind, with its odds; None for a roll."""
    place: int = 0
    """Where that bet stands among the round's bets; one past the last for a new one."""


def open_round(
    bets: Sequence[tuple[str, int]], draws: Draws, maximum_rolls: int = MAXIMUM_ROLLS
) -> State:
    """Place bets, as (name, stake) that have passed the checks, and throw the come-out roll.

    `maximum_rolls` is at least 1; a small one is for proofs by enumeration.
    """
    stakes = [stake for _, stake in bets]
    wagers = tuple([CrapsWager(bet, stake) for bet, stake in bets])
    return roll(State(wagers, (), maximum_rolls, min(stakes), max(stakes), draws))


def roll(state: State) -> State:
    """Return the state after the next roll, and after all others if it is the last of the limit."""
    draws = state.draws.copy()
    dice = (draws.below(6) + 1, draws.below(6) + 1)
    rolls = [*state.rolls, dice]
    wagers = _after(state.wagers, *dice)
    if state.rolls_left == 1:
        while deciding := _deciding(wagers):
            dice = deciding[draws.below(len(deciding))]
            rolls.append(dice)
            wagers = _after(wagers, *dice)
    return State(wagers, tuple(rolls), state.rolls_left - 1, state.smallest, state.largest, draws)


def _after(wagers: tuple[CrapsWager, ...], first: int, second: int) -> tuple[CrapsWager, ...]:
    standing = CrapsStatus.STANDING
    return tuple(
        [resolve(wager, first, second) if wager.status is standing else wager for wager in wagers]
    )


def _deciding(wagers: tuple[CrapsWager, ...]) -> list[tuple[int, int]]:
    """Return the rolls that change any of the bets, in the order of `DICE`."""
    return [dice for dice in DICE if _after(wagers, *dice) != wagers]


def decide(state: State, step: Step) -> State:
    """Return the state after a decision that `read` has allowed."""
    if step.wager is None:
        return roll(state)
    wagers = (*state.wagers[: step.place], step.wager, *state.wagers[step.place + 1 :])
    return msgspec.structs.replace(state, wagers=wagers)


def read(state: State, action: str) -> Step:
    """Return what a decision asks for. Raises `Refused` with DECISION_FORBIDDEN if illegal."""
    if state.finished:
        raise _forbidden("The round has ended.")
    if action == ROLL:
        return Step(0)
    if found := _COME.fullmatch(action):
        return _read_come(state, found[1], int(found[2]))
    if found := _ODDS.fullmatch(action):
        return _read_odds(state, found[1] or found[2], int(found[3] or 0), int(found[4]))
    raise _forbidden(f"There is no decision named {action[:64]!r}.")


def _read_come(state: State, bet: str, stake: int) -> Step:
    if not state.smallest <= stake <= state.largest:
        raise _forbidden(
            "A come bet is neither smaller nor larger than every bet that the round began with:"
            f" {state.smallest} to {state.largest} minor units."
        )
    if reason := _no_come(state, bet):
        raise _forbidden(reason)
    return Step(stake, CrapsWager(bet, stake), len(state.wagers))


def _no_come(state: State, bet: str) -> str:
    """Return why no come bet of that name may be placed now, or nothing."""
    comes = [wager for wager in state.wagers if wager.bet in {"come", "dont-come"}]
    if len(comes) >= MAXIMUM_COMES:
        return f"A round takes at most {MAXIMUM_COMES} come and don't-come bets."
    if any(wager.bet == bet and _waits(wager) for wager in comes):
        return "One bet of that name is waiting for the next roll already."
    return ""


def _waits(wager: CrapsWager) -> bool:
    return wager.status is CrapsStatus.STANDING and wager.point == 0


def _read_odds(state: State, bet: str, point: int, stake: int) -> Step:
    for place, wager in enumerate(state.wagers):
        if wager.bet != bet or wager.status is not CrapsStatus.STANDING or not wager.point:
            continue
        if point not in {0, wager.point}:
            continue
        odds = wager.odds + stake
        if odds > odds_limit(wager):
            raise _forbidden(f"Odds there are at most {odds_limit(wager)} minor units.")
        if stake % odds_unit(wager):
            raise _forbidden(f"Odds there are a multiple of {odds_unit(wager)} minor units.")
        return Step(stake, msgspec.structs.replace(wager, odds=odds), place)
    raise _forbidden("Odds lie behind a standing bet that has its point.")


def _forbidden(message: str) -> Refused:
    return Refused(ErrorCode.DECISION_FORBIDDEN, message)


def offers(state: State) -> Iterator[tuple[str, str, int]]:
    """Yield decisions that are allowed now as (action, label, further stake): useful amounts.

    Other amounts within the limits are allowed too.
    """
    if state.finished:
        return
    yield ROLL, "Roll", 0
    for wager in state.wagers:
        yield from _odds_offers(wager)
    for bet, label in (("come", "Come"), ("dont-come", "Don't come")):
        if not _no_come(state, bet):
            for stake in sorted({state.smallest, state.largest}):
                yield f"{bet}-{stake}", label, stake


def _odds_offers(wager: CrapsWager) -> Iterator[tuple[str, str, int]]:
    if wager.status is not CrapsStatus.STANDING or not wager.point:
        return
    name = wager.bet if wager.bet in {"pass", "dont-pass"} else f"{wager.bet}-{wager.point}"
    verb = "Take odds on" if wager.bet in RIGHT else "Lay odds against"
    left = odds_limit(wager) - wager.odds
    for stake in sorted({wager.stake, left}):
        if 0 < stake <= left and stake % odds_unit(wager) == 0:
            yield f"odds-{name}-{stake}", f"{verb} {wager.point}", stake
