"""Rounds played to collect what they draw: final outcomes and the usage manifest.

The rounds are played by the live functions of each game with a stream that remembers its draws, so
what is collected are final outcomes: after scaling, and of cards after the deal (standards A12,
A20, A21). A game needs no code of its own here; where the draws alone do not say what was shown,
such as the face of a card, an extractor below adds it.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from games.analysis.randomness.sequences import Series
from games.entropy import Draws
from games.game import AnyGame, StakeForm, StakeLimits
from protocol.errors import Refused

_SHOWN_POSITIONS: Final = 40
_SHOWN_BOUNDS: Final = 8
_COLUMNS: Final = 8
_LEAST_VALUES: Final = 500
_COMMON_SIZE: Final = 16
_MAXIMUM_DECISIONS: Final = 1_000
_LIMIT: Final = 1_000_000


class RememberedDraws(Protocol):
    """A stream that knows what was drawn from it and from its copies."""

    @property
    def drawn(self) -> list[tuple[int, int]]:
        """Each draw as (bound, value), in order."""

    def copy(self) -> Draws:
        """Return a stream that goes on from here."""


class Outcome(msgspec.Struct, frozen=True):
    """One outcome of a round: `value` of 0 to `size` - 1, each equally likely."""

    label: str
    size: int
    value: int


class Collection(msgspec.Struct, frozen=True):
    """What a number of rounds of one game drew."""

    game: str
    version: int
    digest: str
    maximum_draws: int
    rounds: tuple[tuple[tuple[int, int], ...], ...]
    """Of each round each draw as (bound, value), but for bounds of one, which choose nothing."""
    shown: tuple[tuple[Outcome, ...], ...]
    """Of each round what an extractor adds."""


class Position(msgspec.Struct, frozen=True):
    """What the n-th draw of a round is, as far as was seen."""

    draw: int
    """From 1."""
    rounds: int
    """In how many rounds there was one."""
    bounds: dict[str, int]
    """How often with each bound; of many bounds the most frequent."""


class Usage(msgspec.Struct, frozen=True):
    """How a game uses the draw stream: one entry of the usage manifest (GLI-19 4.5.1)."""

    game: str
    version: int
    digest: str
    maximum_draws: int
    """No round draws more."""
    rounds: int
    """How many were played to see the rest."""
    draws_fewest: int
    draws_most: int
    draws: int
    """In all rounds."""
    distribution: str
    """Every draw is uniform below its bound; weights are ranges of values."""
    replacement: str
    """`without` where each draw's bound is one less than that of the draw before, as from a deck;
    `in part` where some are; else `with`."""
    positions: tuple[Position, ...]


Extractor = Callable[[Any], Iterator[Outcome]]


def collect(
    game: AnyGame,
    streams: Iterator[Any],
    rounds: int,
    tick: Callable[[], None] = lambda: None,
) -> Collection:
    """Play that many rounds, with bets that go through all the game offers, and keep the draws.

    `streams` gives a fresh stream for each round (`RememberedDraws`); `tick` is called after each.
    """
    bets = itertools.cycle(sample_bets(game))
    extract = EXTRACTORS.get(game.name, _nothing)
    drawn = []
    shown = []
    for number in range(rounds):
        stream = next(streams)
        state = finished_round(game, next(bets), stream, number)
        drawn.append(tuple(draw for draw in stream.drawn if draw[0] > 1))
        shown.append(tuple(extract(state)))
        tick()
    return Collection(
        game.name, game.version, game.digest, game.maximum_draws, tuple(drawn), tuple(shown)
    )


def sample_bets(game: AnyGame) -> list[Any]:
    """Return bets of the lowest stake offered, one for each choice that can be made by itself.

    Raises RuntimeError if the game refuses all that its description offers.
    """
    description = game.describe()
    stake = description.stakes[0]
    bodies: list[object] = [{"stake": stake}]
    if description.stake_form is StakeForm.LIST:
        bodies = [{"bets": [{"bet": choice.bet, "stake": stake}]} for choice in description.choices]
    accepted = []
    for body in bodies:
        bets = msgspec.convert(body, game.bets_type)
        # A bet that needs another one first is refused by itself.
        with contextlib.suppress(Refused):
            game.stake(bets, StakeLimits(stake, stake * _LIMIT))
            accepted.append(bets)
    if not accepted:
        raise RuntimeError(f"{game.name} refuses every bet that it offers")
    return accepted


def finished_round(game: AnyGame, bets: Any, stream: Any, number: int = 0) -> Any:
    """Play one round to its end; `number` varies what is decided.

    The decisions go through all that the game allows, by turns, because a draw must be fair
    whatever was decided; a good strategy would leave out many. Raises RuntimeError if the round
    does not end.
    """
    state = game.open((bets,), stream)
    for step in range(_MAXIMUM_DECISIONS):
        if state.finished:
            return state
        seat, decision = _decision(game, state, number + step)
        game.price(state, seat, decision)
        state = game.decide(state, seat, decision)
    raise RuntimeError(f"a round of {game.name} does not end")


def _decision(game: AnyGame, state: Any, number: int) -> tuple[int, Any]:
    options = getattr(game.view(state, 0), "options", ())
    if not options:
        return game.platform_decision(state)
    # Knuth's multiplicative hash, so that no turn keeps step with the number of options.
    option = options[(number * 2_654_435_761 >> 16) % len(options)]
    return 0, msgspec.convert({"action": option.action}, game.decision_type)


def _nothing(state: Any) -> Iterator[Outcome]:  # noqa: ARG001 - as every extractor
    return iter(())


def _blackjack(state: Any) -> Iterator[Outcome]:
    # The second card of the player is not looked at: a pair that is split has another there.
    yield Outcome("player's first card", 52, state.seats[0].hands[0].cards[0])
    yield Outcome("dealer's up-card", 52, state.dealer[0])
    yield Outcome("dealer's hole card", 52, state.dealer[1])


EXTRACTORS: Final[Mapping[str, Extractor]] = {"blackjack": _blackjack}
"""By game what is shown beyond the draws: outcomes that by themselves are uniform."""


def usage(collection: Collection) -> Usage:
    """Return the entry of the usage manifest, from the rounds that were played."""
    positions: dict[int, Counter[int]] = {}
    numbers = []
    pairs = falling = 0
    for drawn in collection.rounds:
        numbers.append(len(drawn))
        before = 0
        for place, (bound, _) in enumerate(drawn):
            positions.setdefault(place, Counter())[bound] += 1
            pairs += place > 0
            falling += bound == before - 1
            before = bound
    return Usage(
        game=collection.game,
        version=collection.version,
        digest=collection.digest,
        maximum_draws=collection.maximum_draws,
        rounds=len(numbers),
        draws_fewest=min(numbers, default=0),
        draws_most=max(numbers, default=0),
        draws=sum(numbers),
        distribution="uniform below each bound",
        replacement="with" if not falling else "without" if falling == pairs else "in part",
        positions=tuple(
            Position(
                place + 1,
                bounds.total(),
                {str(bound): number for bound, number in bounds.most_common(_SHOWN_BOUNDS)},
            )
            for place, bounds in sorted(positions.items())[:_SHOWN_POSITIONS]
        ),
    )


def series_of(collection: Collection) -> dict[str, Series]:
    """Return the series to test: all draws in order, each position by itself, what is shown.

    All draws are brought to one alphabet, of at most 16 symbols and no more than the smallest
    bound. A position counts by its bound: the n-th draw of those rounds that have one below it.
    Whether a round has one depends on the draws before, never on its value, so each series is
    independent and uniform. Positions with few values are in the series of all draws only.
    """
    columns: dict[tuple[int, int], list[int]] = {}
    smallest = _COMMON_SIZE
    for drawn in collection.rounds:
        for place, (bound, value) in enumerate(drawn):
            columns.setdefault((place, bound), []).append(value)
            smallest = min(smallest, bound)
    series = {"all draws": Series(_brought_to(collection.rounds, smallest), smallest)}
    longest = sorted(columns.items(), key=lambda item: (-len(item[1]), item[0]))[:_COLUMNS]
    for (place, bound), values in sorted(longest):
        if len(values) >= _LEAST_VALUES:
            series[f"draw {place + 1} of {bound:,}"] = Series(values, bound)
    shown: dict[tuple[str, int], list[int]] = {}
    for outcomes in collection.shown:
        for one in outcomes:
            shown.setdefault((one.label, one.size), []).append(one.value)
    for (label, size), values in shown.items():
        series[label] = Series(values, size)
    return series


def _brought_to(rounds: Sequence[Sequence[tuple[int, int]]], size: int) -> list[int]:
    """Return all draws on `size` symbols; values above the largest multiple are left out."""
    values = []
    for drawn in rounds:
        for bound, value in drawn:
            width = bound // size
            if value < width * size:
                values.append(value // width)
    return values


def columns_of(collection: Collection) -> list[Series]:
    """Return the first draws that every round has with one and the same bound, round by round."""
    columns = []
    least = min(map(len, collection.rounds), default=0)
    for place in range(min(least, _COLUMNS)):
        bounds = {drawn[place][0] for drawn in collection.rounds}
        if len(bounds) == 1:
            values = [drawn[place][1] for drawn in collection.rounds]
            columns.append(Series(values, bounds.pop()))
    return columns
