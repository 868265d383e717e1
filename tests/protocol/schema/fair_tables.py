"""What the browser's verifier must know of each game beside its rules: tables, layouts, bounds.

Taken from the games themselves, so that no table is typed twice. A game that is not named here is
one whose draws the browser proves and whose outcome it does not.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from games import big_six, chips, keno, sic_bo
from games.baccarat import Baccarat
from games.big_six import BigSix
from games.blackjack import hands
from games.blackjack.game import Blackjack, BlackjackTable, BlackjackWithSideBets
from games.blackjack.options import DoubleOn
from games.blackjack.side_bets import PAYS
from games.casino_war import CasinoWar
from games.craps import bets as craps_bets, rules as craps_rules
from games.craps.game import Craps
from games.game import AnyGame
from games.instant import (
    Crash,
    Dice,
    HiLo,
    Limbo,
    Mines,
    Plinko,
    bets as instant_bets,
    curve,
    dice,
    hi_lo,
    hi_lo_rules,
    mines,
    multiplier,
    plinko,
    rounding,
)
from games.instant.targets import TargetGame
from games.keno import Keno
from games.roulette import Roulette, layout
from games.roulette.layout import Wheel
from games.sic_bo import SicBo
from games.slots.engine import Slot
from games.three_card_poker import ThreeCardPoker
from games.video_poker import VideoPoker
from tests.protocol.schema import fair_card_tables
from tests.protocol.schema.fair_machines import machine_tables

__all__ = ["tables"]

Tables = dict[str, Any]


def tables(game: AnyGame) -> Tables:
    """Return the family of a game and its tables; empty for a game that the browser cannot play."""
    for kind, read in _FAMILIES.items():
        if isinstance(game, kind):
            return read(game)
    return {}


def _blackjack(game: BlackjackTable[Any]) -> Tables:
    rules = game.rules
    any_two = rules.double_on is DoubleOn.ANY_TWO
    side_bets = {bet.value: pays for bet, pays in PAYS.items()}
    return {
        "blackjack": {
            "decks": rules.decks,
            "faces": hands.FACES,
            "hitsSoft17": rules.hits_soft_17,
            "peek": rules.peek,
            "natural": list(rules.natural.ratio),
            "doubles": None
            if any_two
            else [total for total in range(4, 22) if rules.double_on.allows(total, soft=False)],
            "doubleAfterSplit": rules.double_after_split,
            "maximumHands": rules.maximum_hands,
            "resplitAces": rules.resplit_aces,
            "hitSplitAces": rules.hit_split_aces,
            "surrender": rules.surrender,
            "insurance": rules.insurance,
            "unit": rules.stake_multiple,
            "sideBets": side_bets if game.variant.side_bets else None,
        }
    }


def _roulette(game: Roulette) -> Tables:
    spots = list(layout.spots(game.wheel))
    divides = game.wheel is Wheel.FRENCH
    return {
        "wheel": {
            "pockets": game.wheel.pockets,
            "doubleZero": layout.DOUBLE_ZERO,
            "red": sorted(layout.RED),
            "maximumBets": chips.MAXIMUM_BETS,
            "bets": {spot.name: sorted(spot.numbers) for spot in spots},
            "returns": {str(len(spot.numbers)): spot.factor for spot in spots},
            "halves": [spot.name for spot in spots if divides and spot.group == layout.EVEN_MONEY],
        }
    }


def _big_six(game: BigSix) -> Tables:
    return {
        "bigSix": {
            "strip": list(big_six.STRIP),
            "returns": {symbol: pays + 1 for symbol, pays in big_six.PAYS.items()},
            "labels": {choice.bet: choice.label for choice in game.describe().choices},
            "maximumBets": chips.MAXIMUM_BETS,
        }
    }


def _sic_bo(game: SicBo) -> Tables:
    even = [name for name in ("small", "big", "odd", "even") if name in sic_bo.MULTIPLES]
    pays = {sic_bo.winning_bets(roll).get(name) for roll in sic_bo.DICE for name in even} - {None}
    (factor,) = (pay for pay in pays if pay is not None)
    small = (sum(roll) for roll in sic_bo.DICE if "small" in sic_bo.winning_bets(roll))
    return {
        "sicBo": {
            "even": factor - 1,
            "totals": _named(sic_bo.TOTAL_PAYS),
            "single": list(sic_bo.SINGLE_PAYS),
            "double": sic_bo.DOUBLE_PAYS,
            "triple": sic_bo.TRIPLE_PAYS,
            "anyTriple": sic_bo.ANY_TRIPLE_PAYS,
            "combination": sic_bo.COMBINATION_PAYS,
            "small": max(small),
            "bets": [choice.bet for choice in game.describe().choices],
            "maximumBets": chips.MAXIMUM_BETS,
        }
    }


def _keno(game: Keno) -> Tables:
    return {
        "keno": {
            "numbers": game.numbers,
            "drawn": game.drawn,
            "pays": {str(picks): list(pays) for picks, pays in game.pays.items()},
            "unit": keno.HUNDREDTHS,
            "maximumBets": chips.MAXIMUM_BETS,
        }
    }


def _craps(_: Craps) -> Tables:
    return {
        "craps": {
            "points": list(craps_bets.POINTS),
            "trueOdds": _named(craps_bets.TRUE_ODDS),
            "oddsLimit": _named(craps_bets.ODDS_LIMIT),
            "layLimit": craps_bets.LAY_LIMIT,
            "placePays": _named(craps_bets.PLACE_PAYS),
            "hardPays": _named(craps_bets.HARD_PAYS),
            "oneRollPays": {bet: _named(pays) for bet, pays in craps_bets.ONE_ROLL_PAYS.items()},
            "units": craps_bets.MULTIPLES,
            "maximumBets": chips.MAXIMUM_BETS,
            "maximumRolls": craps_rules.MAXIMUM_ROLLS,
            "maximumComes": craps_rules.MAXIMUM_COMES,
        }
    }


def _targets(game: TargetGame) -> Tables:
    rising = {
        "steps": list(curve.STEPS),
        "doubling": curve.DOUBLING,
        "longest": curve.LONGEST,
    }
    return {
        "targets": {
            "prefix": game.prefix,
            "return": _pair(game.return_to_player),
            "range": multiplier.RANGE,
            "lowest": multiplier.LOWEST,
            "maximum": game.maximum,
            "curve": rising if isinstance(game, Crash) else None,
            **_INSTANT,
        }
    }


def _dice(game: Dice) -> Tables:
    return {
        "dice": {
            "return": _pair(game.return_to_player),
            "numbers": dice.NUMBERS,
            "scale": dice.SCALE,
            "lowest": dice.LOWEST,
            **_INSTANT,
        }
    }


def _plinko(game: Plinko) -> Tables:
    slots = {bet: list(multipliers) for bet, multipliers in game.slots.items()}
    return {
        "plinko": {
            "return": _pair(game.return_to_player),
            "rows": plinko.MAXIMUM_ROWS,
            "slots": slots,
            **_INSTANT,
        }
    }


def _mines(game: Mines) -> Tables:
    return {
        "field": {
            "tiles": mines.TILES,
            "return": _pair(game.return_to_player),
            "minimumStake": rounding.MINIMUM_STAKE,
        }
    }


def _hi_lo(game: HiLo) -> Tables:
    ranks = {
        guess.value: [
            [winning[0], winning[-1]]
            for winning in (
                hi_lo_rules.winning_ranks(guess, rank) for rank in range(hi_lo_rules.RANKS)
            )
        ]
        for guess in hi_lo_rules.GUESSES
    }
    return {
        "hiLo": {
            "faces": hi_lo.FACES,
            "rankNames": list(hi_lo_rules.RANK_NAMES),
            "wins": ranks,
            "return": _pair(game.return_to_player),
            "maximum": hi_lo.MAXIMUM,
            "maximumSteps": hi_lo.MAXIMUM_STEPS,
            "minimumStake": rounding.MINIMUM_STAKE,
        }
    }


def _pair(value: Fraction) -> list[int]:
    return [value.numerator, value.denominator]


def _named(table: dict[int, Any]) -> Tables:
    """Return a table with keys as JSON has them."""
    return {
        str(key): list(value) if isinstance(value, tuple) else value for key, value in table.items()
    }


_INSTANT: Final = {
    "minimumStake": rounding.MINIMUM_STAKE,
    "maximumBets": instant_bets.MAXIMUM_BETS,
}

_FAMILIES: Final[dict[type[AnyGame], Callable[[Any], Tables]]] = {
    Slot: machine_tables,
    Blackjack: _blackjack,
    BlackjackWithSideBets: _blackjack,
    Roulette: _roulette,
    BigSix: _big_six,
    SicBo: _sic_bo,
    Keno: _keno,
    Craps: _craps,
    Crash: _targets,
    Limbo: _targets,
    Dice: _dice,
    Plinko: _plinko,
    Mines: _mines,
    HiLo: _hi_lo,
    Baccarat: fair_card_tables.baccarat,
    CasinoWar: fair_card_tables.war,
    ThreeCardPoker: fair_card_tables.three_card_poker,
    VideoPoker: fair_card_tables.video_poker,
}
