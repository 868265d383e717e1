"""Tests of games.blackjack.strategy: every cell, and the way from a view to an action."""

from __future__ import annotations

import msgspec
import pytest

from games.blackjack import BlackjackView
from games.blackjack.charts import COLUMNS, HITS_SOFT_17, INFINITE, SIX_DECKS, Strategy
from games.blackjack.finite_shoe import finite_return
from games.blackjack.infinite_deck import VALUES, Holding, Optimal, of
from games.blackjack.options import Rules
from games.blackjack.rules import State
from games.blackjack.strategy import recommend, strategy_tables
from games.blackjack.view import view_of
from tests.games.blackjack.stacked import act, deal

#       2  3  4  5  6  7  8  9  T  A
EXPECTED = """
hard 4  h  h  h  h  h  h  h  h  h  h
hard 5  h  h  h  h  h  h  h  h  h  h
hard 6  h  h  h  h  h  h  h  h  h  h
hard 7  h  h  h  h  h  h  h  h  h  h
hard 8  h  h  h  h  h  h  h  h  h  h
hard 9  h  d  d  d  d  h  h  h  h  h
hard 10 d  d  d  d  d  d  d  d  h  h
hard 11 d  d  d  d  d  d  d  d  d  h
hard 12 h  h  s  s  s  h  h  h  h  h
hard 13 s  s  s  s  s  h  h  h  h  h
hard 14 s  s  s  s  s  h  h  h  h  h
hard 15 s  s  s  s  s  h  h  h  h  h
hard 16 s  s  s  s  s  h  h  h  h  h
hard 17 s  s  s  s  s  s  s  s  s  s
hard 18 s  s  s  s  s  s  s  s  s  s
hard 19 s  s  s  s  s  s  s  s  s  s
hard 20 s  s  s  s  s  s  s  s  s  s
soft 12 h  h  h  h  h  h  h  h  h  h
soft 13 h  h  h  d  d  h  h  h  h  h
soft 14 h  h  h  d  d  h  h  h  h  h
soft 15 h  h  d  d  d  h  h  h  h  h
soft 16 h  h  d  d  d  h  h  h  h  h
soft 17 h  d  d  d  d  h  h  h  h  h
soft 18 s  e  e  e  e  s  s  h  h  h
soft 19 s  s  s  s  s  s  s  s  s  s
soft 20 s  s  s  s  s  s  s  s  s  s
pair 1  p  p  p  p  p  p  p  p  p  p
pair 2  p  p  p  p  p  p  .  .  .  .
pair 3  p  p  p  p  p  p  .  .  .  .
pair 4  .  .  .  p  p  .  .  .  .  .
pair 5  .  .  .  .  .  .  .  .  .  .
pair 6  p  p  p  p  p  .  .  .  .  .
pair 7  p  p  p  p  p  p  .  .  .  .
pair 8  p  p  p  p  p  p  p  p  p  p
pair 9  p  p  p  p  p  .  p  p  .  .
pair 10 .  .  .  .  .  .  .  .  .  .
"""
CELLS = [
    (kind, int(row), up, code)
    for kind, row, *codes in (line.split() for line in EXPECTED.strip().splitlines())
    for up, code in zip([2, 3, 4, 5, 6, 7, 8, 9, 10, 1], codes, strict=True)
]
CLOSE = {("soft", 13, 5), ("soft", 15, 4)}
"""Doubled with six decks, hit with an infinite deck."""


def holding(kind: str, row: int) -> Holding:
    """Return a hand of the row."""
    if kind == "pair":
        return of(row, row)
    return Holding(row - 10, ace=True) if kind == "soft" else Holding(row, ace=False)


def test_all_cells_are_there() -> None:
    """17 hard totals, 9 soft ones and 10 pairs against 10 up-cards."""
    assert len({cell[:3] for cell in CELLS}) == len(CELLS) == 360


def play(
    total: int,
    soft: bool,
    up: int,
    pair: int,
    may_double: bool,
    may_split: bool,
    may_surrender: bool = False,
) -> str:
    """Play the chart of six decks."""
    return SIX_DECKS(total, soft, up, pair, may_double, may_split, may_surrender)


def test_every_cell() -> None:
    """The strategy is the published table of basic strategy for these rules."""
    for kind, row, up, code in CELLS:
        if kind == "pair":
            total = holding(kind, row).total
            action = play(total, row == 1, up, row, may_double=True, may_split=True)
            assert (action == "split") == (code == "p"), (row, up)
            continue
        soft = kind == "soft"
        first = play(row, soft, up, 0, may_double=True, may_split=False)
        later = play(row, soft, up, 0, may_double=False, may_split=False)
        expected = {"h": ("hit", "hit"), "s": ("stand", "stand")} | {
            "d": ("double", "hit"),
            "e": ("double", "stand"),
        }
        assert (first, later) == expected[code], (kind, row, up)


@pytest.mark.parametrize("up", VALUES)
def test_every_cell_is_best_with_an_infinite_deck(up: int) -> None:
    """No other action is worth more, but for two cells that six decks turn by a hair."""
    optimal = Optimal(up)
    for kind, row, column, _ in CELLS:
        if column != up:
            continue
        hand = holding(kind, row)
        if kind == "pair":
            splits = play(hand.total, hand.soft, up, row, may_double=True, may_split=True)
            assert (splits == "split") == (optimal.split(row) > optimal.two_cards(hand)), row
            continue
        worth = {"stand": optimal.stand(hand), "hit": optimal.hit(hand)}
        later = play(row, hand.soft, up, 0, may_double=False, may_split=False)
        assert later == max(worth, key=lambda action: worth[action]), (kind, row)
        worth["double"] = optimal.double(hand)
        first = play(row, hand.soft, up, 0, may_double=True, may_split=False)
        best = max(worth, key=lambda action: worth[action])
        assert (first == best) != ((kind, row, up) in CLOSE), (kind, row)


def test_the_chart_for_an_infinite_deck_differs_in_the_close_cells_alone() -> None:
    """Soft 13 against a five and soft 15 against a four are hit there."""
    assert (SIX_DECKS.hard, SIX_DECKS.pairs) == (INFINITE.hard, INFINITE.pairs)
    differing = {
        ("soft", total, COLUMNS[place])
        for total, (one, other) in enumerate(
            zip(SIX_DECKS.soft, INFINITE.soft, strict=True), start=12
        )
        for place in range(10)
        if one[place] != other[place]
    }

    assert differing == CLOSE


@pytest.mark.parametrize(("total", "up"), [(13, 5), (15, 4)])
def test_the_close_cells_are_best_with_six_decks(total: int, up: int) -> None:
    """Doubling these two is better with six decks, though by less than 0.0003 % of a stake."""

    def hits(hand: int, soft: bool, *rest: int) -> str:
        action = SIX_DECKS(hand, soft, *rest)  # type: ignore[arg-type]
        return "hit" if (hand, soft, action) == (total, True, "double") else action

    hit = finite_return(up, strategy=hits).expected_net
    gain = finite_return(up).expected_net - hit

    assert 0 < float(gain) < 3e-6


def test_the_chart_with_surrender() -> None:
    """Against a dealer who hits soft 17 the published cells are surrendered, and no other."""
    surrendered = {
        (kind, row, up)
        for kind, rows in (("hard", HITS_SOFT_17.hard), ("pair", HITS_SOFT_17.pairs))
        for row, codes in enumerate(rows, start=4 if kind == "hard" else 1)
        for up, code in zip(COLUMNS, codes, strict=True)
        if code in "RT"
    }

    assert surrendered == {
        *(("hard", 16, up) for up in (9, 10, 1)),
        *(("hard", 15, up) for up in (10, 1)),
        ("hard", 17, 1),
        ("pair", 8, 1),
    }
    assert HITS_SOFT_17(16, False, 10, 0, True, False, True) == "surrender"
    assert HITS_SOFT_17(16, False, 10, 0, False, False, False) == "hit"
    assert HITS_SOFT_17(17, False, 1, 0, False, False, False) == "stand"
    assert HITS_SOFT_17(16, False, 1, 8, True, True, True) == "surrender"
    assert HITS_SOFT_17(16, False, 1, 8, True, True, False) == "split"
    assert HITS_SOFT_17(16, False, 10, 8, True, True, True) == "split"


def test_the_tables_hold_every_cell() -> None:
    """The charts for reading have a row for each hand and a column for each up-card."""
    tables = strategy_tables(SIX_DECKS, "Six decks.")

    assert [table.title for table in tables] == ["Hard totals", "Soft totals", "Pairs"]
    assert [len(table.rows) for table in tables] == [17, 9, 10]
    cells = sum(len(cells) for table in tables for _, cells in table.rows)
    assert cells == len(CELLS)
    assert dict(tables[0].rows)["11"] == tuple("DDDDDDDDDH")
    assert dict(tables[2].rows)["A-A"] == tuple("P" * 10)
    assert tables[0].columns == ("2", "3", "4", "5", "6", "7", "8", "9", "10", "A")
    assert all("Six decks." in table.note for table in tables)


def as_seen(state: State) -> tuple[BlackjackView, dict[str, object]]:
    """Return a view as a struct and as a client decodes it."""
    view = view_of(state, 0)
    return view, msgspec.msgpack.decode(msgspec.msgpack.encode(view))


@pytest.mark.parametrize(
    ("cards", "before", "action"),
    [
        ("T A 6 9", [], "decline"),
        ("A A K T", [], "decline"),
        ("T T 6 9", [], "hit"),
        ("T 6 2 9", [], "stand"),
        ("5 6 6 9", [], "double"),
        ("2 6 3 9 6", ["hit"], "hit"),
        ("8 T 8 9", [], "split"),
        ("K 6 J 9", [], "stand"),
        ("A 6 A 9", [], "split"),
        ("A 6 7 9", [], "double"),
        ("A 6 3 9 4", ["hit"], "stand"),
        ("8 6 8 9 3", ["split"], "double"),
        ("8 T 8 9 8 8 8", ["split", "split", "split"], "hit"),
    ],
)
def test_recommends_from_what_the_player_sees(cards: str, before: list[str], action: str) -> None:
    """A view and its wire form give the same action, whatever the hole card is."""
    struct, wire = as_seen(act(deal(cards), *before))

    assert recommend(struct) == recommend(wire) == action


def test_recommends_nothing_out_of_turn() -> None:
    """A finished round is an error of the caller."""
    for view in as_seen(deal("A 9 K 9")):
        with pytest.raises(ValueError, match="no options"):
            recommend(view)


def test_recommends_only_what_is_offered() -> None:
    """Without the option to double or to split it plays the total."""
    view = view_of(deal("8 T 8 9"), 0)
    short = msgspec.structs.replace(
        view, options=tuple(o for o in view.options if o.action in ("hit", "stand"))
    )

    assert recommend(short) == "hit"


def test_split_aces_that_offer_no_hit_stand() -> None:
    """A third ace is split again while that is offered, and stood on when it is not."""
    rules = Rules(resplit_aces=True)
    state = act(deal("A 6 A T A A A 9 9 9", rules=rules), "split")
    assert {option.action for option in view_of(state, 0).options} == {"stand", "split"}
    assert recommend(view_of(state, 0)) == "split"

    never = Strategy(SIX_DECKS.hard, SIX_DECKS.soft, ("." * 10,) * 10)
    assert recommend(view_of(state, 0), never) == "stand"
