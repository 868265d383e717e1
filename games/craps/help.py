"""The rules of craps for players, its bets and its table of payouts."""

from __future__ import annotations

from typing import Final

from games.chips import MAXIMUM_BETS
from games.craps.bets import HARD_PAYS, LAY_LIMIT, MULTIPLES, PLACE_PAYS
from games.craps.rules import MAXIMUM_COMES, MAXIMUM_ROLLS
from games.game import Choice

_ONE_ROLL: Final = {
    "field": ("Field", "2, 3, 4, 9, 10, 11 or 12", "1 to 1, 2 to 1 on 2, 3 to 1 on 12"),
    "any-7": ("Any seven", "7", "4 to 1"),
    "any-craps": ("Any craps", "2, 3 or 12", "7 to 1"),
    "craps-2": ("Craps two", "2", "30 to 1"),
    "craps-3": ("Craps three", "3", "15 to 1"),
    "yo-11": ("Yo eleven", "11", "15 to 1"),
    "craps-12": ("Craps twelve", "12", "30 to 1"),
}


def _choice(name: str) -> Choice:
    kind, _, number = name.partition("-")
    if kind == "place":
        won, unit = PLACE_PAYS[int(number)]
        return Choice(name, f"Place {number}", "Place", f"{won} to {unit}")
    if kind == "hard":
        return Choice(name, f"Hard {number}", "Hardways", f"{HARD_PAYS[int(number)]} to 1")
    if name in _ONE_ROLL:
        label, _, pays = _ONE_ROLL[name]
        return Choice(name, label, "Field" if name == "field" else "One roll", pays)
    return Choice(name, {"pass": "Pass", "dont-pass": "Don't pass"}[name], "Line", "1 to 1")


CHOICES: Final = tuple(_choice(name) for name in MULTIPLES)

PAYTABLE: Final = (
    ("Pass, don't pass, come, don't come", "1 to 1"),
    ("Don't pass, don't come: 12 before there is a point", "stake back"),
    ("Odds taken on 4 or 10; 5 or 9; 6 or 8", "2 to 1; 3 to 2; 6 to 5"),
    ("Odds laid against 4 or 10; 5 or 9; 6 or 8", "1 to 2; 2 to 3; 5 to 6"),
    ("Place 4 or 10; 5 or 9; 6 or 8", "9 to 5; 7 to 5; 7 to 6"),
    ("Hard 4 or 10; 6 or 8", "7 to 1; 9 to 1"),
    *((f"{label}: {totals}", pays) for label, totals, pays in _ONE_ROLL.values()),
)

HELP: Final = f"""# Craps

Two dice, each roll as likely as any other whatever came before. Place your bets, at most
{MAXIMUM_BETS} and each of them once; the come-out roll follows at once. Then roll until every bet
is decided. A bet that is decided is paid and does not stand again.

- **Pass.** The first roll wins on 7 or 11 and loses on 2, 3 or 12. Any other total is the point:
  from then on the point wins and 7 loses.
- **Don't pass.** The reverse: the first roll wins on 2 or 3, loses on 7 or 11, and on 12 the stake
  comes back (bar 12). Then 7 wins and the point loses.
- **Come** and **don't come** are the same bets begun at a later roll, each with its own point. You
  can place them before any roll while a bet stands, one of each a roll and {MAXIMUM_COMES} in a
  round. Their stake lies between the smallest and the largest stake that the round began with.
- **Odds** lie behind one of those four bets once it has its point, at no advantage to the house.
  Take up to 3 times the bet on 4 or 10, 4 times on 5 or 9, 5 times on 6 or 8. Against a point, lay
  up to {LAY_LIMIT} times the bet. So that they pay exactly, odds taken are a multiple of 2 minor
  units (cents) on 5 and 9 and of 5 on 6 and 8; odds laid are a multiple of 2 on 4 and 10, of 3 on 5
  and 9, of 6 on 6 and 8. Odds stay until the bet is decided.
- **Place** 4, 5, 6, 8, 9 or 10: that total wins, 7 loses. The stake is a multiple of 6 minor units
  on 6 and 8, of 5 on the others.
- **Hard** 4, 6, 8 or 10: two equal dice of that total win; that total in another way, or 7, loses.
- **Field, any seven, any craps, craps two, craps three, yo eleven, craps twelve** are decided by
  the come-out roll.

Every bet works on every roll, come-out rolls too, and stands until it is decided; none can be taken
down.

The round has an end: if bets still stand after roll {MAXIMUM_ROLLS}, no more decisions are asked
for, and the rolls that decide nothing are left out from there. What remains is rolled at once. That
changes no chance: a roll that decides nothing changes nothing. If you take too long to decide, the
platform rolls for you and adds no stake.

A decision with an amount ends in its stake in minor units: `come-300`, `odds-pass-600`,
`odds-come-6-500`.

House edge: pass and come 1.4141 %, don't pass and don't come 1.3636 %, odds 0 %; place 6 or 8
1.5152 %, 5 or 9 4 %, 4 or 10 6.6667 %; field 2.7778 %; hard 6 or 8 9.0909 %, hard 4 or 10
11.1111 %; any seven 16.6667 %, any craps, three and eleven 11.1111 %, two and twelve 13.8889 %.
Each is of the bet's stake without odds, ties counted.
"""
