"""The exact mathematics of whole rounds, free games included."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import pytest

from games.analysis import slots
from games.analysis.slot_highest import highest_award
from games.analysis.slot_law import payout_law
from games.analysis.spins import SpinCounter
from games.slots.engine import Slot
from games.slots.machine import Machine, MachineError
from tests.games.slots.machines import changed, machine, shipped
from tests.games.slots.paths import every_round

SHIPPED = shipped().machine
FILE = SHIPPED.source.decode()


TINY = [
    machine("tiny"),
    # Where scatters do not pay, free games can follow a spin that paid nothing.
    machine("tiny", ("\npays = { 3 = 5 }", "\npays = {}")),
    machine("small_sticky", ('expands = "free_games"\n', "")),
    machine("small_sticky", ('expands = "free_games"\n', 'expands = "always"\n')),
    machine("small_ways"),
    machine("small_sticky"),
    machine("small_cascades"),
    machine("small_features"),
]


LONGER = [
    machine("tiny", ('symbol = "w"\n', 'symbol = "w"\nmultiplier = 3\n')),
    machine("tiny", ('symbol = "w"\n', 'symbol = "w"\nexpands = "always"\n')),
    machine(
        "tiny",
        ('symbol = "w"\n', 'symbol = "w"\nexpands = "free_games"\n'),
        ("cap = 2\n", "cap = 2\nsticky_wilds = true\n"),
    ),
    machine("tiny", ("cap = 2\n", "cap = 2\nsticky_wilds = true\n")),
    machine(
        "small_sticky", ("cap = 2", "cap = 3"), ("\nawards = { 2 = 1 }", "\nawards = { 2 = 2 }")
    ),
    machine("small_features", ("chance = [1, 2]", "chance = [1, 3]"), ('"p b c"', '"p c b a"')),
]


@pytest.mark.parametrize(
    "owner",
    [*TINY, *(pytest.param(owner, marks=pytest.mark.math) for owner in LONGER)],
    ids=lambda owner: owner.name,
)
def test_every_round_of_a_tiny_machine(owner: Machine) -> None:
    """Return and its parts, hit frequency, variance and law are those of all rounds played live."""
    slot = Slot(owner)
    stake = owner.stakes[0]
    total = first = second = hits = triggers = games = respins = picks = Fraction(0)
    law: dict[Fraction, Fraction] = {}
    for probability, state in every_round(slot, stake):
        payout = Fraction(state.payouts[0] or 0, stake)
        total += probability
        first += probability * payout
        second += probability * payout**2
        hits += probability if payout else 0
        triggers += probability if state.free_games else 0
        games += probability * len(state.free_games)
        respins += probability if state.respins else 0
        picks += probability if getattr(state, "opened", ()) else 0
        law[payout] = law.get(payout, Fraction(0)) + probability

    figures = slots.mathematics(owner)
    assert total == 1
    whole = payout_law(owner)
    assert whole is not None
    assert whole.points == tuple((paid - 1, law[paid]) for paid in sorted(law))
    assert highest_award(owner) == max(law.items())
    assert figures.expected == slots.expected_return(owner) == first
    assert sum(value for _, value in figures.parts) == first
    assert figures.variance == second - first**2
    assert figures.hit_frequency == hits
    assert figures.trigger_frequency == triggers
    assert figures.respins_frequency == respins
    assert figures.pick_frequency == picks
    if triggers:
        assert figures.free_games_played == games / triggers
        assert games / triggers > 1


def test_classic_sevens_is_the_published_sheet() -> None:
    """247536/262144, and a standard deviation of 6.6640."""
    figures = slots.mathematics(machine("classic_sevens"))

    assert figures.expected == Fraction(247_536, 262_144)
    assert figures.hit_frequency == Fraction(61_810, 262_144)
    assert f"{math.sqrt(figures.variance):.4f}" == "6.6640"
    assert figures.free_game_return == figures.trigger_frequency == 0


def test_lobstermania_is_the_published_sheet() -> None:
    """Lines, scatters and a bonus of mean 331 make 96.2 % and a bit."""
    figures = slots.mathematics(machine("lobstermania"))
    bonus = Fraction(150_000 * 331, 259_440_000)

    assert figures.expected == figures.line_return + figures.scatter_return
    assert f"{float(figures.line_return - bonus):.5%}" == "66.46999%"
    assert f"{float(figures.scatter_return):.5%}" == "10.64514%"
    assert f"{float(figures.expected):.2%}" == "96.25%"


def with_free_games(award: int, cap: int, retrigger: str = "") -> Machine:
    """Return the shipped machine with one award for three scatters or more."""
    return changed(
        FILE,
        ("awards = { 3 = 10, 4 = 15, 5 = 20 }", f"awards = {{ 3 = {award} }}\n{retrigger}"),
        ("cap = 50", f"cap = {cap}"),
    )


def base_figures() -> tuple[Fraction, Fraction]:
    """Return mean line bets and trigger probability of one spin of the shipped machine."""
    counter = SpinCounter(SHIPPED, SHIPPED.reels)
    classes = counter.classes(means_only=True)
    paid = sum(group.amount for group in classes)
    triggers = sum(group.ways for group in classes if group.scatters >= 3)
    return Fraction(paid, counter.cycle), Fraction(triggers, counter.cycle)


def test_free_games_without_retrigger() -> None:
    """Exactly T · F · m · E[W] on top of the paid spin."""
    mean, trigger = base_figures()
    owner = with_free_games(10, 10, "retrigger_awards = {}")

    assert slots.expected_return(owner) == (mean + trigger * 10 * 2 * mean) / 20


def test_free_games_approach_the_closed_form() -> None:
    """With a cap that is hardly ever met a free game is worth m E[W] / (1 - F p)."""
    mean, trigger = base_figures()
    closed = (mean + trigger * 10 * 2 * mean / (1 - 10 * trigger)) / 20
    short = [closed - slots.expected_return(with_free_games(10, cap)) for cap in (10, 20, 50, 250)]

    assert short == sorted(short, reverse=True)
    assert 0 < short[3] < Fraction(1, 10**9)
    assert short[2] > Fraction(1, 10**5)


def test_cap_of_the_first_award_is_no_retrigger() -> None:
    """A cap equal to the award leaves no room for more."""
    none = with_free_games(10, 10, "retrigger_awards = {}")

    assert slots.expected_return(with_free_games(10, 10)) == slots.expected_return(none)


def test_parts_make_the_whole() -> None:
    """Lines, scatters and free games add up; the quick return is the exact one."""
    figures = slots.mathematics(SHIPPED)
    parts = figures.line_return + figures.scatter_return + figures.free_game_return

    assert figures.expected == parts == slots.expected_return(SHIPPED)
    assert Fraction(95, 100) < figures.expected < Fraction(96, 100)


def test_each_bet_level_is_a_bet() -> None:
    """All levels pay in proportion, so their figures are equal."""
    entries = slots.bet_returns(SHIPPED)

    assert [entry.bet for entry in entries] == [f"stake-{stake}" for stake in SHIPPED.stakes]
    assert (
        len({entry[1:] if isinstance(entry, tuple) else entry.expected for entry in entries}) == 1
    )


def test_top_pay_and_its_odds() -> None:
    """Four ways out of the cycle for five moons on a line."""
    assert slots.top_pay(SHIPPED) == (5_000, Fraction(4, 92_121_120))


def raised(counts: str, run: int) -> str:
    """Return a table of counts with one amount raised by one."""
    return re.sub(rf"\b{run} = (\d+)", lambda cell: f"{run} = {int(cell[1]) + 1}", counts)


CELLS = re.findall(r"^(\w+) = (\{ 3 = .+ \})$", FILE, re.MULTILINE)
TAMPERED = [
    (f"{name} = {counts}", f"{name} = {raised(counts, run)}")
    for name, counts in CELLS
    for run in (3, 4, 5)
]


@pytest.mark.parametrize(("old", "new"), TAMPERED)
def test_one_pay_changed_shows(old: str, new: str) -> None:
    """A single unit more on any cell of lines, scatters or awards changes the exact return."""
    assert old != new
    assert slots.expected_return(changed(FILE, (old, new))) > slots.expected_return(SHIPPED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("multiplier = 2", "multiplier = 1"),
        ("cap = 50", "cap = 49"),
        ("does_not_replace = []", 'does_not_replace = ["moss"]'),
    ],
)
def test_one_rule_changed_shows(old: str, new: str) -> None:
    """So does a rule, by however little."""
    assert slots.expected_return(changed(FILE, (old, new))) < slots.expected_return(SHIPPED)


def test_one_symbol_changed_shows() -> None:
    """So does one symbol of one strip."""
    row = "moss  fern  rose  moss  iris  hawk  lamp  fern"
    better = changed(FILE, (row, row.replace("hawk", "moon")))

    assert slots.expected_return(better) > slots.expected_return(SHIPPED)


FEATURES = [
    ("small_ways", "a = { 2 = 1, 3 = 5 }", "a = { 2 = 1, 3 = 6 }"),
    ("small_ways", "multiplier = 3\n", "multiplier = 4\n"),
    ("small_ways", "[1, 1, 1, 1, 2]]", "[1, 1, 1, 1, 3]]"),
    ("small_sticky", "multiplier = 2", "multiplier = 3"),
    ("small_sticky", "sticky_wilds = true", "sticky_wilds = false"),
    ("small_sticky", '"free_games"', '"never"'),
    ("small_sticky", "cap = 2", "cap = 3"),
    ("small_cascades", "multipliers = [1, 3]", "multipliers = [1, 4]"),
    ("small_cascades", "most = 3", "most = 2"),
    ("small_features", "4 = 1", "5 = 1"),
    ("small_features", "chance = [1, 2]", "chance = [100, 201]"),
    ("small_features", "respins = 2", "respins = 3"),
    ("small_features", "full = 7", "full = 8"),
    ("small_features", "prizes = [1, 3, 3]", "prizes = [1, 3, 4]"),
    ("small_features", "picks = 2", "picks = 1"),
    ("small_features", "stops = 1", "stops = 2"),
]


@pytest.mark.parametrize(("name", "old", "new"), FEATURES)
def test_one_number_of_a_feature_changed_shows(name: str, old: str, new: str) -> None:
    """So does each number of every feature."""
    assert slots.expected_return(machine(name, (old, new))) != slots.expected_return(machine(name))


def test_a_gamble_changes_nothing() -> None:
    """It returns exactly what it takes, and the stated play is to collect (B14)."""
    plain = machine("small_features", ("[gamble]\nsteps = 2\nmaximum = 12\n", ""))

    assert slots.expected_return(plain) == slots.expected_return(machine("small_features"))
    assert "gamble" in slots.bet_returns(machine("small_features"))[0].note


def test_laws_and_highest_awards() -> None:
    """Where a round has no free games its law is listed, with the highest award and its chance."""
    bet = slots.bet_returns(machine("classic_sevens"))[0]

    assert bet.highest_award == 1000
    assert bet.highest_award_probability == Fraction(8, 262_144)
    assert bet.expected is not None
    assert bet.law is not None
    assert sum(chance for _, chance in bet.law) == 1
    assert sum(net * chance for net, chance in bet.law) == bet.expected - 1
    assert bet.law[0][0] == -1
    assert 1 - bet.law[0][1] == bet.hit_frequency
    assert slots.bet_returns(machine("tiny"))[0].law is None


def test_what_a_gamble_can_reach() -> None:
    """Every chain of doublings of every win, by the rules of the live game, and its chance.

    With at most 12 stakes and two steps, a win of 3 ends as high as one of 6 or of 12.
    """
    owner = machine("small_features")
    law = payout_law(owner)
    assert law is not None
    rules = owner.gamble
    assert rules is not None
    chances: dict[Fraction, Fraction] = {}
    for net, chance in law.points:
        paths = [(net + 1, chance, 0)]
        for award, path, steps in paths:
            if award and steps < rules.steps and 2 * award <= rules.maximum:
                paths.append((2 * award, path / 2, steps + 1))
        award, path, _ = paths[-1]
        chances[award] = chances.get(award, Fraction(0)) + path
    bet = slots.bet_returns(owner)[0]
    best = max(chances)

    if best > law.points[-1][0] + 1:
        assert (bet.reachable_award, bet.reachable_award_probability) == (best, chances[best])
    else:
        assert bet.reachable_award is None
    higher = slots.bet_returns(machine("small_features", ("maximum = 12", "maximum = 1000")))[0]
    assert higher.reachable_award == 4 * (1 + law.points[-1][0])
    assert higher.reachable_award_probability == law.points[-1][1] / 4
    assert slots.bet_returns(machine("classic_sevens"))[0].reachable_award is None


@pytest.mark.parametrize(
    ("pay", "minimum", "reason"),
    [(1000, "0.95", "94.4275%, below the minimum of 95.00%"), (100_000, "0.8", "above 100 %")],
)
def test_a_return_out_of_bounds_is_refused(pay: int, minimum: str, reason: str) -> None:
    """The error points at the pay table."""
    owner = machine("classic_sevens", ("{ 3 = 1000 }", f"{{ 3 = {pay} }}"))
    with pytest.raises(MachineError) as error:
        slots.check_return(owner, Fraction(minimum))

    assert reason in error.value.reason
    assert (error.value.key, error.value.line) == ("pays", 30)


def test_a_return_within_bounds_passes() -> None:
    """The bounds themselves are allowed."""
    owner = machine("classic_sevens")
    slots.check_return(owner, slots.expected_return(owner))
    slots.check_return(SHIPPED, Fraction(85, 100))


def test_reels_of_a_sheet() -> None:
    """Strips with weights, and counts that are those of the published sheet."""
    figures = slots.mathematics(machine("classic_sevens"))
    names = ["seven", "triple", "double", "bar", "cherry", "blank"]

    assert [dict(reel.counts) for reel in figures.reels] == [
        dict(zip(names, weights, strict=True))
        for weights in ([2, 5, 7, 10, 12, 28], [2, 5, 8, 10, 8, 31], [2, 6, 8, 11, 6, 31])
    ]
    assert figures.reels[0].strip[0] == ("seven", 2)
    tiny = slots.mathematics(machine("tiny"))
    assert [(reel.game, reel.reel) for reel in tiny.reels] == [
        (game, number) for game in ("paid", "free") for number in (1, 2, 3)
    ]
