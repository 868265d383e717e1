"""Strategy lists for reading: hold the first line of the list that the deal has.

A list fits on a page, so it is not quite perfect play: it does not look at what is thrown away.
What it returns is stated with it, exact, as `games.analysis.video_poker` computes it over every
deal.
`VideoPoker.advise` plays perfectly instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from games.analysis.decimals import decimal
from games.game import StrategyTable
from games.video_poker.lists import held, lists_of
from games.video_poker.machines import Machine

LIST_RETURNS: Final[Mapping[str, Fraction]] = {
    "jacks-or-better": Fraction(1_653_509_728_037, 1_661_102_543_100),
    "jacks-or-better-9-5": Fraction(233_611_261_277, 237_300_363_300),
    "jacks-or-better-8-6": Fraction(9_502_250_033, 9_657_572_925),
    "jacks-or-better-8-5": Fraction(62_159_850_253, 63_888_559_350),
    "jacks-or-better-7-5": Fraction(1_597_033_384_217, 1_661_102_543_100),
    "jacks-or-better-6-5": Fraction(394_477_665_464, 415_275_635_775),
    "deuces-wild": Fraction(5_433_918_569, 5_393_190_075),
    "deuces-wild-16-10-4": Fraction(27_603_180_692, 27_685_042_385),
    "joker-poker": Fraction(286_829_481_241, 292_486_494_300),
    "joker-poker-20-7-5": Fraction(6_688_304_396, 6_647_420_325),
}
"""Of each machine, played by its list, the worse hold where the list leaves a choice."""


def place_in_list(machine: Machine, wild: int, slots: tuple[int, ...], suited: bool) -> int:  # noqa: FBT001 - a property of the slots
    """Return the place of a hold in the list for a deal of so many wild cards.

    A hold that no line names, or that throws a wild card away, gets the place behind the last.
    """
    entries = lists_of(machine)[wild]
    hold = held(machine.deck, machine.pairs, slots, suited=suited)
    if hold.wild == wild:
        for place, entry in enumerate(entries):
            if entry.fits(hold):
                return place
    return len(entries)


_TITLES: Final = {
    1: ("Hold the first that you have",),
    2: ("Without the joker", "With the joker"),
    5: ("No deuce", "One deuce", "Two deuces", "Three deuces", "Four deuces"),
}


def tables(machine: Machine) -> tuple[StrategyTable, ...]:
    """Return the lists of a machine for reading, with what they return."""
    lists = lists_of(machine)
    note = (
        "Hold the first line that the deal has, all wild cards included. Ways are the straights "
        "that hold the cards; high cards are those whose pair pays. Playing by the list returns "
        f"{decimal(LIST_RETURNS[machine.name] * 100, 4)} % of the stake, perfect play "
        f"{decimal(machine.expected * 100, 4)} %."
    )
    return tuple(
        StrategyTable(
            title,
            ("hold",),
            tuple((str(number), (entry.text,)) for number, entry in enumerate(entries, 1)),
            note,
        )
        for title, entries in zip(_TITLES[len(lists)], lists, strict=True)
    )
