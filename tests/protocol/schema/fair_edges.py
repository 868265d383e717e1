"""Bets and decisions at the edges of what the rules allow, and what the live rules say to them.

    python -m tests.protocol.schema.fair_edges

writes `web/packages/fair/test/edges.jsonl`, a case a line: the game, its bets, the decisions, the
value of each draw, and the end of the round, or null where the rules refuse something or the round
is not over. The browser's verifier must come to the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from games.game import StakeLimits, replay
from protocol.errors import Refused
from protocol.messages.common import MAXIMUM_INTEGER
from tests.protocol.schema.fair_card_edges import card_edges
from tests.protocol.schema.fair_laws import Scripted, shipped
from tests.protocol.schema.fair_slot_edges import slot_edges

__all__ = ["EDGES_FILE", "edges", "edges_text"]

EDGES_FILE: Final = Path(__file__).parents[3] / "web" / "packages" / "fair" / "test" / "edges.jsonl"
_ANY: Final = StakeLimits(1, MAXIMUM_INTEGER)
_PLENTY: Final = 120
"""Draws of the same value, for rounds of which only the first few matter."""

Case = tuple[str, Any, Sequence[str], Sequence[int]]
"""The game, its bets, the decisions, and the values of the draws."""

_ONE_BET: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "roulette": (("straight-00", 10), ("split-2-1", 10), ("red", 1), ("top-line", 10)),
    "roulette-french": (("red", 101), ("red", 102), ("straight-0", 101), ("low", 101)),
    "roulette-american": (("straight-00", 10), ("top-line", 10), ("first-four", 10), ("red", 101)),
    "big-six": (("three", 10), ("one", 1), ("joker", 7)),
    "sic-bo": (
        *(("total-3", 10), ("total-18", 10), ("total-4", 10), ("combination-2-1", 10)),
        *(("combination-1-1", 10), ("single-7", 10), ("triple-1", 10), ("any-triple", 10)),
        *(("small", 10), ("odd", 10), ("double-1", 10), ("single-1", 10)),
    ),
    "keno-80-20": (
        *(("numbers-3-3", 100), ("numbers-5-2", 100), ("numbers-81", 100), ("numbers-80", 100)),
        *(("numbers-1", 150), ("numbers-01", 100), ("numbers-0", 100), ("numbers", 100)),
        *(("numbers-1-2-3-4-5-6-7-8-9-10-11", 100), ("numbers-1-2-3-4-5-6-7-8-9-10", 100)),
    ),
    "keno-40-10": (("numbers-41", 100), ("numbers-40", 100), ("numbers-1-40", 199)),
    "crash": (
        *(("cash-out-1.00", 100), ("cash-out-1.01", 100), ("cash-out-1.01", 99)),
        *(("cash-out-10000.00", 100), ("cash-out-10000.01", 100), ("cash-out-2", 100)),
        *(("cash-out-2.0", 100), ("cash-out-02.00", 100), ("cash-out-0.99", 100)),
    ),
    "limbo": (
        *(("target-1.00", 100), ("target-1.01", 100), ("target-1.01", 99)),
        *(("target-1000000.00", 100), ("target-1000000.01", 100), ("cash-out-2.00", 100)),
    ),
    "dice": (
        *(("under-98.02", 100), ("under-98.01", 100), ("under-0.00", 100), ("under-0.01", 100)),
        *(("over-1.97", 100), ("over-1.98", 100), ("over-99.99", 100), ("over-99.98", 100)),
        *(("over-100.00", 100), ("over-050.00", 100), ("over-50.00", 99), ("over-50.0", 100)),
    ),
    "plinko": (("plinko-9-low", 100), ("plinko-8-low", 99), ("plinko-8-low", 101)),
    "mines": (("mines-0", 100), ("mines-25", 100), ("mines-03", 100), ("mines-3", 99)),
    "craps": (("come", 300), ("place-6", 301), ("place-6", 306), ("place-7", 300), ("hard-5", 300)),
}
"""Rounds of one bet, all draws 0."""

_FOUR: Final = (1, 1)
"""Draws of a craps roll of 2 and 2."""
_FIVE: Final = (1, 2)
_SIX: Final = (2, 2)
_SEVEN: Final = (0, 5)

_CRAPS: Final[tuple[tuple[str, Sequence[str], Sequence[int]], ...]] = (
    ("pass", ("odds-pass-900", "roll"), (*_FOUR, *_FOUR)),
    ("pass", ("odds-pass-901", "roll"), (*_FOUR, *_FOUR)),
    ("pass", ("odds-pass-600", "odds-pass-300", "roll"), (*_FOUR, *_FOUR)),
    ("pass", ("odds-pass-600", "odds-pass-301", "roll"), (*_FOUR, *_FOUR)),
    ("pass", ("odds-pass-9999999999999999", "roll"), (*_FOUR, *_FOUR)),
    ("pass", ("odds-dont-pass-300", "roll"), (*_FOUR, *_FOUR)),
    ("pass", ("odds-pass-1500", "roll"), (*_SIX, *_SIX)),
    ("pass", ("odds-pass-1505", "roll"), (*_SIX, *_SIX)),
    ("pass", ("odds-pass-3", "roll"), (*_SIX, *_SIX)),
    ("dont-pass", ("odds-dont-pass-1800", "roll"), (*_FOUR, *_SEVEN)),
    ("dont-pass", ("odds-dont-pass-1802", "roll"), (*_FOUR, *_SEVEN)),
    ("dont-pass", ("odds-dont-pass-301", "roll"), (*_FOUR, *_SEVEN)),
    ("dont-pass", ("odds-dont-pass-6", "roll"), (*_SIX, *_SEVEN)),
    ("dont-pass", ("odds-dont-pass-5", "roll"), (*_SIX, *_SEVEN)),
    ("dont-pass", (), (5, 5)),
    ("pass", ("roll",), (*_SEVEN, *_SEVEN)),
    ("pass", ("come-300", "roll"), (*_FOUR, *_SEVEN)),
    ("pass", ("come-299", "roll"), (*_FOUR, *_SEVEN)),
    ("pass", ("come-301", "roll"), (*_FOUR, *_SEVEN)),
    ("pass", ("come-300", "come-300", "roll"), (*_FOUR, *_SEVEN)),
    ("pass", ("come-300", "dont-come-300", "roll"), (*_FOUR, *_SEVEN)),
    ("pass", ("come-300", "odds-come-4-300", "roll"), (*_FOUR, *_SEVEN)),
    ("pass", ("come-300", "roll", "odds-come-5-2", "roll"), (*_FOUR, *_FIVE, *_SEVEN)),
    ("pass", ("come-300", "roll", "odds-come-6-5", "roll"), (*_FOUR, *_FIVE, *_SEVEN)),
    ("pass", ("come-0300", "roll"), (*_FOUR, *_SEVEN)),
    ("pass", ("come-300", "roll") * 20 + ("roll",), (*_FOUR, *_FIVE * 20, *_SEVEN)),
    ("pass", ("come-300", "roll") * 21 + ("roll",), (*_FOUR, *_FIVE * 21, *_SEVEN)),
)
"""Rounds of craps with one bet of 300."""


def edges() -> Iterator[Case]:
    """Yield the cases."""
    yield from slot_edges()
    for game, bets in _ONE_BET.items():
        for name, stake in bets:
            yield game, _listed((name, stake)), ("cash-out",) if game == "mines" else (), (0,)
    yield from _many_bets()
    for bet, decisions, values in _CRAPS:
        yield "craps", _listed((bet, 300)), decisions, values
    yield from _mines()
    yield from _hi_lo()
    yield from card_edges()


def _many_bets() -> Iterator[Case]:
    """Yield as many bets as a round takes, and one more."""
    names = [choice.bet for choice in shipped("roulette").describe().choices]
    targets = [f"{number}.00" for number in range(2, 23)]
    for count in (50, 51):
        yield "roulette", _listed(*((name, 10) for name in names[:count])), (), (0,)
    for count in (20, 21):
        yield "crash", _listed(*((f"cash-out-{each}", 100) for each in targets[:count])), (), (0,)
    yield "crash", _listed(("cash-out-2.00", 100), ("cash-out-2.00", 100)), (), (0,)
    yield "mines", _listed(("mines-3", 100), ("mines-4", 100)), ("cash-out",), (0,)


def _mines() -> Iterator[Case]:
    """Yield rounds with mines on 23, 24 and 25."""
    for decisions in (
        ("cash-out",),
        (),
        ("cash-out", "cash-out"),
        ("reveal-1", "reveal-1", "cash-out"),
        ("reveal-1", "reveal-2", "cash-out"),
        ("reveal-1", "reveal-25"),
        ("reveal-25", "cash-out"),
        ("reveal-0", "cash-out"),
        ("reveal-26", "cash-out"),
        ("reveal-01", "cash-out"),
        ("roll", "cash-out"),
        tuple(f"reveal-{tile}" for tile in range(1, 23)),
        (*(f"reveal-{tile}" for tile in range(1, 23)), "cash-out"),
    ):
        yield "mines", _listed(("mines-3", 100)), decisions, (24, 23, 22)


def _hi_lo() -> Iterator[Case]:
    """Yield rounds whose cards are all aces, or all kings."""
    for stake in (99, 100):
        yield "hi-lo", {"stake": stake}, ("cash-out",), (0,)
    for face in (0, 12, 51):
        for decisions in (
            (),
            ("up",),
            ("skip", "cash-out"),
            ("higher",),
            ("lower",),
            ("higher", "cash-out"),
            ("lower", "cash-out"),
            ("cash-out", "cash-out"),
            *(
                ((guess,) * count) + ("cash-out",)
                for guess in ("higher", "lower")
                for count in (3, 4)
            ),
            ("higher",) * 4,
            ("lower",) * 4,
            ("skip",) * 50,
            ("skip",) * 51,
        ):
            yield "hi-lo", {"stake": 100}, decisions, (face,)


def edges_text() -> str:
    """Return the file."""
    return "".join(json.dumps(_told(case), separators=(",", ":")) + "\n" for case in edges())


def _told(case: Case) -> dict[str, Any]:
    name, bets, decisions, values = case
    drawn = (*values, *[values[-1]] * _PLENTY)
    return {
        "game": name,
        "version": shipped(name).version,
        "bets": bets,
        "decisions": list(decisions),
        "values": list(values),
        "end": _end(name, bets, decisions, drawn),
    }


def _end(
    name: str, bets: Any, decisions: Sequence[str], values: Sequence[int]
) -> dict[str, Any] | None:
    """Return the end of the round, or None where there is none."""
    game = shipped(name)
    try:
        seat = msgspec.convert(bets, game.bets_type)
        game.stake(seat, _ANY)
        steps = [
            (0, msgspec.convert({"action": action}, game.decision_type or msgspec.Struct))
            for action in decisions
        ]
        state: Any = replay(game, [seat], steps, Scripted(values))
    except (Refused, msgspec.ValidationError):
        return None
    if not state.finished:
        return None
    return {
        "outcome": msgspec.to_builtins(game.view(state, 0)),
        "stake": state.stakes[0],
        "payout": state.payouts[0],
    }


def _listed(*bets: tuple[str, int]) -> dict[str, Any]:
    return {"bets": [{"bet": name, "stake": stake} for name, stake in bets]}


if __name__ == "__main__":
    EDGES_FILE.write_text(edges_text(), encoding="utf-8")
