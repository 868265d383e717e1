"""Sic bo: every bet on every roll, and its published mathematics."""

from __future__ import annotations

import itertools
from fractions import Fraction

import msgspec
import pytest

from games import sic_bo
from games.chips import Chip, Chips
from games.game import StakeLimits
from games.sic_bo import CHOICES, DICE, MULTIPLES, SicBo, SicBoView
from protocol.errors import ErrorCode, Refused
from tests.games.laws import check, check_moments, fits, instant_results
from tests.games.scripts import Script, every_round

GAME = SicBo()
LIMITS = StakeLimits(1, 1_000_000)
TOTALS = {4: 60, 5: 30, 6: 17, 7: 12, 8: 8, 9: 6, 10: 6, 11: 6, 12: 6, 13: 8, 14: 12}
TOTALS |= {15: 17, 16: 30, 17: 60}
"""What each total pays to one, as the house states it."""
EDGES = {
    **dict.fromkeys(("small", "big", "odd", "even"), Fraction(1, 36)),
    "any-triple": Fraction(5, 36),
    **{f"triple-{number}": Fraction(35, 216) for number in range(1, 7)},
    **{f"double-{number}": Fraction(5, 27) for number in range(1, 7)},
    **{f"single-{number}": Fraction(17, 216) for number in range(1, 7)},
    **{f"combination-{a}-{b}": Fraction(1, 6) for a in range(1, 7) for b in range(a + 1, 7)},
    **{f"total-{total}": Fraction(11, 72) for total in (4, 17)},
    **{f"total-{total}": Fraction(5, 36) for total in (5, 16)},
    **{f"total-{total}": Fraction(1, 6) for total in (6, 15)},
    **{f"total-{total}": Fraction(7, 72) for total in (7, 14)},
    **{f"total-{total}": Fraction(1, 8) for total in (8, 10, 11, 13)},
    **{f"total-{total}": Fraction(41, 216) for total in (9, 12)},
}
"""The first three rows are published, the others follow from the pays."""


def roll(dice: tuple[int, ...], *names: str, stake: int = 100) -> SicBoView:
    """Roll given dice."""
    body = Chips(tuple(GAME.sample(name, stake).bets[0] for name in names))
    return GAME.view(GAME.open([body], Script([die - 1 for die in dice])), 0)


def pays(name: str, dice: tuple[int, ...]) -> int:
    """Return what a bet wins to one, or -1, from its name and the dice alone."""
    kind, *rest = name.split("-")
    numbers = [int(part) for part in rest if part.isdigit()]
    total = sum(dice)
    triple = dice[0] == dice[1] == dice[2]
    if kind in {"small", "big", "odd", "even"}:
        right = {
            "small": 4 <= total <= 10,
            "big": 11 <= total <= 17,
            "odd": total % 2 == 1,
            "even": total % 2 == 0,
        }[kind]
        return 1 if right and not triple else -1
    if kind == "total":
        return TOTALS[total] if total == numbers[0] else -1
    if kind == "single":
        return dice.count(numbers[0]) or -1
    if kind == "double":
        return 10 if dice.count(numbers[0]) >= 2 else -1
    if kind == "triple":
        return 180 if dice.count(numbers[0]) == 3 else -1
    if kind == "any":
        return 30 if triple else -1
    assert kind == "combination"
    return 5 if all(number in dice for number in numbers) else -1


def test_the_layout_is_whole() -> None:
    """Exactly the 52 bets of the layout can be made."""
    assert set(MULTIPLES) == set(EDGES)
    assert len(CHOICES) == len(MULTIPLES) == 52


@pytest.mark.parametrize("name", EDGES)
def test_every_bet_on_every_roll(name: str) -> None:
    """Each bet pays, or does not pay, what the layout says on all 216 rolls."""
    for dice in itertools.product(range(1, 7), repeat=3):
        assert roll(dice, name).payout == 100 * (1 + pays(name, dice)), dice


def test_returns_are_exact() -> None:
    """The edge of each bet is the published fraction, its figures those of its law."""
    for entry in GAME.bet_returns():
        check_moments(entry)
        assert 1 - (entry.expected or 0) == EDGES[entry.bet], entry.bet
    assert GAME.describe().returns.exact == f"{1 - max(EDGES.values())}"
    small = next(entry for entry in GAME.bet_returns() if entry.bet == "small")
    assert round(float(small.variance or 0) ** 0.5, 4) == 0.9996


def test_live_rounds_are_the_216_rolls() -> None:
    """Played through every draw that can happen, each roll comes once."""
    body = GAME.sample("small", 100)
    played = [
        (chance, state.dice)
        for chance, state in every_round(lambda draws: GAME.open([body], draws))
    ]

    assert [chance for chance, _ in played] == [Fraction(1, 216)] * 216
    assert {dice for _, dice in played} == set(DICE)


def test_dice_are_drawn_in_order() -> None:
    """Three draws below 6; a rejected word counts for none of them."""
    limit = 2**32 - 2**32 % 6
    script = Script([0, limit, 3, 5])
    state = GAME.open([GAME.sample("big", 100)], script)

    assert state.dice == (1, 4, 6)
    assert script.used == [4]
    assert GAME.maximum_draws == 3
    assert GAME.view(state, None).summary == "1, 4 and 6: 11, big"
    assert roll((5, 5, 5), "big").summary == "5, 5 and 5: 15, triple"
    assert roll((1, 1, 2), "big").summary == "1, 1 and 2: 4, small"


def test_several_bets_are_told_apart() -> None:
    """Each win is told with its own stake and payout; the rest has lost."""
    view = roll((2, 4, 4), "small", "odd", "single-4", "double-4", "combination-2-4", "total-10")

    assert [(win.bet, win.payout) for win in view.wins] == [
        ("small", 200),
        ("single-4", 300),
        ("double-4", 1_100),
        ("combination-2-4", 600),
        ("total-10", 700),
    ]
    assert view.payout == 2_900


def test_rounds_follow_the_exact_law() -> None:
    """Live rounds fit every bet's law: |z| at most 4 for the mean, chi-square for the rest."""
    results = instant_results(GAME, MULTIPLES, 40_000, 100, "law of sic bo")
    for entry in GAME.bet_returns():
        check(entry, results[entry.bet])


def test_a_wrong_pay_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A total that pays one more than it should is seen by its rounds, and by its return."""
    right = next(entry for entry in GAME.bet_returns() if entry.bet == "total-7")
    for dice in DICE:
        if sum(dice) == 7:
            monkeypatch.setitem(sic_bo._WINNING[dice], "total-7", 14)
    wrong = next(entry for entry in GAME.bet_returns() if entry.bet == "total-7")

    assert wrong.expected != right.expected
    results = instant_results(GAME, ["total-7"], 2_000, 100, "a wrong pay")["total-7"]
    assert not fits(right, results)


def test_a_loaded_die_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first die whose one counts as a six before a pair is seen: a bias of 3 % (A13)."""
    entries = {entry.bet: entry for entry in GAME.bet_returns()}
    for pair in range(1, 7):
        wrong = sic_bo._WINNING[6, pair, pair]
        monkeypatch.setitem(sic_bo._WINNING, (1, pair, pair), wrong)
    results = instant_results(GAME, ["single-6", "single-1"], 20_000, 100, "a loaded die")

    assert not all(fits(entries[name], result) for name, result in results.items())


@pytest.mark.parametrize(
    "name",
    ["total-3", "total-18", "total-04", "single-0", "single-7", "combination-2-1", "triple", ""],
)
def test_unknown_bets_are_refused(name: str) -> None:
    """A name that is not on the layout has its own refusal."""
    with pytest.raises(Refused) as refused:
        GAME.stake(Chips((Chip(name, 100),)), LIMITS)

    assert refused.value.code is ErrorCode.BET_INVALID
    with pytest.raises(ValueError, match="no bet named"):
        GAME.sample(name, 100)


def test_bounds_hold_on_every_roll() -> None:
    """Payout and reply keep their bounds; a triple reaches the factor."""
    huge = 2**53 - 1
    for dice in DICE:
        view = roll(dice, *MULTIPLES, stake=2**40)
        wins = tuple(msgspec.structs.replace(win, stake=huge, payout=huge) for win in view.wins)
        longest = msgspec.structs.replace(view, wins=wins, payout=huge)

        assert view.payout <= GAME.maximum_payout_factor * len(MULTIPLES) * 2**40
        assert len(msgspec.msgpack.encode(longest)) <= GAME.maximum_reply_bytes
    assert roll((2, 2, 2), "triple-2").payout == GAME.maximum_payout_factor * 100
