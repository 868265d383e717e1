"""Keno: tickets, pays cell by cell, and the published mathematics."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction
from math import comb
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from games import keno
from games.chips import Chip, Chips
from games.entropy import Draws
from games.game import StakeLimits
from games.keno import Keno, Keno40, Keno80, draw_numbers, hit_law, picks_of, ticket
from protocol.errors import ErrorCode, Refused
from tests.games.laws import check, check_moments, fits, instant_results
from tests.games.scripts import Script, chi_square, chi_square_limit, every_round, seeded

K80 = Keno80()
K40 = Keno40()
every_keno = pytest.mark.parametrize("game", [K80, K40], ids=lambda game: game.name)
LIMITS = StakeLimits(1, 1_000_000)

PAYS = {
    "keno-80-20": {
        1: "0 3.8",
        2: "0 0 15.8",
        3: "0 0 2 48",
        4: "0 0 1 6 155",
        5: "0 0 0 3 24 630",
        6: "0 0 0 2 8 80 1660",
        7: "0 0 0 1 4 24 340 4500",
        8: "0 0 0 0 3 14 85 1050 18000",
        9: "0 0 0 0 1 7 50 280 4000 30000",
        10: "0 0 0 0 0 5 25 150 1000 5000 100000",
    },
    "keno-40-10": {
        1: "0 3.96",
        2: "0 1.9 4.5",
        3: "0 1 3.1 10.4",
        4: "0 .8 1.8 5 22.5",
        5: "0 .25 1.4 4.1 16.5 36",
        6: "0 0 1 3.68 7 16.5 40",
        7: "0 0 .47 3 4.5 14 31 60",
        8: "0 0 0 2.2 4 13 22 55 70",
        9: "0 0 0 1.55 3 8 15 44 60 85",
        10: "0 0 0 1.4 2.25 4.5 8 17 50 80 100",
    },
}
"""What comes back to one staked, by picks and hits, as the house states it."""
RETURNS = {
    "keno-80-20": (
        *("19/20", "19/20", "969/1027", "299535/316316", "13635/14378", "75102/79079"),
        *("7940109/8359780", "289453611/305131970", "288673617/305131970"),
        "2086362349/2166436987",
    ),
    "keno-40-10": (
        *("99/100", "103/104", "9783/9880", "476/481", "144741/146224", "180891/182780"),
        *("3618369/3655600", "650882/657305", "13531853/13671944", "1679001083/1695321056"),
    ),
}
"""By picks, from 1."""


def play(game: Keno, drawn: list[int], *picks: list[int], stake: int = 100) -> Any:
    """Draw given numbers for tickets of given picks."""
    body = Chips(tuple(Chip(ticket(each), stake) for each in picks))
    return game.view(game.open([body], Script(words_for(drawn, game.numbers))), 0)


def words_for(drawn: list[int], numbers: int) -> list[int]:
    """Return words that draw these numbers in this order: places in the shrinking list."""
    left = list(range(1, numbers + 1))
    words = []
    for number in drawn:
        place = left.index(number)
        words.append(place)
        left[place] = left[-1]
        left.pop()
    return words


@pytest.mark.parametrize("picks", range(1, 11))
@every_keno
def test_every_cell_of_the_pay_table(game: Keno, picks: int) -> None:
    """A ticket pays by picks and hits what the table says."""
    drawn = list(range(1, game.drawn + 1))
    for hits, pays in enumerate(PAYS[game.name][picks].split()):
        chosen = [*range(1, hits + 1), *range(game.drawn + 1, game.drawn + 1 + picks - hits)]
        view = play(game, drawn, chosen)

        assert view.payout == 100 * Fraction(pays), hits
        assert [win.bet for win in view.wins] == ([ticket(chosen)] if view.payout else [])
        assert view.drawn == tuple(drawn)


@every_keno
def test_the_pay_table_is_shown_whole(game: Keno) -> None:
    """Every cell that pays stands in the description, and no other (B4)."""
    shown = dict(game.describe().paytable)
    paid = {
        f"{picks} picked, {hits} drawn": Fraction(pays)
        for picks, row in PAYS[game.name].items()
        for hits, pays in enumerate(row.split())
        if Fraction(pays)
    }

    assert shown.keys() == paid.keys()
    for cell, pays in paid.items():
        number = shown[cell].removesuffix(" times the stake").replace(",", "")
        assert Fraction(number) == pays


@every_keno
def test_returns_are_exact(game: Keno) -> None:
    """Each return is the stated fraction, its figures those of its law."""
    for index, entry in enumerate(game.bet_returns()):
        check_moments(entry)
        assert entry.expected == Fraction(RETURNS[game.name][index])
        assert str(entry.expected) in game.describe().help
        assert (entry.highest_award_probability or 0) > 0
        rarity = f"{float(1 / (entry.highest_award_probability or 1)):,.2f}"
        assert f"once in {rarity} draws" in game.describe().help, "B3"
    assert game.describe().returns.exact == f"{min(map(Fraction, RETURNS[game.name]))}"


@pytest.mark.parametrize(("picks", "percent"), [(1, "99.0000"), (5, "98.9858"), (10, "99.0374")])
def test_the_classic_table_returns_what_is_published(picks: int, percent: str) -> None:
    """For 1, 5 and 10 picks of 40."""
    assert f"{float(100 * K40.return_of(picks)):.4f}" == percent


def test_hits_are_hypergeometric() -> None:
    """Counted ticket by ticket, 3 of 8 numbers drawn are hit by tickets of 1 to 5 as computed."""
    for picks in range(1, 6):
        counted = Counter(
            sum(number <= 3 for number in chosen)
            for chosen in itertools.combinations(range(1, 9), picks)
        )
        law = hit_law(8, 3, picks)
        assert sum(law) == comb(8, picks)
        assert [counted[hits] for hits in range(picks + 1)] == list(law)


def test_every_set_is_equally_likely() -> None:
    """Played through every draw, each ordered 3 of 6 comes with the same chance (A6)."""
    played = Counter[tuple[int, ...]]()
    for chance, drawn in every_round(lambda draws: draw_numbers(draws.copy(), 6, 3)):
        assert chance == Fraction(1, 120)
        played[drawn] += 1

    assert set(played) == set(itertools.permutations(range(1, 7), 3))
    assert set(played.values()) == {1}


@every_keno
def test_the_draws_are_those_of_a_partial_shuffle(game: Keno) -> None:
    """Bounds fall from all numbers by one a draw, and the last of the list fills the gap."""
    bounds: list[int] = []

    class Recorder(Draws):
        def copy(self) -> Draws:
            return self

        def below(self, bound: int) -> int:
            bounds.append(bound)
            return 0

    state = game.open([game.sample("numbers-1", 100)], Recorder(bytes(32), ()))

    assert bounds == list(range(game.numbers, game.numbers - game.drawn, -1))
    assert state.drawn == (1, *range(game.numbers, game.numbers - game.drawn + 1, -1))
    assert len(bounds) == game.maximum_draws


@every_keno
def test_the_last_place_needs_no_filling(game: Keno) -> None:
    """A place at the end of the list draws the last number, and no number comes twice."""
    last = [game.numbers - 1 - index for index in range(game.drawn)]
    state = game.open([game.sample("numbers-1", 100)], Script(last))

    assert state.drawn == tuple(range(game.numbers, game.numbers - game.drawn, -1))


@every_keno
def test_one_draw_decides_all_tickets(game: Keno) -> None:
    """Each win is told with its own stake and payout, less than the stake where the table says."""
    drawn = list(range(1, game.drawn + 1))
    view = play(game, drawn, [1], [2], [40], [1, 40], [1, 36, 37, 38, 39])
    wins = {win.bet: win.payout for win in view.wins}

    assert wins["numbers-1"] == wins["numbers-2"] == 100 * Fraction(PAYS[game.name][1].split()[1])
    assert "numbers-40" not in wins
    assert wins.get("numbers-1-36-37-38-39") == (25 if game is K40 else None)
    assert view.payout == sum(wins.values())
    assert view.summary == " ".join(map(str, drawn))


@pytest.mark.parametrize(
    "name",
    [
        "numbers",
        "numbers-",
        "numbers-0",
        "numbers-01",
        "numbers-81",
        "numbers-1-1",
        "numbers-2-1",
        "numbers-1-2-3-4-5-6-7-8-9-10-11",
        "numbers-1-",
        "numbers-1 2",
        "Numbers-1",
        "numbers-1\n",
        "numbers-\u0661",
        "pick-1",
        "",
    ],
)
@every_keno
def test_names_that_are_no_ticket(game: Keno, name: str) -> None:
    """Numbers ascend, each once, none beyond the board; anything else is refused."""
    with pytest.raises(Refused) as refused:
        game.stake(Chips((Chip(name, 100),)), LIMITS)

    assert refused.value.code is ErrorCode.BET_INVALID
    with pytest.raises(ValueError, match="no bet named"):
        game.sample(name, 100)


def test_the_boards_differ() -> None:
    """41 can be picked of 80, not of 40."""
    assert picks_of("numbers-41", 80) == (41,)
    assert picks_of("numbers-41", 40) is None


@given(picks=st.sets(st.integers(1, 80), min_size=1, max_size=10))
@settings(max_examples=200, deadline=None)
def test_every_set_of_numbers_is_a_ticket(picks: set[int]) -> None:
    """A ticket's name gives its numbers back."""
    assert picks_of(ticket(tuple(picks)), 80) == tuple(sorted(picks))
    assert K80.stake(K80.sample(ticket(tuple(picks)), 300), LIMITS) == 300


@every_keno
@pytest.mark.parametrize(("stake", "code"), [(150, "stake_not_whole"), (99, "stake_below")])
def test_stakes_are_multiples_of_100(game: Keno, stake: int, code: str) -> None:
    """So that hundredths of them are whole."""
    with pytest.raises(Refused) as refused:
        game.stake(game.sample("numbers-1", 100).__class__((Chip("numbers-1", stake),)), LIMITS)

    assert refused.value.code.value == code


@every_keno
def test_rounds_follow_the_exact_law(game: Keno) -> None:
    """Live rounds fit every law, of the lowest numbers and of numbers spread over the board."""
    names = [choice.bet for choice in game.describe().choices]
    entries = {entry.bet.count("-"): entry for entry in game.bet_returns()}
    results = instant_results(game, names, 20_000, 100, f"law of {game.name}")
    for name, result in results.items():
        check(entries[name.count("-")], result)


@every_keno
def test_numbers_are_drawn_equally_often(game: Keno) -> None:
    """Each number comes as often as any other, and as often first (A9, A12)."""
    body = [game.sample("numbers-1", 100)]
    rounds = 8_000
    drawn = [game.open(body, draws).drawn for draws in seeded(f"numbers {game.name}", rounds)]
    first = Counter(numbers[0] for numbers in drawn)
    each = Counter(number for numbers in drawn for number in numbers)
    board = range(1, game.numbers + 1)
    share = Fraction(game.drawn, game.numbers)
    # Counts of different numbers are negatively correlated: the statistic is that much smaller.
    scale = float((1 - share) * game.numbers / (game.numbers - 1))
    limit = chi_square_limit(game.numbers - 1)

    assert set(each) == set(board)
    assert chi_square([first[n] for n in board], [rounds / game.numbers] * game.numbers) < limit
    assert (
        chi_square([each[n] for n in board], [rounds * float(share)] * game.numbers) < limit * scale
    )


def test_a_wrong_cell_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """One cell paid a tenth too much is seen by its return, and by rounds."""
    right = K40.bet_returns()[2]
    pays = {**keno.PAYS_40_10, 3: (0, 110, 310, 1_040)}
    monkeypatch.setattr(Keno40, "pays", pays)
    results = instant_results(K40, ["numbers-1-2-3"], 1_000, 100, "a wrong cell")

    assert K40.bet_returns()[2].expected != right.expected
    assert not fits(right, results["numbers-1-2-3"])


def test_a_biased_draw_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draw that takes number 1 a seventh too often is seen (A13)."""
    honest = draw_numbers

    def biased(draws: Draws, numbers: int, drawn: int) -> tuple[int, ...]:
        found = honest(draws, numbers, drawn)
        return (1, *found[1:]) if found[0] % 20 == 2 and 1 not in found else found

    monkeypatch.setattr(keno, "draw_numbers", biased)
    results = instant_results(K40, ["numbers-1"], 20_000, 100, "a biased draw")

    assert not fits(K40.bet_returns()[0], results["numbers-1"])


@every_keno
def test_bounds_are_reached_and_kept(game: Keno) -> None:
    """The best ticket pays the factor; fifty long tickets that win keep the reply's length."""
    drawn = list(range(game.numbers - game.drawn + 1, game.numbers + 1))
    best = drawn[-10:]
    tickets = list(itertools.islice(itertools.combinations(drawn[-12:], 10), 50))
    view = play(game, drawn, *map(list, tickets), stake=2**35 * 100)
    wins = tuple(
        msgspec.structs.replace(win, stake=2**53 - 1, payout=2**53 - 1) for win in view.wins
    )
    longest = msgspec.structs.replace(view, wins=wins, payout=2**53 - 1)

    assert len(msgspec.msgpack.encode(longest)) <= game.maximum_reply_bytes
    assert play(game, drawn, best).payout == game.maximum_payout_factor * 100
