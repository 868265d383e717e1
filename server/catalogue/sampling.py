"""Rounds played to see whether a game keeps the bounds that it declares.

A sample cannot prove a bound. It finds one that is plainly too low, such as draws that were
counted for one bet and not for another.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import msgspec

from games.analysis.randomness.collection import sample_bets
from games.game import AnyGame, StakeForm, StakeLimits
from protocol.errors import Refused
from protocol.messages.common import MAXIMUM_INTEGER
from server.fairness.tape import Tape

__all__ = ["SAMPLE_ROUNDS", "Sampled", "sample_bounds"]

SAMPLE_ROUNDS: Final = 2_000
_MOST_DECISIONS: Final = 1_000
"""A round with more is taken for one that never ends."""
_TOGETHER: Final = 20
"""Bets that are made at once in some of the rounds, where the game takes that many."""
_NO_LIMITS: Final = StakeLimits(1, MAXIMUM_INTEGER)


@dataclass(slots=True)
class Sampled:
    """The most that any round of a sample needed."""

    rounds: int = 0
    draws: int = 0
    """Numbers drawn; those below 1 are no draws."""
    reply_bytes: int = 0
    """Length of a view in MessagePack."""
    payout: Fraction = Fraction(0)
    """Payout for each unit staked."""
    faults: list[str] = field(default_factory=list)
    """What the game does not keep, a line each."""


def sample_bounds(game: AnyGame, rounds: int = SAMPLE_ROUNDS) -> Sampled:
    """Play rounds of every bet that the game offers, each option at random; always the same ones.

    Ends at the first round that fails.
    """
    found = Sampled()
    try:
        bets = itertools.cycle([*sample_bets(game), *_all_at_once(game)])
        for number in range(rounds):
            _play(game, next(bets), number, found)
            found.rounds += 1
    except Exception as error:  # noqa: BLE001 - a stranger's rules may raise anything
        reason = error.message if isinstance(error, Refused) else f"{error}"
        found.faults.append(
            f"a round of it fails: {type(error).__name__}: {' '.join(reason.split())[:200]}"
        )
    _compare(game, found)
    return found


def _compare(game: AnyGame, found: Sampled) -> None:
    for bound, declared, seen in (
        ("maximum_draws", game.maximum_draws, found.draws),
        ("maximum_reply_bytes", game.maximum_reply_bytes, found.reply_bytes),
        ("maximum_payout_factor", game.maximum_payout_factor, found.payout),
    ):
        if seen > declared:
            what = {
                "maximum_draws": f"a round of it made {seen} draws",
                "maximum_reply_bytes": f"a view of it had {seen} bytes",
                "maximum_payout_factor": f"a round of it paid {float(seen):.2f} times its stake",
            }[bound]
            found.faults.append(
                f"{what}, but its {bound} is {declared}; declare the most that any round can need"
            )


def _all_at_once(game: AnyGame) -> Iterator[Any]:
    """Yield the first bets of the layout in one round, where the game takes them together."""
    description = game.describe()
    if description.stake_form is not StakeForm.LIST:
        return
    stake = description.stakes[0]
    body = [{"bet": choice.bet, "stake": stake} for choice in description.choices[:_TOGETHER]]
    bets = msgspec.convert({"bets": body}, game.bets_type)
    try:
        game.stake(bets, _NO_LIMITS)
    except Refused:
        return
    yield bets


def _play(game: AnyGame, bets: Any, number: int, found: Sampled) -> None:
    seed = hashlib.sha256(b"croupier/sample/1" + number.to_bytes(8, "big")).digest()
    stream = Tape(seed, (b"",))
    state: Any = game.open((bets,), stream)
    for step in itertools.count():
        view = game.view(state, 0)
        found.reply_bytes = max(found.reply_bytes, len(msgspec.msgpack.encode(view)))
        if state.finished:
            break
        if step == _MOST_DECISIONS:
            raise ValueError(f"it is still open after {step} decisions")
        seat, decision = _decision(game, state, view, seed, step)
        game.price(state, seat, decision)
        state = game.decide(state, seat, decision)
    drawn = sum(1 for bound, _ in stream.drawn if bound > 1)
    found.draws = max(found.draws, drawn)
    stake, payout = state.stakes[0], state.payouts[0]
    if payout is None or stake <= 0:
        raise ValueError(f"it ended with a stake of {stake} and a payout of {payout}")
    found.payout = max(found.payout, Fraction(payout, stake))


def _decision(
    game: AnyGame, state: Any, view: Any, seed: bytes, step: int
) -> tuple[int, msgspec.Struct]:
    options = getattr(view, "options", ())
    if not options:
        return game.platform_decision(state)
    chance = hashlib.sha256(seed + step.to_bytes(8, "big")).digest()
    option = options[int.from_bytes(chance, "big") % len(options)]
    assert game.decision_type is not None, "a game with options has decisions"
    decision: msgspec.Struct = msgspec.convert({"action": option.action}, game.decision_type)
    return 0, decision
