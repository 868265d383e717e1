"""Three wheels of roulette: every bet, number by number."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from games.game import StakeLimits
from games.roulette import (
    SPOTS,
    AmericanRoulette,
    EuropeanRoulette,
    FrenchRoulette,
    Roulette,
    RouletteBet,
    RouletteBets,
    RouletteView,
    colour,
)
from games.roulette.layout import DOUBLE_ZERO
from protocol.errors import ErrorCode, Refused
from tests.games.laws import check, check_moments, fits, instant_results
from tests.games.scripts import Script, chi_square, chi_square_limit, seeded

GAME = EuropeanRoulette()
FRENCH = FrenchRoulette()
AMERICAN = AmericanRoulette()
every_wheel = pytest.mark.parametrize("game", [GAME, FRENCH, AMERICAN], ids=lambda game: game.name)
LIMITS = StakeLimits(1, 1_000_000)

PAYS = {
    "straight": 36,
    "split": 18,
    "street": 12,
    "trio": 12,
    "corner": 9,
    "first": 9,
    "line": 6,
    "column": 3,
    "dozen": 3,
    "red": 2,
    "black": 2,
    "odd": 2,
    "even": 2,
    "low": 2,
    "high": 2,
}
"""What each kind pays with its stake, as the house states it."""
RED = {1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36}


def bets(*names: str, stake: Any = 100) -> RouletteBets:
    """Return a bet of the same stake on each name."""
    return RouletteBets(tuple(RouletteBet(name, stake) for name in names))


def spin(number: int, *names: str, stake: int = 100, game: Roulette = GAME) -> RouletteView:
    """Spin with a given number."""
    return game.view(game.open([bets(*names, stake=stake)], Script([number])), 0)


EVEN_MONEY = ("red", "black", "odd", "even", "low", "high")


def covers(name: str, number: int) -> bool:
    """Say whether a bet wins, from its name and the layout alone."""
    kind, *parts = name.split("-")
    numbers = [int(part) for part in parts if part.isdigit()]
    if kind in {"straight", "split", "street", "trio", "corner"}:
        return number in numbers
    if name == "first-four":
        return number <= 3
    if kind == "line":
        return numbers[0] <= number <= numbers[1]
    if number == 0:
        return False
    return {
        "column": lambda: number % 3 == numbers[0] % 3,
        "dozen": lambda: (number - 1) // 12 == numbers[0] - 1,
        "red": lambda: number in RED,
        "black": lambda: number not in RED,
        "odd": lambda: number % 2 == 1,
        "even": lambda: number % 2 == 0,
        "low": lambda: number <= 18,
        "high": lambda: number > 18,
    }[kind]()


def layout() -> set[str]:
    """Return the names of all bets, found by walking over the layout of 3 columns and 12 rows."""
    names = {f"straight-{number}" for number in range(37)}
    names |= {"split-0-1", "split-0-2", "split-0-3", "trio-0-1-2", "trio-0-2-3", "first-four"}
    for row in range(12):
        for column in range(1, 4):
            number = 3 * row + column
            if column < 3:
                names.add(f"split-{number}-{number + 1}")
            if row < 11:
                names.add(f"split-{number}-{number + 3}")
            if column < 3 and row < 11:
                names.add(f"corner-{number}-{number + 1}-{number + 3}-{number + 4}")
        first = 3 * row + 1
        names.add(f"street-{first}-{first + 1}-{first + 2}")
        if row < 11:
            names.add(f"line-{first}-{first + 5}")
    names |= {f"{kind}-{index}" for kind in ("column", "dozen") for index in (1, 2, 3)}
    return names | {"red", "black", "odd", "even", "low", "high"}


def test_the_layout_is_whole() -> None:
    """Exactly the 157 bets of the layout can be made."""
    assert set(SPOTS) == layout()
    assert len(SPOTS) == 157


@pytest.mark.parametrize("number", range(37))
def test_every_bet_on_every_number(number: int) -> None:
    """All 157 bets pay, or do not pay, what the layout says."""
    for name in SPOTS:
        view = spin(number, name)
        expected = 100 * PAYS[name.split("-")[0]] if covers(name, number) else 0

        assert view.payout == expected, name
        assert [(win.bet, win.stake, win.payout) for win in view.wins] == (
            [(name, 100, expected)] if expected else []
        )


def test_colours() -> None:
    """Zero is green, 18 numbers are red, 18 black."""
    colours = Counter(colour(number) for number in range(37))

    assert colours == {"green": 1, "red": 18, "black": 18}
    assert all((colour(number) == "red") == (number in RED) for number in range(37))


def test_zero_loses_even_money_whole() -> None:
    """There is no la partage."""
    assert spin(0, "red", "black", "odd", "even", "low", "high").payout == 0


def test_several_bets_are_told_apart() -> None:
    """Each win is told with its own stake and payout; the rest has lost."""
    stakes = {"straight-17": 100, "split-17-20": 50, "red": 200, "odd": 10}
    body = RouletteBets(tuple(RouletteBet(name, stake) for name, stake in stakes.items()))
    view = GAME.view(GAME.open([body], Script([17])), None)

    assert (view.number, view.colour, view.summary) == (17, "black", "17 black")
    assert [(win.bet, win.payout) for win in view.wins] == [
        ("straight-17", 3_600),
        ("split-17-20", 900),
        ("odd", 20),
    ]
    assert view.payout == 4_520
    assert GAME.stake(body, LIMITS) == 360


@pytest.mark.parametrize("entry", GAME.bet_returns(), ids=lambda entry: entry.bet)
def test_every_bet_returns_36_of_37(entry: Any) -> None:
    """The return is exact; frequency and variance are those of a bet on k of 37 numbers."""
    numbers = sum(covers(entry.bet, number) for number in range(37))

    assert entry.expected == Fraction(36, 37)
    assert entry.hit_frequency == Fraction(numbers, 37)
    assert entry.variance == Fraction(36**2, 37 * numbers) - Fraction(36, 37) ** 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (bets(), ErrorCode.BET_INVALID),
        (bets("straight-37"), ErrorCode.BET_INVALID),
        (bets("straight-00"), ErrorCode.BET_INVALID),
        (bets("split-20-17"), ErrorCode.BET_INVALID),
        (bets("split-3-4"), ErrorCode.BET_INVALID),
        (bets("corner-3-4-6-7"), ErrorCode.BET_INVALID),
        (bets("Red"), ErrorCode.BET_INVALID),
        (bets(""), ErrorCode.BET_INVALID),
        (bets("red", "red"), ErrorCode.BET_INVALID),
        (bets(*list(SPOTS)[:51]), ErrorCode.BET_INVALID),
        (bets("red", stake=0), ErrorCode.STAKE_BELOW),
        (bets("red", stake=-5), ErrorCode.STAKE_BELOW),
        (bets("red", stake=1.5), ErrorCode.STAKE_NOT_WHOLE),
        (bets("red", stake=100.0), ErrorCode.STAKE_NOT_WHOLE),
        (bets("red", stake=1_000_001), ErrorCode.STAKE_ABOVE),
        (bets("red", "odd", stake=500_001), ErrorCode.STAKE_ABOVE),
        (bets(*list(SPOTS)[:50], stake=2**53 - 1), ErrorCode.STAKE_ABOVE),
    ],
)
def test_refusals(body: RouletteBets, code: ErrorCode) -> None:
    """Each kind of wrong bet has its own refusal; a bet named twice is refused, not summed."""
    with pytest.raises(Refused) as refused:
        GAME.stake(body, LIMITS)

    assert refused.value.code is code


def test_limits_hold_for_bet_and_round() -> None:
    """The table's minimum is that of each bet, its maximum that of the round."""
    limits = StakeLimits(50, 200)

    assert GAME.stake(bets("red", "odd"), limits) == 200
    for body, code in [
        (bets("red", "odd", stake=49), ErrorCode.STAKE_BELOW),
        (bets("red", "odd", stake=101), ErrorCode.STAKE_ABOVE),
    ]:
        with pytest.raises(Refused) as refused:
            GAME.stake(body, limits)
        assert refused.value.code is code


def test_fifty_bets_are_taken() -> None:
    """That is the most of one round."""
    assert GAME.stake(bets(*list(SPOTS)[:50]), LIMITS) == 5_000


def test_body_on_the_wire() -> None:
    """The body is read as the description says; a list that is far too long is not even read."""
    body = b'{"bets":[{"bet":"straight-17","stake":100},{"bet":"red","stake":200}]}'

    assert msgspec.json.decode(body, type=GAME.bets_type).bets[1] == RouletteBet("red", 200)
    for wrong in [{"bet": "x" * 65, "stake": 1}], [{"bet": "red", "stake": 1}] * 1_001:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"bets": wrong}, GAME.bets_type)


def test_one_draw_a_round() -> None:
    """The number is `below(37)`: a word from the first one that is not rejected."""
    limit = 2**32 - 2**32 % 37
    script = Script([limit, 36])
    state = GAME.open([bets("red")], script)

    assert state.number == 36
    assert script.used == [2]
    assert GAME.maximum_draws == 1


def test_bounds_are_reached_and_kept() -> None:
    """A straight pays the factor; a view with every possible win keeps the reply's length."""
    huge = 2**53 - 1
    longest = 0
    for number in range(37):
        names = [name for name in SPOTS if covers(name, number)]
        view = spin(number, *names, stake=huge)
        view = msgspec.structs.replace(
            view,
            payout=huge,
            wins=tuple(msgspec.structs.replace(win, payout=huge) for win in view.wins),
        )
        longest = max(longest, len(msgspec.msgpack.encode(view)))

    assert longest == GAME.maximum_reply_bytes
    assert spin(7, "straight-7").payout == GAME.maximum_payout_factor * 100


def test_numbers_are_uniform() -> None:
    """Played numbers pass chi-square, and so do pairs of following numbers (A9, A12)."""
    body = [bets("red")]
    numbers = [GAME.open(body, draws).number for draws in seeded("roulette", 74_000)]
    counts = Counter(numbers)
    pairs = Counter(zip(numbers[::2], numbers[1::2], strict=True))

    assert chi_square([counts[n] for n in range(37)], [2_000] * 37) < chi_square_limit(36)
    observed = [pairs[one, other] for one in range(37) for other in range(37)]
    assert chi_square(observed, [37_000 / 37**2] * 37**2) < chi_square_limit(37**2 - 1)


def test_a_biased_wheel_fails() -> None:
    """Chi-square sees a pocket that comes a quarter too often: the test above can fail (A13)."""
    counts = [2_500, *[72_000 / 37 * 73_500 / 72_000] * 36]

    assert chi_square([round(count) for count in counts], [2_000] * 37) > chi_square_limit(36)


class TestFrench:
    """One zero with la partage."""

    @pytest.mark.parametrize("number", range(37))
    def test_only_even_money_on_zero_differs(self, number: int) -> None:
        """Half of the stake comes back there; all else pays as on the European wheel."""
        for name in SPOTS:
            payout = spin(number, name, game=FRENCH).payout
            expected = spin(number, name).payout

            assert payout == (50 if number == 0 and name in EVEN_MONEY else expected), name

    def test_half_a_stake_is_told_among_the_wins(self) -> None:
        """Each even-money bet is listed with what came back."""
        view = spin(0, *EVEN_MONEY, "straight-0", "column-1", stake=30, game=FRENCH)

        assert [(win.bet, win.stake, win.payout) for win in view.wins] == [
            *((name, 30, 15) for name in EVEN_MONEY),
            ("straight-0", 30, 1_080),
        ]
        assert view.payout == 6 * 15 + 1_080

    def test_even_money_takes_even_stakes(self) -> None:
        """So that half of one is whole; other bets take any."""
        assert FRENCH.stake(bets("straight-0", "dozen-1", stake=11), LIMITS) == 22
        for name in EVEN_MONEY:
            assert FRENCH.stake(bets(name, stake=12), LIMITS) == 12
            with pytest.raises(Refused) as refused:
                FRENCH.stake(bets(name, stake=11), LIMITS)
            assert refused.value.code is ErrorCode.STAKE_NOT_WHOLE

    def test_returns(self) -> None:
        """La partage halves the edge of even money to 1/74, published; others lose 1/37."""
        for entry in FRENCH.bet_returns():
            edge = Fraction(1, 74) if entry.bet in EVEN_MONEY else Fraction(1, 37)
            assert entry.expected == 1 - edge, entry.bet
        assert FRENCH.describe().returns.exact == "36/37"


class TestAmerican:
    """Two zeros and the top line."""

    @pytest.mark.parametrize("number", range(38))
    def test_every_bet_on_every_number(self, number: int) -> None:
        """All 161 bets pay, or do not pay, what the layout says."""
        name_of = "00" if number == DOUBLE_ZERO else str(number)
        for name in (entry.bet for entry in AMERICAN.bet_returns()):
            kind, *parts = name.split("-")
            pays = 7 if name == "top-line" else PAYS[kind]
            if kind in {"straight", "split", "street", "trio", "corner"}:
                won = name_of in parts
            elif name == "top-line":
                won = number in {0, 1, 2, 3, DOUBLE_ZERO}
            else:
                won = number != DOUBLE_ZERO and covers(name, number)

            assert spin(number, name, game=AMERICAN).payout == 100 * pays * won, name

    def test_the_double_zero_is_number_37(self) -> None:
        """It is told as 00, and is green."""
        view = spin(DOUBLE_ZERO, "straight-00", *EVEN_MONEY, game=AMERICAN)

        assert (view.number, view.colour, view.summary) == (37, "green", "00 green")
        assert view.payout == 3_600
        assert spin(0, "straight-0", game=AMERICAN).summary == "0 green"

    def test_returns(self) -> None:
        """Every bet loses 1/19, the top line 3/38, published; a straight deviates by 5.762617."""
        entries = {entry.bet: entry for entry in AMERICAN.bet_returns()}
        edges = {name: 1 - (entry.expected or 0) for name, entry in entries.items()}

        assert edges.pop("top-line") == Fraction(3, 38)
        assert set(edges.values()) == {Fraction(1, 19)}
        assert round(float(entries["straight-17"].variance or 0) ** 0.5, 6) == 5.762617
        assert round(float(entries["red"].variance or 0) ** 0.5, 6) == 0.998614
        assert AMERICAN.describe().returns.exact == "35/38"

    @pytest.mark.parametrize("name", ["straight-37", "first-four", "split-0-3", "trio-0-2-3"])
    def test_bets_of_the_other_wheel_are_refused(self, name: str) -> None:
        """0 does not lie beside 3, and the first four have become the top line."""
        with pytest.raises(Refused) as refused:
            AMERICAN.stake(bets(name), LIMITS)

        assert refused.value.code is ErrorCode.BET_INVALID

    def test_one_draw_below_38(self) -> None:
        """A word from the first one that is not rejected."""
        limit = 2**32 - 2**32 % 38
        script = Script([limit, 37])

        assert AMERICAN.open([bets("red")], script).number == DOUBLE_ZERO
        assert script.used == [2]


@every_wheel
def test_figures_agree_with_the_law(game: Roulette) -> None:
    """Mean, variance, frequency and highest award are those of the law of each bet."""
    for entry in game.bet_returns():
        check_moments(entry)


@every_wheel
def test_rounds_follow_the_exact_law(game: Roulette) -> None:
    """Live rounds fit every bet's law: |z| at most 4 for the mean, chi-square for the rest."""
    entries = {entry.bet: entry for entry in game.bet_returns()}
    results = instant_results(game, entries, 20_000, 100, f"law of {game.name}")
    for name, result in results.items():
        check(entries[name], result)


def test_a_wrong_pay_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """One number that pays a bet by mistake is seen by law and by rounds."""
    game = AmericanRoulette()
    right = {entry.bet: entry for entry in game.bet_returns()}["top-line"]
    monkeypatch.setitem(game._table.winning[36], "top-line", 14)
    wrong = {entry.bet: entry for entry in game.bet_returns()}["top-line"]
    results = instant_results(game, ["top-line"], 20_000, 100, "a wrong pay")

    assert wrong.expected == (right.expected or 0) + Fraction(7, 38)
    assert not fits(right, results["top-line"])
    assert fits(wrong, results["top-line"])


@every_wheel
def test_samples_are_one_known_bet(game: Roulette) -> None:
    """Each bet of the returns can be sampled, and no other."""
    for entry in game.bet_returns():
        assert game.stake(game.sample(entry.bet, 100), LIMITS) == 100
    with pytest.raises(ValueError, match="no bet named"):
        game.sample("straight-38", 100)


@every_wheel
def test_bounds_hold_on_every_number(game: Roulette) -> None:
    """Payout and reply keep their bounds with every bet of the layout on the table."""
    names = [entry.bet for entry in game.bet_returns()]
    for number in range(38 if game is AMERICAN else 37):
        view = spin(number, *names, stake=2**46, game=game)

        assert view.payout <= game.maximum_payout_factor * len(names) * 2**46
        assert len(msgspec.msgpack.encode(view)) <= game.maximum_reply_bytes


def test_digests_tell_the_wheels_apart() -> None:
    """Three games of one source are three digests."""
    assert len({game.digest for game in (GAME, FRENCH, AMERICAN)}) == 3
