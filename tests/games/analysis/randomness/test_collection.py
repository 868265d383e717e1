"""What rounds of the games draw, and the series that are tested."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from games.analysis.randomness.collection import (
    Collection,
    Outcome,
    collect,
    columns_of,
    finished_round,
    sample_bets,
    series_of,
    usage,
)
from games.analysis.randomness.sequences import Series
from games.catalogue import standard
from games.game import AnyGame
from protocol.errors import ErrorCode, Refused
from tests.games.analysis.randomness.biased import fair_streams

GAMES = list(standard())


def game(name: str) -> AnyGame:
    """Return a game of the standard catalogue."""
    found = standard().current(name)
    assert found is not None
    return found


@pytest.mark.parametrize("each", GAMES, ids=lambda each: each.name)
def test_every_game_is_collected(each: AnyGame) -> None:
    """Without code of its own a game plays, and its draws keep to the bound that it states."""
    ticks: list[None] = []
    collection = collect(each, fair_streams(each.name), 60, lambda: ticks.append(None))
    found = usage(collection)

    assert len(collection.rounds) == len(ticks) == found.rounds == 60
    assert found.digest == each.digest
    assert 1 <= found.draws_fewest <= found.draws_most <= each.maximum_draws
    assert all(0 <= value < bound for drawn in collection.rounds for bound, value in drawn)
    assert 1 <= len(sample_bets(each)) <= max(1, len(each.describe().choices))


def test_what_is_collected_is_what_is_dealt() -> None:
    """The numbers of the wheel are those of rounds played by hand with the same seeds."""
    roulette = game("roulette")
    collection = collect(roulette, fair_streams("wheel"), 50)
    streams = fair_streams("wheel")
    bets = sample_bets(roulette)[0]
    numbers = [roulette.open((bets,), next(streams)).number for _ in range(50)]

    assert [drawn for (drawn,) in collection.rounds] == [(37, number) for number in numbers]


def test_cards_that_are_seen_are_collected() -> None:
    """Of blackjack the faces too, which a draw alone does not tell."""
    collection = collect(game("blackjack"), fair_streams("cards"), 30)

    assert [one.label for one in collection.shown[0]] == [
        "player's first card",
        "dealer's up-card",
        "dealer's hole card",
    ]
    # The shoe lies face by face: of six cards of each the first draw shows its face.
    for drawn, (first, *_) in zip(collection.rounds, collection.shown, strict=True):
        assert first.value == drawn[0][1] // 6


MADE = Collection(
    game="made",
    version=3,
    digest="d",
    maximum_draws=9,
    rounds=tuple(
        ((6, index % 6), (5, index % 5), *(((4, 1),) if index % 2 else ())) for index in range(600)
    ),
    shown=tuple((Outcome("face", 52, index % 52),) for index in range(600)),
)


def test_series_are_positions_and_all() -> None:
    """All draws on the smallest alphabet, each position that comes often, and what is shown."""
    series = series_of(MADE)

    assert list(series) == ["all draws", "draw 1 of 6", "draw 2 of 5", "face"]
    assert series["draw 2 of 5"] == Series([index % 5 for index in range(600)], 5)
    assert series["face"].size == 52
    # On four symbols: values 4 and 5 of six and 4 of five are above the largest multiple.
    expected = [value for drawn in MADE.rounds for bound, value in drawn if value < bound // 4 * 4]
    assert series["all draws"] == Series(expected, 4)


def test_columns_are_the_draws_of_every_round() -> None:
    """The third draw, which half of the rounds lack, is no column."""
    assert [column.size for column in columns_of(MADE)] == [6, 5]


def test_the_manifest_says_what_is_drawn() -> None:
    """Bounds of each position, fewest and most draws, and that the second is from what is left."""
    found = usage(MADE)

    assert (found.draws_fewest, found.draws_most, found.draws) == (2, 3, 1_500)
    assert [position.bounds for position in found.positions] == [{"6": 600}, {"5": 600}, {"4": 300}]
    assert found.replacement == "without"
    assert usage(collect(game("roulette"), fair_streams("x"), 5)).replacement == "with"
    mixed = msgspec.structs.replace(MADE, rounds=(((6, 0), (5, 0)), ((6, 0), (6, 0))))
    assert usage(mixed).replacement == "in part"


def test_decisions_go_through_all_that_is_allowed() -> None:
    """Hands of blackjack that are hit, stood, doubled and split, whatever the cards."""
    collection = collect(game("blackjack"), fair_streams("decisions"), 300)

    assert {4, 5, 6, 7, 8} <= {len(drawn) for drawn in collection.rounds}


def test_a_bet_that_is_refused_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bet that cannot stand alone is not collected; a game that takes none is at fault."""
    roulette = game("roulette")
    wanted = "red"

    def stake(bets: Any, limits: object) -> int:
        if bets.bets[0].bet != wanted:
            raise Refused(ErrorCode.BET_INVALID, "Not alone.")
        return 10

    monkeypatch.setattr(roulette, "stake", stake)
    assert [bets.bets[0].bet for bets in sample_bets(roulette)] == ["red"]
    wanted = "none"
    with pytest.raises(RuntimeError, match="refuses every bet"):
        sample_bets(roulette)


class Endless:
    """A game whose rounds never end, whatever the platform decides."""

    name = "endless"
    finished = False

    def open(self, seats: object, draws: object) -> Endless:
        """Start a round."""
        return self

    def view(self, state: object, seat: int) -> None:
        """Return nothing to see."""

    def platform_decision(self, state: object) -> tuple[int, None]:
        """Return a decision."""
        return 0, None

    def price(self, state: object, seat: int, decision: None) -> int:
        """Allow it."""
        return 0

    def decide(self, state: object, seat: int, decision: None) -> Endless:
        """Go on."""
        return self


def test_a_round_without_an_end_is_told() -> None:
    """A game whose platform decision never ends a round is a fault of the game."""
    with pytest.raises(RuntimeError, match="endless does not end"):
        finished_round(Endless(), None, None)  # type: ignore[arg-type]
